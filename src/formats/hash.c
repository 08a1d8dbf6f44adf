/* "hash:" keeps nothing but the data set's hash. */
#include "base/hash.h"

#include <stdlib.h>

#include "base/try.h"
#include "formats/format.h"
#include "formats/image_counter.h"

struct hash_sink {
    struct image_counter counter;
    uint64_t sum;
};

static enum plotmill_status open_sink(void *self, const struct plotmill_dataset_info *info,
                                      struct plotmill_error *error)
{
    struct hash_sink *sink = self;
    sink->sum = 0;
    return image_counter_start(&sink->counter, info, NULL, error);
}

static enum plotmill_status write_sink(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    struct hash_sink *sink = self;
    enum plotmill_status status = image_counter_add(&sink->counter, batch, error);
    if (!status)
        sink->sum += hash_images(batch->data, sink->counter.image_bytes, batch->first, batch->count);
    return status;
}

static enum plotmill_status finish_sink(void *self, struct plotmill_error *error)
{
    struct hash_sink *sink = self;
    return image_counter_finish(&sink->counter, "hash:", error);
}

static void abort_sink(void *self)
{
    (void)self;
}

static int hash(void *self, uint64_t *value)
{
    const struct hash_sink *sink = self;
    *value = hash_finish(sink->sum, sink->counter.images, sink->counter.width, sink->counter.height);
    return 1;
}

static const struct plotmill_sink_ops hash_ops = {
    .payload = PLOTMILL_PAYLOAD_PIXELS,
    .open = open_sink,
    .write = write_sink,
    .finish = finish_sink,
    .abort = abort_sink,
    .hash = hash,
    .destroy = free,
};

enum plotmill_status sink_create_hash(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    (void)path, (void)options;
    struct hash_sink *self = NULL;
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    *sink = (struct sink){&hash_ops, self};
done:
    return status;
}
