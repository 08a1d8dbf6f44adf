/* An HDF5 file over several others: its datasets are virtual, each made of the rows of those files, which lie beside
 * it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/os.h"
#include "base/output.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/hdf5/beside.h"
#include "formats/hdf5/shards.h"

/* More than a virtual data set over many thousand files takes: larger files hold images. */
#define VIRTUAL_BYTES ((uint64_t)64 << 20)

#define NAME_SIZE 4096

/* The name of a source as HDF5 expects it: "%b" would stand for a block number, so each % is doubled. It has no folder:
 * HDF5 looks beside the virtual file, even if that is moved. `name` and `pattern`: set->name_size and twice that. */
static void name_source(const struct shard_set *set, uint64_t number, char *name, char *pattern)
{
    set->name(set->path, number, name, set->name_size);
    for (const char *from = path_name(name); *from; from++) {
        if (*from == '%')
            *pattern++ = '%';
        *pattern++ = *from;
    }
    *pattern = 0;
}

static uint64_t images_of(const struct shard_set *set, uint64_t number)
{
    return MIN(set->metadata.info.images - number * set->per_file, set->per_file);
}

/* Makes a virtual dataset of the type and rows of `model`, the dataset of that name in the first file. */
static enum plotmill_status create_dataset(struct hdf5_file *file, const struct shard_set *set, const char *name,
                                           hid_t model, hid_t *dataset, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    hsize_t start[H5S_MAX_RANK] = {0}, size[H5S_MAX_RANK] = {0};
    hid_t type = -1, rows = -1, properties = -1, whole = -1, part = -1;
    char *source = NULL, *pattern = NULL;
    TRY_ALLOCATE(error, source, set->name_size, 1);
    TRY_ALLOCATE(error, pattern, 2 * set->name_size, 1);
    TRY_WRITE(file, type = H5Dget_type(model));
    TRY_WRITE(file, rows = H5Dget_space(model));
    const int rank = H5Sget_simple_extent_dims(rows, size, NULL);
    size[0] = set->metadata.info.images;
    TRY_WRITE(file, properties = H5Pcreate(H5P_DATASET_CREATE));
    TRY_WRITE(file, H5Pset_obj_track_times(properties, 0));
    TRY_WRITE(file, whole = H5Screate_simple(rank, size, NULL));
    for (uint64_t number = 0; number < set->files; number++) {
        name_source(set, number, source, pattern);
        start[0] = number * set->per_file;
        size[0] = images_of(set, number);
        TRY_WRITE(file, H5Sselect_hyperslab(whole, H5S_SELECT_SET, start, NULL, size, NULL));
        TRY_WRITE(file, part = H5Screate_simple(rank, size, NULL));
        TRY_WRITE(file, H5Pset_virtual(properties, whole, pattern, name, part));
        hdf5_release(part);
        part = -1;
    }
    TRY_WRITE(file, H5Sselect_all(whole));
    TRY_WRITE(file, *dataset = H5Dcreate2(file->file, name, type, whole, H5P_DEFAULT, properties, H5P_DEFAULT));
done:
    hdf5_release(part);
    hdf5_release(whole);
    hdf5_release(properties);
    hdf5_release(rows);
    hdf5_release(type);
    free(pattern);
    free(source);
    return status;
}

static enum plotmill_status create_columns(struct hdf5_file *file, const struct shard_set *set, hid_t first,
                                           struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct dataset_info *info = &set->metadata.info;
    hid_t model = -1, dataset = -1;
    for (size_t i = 0; i < info->column_count; i++) {
        const struct image_column *column = &info->columns[i];
        TRY_WRITE(file, model = hdf5_open_dataset(first, column->name));
        TRY(hdf5_make_groups(file, column->name, error));
        TRY(create_dataset(file, set, column->name, model, &dataset, error));
        TRY(hdf5_column_describe(file, column, dataset, error));
        hdf5_release(model);
        hdf5_release(dataset);
        model = dataset = -1;
    }
done:
    hdf5_release(model);
    hdf5_release(dataset);
    return status;
}

/* Adds the runs of parts in one file. */
static enum plotmill_status add_pieces(struct hdf5_file *file, const struct shard_set *set, uint64_t number, char *name,
                                       struct hdf5_split_piece **pieces, size_t *count, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const uint64_t images = images_of(set, number);
    uint8_t *splits = NULL;
    hid_t source = -1, dataset = -1;
    TRY_ALLOCATE(error, splits, images, 1);
    set->name(set->path, number, name, set->name_size);
    TRY_WRITE(file, source = H5Fopen(name, H5F_ACC_RDONLY, H5P_DEFAULT));
    TRY_WRITE(file, dataset = hdf5_open_dataset(source, "split"));
    TRY_WRITE(file, hdf5_read_rows(dataset, H5T_NATIVE_UINT8, 0, images, 1, splits));
    for (uint64_t i = 0, end; i < images; i = end) {
        for (end = i + 1; end < images && splits[end] == splits[i];)
            end++;
        if ((*count & (*count - 1)) == 0) {
            struct hdf5_split_piece *grown = realloc(*pieces, (*count ? 2 * *count : 1) * sizeof **pieces);
            TRY_MEMORY(error, grown);
            *pieces = grown;
        }
        (*pieces)[(*count)++] = (struct hdf5_split_piece){(enum image_split)splits[i], i, end - i, number};
    }
done:
    hdf5_release(dataset);
    hdf5_release(source);
    free(splits);
    return status;
}

struct split_names {
    const struct shard_set *set;
    char *name;
};

static void name_split_source(void *user, uint64_t number, char *pattern)
{
    const struct split_names *names = user;
    name_source(names->set, number, names->name, pattern);
}

static enum plotmill_status create_splits(struct hdf5_file *file, const struct shard_set *set,
                                          struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct dataset_info *info = &set->metadata.info;
    struct hdf5_split_piece *pieces = NULL;
    struct split_names names = {set, NULL};
    size_t count = 0;
    if (columns_find(info->columns, info->column_count, "split") == info->column_count)
        return PLOTMILL_OK;
    TRY_ALLOCATE(error, names.name, set->name_size, 1);
    for (uint64_t number = 0; number < set->files; number++)
        TRY(add_pieces(file, set, number, names.name, &pieces, &count, error));
    if (!hdf5_too_many_runs(file, count))
        TRY(hdf5_splits_create(file, info, pieces, count, name_split_source, &names, 2 * set->name_size, error));
done:
    free(pieces);
    free(names.name);
    return status;
}

static enum plotmill_status create_datasets(struct hdf5_file *file, const struct shard_set *set,
                                            struct plotmill_error *error)
{
    static const char *const names[] = {"images", "window_start", "y_range", "sequences"};
    enum plotmill_status status = PLOTMILL_OK;
    hid_t *const datasets[] = {&file->images, &file->window_start, &file->y_range, &file->sequences};
    struct hdf5_opening failure;
    hid_t first = -1, model = -1;
    char *name = NULL, *train = NULL;
    TRY_ALLOCATE(error, name, set->name_size, 1);
    set->name(set->path, 0, name, set->name_size);
    first = hdf5_open_file(name, &failure);
    if (first < 0)
        FAIL(error, PLOTMILL_IO_FAILED, "%s: %s", name, failure.reason);
    TRY(hdf5_file_start(file, error));
    for (int i = 0; i < 3 + file->store_sequences; i++) {
        TRY_WRITE(file, model = hdf5_open_dataset(first, names[i]));
        TRY(create_dataset(file, set, names[i], model, datasets[i], error));
        hdf5_release(model);
        model = -1;
    }
    /* The statistics of the train part are known when the first image is written: its file has them. */
    TRY_WRITE(file, model = hdf5_open_dataset(first, "images"));
    train = hdf5_read_text(model, "train");
    struct dataset_info info = set->metadata.info;
    info.train = train;
    TRY(hdf5_file_describe(file, &info, error));
    const char *fields = set->metadata.info.field_names;
    if (file->store_sequences && set->metadata.info.fields > 1 && fields && *fields)
        TRY_WRITE(file, hdf5_write_texts(file->sequences, "fields", fields));
    TRY(create_columns(file, set, first, error));
    TRY(create_splits(file, set, error));
done:
    free(train);
    hdf5_release(model);
    hdf5_release(first);
    free(name);
    return status;
}

enum plotmill_status hdf5_write_virtual(const struct shard_set *set, const struct log *log,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK, closed;
    const struct dataset_info *info = &set->metadata.info;
    const struct sink_options options = {.pixels = info->stored, .store_sequences = info->window > 0, .log = log};
    struct output output = {0};
    struct hdf5_file file;
    TRY(output_init(&output, set->path, false, true, error));
    hdf5_file_init(&file, &output, &options);
    TRY(output_hold(&output, error));
    hdf5_lock();
    status = create_datasets(&file, set, error);
    closed = hdf5_file_close(&file, status ? NULL : error);
    hdf5_unlock();
    TRY(status ? status : closed);
    TRY(output_commit(&output, error));
done:
    if (status)
        output_discard(&output);
    output_free(&output);
    return status;
}

bool hdf5_is_truncated(const char *path)
{
    /* How files of plotmill's start: the signature, then the version, the sizes of offsets and of lengths, and a flag
     * for files that are being written. The file's length is at LENGTH_OFFSET. */
    static const uint8_t superblock[] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n', 3, 8, 8, 0};
    enum { LENGTH_OFFSET = 28, START_BYTES = 48 };
    static const uint8_t zeros[START_BYTES] = {0};
    uint8_t start[START_BYTES] = {0};
    FILE *file = os_is_folder(path) ? NULL : fopen(path, "rb");
    if (!file)
        return false;
    const size_t got = fread(start, 1, sizeof start, file);
    const bool failed = ferror(file);
    fclose(file);
    const uint64_t size = os_file_size(path);
    if (failed || size > VIRTUAL_BYTES)
        return false;
    if (!memcmp(start, zeros, got)) /* as a power cut leaves it */
        return true;
    if (memcmp(start, superblock, MIN(got, sizeof superblock)))
        return false;
    uint64_t length = 0;
    for (int i = 8; i-- > 0;)
        length = length << 8 | start[LENGTH_OFFSET + i];
    return got < START_BYTES || size < length;
}

/* The rows first..first+count-1 of the virtual dataset that a source gives. false: not one block of rows. */
static bool rows_of_source(hid_t properties, size_t number, uint64_t *first, uint64_t *count)
{
    hsize_t start[H5S_MAX_RANK] = {0}, end[H5S_MAX_RANK] = {0};
    hid_t space = H5Pget_virtual_vspace(properties, number);
    bool found = space >= 0 && H5Sget_select_bounds(space, start, end) >= 0;
    hdf5_release(space);
    *first = start[0];
    *count = end[0] - start[0] + 1;
    return found;
}

/* Whether source `number` is file `number` at its place. */
static bool source_matches(const struct shard_set *set, hid_t properties, uint64_t number, char *name, char *pattern,
                           char *found)
{
    uint64_t first, count;
    name_source(set, number, name, pattern);
    ssize_t length = H5Pget_virtual_filename(properties, number, found, 2 * set->name_size);
    return length == (ssize_t)strlen(pattern) && !strcmp(found, pattern) &&
           rows_of_source(properties, number, &first, &count) && first == number * set->per_file &&
           count == images_of(set, number);
}

bool hdf5_has_sources(const struct shard_set *set)
{
    size_t sources = 0;
    char *name = malloc(set->name_size), *pattern = malloc(2 * set->name_size), *found = malloc(2 * set->name_size);
    hdf5_lock();
    struct hdf5_opening failure;
    hid_t file = hdf5_open_file(set->path, &failure), images = hdf5_open_dataset(file, "images");
    hid_t properties = images >= 0 ? H5Dget_create_plist(images) : -1;
    bool same = name && pattern && found && properties >= 0 && H5Pget_layout(properties) == H5D_VIRTUAL &&
                H5Pget_virtual_count(properties, &sources) >= 0 && sources == set->files;
    for (uint64_t number = 0; same && number < set->files; number++)
        same = source_matches(set, properties, number, name, pattern, found);
    hdf5_release(properties);
    hdf5_release(images);
    hdf5_release(file);
    hdf5_unlock();
    free(found);
    free(pattern);
    free(name);
    return same;
}

uint64_t hdf5_source_rows(hid_t images)
{
    size_t sources = 0;
    uint64_t first, count = 0;
    hid_t properties = H5Dget_create_plist(images);
    if (H5Pget_layout(properties) != H5D_VIRTUAL || H5Pget_virtual_count(properties, &sources) < 0 || !sources ||
        !rows_of_source(properties, 0, &first, &count))
        count = 0;
    hdf5_release(properties);
    return count;
}
