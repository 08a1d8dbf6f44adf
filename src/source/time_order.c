#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/try.h"
#include "source/arrangement.h"

/* Rows of one group from one input, as they lie there. */
struct stretch {
    uint64_t first, count; /* rows of the order */
    size_t part;
    int64_t least, most;   /* times; SOURCE_NO_TIME: none has one */
    uint64_t rises, falls; /* steps */
    uint64_t rise, fall;   /* the first row of each */
};

struct stretches {
    struct stretch *list;
    size_t count, capacity;
};

static enum plotmill_status add_stretch(struct stretches *stretches, uint64_t first, size_t part,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (stretches->count == stretches->capacity) {
        const size_t capacity = stretches->capacity ? 2 * stretches->capacity : 8;
        struct stretch *grown = realloc(stretches->list, capacity * sizeof *grown);
        TRY_MEMORY(error, grown);
        stretches->list = grown;
        stretches->capacity = capacity;
    }
    stretches->list[stretches->count++] =
        (struct stretch){.first = first, .part = part, .least = SOURCE_NO_TIME, .most = SOURCE_NO_TIME};
done:
    return status;
}

static void add_step(struct step_sample *steps, uint64_t row, int64_t before, int64_t after)
{
    const uint64_t step = after > before ? (uint64_t)after - (uint64_t)before : (uint64_t)before - (uint64_t)after;
    if (step && step <= INT64_MAX && row % steps->every == 0 && steps->count < STEPS_MOST)
        steps->steps[steps->count++] = (int64_t)step;
}

static void add_time(struct stretch *stretch, uint64_t row, int64_t time, int64_t *last, struct step_sample *steps)
{
    if (time == SOURCE_NO_TIME)
        return;
    if (stretch->most == SOURCE_NO_TIME) {
        stretch->least = stretch->most = time;
    } else {
        stretch->rise = time > *last && !stretch->rises ? row : stretch->rise;
        stretch->fall = time < *last && !stretch->falls ? row : stretch->fall;
        stretch->rises += time > *last;
        stretch->falls += time < *last;
        stretch->least = MIN(stretch->least, time);
        stretch->most = MAX(stretch->most, time);
        add_step(steps, row, *last, time);
    }
    *last = time;
}

/* The stretches of a group (NULL: they are not asked for), and a sample of its steps. */
static enum plotmill_status scan(struct arrangement *arrangement, const struct row_group *group,
                                 struct stretches *stretches, struct step_sample *steps, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct stretch whole = {.first = group->first, .least = SOURCE_NO_TIME, .most = SOURCE_NO_TIME};
    int64_t times[1024], last = SOURCE_NO_TIME;
    const uint64_t most = sizeof times / sizeof *times;
    size_t part = SIZE_MAX;
    steps->count = 0;
    steps->every = group->count / STEPS_MOST + 1;
    for (uint64_t done = 0; done < group->count; done += most) {
        const uint64_t n = MIN(most, group->count - done), first = group->first + done;
        TRY(arrangement_times(arrangement, first, n, times, error));
        for (uint64_t i = 0; i < n; i++) {
            const uint64_t at = row_at(&arrangement->order, first + i);
            if (stretches &&
                (part == SIZE_MAX || at - arrangement->parts[part].first >= arrangement->parts[part].count)) {
                part = arrangement_part(arrangement, first + i);
                TRY(add_stretch(stretches, first + i, part, error));
            }
            struct stretch *stretch = stretches ? &stretches->list[stretches->count - 1] : &whole;
            stretch->count++;
            add_time(stretch, first + i, times[i], &last, steps);
        }
    }
done:
    return status;
}

static int compare_stretches(const void *a, const void *b)
{
    const struct stretch *x = a, *y = b;
    const int least = (x->least > y->least) - (x->least < y->least);
    const int most = least ? least : (x->most > y->most) - (x->most < y->most);
    return most ? most : (x->first > y->first) - (x->first < y->first);
}

/* Of so many steps forward one may go back. */
#define FALLS_RARE 20

#define READINGS "the option order: time (rows are sorted) or file (rows stay as they lie)"

static const char *or_group_by(const struct arrangement *arrangement, const char *text)
{
    return arrangement->options && arrangement->options->group_by ? "" : text;
}

static enum plotmill_status refuse_turn(const struct arrangement *arrangement, const struct stretch *stretch,
                                        struct plotmill_error *error)
{
    const bool back = !stretch->rises || 2 * stretch->rises >= stretch->falls;
    const char *what = !stretch->rises ? "the numbers of the time column go down"
                       : back          ? "time goes back"
                                       : "time goes forward where most rows lie newest first";
    return plotmill_error_set(
        error, PLOTMILL_BAD_INPUT, "%s: %s%s: expected " READINGS "%s",
        arrangement_place(arrangement, back ? stretch->fall : stretch->rise).text, what,
        arrangement->names ? " within a group" : "",
        stretch->rises ? or_group_by(arrangement, ", or group-by: COLUMN if the rows are of several series") : "");
}

static enum plotmill_status refuse_overlap(const struct arrangement *arrangement, const struct stretch *a,
                                           const struct stretch *b, struct plotmill_error *error)
{
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s and %s overlap in time%s: expected " READINGS "%s",
                              arrangement->parts[a->part].input->name, arrangement->parts[b->part].input->name,
                              arrangement->names ? " within a group" : "",
                              or_group_by(arrangement, ", or group-by: file if each input is a series of its own"));
}

/* Time goes back here and there, as where a clock or a session begins again: the rows stay as they lie, and the log has
 * a warning. */
static bool falls_rarely(const struct stretch *stretch)
{
    return stretch->falls && stretch->falls <= stretch->rises / FALLS_RARE;
}

static void add_falls(const struct arrangement *arrangement, const struct stretch *stretch)
{
    struct part_report *report = &arrangement->reports[stretch->part];
    if (!report->falls)
        report->fall_at = stretch->fall;
    report->falls += stretch->falls;
}

/* Refuses what auto does not put in order. Sorts the stretches by time. */
static enum plotmill_status judge(const struct arrangement *arrangement, struct stretches *stretches, bool *changes,
                                  struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    *changes = false;
    for (size_t i = 0; i < stretches->count; i++) {
        struct stretch *stretch = &stretches->list[i];
        if (falls_rarely(stretch))
            add_falls(arrangement, stretch);
        else if (stretch->falls && (stretch->rises || !arrangement->dated))
            TRY(refuse_turn(arrangement, stretch, error));
        else
            *changes |= stretch->falls != 0;
        if (stretch->most == SOURCE_NO_TIME && i) /* where it was given */
            stretch->least = stretch->most = stretches->list[i - 1].most;
    }
    for (size_t i = 1; i < stretches->count; i++)
        *changes |= compare_stretches(&stretches->list[i - 1], &stretches->list[i]) > 0;
    qsort(stretches->list, stretches->count, sizeof *stretches->list, compare_stretches);
    for (size_t i = 1; i < stretches->count; i++)
        if (stretches->list[i - 1].most > stretches->list[i].least)
            TRY(refuse_overlap(arrangement, &stretches->list[i - 1], &stretches->list[i], error));
done:
    return status;
}

/* Puts the stretches of a group one after another, reversed ones turned round. */
static enum plotmill_status put_in_order(struct arrangement *arrangement, const struct row_group *group,
                                         const struct stretches *stretches, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t *old = NULL, to = group->first, given = group->first;
    TRY(row_permutation_need(&arrangement->order, error));
    uint64_t *at = arrangement->order.at;
    TRY_ALLOCATE(error, old, group->count, sizeof *old);
    memcpy(old, at + group->first, group->count * sizeof *old);
    for (size_t i = 0; i < stretches->count; i++) {
        const struct stretch *stretch = &stretches->list[i];
        const uint64_t *from = old + (stretch->first - group->first);
        struct part_report *report = &arrangement->reports[stretch->part];
        const bool turned = stretch->falls && !stretch->rises;
        for (uint64_t k = 0; k < stretch->count; k++)
            at[to++] = from[turned ? stretch->count - 1 - k : k];
        report->reversed += turned ? stretch->count : 0;
        report->moved += stretch->first != given ? stretch->count : 0;
        given += stretch->count;
    }
done:
    free(old);
    return status;
}

struct timed_row {
    int64_t time;
    uint64_t at;
};

static int compare_rows(const void *a, const void *b)
{
    const struct timed_row *x = a, *y = b;
    const int by_time = (x->time > y->time) - (x->time < y->time);
    return by_time ? by_time : (x->at > y->at) - (x->at < y->at);
}

/* Rows without a time stay behind the row before them. */
static enum plotmill_status sort_rows(struct arrangement *arrangement, const struct row_group *group,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct timed_row *rows = NULL;
    int64_t times[1024], last = SOURCE_NO_TIME;
    const uint64_t most = sizeof times / sizeof *times;
    TRY(row_permutation_need(&arrangement->order, error));
    uint64_t *at = arrangement->order.at + group->first;
    TRY_ALLOCATE(error, rows, group->count, sizeof *rows);
    for (uint64_t done = 0; done < group->count; done += most) {
        const uint64_t n = MIN(most, group->count - done);
        TRY(arrangement_times(arrangement, group->first + done, n, times, error));
        for (uint64_t i = 0; i < n; i++) {
            last = times[i] == SOURCE_NO_TIME ? last : times[i];
            rows[done + i] = (struct timed_row){last, at[done + i]};
        }
    }
    qsort(rows, group->count, sizeof *rows, compare_rows);
    for (uint64_t i = 0; i < group->count; i++) {
        at[i] = rows[i].at;
        arrangement->reports[arrangement_part(arrangement, group->first + i)].sorted++;
    }
done:
    free(rows);
    return status;
}

static bool in_order(const struct stretches *stretches)
{
    for (size_t i = 0; i < stretches->count; i++)
        if (stretches->list[i].falls ||
            (i && stretches->list[i - 1].most > stretches->list[i].least && stretches->list[i].least != SOURCE_NO_TIME))
            return false;
    return true;
}

enum plotmill_status time_order_group(struct arrangement *arrangement, const struct row_group *group,
                                      struct step_sample *steps, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const enum row_order how = arrangement->options ? arrangement->options->order : ORDER_AUTO;
    struct stretches stretches = {0};
    bool changes = false;
    TRY(scan(arrangement, group, &stretches, steps, error));
    if (how == ORDER_AUTO) {
        TRY(judge(arrangement, &stretches, &changes, error));
        if (changes)
            TRY(put_in_order(arrangement, group, &stretches, error));
    } else if (how == ORDER_TIME && !in_order(&stretches)) {
        TRY(sort_rows(arrangement, group, error));
        TRY(scan(arrangement, group, NULL, steps, error));
    } else {
        for (size_t i = 0; i < stretches.count; i++)
            if (stretches.list[i].falls)
                add_falls(arrangement, &stretches.list[i]);
    }
done:
    free(stretches.list);
    return status;
}
