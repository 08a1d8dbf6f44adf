#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/try.h"
#include "source/arrangement.h"

#define SECOND INT64_C(1000000000) /* ns */
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define WEEK (7 * DAY)

#define GAP 1.5    /* usual steps */
#define ALIKE 0.01 /* of the median: steps as long as it */
#define SLOT (HOUR / 2)
#define DAY_SLOTS 48
#define WEEK_SLOTS 336

/* Times at which nothing is recorded are no gaps:
 *  - daily series without rows on weekends: steps of up to REST days (weekends, holidays);
 *  - shorter steps: gaps of up to REST days that end at a usual time of the day (of a fourth of all days, nights and
 *    pauses at noon) or of the week (weekends); and, where Saturdays are free, those of LONG_NIGHT or more (holidays).
 */
#define REST (5 * DAY)
#define LONG_NIGHT (8 * HOUR)
#define SHORTEST_PAUSE SLOT
#define RARE 3 /* fewer never recur */

/* When rows are recorded. */
struct calendar {
    int64_t step;              /* the usual one; 0: unknown */
    bool regular;              /* most steps are as long */
    uint64_t gaps;             /* longer than GAP steps */
    uint64_t ends[WEEK_SLOTS]; /* of these, up to REST: in which half-hours of the week they end */
    uint64_t rows, weekend_rows, saturday_rows, days;
    int64_t first, last, last_day;
};

static int compare_steps(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The median of the steps; a few gaps do not matter. In an irregular series no row can be missing. */
static void find_step(struct calendar *calendar, struct step_sample *steps)
{
    size_t alike = 0;
    if (!steps->count)
        return;
    qsort(steps->steps, steps->count, sizeof *steps->steps, compare_steps);
    calendar->step = steps->steps[steps->count / 2];
    for (size_t i = 0; i < steps->count; i++)
        alike += fabs((double)(steps->steps[i] - calendar->step)) <= ALIKE * (double)calendar->step;
    calendar->regular = 2 * alike > steps->count;
}

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static size_t week_slot(int64_t time)
{
    return (size_t)((time % WEEK + WEEK) % WEEK / SLOT);
}

static int week_day(int64_t day) /* since 1970-01-01; 0: Sunday */
{
    return (int)(((day + 4) % 7 + 7) % 7);
}

/* The step from `before` to `after`; INT64_MAX: longer than that. */
static int64_t step_between(int64_t before, int64_t after)
{
    const uint64_t step = after > before ? (uint64_t)after - (uint64_t)before : (uint64_t)before - (uint64_t)after;
    return (int64_t)MIN(step, (uint64_t)INT64_MAX);
}

static bool is_gap(const struct calendar *calendar, int64_t before, int64_t after)
{
    return calendar->regular && after > before && (double)step_between(before, after) > GAP * (double)calendar->step;
}

static void add_to_calendar(struct calendar *calendar, int64_t before, int64_t time)
{
    const int64_t day = floor_divide(time, DAY);
    const int of_week = week_day(day);
    if (!calendar->rows)
        calendar->first = time;
    calendar->days += !calendar->rows || day != calendar->last_day;
    calendar->last_day = day;
    calendar->rows++;
    calendar->last = time;
    calendar->weekend_rows += of_week == 0 || of_week == 6;
    calendar->saturday_rows += of_week == 6;
    if (before == SOURCE_NO_TIME || !is_gap(calendar, before, time))
        return;
    calendar->gaps++;
    calendar->ends[week_slot(time)] += step_between(before, time) <= REST;
}

static enum plotmill_status fill_calendar(struct arrangement *arrangement, const struct row_group *group,
                                          struct calendar *calendar, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    int64_t times[1024], before = SOURCE_NO_TIME;
    const uint64_t most = sizeof times / sizeof *times;
    for (uint64_t done = 0; done < group->count; done += most) {
        const uint64_t n = MIN(most, group->count - done);
        TRY(arrangement_times(arrangement, group->first + done, n, times, error));
        for (uint64_t i = 0; i < n; i++) {
            if (times[i] == SOURCE_NO_TIME)
                continue;
            add_to_calendar(calendar, before, times[i]);
            before = times[i];
        }
    }
done:
    return status;
}

/* Gaps that end within half an hour of this one, in the week, or in every day. */
static uint64_t ends_near(const struct calendar *calendar, size_t slot, size_t step)
{
    uint64_t count = 0;
    for (size_t at = slot % step; at < WEEK_SLOTS; at += step)
        count += calendar->ends[(at + WEEK_SLOTS - 1) % WEEK_SLOTS] + calendar->ends[at] +
                 calendar->ends[(at + 1) % WEEK_SLOTS];
    return count;
}

static bool covers_saturday(int64_t before, int64_t after)
{
    for (int64_t day = floor_divide(before, DAY) + 1; (day + 1) * DAY <= after; day++)
        if (week_day(day) == 6)
            return true;
    return false;
}

static bool is_closing(const struct calendar *calendar, int64_t before, int64_t after)
{
    const int64_t length = step_between(before, after);
    const uint64_t weeks = (uint64_t)(step_between(calendar->first, calendar->last) / WEEK) + 1;
    const size_t slot = week_slot(after);
    if (length > REST || calendar->step > DAY + 4 * HOUR)
        return false;
    if (calendar->step >= DAY - 4 * HOUR)
        return 20 * calendar->weekend_rows < calendar->rows;
    if (length < SHORTEST_PAUSE)
        return false;
    if (50 * calendar->saturday_rows < calendar->rows &&
        (covers_saturday(before, after) || (length >= LONG_NIGHT && weeks > 1)))
        return true;
    return ends_near(calendar, slot, DAY_SLOTS) >= MAX(RARE, calendar->days / 4) ||
           ends_near(calendar, slot, WEEK_SLOTS) >= MAX(RARE, weeks / 4);
}

static void count_gap(struct arrangement *arrangement, const struct calendar *calendar, uint64_t row, int64_t before,
                      int64_t after)
{
    struct gap_report *all = &arrangement->gaps;
    struct part_report *part = &arrangement->reports[arrangement_part(arrangement, row)];
    const int64_t length = step_between(before, after);
    if (arrangement->dated && is_closing(calendar, before, after)) {
        all->closings++;
        part->closings++;
        return;
    }
    all->gaps++;
    part->gaps++;
    part->longest = MAX(part->longest, length);
    all->missing += rint((double)length / (double)calendar->step) - 1;
    if (length > all->longest) {
        all->longest = length;
        all->longest_at = row;
        all->longest_step = (double)calendar->step;
    }
}

static enum plotmill_status add_break(struct arrangement *arrangement, uint64_t row, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (arrangement->break_count == arrangement->break_capacity) {
        const size_t capacity = arrangement->break_capacity ? 2 * arrangement->break_capacity : 64;
        uint64_t *grown = realloc(arrangement->breaks, capacity * sizeof *grown);
        TRY_MEMORY(error, grown);
        arrangement->breaks = grown;
        arrangement->break_capacity = capacity;
    }
    arrangement->breaks[arrangement->break_count++] = row;
done:
    return status;
}

/* The next row of a group, `before` and `time` those of the row before and of this one. */
static enum plotmill_status count_step(struct arrangement *arrangement, const struct calendar *calendar, uint64_t row,
                                       int64_t before, int64_t time, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct gap_report *all = &arrangement->gaps;
    const double factor = arrangement->options ? arrangement->options->gap_factor : 0;
    if (before == time) {
        if (!all->duplicates++)
            all->duplicate_at = row;
        arrangement->reports[arrangement_part(arrangement, row)].duplicates++;
    }
    if (is_gap(calendar, before, time))
        count_gap(arrangement, calendar, row, before, time);
    if (factor > 0 && calendar->step && (double)step_between(before, time) > factor * (double)calendar->step)
        TRY(add_break(arrangement, row, error));
done:
    return status;
}

/* A row that follows in the same group, where there are ranges, extends the last one. */
static enum plotmill_status add_to_range(struct arrangement *arrangement, uint64_t row, uint32_t group, bool extends,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (!extends) {
        if (arrangement->range_count == arrangement->range_capacity) {
            const size_t capacity = arrangement->range_capacity ? 2 * arrangement->range_capacity : 16;
            struct source_range *grown = realloc(arrangement->ranges, capacity * sizeof *grown);
            TRY_MEMORY(error, grown);
            arrangement->ranges = grown;
            arrangement->range_capacity = capacity;
        }
        arrangement->ranges[arrangement->range_count++] = (struct source_range){row, 0, group};
    }
    arrangement->ranges[arrangement->range_count - 1].count++;
done:
    return status;
}

/* Whether a row, or a ready sequence of which these are the first and last times, lies in the period. */
static enum plotmill_status is_inside(const struct arrangement *arrangement, uint64_t row, const int64_t *times,
                                      uint64_t width, bool *inside, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    *inside = true;
    for (uint64_t i = 0; i < width && !period_is_all(&arrangement->period); i++) {
        if (times[i] == SOURCE_NO_TIME)
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: has no time, which the options from and to need",
                 arrangement_place(arrangement, row).text);
        *inside &= period_has_time(&arrangement->period, times[i]);
    }
    if (!*inside)
        arrangement->reports[arrangement_part(arrangement, row)].left_out++;
done:
    return status;
}

static enum plotmill_status walk(struct arrangement *arrangement, const struct row_group *group,
                                 const struct calendar *calendar, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    int64_t times[2 * 512], before = SOURCE_NO_TIME;
    const uint64_t width = arrangement->row_length ? 2 : 1, most = sizeof times / sizeof *times / 2;
    const bool ranges = arrangement->names || !period_is_all(&arrangement->period);
    bool inside = false;
    for (uint64_t done = 0; done < group->count; done += most) {
        const uint64_t n = MIN(most, group->count - done), first = group->first + done;
        TRY(arrangement_times(arrangement, first, n, times, error));
        for (uint64_t i = 0; i < n; i++) {
            const int64_t time = times[i * width];
            const bool extends = inside;
            TRY(is_inside(arrangement, first + i, &times[i * width], width, &inside, error));
            if (inside && ranges)
                TRY(add_to_range(arrangement, first + i, group->number, extends, error));
            if (inside && calendar && before != SOURCE_NO_TIME && time != SOURCE_NO_TIME)
                TRY(count_step(arrangement, calendar, first + i, before, time, error));
            before = !inside ? SOURCE_NO_TIME : time == SOURCE_NO_TIME ? before : time;
        }
    }
done:
    return status;
}

enum plotmill_status gaps_find(struct arrangement *arrangement, const struct row_group *group,
                               struct step_sample *steps, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct calendar calendar = {0};
    const uint64_t gaps = arrangement->gaps.gaps;
    if (arrangement->row_length) {
        TRY(walk(arrangement, group, NULL, error));
        return PLOTMILL_OK;
    }
    find_step(&calendar, steps);
    if (calendar.regular)
        TRY(fill_calendar(arrangement, group, &calendar, error));
    TRY(walk(arrangement, group, &calendar, error));
    arrangement->gaps.groups += arrangement->gaps.gaps > gaps;
    if (group->count) {
        struct part_report *part = &arrangement->reports[arrangement_part(arrangement, group->first)];
        part->step = part->step != 0 || !calendar.regular ? part->step : (double)calendar.step;
    }
done:
    return status;
}
