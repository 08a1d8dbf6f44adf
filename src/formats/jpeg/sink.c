/* A folder of JPEG files. JPEG loses: the mark keeps the hash of the pixels as they were drawn. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/trace.h"
#include "base/try.h"
#include "formats/folder/sink.h"
#include "formats/format.h"
#include "formats/jpeg/file.h"

struct jpeg_sink {
    struct folder folder;
    int quality;
    atomic_ullong sum; /* of the folds of the images that came */
};

static enum plotmill_status open_sink(void *self, const struct plotmill_dataset_info *info,
                                      struct plotmill_error *error)
{
    struct jpeg_sink *sink = self;
    if (info->width > JPEG_SIDE_MAX || info->height > JPEG_SIDE_MAX)
        return plotmill_error_set(
            error, PLOTMILL_BAD_INPUT, "%s: images of %ux%u pixels, expected at most %d on a side of a JPEG file",
            sink->folder.output.path, (unsigned)info->width, (unsigned)info->height, JPEG_SIDE_MAX);
    atomic_init(&sink->sum, 0);
    return folder_open(&sink->folder, info, error);
}

static uint64_t stored_bytes(void *self, const struct plotmill_dataset_info *info, const struct plotmill_batch *batch)
{
    const struct jpeg_sink *sink = self;
    const size_t image_bytes = (size_t)info->width * info->height;
    const uint8_t *bytes;
    size_t size;
    uint64_t all = 0, encoded = 0;
    struct jpeg_file *file = jpeg_file_create(info->width, info->height, sink->quality);
    for (; file && encoded < batch->count; encoded++) {
        if (!jpeg_file_encode(file, (const uint8_t *)batch->data + encoded * image_bytes, &bytes, &size))
            break;
        all += size;
    }
    jpeg_file_destroy(file);
    return encoded == batch->count ? all : 0;
}

static enum plotmill_status write_image(const struct jpeg_sink *sink, uint64_t index, const uint8_t *pixels,
                                        struct jpeg_file *file, struct plotmill_error *error)
{
    const uint8_t *bytes;
    size_t size;
    enum trace_stage before = trace_switch(TRACE_ENCODE);
    bool encoded = jpeg_file_encode(file, pixels, &bytes, &size);
    trace_switch(before);
    if (!encoded)
        return folder_failed(&sink->folder, index, jpeg_file_reason(file), error);
    return folder_write(&sink->folder, index, bytes, size, error);
}

static enum plotmill_status write_sink(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    struct jpeg_sink *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    const struct image_counter *counter = &sink->folder.counter;
    const uint8_t *pixels = batch->data;
    struct jpeg_file *file = NULL;
    TRY(folder_count(&sink->folder, batch, error));
    file = jpeg_file_create(counter->width, counter->height, sink->quality);
    if (!file)
        TRY(folder_failed(&sink->folder, batch->first, strerror(ENOMEM), error));
    for (uint64_t i = 0; i < batch->count; i++)
        TRY(write_image(sink, batch->first + i, pixels + (size_t)i * counter->image_bytes, file, error));
    atomic_fetch_add(&sink->sum, hash_images(pixels, counter->image_bytes, batch->first, batch->count));
    TRY(folder_label(&sink->folder, batch, error));
done:
    jpeg_file_destroy(file);
    return status;
}

static enum plotmill_status finish_sink(void *self, struct plotmill_error *error)
{
    struct jpeg_sink *sink = self;
    const struct image_counter *counter = &sink->folder.counter;
    sink->folder.metadata.info.quality = sink->quality;
    sink->folder.metadata.lossy = true;
    sink->folder.metadata.pixel_hash =
        hash_finish(atomic_load(&sink->sum), counter->images, counter->width, counter->height);
    return folder_finish(&sink->folder, error);
}

static void abort_sink(void *self)
{
    struct jpeg_sink *sink = self;
    folder_abort(&sink->folder);
}

static void destroy_sink(void *self)
{
    struct jpeg_sink *sink = self;
    folder_free(&sink->folder);
    free(sink);
}

static const struct plotmill_sink_ops jpeg_ops = {
    .payload = PLOTMILL_PAYLOAD_PIXELS,
    .thread_safe = 1,
    .stored_bytes = stored_bytes,
    .open = open_sink,
    .write = write_sink,
    .finish = finish_sink,
    .abort = abort_sink,
    .destroy = destroy_sink,
};

enum plotmill_status sink_create_jpeg(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct jpeg_sink *self = NULL;
    TRY(jpeg_file_available(error));
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    self->quality = options->quality ? options->quality : JPEG_QUALITY_DEFAULT;
    TRY(folder_init(&self->folder, path, "jpeg", ".jpg", options->force, error));
    *sink = (struct sink){&jpeg_ops, self};
done:
    if (status)
        free(self);
    return status;
}
