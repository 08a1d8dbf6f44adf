/* Rows of an array in memory: their times, and the ranges of sequences that windows are cut from. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/text/period.h"
#include "source/memory_parts.h"

static enum plotmill_status add_range(struct memory *memory, uint64_t first, uint32_t group,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (memory->range_count == memory->range_capacity) {
        const size_t capacity = memory->range_capacity ? 2 * memory->range_capacity : 16;
        struct source_range *grown = realloc(memory->ranges, capacity * sizeof *grown);
        TRY_MEMORY(error, grown);
        memory->ranges = grown;
        memory->range_capacity = capacity;
    }
    memory->ranges[memory->range_count++] = (struct source_range){first, 0, group};
done:
    return status;
}

/* What is known while rows are examined in their order. */
struct scan {
    const struct period *period;
    const struct log *log;
    struct source_about *about;
    bool has_last, went_back, any_inside;
    int64_t last; /* time of the last row of the sequence that was used */
};

/* Time goes back inside a sequence: that is reported once. */
static enum plotmill_status report_fall(const struct memory *memory, struct scan *scan, uint64_t sample,
                                        struct plotmill_error *error)
{
    if (!period_is_all(scan->period) && !memory->cut)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: time goes back inside the sequence, so that the options from and to do not "
                                  "apply: expected ascending times",
                                  memory_place(memory, sample, "").text);
    if (!scan->went_back)
        log_line(scan->log, PLOTMILL_LOG_WARNING, "%s: time goes back; the rows are used in the order of the array",
                 memory_place(memory, sample, "").text);
    scan->went_back = true;
    return PLOTMILL_OK;
}

/* Whether all times of samples first..first+count-1 lie in the period. */
static enum plotmill_status examine_times(const struct memory *memory, struct scan *scan, uint64_t first,
                                          uint64_t count, bool *inside, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct period *period = scan->period;
    const bool all = period_is_all(period);
    const int64_t *times = memory->times + first;
    struct source_about *about = scan->about;
    *inside = true;
    for (uint64_t i = 0; i < count; i++) {
        if (times[i] == SOURCE_NO_TIME && !all)
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: has no time, which the options from and to need",
                 memory_place(memory, first + i, "").text);
        *inside &= all || period_has_time(period, times[i]);
    }
    for (uint64_t i = 0; i < count; i++) {
        if (times[i] == SOURCE_NO_TIME)
            continue;
        if (memory->ready && scan->has_last && times[i] < scan->last)
            TRY(report_fall(memory, scan, first + i, error));
        about->has_times = scan->has_last = true;
        scan->last = times[i];
        if (!*inside)
            continue;
        about->first_time = scan->any_inside ? MIN(about->first_time, times[i]) : times[i];
        about->last_time = scan->any_inside ? MAX(about->last_time, times[i]) : times[i];
        scan->any_inside = true;
    }
done:
    return status;
}

enum plotmill_status memory_examine(struct source *source, const struct memory *memory, const struct period *period,
                                    const struct log *log, bool **used, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct scan scan = {.period = period, .log = log, .about = &source->about};
    const uint64_t unit = memory->ready && !memory->cut ? memory->length : 1;
    const uint64_t count = source->shape.samples / unit;
    bool inside;
    if (!memory->times)
        return PLOTMILL_OK;
    if (!period_is_all(period))
        TRY_ALLOCATE(error, *used, count, sizeof **used);
    for (uint64_t i = 0; i < count; i++) {
        if (i * unit % memory->length == 0)
            scan.has_last = false;
        TRY(examine_times(memory, &scan, i * unit, unit, &inside, error));
        if (*used)
            (*used)[i] = inside;
    }
done:
    return status;
}

/* The group of each sequence, by the last side, which *source then has no more. Names are in the order of first
 * sequences. */
static enum plotmill_status group_sequences(struct source *source, const struct memory *memory, uint32_t *groups,
                                            struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct side_column *side = &source->sides[source->side_count - 1];
    const double *values = memory->sides.values[source->side_count - 1];
    uint32_t *numbers = NULL;
    TRY_ALLOCATE(error, numbers, side->class_count, sizeof *numbers);
    if (!side->unnamed)
        TRY_ALLOCATE(error, source->groups, side->class_count, sizeof *source->groups);
    for (uint64_t i = 0; i < memory->sequences; i++) {
        if (!(values[i] >= 0))
            FAIL(error, PLOTMILL_BAD_INPUT,
                 MEMORY_NAME ", sequence %" PRIu64 ": column %s is empty: expected its group", i, side->name);
        const size_t class = (size_t)values[i];
        if (side->unnamed) {
            groups[i] = (uint32_t)strtoul(side->classes[class], NULL, 10);
            continue;
        }
        if (!numbers[class]) {
            TRY(string_keep(&source->groups[source->group_count], side->classes[class], error));
            numbers[class] = (uint32_t)++source->group_count;
        }
        groups[i] = numbers[class] - 1;
    }
    source->about.groups = side->class_count;
    side_clear(side);
    source->side_count--;
done:
    free(numbers);
    return status;
}

enum plotmill_status memory_cut(struct source *source, struct memory *memory, const bool *used,
                                const struct source_options *options, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint32_t *groups = NULL;
    if (options->order == ORDER_TIME || options->gap_factor > 0)
        FAIL(error, PLOTMILL_BAD_INPUT, MEMORY_NAME ": the option %s applies to one long series, found sequences",
             options->gap_factor > 0 ? "break-at-gaps" : "order");
    source->about.groups = memory->sequences;
    if (options->group_by) {
        TRY_ALLOCATE(error, groups, memory->sequences, sizeof *groups);
        TRY(group_sequences(source, memory, groups, error));
    }
    for (uint64_t i = 0; i < source->shape.samples; i++) {
        const uint64_t sequence = i / memory->length;
        if (used && !used[i])
            continue;
        if (i % memory->length == 0 || (used && !used[i - 1]))
            TRY(add_range(memory, i, groups ? groups[sequence] : (uint32_t)sequence, error));
        memory->ranges[memory->range_count - 1].count++;
    }
    if (used && !memory->range_count)
        FAIL(error, PLOTMILL_BAD_INPUT, MEMORY_NAME ": found no row%s%s%s%s", options->from ? " from " : "",
             options->from ? options->from : "", options->to ? " to " : "", options->to ? options->to : "");
    source->shape.ranges = memory->ranges;
    source->shape.range_count = memory->range_count;
done:
    free(groups);
    return status;
}
