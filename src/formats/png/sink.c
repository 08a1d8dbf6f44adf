/* A folder of PNG files. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/try.h"
#include "formats/folder/sink.h"
#include "formats/format.h"
#include "formats/png/file.h"
#include "formats/png/writer.h"

struct png_sink {
    struct folder folder;
    bool compressed;
};

static enum plotmill_status open_sink(void *self, const struct plotmill_dataset_info *info,
                                      struct plotmill_error *error)
{
    struct png_sink *sink = self;
    struct plotmill_dataset_info exact = *info;
    if (!sink->compressed)
        exact.image_bytes = (double)png_file_stored_bytes(info->width, info->height);
    return folder_open(&sink->folder, &exact, error);
}

static enum plotmill_status write_image(const struct png_sink *sink, const struct plotmill_batch *batch, uint64_t i,
                                        struct png_file *file, struct plotmill_error *error)
{
    const struct image_counter *counter = &sink->folder.counter;
    const uint8_t *pixels = batch->data;
    bool made = sink->compressed ? png_file_from_stream(file, counter->width, counter->height, &batch->streams[i])
                                 : png_file_from_pixels(file, counter->width, counter->height,
                                                        pixels + (size_t)i * counter->image_bytes);
    if (!made)
        return folder_failed(&sink->folder, batch->first + i, strerror(ENOMEM), error);
    return folder_write(&sink->folder, batch->first + i, file->bytes, file->size, error);
}

static enum plotmill_status write_sink(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    struct png_sink *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    struct png_file file = {0};
    TRY(folder_count(&sink->folder, batch, error));
    for (uint64_t i = 0; i < batch->count; i++)
        TRY(write_image(sink, batch, i, &file, error));
    TRY(folder_label(&sink->folder, batch, error));
done:
    png_file_free(&file);
    return status;
}

static enum plotmill_status finish_sink(void *self, struct plotmill_error *error)
{
    struct png_sink *sink = self;
    return folder_finish(&sink->folder, error);
}

static void abort_sink(void *self)
{
    struct png_sink *sink = self;
    folder_abort(&sink->folder);
}

static void destroy_sink(void *self)
{
    struct png_sink *sink = self;
    folder_free(&sink->folder);
    free(sink);
}

#define PNG_CALLS                                                                                         \
    .thread_safe = 1, .open = open_sink, .write = write_sink, .finish = finish_sink, .abort = abort_sink, \
    .destroy = destroy_sink

static const struct plotmill_sink_ops stream_ops = {.payload = PLOTMILL_PAYLOAD_PNG, PNG_CALLS};
static const struct plotmill_sink_ops pixel_ops = {.payload = PLOTMILL_PAYLOAD_PIXELS, PNG_CALLS};

enum plotmill_status sink_create_png(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                     struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct png_sink *self = NULL;
    TRY(png_writer_available(error));
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    self->compressed = options->compress == PLOTMILL_COMPRESS_DEFLATE;
    TRY(folder_init(&self->folder, path, "png", ".png", options->force, error));
    *sink = (struct sink){self->compressed ? &stream_ops : &pixel_ops, self};
done:
    if (status)
        free(self);
    return status;
}
