#include "dataset/reader.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/numbers.h"
#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"
#include "chart/pixel_format.h"
#include "formats/array.h"
#include "formats/jkx.h"

#define HASH_BLOCK_BYTES ((size_t)16 << 20)

static enum plotmill_status open_any(struct reader *reader, const char *path, struct plotmill_error *error)
{
    char start[FORMAT_MAGIC_BYTES] = {0};
    const struct format *format;
    *reader = (struct reader){0};
    if (!os_exists(path))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: no such file or folder", path);
    if (os_is_folder(path))
        return reader_open_folder(reader, path, error);
    if (array_is_described(path, "raw"))
        return reader_open_raw(reader, path, error);
    if (array_is_described(path, "jkx"))
        return reader_open_jkx(reader, path, error);
    FILE *file = fopen(path, "rb");
    if (!file)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: cannot be opened: %s", path, strerror(errno));
    const size_t size = fread(start, 1, sizeof start, file);
    fclose(file);
    format = format_of_contents(start);
    if (format && !(format->abilities & FORMAT_FOLDER))
        return format->read ? format->read(reader, path, error) : format_unsupported(format, path, "read", error);
    if (jkx_is_name(path))
        return reader_open_jkx(reader, path, error);
    if (text_ends(path, ".dat"))
        return plotmill_error_set(
            error, PLOTMILL_BAD_INPUT,
            "%s: numbers without a header, expected plotmill's %s.json beside the file, or a name "
            "of the published set: 5d_..., 20d_... or 60d_..._images.dat",
            path, path);
    return plotmill_error_set(
        error, PLOTMILL_BAD_INPUT,
        "%s: %s%s%s, expected an HDF5 file with /images, another file made by plotmill (%s), or a "
        "folder of PNG or JPEG files",
        path,
        !size    ? "is empty"
        : format ? "is a single "
                 : "has an unknown format",
        format ? format->names[0] : "", format ? " file" : "", format_extensions(FORMAT_OUTPUT, ", ").text);
}

enum plotmill_status reader_open(struct reader *reader, const char *path, struct plotmill_error *error)
{
    enum plotmill_status status = open_any(reader, path, error);
    struct pixel_format *stored = &reader->info.stored;
    stored->layout = pixel_format_layout(stored);
    stored->channels = pixel_format_channels(stored);
    return status;
}

enum plotmill_status reader_read(struct reader *reader, uint64_t first, uint64_t count, uint8_t *pixels,
                                 int64_t *window_start, double *y_range, struct plotmill_error *error)
{
    uint64_t images = reader->info.images;
    if (first > images || count > images - first)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "found a read of %llu images from image %llu on, but there are %llu",
                                  (unsigned long long)count, (unsigned long long)first, (unsigned long long)images);
    for (uint64_t i = 0; i < count && window_start; i++)
        window_start[i] = -1;
    for (uint64_t i = 0; i < 2 * count * reader->info.panels && y_range; i++)
        y_range[i] = (double)NAN;
    return count ? reader->impl->read(reader->self, first, count, pixels, window_start, y_range, error) : PLOTMILL_OK;
}

enum plotmill_status reader_column(struct reader *reader, size_t column, uint64_t first, uint64_t count, void *values,
                                   struct plotmill_error *error)
{
    if (!reader->impl->column)
        return plotmill_error_set(error, PLOTMILL_UNSUPPORTED, "format %s: columns cannot be read",
                                  reader->info.format);
    return reader->impl->column(reader->self, column, first, count, values, error);
}

enum plotmill_status reader_hash(struct reader *reader, uint64_t *hash, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct dataset_info *info = &reader->info;
    size_t image_bytes = (size_t)info->width * info->height * info->channels;
    uint64_t block = HASH_BLOCK_BYTES / image_bytes, sum = 0;
    if (block == 0)
        block = 1;
    block = MIN(block, info->images);
    uint8_t *pixels = NULL;
    TRY_ALLOCATE(error, pixels, (size_t)block, image_bytes);
    for (uint64_t first = 0; first < info->images; first += block) {
        uint64_t count = MIN(info->images - first, block);
        TRY(reader_read(reader, first, count, pixels, NULL, NULL, error));
        sum += hash_images(pixels, image_bytes, first, count);
    }
    *hash = hash_of_channels(hash_finish(sum, info->images, info->width, info->height), info->channels);
    if (reader->drawn_hash)
        *hash = *reader->drawn_hash;
done:
    free(pixels);
    return status;
}

void reader_close(struct reader *reader)
{
    if (reader->impl)
        reader->impl->destroy(reader->self);
    *reader = (struct reader){0};
}
