#include "formats/column_arrays.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "base/try.h"
#include "formats/npy.h"
#include "plotmill_config.h"

#if HAVE_ARCHIVE
#include <archive.h>
#endif

#define MEMBER_SIZE 400

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

enum plotmill_status labels_file_write(const char *path, bool force, const struct column_arrays *arrays,
                                       const struct dataset_info *info, const int64_t *window_start,
                                       const double *y_range, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct archive_writer writer = {0};
    const uint32_t panels = info->panels > 1 ? info->panels : 1;
    const uint64_t images = info->images, axes[3] = {images, panels > 1 ? panels : 2, 2};
    TRY(output_init(&writer.output, path, false, force, error));
    TRY(image_counter_start(&writer.counter, info, NULL, error));
    TRY(archive_writer_open(&writer, 0, archive_write_set_format_zip, "zip:compression=deflate,zip:compression-level=1",
                            error));
    TRY(array_member_begin(&writer, "window_start.npy", NPY_INT64, 1, axes, images * 8, error));
    TRY(archive_writer_write(&writer, window_start, (size_t)images * 8, error));
    TRY(array_member_begin(&writer, "y_range.npy", NPY_FLOAT64, panels > 1 ? 3 : 2, axes, images * panels * 16, error));
    TRY(archive_writer_write(&writer, y_range, (size_t)(images * panels) * 16, error));
    TRY(column_arrays_write(arrays, &writer, info->columns, images, error));
    writer.counter.written = images;
    TRY(archive_writer_finish(&writer, error));
done:
    archive_writer_free(&writer);
    return status;
}
#else
enum plotmill_status labels_file_write(const char *path, bool force, const struct column_arrays *arrays,
                                       const struct dataset_info *info, const int64_t *window_start,
                                       const double *y_range, struct plotmill_error *error)
{
    (void)force, (void)arrays, (void)info, (void)window_start, (void)y_range;
    return plotmill_error_set(error, PLOTMILL_UNSUPPORTED,
                              "%s: this build of plotmill cannot write it: libarchive is missing", path);
}
#endif
