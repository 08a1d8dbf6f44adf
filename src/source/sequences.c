#include "source/sequences.h"

#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/try.h"
#include "source/source.h"

/* Sequences whose side values or rows are asked for at a time. */
#define BLOCK 256

struct cut {
    struct source_ops ops;
    struct source inner;
    struct source_range *ranges;
};

static enum plotmill_status read_samples(void *self, uint64_t first, uint64_t count, double *out,
                                         struct plotmill_error *error)
{
    const struct cut *cut = self;
    return cut->inner.ops->read(cut->inner.self, first, count, out, error);
}

static void locate(void *self, uint64_t sample, char *text, size_t size)
{
    const struct cut *cut = self;
    cut->inner.ops->locate(cut->inner.self, sample, text, size);
}

static void rows(void *self, uint64_t first, uint64_t count, uint64_t *out)
{
    const struct cut *cut = self;
    const uint64_t length = cut->inner.shape.row_length;
    uint64_t row[BLOCK];
    while (count) {
        const uint64_t sequence = first / length, offset = first % length;
        const uint64_t n = MIN((offset + count + length - 1) / length, BLOCK);
        cut->inner.ops->rows(cut->inner.self, sequence, n, row);
        const uint64_t samples = MIN(count, n * length - offset);
        for (uint64_t i = 0; i < samples; i++)
            *out++ = row[(offset + i) / length] * length + (offset + i) % length;
        first += samples;
        count -= samples;
    }
}

static enum plotmill_status side(void *self, size_t column, uint64_t first, uint64_t count, double *out,
                                 struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct cut *cut = self;
    const uint64_t length = cut->inner.shape.row_length;
    double value[BLOCK];
    while (count) {
        const uint64_t sequence = first / length, offset = first % length;
        const uint64_t n = MIN((offset + count + length - 1) / length, BLOCK);
        TRY(cut->inner.ops->side(cut->inner.self, column, sequence, n, value, error));
        const uint64_t samples = MIN(count, n * length - offset);
        for (uint64_t i = 0; i < samples; i++)
            *out++ = value[(offset + i) / length];
        first += samples;
        count -= samples;
    }
done:
    return status;
}

static void destroy(void *self)
{
    struct cut *cut = self;
    source_close(&cut->inner);
    free(cut->ranges);
    free(cut);
}

enum plotmill_status sequences_ranges(struct source_range **ranges, struct source_shape *shape, bool groups,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const uint64_t length = shape->row_length;
    const struct source_range all = {0, shape->samples / length, 0};
    const struct source_range *given = shape->range_count ? shape->ranges : &all;
    const size_t given_count = shape->range_count ? shape->range_count : 1;
    uint64_t count = 0, used = 0;
    for (size_t i = 0; i < given_count; i++)
        count += given[i].count;
    TRY_ALLOCATE(error, *ranges, count, sizeof **ranges);
    for (size_t i = 0; i < given_count; i++)
        for (uint64_t k = 0; k < given[i].count; k++) {
            const uint64_t sequence = given[i].first + k;
            (*ranges)[used++] =
                (struct source_range){sequence * length, length, groups ? given[i].group : (uint32_t)sequence};
        }
    shape->ranges = *ranges;
    shape->range_count = used;
    shape->row_length = 0;
done:
    return status;
}

enum plotmill_status sequences_cut(struct source *source, uint64_t window, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct cut *cut = NULL;
    struct source_shape shape = source->shape;
    if (!sequences_are_cut(shape, window))
        return PLOTMILL_OK;
    TRY_ALLOCATE(error, cut, 1, sizeof *cut);
    const struct source_ops *from = source->ops;
    TRY(sequences_ranges(&cut->ranges, &shape, source->about.groups > 0, error));
    cut->ops = (struct source_ops){.read = read_samples,
                                   .locate = from->locate ? locate : NULL,
                                   .destroy = destroy,
                                   .rows = from->rows ? rows : NULL,
                                   .side = from->side ? side : NULL};
    cut->inner = (struct source){.ops = from, .self = source->self, .shape = source->shape};
    source->ops = &cut->ops;
    source->self = cut;
    source->shape = shape;
    if (!source->about.groups)
        source->about.groups = shape.range_count;
    source->about.has_times = false;
    cut = NULL;
done:
    if (cut)
        free(cut->ranges);
    free(cut);
    return status;
}
