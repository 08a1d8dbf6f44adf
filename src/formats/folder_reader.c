/* Reads a folder of PNG or JPEG files: one that plotmill made, or any that holds no other files. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/folder.h"
#include "formats/image_table.h"
#include "formats/label_table.h"
#include "plotmill_config.h"

static bool is_jpeg(const struct encoded *file)
{
    return file->size > 2 && !memcmp(file->bytes, "\xff\xd8\xff", 3);
}

/* A file of neither kind fails as PNG. */
enum plotmill_status decode_image(const struct encoded *file, struct image_size *size, uint8_t *pixels,
                                  struct plotmill_error *error)
{
#if HAVE_JPEG
    if (is_jpeg(file))
        return decode_jpeg(file, size, pixels, error);
#endif
#if HAVE_PNG
    if (!is_jpeg(file))
        return decode_png(file, size, pixels, error);
#endif
    (void)size, (void)pixels;
    return plotmill_error_set(error, PLOTMILL_UNSUPPORTED, "%s: this build of plotmill cannot read %s", file->name,
                              is_jpeg(file) ? "jpeg: libjpeg-turbo is missing" : "png: libpng is missing");
}

enum plotmill_status decode_file(const char *path, struct image_size *size, uint8_t *pixels,
                                 struct plotmill_error *error)
{
    struct encoded file = {.name = path};
    uint8_t *bytes = os_read_file(path, &file.size);
    if (!bytes)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: cannot be read: %s", path, strerror(errno));
    file.bytes = bytes;
    enum plotmill_status status = decode_image(&file, size, pixels, error);
    free(bytes);
    return status;
}

enum plotmill_status decode_take_size(const struct encoded *file, const struct image_size *found,
                                      struct image_size *size, const uint8_t *pixels, struct plotmill_error *error)
{
    static const char *const kinds[] = {"grey", "colour"};
    if (pixels && (found->width != size->width || found->height != size->height))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: has %lux%lu pixels, expected %lux%lu like the others",
                                  file->name, (unsigned long)found->width, (unsigned long)found->height,
                                  (unsigned long)size->width, (unsigned long)size->height);
    if (pixels && found->channels != size->channels)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: is a %s image, expected %s like the others",
                                  file->name, kinds[found->channels > 1], kinds[size->channels > 1]);
    *size = *found;
    return PLOTMILL_OK;
}

#define NESTED_IMAGES 10000 /* per subfolder of an earlier version */
#define NESTED_DIGITS 4     /* of an index, which they use up; those before them name the subfolder */

struct folder_reader {
    char *path;
    bool ours; /* plotmill.json is there */
    struct metadata metadata;
    struct folder_names names; /* in a folder of plotmill */
    bool nested;               /* the same, in subfolders of NESTED_IMAGES */
    char **list;               /* (count) in other folders: names in natural order, 2.png before 10.png */
    size_t list_room;
    char *other; /* a name in the folder that is no image file */
    uint64_t count;
    struct image_size size;
    size_t image_bytes;
    bool index_read;
    struct image_rows rows;       /* of index.csv, where there is one */
    struct column_arrays columns; /* of labels.csv; values NULL: not read yet */
    bool out_of_memory;
};

static void destroy(void *self)
{
    struct folder_reader *reader = self;
    for (uint64_t i = 0; reader->list && i < reader->count; i++)
        free(reader->list[i]);
    free(reader->list);
    free(reader->other);
    image_rows_free(&reader->rows);
    column_arrays_free(&reader->columns);
    metadata_free(&reader->metadata);
    free(reader->path);
    free(reader);
}

/* Compares runs of digits as numbers. */
static int compare_names(const void *first, const void *second)
{
    const char *a = *(const char *const *)first, *b = *(const char *const *)second;
    while (*a && *b) {
        size_t zeros_a = strspn(a, "0"), zeros_b = strspn(b, "0");
        size_t digits_a = strspn(a + zeros_a, "0123456789"), digits_b = strspn(b + zeros_b, "0123456789");
        if (zeros_a + digits_a && zeros_b + digits_b) {
            if (digits_a != digits_b)
                return digits_a < digits_b ? -1 : 1;
            int order = strncmp(a + zeros_a, b + zeros_b, digits_a);
            if (order)
                return order;
            a += zeros_a + digits_a;
            b += zeros_b + digits_b;
        } else if (*a != *b) {
            return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
        } else {
            a++;
            b++;
        }
    }
    if (*a || *b)
        return *a ? 1 : -1;
    return strcmp(*(const char *const *)first, *(const char *const *)second);
}

static bool list_entry(void *user, const char *name)
{
    struct folder_reader *reader = user;
    if (!text_ends(name, ".png") && !text_ends(name, ".jpg") && !text_ends(name, ".jpeg")) {
        if (!reader->other && *name != '.')
            reader->other = string_copy(name);
        return true;
    }
    if (reader->count == reader->list_room) {
        size_t room = reader->list_room ? 2 * reader->list_room : 256;
        char **list = realloc(reader->list, room * sizeof *list);
        reader->out_of_memory = !list;
        if (!list)
            return false;
        reader->list = list;
        reader->list_room = room;
    }
    reader->list[reader->count] = string_copy(name);
    reader->out_of_memory = !reader->list[reader->count];
    reader->count += !reader->out_of_memory;
    return !reader->out_of_memory;
}

static enum plotmill_status list_images(struct folder_reader *reader, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const char *path = reader->path;
    if (!os_list_folder(path, list_entry, reader))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: cannot be read: %s", path, strerror(errno));
    if (reader->out_of_memory)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory for the names in %s", path);
    if (reader->other)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: holds \"%s\", expected only PNG or JPEG files, or a folder made by plotmill (with " OUTPUT_MARK ")",
             path, reader->other);
    if (!reader->count)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: holds no PNG or JPEG file", path);
    qsort(reader->list, (size_t)reader->count, sizeof *reader->list, compare_names);
done:
    return status;
}

static bool count_entry(void *user, const char *name)
{
    struct folder_reader *reader = user;
    size_t digits = strspn(name, "0123456789");
    reader->count += digits && !strcmp(name + digits, reader->names.extension);
    return true;
}

/* "" where images are not nested. */
static void subfolder_of(const struct folder_reader *reader, uint64_t index, char name[FOLDER_NAME_SIZE])
{
    name[0] = 0;
    if (reader->nested)
        snprintf(name, FOLDER_NAME_SIZE, "%0*llu", reader->names.digits - NESTED_DIGITS,
                 (unsigned long long)(index / NESTED_IMAGES));
}

/* Counts the images in plotmill's own folder, or in its subfolders. A subfolder that is missing holds none. */
static bool count_images(struct folder_reader *reader, uint64_t images)
{
    bool counted = reader->nested || os_list_folder(reader->path, count_entry, reader);
    for (uint64_t i = 0; reader->nested && counted && i < images; i += NESTED_IMAGES) {
        char name[FOLDER_NAME_SIZE];
        subfolder_of(reader, i, name);
        char *subfolder = path_join(reader->path, name);
        counted = subfolder && (!os_is_folder(subfolder) || os_list_folder(subfolder, count_entry, reader));
        free(subfolder);
    }
    return counted;
}

/* Whether the name stays inside the folder. */
static bool is_inside(const char *name)
{
    const char *at = name;
    bool inside = *name && *name != '/';
    for (; inside && at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL)
        inside = strncmp(at, "..", 2) || (at[2] && at[2] != '/');
    return inside;
}

/* Images in the subfolders of parts and classes lie where index.csv says. */
static enum plotmill_status find_listed_images(struct folder_reader *reader, uint64_t images,
                                               struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *table = path_join(reader->path, FOLDER_INDEX), *path = NULL;
    TRY_MEMORY(error, table);
    if (!images || images > os_file_size(table))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: is missing or too short for %llu images", table,
             (unsigned long long)images);
    TRY(image_table_read(&reader->rows, table, images, reader->metadata.info.panels, true, error));
    reader->index_read = true;
    reader->count = images;
    for (uint64_t i = 0; i < images; i++) {
        const char *name = reader->rows.files[i];
        free(path);
        path = path_join(reader->path, name);
        TRY_MEMORY(error, path);
        if (!is_inside(name) || !os_exists(path))
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: names the file \"%s\" of image %llu, which is not in the folder",
                 table, name, (unsigned long long)i);
    }
done:
    free(path);
    free(table);
    return status;
}

/* The images that plotmill.json describes must be there. */
static enum plotmill_status find_own_images(struct folder_reader *reader, const char *metadata_path,
                                            struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct metadata *metadata = &reader->metadata;
    size_t size;
    char *text = (char *)os_read_file(metadata_path, &size);
    if (!text)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: cannot be read: %s", metadata_path, strerror(errno));
    if (strlen(text) != size || !metadata_parse(&reader->metadata, text))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: malformed, expected one JSON object", metadata_path);
    const uint64_t images = metadata->info.images;
    const char *extension = !strcmp(metadata->info.format, "jpeg") ? ".jpg" : ".png";
    if (metadata->images_per_folder && (metadata->images_per_folder != NESTED_IMAGES || !images))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: found images_per_folder %llu for %llu images, expected %d", metadata_path,
             (unsigned long long)metadata->images_per_folder, (unsigned long long)images, NESTED_IMAGES);
    folder_names_init(&reader->names, images ? images : 1, extension);
    reader->nested = metadata->images_per_folder != 0;
    if (metadata->info.folders) {
        TRY(find_listed_images(reader, images, error));
        goto done;
    }
    if (!count_images(reader, images))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: cannot be read: %s", reader->path, strerror(errno));
    if (images && images != reader->count)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: holds %llu images, expected %llu by its " OUTPUT_MARK, reader->path,
             (unsigned long long)reader->count, (unsigned long long)images);
    if (!reader->count)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: holds no image", reader->path);
    if (!images)
        folder_names_init(&reader->names, reader->count, extension);
done:
    free(text);
    return status;
}

/* pixels NULL: sets the size of the reader. */
static enum plotmill_status read_image(struct folder_reader *reader, uint64_t index, uint8_t *pixels,
                                       struct plotmill_error *error)
{
    char subfolder[FOLDER_NAME_SIZE], name[FOLDER_NAME_SIZE];
    subfolder_of(reader, index, subfolder);
    if (reader->ours)
        folder_names_get(&reader->names, subfolder, index, name);
    const char *listed = reader->rows.files ? reader->rows.files[index] : reader->list ? reader->list[index] : name;
    char *path = path_join(reader->path, listed);
    if (!path)
        return plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
    enum plotmill_status status = decode_file(path, &reader->size, pixels, error);
    free(path);
    return status;
}

/* index.csv, where there is one. */
static enum plotmill_status read_index(struct folder_reader *reader, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *path = path_join(reader->path, FOLDER_INDEX);
    TRY_MEMORY(error, path);
    if (os_exists(path))
        TRY(image_table_read(&reader->rows, path, reader->count, reader->metadata.info.panels, false, error));
done:
    free(path);
    return status;
}

static enum plotmill_status read_images(void *self, uint64_t first, uint64_t count, uint8_t *pixels,
                                        int64_t *window_start, double *y_range, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct folder_reader *reader = self;
    if ((window_start || y_range) && reader->ours && !reader->index_read) {
        TRY(read_index(reader, error));
        reader->index_read = true;
    }
    for (uint64_t i = 0; pixels && i < count; i++)
        TRY(read_image(reader, first + i, pixels + (size_t)i * reader->image_bytes, error));
    image_rows_copy(&reader->rows, first, count, reader->metadata.info.panels, window_start, y_range);
done:
    return status;
}

static enum plotmill_status read_column(void *self, size_t index, uint64_t first, uint64_t count, void *values,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct folder_reader *reader = self;
    struct dataset_info info = reader->metadata.info;
    char *path = path_join(reader->path, FOLDER_LABELS);
    TRY_MEMORY(error, path);
    info.images = reader->count;
    if (!reader->columns.values)
        TRY(label_table_read(&reader->columns, path, &info, error));
    column_arrays_copy(&reader->columns, info.columns, index, first, count, values);
done:
    free(path);
    return status;
}

enum plotmill_status reader_open_folder(struct reader *reader, const char *path, struct plotmill_error *error)
{
    static const struct reader_impl impl = {read_images, destroy, read_column};
    enum plotmill_status status = PLOTMILL_OK;
    struct folder_reader *self = NULL;
    char *metadata_path = NULL;
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    self->metadata = METADATA_UNKNOWN;
    self->path = path_trimmed(path);
    metadata_path = self->path ? path_join(self->path, OUTPUT_MARK) : NULL;
    TRY_MEMORY(error, metadata_path);
    self->ours = os_exists(metadata_path);
    TRY(self->ours ? find_own_images(self, metadata_path, error) : list_images(self, error));
    TRY(read_image(self, 0, NULL, error));
    const struct dataset_info *info = &self->metadata.info;
    const struct image_size *size = &self->size;
    if (info->width && info->height && (info->width != size->width || info->height != size->height))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: the first image has %lux%lu pixels, expected %lux%lu by " OUTPUT_MARK,
             self->path, (unsigned long)size->width, (unsigned long)size->height, (unsigned long)info->width,
             (unsigned long)info->height);
    if (self->ours && info->channels != size->channels)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: the first image has %u channel%s, expected %u by " OUTPUT_MARK, self->path,
             (unsigned)size->channels, size->channels == 1 ? "" : "s", (unsigned)info->channels);
    self->image_bytes = (size_t)size->width * size->height * size->channels;
    *reader = (struct reader){&impl, self, *info, self->metadata.lossy ? &self->metadata.pixel_hash : NULL};
    reader->info.format = text_ends(self->ours ? self->names.extension : self->list[0], "png") ? "png" : "jpeg";
    reader->info.images = self->count;
    reader->info.width = size->width;
    reader->info.height = size->height;
    reader->info.channels = size->channels;
    reader->info.stored = (struct pixel_format){.channels = size->channels};
done:
    free(metadata_path);
    if (status && self)
        destroy(self);
    return status;
}
