/* Splits windows into parts for training, validation and test, without leaks between them. */
#include "source/split.h"

#include <stdlib.h>

#include "base/numbers.h"
#include "base/try.h"
#include "source/source.h"

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
            const struct interval shown = {walk.starts[i], split_last_of(split->data, walk.starts[i])};
            uint8_t part;
            TRY(split_part_of(split, walk.starts[i], walk.table_rows ? &walk.table_rows[i] : NULL, &part, error));
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
            TRY(split_part_of(split, start, walk.table_rows ? &walk.table_rows[i] : NULL, &part, error));
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
    TRY(split_check_times(data, error));
    TRY(split_find_cuts(&split, options, error));
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
