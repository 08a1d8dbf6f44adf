#include "formats/hdf5/virtual.h"

#include "plotmill_config.h"

#if HAVE_HDF5

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/output.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/hdf5/facts.h"
#include "formats/hdf5/file.h"
#include "formats/hdf5/lock.h"
#include "formats/shard_names.h"

/* More than a joint file of many thousand files takes: what is longer holds images. */
#define JOINT_BYTES ((uint64_t)64 << 20)

/* What is being joined. */
struct joint {
    struct hdf5_file file; /* images: the virtual dataset */
    const struct plotmill_dataset_info *info;
    uint64_t per_file;
    char *name, *pattern; /* room for a file's path, and for that as HDF5 reads it */
    size_t name_size;
};

/* HDF5 puts block numbers where the name of a source has %b, and one % for two. The name has no folder: HDF5 looks
 * beside the joint file, wherever that is moved. */
static const char *name_source(struct joint *joint, uint64_t number)
{
    shard_name(joint->file.path, number, joint->name, joint->name_size);
    char *to = joint->pattern;
    for (const char *from = path_name(joint->name); *from; from++) {
        if (*from == '%')
            *to++ = '%';
        *to++ = *from;
    }
    *to = 0;
    return joint->pattern;
}

static enum plotmill_status map_files(struct joint *joint, const char *dataset, int rank, const hsize_t *shape,
                                      hid_t properties, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct hdf5_file *file = &joint->file;
    hid_t whole = -1, part = -1;
    hsize_t start[H5S_MAX_RANK] = {0}, size[H5S_MAX_RANK];
    memcpy(size, shape, sizeof size);
    TRY_HDF5(whole = H5Screate_simple(rank, shape, NULL));
    for (uint64_t number = 0, first = 0; first < joint->info->images; number++, first += joint->per_file) {
        uint64_t left = joint->info->images - first;
        start[0] = first;
        size[0] = left < joint->per_file ? left : joint->per_file;
        TRY_HDF5(H5Sselect_hyperslab(whole, H5S_SELECT_SET, start, NULL, size, NULL));
        TRY_HDF5(part = H5Screate_simple(rank, size, NULL));
        TRY_HDF5(H5Pset_virtual(properties, whole, name_source(joint, number), dataset, part));
        H5Sclose(part);
        part = -1;
    }
done:
    if (part >= 0)
        H5Sclose(part);
    if (whole >= 0)
        H5Sclose(whole);
    return status;
}

/* A dataset of the type and with the rows of `model`, one of the first file's. */
static enum plotmill_status join_dataset(struct joint *joint, const char *name, hid_t model, hid_t *dataset,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct hdf5_file *file = &joint->file;
    hsize_t shape[H5S_MAX_RANK] = {0};
    hid_t type = -1, space = -1, properties = -1;
    TRY_HDF5(type = H5Dget_type(model));
    TRY_HDF5(space = H5Dget_space(model));
    int rank = H5Sget_simple_extent_dims(space, shape, NULL);
    H5Sclose(space);
    space = -1;
    shape[0] = joint->info->images;
    TRY_HDF5(properties = H5Pcreate(H5P_DATASET_CREATE));
    TRY_HDF5(H5Pset_obj_track_times(properties, 0));
    TRY_HDF5(space = H5Screate_simple(rank, shape, NULL));
    TRY(map_files(joint, name, rank, shape, properties, error));
    TRY_HDF5(*dataset = H5Dcreate2(file->file, name, type, space, H5P_DEFAULT, properties, H5P_DEFAULT));
done:
    if (properties >= 0)
        H5Pclose(properties);
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
    return status;
}

/* Whatever the files hold is joined, name by name. */
static enum plotmill_status join_all(struct joint *joint, struct plotmill_error *error)
{
    static const char *const names[] = {"images", "window_start", "y_range", "sequences"};
    enum plotmill_status status = PLOTMILL_OK;
    struct hdf5_file *file = &joint->file;
    hid_t *const datasets[] = {&file->images, &file->window_start, &file->y_range, &file->sequences};
    hid_t first = -1, model = -1;
    shard_name(file->path, 0, joint->name, joint->name_size);
    TRY_HDF5(first = H5Fopen(joint->name, H5F_ACC_RDONLY, H5P_DEFAULT));
    TRY(hdf5_file_start(file, error));
    for (int i = 0; i < 4; i++) {
        if (i == 3 && H5Lexists(first, names[i], H5P_DEFAULT) <= 0)
            continue; /* made without --store-sequences */
        TRY_HDF5(model = H5Dopen2(first, names[i], H5P_DEFAULT));
        TRY(join_dataset(joint, names[i], model, datasets[i], error));
        H5Dclose(model);
        model = -1;
    }
    TRY(hdf5_file_describe(file, joint->info, error));
done:
    if (model >= 0)
        H5Dclose(model);
    if (first >= 0)
        H5Fclose(first);
    return status;
}

static enum plotmill_status write_joint(struct joint *joint, struct plotmill_error *error)
{
    enum plotmill_status status, closed;
    hdf5_lock();
    H5E_BEGIN_TRY
    {
        status = join_all(joint, error);
        closed = hdf5_file_close(&joint->file, status ? NULL : error);
    }
    H5E_END_TRY
    hdf5_unlock();
    return status ? status : closed;
}

enum plotmill_status hdf5_joint_write(const char *path, const struct plotmill_dataset_info *info, uint64_t per_file,
                                      const struct plotmill_sink_options *options, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct joint joint = {.info = info, .per_file = per_file, .name_size = strlen(path) + SHARD_NAME_EXTRA};
    struct output output = {0};
    TRY(output_init(&output, path, false, true, error));
    hdf5_file_init(&joint.file, &output, options);
    TRY_ALLOCATE(error, joint.name, joint.name_size, 1);
    TRY_ALLOCATE(error, joint.pattern, 2 * joint.name_size, 1);
    TRY(output_hold(&output, error));
    TRY(write_joint(&joint, error));
    TRY(output_commit(&output, error));
done:
    if (status)
        output_discard(&output);
    output_free(&output);
    free(joint.name);
    free(joint.pattern);
    return status;
}

/* /images of plotmill's where it joins others; else negative. */
static hid_t open_joint(const char *path, hid_t *file, size_t *sources)
{
    *file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t images =
        *file >= 0 && H5Lexists(*file, "images", H5P_DEFAULT) > 0 ? H5Dopen2(*file, "images", H5P_DEFAULT) : -1;
    hid_t properties = images >= 0 ? H5Dget_create_plist(images) : -1;
    bool joins = properties >= 0 && H5Aexists(images, "plotmill_version") > 0 &&
                 H5Pget_layout(properties) == H5D_VIRTUAL && H5Pget_virtual_count(properties, sources) >= 0;
    if (properties >= 0)
        H5Pclose(properties);
    if (images >= 0 && !joins) {
        H5Dclose(images);
        images = -1;
    }
    return images;
}

static void close_joint(hid_t file, hid_t images)
{
    if (images >= 0)
        H5Dclose(images);
    if (file >= 0)
        H5Fclose(file);
}

bool hdf5_joint_is(const char *path)
{
    bool joins;
    hdf5_lock();
    H5E_BEGIN_TRY
    {
        hid_t file;
        size_t sources;
        hid_t images = open_joint(path, &file, &sources);
        joins = images >= 0;
        close_joint(file, images);
    }
    H5E_END_TRY
    hdf5_unlock();
    return joins;
}

/* What a file of plotmill's begins with: the signature, then version, sizes of offsets and of lengths, and that nobody
 * is writing; and where it tells its length. */
static const uint8_t superblock[] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n', 3, 8, 8, 0};
#define LENGTH_AT 28
#define START_BYTES 48

static bool starts_as_torn(const uint8_t *start, size_t got, uint64_t size)
{
    static const uint8_t zeros[START_BYTES] = {0};
    const size_t compared = got < sizeof superblock ? got : sizeof superblock;
    uint64_t length = 0;
    if (!memcmp(start, zeros, got)) /* what a power cut leaves */
        return true;
    if (memcmp(start, superblock, compared))
        return false;
    for (int i = 8; i-- > 0;)
        length = length << 8 | start[LENGTH_AT + i];
    return got < START_BYTES || size < length;
}

bool hdf5_joint_torn(const char *path)
{
    uint8_t start[START_BYTES] = {0};
    FILE *file = os_is_folder(path) ? NULL : fopen(path, "rb");
    if (!file)
        return false;
    size_t got = fread(start, 1, sizeof start, file);
    bool read = !ferror(file);
    fclose(file);
    uint64_t size = os_file_size(path);
    return read && size <= JOINT_BYTES && starts_as_torn(start, got, size);
}

/* Whether source `number` is the file that it should be, in its place; `found` is room for its name. */
static bool source_fits(struct joint *joint, hid_t properties, uint64_t number, char *found)
{
    hsize_t start[H5S_MAX_RANK] = {0}, end[H5S_MAX_RANK] = {0};
    const uint64_t first = number * joint->per_file, left = joint->info->images - first;
    const uint64_t count = left < joint->per_file ? left : joint->per_file;
    const char *name = name_source(joint, number);
    ssize_t length = H5Pget_virtual_filename(properties, number, found, 2 * joint->name_size);
    if (length != (ssize_t)strlen(name) || strcmp(found, name))
        return false;
    hid_t space = H5Pget_virtual_vspace(properties, number);
    bool same =
        space >= 0 && H5Sget_select_bounds(space, start, end) >= 0 && start[0] == first && end[0] == first + count - 1;
    if (space >= 0)
        H5Sclose(space);
    return same;
}

static bool sources_fit(struct joint *joint, hid_t images, uint64_t files)
{
    hid_t properties = H5Dget_create_plist(images);
    bool same = false;
    char *found = malloc(2 * joint->name_size);
    joint->name = malloc(joint->name_size);
    joint->pattern = malloc(2 * joint->name_size);
    if (found && joint->name && joint->pattern && properties >= 0) {
        same = true;
        for (uint64_t number = 0; number < files && same; number++)
            same = source_fits(joint, properties, number, found);
    }
    if (properties >= 0)
        H5Pclose(properties);
    free(found);
    free(joint->name);
    free(joint->pattern);
    return same;
}

static bool fits(struct joint *joint, const struct hdf5_facts *expected)
{
    const char *path = joint->file.path;
    const uint64_t files = (joint->info->images - 1) / joint->per_file + 1;
    struct hdf5_facts found = {0};
    hid_t file;
    size_t sources = 0;
    hid_t images = open_joint(path, &file, &sources);
    bool same = images >= 0 && sources == files && !hdf5_facts_read(&found, images, NULL) &&
                !hdf5_facts_compare(&found, expected, path, NULL) && sources_fit(joint, images, files);
    close_joint(file, images);
    hdf5_facts_free(&found);
    return same;
}

bool hdf5_joint_fits(const char *path, const struct plotmill_dataset_info *info, uint64_t per_file,
                     const struct plotmill_sink_options *options)
{
    struct joint joint = {.info = info, .per_file = per_file, .name_size = strlen(path) + SHARD_NAME_EXTRA};
    struct hdf5_facts expected;
    bool same;
    joint.file.path = path;
    if (hdf5_facts_expect(&expected, info, options, NULL))
        return false;
    expected.chunk_images = 0; /* its datasets have no chunks */
    expected.compressed = false;
    hdf5_lock();
    H5E_BEGIN_TRY
    {
        same = fits(&joint, &expected);
    }
    H5E_END_TRY
    hdf5_unlock();
    hdf5_facts_free(&expected);
    return same;
}

#endif
