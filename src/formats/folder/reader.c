/* Images in a folder of PNG or JPEG files: one that plotmill made, or any that holds nothing else. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/output.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/folder/decode.h"
#include "formats/folder/index.h"
#include "formats/folder/list.h"
#include "formats/format.h"
#include "formats/metadata.h"

struct folder_reader {
    char *path;
    bool ours; /* plotmill.json is there */
    struct metadata metadata;
    struct folder_names names; /* in a folder of plotmill's own */
    struct folder_list list;   /* in others */
    uint64_t count;
    uint32_t width, height;
    size_t image_bytes;
    bool index_read;
    struct folder_index index;
};

static void destroy(void *self)
{
    struct folder_reader *reader = self;
    folder_list_free(&reader->list);
    folder_index_free(&reader->index);
    metadata_free(&reader->metadata);
    free(reader->path);
    free(reader);
}

/* Freed by the caller; NULL: out of memory. */
static char *image_path(const struct folder_reader *reader, uint64_t index)
{
    char name[FOLDER_NAME_SIZE];
    if (!reader->ours)
        return path_join(reader->path, reader->list.names[index]);
    folder_names_get(&reader->names, index, name);
    return path_join(reader->path, name);
}

static enum plotmill_status read_metadata(struct folder_reader *reader, const char *path, struct plotmill_error *error)
{
    size_t size;
    char *text = (char *)os_read_file(path, &size);
    if (!text)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: cannot be read: %s", path, strerror(errno));
    bool parsed = strlen(text) == size && metadata_parse(&reader->metadata, text);
    free(text);
    if (!parsed)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: malformed, expected one JSON object", path);
    return PLOTMILL_OK;
}

/* The images that plotmill.json describes must be there. */
static enum plotmill_status count_own(struct folder_reader *reader, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct metadata *metadata = &reader->metadata;
    const char *extension = !strcmp(metadata->info.format, "jpeg") ? ".jpg" : ".png";
    if (metadata->images_per_folder && (metadata->images_per_folder != FOLDER_IMAGES || !metadata->info.images))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s/" OUTPUT_MARK ": %llu images_per_folder of %llu images, expected %d",
             reader->path, (unsigned long long)metadata->images_per_folder, (unsigned long long)metadata->info.images,
             FOLDER_IMAGES);
    folder_names_init(&reader->names, metadata->info.images ? metadata->info.images : 1,
                      metadata->images_per_folder != 0, extension);
    TRY(folder_list_count(reader->path, &reader->names, metadata->info.images, &reader->count, error));
    if (metadata->info.images && metadata->info.images != reader->count)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: holds %llu images, expected %llu by its " OUTPUT_MARK, reader->path,
             (unsigned long long)reader->count, (unsigned long long)metadata->info.images);
    if (!reader->count)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: holds no image", reader->path);
    if (!metadata->info.images)
        folder_names_init(&reader->names, reader->count, false, extension);
done:
    return status;
}

static enum plotmill_status find_images(struct folder_reader *reader, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *path = path_join(reader->path, OUTPUT_MARK);
    if (!path)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory");
    reader->ours = os_exists(path);
    if (reader->ours) {
        TRY(read_metadata(reader, path, error));
        TRY(count_own(reader, error));
    } else {
        TRY(folder_list_read(&reader->list, reader->path, error));
        reader->count = reader->list.count;
    }
done:
    free(path);
    return status;
}

static enum plotmill_status measure_first(struct folder_reader *reader, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct metadata *metadata = &reader->metadata;
    char *first = image_path(reader, 0);
    if (!first)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory");
    TRY(decode_file_size(first, &reader->width, &reader->height, error));
    reader->image_bytes = (size_t)reader->width * reader->height;
    if (metadata->info.width && metadata->info.height &&
        (metadata->info.width != reader->width || metadata->info.height != reader->height))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: the first image has %lux%lu pixels, expected %lux%lu by " OUTPUT_MARK,
             reader->path, (unsigned long)reader->width, (unsigned long)reader->height,
             (unsigned long)metadata->info.width, (unsigned long)metadata->info.height);
done:
    free(first);
    return status;
}

static enum plotmill_status read_image(const struct folder_reader *reader, uint64_t index, uint8_t *pixels,
                                       struct plotmill_error *error)
{
    char *path = image_path(reader, index);
    if (!path)
        return plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
    enum plotmill_status status = decode_file(path, reader->width, reader->height, pixels, error);
    free(path);
    return status;
}

static enum plotmill_status read_images(void *self, uint64_t first, uint64_t count, uint8_t *pixels,
                                        int64_t *window_start, double *y_range, struct plotmill_error *error)
{
    struct folder_reader *reader = self;
    enum plotmill_status status = PLOTMILL_OK;
    if ((window_start || y_range) && reader->ours && !reader->index_read) {
        TRY(folder_index_read(&reader->index, reader->path, reader->count, error));
        reader->index_read = true;
    }
    for (uint64_t i = 0; i < count; i++)
        TRY(read_image(reader, first + i, pixels + (size_t)i * reader->image_bytes, error));
    if (window_start && reader->index.window_start)
        memcpy(window_start, reader->index.window_start + first, (size_t)count * sizeof *window_start);
    if (y_range && reader->index.y_range)
        memcpy(y_range, reader->index.y_range + 2 * first, (size_t)count * 2 * sizeof *y_range);
done:
    return status;
}

static const struct reader_impl folder_impl = {read_images, destroy};

static bool is_jpeg(const struct folder_reader *reader)
{
    const char *name = reader->ours ? reader->names.extension : reader->list.names[0];
    const char *dot = strrchr(name, '.');
    return dot[1] == 'j' || dot[1] == 'J';
}

enum plotmill_status reader_open_folder(struct reader *reader, const char *path, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct folder_reader *self = NULL;
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    self->metadata = METADATA_UNKNOWN;
    self->path = path_trimmed(path);
    if (!self->path)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory");
    TRY(find_images(self, error));
    TRY(measure_first(self, error));
    *reader = (struct reader){&folder_impl, self, self->metadata.info,
                              self->metadata.lossy ? &self->metadata.pixel_hash : NULL};
    reader->info.format = is_jpeg(self) ? "jpeg" : "png";
    reader->info.images = self->count;
    reader->info.width = self->width;
    reader->info.height = self->height;
done:
    if (status && self)
        destroy(self);
    return status;
}
