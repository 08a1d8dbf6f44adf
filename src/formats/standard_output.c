#include "formats/standard_output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/try.h"
#include "formats/image_counter.h"

struct standard_output {
    struct plotmill_sink_ops ops; /* with this one's pixel format */
    struct image_counter counter;
    FILE *file;
};

static enum plotmill_status open_sink(void *self, const struct plotmill_dataset_info *info,
                                      struct plotmill_error *error)
{
    struct standard_output *sink = self;
    sink->file = os_standard_output();
    return image_counter_start(&sink->counter, info, &sink->ops.pixels, error);
}

/* Written out with every batch, so that a reader that has gone is noticed by the next one. */
static enum plotmill_status write_sink(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    struct standard_output *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t expected = atomic_load(&sink->counter.written);
    if (batch->first != expected)
        FAIL(error, PLOTMILL_BAD_INPUT, "standard output: image %llu came, expected image %llu",
             (unsigned long long)batch->first, (unsigned long long)expected);
    TRY(image_counter_add(&sink->counter, batch, error));
    if (fwrite(batch->data, sink->counter.image_bytes, (size_t)batch->count, sink->file) != batch->count ||
        fflush(sink->file))
        FAIL(error, PLOTMILL_IO_FAILED, "standard output: cannot be written: %s", strerror(errno));
done:
    return status;
}

static enum plotmill_status finish_sink(void *self, struct plotmill_error *error)
{
    struct standard_output *sink = self;
    return image_counter_finish(&sink->counter, "standard output", error);
}

static void abort_sink(void *self)
{
    (void)self;
}

enum plotmill_status standard_output_create(struct sink *sink, const struct plotmill_sink_options *options,
                                            struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct standard_output *self = NULL;
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    self->ops = (struct plotmill_sink_ops){
        .payload = PLOTMILL_PAYLOAD_PIXELS,
        .pixels = options->pixels,
        .ordered = 1,
        .open = open_sink,
        .write = write_sink,
        .finish = finish_sink,
        .abort = abort_sink,
        .destroy = free,
    };
    *sink = (struct sink){&self->ops, self};
done:
    return status;
}
