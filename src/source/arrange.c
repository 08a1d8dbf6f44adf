#include "source/arrange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/fields.h"
#include "source/arrangement.h"
#include "source/source.h"

/* Bytes of samples, and numbers of times and the like, that are read at once to pick rows from. */
#define BLOCK_BYTES ((size_t)1 << 18)
#define SMALL_BLOCK 512

static enum plotmill_status read_times(void *self, uint64_t first, uint64_t count, void *out,
                                       struct plotmill_error *error)
{
    const struct source *inner = self;
    return inner->ops->times(inner->self, first, count, out, error);
}

enum plotmill_status arrangement_times(struct arrangement *arrangement, uint64_t first, uint64_t count, int64_t *times,
                                       struct plotmill_error *error)
{
    const size_t bytes = (arrangement->row_length ? 2 : 1) * sizeof *times;
    int64_t block[SMALL_BLOCK];
    return row_permutation_read(&arrangement->order, first, count, bytes, (struct row_block){block, sizeof block},
                                read_times, &arrangement->inner, times, error);
}

size_t arrangement_part(const struct arrangement *arrangement, uint64_t row)
{
    const uint64_t at = row_at(&arrangement->order, row);
    size_t low = 0, high = arrangement->part_count;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (arrangement->parts[middle].first <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}

struct row_place arrangement_place(const struct arrangement *arrangement, uint64_t row)
{
    struct row_place place = {""};
    const struct source *inner = &arrangement->inner;
    const uint64_t unit = arrangement->row_length ? arrangement->row_length : 1;
    if (inner->ops->locate)
        inner->ops->locate(inner->self, row_at(&arrangement->order, row) * unit, place.text, sizeof place.text);
    if (!*place.text)
        snprintf(place.text, sizeof place.text, "%s, row %llu",
                 arrangement->parts[arrangement_part(arrangement, row)].input->name,
                 (unsigned long long)row_at(&arrangement->order, row));
    return place;
}

static enum plotmill_status read_inner(void *self, uint64_t first, uint64_t count, void *out,
                                       struct plotmill_error *error)
{
    const struct source *inner = self;
    return inner->ops->read(inner->self, first, count, out, error);
}

static enum plotmill_status read_samples(void *self, uint64_t first, uint64_t count, double *out,
                                         struct plotmill_error *error)
{
    struct arrangement *arrangement = self;
    const size_t bytes = source_fields(arrangement->inner.shape) * sizeof *out;
    return row_permutation_read(&arrangement->order, first, count, bytes,
                                (struct row_block){arrangement->block, arrangement->block_bytes}, read_inner,
                                &arrangement->inner, out, error);
}

static void locate(void *self, uint64_t sample, char *text, size_t size)
{
    const struct arrangement *arrangement = self;
    const struct source *inner = &arrangement->inner;
    inner->ops->locate(inner->self, row_at(&arrangement->order, sample), text, size);
}

static enum plotmill_status read_rows(void *self, uint64_t first, uint64_t count, void *out,
                                      struct plotmill_error *error)
{
    (void)error;
    source_rows(self, first, count, out);
    return PLOTMILL_OK;
}

static void rows(void *self, uint64_t first, uint64_t count, uint64_t *out)
{
    const struct arrangement *arrangement = self;
    uint64_t block[SMALL_BLOCK];
    struct plotmill_error ignored;
    row_permutation_read(&arrangement->order, first, count, sizeof *out, (struct row_block){block, sizeof block},
                         read_rows, (void *)&arrangement->inner, out, &ignored);
}

static enum plotmill_status times(void *self, uint64_t first, uint64_t count, int64_t *out,
                                  struct plotmill_error *error)
{
    return arrangement_times(self, first, count, out, error);
}

struct side_reader {
    const struct source *inner;
    size_t column;
};

static enum plotmill_status read_side(void *self, uint64_t first, uint64_t count, void *out,
                                      struct plotmill_error *error)
{
    const struct side_reader *reader = self;
    return reader->inner->ops->side(reader->inner->self, reader->column, first, count, out, error);
}

static enum plotmill_status side(void *self, size_t column, uint64_t first, uint64_t count, double *out,
                                 struct plotmill_error *error)
{
    struct arrangement *arrangement = self;
    struct side_reader reader = {&arrangement->inner,
                                 column + (arrangement->by_column && column >= arrangement->group_side)};
    double block[SMALL_BLOCK];
    return row_permutation_read(&arrangement->order, first, count, sizeof *out, (struct row_block){block, sizeof block},
                                read_side, &reader, out, error);
}

static void arrangement_free(struct arrangement *arrangement)
{
    for (size_t i = 0; arrangement->names && i < arrangement->name_count; i++)
        free(arrangement->names[i]);
    free(arrangement->names);
    row_permutation_free(&arrangement->order);
    free(arrangement->block);
    free(arrangement->groups);
    free(arrangement->reports);
    free(arrangement->ranges);
    free(arrangement->breaks);
    free(arrangement);
}

static void destroy(void *self)
{
    struct arrangement *arrangement = self;
    source_close(&arrangement->inner);
    arrangement_free(arrangement);
}

/* Orders the rows of each group, and finds its gaps. */
static enum plotmill_status arrange_groups(struct arrangement *arrangement, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct step_sample *steps = NULL;
    TRY_ALLOCATE(error, steps, 1, sizeof *steps);
    for (size_t i = 0; i < arrangement->group_count; i++) {
        if (!arrangement->row_length)
            TRY(time_order_group(arrangement, &arrangement->groups[i], steps, error));
        TRY(gaps_find(arrangement, &arrangement->groups[i], steps, error));
    }
done:
    free(steps);
    return status;
}

/* Where no times are known, the groups alone. */
static enum plotmill_status keep_groups(struct arrangement *arrangement, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const char *name = arrangement->parts[0].input->name;
    if (!period_is_all(&arrangement->period) && !arrangement->dated && arrangement->order.count)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: has no times, which the options from and to need", name);
    if (arrangement->options && arrangement->options->order == ORDER_TIME)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: order: time: no column of times was found: expected the option time",
             name);
    if (arrangement->options && arrangement->options->gap_factor > 0)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: break-at-gaps: no column of times was found: expected the option time",
             name);
    TRY_ALLOCATE(error, arrangement->ranges, arrangement->group_count, sizeof *arrangement->ranges);
    for (size_t i = 0; i < arrangement->group_count && arrangement->order.count; i++)
        arrangement->ranges[arrangement->range_count++] = (struct source_range){
            arrangement->groups[i].first, arrangement->groups[i].count, arrangement->groups[i].number};
done:
    return status;
}

/* Refuses a period without a row. One range of all rows is none. */
static enum plotmill_status check_ranges(struct arrangement *arrangement, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct source_options *options = arrangement->options;
    if (!period_is_all(&arrangement->period) && !arrangement->range_count)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s%s: found no %s%s%s%s%s", arrangement->parts[0].input->name,
             arrangement->part_count > 1 ? " and the other inputs" : "", arrangement->row_length ? "sequence" : "row",
             options->from ? " from " : "", options->from ? options->from : "", options->to ? " to " : "",
             options->to ? options->to : "");
    if (!arrangement->names && arrangement->range_count == 1 &&
        arrangement->ranges[0].count == arrangement->order.count)
        arrangement->range_count = 0;
done:
    return status;
}

static void drop_side(struct source *source, size_t at)
{
    const struct side_column dropped = source->sides[at];
    for (size_t i = at + 1; i < source->side_count; i++)
        source->sides[i - 1] = source->sides[i];
    source->sides[--source->side_count] = dropped;
    side_clear(&source->sides[source->side_count]);
}

/* Groups without a range have the last names, which go. */
static void drop_names(struct arrangement *arrangement)
{
    size_t used = arrangement->range_count ? 0 : arrangement->name_count;
    for (size_t i = 0; i < arrangement->range_count; i++)
        used = MAX(used, (size_t)arrangement->ranges[i].group + 1);
    while (arrangement->name_count > used)
        free(arrangement->names[--arrangement->name_count]);
}

/* Groups of an array that has numbers for them: those of the ranges, and no names. */
static void take_numbers(struct arrangement *arrangement, struct source *source)
{
    for (size_t i = 0; i < arrangement->range_count; i++)
        arrangement->ranges[i].group = (uint32_t)strtoul(source->groups[arrangement->ranges[i].group], NULL, 10);
    for (size_t i = 0; i < source->group_count; i++)
        free(source->groups[i]);
    free(source->groups);
    source->groups = NULL;
    source->group_count = 0;
}

/* Hands the result to *source, whose contents are the inner source's. */
static void finish(struct arrangement *arrangement, struct source *source, char *read)
{
    const struct source_ops *inner = arrangement->inner.ops;
    struct source *from = &arrangement->inner;
    arrangement->ops = (struct source_ops){.read = read_samples,
                                           .locate = inner->locate ? locate : NULL,
                                           .destroy = destroy,
                                           .rows = inner->rows || arrangement->order.at ? rows : NULL,
                                           .times = inner->times ? times : NULL,
                                           .side = inner->side ? side : NULL};
    *source = (struct source){.ops = &arrangement->ops,
                              .self = arrangement,
                              .shape = from->shape,
                              .input = from->input,
                              .array = arrangement->order.at ? NULL : from->array,
                              .about = from->about,
                              .sides = from->sides,
                              .side_count = from->side_count,
                              .groups = arrangement->names,
                              .group_count = arrangement->name_count,
                              .read = read};
    source->shape.ranges = arrangement->range_count ? arrangement->ranges : NULL;
    source->shape.range_count = arrangement->range_count;
    source->shape.breaks = arrangement->breaks;
    source->shape.break_count = arrangement->break_count;
    if (arrangement->names)
        source->about.groups = arrangement->name_count;
    for (size_t i = 0; i < arrangement->part_count; i++)
        source->about.left_out += arrangement->reports[i].left_out;
    if (arrangement_has_numbers(arrangement))
        take_numbers(arrangement, source);
    if (arrangement->by_column)
        drop_side(source, arrangement->group_side);
    from->input = NULL;
    from->sides = NULL;
    from->side_count = 0;
    from->about = (struct source_about){0};
    arrangement->names = NULL;
    arrangement->parts = NULL; /* these are the caller's */
    arrangement->options = NULL;
}

enum plotmill_status source_arrange(struct source *source, const struct arrange_part *parts, size_t part_count,
                                    const struct source_options *options, const struct log *log,
                                    struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct arrangement *arrangement = NULL;
    char *read = NULL;
    TRY_ALLOCATE(error, arrangement, 1, sizeof *arrangement);
    const uint64_t unit = source->shape.row_length ? source->shape.row_length : 1;
    arrangement->inner = *source;
    arrangement->row_length = source->shape.row_length;
    arrangement->order.count = source->shape.samples / unit;
    arrangement->parts = parts;
    arrangement->part_count = part_count;
    arrangement->options = options;
    arrangement->log = log;
    arrangement->dated = source->about.has_times;
    arrangement->by_column =
        options && options->group_by && strcmp(options->group_by, "file") && strcmp(options->group_by, "none");
    arrangement->group_side = arrangement->by_column ? options->side_count - 1 : 0;
    TRY(period_init(&arrangement->period, options, error));
    TRY_ALLOCATE(error, arrangement->reports, part_count, sizeof *arrangement->reports);
    if (source->shape.row_length && options && (options->order == ORDER_TIME || options->gap_factor > 0))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: the option %s applies to one long series, found ready sequences",
             parts[0].input->name, options->gap_factor > 0 ? "break-at-gaps" : "order");
    TRY(series_check(arrangement, error));
    TRY(groups_find(arrangement, error));
    if (source->ops->times && source->shape.samples)
        TRY(arrange_groups(arrangement, error));
    else
        TRY(keep_groups(arrangement, error));
    TRY(check_ranges(arrangement, error));
    drop_names(arrangement);
    arrangement->block_bytes = MAX(BLOCK_BYTES, source_fields(source->shape) * sizeof(double));
    if (arrangement->order.at)
        TRY_ALLOCATE(error, arrangement->block, arrangement->block_bytes, 1);
    read = arrangement_json(arrangement);
    TRY_MEMORY(error, read);
    arrangement_report(arrangement);
    finish(arrangement, source, read);
    arrangement = NULL;
done:
    if (arrangement)
        arrangement_free(arrangement);
    return status;
}
