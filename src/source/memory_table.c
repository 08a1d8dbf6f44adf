#include "source/memory_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/array_columns.h"
#include "formats/axes.h"
#include "formats/exact.h"
#include "source/elements.h"
#include "source/source.h"

#define BLOCK 512 /* values at a time */

/* A column whose values are samples. */
struct table_value {
    const char *data;
    enum plotmill_type type;
    int64_t stride;
    char label[96]; /* in messages: "4 (close)" */
};

struct table {
    struct array_columns columns; /* first */
    struct source_ops ops;
    char *name;
    struct table_value *values; /* (value_count) */
    size_t value_count;
};

static int64_t stride_of(const struct plotmill_side *side)
{
    return side->stride ? side->stride : (int64_t)element_size(side->type);
}

static enum plotmill_status read_samples(void *self, uint64_t first, uint64_t count, double *out,
                                         struct plotmill_error *error)
{
    const struct table *table = self;
    char place[400];
    for (size_t i = 0; i < table->value_count; i++) {
        const struct table_value *value = &table->values[i];
        const char *from = value->data + (int64_t)first * value->stride;
        const uint64_t done = elements_convert(value->type, from, value->stride, count, out + i, table->value_count);
        if (done == count)
            continue;
        snprintf(place, sizeof place, "%.200s, row %" PRIu64 ", column %s", table->name, first + done, value->label);
        return exact_refuse(place, from + (int64_t)done * value->stride, value->type == PLOTMILL_INT64, error);
    }
    return PLOTMILL_OK;
}

static void locate(void *self, uint64_t sample, char *text, size_t size)
{
    const struct table *table = self;
    snprintf(text, size, "%s, row %" PRIu64, table->name, sample);
}

static void destroy(void *self)
{
    struct table *table = self;
    array_columns_free(&table->columns);
    free(table->name);
    free(table->values);
    free(table);
}

/* Values as array_column says: int64, uint64 or float64. */
static void widen(const struct plotmill_side *side, uint64_t first, uint64_t count, char *out)
{
    const int64_t stride = stride_of(side);
    const char *at = side->data;
    at += (int64_t)first * stride;
    for (uint64_t i = 0; i < count; i++, at += stride) {
        double number;
        int64_t integer = 0;
        if (side->type == PLOTMILL_INT64 || side->type == PLOTMILL_UINT64) {
            memcpy(out + 8 * i, at, 8);
            continue;
        }
        elements_convert(side->type, at, 0, 1, &number, 1); /* integers of up to 32 bits are exact */
        const bool is_float = side->type == PLOTMILL_FLOAT64 || side->type == PLOTMILL_FLOAT32;
        if (!is_float)
            integer = (int64_t)number;
        memcpy(out + 8 * i, is_float ? (const void *)&number : &integer, 8);
    }
}

/* The texts of values that are indices; "" for others, which are missing. */
static void write_texts(const struct plotmill_side *side, size_t size, uint64_t first, uint64_t count, char *out)
{
    const int64_t stride = stride_of(side);
    const char *at = side->data;
    double indices[BLOCK];
    memset(out, 0, (size_t)count * size);
    for (uint64_t n; count; count -= n, first += n) {
        n = MIN(count, BLOCK);
        const uint64_t done = elements_convert(side->type, at + (int64_t)first * stride, stride, n, indices, 1);
        n = done < n ? done + 1 : n; /* the next one is no index */
        for (uint64_t i = 0; i < n; i++, out += size)
            if (i < done && indices[i] >= 0 && indices[i] < (double)side->class_count) {
                const char *text = side->classes[(size_t)indices[i]];
                memcpy(out, text, strlen(text));
            }
    }
}

struct table_columns {
    const struct plotmill_array *array;
    struct array_column_list list;
};

static enum plotmill_status read_column(void *self, size_t column, uint64_t first, uint64_t count, void *out,
                                        struct plotmill_error *error)
{
    const struct table_columns *columns = self;
    const struct plotmill_side *side = columns->array->sides[column];
    (void)error;
    if (side->classes)
        write_texts(side, columns->list.items[column].size, first, count, out);
    else
        widen(side, first, count, out);
    return PLOTMILL_OK;
}

static enum array_column_kind kind_of(const struct plotmill_side *side)
{
    const bool natural = side->type == PLOTMILL_UINT64 || side->type == PLOTMILL_UINT32 ||
                         side->type == PLOTMILL_UINT16 || side->type == PLOTMILL_UINT8;
    return !side->data                                                        ? ARRAY_OTHER
           : side->classes                                                    ? ARRAY_BYTES
           : side->time_unit                                                  ? ARRAY_TIME
           : side->type == PLOTMILL_FLOAT64 || side->type == PLOTMILL_FLOAT32 ? ARRAY_FLOAT64
           : natural                                                          ? ARRAY_UINT64
                                                                              : ARRAY_INT64;
}

static enum plotmill_status list_columns(struct table_columns *columns, const struct field_list *fields,
                                         const char *name, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    columns->list = (struct array_column_list){.path = name, .read = read_column, .self = columns};
    TRY_ALLOCATE(error, columns->list.items, fields->count, sizeof *columns->list.items);
    for (size_t i = 0; i < fields->count; i++) {
        const struct plotmill_side *side = columns->array->sides[i];
        struct array_column *item = &columns->list.items[i];
        *item = (struct array_column){.kind = kind_of(side), .size = 8, .unit = side->time_unit};
        snprintf(item->name, sizeof item->name, "%s", fields->fields[i].name);
        if (item->kind == ARRAY_BYTES)
            item->size = 1;
        for (size_t k = 0; item->kind == ARRAY_BYTES && k < side->class_count; k++)
            item->size = MAX(item->size, strlen(side->classes[k]));
        if (item->size > ARRAY_TEXT_MOST)
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: column %s: found a text of %zu bytes, expected at most %d", name,
                 item->name, item->size, ARRAY_TEXT_MOST);
    }
    columns->list.count = fields->count;
done:
    return status;
}

static enum plotmill_status check_options(const struct memory_table *table, const struct source_options *options,
                                          struct plotmill_error *error)
{
    const char *text = options ? text_option_given(&options->text) : NULL;
    if (options && (options->axes || options->dataset || options->member))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: the option %s does not apply to a table", table->name,
                                  options->axes      ? "axes"
                                  : options->dataset ? "dataset"
                                                     : "member");
    return text ? plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: the option %s applies to text (CSV)", table->name,
                                     text)
                : PLOTMILL_OK;
}

static enum plotmill_status check_table(const struct memory_table *table, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct plotmill_array *array = table->array;
    if (strcmp(array->axes, "T") || array->shape[1] || array->shape[2])
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: data is NULL: expected the axes \"T\" of a table, whose columns are sides",
             table->name);
    if (array->times || array->groups || array->fields)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: %s: expected NULL: a table has columns alone", table->name,
             array->times    ? "times"
             : array->groups ? "groups"
                             : "fields");
    if (!array->shape[0] || array->shape[0] > (uint64_t)1 << 59)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: holds %" PRIu64 " rows, expected from 1 to 2^59", table->name,
             array->shape[0]);
    for (size_t i = 0; i < array->side_count; i++) {
        const struct plotmill_side *side = array->sides[i];
        if (side->time_unit && (side->time_unit < 0 || side->type != PLOTMILL_INT64 || side->classes))
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: column %s: time_unit %" PRId64 ": expected int64 and a unit above 0",
                 table->name, side->name, side->time_unit);
    }
done:
    return status;
}

/* Which columns a read returns. */
static enum plotmill_status take_values(struct table *table, const struct plotmill_array *array,
                                        const struct field_list *list, const struct field_choice *choice,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    table->value_count = choice->count;
    TRY_ALLOCATE(error, table->values, choice->count, sizeof *table->values);
    for (size_t i = 0; i < choice->count; i++) {
        const struct plotmill_side *side = array->sides[choice->at[i]];
        struct table_value *value = &table->values[i];
        snprintf(value->label, sizeof value->label, "%s", field_label(list, choice->at[i]).text);
        if (side->classes || side->time_unit || !side->data)
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: column %s holds %s, expected numbers", table->name, value->label,
                 side->classes ? "texts"
                 : side->data  ? "times"
                               : "no data");
        value->data = side->data;
        value->type = side->type;
        value->stride = stride_of(side);
    }
done:
    return status;
}

/* The samples where they are, if the engine can take them as they are. */
static const double *float64_in_order(const struct table *table)
{
    const struct table_value *value = table->values;
    return table->value_count == 1 && value->type == PLOTMILL_FLOAT64 && value->stride == 8 &&
                   (uintptr_t)value->data % _Alignof(double) == 0
               ? (const void *)value->data
               : NULL;
}

/* *list must be {0}; the caller frees what is in it. */
static enum plotmill_status find_columns(struct table *table, const struct plotmill_array *array,
                                         const struct source_options *options, struct table_columns *columns,
                                         struct field_list *list, size_t *time, struct source_about *about,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct array_axes axes = {-1, 0, -1};
    struct field_choice choice = {0};
    list->path = table->name;
    for (size_t i = 0; i < array->side_count; i++) {
        const struct plotmill_side *side = array->sides[i];
        TRY(fields_add(list, side->name, strlen(side->name), !side->classes && !side->time_unit, error));
    }
    TRY(fields_list(list, options ? options->columns : NULL, error));
    TRY(list_columns(columns, list, table->name, error));
    TRY(array_columns_find_time(&columns->list, array->shape[0], options, time, error));
    if (*time != ARRAY_NO_COLUMN)
        list->fields[*time].numeric = false; /* it is not meant where one field is not named */
    TRY(axes_choose_fields(list, &axes, true, options, &choice, error));
    TRY(fields_describe(list, options, &choice, about, error));
    TRY(take_values(table, array, list, &choice, error));
done:
    field_choice_free(&choice);
    return status;
}

enum plotmill_status memory_table_open(struct source *source, const struct memory_table *given,
                                       const struct source_context *context, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct array_axes axes = {-1, 0, -1};
    struct table_columns columns = {.array = given->array};
    struct source_about about = {0};
    struct field_list list = {0};
    struct table *table = NULL;
    size_t time = ARRAY_NO_COLUMN;
    TRY(check_table(given, error));
    TRY(check_options(given, context->options, error));
    TRY_ALLOCATE(error, table, 1, sizeof *table);
    TRY(string_keep(&table->name, given->name, error));
    TRY(find_columns(table, given->array, context->options, &columns, &list, &time, &about, error));
    table->ops = (struct source_ops){.read = read_samples, .locate = locate, .destroy = destroy};
    *source = (struct source){.ops = &table->ops,
                              .self = table,
                              .shape = {.samples = given->array->shape[0], .fields = (uint32_t)table->value_count},
                              .array = float64_in_order(table),
                              .about = about};
    about = (struct source_about){0};
    source->about.reading = axes_reading(&axes, time == ARRAY_NO_COLUMN ? NULL : columns.list.items[time].name, 0);
    TRY_MEMORY(error, source->about.reading);
    TRY(array_columns_open(&table->columns, &columns.list, time, context->options, context->log, source, error));
    table->ops.times = table->columns.times ? array_columns_times : NULL;
    table->ops.side = table->columns.side_count ? array_columns_side : NULL;
done:
    free(columns.list.items);
    fields_free(&list);
    if (status) {
        about_free(&about);
        about_free(&source->about);
        sides_free(source->sides, source->side_count);
        *source = (struct source){0};
    }
    if (status && table)
        destroy(table);
    return status;
}

/* Blocks of a column that are hashed at most. */
#define HASH_BLOCKS 64
#define HASH_BYTES ((size_t)1 << 20)

/* The rows of a block, one value after another. */
static void gather(const struct plotmill_side *side, uint64_t first, uint64_t count, uint8_t *out)
{
    const size_t size = element_size(side->type);
    const int64_t stride = stride_of(side);
    const char *at = side->data;
    at += (int64_t)first * stride;
    if (stride == (int64_t)size)
        memcpy(out, at, (size_t)count * size);
    else
        for (uint64_t i = 0; i < count; i++, at += stride, out += size)
            memcpy(out, at, size);
}

static uint64_t hash_column(const struct plotmill_side *side, uint64_t rows, uint8_t *block)
{
    const size_t size = element_size(side->type);
    const uint64_t rows_at_once = HASH_BYTES / size, all = (rows + rows_at_once - 1) / rows_at_once;
    const uint64_t blocks = MIN(all, HASH_BLOCKS);
    uint64_t sum = hash_image((const uint8_t *)side->name, strlen(side->name)), places = 0;
    for (uint64_t i = 0; side->data && i < blocks; i++) {
        const uint64_t first = blocks < all ? (all - 1) / (blocks - 1) * i * rows_at_once : i * rows_at_once;
        const uint64_t count = MIN(rows_at_once, rows - first);
        gather(side, first, count, block);
        sum += hash_fold(hash_image(block, (size_t)count * size), places++);
    }
    for (size_t i = 0; side->classes && i < side->class_count; i++)
        sum += hash_fold(hash_image((const uint8_t *)side->classes[i], strlen(side->classes[i])), places++);
    return hash_finish(sum, rows, (uint32_t)side->type, side->classes != NULL);
}

enum plotmill_status memory_table_hash(const struct memory_table *table, uint64_t *bytes, uint64_t *hash,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct plotmill_array *array = table->array;
    uint64_t sum = 0;
    uint8_t *block = NULL;
    *bytes = 0;
    TRY_ALLOCATE(error, block, HASH_BYTES, 1);
    for (size_t i = 0; i < array->side_count; i++) {
        const struct plotmill_side *side = array->sides[i];
        *bytes += side->data ? array->shape[0] * element_size(side->type) : 0;
        sum += hash_fold(hash_column(side, array->shape[0], block), i);
    }
    *hash = hash_finish(sum, array->side_count, 0, 0);
done:
    free(block);
    return status;
}
