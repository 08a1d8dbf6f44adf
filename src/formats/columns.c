#include "formats/columns.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/strings.h"
#include "base/try.h"
#include "formats/npy.h"
#include "formats/text/time_format.h"

#define TYPES (COLUMN_UINT8 + 1)

static const char *const type_names[TYPES] = {"int64", "uint64", "float64", "uint32", "uint8"};

const char *column_type_name(enum column_type type)
{
    return type_names[type];
}

const char *column_type_descr(enum column_type type)
{
    static const char *const little[TYPES] = {"<i8", "<u8", "<f8", "<u4", "|u1"}, *const big[TYPES] = {">i8", ">u8",
                                                                                                       ">f8", ">u4",
                                                                                                       "|u1"};
    return NPY_BIG_ENDIAN ? big[type] : little[type];
}

enum plotmill_status owned_columns_add(struct owned_columns *list, const char *name, enum column_type type,
                                       uint64_t width, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *copy = NULL;
    struct image_column *items = realloc(list->items, (list->count + 1) * sizeof *items);
    TRY_MEMORY(error, items);
    list->items = items;
    TRY(string_keep(&copy, name, error));
    items[list->count++] = (struct image_column){.name = copy, .type = type, .width = width};
done:
    return status;
}

void owned_columns_take_classes(struct owned_columns *list, char **classes, size_t count)
{
    list->items[list->count - 1].classes = (const char *const *)classes;
    list->items[list->count - 1].class_count = count;
}

enum plotmill_status owned_columns_copy(struct owned_columns *list, const struct image_column *columns, size_t count,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    *list = (struct owned_columns){0};
    for (size_t i = 0; i < count; i++) {
        char **classes = NULL;
        TRY(owned_columns_add(list, columns[i].name, columns[i].type, columns[i].width, error));
        if (!columns[i].classes)
            continue;
        TRY_ALLOCATE(error, classes, columns[i].class_count, sizeof *classes);
        owned_columns_take_classes(list, classes, columns[i].class_count);
        for (size_t k = 0; k < columns[i].class_count; k++)
            TRY(string_keep(&classes[k], columns[i].classes[k], error));
    }
done:
    if (status)
        owned_columns_free(list);
    return status;
}

static void free_column(const struct image_column *column)
{
    for (size_t k = 0; column->classes && k < column->class_count; k++)
        free((char *)column->classes[k]);
    free((void *)column->classes);
    free((char *)column->name);
}

void owned_columns_keep(struct owned_columns *list, bool (*has)(const struct image_column *column))
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++)
        if (has && has(&list->items[i]))
            list->items[kept++] = list->items[i];
        else
            free_column(&list->items[i]);
    list->count = kept;
}

void owned_columns_free(struct owned_columns *list)
{
    for (size_t i = 0; i < list->count; i++)
        free_column(&list->items[i]);
    free(list->items);
    *list = (struct owned_columns){0};
}

uint64_t columns_row_bytes(const struct image_column *columns, size_t count)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += column_row_bytes(&columns[i]);
    return bytes;
}

size_t columns_find(const struct image_column *columns, size_t count, const char *name)
{
    size_t i = 0;
    while (i < count && strcmp(columns[i].name, name))
        i++;
    return i;
}

int64_t column_whole(const struct image_column *column, const void *values, uint64_t at)
{
    switch (column->type) {
    case COLUMN_INT64:
        return ((const int64_t *)values)[at];
    case COLUMN_UINT64: {
        const uint64_t value = ((const uint64_t *)values)[at];
        return value <= INT64_MAX ? (int64_t)value : INT64_MIN;
    }
    case COLUMN_UINT32:
        return ((const uint32_t *)values)[at];
    case COLUMN_UINT8:
        return ((const uint8_t *)values)[at];
    case COLUMN_FLOAT64:
        break;
    }
    return INT64_MIN;
}

static bool is_split(const struct image_column *column)
{
    return !strcmp(column->name, "split");
}

bool column_is_missing(const struct image_column *column, const void *values, uint64_t at)
{
    if (column->type == COLUMN_FLOAT64)
        return isnan(((const double *)values)[at]);
    if (is_split(column))
        return column_whole(column, values, at) > SPLIT_TEST;
    return column->type == COLUMN_INT64 && column_whole(column, values, at) == INT64_MIN;
}

const char *split_name(int split)
{
    static const char *const names[] = {"train", "val", "test"};
    return split >= SPLIT_TRAIN && split <= SPLIT_TEST ? names[split] : "none";
}

const char *column_class(const struct image_column *column, const void *values, uint64_t at)
{
    const int64_t value = column_whole(column, values, at);
    if (is_split(column))
        return split_name((int)value);
    return column->classes && value >= 0 && (uint64_t)value < column->class_count ? column->classes[value] : NULL;
}

void column_number(const struct image_column *column, const void *values, uint64_t at, char text[DECIMAL_SIZE])
{
    text[0] = 0;
    if (column->type == COLUMN_UINT64)
        snprintf(text, DECIMAL_SIZE, "%" PRIu64, ((const uint64_t *)values)[at]);
    else if (column->type == COLUMN_FLOAT64 && !column_is_missing(column, values, at))
        decimal_write(text, ((const double *)values)[at]);
    else if (column->type != COLUMN_FLOAT64 && !column_is_missing(column, values, at))
        snprintf(text, DECIMAL_SIZE, "%" PRId64, column_whole(column, values, at));
}

static bool store_whole(const struct image_column *column, int64_t value, void *values, uint64_t at)
{
    switch (column->type) {
    case COLUMN_INT64:
        ((int64_t *)values)[at] = value;
        return true;
    case COLUMN_UINT32:
        ((uint32_t *)values)[at] = (uint32_t)value;
        return value >= 0 && value <= UINT32_MAX;
    case COLUMN_UINT8:
        ((uint8_t *)values)[at] = (uint8_t)value;
        return value >= 0 && value <= UINT8_MAX;
    default:
        return false;
    }
}

static int compare_text(const void *key, const void *item)
{
    return strcmp(key, *(const char *const *)item);
}

/* Classes of labels ascend; groups stand in the order of the input. */
static int64_t find_class(const struct image_column *column, const char *text)
{
    if (column_is_label(column)) {
        const char *const *found = bsearch(text, column->classes, column->class_count, sizeof text, compare_text);
        return found ? found - column->classes : -1;
    }
    for (size_t i = 0; i < column->class_count; i++)
        if (!strcmp(text, column->classes[i]))
            return (int64_t)i;
    return -1;
}

static bool parse_number(const struct image_column *column, const char *text, void *values, uint64_t at)
{
    static const struct time_format iso = {.kind = TIME_ISO};
    char *end = NULL;
    if (column->type == COLUMN_FLOAT64) {
        const char *rest = decimal_read(text, &((double *)values)[at]);
        return rest && !*rest;
    }
    if (column->type == COLUMN_UINT64) {
        ((uint64_t *)values)[at] = strtoull(text, &end, 10);
        return !*end && *text != '-';
    }
    if (column_is_time(column))
        return column->type == COLUMN_INT64 && time_read(&iso, text, strlen(text), &((int64_t *)values)[at]);
    const int64_t value = strtoll(text, &end, 10);
    return !*end && store_whole(column, value, values, at);
}

bool column_parse(const struct image_column *column, const char *text, void *values, uint64_t at)
{
    const int64_t found = text && column->classes ? find_class(column, text) : -1;
    if (found >= 0)
        return store_whole(column, found, values, at);
    if (is_split(column)) {
        int split = SPLIT_TRAIN;
        while (text && split <= SPLIT_TEST && strcmp(text, split_name(split)))
            split++;
        const bool part = text && split <= SPLIT_TEST;
        return (part || !text || !*text || !strcmp(text, "none")) &&
               store_whole(column, part ? split : SPLIT_NONE, values, at);
    }
    if (text && *text)
        return !column->classes && parse_number(column, text, values, at);
    if (column->type != COLUMN_FLOAT64)
        return store_whole(column, INT64_MIN, values, at);
    ((double *)values)[at] = (double)NAN;
    return true;
}

void columns_write_json(struct json *json, const struct image_column *columns, size_t count, bool classes)
{
    if (!count)
        return;
    json_open(json, "columns", '[');
    for (size_t i = 0; i < count; i++) {
        const bool was_one_line = json->one_line;
        json->one_line = true;
        json_open(json, NULL, '{');
        json_string(json, "name", columns[i].name);
        json_string(json, "type", column_type_name(columns[i].type));
        json_uint(json, "width", columns[i].width);
        if (columns[i].classes && classes) {
            json_open(json, "classes", '[');
            for (size_t k = 0; k < columns[i].class_count; k++)
                json_string(json, NULL, columns[i].classes[k]);
            json_close(json, ']');
        }
        json_close(json, '}');
        json->one_line = was_one_line;
    }
    json_close(json, ']');
}

/* The element after this one in an array, or NULL. json_element counts from the start, which takes too long for the
 * names of many groups. */
static const char *next_element(const char *element)
{
    const char *at = json_value_end(element);
    at += strspn(at, " \t\r\n");
    if (*at != ',')
        return NULL;
    at++;
    return at + strspn(at, " \t\r\n");
}

static enum plotmill_status read_classes(struct owned_columns *list, const char *array, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    size_t count = 0;
    char **classes = NULL;
    for (const char *at = json_element(array, 0); at; at = next_element(at))
        count++;
    TRY_ALLOCATE(error, classes, count, sizeof *classes);
    owned_columns_take_classes(list, classes, count);
    const char *at = json_element(array, 0);
    for (size_t i = 0; i < count; i++, at = next_element(at)) {
        classes[i] = json_read_string(at);
        if (!classes[i])
            FAIL(error, PLOTMILL_BAD_INPUT, "classes of the column %s: expected texts",
                 list->items[list->count - 1].name);
    }
done:
    return status;
}

enum plotmill_status columns_read_json(struct owned_columns *list, const char *array, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *name = NULL;
    *list = (struct owned_columns){0};
    for (const char *at = json_element(array, 0); at; at = next_element(at)) {
        int type = 0;
        uint64_t width;
        free(name);
        name = json_read_string(json_member(at, "name"));
        while (type < TYPES && !json_string_is(json_member(at, "type"), type_names[type]))
            type++;
        if (!name || !*name || type == TYPES || !json_read_uint(json_member(at, "width"), &width) || !width ||
            width > INT32_MAX)
            FAIL(error, PLOTMILL_BAD_INPUT, "column \"%.80s\": expected a name, a type and a width", name ? name : "");
        TRY(owned_columns_add(list, name, (enum column_type)type, width, error));
        const char *classes = json_member(at, "classes");
        if (classes && *classes == '[')
            TRY(read_classes(list, classes, error));
    }
done:
    free(name);
    if (status)
        owned_columns_free(list);
    return status;
}

static void read_numbers(struct class_label *label, const char *classes)
{
    const char *name;
    size_t length, count = 0;
    while (json_member_at(classes, count, &name, &length))
        count++;
    label->numbers = count ? malloc(count * sizeof *label->numbers) : NULL;
    for (size_t i = 0; label->numbers && i < count; i++) {
        json_member_at(classes, i, &name, &length);
        label->numbers[label->number_count++] = strtoll(name, NULL, 10);
    }
}

bool class_label_of(struct class_label *label, const struct dataset_info *info, size_t index)
{
    const struct image_column *column = &info->columns[index];
    *label = (struct class_label){.column = index};
    if (column->classes || !column_is_label(column) || column->type == COLUMN_FLOAT64)
        return column->classes != NULL;
    read_numbers(label, json_member(json_member(info->label_counts, column_title(column)), "classes"));
    return label->number_count > 0;
}

void class_label_find(struct class_label *label, const struct dataset_info *info)
{
    for (size_t i = 0; i < info->column_count; i++)
        if (column_is_label(&info->columns[i]) && class_label_of(label, info, i))
            return;
    *label = (struct class_label){.column = info->column_count};
}

int64_t class_label_index(const struct class_label *label, const struct dataset_info *info, const void *values,
                          uint64_t at)
{
    const struct image_column *column = &info->columns[label->column];
    const int64_t value = column_whole(column, values, at);
    if (column_is_missing(column, values, at))
        return -1;
    if (column->classes)
        return value;
    for (size_t i = 0; i < label->number_count; i++)
        if (label->numbers[i] == value)
            return (int64_t)i;
    return -1;
}

void class_label_free(struct class_label *label)
{
    free(label->numbers);
    *label = (struct class_label){0};
}
