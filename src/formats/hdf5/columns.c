#include "formats/hdf5/columns.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"

/* Texts of any length are read up to here. */
#define TEXT_BYTES 256
#define TEXTS_AT_ONCE 4096

struct hdf5_column {
    hid_t dataset;
    bool own;      /* the data set is released with the column */
    int member;    /* of records; else negative */
    int64_t field; /* along the axis of fields; else negative */
    hid_t type;    /* in memory */
    bool any_length;
};

/* The kind and the type in memory of a stored type. */
static void describe_type(struct array_column *column, struct hdf5_column *from, hid_t type)
{
    const H5T_class_t class = H5Tget_class(type);
    const size_t size = H5Tget_size(type);
    column->size = 8;
    from->type = -1;
    if (class == H5T_FLOAT) {
        column->kind = ARRAY_FLOAT64;
        from->type = H5Tcopy(H5T_NATIVE_DOUBLE);
    } else if (class == H5T_INTEGER && size <= 8) {
        const bool natural = H5Tget_sign(type) == H5T_SGN_NONE;
        column->kind = natural ? ARRAY_UINT64 : ARRAY_INT64;
        from->type = H5Tcopy(natural ? H5T_NATIVE_UINT64 : H5T_NATIVE_INT64);
    } else if (class == H5T_STRING && size < 65536) {
        from->any_length = H5Tis_variable_str(type) > 0;
        column->kind = ARRAY_BYTES;
        column->size = from->any_length ? TEXT_BYTES : size;
        from->type = H5Tcopy(type);
    }
}

static enum plotmill_status add(struct hdf5_columns *columns, const char *name, struct hdf5_column from, hid_t type,
                                struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const size_t count = columns->list.count;
    struct array_column *items = realloc(columns->list.items, (count + 1) * sizeof *items);
    if (items)
        columns->list.items = items;
    struct hdf5_column *froms = realloc(columns->from, (count + 1) * sizeof *froms);
    if (froms)
        columns->from = froms;
    TRY_MEMORY(error, items && froms);
    items[count] = (struct array_column){.unit = 0};
    snprintf(items[count].name, sizeof items[count].name, "%s", name);
    froms[count] = from;
    describe_type(&items[count], &froms[count], type);
    columns->list.count++;
done:
    return status;
}

/* A data set beside the one that is read; negative: there is none. */
static hid_t open_beside(const struct hdf5_columns *columns, const char *name)
{
    char *folder = *name == '/' ? NULL : path_folder(columns->name);
    char *path = *name == '/' || !folder || !strcmp(folder, ".") ? string_copy(name) : path_join(folder, name);
    hid_t dataset = -1, object = -1;
    if (path && *path && H5Lexists(columns->file, path, H5P_DEFAULT) > 0)
        object = H5Oopen(columns->file, path, H5P_DEFAULT);
    if (object >= 0 && H5Iget_type(object) == H5I_DATASET)
        dataset = object;
    else
        hdf5_release(object);
    free(path);
    free(folder);
    return dataset;
}

static bool is_listed(const struct hdf5_columns *columns, const char *name)
{
    for (size_t i = 0; i < columns->list.count; i++)
        if (string_same(columns->list.items[i].name, name))
            return true;
    return false;
}

/* `said`: by an option; else only what fits is taken. */
static enum plotmill_status add_beside(struct hdf5_columns *columns, const char *name, bool said,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    hid_t dataset = -1, space = -1, type = -1;
    hsize_t size[H5S_MAX_RANK] = {0};
    if (is_listed(columns, name))
        return PLOTMILL_OK;
    dataset = open_beside(columns, name);
    if (dataset < 0)
        return PLOTMILL_OK;
    space = H5Dget_space(dataset);
    type = H5Dget_type(dataset);
    const int rank = H5Sget_simple_extent_dims(space, size, NULL);
    const uint64_t expected = columns->sequences ? columns->sequences : columns->samples;
    if (rank != 1 || size[0] != expected) {
        if (said)
            FAIL(error, PLOTMILL_BAD_INPUT,
                 "%s: data set %s beside it has %d axes, of %" PRIu64 " values the first: expected one of %" PRIu64,
                 columns->list.path, name, rank, (uint64_t)size[0], expected);
        goto done;
    }
    TRY(add(columns, name, (struct hdf5_column){.dataset = dataset, .own = true, .member = -1, .field = -1}, type,
            error));
    columns->list.items[columns->list.count - 1].of_sequences = columns->sequences != 0;
    dataset = -1;
done:
    hdf5_release(type);
    hdf5_release(space);
    hdf5_release(dataset);
    return status;
}

/* A record in memory that has nothing but the column. */
static hid_t memory_type(const struct hdf5_column *from)
{
    if (from->member < 0)
        return H5Tcopy(from->type);
    hid_t stored = H5Dget_type(from->dataset);
    char *name = H5Tget_member_name(stored, (unsigned)from->member);
    hid_t type = name ? H5Tcreate(H5T_COMPOUND, H5Tget_size(from->type)) : -1;
    if (type >= 0 && H5Tinsert(type, name, 0, from->type) < 0) {
        hdf5_release(type);
        type = -1;
    }
    H5free_memory(name);
    hdf5_release(stored);
    return type;
}

/* Values first..first+count-1 of one series, or of the sequence that they lie in. */
static bool read_part(const struct hdf5_columns *columns, const struct hdf5_column *from, uint64_t first,
                      uint64_t count, void *out)
{
    const struct array_axes *axes = columns->axes;
    const uint64_t length = from->own || !columns->sequences ? 0 : columns->samples / columns->sequences;
    hsize_t start[AXES_MAX] = {0}, extent[AXES_MAX] = {1, 1, 1}, n = count;
    const int time = from->own ? 0 : axes->time;
    start[time] = length ? first % length : first;
    extent[time] = count;
    if (length)
        start[axes->sequences] = first / length;
    if (from->field >= 0)
        start[axes->fields] = (hsize_t)from->field;
    hid_t space = H5Dget_space(from->dataset), memory = H5Screate_simple(1, &n, NULL), type = memory_type(from);
    const bool done = space >= 0 && memory >= 0 && type >= 0 &&
                      H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, extent, NULL) >= 0 &&
                      hdf5_read(from->dataset, type, memory, space, out) >= 0;
    hdf5_release(type);
    hdf5_release(memory);
    hdf5_release(space);
    return done;
}

/* Texts of any length, cut to TEXT_BYTES. */
static bool read_texts(const struct hdf5_columns *columns, const struct hdf5_column *from, uint64_t first,
                       uint64_t count, char *out)
{
    char **texts = calloc((size_t)count, sizeof *texts);
    const bool done = texts && read_part(columns, from, first, count, texts);
    memset(out, 0, (size_t)count * TEXT_BYTES);
    for (uint64_t i = 0; i < count && done; i++) {
        snprintf(out + i * TEXT_BYTES, TEXT_BYTES, "%s", texts[i] ? texts[i] : "");
        H5free_memory(texts[i]);
    }
    free(texts);
    return done;
}

static enum plotmill_status read_column(void *self, size_t column, uint64_t first, uint64_t count, void *out,
                                        struct plotmill_error *error)
{
    const struct hdf5_columns *columns = self;
    const struct hdf5_column *from = &columns->from[column];
    const uint64_t length = from->own || !columns->sequences ? UINT64_MAX : columns->samples / columns->sequences;
    const uint64_t most = from->any_length ? TEXTS_AT_ONCE : UINT64_MAX;
    bool done = true;
    while (count && done) {
        const uint64_t n = MIN(MIN(count, length - first % length), most);
        done = from->any_length ? read_texts(columns, from, first, n, out) : read_part(columns, from, first, n, out);
        first += n;
        count -= n;
        out = (char *)out + n * columns->list.items[column].size;
    }
    return done ? PLOTMILL_OK
                : plotmill_error_set(error, PLOTMILL_IO_FAILED,
                                     "%s: reading %s failed: the file is damaged, or has changed", columns->list.path,
                                     columns->list.items[column].name);
}

enum plotmill_status hdf5_columns_init(struct hdf5_columns *columns, hid_t dataset, bool records,
                                       const struct field_list *fields, size_t count,
                                       const struct source_options *options, struct plotmill_error *error)
{
    static const char *const times[] = {"time", "timestamp", "timestamps", "datetime", "date"};
    enum plotmill_status status = PLOTMILL_OK;
    hid_t type = H5Dget_type(dataset), member = -1;
    const char *time = options ? options->text.time : NULL;
    columns->list.read = read_column;
    columns->list.self = columns;
    for (size_t i = 0; i < count; i++) {
        const struct hdf5_column from = {
            .dataset = dataset, .member = records ? (int)i : -1, .field = records ? -1 : (int64_t)i};
        member = records ? H5Tget_member_type(type, (unsigned)i) : H5Tcopy(type);
        TRY(add(columns, fields->fields[i].name, from, member, error));
        hdf5_release(member);
        member = -1;
    }
    if (time && strcmp(time, "none"))
        TRY(add_beside(columns, time, true, error));
    for (size_t i = 0; !time && i < sizeof times / sizeof *times; i++)
        TRY(add_beside(columns, times[i], false, error));
    for (size_t i = 0; options && i < options->side_count; i++)
        TRY(add_beside(columns, options->sides[i].name, true, error));
done:
    hdf5_release(member);
    hdf5_release(type);
    return status;
}

void hdf5_columns_free(struct hdf5_columns *columns)
{
    for (size_t i = 0; i < columns->list.count; i++) {
        hdf5_release(columns->from[i].type);
        if (columns->from[i].own)
            hdf5_release(columns->from[i].dataset);
    }
    free(columns->list.items);
    free(columns->from);
    columns->list.items = NULL;
    columns->from = NULL;
    columns->list.count = 0;
}
