#include "source/windows.h"

#include <stdlib.h>

#include "base/numbers.h"
#include "base/try.h"

/* Pieces of the ranges between the breaks, in their order; starts as {0}. */
struct pieces {
    size_t range, brk; /* the next ones */
    uint64_t first;    /* of the rest of the range; 0: all of it is left */
};

static bool next_piece(const struct source_shape *shape, struct pieces *pieces, struct source_range *piece)
{
    const uint64_t unit = shape->row_length ? shape->row_length : 1;
    const struct source_range all = {0, shape->samples / unit, 0};
    if (pieces->range == (shape->range_count ? shape->range_count : 1))
        return false;
    *piece = shape->range_count ? shape->ranges[pieces->range] : all;
    const uint64_t end = piece->first + piece->count;
    piece->first = MAX(piece->first, pieces->first);
    while (pieces->brk < shape->break_count && shape->breaks[pieces->brk] <= piece->first)
        pieces->brk++;
    pieces->first = pieces->brk < shape->break_count ? MIN(shape->breaks[pieces->brk], end) : end;
    piece->count = pieces->first - piece->first;
    if (pieces->first == end) {
        pieces->range++;
        pieces->first = 0;
    }
    return true;
}

enum plotmill_status windows_check(struct source_shape shape, uint64_t window, const char *name,
                                   struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const unsigned long long n = window, row = shape.row_length, samples = shape.samples;
    uint64_t longest = 0, count = 0;
    struct pieces pieces = {0};
    for (struct source_range piece; next_piece(&shape, &pieces, &piece); count++)
        longest = MAX(longest, piece.count);
    if (row && n && n != row)
        FAIL(error, PLOTMILL_BAD_INPUT,
             n < row ? "%s: holds ready sequences of %llu samples, opened without the option window: expected the "
                       "same window, %llu, when the source is opened"
                     : "%s: holds ready sequences of %llu samples: window %llu is longer",
             name, row, n);
    if (row && !samples)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: holds no sequence", name);
    if (!row && !n)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: holds one long series of %llu samples: expected the option window, the number of samples per image",
             name, samples);
    if (!row && window > longest && count > 1)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: window %llu is longer than each of %llu %s: the longest has %llu samples",
             name, n, (unsigned long long)count, shape.break_count ? "parts between gaps" : "groups of rows",
             (unsigned long long)longest);
    if (!row && window > longest)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: window %llu is longer than the series: it has %llu samples", name, n,
             (unsigned long long)longest);
done:
    return status;
}

/* `least` samples or sequences make an image. */
static enum plotmill_status add_parts(struct windows *windows, const struct source_shape *shape, uint64_t least,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct pieces pieces = {0};
    TRY_ALLOCATE(error, windows->parts, MAX(shape->range_count, 1) + shape->break_count, sizeof *windows->parts);
    for (struct source_range piece; next_piece(shape, &pieces, &piece);) {
        if (piece.count < least) {
            windows->short_count++;
            continue;
        }
        windows->parts[windows->part_count++] = (struct window_part){windows->images, piece.first};
        windows->images += (piece.count - least) / windows->start_step + 1;
    }
    if (windows->part_count == 1) {
        windows->start = windows->parts[0].start;
        windows_free(windows);
    }
done:
    return status;
}

enum plotmill_status windows_plan(struct windows *windows, struct source_shape shape, const struct window_rule *rule,
                                  struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const bool ready = shape.row_length != 0;
    const uint64_t unit = ready ? shape.row_length : 1;
    *windows = (struct windows){.start_step = rule->stride, .unit = unit};
    if (!rule->stride)
        FAIL(error, PLOTMILL_BAD_INPUT, "stride 0: expected at least 1");
    TRY(windows_check(shape, rule->window, "the input", error));
    windows->window = ready ? shape.row_length : rule->window;
    TRY(add_parts(windows, &shape, ready ? 1 : rule->window, error));
    /* A stride beyond the end selects only the first one of a part; the product must not overflow. */
    windows->step = rule->stride > UINT64_MAX / unit ? UINT64_MAX / unit * unit : rule->stride * unit;
    if (rule->limit && rule->limit < windows->images)
        windows->images = rule->limit;
done:
    return status;
}

void windows_free(struct windows *windows)
{
    free(windows->parts);
    free(windows->list);
    windows->list = NULL;
    windows->parts = NULL;
    windows->part_count = 0;
}

uint64_t windows_start(const struct windows *windows, uint64_t image)
{
    const struct window_part *parts = windows->parts;
    size_t low = 0, high = windows->part_count;
    if (windows->list)
        return windows->list[image];
    if (!parts)
        return windows->start + image * windows->start_step;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (parts[middle].image <= image)
            low = middle;
        else
            high = middle;
    }
    return parts[low].start + (image - parts[low].image) * windows->start_step;
}

uint64_t windows_sample(const struct windows *windows, uint64_t image)
{
    return windows_start(windows, image) * windows->unit;
}

const struct source_range *window_range(const struct source_shape *shape, uint64_t start)
{
    size_t low = 0, high = shape->range_count;
    while (high > low + 1) {
        const size_t middle = low + (high - low) / 2;
        if (shape->ranges[middle].first <= start)
            low = middle;
        else
            high = middle;
    }
    return shape->range_count ? &shape->ranges[low] : NULL;
}

/* The same; `all` where there are no ranges. */
static const struct source_range *range_of(const struct source_shape *shape, const struct source_range *all,
                                           uint64_t start)
{
    const struct source_range *range = window_range(shape, start);
    return range ? range : all;
}

uint32_t windows_rows_before(struct source_shape shape, uint64_t sample)
{
    const struct source_range all = {0, shape.samples};
    const uint64_t before =
        shape.row_length ? sample % shape.row_length : sample - range_of(&shape, &all, sample)->first;
    return before < UINT32_MAX ? (uint32_t)before : UINT32_MAX;
}

/* The first break after `start`; UINT64_MAX: none. */
static uint64_t break_after(const struct source_shape *shape, uint64_t start)
{
    size_t low = 0, high = shape->break_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (shape->breaks[middle] <= start)
            low = middle + 1;
        else
            high = middle;
    }
    return low < shape->break_count ? shape->breaks[low] : UINT64_MAX;
}

bool windows_fit(struct source_shape shape, uint64_t start, uint64_t count)
{
    const struct source_range all = {0, shape.samples / (shape.row_length ? shape.row_length : 1)};
    const struct source_range *range = range_of(&shape, &all, start);
    return start >= range->first && start - range->first <= range->count &&
           count <= range->count - (start - range->first) && count <= break_after(&shape, start) - start;
}
