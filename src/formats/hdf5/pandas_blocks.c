/* How pandas' to_hdf lays out tables: in the format `fixed` columns of one type are a data set (block0_values, ...), in
 * the format `table` a member of records. */
#include "formats/hdf5/pandas_blocks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "base/try.h"

#define NAMES_MOST 100000

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

void text_names_free(struct text_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
}

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

enum plotmill_status pandas_open_blocks(struct pandas *pandas, const char *kind, struct text_names *names,
                                        size_t *index, struct plotmill_error *error)
{
    if (!strcmp(kind, "frame_table") || !strcmp(kind, "series_table"))
        return open_table(pandas, names, index, error);
    if (!strcmp(kind, "frame"))
        return open_fixed(pandas, names, index, error);
    if (!strcmp(kind, "series"))
        return open_series(pandas, names, index, error);
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: found a %s of pandas, expected a frame or a series",
                              pandas->fields.path, kind);
}
