/* Parts of a data set that are not there, for which HDF5 silently returns fill values. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/hdf5/common.h"

#define NAME_SIZE 4096

/* Sources may be virtual as well. */
#define DEPTH_MAX 8

/* If a whole dataset is taken, it must have as many values as its place; a selection without bounds (one that may grow)
 * is not checked. */
static bool is_large_enough(hid_t source, hid_t place, hid_t taken)
{
    hsize_t size[H5S_MAX_RANK] = {0}, start[H5S_MAX_RANK] = {0}, end[H5S_MAX_RANK] = {0};
    hid_t space = H5Dget_space(source);
    const int rank = H5Sget_simple_extent_dims(space, size, NULL);
    const hssize_t values = H5Sget_simple_extent_npoints(space);
    hdf5_release(space);
    if (H5Sget_select_type(taken) == H5S_SEL_ALL)
        return H5Sget_select_npoints(place) == values || H5Sget_select_bounds(place, start, end) < 0;
    if (H5Sget_select_bounds(taken, start, end) < 0)
        return true;
    bool enough = rank == H5Sget_simple_extent_ndims(taken);
    for (int i = 0; i < rank && enough; i++)
        enough = end[i] < size[i];
    return enough;
}

/* "%%" stands for "%". false: the name is a pattern for several files. */
static bool unescape(char *name)
{
    char *to = name;
    for (const char *from = name; *from; from++) {
        if (*from == '%' && *++from != '%')
            return false;
        *to++ = *from;
    }
    *to = 0;
    return true;
}

/* Where HDF5 finds a file that another one names: at its name, in the folder of that file, or of the file that a
 * symbolic link leads to. NULL: out of memory. If there is none, the path in that folder. */
static char *find_file(const char *path, const char *name)
{
    char target[NAME_SIZE];
    char *folder = path_folder(path);
    char *found = *name == '/' || !folder || !strcmp(folder, ".") ? string_copy(name) : path_join(folder, name);
    const char *others[2] = {name, NULL};
    char *beyond = NULL;
    if (os_read_link(path, target, sizeof target)) {
        char *end = *target == '/' || !folder ? string_copy(target) : path_join(folder, target);
        char *end_folder = end ? path_folder(end) : NULL;
        beyond = end_folder ? path_join(end_folder, name) : NULL;
        others[1] = beyond;
        free(end_folder);
        free(end);
    }
    for (int i = 0; i < 2 && found && !os_exists(found); i++)
        if (others[i] && os_exists(others[i])) {
            free(found);
            found = string_copy(others[i]);
        }
    free(beyond);
    free(folder);
    return found;
}

static enum plotmill_status check_sources(const char *path, hid_t file, hid_t dataset, unsigned depth,
                                          struct plotmill_error *error);

static enum plotmill_status check_source(const char *path, hid_t whole, hid_t properties, size_t number, unsigned depth,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char dataset[1000], *name = NULL, *source = NULL;
    struct hdf5_opening failure = {0};
    hid_t file = -1, images = -1, place = -1, taken = -1;
    TRY_ALLOCATE(error, name, NAME_SIZE, 1);
    const ssize_t length = H5Pget_virtual_filename(properties, number, name, NAME_SIZE);
    const ssize_t dataset_length = H5Pget_virtual_dsetname(properties, number, dataset, sizeof dataset);
    if (length <= 0 || length >= NAME_SIZE || dataset_length <= 0 || dataset_length >= (ssize_t)sizeof dataset)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: a virtual data set that does not name its files", path);
    const bool here = !strcmp(name, ".");
    if (!here && (!unescape(name) || !unescape(dataset))) /* several */
        goto done;
    source = here ? string_copy(path) : find_file(path, name);
    TRY_MEMORY(error, source);
    if (!os_exists(source))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: a virtual data set, of whose files %s is missing", path, source);
    if (!here)
        file = hdf5_open_file(source, &failure);
    if (!here && file < 0 && failure.system)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: a virtual data set, of whose files %s %s", path, source, failure.reason);
    images = here ? H5Dopen2(whole, dataset, H5P_DEFAULT) : file >= 0 ? H5Dopen2(file, dataset, H5P_DEFAULT) : -1;
    if (images < 0 && (here || file >= 0))
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: a virtual data set, of whose files %s cannot be read: it has no data set %s", path, source, dataset);
    if (images < 0)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: a virtual data set, of whose files %s cannot be read (damaged?)", path,
             source);
    place = H5Pget_virtual_vspace(properties, number);
    taken = H5Pget_virtual_srcspace(properties, number);
    if (place < 0 || taken < 0 || !is_large_enough(images, place, taken))
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: a virtual data set, of whose files %s does not hold the expected number of %s (of another job?)",
             path, source, !strcmp(dataset, "images") ? "images" : "values");
    if (depth < DEPTH_MAX)
        TRY(check_sources(source, here ? whole : file, images, depth + 1, error));
done:
    hdf5_release(taken);
    hdf5_release(place);
    hdf5_release(images);
    hdf5_release(file);
    free(source);
    free(name);
    return status;
}

static enum plotmill_status check_external(const char *path, hid_t properties, unsigned number,
                                           struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    off_t offset = 0;
    hsize_t size = 0;
    char *name = NULL, *file = NULL;
    TRY_ALLOCATE(error, name, NAME_SIZE, 1);
    if (H5Pget_external(properties, number, NAME_SIZE - 1, name, &offset, &size) < 0)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: a data set in other files that does not name them", path);
    file = find_file(path, name);
    TRY_MEMORY(error, file);
    if (!os_exists(file))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: a data set in other files, of which %s is missing", path, file);
    if (size != H5F_UNLIMITED && (uint64_t)offset + size > os_file_size(file))
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: a data set in other files, of which %s is truncated: it has %" PRIu64 " bytes, expected %" PRIu64,
             path, file, os_file_size(file), (uint64_t)(offset + (off_t)size));
done:
    free(file);
    free(name);
    return status;
}

static enum plotmill_status check_sources(const char *path, hid_t file, hid_t dataset, unsigned depth,
                                          struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    size_t count = 0;
    hid_t properties = H5Dget_create_plist(dataset);
    const int external = properties < 0 ? 0 : H5Pget_external_count(properties);
    if (properties >= 0 && H5Pget_layout(properties) == H5D_VIRTUAL)
        H5Pget_virtual_count(properties, &count);
    for (size_t i = 0; i < count; i++)
        TRY(check_source(path, file, properties, i, depth, error));
    for (int i = 0; i < external; i++)
        TRY(check_external(path, properties, (unsigned)i, error));
done:
    hdf5_release(properties);
    return status;
}

enum plotmill_status hdf5_check_sources(const char *path, hid_t dataset, struct plotmill_error *error)
{
    hid_t file = H5Iget_file_id(dataset);
    const enum plotmill_status status = check_sources(path, file, dataset, 0, error);
    hdf5_release(file);
    return status;
}

/* How many chunks a data set has room for, and how many were written. false: it has no chunks. */
static bool count_chunks(hid_t dataset, hid_t properties, uint64_t *all, uint64_t *written)
{
    hsize_t size[H5S_MAX_RANK] = {0}, chunk[H5S_MAX_RANK] = {0}, found = 0;
    hid_t space = H5Dget_space(dataset);
    const int rank = H5Sget_simple_extent_dims(space, size, NULL);
    const bool chunked =
        H5Pget_layout(properties) == H5D_CHUNKED && H5Pget_chunk(properties, H5S_MAX_RANK, chunk) == rank;
    *all = 1;
    for (int i = 0; i < rank && chunked; i++)
        *all *= size[i] / chunk[i] + (size[i] % chunk[i] != 0);
    const bool known = chunked && H5Dget_num_chunks(dataset, space, &found) >= 0;
    *written = found;
    hdf5_release(space);
    return known;
}

enum plotmill_status hdf5_check_holes(const char *path, const char *name, hid_t dataset, const struct log *log,
                                      uint64_t *unwritten, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    H5D_space_status_t space = H5D_SPACE_STATUS_ALLOCATED;
    uint64_t all = 0, written = 0;
    hid_t properties = H5Dget_create_plist(dataset);
    TRY(hdf5_check_sources(path, dataset, error));
    const H5D_layout_t layout = H5Pget_layout(properties);
    const bool stored = (layout == H5D_CONTIGUOUS || layout == H5D_CHUNKED) && !H5Pget_external_count(properties);
    if (stored && H5Dget_space_status(dataset, &space) >= 0 && space == H5D_SPACE_STATUS_NOT_ALLOCATED)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: data set %s was never written: it has a shape, but no values", path, name);
    *unwritten = stored && count_chunks(dataset, properties, &all, &written) ? all - written : 0;
    if (*unwritten)
        log_line(log, PLOTMILL_LOG_WARNING,
                 "%s: data set %s: %" PRIu64 " of its %" PRIu64
                 " chunks were never written; their samples are read as the fill value of the data set",
                 path, name, *unwritten, all);
done:
    hdf5_release(properties);
    return status;
}

/* An external link, as HDF5 stores it: a file and the name of an object in it. */
static enum plotmill_status refuse_external(const char *path, const char *link, const char *value, size_t size,
                                            struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const char *file = "", *object = "";
    unsigned flags;
    char *target = NULL;
    if (H5Lunpack_elink_val(value, size, &flags, &file, &object) < 0)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: %s is a damaged link", path, link);
    target = find_file(path, file);
    TRY_MEMORY(error, target);
    if (os_exists(target))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: %s is a link to %s in %s, which has no such object or cannot be read",
             path, link, object, target);
    FAIL(error, PLOTMILL_BAD_INPUT, "%s: %s is a link to %s in %s, which is missing", path, link, object, target);
done:
    free(target);
    return status;
}

static enum plotmill_status check_link(hid_t file, const char *path, const char *link, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    H5L_info_t info;
    char *value = NULL;
    if (H5Lexists(file, link, H5P_DEFAULT) <= 0 || H5Oexists_by_name(file, link, H5P_DEFAULT) > 0 ||
        H5Lget_info(file, link, &info, H5P_DEFAULT) < 0 || info.type == H5L_TYPE_HARD)
        return PLOTMILL_OK;
    TRY_ALLOCATE(error, value, info.u.val_size + 1, 1);
    if (H5Lget_val(file, link, value, info.u.val_size, H5P_DEFAULT) < 0)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: %s is a damaged link", path, link);
    if (info.type == H5L_TYPE_EXTERNAL)
        TRY(refuse_external(path, link, value, info.u.val_size, error));
    else
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: %s is a link to %s, which is not in the file", path, link, value);
done:
    free(value);
    return status;
}

enum plotmill_status hdf5_check_links(hid_t file, const char *path, const char *name, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *part = string_copy(name);
    TRY_MEMORY(error, part);
    for (size_t i = 1; *part && i <= strlen(name); i++) {
        if (name[i] && name[i] != '/')
            continue;
        part[i] = 0;
        const bool exists = H5Lexists(file, part, H5P_DEFAULT) > 0;
        TRY(check_link(file, path, part, error));
        if (!exists)
            break;
        part[i] = name[i];
    }
done:
    free(part);
    return status;
}
