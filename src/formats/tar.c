/* A tar of PNG and JSON files, as WebDataset reads it. */
#include "formats/tar.h"

#include "base/try.h"
#include "formats/format.h"
#include "plotmill_config.h"

#if HAVE_ARCHIVE && HAVE_PNG

#include <archive.h>
#include <archive_entry.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "formats/archive_file.h"
#include "formats/metadata.h"
#include "formats/png/file.h"

#define LABEL_SIZE 256
#define PAX_OPTIONS "xattrheader=SCHILY"

struct tar_sink {
    struct archive_file file;
    struct metadata metadata;
    struct png_file png;
};

static void abort_sink(void *self)
{
    struct tar_sink *sink = self;
    archive_file_abort(&sink->file);
}

/* To the first member. */
static enum plotmill_status attach_metadata(struct tar_sink *sink, struct plotmill_error *error)
{
    char *text = metadata_json(&sink->metadata);
    if (!text)
        return plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
    archive_entry_xattr_add_entry(sink->file.entry, TAR_MARK, text, strlen(text));
    free(text);
    return PLOTMILL_OK;
}

/* A pax header where an attribute needs it, plain ustar everywhere else. The attribute is written twice unless it is
 * told how; GNU tar knows this way alone. */
static enum plotmill_status open_sink(void *self, const struct plotmill_dataset_info *info,
                                      struct plotmill_error *error)
{
    struct tar_sink *sink = self;
    struct archive_file *file = &sink->file;
    enum plotmill_status status = PLOTMILL_OK;
    TRY(image_counter_start(&file->counter, info, NULL, error));
    TRY(metadata_init(&sink->metadata, info, "tar", error));
    const uint64_t room = (uint64_t)((double)info->images * info->image_bytes);
    TRY(archive_file_open(file, room, archive_write_set_format_pax_restricted, PAX_OPTIONS, error));
    TRY(attach_metadata(sink, error));
done:
    if (status)
        abort_sink(sink);
    return status;
}

static enum plotmill_status write_member(struct tar_sink *sink, uint64_t key, const char *extension, const void *data,
                                         size_t size, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char name[TAR_MEMBER_SIZE];
    snprintf(name, sizeof name, TAR_MEMBER, key, extension);
    TRY(archive_file_begin(&sink->file, name, size, error));
    TRY(archive_file_write(&sink->file, data, size, error));
    archive_entry_xattr_clear(sink->file.entry); /* only the first member has the metadata */
done:
    return status;
}

/* JSON has no NaN. */
static void print_number(char text[DECIMAL_SIZE], double value)
{
    if (isfinite(value))
        decimal_write(text, value);
    else
        strcpy(text, "null");
}

static enum plotmill_status write_image(struct tar_sink *sink, const struct plotmill_batch *batch, uint64_t i,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t key = sink->metadata.info.first + batch->first + i;
    char label[LABEL_SIZE], lo[DECIMAL_SIZE], hi[DECIMAL_SIZE];
    print_number(lo, batch->y_range[2 * i]);
    print_number(hi, batch->y_range[2 * i + 1]);
    int length =
        snprintf(label, sizeof label, "{\"index\":%" PRIu64 ",\"window_start\":%" PRId64 ",\"y_range\":[%s,%s]}\n", key,
                 batch->window_start[i], lo, hi);
    if (!png_file_from_stream(&sink->png, sink->file.counter.width, sink->file.counter.height, &batch->streams[i]))
        FAIL(error, PLOTMILL_NO_MEMORY, "%s: out of memory for an image", sink->file.output.path);
    TRY(write_member(sink, key, TAR_IMAGE, sink->png.bytes, sink->png.size, error));
    TRY(write_member(sink, key, TAR_LABEL, label, (size_t)length, error));
done:
    return status;
}

/* A file of the batch's first images, with the headers and the labels of its members, which are blocks of 512 bytes; 0:
 * not known. */
static uint64_t rehearsed_bytes(const struct tar_sink *sink, const struct plotmill_dataset_info *info,
                                const struct plotmill_batch *batch, uint64_t images)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct plotmill_error ignored;
    struct tar_sink scale = {.file = {.output = sink->file.output}}; /* for messages alone */
    TRY(image_counter_start(&scale.file.counter, info, NULL, &ignored));
    TRY(archive_file_rehearse(&scale.file, archive_write_set_format_pax_restricted, PAX_OPTIONS, &ignored));
    for (uint64_t i = 0; i < images; i++)
        TRY(write_image(&scale, batch, i, &ignored));
done:
    png_file_free(&scale.png);
    const uint64_t made = archive_file_rehearsed(&scale.file);
    return status ? 0 : made;
}

/* Without the end that a file has once. */
static uint64_t stored_bytes(void *self, const struct plotmill_dataset_info *info, const struct plotmill_batch *batch)
{
    const uint64_t all = rehearsed_bytes(self, info, batch, batch->count), none = rehearsed_bytes(self, info, batch, 0);
    return none && all > none ? all - none : 0;
}

static enum plotmill_status write_sink(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    struct tar_sink *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    TRY(archive_file_take(&sink->file, batch, "a tar", error));
    for (uint64_t i = 0; i < batch->count; i++)
        TRY(write_image(sink, batch, i, error));
done:
    return status;
}

static enum plotmill_status finish_sink(void *self, struct plotmill_error *error)
{
    struct tar_sink *sink = self;
    return archive_file_finish(&sink->file, error);
}

static void destroy_sink(void *self)
{
    struct tar_sink *sink = self;
    archive_file_free(&sink->file);
    png_file_free(&sink->png);
    metadata_free(&sink->metadata);
    free(sink);
}

static const struct plotmill_sink_ops tar_ops = {
    .payload = PLOTMILL_PAYLOAD_PNG,
    .ordered = 1,
    .stored_bytes = stored_bytes,
    .open = open_sink,
    .write = write_sink,
    .finish = finish_sink,
    .abort = abort_sink,
    .destroy = destroy_sink,
};

enum plotmill_status sink_create_tar(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                     struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct tar_sink *self = NULL;
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    TRY(output_init(&self->file.output, path, false, options->force, error));
    *sink = (struct sink){&tar_ops, self};
done:
    if (status)
        free(self);
    return status;
}

#else

enum plotmill_status sink_create_tar(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                     struct plotmill_error *error)
{
    (void)sink, (void)options;
    return plotmill_error_set(error, PLOTMILL_UNSUPPORTED,
                              "%s: this build of plotmill cannot write tar: libarchive or libpng is missing", path);
}

#endif
