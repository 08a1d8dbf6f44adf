/* Tables that pandas' to_hdf wrote: of the format `fixed`, whose columns of one type are a data set (block0_values,
 * ...), and of the format `table`, whose columns of one type are a member of records. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/array_columns.h"
#include "formats/fields.h"
#include "formats/hdf5/pandas.h"

/* Values that are read at a time. */
#define BLOCK_VALUES ((uint64_t)1 << 18)
#define NAMES_MOST 100000

/* Names of columns, owned. */
struct text_names {
    char **items;
    size_t count;
};

static enum plotmill_status text_names_add(struct text_names *names, const char *name, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char **grown = realloc(names->items, (names->count + 1) * sizeof *grown);
    TRY_MEMORY(error, grown);
    names->items = grown;
    TRY(string_keep(&grown[names->count], name, error));
    names->count++;
done:
    return status;
}

static void text_names_free(struct text_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
}

/* Columns of one type. */
struct block {
    hid_t dataset;
    int member;      /* of records; negative: the data set is (rows, width), or (rows) */
    uint64_t width;  /* columns */
    hid_t type;      /* of a value in memory; negative: it cannot be read */
    hid_t in_memory; /* of a row in memory: of records one that has nothing else */
    enum array_column_kind kind;
    size_t size; /* bytes of a value in memory */
    int64_t unit;
};

/* A column: a place in a block. */
struct place {
    size_t block;
    uint64_t at;
};

struct pandas {
    struct array_columns columns; /* first */
    struct source_ops ops;
    char *path, *name; /* in messages */
    hid_t file, group;
    uint64_t rows;
    struct block *blocks; /* (block_count) */
    size_t block_count;
    struct place *places; /* (list.count), and the index */
    struct array_column_list list;
    struct field_list fields; /* without the index */
    struct place *values;     /* (value_count) of what a read returns */
    size_t value_count;
    char *buffer;
};

/* Texts of an attribute that PyTables pickled: the lines that begin with V. */
static enum plotmill_status read_pickled(hid_t object, const char *attribute, struct text_names *names,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *text = hdf5_read_text(object, attribute);
    for (char *line = text, *next; line; line = next) {
        char *end = strchr(line, '\n');
        next = end ? end + 1 : NULL;
        if (end)
            *end = 0;
        /* A number of Python comes before some texts on their line: (lp0, aVclose. */
        char *v = *line == 'V' ? line : line[0] == 'a' && line[1] == 'V' ? line + 1 : NULL;
        if (v)
            TRY(text_names_add(names, v + 1, error));
    }
done:
    free(text);
    return status;
}

/* The labels of columns, texts or integers, of a data set of one axis. */
static enum plotmill_status read_labels(const struct pandas *pandas, const char *name, struct text_names *names,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    hid_t dataset = H5Lexists(pandas->group, name, H5P_DEFAULT) > 0 ? H5Dopen2(pandas->group, name, H5P_DEFAULT) : -1;
    hid_t type = dataset < 0 ? -1 : H5Dget_type(dataset), space = dataset < 0 ? -1 : H5Dget_space(dataset);
    const H5T_class_t class = type < 0 ? H5T_NO_CLASS : H5Tget_class(type);
    const hssize_t count = space < 0 ? -1 : H5Sget_simple_extent_npoints(space);
    const size_t size = class == H5T_STRING ? H5Tget_size(type) : 8;
    const bool texts = class == H5T_STRING && H5Tis_variable_str(type) == 0;
    char *bytes = NULL;
    if ((!texts && class != H5T_INTEGER) || count < 0 || count > NAMES_MOST || size > 65536)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: %s: the names of its columns are Python objects: save it with to_hdf(..., format=\"table\")",
             pandas->path, pandas->name);
    TRY_ALLOCATE(error, bytes, (size_t)count * size + 1, 1);
    if (H5Dread(dataset, texts ? type : H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) < 0)
        FAIL(error, PLOTMILL_IO_FAILED, "%s: %s cannot be read: the file is damaged", pandas->path, name);
    for (hssize_t i = 0; i < count; i++) {
        char text[32];
        int64_t number;
        memcpy(&number, bytes + i * (hssize_t)size, texts ? 0 : sizeof number);
        if (!texts)
            snprintf(text, sizeof text, "%" PRId64, number);
        char *copy = texts ? string_start(bytes + i * (hssize_t)size, size) : string_copy(text);
        status = copy ? text_names_add(names, copy, error) : PLOTMILL_NO_MEMORY;
        free(copy);
        TRY(status);
    }
done:
    free(bytes);
    hdf5_release(space);
    hdf5_release(type);
    hdf5_release(dataset);
    return status;
}

/* ns of "datetime64", "datetime64[us]" and so on; 0: it is something else. */
static int64_t datetime_unit(const char *text)
{
    static const char start[] = "datetime64";
    if (!text || strncmp(text, start, strlen(start)))
        return 0;
    const char *unit = text + strlen(start);
    return !strncmp(unit, "[s", 2)    ? 1000000000
           : !strncmp(unit, "[ms", 3) ? 1000000
           : !strncmp(unit, "[us", 3) ? 1000
                                      : 1;
}

/* Takes `dataset` over. `stored`: the type of a value. `says`: what pandas says of it, or NULL. */
static enum plotmill_status add_block(struct pandas *pandas, hid_t dataset, int member, uint64_t width, hid_t stored,
                                      const char *says, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct block *grown = realloc(pandas->blocks, (pandas->block_count + 1) * sizeof *grown);
    if (!grown)
        hdf5_release(dataset);
    TRY_MEMORY(error, grown);
    pandas->blocks = grown;
    struct block *block = &grown[pandas->block_count++];
    const H5T_class_t class = H5Tget_class(stored);
    const bool natural = class == H5T_INTEGER && H5Tget_sign(stored) == H5T_SGN_NONE;
    *block =
        (struct block){.dataset = dataset, .member = member, .width = width, .type = -1, .in_memory = -1, .size = 8};
    if (class == H5T_FLOAT || (class == H5T_INTEGER && H5Tget_size(stored) <= 8)) {
        block->kind = class == H5T_FLOAT ? ARRAY_FLOAT64 : natural ? ARRAY_UINT64 : ARRAY_INT64;
        block->type = H5Tcopy(class == H5T_FLOAT ? H5T_NATIVE_DOUBLE : natural ? H5T_NATIVE_UINT64 : H5T_NATIVE_INT64);
        block->unit = datetime_unit(says);
        if (block->unit && block->kind == ARRAY_INT64)
            block->kind = ARRAY_TIME;
    } else if (class == H5T_STRING && H5Tis_variable_str(stored) == 0 && H5Tget_size(stored) < 65536) {
        block->kind = ARRAY_BYTES;
        block->size = H5Tget_size(stored);
        block->type = H5Tcopy(stored);
    }
    if (block->type >= 0 && member < 0)
        block->in_memory = H5Tcopy(block->type);
done:
    return status;
}

/* The members of a table. *index: the block of the index, or block_count. */
static enum plotmill_status open_table(struct pandas *pandas, struct text_names *names, size_t *index,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    hid_t table =
        H5Lexists(pandas->group, "table", H5P_DEFAULT) > 0 ? H5Dopen2(pandas->group, "table", H5P_DEFAULT) : -1;
    hid_t type = table < 0 ? -1 : H5Dget_type(table), space = table < 0 ? -1 : H5Dget_space(table);
    hid_t member = -1, element = -1;
    hsize_t rows = 0, width = 1;
    char *name = NULL, *says = NULL;
    *index = SIZE_MAX;
    if (H5Tget_class(type) != H5T_COMPOUND || H5Sget_simple_extent_ndims(space) != 1)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: %s: expected records in its member table, as pandas writes them",
             pandas->path, pandas->name);
    H5Sget_simple_extent_dims(space, &rows, NULL);
    pandas->rows = rows;
    for (int i = 0; i < H5Tget_nmembers(type); i++) {
        char attribute[300];
        name = H5Tget_member_name(type, (unsigned)i);
        member = H5Tget_member_type(type, (unsigned)i);
        TRY_MEMORY(error, name && member >= 0);
        width = 1;
        if (H5Tget_class(member) == H5T_ARRAY) {
            if (H5Tget_array_ndims(member) != 1)
                FAIL(error, PLOTMILL_BAD_INPUT, "%s: %s: column %s has several axes", pandas->path, pandas->name, name);
            H5Tget_array_dims2(member, &width);
            element = H5Tget_super(member);
        } else {
            element = H5Tcopy(member);
        }
        const bool is_index = !strcmp(name, "index");
        snprintf(attribute, sizeof attribute, is_index ? "%.200s_kind" : "%.200s_dtype", name);
        says = hdf5_read_text(table, attribute);
        H5Iinc_ref(table);
        TRY(add_block(pandas, table, i, width, element, says, error));
        struct block *block = &pandas->blocks[pandas->block_count - 1];
        if (block->type >= 0) {
            hid_t row = width > 1 || H5Tget_class(member) == H5T_ARRAY ? H5Tarray_create2(block->type, 1, &width)
                                                                       : H5Tcopy(block->type);
            block->in_memory = H5Tcreate(H5T_COMPOUND, (size_t)width * block->size);
            H5Tinsert(block->in_memory, name, 0, row);
            hdf5_release(row);
        }
        const size_t before = names->count;
        snprintf(attribute, sizeof attribute, "%.200s_kind", name);
        if (is_index)
            *index = pandas->block_count - 1;
        else
            TRY(read_pickled(table, attribute, names, error));
        if (!is_index && names->count == before && width == 1)
            TRY(text_names_add(names, name, error));
        if (!is_index && names->count - before != width)
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: %s: %zu names for the %" PRIu64 " columns in %s", pandas->path,
                 pandas->name, names->count - before, (uint64_t)width, name);
        free(says);
        says = NULL;
        H5free_memory(name);
        name = NULL;
        hdf5_release(element);
        hdf5_release(member);
        element = member = -1;
    }
done:
    free(says);
    H5free_memory(name);
    hdf5_release(element);
    hdf5_release(member);
    hdf5_release(space);
    hdf5_release(type);
    hdf5_release(table);
    return status;
}

/* A data set (rows), or (rows, width). */
static enum plotmill_status add_values(struct pandas *pandas, const char *name, uint64_t width,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    hid_t dataset = H5Lexists(pandas->group, name, H5P_DEFAULT) > 0 ? H5Dopen2(pandas->group, name, H5P_DEFAULT) : -1;
    hid_t type = dataset < 0 ? -1 : H5Dget_type(dataset), space = dataset < 0 ? -1 : H5Dget_space(dataset);
    hsize_t size[H5S_MAX_RANK] = {0};
    const int rank = space < 0 ? 0 : H5Sget_simple_extent_dims(space, size, NULL);
    const bool object = type >= 0 && H5Tget_class(type) == H5T_VLEN;
    char *kind = dataset < 0 ? NULL : hdf5_read_text(dataset, "kind");
    char *says = dataset < 0 || kind ? kind : hdf5_read_text(dataset, "value_type");
    if (dataset < 0)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: %s: has no %s, which tables of pandas have", pandas->path, pandas->name,
             name);
    if (!object &&
        (rank < 1 || rank > 2 || (rank == 2 ? size[1] : 1) != width || (pandas->rows && size[0] != pandas->rows)))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: %s: %s has another shape than its columns", pandas->path, pandas->name,
             name);
    if (!object)
        pandas->rows = size[0];
    TRY(add_block(pandas, dataset, -1, width, type, says, error));
    dataset = -1;
done:
    free(says);
    hdf5_release(space);
    hdf5_release(type);
    hdf5_release(dataset);
    return status;
}

static enum plotmill_status open_fixed(struct pandas *pandas, struct text_names *names, size_t *index,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const int64_t blocks = hdf5_read_number(pandas->group, "nblocks", NAMES_MOST, 0);
    char name[60];
    for (int64_t i = 0; i < blocks; i++) {
        const size_t before = names->count;
        snprintf(name, sizeof name, "block%" PRId64 "_items", i);
        TRY(read_labels(pandas, name, names, error));
        snprintf(name, sizeof name, "block%" PRId64 "_values", i);
        TRY(add_values(pandas, name, names->count - before, error));
    }
    *index = pandas->block_count;
    char *variety = hdf5_read_text(pandas->group, "axis1_variety");
    const bool regular = variety && !strcmp(variety, "regular");
    free(variety);
    if (regular)
        TRY(add_values(pandas, "axis1", 1, error));
done:
    return status;
}

static enum plotmill_status open_series(struct pandas *pandas, struct text_names *names, size_t *index,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY(text_names_add(names, "values", error));
    TRY(add_values(pandas, "values", 1, error));
    *index = pandas->block_count;
    char *variety = hdf5_read_text(pandas->group, "index_variety");
    const bool regular = variety && !strcmp(variety, "regular");
    free(variety);
    if (regular)
        TRY(add_values(pandas, "index", 1, error));
done:
    return status;
}

/* Rows first..first+count-1 of a block. */
static bool read_block(const struct block *block, uint64_t first, uint64_t count, void *out)
{
    hsize_t start[2] = {first, 0}, extent[2] = {count, block->width};
    hid_t space = H5Dget_space(block->dataset);
    const int rank = block->type < 0 ? 0 : H5Sget_simple_extent_ndims(space);
    const hsize_t values = count * (block->member < 0 ? block->width : 1);
    hid_t memory = H5Screate_simple(1, &values, NULL);
    const bool done = (rank == 1 || rank == 2) && memory >= 0 &&
                      H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, extent, NULL) >= 0 &&
                      hdf5_read(block->dataset, block->in_memory, memory, space, out) >= 0;
    hdf5_release(memory);
    hdf5_release(space);
    return done;
}

static enum plotmill_status read_failed(const struct pandas *pandas, uint64_t row, struct plotmill_error *error)
{
    return plotmill_error_set(error, PLOTMILL_IO_FAILED,
                              "%s, %s, row %" PRIu64 ": reading failed: the file is damaged, or has changed",
                              pandas->path, pandas->name, row);
}

static double to_double(const struct block *block, const char *at)
{
    double real;
    int64_t integer;
    uint64_t natural;
    memcpy(&real, at, sizeof real);
    memcpy(&integer, at, sizeof integer);
    memcpy(&natural, at, sizeof natural);
    return block->kind == ARRAY_FLOAT64 ? real : block->kind == ARRAY_UINT64 ? (double)natural : (double)integer;
}

static enum plotmill_status read_samples(void *self, uint64_t first, uint64_t count, double *out,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct pandas *pandas = self;
    const size_t values = pandas->value_count;
    hdf5_lock();
    while (count) {
        uint64_t n = count;
        for (size_t i = 0; i < values; i++)
            n = MIN(n, MAX(BLOCK_VALUES / pandas->blocks[pandas->values[i].block].width, 1));
        for (size_t i = 0; i < values; i++) {
            const struct block *block = &pandas->blocks[pandas->values[i].block];
            bool known = false; /* read for an earlier value */
            for (size_t k = 0; k < i; k++)
                known |= pandas->values[k].block == pandas->values[i].block;
            if (known)
                continue;
            if (!read_block(block, first, n, pandas->buffer))
                TRY(read_failed(pandas, first, error));
            for (size_t k = i; k < values; k++)
                for (uint64_t row = 0; pandas->values[k].block == pandas->values[i].block && row < n; row++)
                    out[row * values + k] =
                        to_double(block, pandas->buffer + (row * block->width + pandas->values[k].at) * 8);
        }
        first += n;
        out += n * values;
        count -= n;
    }
done:
    hdf5_unlock();
    return status;
}

/* Of struct array_column_list; under the lock. */
static enum plotmill_status read_column(void *self, size_t column, uint64_t first, uint64_t count, void *out,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct pandas *pandas = self;
    const struct place *place = &pandas->places[column];
    const struct block *block = &pandas->blocks[place->block];
    const uint64_t most = MAX(BLOCK_VALUES / block->width, 1);
    char *rows = NULL, *to = out;
    TRY_ALLOCATE(error, rows, MIN(most, count) * block->width, block->size);
    while (count) {
        const uint64_t n = MIN(count, most);
        if (!read_block(block, first, n, rows))
            TRY(read_failed(pandas, first, error));
        for (uint64_t i = 0; i < n; i++, to += block->size)
            memcpy(to, rows + (i * block->width + place->at) * block->size, block->size);
        first += n;
        count -= n;
    }
done:
    free(rows);
    return status;
}

static void locate(void *self, uint64_t sample, char *text, size_t size)
{
    const struct pandas *pandas = self;
    snprintf(text, size, "%s, %s, row %" PRIu64, pandas->path, pandas->name, sample);
}

static void destroy(void *self)
{
    struct pandas *pandas = self;
    hdf5_lock();
    for (size_t i = 0; i < pandas->block_count; i++) {
        hdf5_release(pandas->blocks[i].in_memory);
        hdf5_release(pandas->blocks[i].type);
        hdf5_release(pandas->blocks[i].dataset);
    }
    hdf5_release(pandas->group);
    hdf5_release(pandas->file);
    hdf5_unlock();
    array_columns_free(&pandas->columns);
    fields_free(&pandas->fields);
    free(pandas->blocks);
    free(pandas->places);
    free(pandas->list.items);
    free(pandas->values);
    free(pandas->buffer);
    free((char *)pandas->fields.path);
    free(pandas->path);
    free(pandas->name);
    free(pandas);
}

/* Columns in the order of `names`, and the index as the last one. */
static enum plotmill_status list_columns(struct pandas *pandas, const struct text_names *names, size_t index,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    size_t count = 0;
    pandas->list = (struct array_column_list){.path = pandas->fields.path, .read = read_column, .self = pandas};
    TRY_ALLOCATE(error, pandas->list.items, names->count + 1, sizeof *pandas->list.items);
    TRY_ALLOCATE(error, pandas->places, names->count + 1, sizeof *pandas->places);
    for (size_t b = 0; b < pandas->block_count; b++) {
        const struct block *block = &pandas->blocks[b];
        for (uint64_t k = 0; b != index && k < block->width; k++, count++) {
            const bool number =
                block->kind == ARRAY_FLOAT64 || block->kind == ARRAY_INT64 || block->kind == ARRAY_UINT64;
            struct array_column *item = &pandas->list.items[count];
            *item = (struct array_column){.kind = block->kind, .size = block->size, .unit = block->unit};
            snprintf(item->name, sizeof item->name, "%s", names->items[count]);
            pandas->places[count] = (struct place){b, k};
            TRY(fields_add(&pandas->fields, names->items[count], strlen(names->items[count]), number, error));
        }
    }
    pandas->list.count = count;
    if (index < pandas->block_count && pandas->blocks[index].type >= 0) {
        const struct block *block = &pandas->blocks[index];
        pandas->list.items[count] =
            (struct array_column){.name = "index", .kind = block->kind, .size = block->size, .unit = block->unit};
        pandas->places[count] = (struct place){index, 0};
        pandas->list.count++;
    }
done:
    return status;
}

/* Under the lock. */
static enum plotmill_status open_frame(struct pandas *pandas, const char *kind, size_t *time,
                                       struct source_about *about, const struct source_options *options,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct text_names names = {0};
    struct field_choice choice = {0};
    size_t index = SIZE_MAX;
    char *place = string_join(pandas->path, ": ");
    pandas->fields.path = place ? string_join(place, pandas->name) : NULL;
    free(place);
    TRY_MEMORY(error, pandas->fields.path);
    if (options && options->axes)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: axes: does not apply to a table of pandas", pandas->fields.path);
    if (!strcmp(kind, "frame_table") || !strcmp(kind, "series_table"))
        TRY(open_table(pandas, &names, &index, error));
    else if (!strcmp(kind, "frame"))
        TRY(open_fixed(pandas, &names, &index, error));
    else if (!strcmp(kind, "series"))
        TRY(open_series(pandas, &names, &index, error));
    else
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: found a %s of pandas, expected a frame or a series", pandas->fields.path,
             kind);
    if (!pandas->rows || !names.count)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: holds no samples", pandas->fields.path);
    TRY(list_columns(pandas, &names, index, error));
    TRY(fields_list(&pandas->fields, options ? options->columns : NULL, error));
    TRY(array_columns_find_time(&pandas->list, pandas->rows, options, time, error));
    if (*time < pandas->fields.count)
        pandas->fields.fields[*time].numeric = false;
    TRY(fields_choose(&pandas->fields, options, &choice, error));
    pandas->value_count = choice.count;
    TRY_ALLOCATE(error, pandas->values, choice.count, sizeof *pandas->values);
    size_t room = 1;
    for (size_t i = 0; i < choice.count; i++) {
        const struct block *block = &pandas->blocks[pandas->places[choice.at[i]].block];
        if (block->type < 0 || block->kind == ARRAY_BYTES)
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: column %s holds %s, expected numbers", pandas->fields.path,
                 field_label(&pandas->fields, choice.at[i]).text,
                 block->kind == ARRAY_BYTES ? "texts" : "Python objects or booleans");
        pandas->values[i] = pandas->places[choice.at[i]];
        room = MAX(room, MAX(BLOCK_VALUES, block->width));
    }
    TRY_ALLOCATE(error, pandas->buffer, room, 8);
    TRY(fields_describe(&pandas->fields, options, &choice, about, error));
done:
    field_choice_free(&choice);
    text_names_free(&names);
    return status;
}

char *hdf5_pandas_kind(hid_t file, const char *name)
{
    hid_t group = name && H5Lexists(file, name, H5P_DEFAULT) > 0 ? H5Oopen(file, name, H5P_DEFAULT) : -1;
    char *kind = group >= 0 && H5Iget_type(group) == H5I_GROUP ? hdf5_read_text(group, "pandas_type") : NULL;
    hdf5_release(group);
    return kind;
}

enum plotmill_status hdf5_pandas_open(struct source *source, hid_t file, const char *kind, const char *path,
                                      const char *name, const struct source_context *context,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct source_about about = {0};
    struct pandas *pandas = NULL;
    size_t time = ARRAY_NO_COLUMN;
    TRY_ALLOCATE(error, pandas, 1, sizeof *pandas);
    H5Iinc_ref(file);
    pandas->file = file;
    pandas->group = H5Gopen2(file, name, H5P_DEFAULT);
    TRY(string_keep(&pandas->path, path, error));
    TRY(string_keep(&pandas->name, name, error));
    TRY(open_frame(pandas, kind, &time, &about, context->options, error));
    pandas->ops = (struct source_ops){.read = read_samples, .locate = locate, .destroy = destroy};
    *source = (struct source){.ops = &pandas->ops,
                              .self = pandas,
                              .shape = {.samples = pandas->rows, .fields = (uint32_t)pandas->value_count},
                              .about = about};
    about = (struct source_about){0};
    TRY(array_columns_open(&pandas->columns, &pandas->list, time, context->options, context->log, source, error));
    pandas->ops.times = pandas->columns.times ? array_columns_times : NULL;
    pandas->ops.side = pandas->columns.side_count ? array_columns_side : NULL;
done:
    if (status) {
        about_free(&about);
        about_free(&source->about);
        sides_free(source->sides, source->side_count);
        *source = (struct source){0};
    }
    if (status && pandas) {
        hdf5_unlock();
        destroy(pandas);
        hdf5_lock();
    }
    return status;
}
