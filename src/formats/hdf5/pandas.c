/* Tables that pandas' to_hdf wrote, as sources. */
#include "formats/hdf5/pandas.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/exact.h"
#include "formats/hdf5/pandas_blocks.h"

/* Values that are read at a time. */
#define BLOCK_VALUES ((uint64_t)1 << 18)

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

static double to_double(const struct block *block, const char *at, bool *exact)
{
    double real;
    int64_t integer;
    uint64_t natural;
    memcpy(&real, at, sizeof real);
    memcpy(&integer, at, sizeof integer);
    memcpy(&natural, at, sizeof natural);
    if (block->kind == ARRAY_FLOAT64)
        return real;
    *exact &= block->kind == ARRAY_UINT64 ? !uint64_is_far(natural) || uint64_is_exact(natural)
                                          : !int64_is_far(integer) || int64_is_exact(integer);
    return block->kind == ARRAY_UINT64 ? (double)natural : (double)integer;
}

static void locate(void *self, uint64_t sample, char *text, size_t size)
{
    const struct pandas *pandas = self;
    snprintf(text, size, "%s, %s, row %" PRIu64, pandas->path, pandas->name, sample);
}

/* Value `value` of n rows from `first` on, from the rows of its block in the buffer. */
static enum plotmill_status take_value(const struct pandas *pandas, size_t value, uint64_t first, uint64_t n,
                                       double *out, struct plotmill_error *error)
{
    const struct place *from = &pandas->values[value];
    const struct block *block = &pandas->blocks[from->block];
    bool exact = true;
    for (uint64_t row = 0; row < n; row++) {
        const char *at = pandas->buffer + (row * block->width + from->at) * 8;
        out[row * pandas->value_count + value] = to_double(block, at, &exact);
        if (!exact) {
            char place[800];
            locate((void *)pandas, first + row, place, 500);
            for (size_t i = 0; i < pandas->list.count; i++)
                if (pandas->places[i].block == from->block && pandas->places[i].at == from->at)
                    snprintf(place + strlen(place), 220, ", column %s", pandas->list.items[i].name);
            return exact_refuse(place, at, block->kind != ARRAY_UINT64, error);
        }
    }
    return PLOTMILL_OK;
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
            bool known = false; /* read for an earlier value */
            for (size_t k = 0; k < i; k++)
                known |= pandas->values[k].block == pandas->values[i].block;
            if (known)
                continue;
            if (!read_block(&pandas->blocks[pandas->values[i].block], first, n, pandas->buffer))
                TRY(read_failed(pandas, first, error));
            for (size_t k = i; k < values; k++)
                if (pandas->values[k].block == pandas->values[i].block)
                    TRY(take_value(pandas, k, first, n, out, error));
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
    TRY(pandas_open_blocks(pandas, kind, &names, &index, error));
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
