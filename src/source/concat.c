#include "source/concat.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/try.h"

struct concat {
    size_t count;
    struct source *parts;
    uint64_t *starts; /* count+1: the first sample of each part, and the end */
};

static size_t part_of(const struct concat *concat, uint64_t sample)
{
    size_t low = 0, high = concat->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (concat->starts[middle] <= sample)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static enum plotmill_status read_samples(void *self, uint64_t first, uint64_t count, double *out,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct concat *concat = self;
    for (size_t i = part_of(concat, first); count; i++) {
        struct source *part = &concat->parts[i];
        uint64_t there = concat->starts[i + 1] - first;
        uint64_t n = count < there ? count : there;
        TRY(part->ops->read(part->self, first - concat->starts[i], n, out, error));
        first += n;
        out += n;
        count -= n;
    }
done:
    return status;
}

static void locate(void *self, uint64_t sample, char *text, size_t size)
{
    struct concat *concat = self;
    size_t i = part_of(concat, sample);
    concat->parts[i].ops->locate(concat->parts[i].self, sample - concat->starts[i], text, size);
}

static void destroy(void *self)
{
    struct concat *concat = self;
    for (size_t i = 0; i < concat->count; i++)
        source_close(&concat->parts[i]);
    free(concat->parts);
    free(concat->starts);
    free(concat);
}

static enum plotmill_status check_alike(const struct source *a, const char *a_path, const struct source *b,
                                        const char *b_path, struct plotmill_error *error)
{
    uint64_t x = a->shape.row_length, y = b->shape.row_length;
    if (x == y)
        return PLOTMILL_OK;
    if (x && y)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s holds sequences of %" PRIu64 " samples, expected %" PRIu64 " as in %s", b_path, y,
                                  x, a_path);
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s holds %s, expected %s as in %s", b_path,
                              y ? "ready sequences" : "one long series", x ? "ready sequences" : "one long series",
                              a_path);
}

enum plotmill_status source_concat(struct source *source, const struct source *parts, const char *const *paths,
                                   size_t count, struct plotmill_error *error)
{
    static const struct plotmill_source_ops ops = {read_samples, locate, destroy};
    enum plotmill_status status = PLOTMILL_OK;
    struct concat *concat = NULL;
    TRY_ALLOCATE(error, concat, 1, sizeof *concat);
    TRY_ALLOCATE(error, concat->parts, count, sizeof *concat->parts);
    TRY_ALLOCATE(error, concat->starts, count + 1, sizeof *concat->starts);
    for (size_t i = 0; i < count; i++) {
        TRY(check_alike(&parts[0], paths[0], &parts[i], paths[i], error));
        if (parts[i].shape.samples > UINT64_MAX - concat->starts[i])
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: too many samples in all", paths[i]);
        concat->starts[i + 1] = concat->starts[i] + parts[i].shape.samples;
    }
    for (size_t i = 0; i < count; i++)
        concat->parts[i] = parts[i];
    concat->count = count;
    *source = (struct source){.ops = &ops,
                              .self = concat,
                              .shape = {.samples = concat->starts[count], .row_length = parts[0].shape.row_length}};
done:
    if (status && concat)
        destroy(concat); /* count is 0: the parts stay the caller's */
    return status;
}
