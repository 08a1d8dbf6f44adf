/* Only the numbers, as np.memmap reads them: a .dat file and its sidecar, or standard output. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/try.h"
#include "formats/array.h"
#include "formats/image_counter.h"

struct stream_sink {
    struct sink_ops ops; /* with the pixel format of this sink */
    struct image_counter counter;
    FILE *file;
};

static enum plotmill_status open_stream(void *self, const struct dataset_info *info, struct plotmill_error *error)
{
    struct stream_sink *sink = self;
    sink->file = os_standard_output();
    return image_counter_start(&sink->counter, info, &sink->ops.pixels, error);
}

/* Flushes each batch, so that the next one fails if the reader has gone. */
static enum plotmill_status write_stream(void *self, const struct image_batch *batch, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct stream_sink *sink = self;
    const uint64_t expected = atomic_load(&sink->counter.written);
    if (batch->first != expected)
        FAIL(error, PLOTMILL_BAD_INPUT, "standard output: found image %llu, expected image %llu",
             (unsigned long long)batch->first, (unsigned long long)expected);
    TRY(image_counter_add(&sink->counter, batch, error));
    if (fwrite(batch->data, sink->counter.image_bytes, (size_t)batch->count, sink->file) != batch->count ||
        fflush(sink->file))
        FAIL(error, PLOTMILL_IO_FAILED, "standard output: cannot be written: %s", strerror(errno));
done:
    return status;
}

static enum plotmill_status finish_stream(void *self, struct plotmill_error *error)
{
    struct stream_sink *sink = self;
    return image_counter_finish(&sink->counter, "standard output", error);
}

static void abort_stream(void *self)
{
    (void)self;
}

enum plotmill_status sink_create_raw(struct sink *sink, const char *path, const struct sink_options *options,
                                     struct plotmill_error *error)
{
    static const struct array_kind raw = {"raw", 0, NULL, NULL};
    enum plotmill_status status = PLOTMILL_OK;
    struct stream_sink *self = NULL;
    if (strcmp(path, "-"))
        return array_sink_create(sink, path, options, &raw, error);
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    self->ops = (struct sink_ops){.payload = PAYLOAD_PIXELS,
                                  .pixels = options->pixels,
                                  .ordered = 1,
                                  .open = open_stream,
                                  .write = write_stream,
                                  .finish = finish_stream,
                                  .abort = abort_stream,
                                  .destroy = free};
    *sink = (struct sink){&self->ops, self};
done:
    return status;
}

enum plotmill_status reader_open_raw(struct reader *reader, const char *path, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct array_reader *array = NULL;
    struct stored_hints hints;
    uint64_t axes[4];
    unsigned rank;
    TRY(array_reader_create(&array, path, error));
    TRY(array_reader_describe(array, &hints, &rank, axes, error));
    if (!stored_init(&array->stored, &hints, (int)rank, axes))
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s.json: its dtype, layout, shape, width, background and foreground do not fit each other", path);
    TRY(array_reader_finish(array, "raw", reader, error));
done:
    if (status)
        array_reader_destroy(array);
    return status;
}
