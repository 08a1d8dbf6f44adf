/* Splits windows into parts for training, validation and test, without leaks between them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/text/period.h"
#include "source/source.h"
#include "source/window_parts.h"

#define SHARE_DIGITS 9
#define SHARE_ONE UINT64_C(1000000000) /* shares are whole numbers of 10^-9 */

/* A window before it, by its last time and its start, belongs to an earlier part. */
struct cut {
    int64_t key;
    uint64_t start;
};

/* Samples, or sequences. */
struct interval {
    uint64_t first, last;
};

/* Ascending and apart. */
struct intervals {
    struct interval *items;
    size_t count, capacity;
};

struct split {
    const struct window_set_data *data;
    const struct window_runs *windows;
    struct cut cuts[3];        /* where val, test, and what belongs to no part begin */
    uint8_t *range_parts;      /* (ranges): the part of each one's group; NULL: the cuts decide */
    const uint8_t *given;      /* (rows of the table): its own parts; NULL: none */
    struct intervals later[2]; /* what val and test show, and what test shows */
};

bool split_wanted(const struct window_options *options)
{
    return options->split || options->split_at || options->split_by;
}

static const char *read_share(const char *text, uint64_t *share)
{
    uint64_t unit = SHARE_ONE;
    const char *at = text + strspn(text, " "), *begin = at;
    for (*share = 0; *at >= '0' && *at <= '9'; at++)
        *share = MIN(*share * 10 + (uint64_t)(*at - '0') * SHARE_ONE, 2 * SHARE_ONE);
    if (*at == '.')
        for (at++; *at >= '0' && *at <= '9'; at++) {
            if (unit == 1 && *at != '0')
                return NULL;
            unit = MAX(unit / 10, 1);
            *share += (uint64_t)(*at - '0') * unit;
        }
    return at == begin || (at == begin + 1 && *begin == '.') ? NULL : at + strspn(at, " ");
}

static enum plotmill_status read_shares(const char *text, uint64_t shares[3], struct plotmill_error *error)
{
    const char *at = text;
    uint64_t sum = 0;
    for (int i = 0; i < 3 && at; i++) {
        at = read_share(at, &shares[i]);
        sum += at ? shares[i] : 0;
        if (at && *at != (i < 2 ? ',' : 0))
            at = NULL;
        else if (at && i < 2)
            at++;
    }
    if (!at || !sum || sum > SHARE_ONE)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "split: found \"%s\", expected three shares, for train, val and test, of at most "
                                  "1 together, each with at most %d decimals, such as 0.7,0.15,0.15",
                                  text_quote(text, strlen(text)).text, SHARE_DIGITS);
    return PLOTMILL_OK;
}

/* floor(count * share), exactly. */
static uint64_t share_of(uint64_t count, uint64_t share)
{
    return count / SHARE_ONE * share + count % SHARE_ONE * share / SHARE_ONE;
}

static bool read_time(const char *text, int64_t *ns)
{
    const struct source_options options = {.from = text};
    struct plotmill_error ignored;
    struct period period;
    if (period_init(&period, &options, &ignored))
        return false;
    *ns = period.first;
    return true;
}

static enum plotmill_status read_times(const char *text, int64_t times[2], struct plotmill_error *error)
{
    const char *comma = strchr(text, ',');
    const size_t length = comma ? (size_t)(comma - text) : 0;
    char first[64] = "";
    if (length < sizeof first)
        memcpy(first, text, length);
    if (!comma || !read_time(first, &times[0]) || !read_time(comma + 1 + strspn(comma + 1, " "), &times[1]) ||
        times[0] > times[1])
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "split-at: found \"%s\", expected two days (YYYY-MM-DD), months (YYYY-MM) or times "
                                  "(YYYY-MM-DD HH:MM:SS), UTC, at which val and test begin, the earlier one first",
                                  text_quote(text, strlen(text)).text);
    return PLOTMILL_OK;
}

enum plotmill_status split_check(const struct window_options *options, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t shares[3];
    int64_t times[2];
    if (options->split)
        TRY(read_shares(options->split, shares, error));
    if (options->split_at)
        TRY(read_times(options->split_at, times, error));
    if (options->split && options->split_at)
        FAIL(error, PLOTMILL_BAD_INPUT, "split and split-at: expected only one of them");
    if (options->split_by && strcmp(options->split_by, "group"))
        FAIL(error, PLOTMILL_BAD_INPUT, "split-by: found \"%s\", expected group",
             text_quote(options->split_by, strlen(options->split_by)).text);
    if (options->split_by && !options->split)
        FAIL(error, PLOTMILL_BAD_INPUT, "split-by: expected the option split beside it, with the shares of the groups");
done:
    return status;
}

/* The last sample (or the sequence) of a window. */
static uint64_t last_of(const struct window_set_data *data, uint64_t start)
{
    return data->source->shape.row_length ? start : start + data->window - 1;
}

/* What windows are ordered by: the time of the last sample, or its row. */
static enum plotmill_status key_of(const struct window_set_data *data, uint64_t start, int64_t *key,
                                   struct plotmill_error *error)
{
    const struct source *source = data->source;
    const uint64_t last = last_of(data, start);
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
static enum plotmill_status check_times(const struct window_set_data *data, struct plotmill_error *error)
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

static enum plotmill_status find_cuts(struct split *split, const struct window_options *options,
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
        TRY(read_times(options->split_at, times, error));
        split->cuts[0] = (struct cut){times[0], 0};
        split->cuts[1] = (struct cut){times[1], 0};
    } else if (options->split) {
        TRY(read_shares(options->split, shares, error));
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
static enum plotmill_status part_of(const struct split *split, uint64_t start, const uint64_t *table_row, uint8_t *part,
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

/* Windows mostly come in ascending order: one that touches the last interval extends it. */
static enum plotmill_status add_interval(struct intervals *list, struct interval added, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct interval *last = list->count ? &list->items[list->count - 1] : NULL;
    if (last && added.first >= last->first && added.first <= last->last + 1) {
        last->last = MAX(last->last, added.last);
        return PLOTMILL_OK;
    }
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity ? 2 * list->capacity : 16;
        struct interval *grown = realloc(list->items, capacity * sizeof *grown);
        TRY_MEMORY(error, grown);
        list->items = grown;
        list->capacity = capacity;
    }
    list->items[list->count++] = added;
done:
    return status;
}

static int compare_intervals(const void *a, const void *b)
{
    const struct interval *x = a, *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

/* Samples of the same time as its ends, in the same group, belong to it: they are not apart in time. Those before
 * `least` belong to another interval already. */
static enum plotmill_status widen(const struct window_set_data *data, struct interval *interval, uint64_t least,
                                  struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct source *source = data->source;
    const struct source_range *range = window_range(&source->shape, interval->first);
    const struct source_range *last = window_range(&source->shape, interval->last);
    const uint64_t begin = MAX(range ? range->first : 0, least),
                   end = last ? last->first + last->count : source->shape.samples;
    int64_t edge, next;
    if (!data->times || source->shape.row_length)
        return PLOTMILL_OK;
    TRY(source->ops->times(source->self, interval->first, 1, &edge, error));
    for (next = edge; interval->first > begin; interval->first--) {
        TRY(source->ops->times(source->self, interval->first - 1, 1, &next, error));
        if (next != edge)
            break;
    }
    TRY(source->ops->times(source->self, interval->last, 1, &edge, error));
    for (next = edge; interval->last + 1 < end; interval->last++) {
        TRY(source->ops->times(source->self, interval->last + 1, 1, &next, error));
        if (next != edge)
            break;
    }
done:
    return status;
}

/* Sorts, widens and joins. */
static enum plotmill_status finish_intervals(const struct window_set_data *data, struct intervals *list,
                                             struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    size_t kept = 0;
    if (list->count)
        qsort(list->items, list->count, sizeof *list->items, compare_intervals);
    for (size_t i = 0; i < list->count; i++) {
        struct interval next = list->items[i], *last = kept ? &list->items[kept - 1] : NULL;
        if (last && next.last <= last->last)
            continue;
        TRY(widen(data, &next, last ? last->last + 1 : 0, error));
        if (last && next.first <= last->last + 1)
            last->last = next.last;
        else
            list->items[kept++] = next;
    }
    list->count = kept;
done:
    return status;
}

static bool touches(const struct intervals *list, uint64_t first, uint64_t last)
{
    size_t low = 0, high = list->count; /* the first interval that does not end before `first` */
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (list->items[middle].last < first)
            low = middle + 1;
        else
            high = middle;
    }
    return low < list->count && list->items[low].first <= last;
}

/* Notes what val and test show. Of neighbouring ranges, windows do not touch: a group ends between them. */
static enum plotmill_status note_later(struct split *split, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct window_walk walk = {.runs = split->windows};
    while (window_walk_next(&walk))
        for (size_t i = 0; i < walk.count; i++) {
            const struct interval shown = {walk.starts[i], last_of(split->data, walk.starts[i])};
            uint8_t part;
            TRY(part_of(split, walk.starts[i], walk.table_rows ? &walk.table_rows[i] : NULL, &part, error));
            if (part == SPLIT_VAL || part == SPLIT_TEST)
                TRY(add_interval(&split->later[0], shown, error));
            if (part == SPLIT_TEST)
                TRY(add_interval(&split->later[1], shown, error));
        }
    TRY(finish_intervals(split->data, &split->later[0], error));
    TRY(finish_intervals(split->data, &split->later[1], error));
done:
    return status;
}

static enum plotmill_status assign(struct split *split, struct split_result *result, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct window_walk walk = {.runs = split->windows};
    uint64_t image = 0;
    while (window_walk_next(&walk))
        for (size_t i = 0; i < walk.count; i++, image++) {
            const uint64_t start = walk.starts[i];
            uint8_t part;
            TRY(part_of(split, start, walk.table_rows ? &walk.table_rows[i] : NULL, &part, error));
            if (part <= SPLIT_VAL && touches(&split->later[part], start, labels_reach(split->data, start))) {
                result->embargoed[part]++;
                part = SPLIT_NONE;
            }
            if (result->splits)
                result->splits[image] = part;
            else
                TRY(window_runs_add(&result->parts[MIN(part, 3)], start, error));
        }
done:
    return status;
}

enum plotmill_status split_windows(struct split_result *result, const struct window_set_data *data,
                                   const struct window_runs *windows, const struct window_options *options,
                                   struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct split split = {.data = data, .windows = windows, .given = data->table.splits};
    *result = (struct split_result){0};
    for (int i = 0; i < 4; i++)
        result->parts[i].step = windows->step;
    if (split.given && split_wanted(options))
        FAIL(error, PLOTMILL_BAD_INPUT,
             "windows %s: has a column split, beside which split, split-at and split-by do "
             "not apply",
             options->file);
    TRY(check_times(data, error));
    TRY(find_cuts(&split, options, error));
    if (windows->list)
        TRY_ALLOCATE(error, result->splits, windows->count, 1);
    TRY(note_later(&split, error));
    TRY(assign(&split, result, error));
done:
    free(split.range_parts);
    free(split.later[0].items);
    free(split.later[1].items);
    return status;
}

void split_free(struct split_result *result)
{
    for (int i = 0; i < 4; i++)
        window_runs_free(&result->parts[i]);
    free(result->splits);
    *result = (struct split_result){0};
}
