#include "source/memory_sides.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/exact.h"
#include "formats/text/classes.h"
#include "source/elements.h"
#include "source/memory_parts.h"

#define BLOCK 512 /* values at a time */
#define NO_CLASS UINT32_MAX

/* A column as the caller has it. */
struct given {
    const char *name;
    const char *data;
    enum plotmill_type type;
    int64_t stride;
    const char *const *classes; /* (class_count); NULL: numbers */
    size_t class_count;
};

static enum plotmill_status check_texts(const char *what, const char *name, const char *const *texts, size_t count,
                                        struct plotmill_error *error)
{
    if (count && !texts)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, MEMORY_NAME ": %s %s: NULL, expected %zu texts", what,
                                  name, count);
    for (size_t i = 0; i < count; i++)
        if (!texts[i])
            return plotmill_error_set(error, PLOTMILL_BAD_INPUT, MEMORY_NAME ": %s %s: text %zu is NULL", what, name,
                                      i);
    return PLOTMILL_OK;
}

enum plotmill_status memory_sides_check(const struct plotmill_array *array, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY(check_texts("group_names", "", array->group_names, array->group_count, error));
    if (array->group_names && !array->groups)
        FAIL(error, PLOTMILL_BAD_INPUT, MEMORY_NAME ": group_names: there are no groups, expected NULL");
    if (array->side_count && !array->sides)
        FAIL(error, PLOTMILL_BAD_INPUT, MEMORY_NAME ": sides is NULL, expected %zu sides", array->side_count);
    for (size_t i = 0; i < array->side_count; i++) {
        const struct plotmill_side *side = array->sides[i];
        if (!side || !side->name || (!side->data && array->data))
            FAIL(error, PLOTMILL_BAD_INPUT, MEMORY_NAME ": sides[%zu]: %s is NULL, expected a value", i,
                 !side         ? "it"
                 : !side->name ? "name"
                               : "data");
        if (!element_size(side->type))
            FAIL(error, PLOTMILL_BAD_INPUT, MEMORY_NAME ": side %s: type %d, expected an enum plotmill_type",
                 side->name, (int)side->type);
        TRY(check_texts("side", side->name, side->classes, side->class_count, error));
        if (side->time_unit && array->data)
            FAIL(error, PLOTMILL_BAD_INPUT, MEMORY_NAME ": side %s: time_unit is of tables, expected 0", side->name);
    }
done:
    return status;
}

/* Finds a column among fields and sides by the rules of fields. */
static enum plotmill_status find(struct given *given, const struct plotmill_array *array,
                                 const struct memory_rows *rows, const struct side_request *request,
                                 struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const char *name = request->name;
    struct field_list list = {.path = MEMORY_NAME};
    const size_t fields = rows->sequences ? 0 : rows->fields->count;
    size_t at;
    for (size_t i = 0; i < fields; i++)
        TRY(fields_add(&list, rows->fields->fields[i].name, strlen(rows->fields->fields[i].name), true, error));
    for (size_t i = 0; i < array->side_count; i++)
        TRY(fields_add(&list, array->sides[i]->name, strlen(array->sides[i]->name), true, error));
    if (!list.count)
        FAIL(error, PLOTMILL_BAD_INPUT,
             MEMORY_NAME ": column %s: the array has no column with a value for each sequence: expected one of sides",
             text_quote(name, strlen(name)).text);
    TRY(fields_find(&list, request->option, name, &at, error));
    if (at < fields) {
        *given = (struct given){
            name, (const char *)array->data + (int64_t)at * rows->field_stride, array->type, rows->row_stride, NULL, 0};
    } else {
        const struct plotmill_side *side = array->sides[at - fields];
        *given = (struct given){side->name,   side->data,    side->type,
                                side->stride, side->classes, side->classes ? side->class_count : 0};
        if (!given->stride)
            given->stride = element_size(side->type);
    }
done:
    fields_free(&list);
    return status;
}

/* Values first..first+count-1. NaN: missing. */
static enum plotmill_status read_numbers(const struct given *given, uint64_t first, uint64_t count, double *out,
                                         struct plotmill_error *error)
{
    const char *from = given->data + (int64_t)first * given->stride;
    const uint64_t done = elements_convert(given->type, from, given->stride, count, out, 1);
    if (done < count) {
        char place[300];
        snprintf(place, sizeof place, MEMORY_NAME ", row %" PRIu64 ": column %.200s", first + done, given->name);
        return exact_refuse(place, from + (int64_t)done * given->stride, given->type == PLOTMILL_INT64, error);
    }
    for (uint64_t i = 0; i < count && given->type == PLOTMILL_INT64; i++)
        if (out[i] == (double)INT64_MIN)
            out[i] = NAN;
    return PLOTMILL_OK;
}

/* The text of a number; "": missing. */
static void write_number(const struct given *given, uint64_t row, char text[DECIMAL_SIZE])
{
    const char *at = given->data + (int64_t)row * given->stride;
    double number;
    int64_t integer;
    uint64_t natural;
    *text = 0;
    memcpy(&integer, at, given->type == PLOTMILL_INT64 ? sizeof integer : 1);
    memcpy(&natural, at, given->type == PLOTMILL_UINT64 ? sizeof natural : 1);
    if (given->type == PLOTMILL_INT64 && integer != INT64_MIN) {
        snprintf(text, DECIMAL_SIZE, "%" PRId64, integer);
    } else if (given->type == PLOTMILL_UINT64) {
        snprintf(text, DECIMAL_SIZE, "%" PRIu64, natural);
    } else if (given->type != PLOTMILL_INT64) {
        elements_convert(given->type, at, 0, 1, &number, 1);
        if (isfinite(number))
            decimal_write(text, number);
    }
}

/* The class of each value as a number in the order in which they came. */
struct classing {
    const struct given *given;
    struct classes classes;
    uint32_t *numbers; /* of the caller's classes; NO_CLASS: not come yet; NULL: there are none */
};

static enum plotmill_status class_of(struct classing *classing, uint64_t row, double *number,
                                     struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct given *given = classing->given;
    char text[DECIMAL_SIZE];
    const char *class = text;
    uint32_t own, *known = &own;
    *number = NAN;
    if (classing->numbers) {
        double index;
        TRY(read_numbers(given, row, 1, &index, error));
        if (!(index >= 0 && index < (double)given->class_count && index == floor(index)))
            return PLOTMILL_OK;
        class = given->classes[(size_t)index];
        known = &classing->numbers[(size_t)index];
    } else {
        own = NO_CLASS;
        write_number(given, row, text);
    }
    if (!*class)
        return PLOTMILL_OK;
    if (*known == NO_CLASS)
        TRY(classes_add(&classing->classes, class, strlen(class), known, error));
    *number = *known;
done:
    return status;
}

/* Texts: classes in ascending order, values their indices. */
static enum plotmill_status read_classes(const struct given *given, const struct memory_rows *rows,
                                         struct side_column *side, double *values, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct classing classing = {.given = given};
    uint32_t *ranks = NULL;
    double number = NAN;
    if (given->classes)
        TRY_ALLOCATE(error, classing.numbers, given->class_count, sizeof *classing.numbers);
    for (size_t i = 0; i < given->class_count; i++)
        classing.numbers[i] = NO_CLASS;
    const size_t size = element_size(given->type);
    const char *at = given->data, *last = NULL;
    for (uint64_t i = 0; i < rows->count; i++, at += given->stride) {
        values[i] = NAN;
        if (rows->used && !rows->used[i])
            continue;
        if (last && !memcmp(last, at, size))
            values[i] = number;
        else
            TRY(class_of(&classing, i, &values[i], error));
        number = values[i];
        last = at;
    }
    TRY(classes_sort(&classing.classes, &side->classes, &ranks, error));
    side->class_count = classing.classes.count;
    for (uint64_t i = 0; i < rows->count; i++)
        if (values[i] >= 0)
            values[i] = ranks[(size_t)values[i]];
done:
    classes_free(&classing.classes);
    free(classing.numbers);
    free(ranks);
    return status;
}

static enum plotmill_status read_side(const struct given *given, const struct memory_rows *rows, bool text,
                                      struct side_column *side, double *values, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (given->classes || text)
        return read_classes(given, rows, side, values, error);
    side->whole = true;
    for (uint64_t first = 0; first < rows->count; first += BLOCK) {
        const uint64_t left = rows->count - first, n = MIN(left, BLOCK);
        TRY(read_numbers(given, first, n, values + first, error));
        for (uint64_t i = first; i < first + n; i++)
            side->whole &= (rows->used && !rows->used[i]) || isnan(values[i]) ||
                           (values[i] == floor(values[i]) && fabs(values[i]) < 9007199254740992.0);
    }
done:
    return status;
}

enum plotmill_status memory_sides_open(struct memory_sides *sides, struct source *source,
                                       const struct plotmill_array *array, const struct memory_rows *rows,
                                       const struct source_options *options, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const size_t count = options ? options->side_count : 0;
    if (!count)
        return PLOTMILL_OK;
    TRY_ALLOCATE(error, source->sides, count, sizeof *source->sides);
    TRY_ALLOCATE(error, sides->values, count, sizeof *sides->values);
    for (size_t i = 0; i < count; i++) {
        const struct side_request *request = &options->sides[i];
        struct side_column *side = &source->sides[i];
        struct given given = {MEMORY_GROUPS,         (const char *)array->groups, PLOTMILL_UINT32,
                              sizeof *array->groups, array->group_names,          array->group_count};
        const bool groups = array->groups && i + 1 == count;
        source->side_count = sides->count = i + 1;
        TRY(string_keep(&side->name, request->name, error));
        TRY_ALLOCATE(error, sides->values[i], rows->count, sizeof *sides->values[i]);
        if (!groups)
            TRY(find(&given, array, rows, request, error));
        side->unnamed = groups && !array->group_names;
        struct memory_rows own = *rows;
        own.used = request->text ? NULL : rows->used; /* every row has a group */
        TRY(read_side(&given, &own, request->text, side, sides->values[i], error));
    }
done:
    return status;
}

void memory_sides_free(struct memory_sides *sides)
{
    for (size_t i = 0; sides->values && i < sides->count; i++)
        free(sides->values[i]);
    free(sides->values);
    *sides = (struct memory_sides){0};
}
