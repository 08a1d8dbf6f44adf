#include "formats/array_columns.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/exact.h"
#include "formats/fields.h"
#include "formats/text/number.h"
#include "formats/text/time_format.h"

#define BLOCK_BYTES ((size_t)256 << 10)

/* More different texts are no classes. */
#define CLASSES_MOST 65536
#define CLASS_BYTES (ARRAY_TEXT_MOST + 1)

/* pandas writes the times of a frame as its index. */
static bool is_time_name(const char *name)
{
    return time_is_name(name) || string_same(name, "index");
}

/* By exactly that name, else in any letter case, else a number from 0. */
static size_t find_column(const struct array_column_list *list, const char *name)
{
    uint64_t number;
    for (int any = 0; any < 2; any++)
        for (size_t i = 0; i < list->count; i++)
            if (*name && (any ? string_same(list->items[i].name, name) : !strcmp(list->items[i].name, name)))
                return i;
    return index_parse(name, &number) && number < list->count ? (size_t)number : ARRAY_NO_COLUMN;
}

static enum plotmill_status refuse_unknown(const struct array_column_list *list, const char *option, const char *name,
                                           struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct field_list fields = {.path = list->path};
    for (size_t i = 0; i < list->count; i++)
        TRY(fields_add(&fields, list->items[i].name, strlen(list->items[i].name), true, error));
    TRY(fields_refuse_unknown(&fields, option, name, error));
done:
    fields_free(&fields);
    return status;
}

/* ns of the unit that a time since 1970 of this size has: later than 1973, earlier than 5138; 0: none. */
static int64_t unit_of(double value)
{
    const double size = fabs(value);
    return size < 1e8 || size >= 9.2e18 ? 0 : size < 1e11 ? 1000000000 : size < 1e14 ? 1000000 : size < 1e17 ? 1000 : 1;
}

static double number_at(const struct array_column *column, const void *values, uint64_t i)
{
    const char *at = (const char *)values + i * 8;
    int64_t integer;
    uint64_t natural;
    double real;
    memcpy(&integer, at, sizeof integer);
    memcpy(&natural, at, sizeof natural);
    memcpy(&real, at, sizeof real);
    return column->kind == ARRAY_UINT64 ? (double)natural : column->kind == ARRAY_FLOAT64 ? real : (double)integer;
}

/* Whether it is the integer that is stored. */
static bool is_exact(const struct array_column *column, const void *values, uint64_t i)
{
    const char *at = (const char *)values + i * 8;
    int64_t integer;
    uint64_t natural;
    memcpy(&integer, at, sizeof integer);
    memcpy(&natural, at, sizeof natural);
    return column->kind == ARRAY_FLOAT64 ||
           (column->kind == ARRAY_UINT64 ? uint64_is_exact(natural) : int64_is_exact(integer));
}

/* NaN: missing, which of integers and times is INT64_MIN. */
static double label_at(const struct array_column *column, const void *values, uint64_t i)
{
    const double number = number_at(column, values, i);
    return column->kind != ARRAY_UINT64 && column->kind != ARRAY_FLOAT64 && number == (double)INT64_MIN ? NAN : number;
}

bool array_column_is_number(const struct array_column *column)
{
    return column->kind == ARRAY_INT64 || column->kind == ARRAY_UINT64 || column->kind == ARRAY_FLOAT64;
}

/* Whether the first and the last value are times since 1970 in one unit. */
static enum plotmill_status looks_dated(const struct array_column_list *list, size_t column, uint64_t samples,
                                        bool *dated, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    double ends[2];
    TRY(list->read(list->self, column, 0, 1, &ends[0], error));
    TRY(list->read(list->self, column, samples - 1, 1, &ends[1], error));
    const int64_t unit = unit_of(number_at(&list->items[column], ends, 0));
    *dated = unit && unit == unit_of(number_at(&list->items[column], ends, 1));
done:
    return status;
}

bool array_columns_are_asked(const struct source_options *options)
{
    return options && (options->side_count || (options->text.time && strcmp(options->text.time, "none")));
}

enum plotmill_status array_columns_find_time(const struct array_column_list *list, uint64_t samples,
                                             const struct source_options *options, size_t *column,
                                             struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const char *said = options ? options->text.time : NULL;
    size_t dates = 0;
    *column = ARRAY_NO_COLUMN;
    if (said && !strcmp(said, "none"))
        return PLOTMILL_OK;
    if (said) {
        *column = find_column(list, said);
        if (*column == ARRAY_NO_COLUMN)
            TRY(refuse_unknown(list, "time", said, error));
        if (list->items[*column].of_sequences)
            FAIL(error, PLOTMILL_BAD_INPUT,
                 "%s: time: column %s has a value for each sequence: expected one for each sample", list->path, said);
        if (!array_column_is_number(&list->items[*column]) && list->items[*column].kind != ARRAY_TIME)
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: time: column %s holds no numbers and no times", list->path, said);
        goto done;
    }
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].kind == ARRAY_TIME && !list->items[i].of_sequences &&
            (!dates++ || is_time_name(list->items[i].name)))
            *column = i;
    if (dates == 1 || (dates && is_time_name(list->items[*column].name)))
        goto done;
    *column = ARRAY_NO_COLUMN;
    for (size_t i = 0; i < list->count && !dates && samples; i++) {
        bool dated = false;
        if (array_column_is_number(&list->items[i]) && !list->items[i].of_sequences &&
            is_time_name(list->items[i].name))
            TRY(looks_dated(list, i, samples, &dated, error));
        if (dated) {
            *column = i;
            break;
        }
    }
done:
    return status;
}

/* ns of the unit that the option time-format says; 0: it does not. */
static enum plotmill_status read_unit(const char *said, int64_t *unit, struct plotmill_error *error)
{
    static const char *const names[] = {"s", "ms", "us", "ns"};
    static const int64_t units[] = {1000000000, 1000000, 1000, 1};
    *unit = 0;
    for (int i = 0; said && i < 4; i++)
        if (!strcmp(said, names[i]))
            *unit = units[i];
    return !said || *unit ? PLOTMILL_OK
                          : plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                               "time-format: found \"%s\", expected s, ms, us or ns for the numbers of "
                                               "an array",
                                               text_quote(said, strlen(said)).text);
}

/* Turns a number into ns. Numbers that are no times since 1970 are counters: they only say an order. */
static int64_t to_ns(const struct array_column *column, const void *value, int64_t unit)
{
    int64_t integer;
    memcpy(&integer, value, sizeof integer);
    const double number = number_at(column, value, 0);
    const double ns = column->kind == ARRAY_FLOAT64 ? round(number * (double)unit) : number * (double)unit;
    if (!(fabs(ns) < 9.2e18) || ((column->kind == ARRAY_INT64 || column->kind == ARRAY_TIME) && integer == INT64_MIN))
        return SOURCE_NO_TIME;
    return column->kind == ARRAY_FLOAT64 ? (int64_t)ns : integer * unit;
}

/* The unit of all values of a column of numbers, by their sizes; of counters the longest in which they fit. */
static enum plotmill_status unit_of_column(const struct array_column_list *list, size_t column, uint64_t samples,
                                           int64_t *unit, bool *dated, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct array_column *item = &list->items[column];
    double first, last;
    TRY(looks_dated(list, column, samples, dated, error));
    TRY(list->read(list->self, column, 0, 1, &first, error));
    TRY(list->read(list->self, column, samples - 1, 1, &last, error));
    const double size = fmax(fabs(number_at(item, &first, 0)), fabs(number_at(item, &last, 0)));
    *unit = *dated ? unit_of(number_at(item, &first, 0)) : 1000000000;
    while (!*dated && *unit > 1 && size * (double)*unit >= 9.2e18)
        *unit /= 1000;
done:
    return status;
}

static void add_time(struct source_about *about, int64_t time)
{
    if (time == SOURCE_NO_TIME)
        return;
    about->first_time = MIN(about->first_time, time);
    about->last_time = MAX(about->last_time, time);
}

static enum plotmill_status read_times(struct array_columns *columns, const struct array_column_list *list,
                                       size_t column, const struct source_options *options, const struct log *log,
                                       struct source *source, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct array_column *item = &list->items[column];
    const uint64_t samples = source->shape.samples, length = source->shape.row_length;
    const uint64_t count = length ? 2 * (samples / length) : samples;
    int64_t unit = item->unit;
    bool dated = true;
    if (item->kind == ARRAY_TIME && options && options->text.time_format)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: time-format applies to numbers: the times of field %s have a unit",
             list->path, item->name);
    if (item->kind != ARRAY_TIME)
        TRY(read_unit(options ? options->text.time_format : NULL, &unit, error));
    if (!unit)
        TRY(unit_of_column(list, column, samples, &unit, &dated, error));
    columns->width = length ? 2 : 1;
    TRY_ALLOCATE(error, columns->times, count, sizeof *columns->times);
    if (!length)
        TRY(list->read(list->self, column, 0, count, columns->times, error));
    for (uint64_t i = 0; length && i < count; i++)
        TRY(list->read(list->self, column, i / 2 * length + (i % 2 ? length - 1 : 0), 1, &columns->times[i], error));
    struct source_about *about = &source->about;
    about->has_times = dated;
    about->first_time = INT64_MAX;
    about->last_time = INT64_MIN;
    for (uint64_t i = 0; i < count; i++) {
        columns->times[i] = to_ns(item, &columns->times[i], unit);
        add_time(about, columns->times[i]);
    }
    about->has_times &= about->first_time <= about->last_time;
    log_line(log, PLOTMILL_LOG_INFO, "%s: times are those of the field %s%s", list->path, item->name,
             dated ? "" : ", which are no dates: they only give an order");
done:
    return status;
}

void array_column_text(const struct array_column *column, const void *value, char *text)
{
    const unsigned char *bytes = value;
    size_t used = 0;
    int64_t integer;
    *text = 0;
    if (column->kind == ARRAY_BYTES)
        snprintf(text, CLASS_BYTES, "%.*s", (int)MIN(column->size, CLASS_BYTES - 1), (const char *)value);
    else if (column->kind == ARRAY_UCS4)
        for (size_t i = 0; i + 4 <= column->size && used + 5 < CLASS_BYTES; i += 4) {
            uint32_t c;
            memcpy(&c, bytes + i, sizeof c);
            if (!c)
                break;
            if (c >= 0x10000)
                used +=
                    (size_t)snprintf(text + used, 5, "%c%c%c%c", (int)(0xF0 | (c >> 18 & 7)),
                                     (int)(0x80 | (c >> 12 & 63)), (int)(0x80 | (c >> 6 & 63)), (int)(0x80 | (c & 63)));
            else if (c >= 0x800)
                used += (size_t)snprintf(text + used, 5, "%c%c%c", (int)(0xE0 | c >> 12), (int)(0x80 | (c >> 6 & 63)),
                                         (int)(0x80 | (c & 63)));
            else if (c >= 0x80)
                used += (size_t)snprintf(text + used, 5, "%c%c", (int)(0xC0 | c >> 6), (int)(0x80 | (c & 63)));
            else
                used += (size_t)snprintf(text + used, 5, "%c", (int)c);
        }
    else if (column->kind == ARRAY_FLOAT64) {
        const double number = number_at(column, value, 0);
        if (isfinite(number))
            decimal_write(text, number);
    } else if (column->kind == ARRAY_UINT64) {
        uint64_t natural;
        memcpy(&natural, value, sizeof natural);
        snprintf(text, CLASS_BYTES, "%" PRIu64, natural);
    } else {
        memcpy(&integer, value, sizeof integer);
        if (integer != INT64_MIN)
            snprintf(text, CLASS_BYTES, "%" PRId64, integer);
    }
}

/* Where a text is among the classes, or belongs. */
static size_t class_place(const struct side_column *side, const char *text, bool *found)
{
    size_t low = 0, high = side->class_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(side->classes[middle], text) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = low < side->class_count && !strcmp(side->classes[low], text);
    return low;
}

static enum plotmill_status add_class(struct side_column *side, size_t at, const char *text,
                                      const struct array_column_list *list, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const size_t count = side->class_count;
    char *copy = NULL;
    if (count == CLASSES_MOST)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: column %s has more than %d different texts, which are no classes",
             list->path, side->name, CLASSES_MOST);
    TRY(string_keep(&copy, text, error));
    memmove(side->classes + at + 1, side->classes + at, (count - at) * sizeof *side->classes);
    side->classes[at] = copy;
    side->class_count++;
done:
    return status;
}

static enum plotmill_status refuse_label(const struct array_column_list *list, const struct side_column *side,
                                         uint64_t row, const struct array_column *column, const void *at,
                                         struct plotmill_error *error)
{
    char place[800];
    snprintf(place, sizeof place, "%.500s, row %" PRIu64 ", column %.200s", list->path, row, side->name);
    return exact_refuse(place, at, column->kind != ARRAY_UINT64, error);
}

/* One pass over a column: finds its classes, or writes its values to `out`. */
static enum plotmill_status pass(const struct array_column_list *list, size_t column, uint64_t count,
                                 struct side_column *side, double *out, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct array_column *item = &list->items[column];
    const uint64_t block = MAX(BLOCK_BYTES / MAX(item->size, 1), 1);
    char text[CLASS_BYTES], *values = NULL;
    bool found;
    TRY_ALLOCATE(error, values, block, MAX(item->size, 8));
    for (uint64_t first = 0, n; first < count; first += n) {
        n = MIN(count - first, block);
        TRY(list->read(list->self, column, first, n, values, error));
        for (uint64_t i = 0; i < n; i++) {
            if (!side->classes) {
                const double number = out[first + i] = label_at(item, values, i);
                if (!is_exact(item, values, i))
                    TRY(refuse_label(list, side, first + i, item, values + 8 * i, error));
                side->whole &= isnan(number) || (number == floor(number) && fabs(number) < 9007199254740992.0);
                continue;
            }
            array_column_text(item, values + i * item->size, text);
            const size_t at = class_place(side, text, &found);
            if (out)
                out[first + i] = *text ? (double)at : NAN;
            else if (!found && *text)
                TRY(add_class(side, at, text, list, error));
        }
    }
done:
    free(values);
    return status;
}

static enum plotmill_status read_side(const struct array_column_list *list, const struct side_request *request,
                                      const struct source_shape *shape, struct side_column *side, double **out,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const size_t column = find_column(list, request->name);
    if (column == ARRAY_NO_COLUMN)
        TRY(refuse_unknown(list, request->option, request->name, error));
    const struct array_column *item = &list->items[column];
    const uint64_t count = shape->row_length ? shape->samples / shape->row_length : shape->samples;
    if (item->kind == ARRAY_OTHER)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: column %s holds neither numbers nor texts", list->path, request->name);
    if (shape->row_length && !item->of_sequences)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: column %s has a value for each sample: expected one for each sequence",
             list->path, request->name);
    TRY(string_keep(&side->name, *item->name ? item->name : request->name, error));
    side->whole = true;
    if (request->text || !(array_column_is_number(item) || item->kind == ARRAY_TIME))
        TRY_ALLOCATE(error, side->classes, CLASSES_MOST, sizeof *side->classes);
    TRY_ALLOCATE(error, *out, count, sizeof **out);
    if (side->classes)
        TRY(pass(list, column, count, side, NULL, error));
    TRY(pass(list, column, count, side, *out, error));
done:
    return status;
}

enum plotmill_status array_columns_open(struct array_columns *columns, const struct array_column_list *list,
                                        size_t column, const struct source_options *options, const struct log *log,
                                        struct source *source, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const size_t count = options ? options->side_count : 0;
    if (column != ARRAY_NO_COLUMN)
        TRY(read_times(columns, list, column, options, log, source, error));
    TRY(array_columns_watch(columns, list, column, options, source, error));
    if (!count || !list->count)
        return PLOTMILL_OK;
    TRY_ALLOCATE(error, source->sides, count, sizeof *source->sides);
    TRY_ALLOCATE(error, columns->sides, count, sizeof *columns->sides);
    for (size_t i = 0; i < count; i++) {
        source->side_count = columns->side_count = i + 1;
        TRY(read_side(list, &options->sides[i], &source->shape, &source->sides[i], &columns->sides[i], error));
    }
done:
    return status;
}

void array_columns_free(struct array_columns *columns)
{
    for (size_t i = 0; i < columns->side_count; i++)
        free(columns->sides[i]);
    free(columns->sides);
    free(columns->times);
    *columns = (struct array_columns){0};
}

enum plotmill_status array_columns_side(void *self, size_t column, uint64_t first, uint64_t count, double *out,
                                        struct plotmill_error *error)
{
    const struct array_columns *columns = self;
    (void)error;
    memcpy(out, columns->sides[column] + first, (size_t)count * sizeof *out);
    return PLOTMILL_OK;
}

enum plotmill_status array_columns_times(void *self, uint64_t first, uint64_t count, int64_t *out,
                                         struct plotmill_error *error)
{
    const struct array_columns *columns = self;
    (void)error;
    memcpy(out, columns->times + first * columns->width, (size_t)(count * columns->width) * sizeof *out);
    return PLOTMILL_OK;
}
