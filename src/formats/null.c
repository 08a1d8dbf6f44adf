/* "null:" renders everything and keeps nothing. */
#include <stdlib.h>

#include "base/try.h"
#include "formats/format.h"
#include "formats/image_counter.h"

static enum plotmill_status open_sink(void *self, const struct plotmill_dataset_info *info,
                                      struct plotmill_error *error)
{
    return image_counter_start(self, info, NULL, error);
}

static enum plotmill_status write_sink(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    return image_counter_add(self, batch, error);
}

static enum plotmill_status finish_sink(void *self, struct plotmill_error *error)
{
    return image_counter_finish(self, "null:", error);
}

static void abort_sink(void *self)
{
    (void)self;
}

static const struct plotmill_sink_ops null_ops = {
    .payload = PLOTMILL_PAYLOAD_PIXELS,
    .open = open_sink,
    .write = write_sink,
    .finish = finish_sink,
    .abort = abort_sink,
    .destroy = free,
};

enum plotmill_status sink_create_null(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    (void)path, (void)options;
    struct image_counter *counter = NULL;
    TRY_ALLOCATE(error, counter, 1, sizeof *counter);
    *sink = (struct sink){&null_ops, counter};
done:
    return status;
}
