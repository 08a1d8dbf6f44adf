/* Columns of values beside images (struct image_column): owned descriptions, also as JSON, and values as text. */
#ifndef FORMATS_COLUMNS_H
#define FORMATS_COLUMNS_H

#include <stdbool.h>
#include <string.h>

#include "base/json.h"
#include "base/numbers.h"
#include "chart/images.h"

#define COLUMN_LABELS "labels/"

/* Descriptions whose texts belong to the list. Starts as {0}. */
struct owned_columns {
    struct image_column *items;
    size_t count;
};

/* Adds a column without classes. */
enum plotmill_status owned_columns_add(struct owned_columns *list, const char *name, enum column_type type,
                                       uint64_t width, struct plotmill_error *error);

/* The last column takes `classes` (count) and its texts over, which come from malloc. */
void owned_columns_take_classes(struct owned_columns *list, char **classes, size_t count);
enum plotmill_status owned_columns_copy(struct owned_columns *list, const struct image_column *columns, size_t count,
                                        struct plotmill_error *error);
/* Removes the columns that `has` is not true of; NULL: all. */
void owned_columns_keep(struct owned_columns *list, bool (*has)(const struct image_column *column));
void owned_columns_free(struct owned_columns *list);

/* "int64", "uint64", "float64", "uint32", "uint8"; and NumPy's descr of it, in this machine's byte order. */
const char *column_type_name(enum column_type type);
const char *column_type_descr(enum column_type type);

static inline size_t column_row_bytes(const struct image_column *column)
{
    return (size_t)column->width * column_value_bytes(column->type);
}

/* Bytes per image in all columns. */
uint64_t columns_row_bytes(const struct image_column *columns, size_t count);

/* The index of the column of that name; `count`: there is none. */
size_t columns_find(const struct image_column *columns, size_t count, const char *name);

static inline bool column_is_label(const struct image_column *column)
{
    return !strncmp(column->name, COLUMN_LABELS, strlen(COLUMN_LABELS));
}

/* Its name without "labels/". */
static inline const char *column_title(const struct image_column *column)
{
    return column_is_label(column) ? column->name + strlen(COLUMN_LABELS) : column->name;
}

/* Value `at` of an array of the column's type as a whole number; INT64_MIN: missing, or not whole. */
int64_t column_whole(const struct image_column *column, const void *values, uint64_t at);
bool column_is_missing(const struct image_column *column, const void *values, uint64_t at);

/* The name of the class, the group or the part of the split; NULL: it has none. */
const char *column_class(const struct image_column *column, const void *values, uint64_t at);

/* As a number; "": missing. */
void column_number(const struct image_column *column, const void *values, uint64_t at, char text[DECIMAL_SIZE]);

/* ns since 1970 UTC; texts of it are ISO. */
static inline bool column_is_time(const struct image_column *column)
{
    return !strcmp(column->name, "timestamps");
}

/* The inverse of column_class, or where there are no classes of column_number and time_write. NULL, and "" where it is
 * no class: missing. false: no such value. */
bool column_parse(const struct image_column *column, const char *text, void *values, uint64_t at);

/* "train", "val", "test"; "none" for all others. */
const char *split_name(int split);

/* A member "columns": name, type, width, and classes. */
void columns_write_json(struct json *json, const struct image_column *columns, size_t count, bool classes);
/* Its inverse, of the array; invalid columns are an error, NULL is none. */
enum plotmill_status columns_read_json(struct owned_columns *list, const char *array, struct plotmill_error *error);

/* The label that classes are made of: the first one with classes or of whole numbers. `counts`: JSON as in
 * dataset_info.label_counts. *column is its index; column_count: there is none. *numbers: (*number_count) of labels
 * without classes, ascending, freed by the caller. */
struct class_label {
    size_t column;
    int64_t *numbers;
    size_t number_count;
};
void class_label_find(struct class_label *label, const struct dataset_info *info);
/* The same for one column; false: its values are no classes. */
bool class_label_of(struct class_label *label, const struct dataset_info *info, size_t column);
/* The index of a value's class; -1: missing. */
int64_t class_label_index(const struct class_label *label, const struct dataset_info *info, const void *values,
                          uint64_t at);
void class_label_free(struct class_label *label);

#endif
