/* "null:" discards all images; "hash:" keeps only the hash of the data set. */
#include <stdlib.h>

#include "base/hash.h"
#include "base/try.h"
#include "formats/format.h"
#include "formats/image_counter.h"

struct null_sink {
    struct sink_ops ops; /* with the pixel format of this sink */
    struct image_counter counter;
    const char *name; /* "null:" or "hash:" */
    uint64_t sum;     /* of hash_images */
};

static enum plotmill_status open_sink(void *self, const struct dataset_info *info, struct plotmill_error *error)
{
    struct null_sink *sink = self;
    sink->sum = 0;
    return image_counter_start(&sink->counter, info, &sink->ops.pixels, error);
}

static enum plotmill_status write_null(void *self, const struct image_batch *batch, struct plotmill_error *error)
{
    struct null_sink *sink = self;
    return image_counter_add(&sink->counter, batch, error);
}

static enum plotmill_status write_hash(void *self, const struct image_batch *batch, struct plotmill_error *error)
{
    struct null_sink *sink = self;
    enum plotmill_status status = image_counter_add(&sink->counter, batch, error);
    if (!status)
        sink->sum += hash_images(batch->data, sink->counter.image_bytes, batch->first, batch->count);
    return status;
}

static enum plotmill_status finish_sink(void *self, struct plotmill_error *error)
{
    struct null_sink *sink = self;
    return image_counter_finish(&sink->counter, sink->name, error);
}

static void abort_sink(void *self)
{
    (void)self;
}

static int hash(void *self, uint64_t *value)
{
    const struct null_sink *sink = self;
    const struct image_counter *counter = &sink->counter;
    *value = hash_of_channels(hash_finish(sink->sum, counter->images, counter->width, counter->height),
                              counter->pixels.channels);
    return 1;
}

static enum plotmill_status create(struct sink *sink, const char *name, struct sink_ops ops,
                                   const struct sink_options *options, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct null_sink *self = NULL;
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    self->name = name;
    self->ops = ops;
    self->ops.pixels.channels = options->pixels.channels;
    self->ops.open = open_sink;
    self->ops.finish = finish_sink;
    self->ops.abort = abort_sink;
    self->ops.destroy = free;
    *sink = (struct sink){&self->ops, self};
done:
    return status;
}

enum plotmill_status sink_create_null(struct sink *sink, const char *path, const struct sink_options *options,
                                      struct plotmill_error *error)
{
    (void)path;
    return create(sink, "null:", (struct sink_ops){.write = write_null}, options, error);
}

enum plotmill_status sink_create_hash(struct sink *sink, const char *path, const struct sink_options *options,
                                      struct plotmill_error *error)
{
    (void)path;
    return create(sink, "hash:", (struct sink_ops){.write = write_hash, .hash = hash}, options, error);
}
