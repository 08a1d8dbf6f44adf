/* The images of each part of a split, and what is stored beside them, as virtual data sets: /train/images and so on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/try.h"
#include "formats/hdf5/beside.h"

struct split_maker {
    struct hdf5_file *file;
    const struct hdf5_split_piece *pieces;
    size_t count;
    void (*name_source)(void *user, uint64_t source, char *name);
    void *user;
    char *source; /* room for its name */
};

/* Maps the pieces of the part to rows of `name`, one after another. */
static enum plotmill_status map_pieces(const struct split_maker *maker, enum image_split split, const char *name,
                                       int rank, const hsize_t *shape, hid_t whole, hid_t properties,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct hdf5_file *file = maker->file;
    hsize_t start[H5S_MAX_RANK] = {0}, size[H5S_MAX_RANK] = {0};
    hid_t rows = -1;
    uint64_t place = 0;
    memcpy(size, shape, (size_t)rank * sizeof *size);
    for (size_t i = 0; i < maker->count; i++) {
        const struct hdf5_split_piece *piece = &maker->pieces[i];
        if (piece->split != split)
            continue;
        strcpy(maker->source, ".");
        if (maker->name_source)
            maker->name_source(maker->user, piece->source, maker->source);
        size[0] = piece->count;
        start[0] = place;
        TRY_WRITE(file, H5Sselect_hyperslab(whole, H5S_SELECT_SET, start, NULL, size, NULL));
        size[0] = piece->first + piece->count;
        TRY_WRITE(file, rows = H5Screate_simple(rank, size, NULL));
        start[0] = piece->first;
        size[0] = piece->count;
        TRY_WRITE(file, H5Sselect_hyperslab(rows, H5S_SELECT_SET, start, NULL, size, NULL));
        TRY_WRITE(file, H5Pset_virtual(properties, whole, maker->source, name, rows));
        hdf5_release(rows);
        rows = -1;
        place += piece->count;
    }
    TRY_WRITE(file, H5Sselect_all(whole));
done:
    hdf5_release(rows);
    return status;
}

/* column: NULL for /images and so on. */
static enum plotmill_status add_dataset(const struct split_maker *maker, enum image_split split, uint64_t images,
                                        const char *name, const struct image_column *column,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct hdf5_file *file = maker->file;
    hsize_t shape[H5S_MAX_RANK] = {0};
    char path[320];
    hid_t model = -1, type = -1, space = -1, properties = -1, whole = -1, made = -1;
    snprintf(path, sizeof path, "%s/%s", split_name(split), name);
    TRY_WRITE(file, model = hdf5_open_dataset(file->file, name));
    TRY_WRITE(file, type = H5Dget_type(model));
    TRY_WRITE(file, space = H5Dget_space(model));
    const int rank = H5Sget_simple_extent_dims(space, shape, NULL);
    shape[0] = images;
    TRY_WRITE(file, properties = H5Pcreate(H5P_DATASET_CREATE));
    TRY_WRITE(file, H5Pset_obj_track_times(properties, 0));
    TRY_WRITE(file, whole = H5Screate_simple(rank, shape, NULL));
    TRY(map_pieces(maker, split, name, rank, shape, whole, properties, error));
    TRY(hdf5_make_groups(file, path, error));
    TRY_WRITE(file, made = H5Dcreate2(file->file, path, type, whole, H5P_DEFAULT, properties, H5P_DEFAULT));
    if (column)
        TRY(hdf5_column_describe(file, column, made, error));
done:
    hdf5_release(made);
    hdf5_release(whole);
    hdf5_release(properties);
    hdf5_release(space);
    hdf5_release(type);
    hdf5_release(model);
    return status;
}

enum plotmill_status hdf5_splits_create(struct hdf5_file *file, const struct dataset_info *info,
                                        const struct hdf5_split_piece *pieces, size_t count,
                                        void (*name_source)(void *user, uint64_t source, char *name), void *user,
                                        size_t name_size, struct plotmill_error *error)
{
    static const char *const names[] = {"images", "window_start", "y_range", "sequences"};
    enum plotmill_status status = PLOTMILL_OK;
    struct split_maker maker = {file, pieces, count, name_source, user, NULL};
    TRY_ALLOCATE(error, maker.source, name_size + 2, 1);
    for (int split = SPLIT_TRAIN; split <= SPLIT_TEST; split++) {
        uint64_t images = 0;
        for (size_t i = 0; i < count; i++)
            images += (int)pieces[i].split == split ? pieces[i].count : 0;
        if (!images)
            continue;
        for (int i = 0; i < 3 + file->store_sequences; i++)
            TRY(add_dataset(&maker, (enum image_split)split, images, names[i], NULL, error));
        for (size_t i = 0; i < info->column_count; i++)
            if (strcmp(info->columns[i].name, "split") != 0)
                TRY(add_dataset(&maker, (enum image_split)split, images, info->columns[i].name, &info->columns[i],
                                error));
    }
done:
    free(maker.source);
    return status;
}
