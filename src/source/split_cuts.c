/* Where the parts of a split begin: by shares of the ordered windows, by times, or by groups. */
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/try.h"
#include "source/source.h"
#include "source/split.h"

/* floor(count * share), exactly. */
static uint64_t share_of(uint64_t count, uint64_t share)
{
    return count / SHARE_ONE * share + count % SHARE_ONE * share / SHARE_ONE;
}
/* The last sample (or the sequence) of a window. */
uint64_t split_last_of(const struct window_set_data *data, uint64_t start)
{
    return data->source->shape.row_length ? start : start + data->window - 1;
}

/* What windows are ordered by: the time of the last sample, or its row. */
static enum plotmill_status key_of(const struct window_set_data *data, uint64_t start, int64_t *key,
                                   struct plotmill_error *error)
{
    const struct source *source = data->source;
    const uint64_t last = split_last_of(data, start);
    int64_t times[2] = {0};
    uint64_t row;
    if (data->times) {
        const enum plotmill_status status = source->ops->times(source->self, last, 1, times, error);
        *key = times[source->shape.row_length ? 1 : 0];
        return status;
    }
    source_rows(source, last, 1, &row);
    *key = (int64_t)row;
    return PLOTMILL_OK;
}

static enum plotmill_status check_times_of(const struct source *source, uint64_t first, uint64_t count,
                                           struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const bool ready = source->shape.row_length != 0;
    int64_t times[2 * WINDOW_BLOCK], last = INT64_MIN;
    char place[512] = "the input";
    for (uint64_t done = 0; done < count; done += WINDOW_BLOCK) {
        const uint64_t n = MIN(count - done, WINDOW_BLOCK);
        TRY(source->ops->times(source->self, first + done, n, times, error));
        for (uint64_t i = 0; i < n; i++) {
            const int64_t time = times[ready ? 2 * i + 1 : i];
            if (time != SOURCE_NO_TIME && (ready || time >= last)) {
                last = time;
                continue;
            }
            if (source->ops->locate)
                source->ops->locate(source->self, (first + done + i) * (ready ? source->shape.row_length : 1), place,
                                    sizeof place);
            FAIL(error, PLOTMILL_BAD_INPUT,
                 time == SOURCE_NO_TIME
                     ? "%s: has no time, by which split orders the windows"
                     : "%s: time goes back, but split orders the windows by time: expected order time",
                 place);
        }
    }
done:
    return status;
}

/* Within a group time must not go back. */
enum plotmill_status split_check_times(const struct window_set_data *data, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct source_shape *shape = &data->source->shape;
    if (!data->times)
        return PLOTMILL_OK;
    if (!shape->range_count)
        return check_times_of(data->source, 0, shape->samples / (shape->row_length ? shape->row_length : 1), error);
    for (size_t i = 0; i < shape->range_count; i++)
        TRY(check_times_of(data->source, shape->ranges[i].first, shape->ranges[i].count, error));
done:
    return status;
}

static bool is_before(struct cut a, struct cut b)
{
    return a.key != b.key ? a.key < b.key : a.start < b.start;
}

static int compare_cuts(const void *a, const void *b)
{
    const struct cut *x = a, *y = b;
    return is_before(*y, *x) - is_before(*x, *y);
}

/* Of a list: sorts all of it. */
static enum plotmill_status rank_list(const struct split *split, const uint64_t ranks[3], struct cut cuts[3],
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct window_runs *windows = split->windows;
    struct cut *all = NULL;
    TRY_ALLOCATE(error, all, windows->count, sizeof *all);
    for (uint64_t i = 0; i < windows->count; i++) {
        all[i].start = windows->list[i];
        TRY(key_of(split->data, all[i].start, &all[i].key, error));
    }
    qsort(all, (size_t)windows->count, sizeof *all, compare_cuts);
    for (int i = 0; i < 3; i++)
        if (ranks[i] < windows->count)
            cuts[i] = all[ranks[i]];
done:
    free(all);
    return status;
}

/* How many windows have a key below `key`. In a run keys ascend. */
static enum plotmill_status count_below(const struct split *split, int64_t key, uint64_t *count,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct window_runs *windows = split->windows;
    *count = 0;
    for (size_t i = 0; i < windows->run_count; i++) {
        const struct window_run *run = &windows->runs[i];
        uint64_t low = 0, high = run->count;
        while (low < high) {
            const uint64_t middle = low + (high - low) / 2;
            int64_t there;
            TRY(key_of(split->data, run->start + middle * windows->step, &there, error));
            if (there < key)
                low = middle + 1;
            else
                high = middle;
        }
        *count += low;
    }
done:
    return status;
}

/* The window of a rank among runs: its key by bisection, then its place among those of that key. */
static enum plotmill_status rank_runs(const struct split *split, uint64_t rank, struct cut *cut,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct window_runs *windows = split->windows;
    int64_t low = INT64_MIN, high = INT64_MAX, there;
    uint64_t count, skipped;
    if (rank >= windows->count)
        return PLOTMILL_OK;
    while (low < high) { /* the largest key that at most `rank` windows are below */
        const int64_t middle = low + (int64_t)(((uint64_t)high - (uint64_t)low) / 2) + 1;
        TRY(count_below(split, middle, &count, error));
        if (count <= rank)
            low = middle;
        else
            high = middle - 1;
    }
    TRY(count_below(split, low, &count, error));
    skipped = rank - count;
    for (size_t i = 0; i < windows->run_count; i++) {
        const struct window_run *run = &windows->runs[i];
        uint64_t first = 0, end = run->count;
        while (first < end) {
            const uint64_t middle = first + (end - first) / 2;
            TRY(key_of(split->data, run->start + middle * windows->step, &there, error));
            if (there < low)
                first = middle + 1;
            else
                end = middle;
        }
        for (there = low; first < run->count && there == low; first++) {
            TRY(key_of(split->data, run->start + first * windows->step, &there, error));
            if (there == low && !skipped--) {
                *cut = (struct cut){low, run->start + first * windows->step};
                return PLOTMILL_OK;
            }
        }
    }
done:
    return status;
}

/* The ranks at which val, test, and what belongs to no part begin. */
static void find_ranks(const uint64_t shares[3], uint64_t count, uint64_t ranks[3])
{
    uint64_t sum = 0;
    for (int i = 0; i < 3; i++) {
        sum += shares[i];
        ranks[i] = share_of(count, sum);
    }
}

static int compare_groups(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return x[0] != y[0] ? (x[0] > y[0]) - (x[0] < y[0]) : (x[1] > y[1]) - (x[1] < y[1]);
}

/* Marks the ranges that have windows. */
static void mark_ranges(const struct split *split, uint8_t *used)
{
    const struct source_shape *shape = &split->data->source->shape;
    struct window_walk walk = {.runs = split->windows};
    while (window_walk_next(&walk))
        for (size_t i = 0; i < walk.count; i++)
            used[window_range(shape, walk.starts[i]) - shape->ranges] = 1;
}

/* The part of each group, in the order in which they appear or in a random one; of a group its first range comes
 * first. */
static enum plotmill_status split_groups(struct split *split, const uint64_t shares[3],
                                         const struct window_options *options, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct source_shape *shape = &split->data->source->shape;
    const size_t count = shape->range_count;
    uint64_t(*sorted)[2] = NULL, *order = NULL, ranks[3], groups = 0, used = 0;
    if (!split->data->groups)
        FAIL(error, PLOTMILL_BAD_INPUT, "split-by group: the input has no groups: expected the option group-by");
    TRY_ALLOCATE(error, split->range_parts, count, 1);
    TRY_ALLOCATE(error, sorted, count, sizeof *sorted);
    TRY_ALLOCATE(error, order, count, sizeof *order);
    mark_ranges(split, split->range_parts);
    for (size_t i = 0; i < count; i++)
        if (split->range_parts[i]) {
            sorted[used][0] = shape->ranges[i].group;
            sorted[used++][1] = i;
        }
    qsort(sorted, (size_t)used, sizeof *sorted, compare_groups);
    /* Ranges that begin a group, in their order; then the place of each in the order of the split. */
    for (uint64_t i = 0; i < used; i++)
        if (!i || sorted[i][0] != sorted[i - 1][0])
            split->range_parts[sorted[i][1]] = 2;
    for (size_t i = 0; i < count; i++)
        if (split->range_parts[i] == 2)
            order[groups++] = i;
    if (options->shuffle) {
        struct random_order random;
        TRY(shuffle_seed(&random, options->shuffle, error));
        shuffle_items(&random, order, NULL, groups);
    }
    find_ranks(shares, groups, ranks);
    for (uint64_t i = 0; i < groups; i++)
        split->range_parts[order[i]] = (uint8_t)(i < ranks[0]   ? SPLIT_TRAIN
                                                 : i < ranks[1] ? SPLIT_VAL
                                                 : i < ranks[2] ? SPLIT_TEST
                                                                : SPLIT_NONE);
    for (uint64_t i = 1; i < used; i++)
        if (sorted[i][0] == sorted[i - 1][0])
            split->range_parts[sorted[i][1]] = split->range_parts[sorted[i - 1][1]];
done:
    free(sorted);
    free(order);
    return status;
}

enum plotmill_status split_find_cuts(struct split *split, const struct window_options *options,
                                     struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t shares[3], ranks[3];
    int64_t times[2];
    for (int i = 0; i < 3; i++)
        split->cuts[i] = (struct cut){INT64_MAX, UINT64_MAX};
    if (options->split_at) {
        if (!split->data->times)
            FAIL(error, PLOTMILL_BAD_INPUT,
                 "split-at: the input has no times: expected the option time, which names "
                 "their column");
        TRY(split_read_times(options->split_at, times, error));
        split->cuts[0] = (struct cut){times[0], 0};
        split->cuts[1] = (struct cut){times[1], 0};
    } else if (options->split) {
        TRY(split_read_shares(options->split, shares, error));
        if (options->split_by) {
            TRY(split_groups(split, shares, options, error));
            goto done;
        }
        find_ranks(shares, split->windows->count, ranks);
        if (split->windows->list)
            TRY(rank_list(split, ranks, split->cuts, error));
        for (int i = 0; i < 3 && !split->windows->list; i++)
            TRY(rank_runs(split, ranks[i], &split->cuts[i], error));
    }
done:
    return status;
}

/* The part of a window before the embargo. */
enum plotmill_status split_part_of(const struct split *split, uint64_t start, const uint64_t *table_row, uint8_t *part,
                                   struct plotmill_error *error)
{
    const struct source_shape *shape = &split->data->source->shape;
    struct cut at = {0, start};
    if (split->given) {
        *part = split->given[*table_row];
        return PLOTMILL_OK;
    }
    if (split->range_parts) {
        *part = split->range_parts[window_range(shape, start) - shape->ranges];
        return PLOTMILL_OK;
    }
    const enum plotmill_status status = key_of(split->data, start, &at.key, error);
    *part = (uint8_t)(is_before(at, split->cuts[0])   ? SPLIT_TRAIN
                      : is_before(at, split->cuts[1]) ? SPLIT_VAL
                      : is_before(at, split->cuts[2]) ? SPLIT_TEST
                                                      : SPLIT_NONE);
    return status;
}
