#include "formats/column_arrays.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/npy.h"
#include "plotmill_config.h"

#if HAVE_ARCHIVE
#include <archive.h>
#include <archive_entry.h>
#endif

#define MEMBER_SIZE 400
#define STARTS "window_start.npy"
#define RANGES "y_range.npy"
#define DEFLATE_MOST 1100 /* bytes from one */

enum plotmill_status column_arrays_create(struct column_arrays *arrays, const struct dataset_info *info,
                                          struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY_ALLOCATE(error, arrays->values, info->column_count, sizeof *arrays->values);
    for (; arrays->count < info->column_count; arrays->count++)
        TRY_ALLOCATE(error, arrays->values[arrays->count], info->images,
                     column_row_bytes(&info->columns[arrays->count]));
done:
    return status;
}

enum plotmill_status column_arrays_create_for(struct column_arrays *arrays, const struct dataset_info *info,
                                              const char *path, struct plotmill_error *error)
{
    uint64_t most = os_file_size(path) / (info->images ? info->images : 1);
    for (size_t i = 0; i < info->column_count; i++) {
        if (info->columns[i].width > most)
            return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                      "%s: cannot hold the columns of %llu images that its metadata describes", path,
                                      (unsigned long long)info->images);
        most -= info->columns[i].width;
    }
    return column_arrays_create(arrays, info, error);
}

void column_arrays_copy(const struct column_arrays *arrays, const struct image_column *columns, size_t column,
                        uint64_t first, uint64_t count, void *values)
{
    const size_t bytes = column_row_bytes(&columns[column]);
    memcpy(values, (const uint8_t *)arrays->values[column] + first * bytes, (size_t)count * bytes);
}

void column_arrays_take(struct column_arrays *arrays, const struct image_column *columns,
                        const struct image_batch *batch)
{
    for (size_t i = 0; i < arrays->count; i++) {
        const size_t bytes = column_row_bytes(&columns[i]);
        memcpy((uint8_t *)arrays->values[i] + batch->first * bytes, batch->columns[i], (size_t)batch->count * bytes);
    }
}

void column_arrays_free(struct column_arrays *arrays)
{
    for (size_t i = 0; i < arrays->count; i++)
        free(arrays->values[i]);
    free(arrays->values);
    *arrays = (struct column_arrays){0};
}

#if HAVE_ARCHIVE
enum plotmill_status array_member_begin(struct archive_writer *writer, const char *name, const char *descr, int rank,
                                        const uint64_t *axes, uint64_t bytes, struct plotmill_error *error)
{
    char header[NPY_HEADER_BYTES];
    npy_header_write(header, descr, rank, axes);
    enum plotmill_status status = archive_writer_begin(writer, name, sizeof header + bytes, error);
    return status ? status : archive_writer_write(writer, header, sizeof header, error);
}

/* The characters of a text as NumPy stores them: 4 bytes each. Bytes that are not UTF-8 become U+FFFD. */
static size_t decode(const char *text, uint32_t *characters)
{
    size_t count = 0;
    for (size_t length; *text; text += length, count++) {
        const unsigned char *bytes = (const unsigned char *)text;
        length = utf8_length(text);
        uint32_t value = !length ? 0xfffd : length == 1 ? bytes[0] : bytes[0] & (0x7fu >> length);
        for (size_t i = 1; i < length; i++)
            value = value << 6 | (bytes[i] & 0x3f);
        length = length ? length : 1;
        if (characters)
            characters[count] = value;
    }
    return count;
}

static enum plotmill_status write_texts(struct archive_writer *writer, const char *name,
                                        const struct image_column *column, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const uint64_t count = column->class_count;
    size_t longest = 1;
    char descr[32];
    uint32_t *characters = NULL;
    for (uint64_t i = 0; i < count; i++) {
        const size_t length = decode(column->classes[i], NULL);
        longest = length > longest ? length : longest;
    }
    snprintf(descr, sizeof descr, "%cU%zu", NPY_BIG_ENDIAN ? '>' : '<', longest);
    TRY_ALLOCATE(error, characters, longest, sizeof *characters);
    TRY(array_member_begin(writer, name, descr, 1, &count, count * longest * sizeof *characters, error));
    for (uint64_t i = 0; i < count; i++) {
        memset(characters, 0, longest * sizeof *characters);
        decode(column->classes[i], characters);
        TRY(archive_writer_write(writer, characters, longest * sizeof *characters, error));
    }
done:
    free(characters);
    return status;
}

enum plotmill_status column_arrays_write(const struct column_arrays *arrays, struct archive_writer *writer,
                                         const struct image_column *columns, uint64_t images,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char name[MEMBER_SIZE];
    for (size_t i = 0; i < arrays->count; i++) {
        const struct image_column *column = &columns[i];
        const uint64_t axes[2] = {images, column->width}, bytes = images * column_row_bytes(column);
        snprintf(name, sizeof name, "%s.npy", column->name);
        TRY(array_member_begin(writer, name, column_type_descr(column->type), column->width > 1 ? 2 : 1, axes, bytes,
                               error));
        TRY(archive_writer_write(writer, arrays->values[i], (size_t)bytes, error));
        if (!column->classes)
            continue;
        if (column_is_label(column))
            snprintf(name, sizeof name, "%s.classes.npy", column->name);
        else
            snprintf(name, sizeof name, "%ss.npy", column->name);
        TRY(write_texts(writer, name, column, error));
    }
done:
    return status;
}

/* The axes of y_range. Returns their number. */
static int range_axes(uint64_t images, uint32_t panels, uint64_t axes[3])
{
    axes[0] = images;
    axes[1] = panels > 1 ? panels : 2;
    axes[2] = 2;
    return panels > 1 ? 3 : 2;
}

enum plotmill_status labels_file_write(const struct output *output, const struct column_arrays *arrays,
                                       const struct dataset_info *info, const int64_t *window_start,
                                       const double *y_range, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct archive_writer writer = {.output = *output};
    const uint64_t images = info->images, pairs = images * (info->panels > 1 ? info->panels : 1);
    uint64_t axes[3];
    const int rank = range_axes(images, info->panels, axes);
    TRY(image_counter_start(&writer.counter, info, NULL, error));
    TRY(archive_writer_open(&writer, 0, archive_write_set_format_zip, "zip:compression=deflate,zip:compression-level=1",
                            error));
    TRY(array_member_begin(&writer, STARTS, NPY_INT64, 1, axes, images * 8, error));
    TRY(archive_writer_write(&writer, window_start, (size_t)images * 8, error));
    TRY(array_member_begin(&writer, RANGES, NPY_FLOAT64, rank, axes, pairs * 16, error));
    TRY(archive_writer_write(&writer, y_range, (size_t)pairs * 16, error));
    TRY(column_arrays_write(arrays, &writer, info->columns, images, error));
    writer.counter.written = images;
    TRY(archive_writer_close(&writer, error));
done:
    archive_writer_release(&writer);
    return status;
}

enum plotmill_status npz_member_open(struct archive_reader *reader, const char *name, uint64_t *size,
                                     struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct archive_entry *entry;
    int found;
    TRY(archive_reader_begin(reader, archive_read_support_format_zip_seekable, error));
    while ((found = archive_read_next_header(reader->archive, &entry)) >= ARCHIVE_WARN && found != ARCHIVE_EOF) {
        const char *path = archive_entry_pathname(entry);
        if (path && !strcmp(path, name)) {
            *size = (uint64_t)archive_entry_size(entry);
            goto done;
        }
    }
    if (found != ARCHIVE_EOF)
        TRY(archive_reader_damaged(reader, "the archive", error));
    FAIL(error, PLOTMILL_BAD_INPUT, "%s: not an npz file of plotmill: it has no member %s", reader->path, name);
done:
    return status;
}

enum plotmill_status npz_member_bytes(struct archive_reader *reader, const char *name, void *bytes, size_t size,
                                      struct plotmill_error *error)
{
    if (archive_read_data(reader->archive, bytes, size) == (la_ssize_t)size)
        return PLOTMILL_OK;
    return archive_reader_damaged(reader, name, error);
}

enum plotmill_status npz_array_open(struct archive_reader *reader, const char *name, const char *descr, int rank,
                                    const uint64_t *axes, uint64_t bytes, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char found[NPY_HEADER_BYTES], expected[NPY_HEADER_BYTES];
    uint64_t size;
    npy_header_write(expected, descr, rank, axes);
    TRY(npz_member_open(reader, name, &size, error));
    TRY(npz_member_bytes(reader, name, found, sizeof found, error));
    if (memcmp(found, expected, sizeof found) || size != sizeof found + bytes ||
        bytes / DEFLATE_MOST > os_file_size(reader->path))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: %s is not an array of the dtype and shape expected by its metadata",
             reader->path, name);
done:
    return status;
}

static enum plotmill_status read_array(struct archive_reader *reader, const char *name, const char *descr, int rank,
                                       const uint64_t *axes, uint64_t bytes, void **values,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY(npz_array_open(reader, name, descr, rank, axes, bytes, error)); /* the member has these bytes */
    TRY_ALLOCATE(error, *values, bytes, 1);
    TRY(npz_member_bytes(reader, name, *values, (size_t)bytes, error));
done:
    return status;
}

enum plotmill_status npz_array_read(struct archive_reader *reader, const char *name, const char *descr, int rank,
                                    const uint64_t *axes, void **values, struct plotmill_error *error)
{
    uint64_t bytes = 8;
    for (int i = 0; i < rank; i++)
        bytes *= axes[i];
    return read_array(reader, name, descr, rank, axes, bytes, values, error);
}

enum plotmill_status npz_column_read(struct archive_reader *reader, const struct image_column *column, uint64_t images,
                                     void **values, struct plotmill_error *error)
{
    const uint64_t axes[2] = {images, column->width};
    char name[MEMBER_SIZE];
    snprintf(name, sizeof name, "%s.npy", column->name);
    if (column->width > INT64_MAX / 16 / images)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: %s is too large", reader->path, name);
    return read_array(reader, name, column_type_descr(column->type), column->width > 1 ? 2 : 1, axes,
                      images * column_row_bytes(column), values, error);
}

enum plotmill_status labels_file_column(const char *path, const struct image_column *column, uint64_t images,
                                        void **values, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct archive_reader reader = {.metadata = METADATA_UNKNOWN};
    TRY(string_keep(&reader.path, path, error));
    TRY(npz_column_read(&reader, column, images, values, error));
done:
    archive_reader_free(&reader);
    return status;
}

enum plotmill_status labels_file_rows(const char *path, uint64_t images, uint32_t panels, int64_t **window_start,
                                      double **y_range, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct archive_reader reader = {.metadata = METADATA_UNKNOWN};
    uint64_t axes[3];
    const int rank = range_axes(images, panels, axes);
    TRY(string_keep(&reader.path, path, error));
    TRY(npz_array_read(&reader, STARTS, NPY_INT64, 1, axes, (void **)window_start, error));
    TRY(npz_array_read(&reader, RANGES, NPY_FLOAT64, rank, axes, (void **)y_range, error));
done:
    archive_reader_free(&reader);
    return status;
}
#else
static enum plotmill_status unsupported(const char *path, const char *verb, struct plotmill_error *error)
{
    return plotmill_error_set(error, PLOTMILL_UNSUPPORTED,
                              "%s: this build of plotmill cannot %s it: libarchive is missing", path, verb);
}

enum plotmill_status labels_file_write(const struct output *output, const struct column_arrays *arrays,
                                       const struct dataset_info *info, const int64_t *window_start,
                                       const double *y_range, struct plotmill_error *error)
{
    (void)arrays, (void)info, (void)window_start, (void)y_range;
    return unsupported(output->path, "write", error);
}

enum plotmill_status labels_file_column(const char *path, const struct image_column *column, uint64_t images,
                                        void **values, struct plotmill_error *error)
{
    (void)column, (void)images, (void)values;
    return unsupported(path, "read", error);
}

enum plotmill_status labels_file_rows(const char *path, uint64_t images, uint32_t panels, int64_t **window_start,
                                      double **y_range, struct plotmill_error *error)
{
    (void)images, (void)panels, (void)window_start, (void)y_range;
    return unsupported(path, "read", error);
}
#endif
