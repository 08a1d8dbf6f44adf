#include "formats/hdf5/beside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"

/* Bytes per chunk of a column, if a row takes no more. */
#define CHUNK_BYTES ((uint64_t)64 << 10)

hid_t hdf5_column_memory(enum column_type type)
{
    return type == COLUMN_INT64     ? H5T_NATIVE_INT64
           : type == COLUMN_UINT64  ? H5T_NATIVE_UINT64
           : type == COLUMN_FLOAT64 ? H5T_NATIVE_DOUBLE
           : type == COLUMN_UINT32  ? H5T_NATIVE_UINT32
                                    : H5T_NATIVE_UINT8;
}

static hid_t stored_type(enum column_type type)
{
    return type == COLUMN_INT64     ? H5T_STD_I64LE
           : type == COLUMN_UINT64  ? H5T_STD_U64LE
           : type == COLUMN_FLOAT64 ? H5T_IEEE_F64LE
           : type == COLUMN_UINT32  ? H5T_STD_U32LE
                                    : H5T_STD_U8LE;
}

/* Groups carry no times: the same job writes the same bytes. */
enum plotmill_status hdf5_make_groups(struct hdf5_file *file, const char *name, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    hid_t properties = -1;
    char *path = NULL;
    TRY(string_keep(&path, name, error));
    TRY_WRITE(file, properties = H5Pcreate(H5P_GROUP_CREATE));
    TRY_WRITE(file, H5Pset_obj_track_times(properties, 0));
    for (char *end = strchr(path, '/'); end; *end = '/', end = strchr(end + 1, '/')) {
        *end = 0;
        if (H5Lexists(file->file, path, H5P_DEFAULT) > 0)
            continue;
        hid_t group = H5Gcreate2(file->file, path, H5P_DEFAULT, properties, H5P_DEFAULT);
        TRY_WRITE(file, group);
        hdf5_release(group);
    }
done:
    hdf5_release(properties);
    free(path);
    return status;
}

/* A data set of the root group. */
static enum plotmill_status write_groups(struct hdf5_file *file, const struct image_column *column,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const hsize_t count = column->class_count;
    hid_t type = -1, space = -1, properties = -1, dataset = -1;
    TRY_WRITE(file, type = hdf5_text_type());
    TRY_WRITE(file, properties = H5Pcreate(H5P_DATASET_CREATE));
    TRY_WRITE(file, H5Pset_obj_track_times(properties, 0));
    TRY_WRITE(file, space = H5Screate_simple(1, &count, NULL));
    TRY_WRITE(file, dataset = H5Dcreate2(file->file, "groups", type, space, H5P_DEFAULT, properties, H5P_DEFAULT));
    if (count)
        TRY_WRITE(file, H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, column->classes));
done:
    hdf5_release(dataset);
    hdf5_release(space);
    hdf5_release(properties);
    hdf5_release(type);
    return status;
}

enum plotmill_status hdf5_column_describe(struct hdf5_file *file, const struct image_column *column, hid_t dataset,
                                          struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (!column->classes)
        return PLOTMILL_OK;
    if (column_is_label(column))
        TRY_WRITE(file, hdf5_write_list(dataset, "classes", column->class_count, column->classes));
    else if (H5Lexists(file->file, "groups", H5P_DEFAULT) <= 0)
        TRY(write_groups(file, column, error));
done:
    return status;
}

static enum plotmill_status create_column(struct hdf5_file *file, const struct image_column *column, uint64_t images,
                                          struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const int rank = column->width > 1 ? 2 : 1;
    const hsize_t shape[2] = {images, column->width}, most[2] = {H5S_UNLIMITED, column->width};
    const uint64_t fit = MAX(CHUNK_BYTES / column_row_bytes(column), 1);
    const hsize_t chunk[2] = {MIN(images, fit), column->width};
    hid_t properties = -1, space = -1, dataset = -1;
    TRY(hdf5_make_groups(file, column->name, error));
    TRY_WRITE(file, properties = H5Pcreate(H5P_DATASET_CREATE));
    TRY_WRITE(file, H5Pset_obj_track_times(properties, 0));
    TRY_WRITE(file, H5Pset_alloc_time(properties, H5D_ALLOC_TIME_EARLY));
    TRY_WRITE(file, H5Pset_fill_time(properties, H5D_FILL_TIME_NEVER));
    TRY_WRITE(file, H5Pset_chunk(properties, rank, chunk));
    TRY_WRITE(file, space = H5Screate_simple(rank, shape, most));
    TRY_WRITE(file, dataset = H5Dcreate2(file->file, column->name, stored_type(column->type), space, H5P_DEFAULT,
                                         properties, H5P_DEFAULT));
    TRY(hdf5_column_describe(file, column, dataset, error));
done:
    hdf5_release(dataset);
    hdf5_release(space);
    hdf5_release(properties);
    return status;
}

enum plotmill_status hdf5_columns_create(struct hdf5_file *file, const struct dataset_info *info,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    for (size_t i = 0; i < info->column_count; i++)
        TRY(create_column(file, &info->columns[i], info->images, error));
done:
    return status;
}

enum plotmill_status hdf5_columns_write(struct hdf5_file *file, const struct dataset_info *info,
                                        const struct image_batch *batch, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    hid_t dataset = -1;
    for (size_t i = 0; i < info->column_count; i++) {
        const struct image_column *column = &info->columns[i];
        TRY_WRITE(file, dataset = hdf5_open_dataset(file->file, column->name));
        TRY_WRITE(file, hdf5_write_rows(dataset, hdf5_column_memory(column->type), batch->first, batch->count,
                                        batch->columns[i]));
        hdf5_release(dataset);
        dataset = -1;
    }
done:
    hdf5_release(dataset);
    return status;
}

/* The texts of an attribute or of a data set, which are `count`; NULL: others than texts of any length. */
static char **read_texts(hid_t object, bool is_dataset, size_t *count)
{
    hid_t space = is_dataset ? H5Dget_space(object) : H5Aget_space(object);
    hid_t found = is_dataset ? H5Dget_type(object) : H5Aget_type(object), type = hdf5_text_type();
    const hssize_t texts = H5Sget_simple_extent_npoints(space);
    char **list = NULL, **raw = NULL;
    if (texts >= 0 && H5Tis_variable_str(found) > 0)
        raw = calloc(texts ? (size_t)texts : 1, sizeof *raw);
    if (raw && (!texts || (is_dataset ? H5Dread(object, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, raw)
                                      : H5Aread(object, type, raw)) >= 0)) {
        list = calloc(texts ? (size_t)texts : 1, sizeof *list);
        for (hssize_t i = 0; list && i < texts; i++)
            list[i] = string_copy(raw[i] ? raw[i] : "");
        if (texts)
            H5Dvlen_reclaim(type, space, H5P_DEFAULT, raw);
        *count = (size_t)texts;
    }
    free(raw);
    hdf5_release(type);
    hdf5_release(found);
    hdf5_release(space);
    return list;
}

/* false: not numbers that a column can hold. */
static bool type_of(hid_t dataset, enum column_type *type)
{
    hid_t found = H5Dget_type(dataset);
    const H5T_class_t class = H5Tget_class(found);
    const size_t size = H5Tget_size(found);
    const bool is_signed = class == H5T_INTEGER && H5Tget_sign(found) == H5T_SGN_2;
    hdf5_release(found);
    *type = class == H5T_FLOAT ? COLUMN_FLOAT64
            : is_signed        ? COLUMN_INT64
            : size == 1        ? COLUMN_UINT8
            : size <= 4        ? COLUMN_UINT32
                               : COLUMN_UINT64;
    return class == H5T_FLOAT || class == H5T_INTEGER;
}

/* Adds the data set of that name, if there is one with a row of numbers for each image. */
static enum plotmill_status add_column(hid_t images, const char *name, uint64_t count, struct owned_columns *columns,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    hsize_t shape[H5S_MAX_RANK] = {0};
    enum column_type type;
    size_t class_count = 0;
    char path[300], **classes = NULL;
    snprintf(path, sizeof path, "/%s", name);
    hid_t dataset = H5Lexists(images, path, H5P_DEFAULT) > 0 ? H5Dopen2(images, path, H5P_DEFAULT) : -1;
    hid_t space = dataset < 0 ? -1 : H5Dget_space(dataset), texts = -1;
    const int rank = space < 0 ? 0 : H5Sget_simple_extent_dims(space, shape, NULL);
    if ((rank != 1 && rank != 2) || shape[0] != count || (rank == 2 && !shape[1]) || !type_of(dataset, &type))
        goto done;
    TRY(owned_columns_add(columns, name, type, rank == 2 ? shape[1] : 1, error));
    if (!strcmp(name, "group") && H5Lexists(images, "/groups", H5P_DEFAULT) > 0) {
        texts = H5Dopen2(images, "/groups", H5P_DEFAULT);
        classes = texts < 0 ? NULL : read_texts(texts, true, &class_count);
    } else if (H5Aexists(dataset, "classes") > 0) {
        texts = H5Aopen(dataset, "classes", H5P_DEFAULT);
        classes = texts < 0 ? NULL : read_texts(texts, false, &class_count);
    }
    if (classes)
        owned_columns_take_classes(columns, classes, class_count);
done:
    hdf5_release(texts);
    hdf5_release(space);
    hdf5_release(dataset);
    return status;
}

enum plotmill_status hdf5_columns_find(hid_t images, uint64_t count, struct owned_columns *columns,
                                       struct plotmill_error *error)
{
    static const char *const names[] = {"timestamps", "group", "row", "split"};
    enum plotmill_status status = PLOTMILL_OK;
    H5G_info_t info = {0};
    hid_t labels = -1;
    *columns = (struct owned_columns){0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        TRY(add_column(images, names[i], count, columns, error));
    if (H5Lexists(images, "/labels", H5P_DEFAULT) > 0)
        labels = H5Gopen2(images, "/labels", H5P_DEFAULT);
    if (labels >= 0 && H5Gget_info(labels, &info) < 0)
        info.nlinks = 0;
    for (hsize_t i = 0; i < info.nlinks; i++) {
        char name[240] = COLUMN_LABELS;
        const size_t used = strlen(name);
        if (H5Lget_name_by_idx(labels, ".", H5_INDEX_NAME, H5_ITER_INC, i, name + used, sizeof name - used,
                               H5P_DEFAULT) > 0)
            TRY(add_column(images, name, count, columns, error));
    }
done:
    hdf5_release(labels);
    if (status)
        owned_columns_free(columns);
    return status;
}

/* A value as 8 bytes, the same on every machine; all NaNs are one value. */
static void put_value(const struct image_column *column, const void *values, uint64_t at, uint8_t bytes[8])
{
    uint64_t bits;
    if (column->type == COLUMN_FLOAT64 || column->type == COLUMN_UINT64)
        memcpy(&bits, (const uint8_t *)values + 8 * at, sizeof bits);
    else
        bits = (uint64_t)column_whole(column, values, at);
    if (column->type == COLUMN_FLOAT64 && column_is_missing(column, values, at))
        bits = UINT64_MAX;
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(bits >> 8 * i);
}

uint64_t hdf5_hash_columns(const struct image_column *columns, size_t column_count, const void *const *values,
                           uint64_t first, uint64_t count)
{
    uint64_t sum = 0;
    uint8_t bytes[8];
    for (size_t c = 0; c < column_count; c++) {
        const struct image_column *column = &columns[c];
        const uint64_t name = hash_image((const uint8_t *)column->name, strlen(column->name));
        for (uint64_t i = 0; i < count; i++) {
            uint64_t row = name;
            for (uint64_t k = 0; k < column->width; k++) {
                put_value(column, values[c], i * column->width + k, bytes);
                row = hash_fold(row ^ hash_image(bytes, sizeof bytes), k);
            }
            sum += hash_fold(row, first + i);
        }
    }
    return sum;
}
