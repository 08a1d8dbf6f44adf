#include "formats/hdf5/beside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/strings.h"
#include "base/thread.h"

#define REASON_SIZE 400
#define CHUNK_CACHE_BYTES ((size_t)32 << 20)

/* Under the lock. */
static struct {
    unsigned is_version_2;
    H5E_auto2_t function;
    void *data;
#ifndef H5_NO_DEPRECATED_SYMBOLS
    H5E_auto1_t function_1;
#endif
} handler;
static struct mutex lock = MUTEX_READY;

static void take_lock(void)
{
    mutex_lock(&lock);
}

static void give_lock(void)
{
    mutex_unlock(&lock);
}

/* A fork waits until no thread is inside HDF5: the child has none of them, and would wait for the lock without end. */
static void guard_forks(void)
{
    mutex_at_fork(take_lock, give_lock);
}

/* What H5E_BEGIN_TRY does; that macro only works within one function. */
void hdf5_lock(void)
{
    static struct once guarded = ONCE_READY;
    once_run(&guarded, guard_forks);
    mutex_lock(&lock);
    H5Eauto_is_v2(H5E_DEFAULT, &handler.is_version_2);
#ifndef H5_NO_DEPRECATED_SYMBOLS
    if (!handler.is_version_2) {
        H5Eget_auto1(&handler.function_1, &handler.data);
        H5Eset_auto1(NULL, NULL);
        return;
    }
#endif
    H5Eget_auto2(H5E_DEFAULT, &handler.function, &handler.data);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

void hdf5_unlock(void)
{
#ifndef H5_NO_DEPRECATED_SYMBOLS
    if (!handler.is_version_2)
        H5Eset_auto1(handler.function_1, handler.data);
    else
#endif
        H5Eset_auto2(H5E_DEFAULT, handler.function, handler.data);
    mutex_unlock(&lock);
}

static herr_t take_innermost(unsigned depth, const H5E_error2_t *entry, void *user)
{
    char *reason = user;
    if (depth == 0 && entry->desc)
        snprintf(reason, REASON_SIZE, "%s", entry->desc);
    return 0;
}

enum plotmill_status hdf5_error_set(struct plotmill_error *error, enum plotmill_status status, const char *path,
                                    const char *action)
{
    /* File drivers put time, name and pointers around the system's message: only the message is wanted. */
    static const char intro[] = "error message = '";
    char reason[REASON_SIZE] = "HDF5 gives no reason";
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_innermost, reason);
    char *start = strstr(reason, intro);
    char *end = start ? strchr(start + strlen(intro), '\'') : NULL;
    start = end ? start + strlen(intro) : reason;
    return plotmill_error_set(error, status, "%s: %s: %.*s", path, action,
                              end ? (int)(end - start) : (int)strlen(reason), start);
}

static herr_t find_mark(unsigned depth, const H5E_error2_t *entry, void *user)
{
    (void)depth;
    if (entry->desc && strstr(entry->desc, "already open for"))
        *(bool *)user = true;
    return 0;
}

/* What a failure of the driver means. */
static void describe_failure(int number, bool locked, char *reason, size_t size)
{
    if (locked)
        snprintf(reason, size,
                 "cannot be opened: another program has it open for writing, and locked it: close it there (where none "
                 "has, set HDF5_USE_FILE_LOCKING=FALSE)");
    else
        snprintf(reason, size, "cannot be opened: %s", strerror(number));
}

hid_t hdf5_open_file(const char *path, struct hdf5_opening *opening)
{
    const size_t size = sizeof opening->reason;
    FILE *readable = fopen(path, "rb");
    bool locked, marked = false;
    *opening = (struct hdf5_opening){.system = true};
    if (!readable) {
        snprintf(opening->reason, size, "cannot be opened: %s", strerror(errno));
        return -1;
    }
    fclose(readable);
    hdf5_driver_failure(&locked);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    hid_t file = access >= 0 && hdf5_driver_read(access) >= 0 ? H5Fopen(path, H5F_ACC_RDONLY, access) : -1;
    if (file < 0)
        H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, find_mark, &marked);
    const int number = hdf5_driver_failure(&locked);
    hid_t reason = file < 0 ? H5Eget_current_stack() : -1;
    hdf5_release(access);
    if (reason >= 0)
        H5Eset_current_stack(reason);
    if (file >= 0)
        return file;
    opening->system = number || marked;
    if (number)
        describe_failure(number, locked, opening->reason, size);
    else if (marked)
        snprintf(opening->reason, size,
                 "cannot be opened: it is marked as being written: close it in the other program (where none has it, "
                 "h5clear -s removes the mark)");
    else
        snprintf(opening->reason, size, "cannot be opened: the HDF5 file is truncated or damaged");
    return -1;
}

void hdf5_release(hid_t id)
{
    if (id >= 0)
        H5Idec_ref(id);
}

hid_t hdf5_pixel_type(enum pixel_dtype dtype)
{
    hid_t type = H5Tcopy(dtype == DTYPE_F32 || dtype == DTYPE_F16 ? H5T_NATIVE_FLOAT : H5T_STD_U8LE);
    if (dtype != DTYPE_F16)
        return type;
    /* IEEE 754: a sign, 5 bits of exponent, 10 of significand. HDF5 has a name for it only from version 2.0 on. */
    if (type >= 0 && H5Tset_fields(type, 15, 10, 5, 0, 10) >= 0 && H5Tset_size(type, 2) >= 0 &&
        H5Tset_ebias(type, 15) >= 0)
        return type;
    hdf5_release(type);
    return -1;
}

/* A scalar, or `count` values. */
static herr_t write_attribute(hid_t object, const char *name, hid_t stored, hid_t given, hsize_t count,
                              const void *value)
{
    hid_t space = count ? H5Screate_simple(1, &count, NULL) : H5Screate(H5S_SCALAR);
    hid_t attribute = space < 0 ? -1 : H5Acreate2(object, name, stored, space, H5P_DEFAULT, H5P_DEFAULT);
    herr_t done = attribute < 0 ? -1 : H5Awrite(attribute, given, value);
    if (attribute >= 0 && H5Aclose(attribute) < 0)
        done = -1;
    hdf5_release(space);
    return done;
}

hid_t hdf5_text_type(void)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type >= 0 && H5Tset_size(type, H5T_VARIABLE) >= 0 && H5Tset_cset(type, H5T_CSET_UTF8) >= 0)
        return type;
    hdf5_release(type);
    return -1;
}

static herr_t write_texts(hid_t object, const char *name, hsize_t count, const char *const *texts)
{
    hid_t type = hdf5_text_type();
    herr_t done = type < 0 ? -1 : write_attribute(object, name, type, type, count, texts);
    hdf5_release(type);
    return done;
}

herr_t hdf5_write_text(hid_t object, const char *name, const char *text)
{
    return write_texts(object, name, 0, &text);
}

herr_t hdf5_write_texts(hid_t object, const char *name, const char *texts)
{
    size_t count = 0;
    while (json_element(texts, count))
        count++;
    char **list = calloc(count ? count : 1, sizeof *list);
    bool made = list && count;
    for (size_t i = 0; i < count && made; i++)
        made = (list[i] = json_read_string(json_element(texts, i)));
    const herr_t done = made ? write_texts(object, name, count, (const char *const *)list) : -1;
    for (size_t i = 0; list && i < count; i++)
        free(list[i]);
    free(list);
    return done;
}

herr_t hdf5_write_list(hid_t object, const char *name, size_t count, const char *const *texts)
{
    return count ? write_texts(object, name, count, texts) : 0;
}

herr_t hdf5_write_reals(hid_t object, const char *name, size_t count, const double *numbers)
{
    return write_attribute(object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, count, numbers);
}

herr_t hdf5_write_number(hid_t object, const char *name, hid_t type, int64_t number)
{
    return write_attribute(object, name, type, H5T_NATIVE_INT64, 0, &number);
}

/* Opens a scalar attribute of a class and reads it. A string is allocated, by HDF5 if its length varies. */
static bool read_scalar(hid_t object, const char *name, H5T_class_t class, char **text, int64_t *number)
{
    if (H5Aexists(object, name) <= 0)
        return false;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT), type = H5Aget_type(attribute);
    hid_t space = H5Aget_space(attribute);
    bool read = H5Tget_class(type) == class && H5Sget_simple_extent_npoints(space) == 1;
    char *shared = NULL;
    if (read && class == H5T_INTEGER) {
        read = H5Aread(attribute, H5T_NATIVE_INT64, number) >= 0;
    } else if (read && H5Tis_variable_str(type) > 0) {
        if (H5Aread(attribute, type, &shared) >= 0 && shared)
            *text = string_copy(shared);
        H5free_memory(shared);
    } else if (read) {
        *text = calloc(H5Tget_size(type) + 1, 1);
        if (*text && H5Aread(attribute, type, *text) < 0)
            **text = 0;
    }
    hdf5_release(space);
    hdf5_release(type);
    hdf5_release(attribute);
    return read;
}

char *hdf5_read_texts(hid_t object, const char *name)
{
    if (H5Aexists(object, name) <= 0)
        return NULL;
    struct json json = {.one_line = true, .keep_bytes = true};
    char *text = NULL, **list = NULL;
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT), space = H5Aget_space(attribute), type = hdf5_text_type();
    hid_t found = H5Aget_type(attribute);
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    if (count > 0 && type >= 0 && H5Tis_variable_str(found) > 0)
        list = calloc((size_t)count, sizeof *list);
    if (list && H5Aread(attribute, type, list) >= 0) {
        json_open(&json, NULL, '[');
        for (hssize_t i = 0; i < count; i++)
            json_string(&json, NULL, list[i] ? list[i] : "");
        json_close(&json, ']');
        text = json_finish(&json);
        H5Dvlen_reclaim(type, space, H5P_DEFAULT, list);
    }
    free(list);
    hdf5_release(found);
    hdf5_release(type);
    hdf5_release(space);
    hdf5_release(attribute);
    return text;
}

char *hdf5_read_text(hid_t object, const char *name)
{
    char *text = NULL;
    read_scalar(object, name, H5T_STRING, &text, NULL);
    return text;
}

int64_t hdf5_read_number(hid_t object, const char *name, int64_t maximum, int64_t otherwise)
{
    int64_t number = -1;
    return read_scalar(object, name, H5T_INTEGER, NULL, &number) && number >= 0 && number <= maximum ? number
                                                                                                     : otherwise;
}

hid_t hdf5_open_cached(hid_t file, const char *name)
{
    hid_t access = H5Pcreate(H5P_DATASET_ACCESS);
    if (access >= 0)
        H5Pset_chunk_cache(access, H5D_CHUNK_CACHE_NSLOTS_DEFAULT, CHUNK_CACHE_BYTES, H5D_CHUNK_CACHE_W0_DEFAULT);
    hid_t dataset = access < 0 ? -1 : H5Dopen2(file, name, access);
    hdf5_release(access);
    return dataset;
}

hid_t hdf5_open_dataset(hid_t file, const char *name)
{
    return file >= 0 && H5Lexists(file, name, H5P_DEFAULT) > 0 ? H5Dopen2(file, name, H5P_DEFAULT) : -1;
}

herr_t hdf5_read(hid_t dataset, hid_t type, hid_t in_memory, hid_t in_file, void *values)
{
    bool locked;
    hdf5_driver_failure(&locked);
    const herr_t done = H5Dread(dataset, type, in_memory, in_file, H5P_DEFAULT, values);
    const int number = hdf5_driver_failure(&locked);
    if (done >= 0 && number)
        H5Epush2(H5E_DEFAULT, __FILE__, __func__, __LINE__, H5E_ERR_CLS, H5E_FILE, H5E_CANTOPENFILE,
                 "a source of the virtual data set cannot be opened: error message = '%s'", strerror(number));
    return number ? -1 : done;
}

/* Selects the rows in the file, of *values numbers each. Both spaces are released by the caller. */
static bool select_rows(hid_t dataset, uint64_t first, uint64_t count, hid_t *in_file, hid_t *in_memory,
                        uint64_t *values)
{
    const hsize_t start[H5S_MAX_RANK] = {first};
    hsize_t size[H5S_MAX_RANK] = {0};
    *in_memory = -1;
    *in_file = H5Dget_space(dataset);
    int rank = *in_file < 0 ? 0 : H5Sget_simple_extent_dims(*in_file, size, NULL);
    size[0] = count;
    if (rank > 0 && H5Sselect_hyperslab(*in_file, H5S_SELECT_SET, start, NULL, size, NULL) >= 0)
        *in_memory = H5Screate_simple(rank, size, NULL);
    *values = 1;
    for (int i = 1; i < rank; i++)
        *values *= size[i];
    return *in_memory >= 0;
}

/* HDF5 forgets why a call failed when the next one begins: the reason is kept until the spaces are released. */
static herr_t release_spaces(hid_t in_file, hid_t in_memory, herr_t done)
{
    hid_t reason = done < 0 ? H5Eget_current_stack() : -1;
    hdf5_release(in_memory);
    hdf5_release(in_file);
    if (reason >= 0)
        H5Eset_current_stack(reason);
    return done;
}

herr_t hdf5_read_rows(hid_t dataset, hid_t type, uint64_t first, uint64_t count, size_t row_bytes, void *values)
{
    hid_t in_file, in_memory;
    herr_t done = -1;
    uint64_t row;
    if (select_rows(dataset, first, count, &in_file, &in_memory, &row) && row * H5Tget_size(type) == row_bytes)
        done = hdf5_read(dataset, type, in_memory, in_file, values);
    return release_spaces(in_file, in_memory, done);
}

herr_t hdf5_write_rows(hid_t dataset, hid_t type, uint64_t first, uint64_t count, const void *values)
{
    hid_t in_file, in_memory;
    herr_t done = -1;
    uint64_t row;
    if (select_rows(dataset, first, count, &in_file, &in_memory, &row))
        done = H5Dwrite(dataset, type, in_memory, in_file, H5P_DEFAULT, values);
    return release_spaces(in_file, in_memory, done);
}

/* -1: images have no such type. */
static int find_dtype(hid_t images)
{
    char *name = hdf5_read_text(images, "dtype");
    bool bits = name && !strcmp(name, "bits");
    free(name);
    hid_t type = H5Dget_type(images);
    H5T_class_t class = H5Tget_class(type);
    size_t size = H5Tget_size(type);
    bool bytes = class == H5T_INTEGER && size == 1 && H5Tget_sign(type) == H5T_SGN_NONE;
    hdf5_release(type);
    if (bytes)
        return bits ? DTYPE_BITS : DTYPE_U8;
    if (class == H5T_FLOAT && (size == 4 || size == 2))
        return size == 4 ? DTYPE_F32 : DTYPE_F16;
    return -1;
}

/* -1: unknown. */
static int find_layout(hid_t images)
{
    char *name = hdf5_read_text(images, "layout");
    int found = -1;
    for (int i = LAYOUT_NHW; name && i <= LAYOUT_NHWC; i++)
        if (!strcmp(name, pixel_layout_name((enum pixel_layout)i)))
            found = i;
    free(name);
    return found;
}

/* Axis `axis` of a dataset beside /images where it has `rank` axes, up to `most`; else 1. */
static uint32_t axis_beside(hid_t dataset, int rank, int axis, uint64_t most)
{
    hsize_t size[H5S_MAX_RANK] = {0};
    hid_t space = dataset < 0 ? -1 : H5Dget_space(dataset);
    const bool found = space >= 0 && H5Sget_simple_extent_dims(space, size, NULL) == rank;
    hdf5_release(space);
    return found && size[axis] && size[axis] <= most ? (uint32_t)size[axis] : 1;
}

static hid_t open_beside(hid_t images, const char *name)
{
    return H5Lexists(images, name, H5P_DEFAULT) > 0 ? H5Dopen2(images, name, H5P_DEFAULT) : -1;
}

static void describe_companions(hid_t images, struct metadata *metadata)
{
    hid_t y_range = open_beside(images, "/y_range"), sequences = open_beside(images, "/sequences");
    metadata->info.panels = axis_beside(y_range, 3, 1, METADATA_PANELS_MAX);
    metadata->info.fields = axis_beside(sequences, 3, 2, UINT32_MAX);
    metadata->field_names = sequences < 0 ? NULL : hdf5_read_texts(sequences, "fields");
    metadata->info.field_names = metadata->field_names ? metadata->field_names : "";
    hdf5_release(sequences);
    hdf5_release(y_range);
}

enum plotmill_status hdf5_describe(const char *path, hid_t images, struct metadata *metadata, struct stored *stored,
                                   struct plotmill_error *error)
{
    hsize_t size[H5S_MAX_RANK] = {0}, chunk[H5S_MAX_RANK] = {0};
    struct dataset_info *info = &metadata->info;
    hid_t space = H5Dget_space(images), properties = H5Dget_create_plist(images);
    const int rank = H5Sget_simple_extent_dims(space, size, NULL), dtype = find_dtype(images);
    char *hash = hdf5_read_text(images, "content_hash");
    *metadata = METADATA_UNKNOWN;
    metadata_own(metadata, NULL, hdf5_read_text(images, "spec"), hdf5_read_text(images, "input"),
                 hdf5_read_text(images, "plotmill_version"));
    info->format = "hdf5";
    info->first = (uint64_t)hdf5_read_number(images, "first", INT64_MAX, 0);
    info->whole = (uint64_t)hdf5_read_number(images, "whole", INT64_MAX, 0);
    info->window = (uint64_t)hdf5_read_number(images, "sequence_samples", INT64_MAX / 16, 0);
    info->background = (int)hdf5_read_number(images, "background", 255, -1);
    info->foreground = (int)hdf5_read_number(images, "foreground", 255, -1);
    metadata->is_virtual = H5Pget_layout(properties) == H5D_VIRTUAL;
    if (H5Pget_layout(properties) == H5D_CHUNKED && H5Pget_chunk(properties, H5S_MAX_RANK, chunk) > 0)
        metadata->chunk_images = chunk[0];
    metadata->compressed = H5Pget_nfilters(properties) > 0;
    snprintf(metadata->content_hash, sizeof metadata->content_hash, "%s", hash ? hash : "");
    free(hash);
    hdf5_release(properties);
    hdf5_release(space);
    describe_companions(images, metadata);
    metadata_own_windows(metadata, hdf5_read_text(images, "windows"), hdf5_read_text(images, "train"));
    struct owned_columns columns;
    if (hdf5_columns_find(images, size[0], &columns, error))
        return PLOTMILL_NO_MEMORY;
    metadata_own_columns(metadata, columns);

    const uint64_t axes[4] = {size[0], size[1], size[2], size[3]};
    const struct stored_hints hints = {
        .dtype = (enum pixel_dtype)dtype,
        .layout = find_layout(images),
        .width = (uint64_t)hdf5_read_number(images, "width", UINT32_MAX, 0),
        .background = info->background,
        .foreground = info->foreground,
    };
    if (dtype >= 0 && stored_init(stored, &hints, rank, axes)) {
        stored_info(stored, info);
        return PLOTMILL_OK;
    }
    if (dtype == DTYPE_BITS && (!hints.width || hints.background < 0 || hints.foreground < 0))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: /images holds bits, expected its attributes width, background and foreground",
                                  path);
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                              "%s: /images has %d dimensions%s, expected uint8, float32 or float16 (N, height, width), "
                              "or with channels as its attribute layout says (without it 1 or 3)",
                              path, rank, dtype < 0 ? " and another type" : "");
}
