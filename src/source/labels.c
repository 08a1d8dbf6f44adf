/* Labels: what the options ask for, and their values. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "source/window_parts.h"

static enum plotmill_status wrong(const char *label, const char *expected, struct plotmill_error *error)
{
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "label: found \"%s\", expected %s",
                              text_quote(label, strlen(label)).text, expected);
}

/* A whole number of rows, up to the end of the text or a colon. Returns its end; NULL: it is none. */
static const char *read_rows(const char *text, uint64_t *rows)
{
    const uint64_t most = UINT64_C(1) << 60;
    const char *at = text;
    *rows = 0;
    for (; *at >= '0' && *at <= '9' && *rows <= most / 10; at++)
        *rows = *rows * 10 + (uint64_t)(*at - '0');
    return at == text || (*at && *at != ':') ? NULL : at;
}

/* "return:H" or "direction:H[:T]", of which `text` is what follows the first colon. */
static enum plotmill_status parse_return(struct label *label, const char *whole, const char *text,
                                         struct plotmill_error *error)
{
    const bool direction = label->kind == LABEL_DIRECTION;
    const char *expected = direction
                               ? "direction:H or direction:H:T, H a number of rows from 1 on, T a number from 0 on"
                               : "return:H, H a number of rows from 1 on";
    const char *end = read_rows(text, &label->horizon);
    if (!end || !label->horizon || (*end && !direction))
        return wrong(whole, expected, error);
    if (*end) {
        const char *last = decimal_read(end + 1, &label->threshold);
        if (!last || *last || !(label->threshold >= 0) || !isfinite(label->threshold))
            return wrong(whole, expected, error);
    }
    return PLOTMILL_OK;
}

/* "COLUMN" or "COLUMN:H". A colon that no number follows belongs to the column's name. */
static enum plotmill_status parse_column(struct label *label, const char *text, struct plotmill_error *error)
{
    const char *colon = strrchr(text, ':');
    const char *end = colon && colon > text ? read_rows(colon + 1, &label->horizon) : NULL;
    if (!end)
        label->horizon = 0;
    label->kind = LABEL_COLUMN;
    label->column = end ? string_start(text, (size_t)(colon - text)) : string_copy(text);
    return label->column ? PLOTMILL_OK : plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
}

static enum plotmill_status parse_label(struct label *label, const char *text, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const char *equals = strchr(text, '='), *what = equals ? equals + 1 : text;
    if (!*what || equals == text)
        TRY(wrong(text, "return:H, direction:H, direction:H:T, COLUMN or COLUMN:H, or NAME= before one of these",
                  error));
    label->name = equals ? string_start(text, (size_t)(equals - text)) : string_copy(text);
    TRY_MEMORY(error, label->name);
    if (strchr(label->name, '/') || !strcmp(label->name, ".") || !strcmp(label->name, ".."))
        TRY(wrong(label->name, "a name without slashes, with NAME= before the label", error));
    if (!strncmp(what, "return:", 7)) {
        label->kind = LABEL_RETURN;
        TRY(parse_return(label, text, what + 7, error));
    } else if (!strncmp(what, "direction:", 10)) {
        label->kind = LABEL_DIRECTION;
        TRY(parse_return(label, text, what + 10, error));
    } else if (!strcmp(what, "return") || !strcmp(what, "direction")) {
        TRY(wrong(text, "a number of rows after it, as in return:5", error));
    } else {
        TRY(parse_column(label, what, error));
    }
done:
    return status;
}

enum plotmill_status labels_parse(struct label_list *labels, const char *text, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *copy = NULL;
    size_t count = 1;
    if (!text)
        return PLOTMILL_OK;
    for (const char *p = text; *p; p++)
        count += *p == ',';
    TRY(string_keep(&copy, text, error));
    TRY_ALLOCATE(error, labels->items, count, sizeof *labels->items);
    for (char *at = copy; at;) {
        char *comma = strchr(at, ',');
        if (comma)
            *comma = 0;
        struct label *label = &labels->items[labels->count++];
        TRY(parse_label(label, at, error));
        for (size_t i = 0; i + 1 < labels->count; i++)
            if (!strcmp(labels->items[i].name, label->name))
                FAIL(error, PLOTMILL_BAD_INPUT,
                     "label: \"%s\" is there twice: expected another name, as in NAME=return:5",
                     text_quote(label->name, strlen(label->name)).text);
        at = comma ? comma + 1 : NULL;
    }
done:
    free(copy);
    return status;
}

void labels_free(struct label_list *labels)
{
    for (size_t i = 0; i < labels->count; i++) {
        free(labels->items[i].name);
        free(labels->items[i].column);
    }
    free(labels->items);
    *labels = (struct label_list){0};
}

bool labels_need_field(const struct label_list *labels)
{
    for (size_t i = 0; i < labels->count; i++)
        if (labels->items[i].kind != LABEL_COLUMN)
            return true;
    return false;
}

enum plotmill_status labels_sides(const struct label_list *labels, struct side_request **sides, size_t *count,
                                  struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    *sides = NULL;
    *count = 0;
    TRY_ALLOCATE(error, *sides, labels->count, sizeof **sides);
    for (size_t i = 0; i < labels->count; i++)
        if (labels->items[i].kind == LABEL_COLUMN)
            (*sides)[(*count)++] = (struct side_request){labels->items[i].column, "label", false};
done:
    return status;
}

static enum plotmill_status add_stored(struct window_set_data *data, const char *name, struct stored_label stored,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    stored.name = string_join("labels/", name);
    TRY_MEMORY(error, stored.name);
    for (size_t i = 0; i < data->stored_count; i++)
        if (!strcmp(data->stored[i].name, stored.name)) {
            free(stored.name);
            FAIL(error, PLOTMILL_BAD_INPUT, "label: two labels have the name \"%s\": expected another name for one",
                 text_quote(name, strlen(name)).text);
        }
    data->stored[data->stored_count++] = stored;
done:
    return status;
}

static struct stored_label of_side(const struct source *source, size_t side, const struct label *label)
{
    const struct side_column *column = &source->sides[side];
    return (struct stored_label){.label = label,
                                 .side = side,
                                 .whole = column->whole || column->classes,
                                 .classes = column->classes,
                                 .class_count = column->class_count};
}

enum plotmill_status labels_resolve(struct window_set_data *data, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct source *source = data->source;
    size_t side = 0;
    TRY_ALLOCATE(error, data->stored, data->labels.count + source->side_count + data->table.column_count,
                 sizeof *data->stored);
    for (size_t i = 0; i < data->labels.count; i++) {
        const struct label *label = &data->labels.items[i];
        const char *name = label->name;
        if (source->shape.row_length && (label->kind != LABEL_COLUMN || label->horizon))
            FAIL(error, PLOTMILL_BAD_INPUT,
                 "label %s: the input holds ready sequences, after which there are no rows: expected a column", name);
        if (label->kind == LABEL_COLUMN && side >= source->side_count)
            FAIL(error, PLOTMILL_BAD_INPUT, "label %s: the source has no column %s beside its fields", name,
                 text_quote(label->column, strlen(label->column)).text);
        if (label->kind != LABEL_COLUMN && data->value == SIZE_MAX)
            FAIL(error, PLOTMILL_BAD_INPUT, "label %s: the source lacks the field whose returns are labels", name);
        TRY(add_stored(data, name,
                       label->kind == LABEL_COLUMN ? of_side(source, side++, label)
                                                   : (struct stored_label){label->name, label, SIZE_MAX, NULL,
                                                                           label->kind == LABEL_DIRECTION, NULL, 0},
                       error));
    }
    for (; side < source->side_count; side++)
        TRY(add_stored(data, source->sides[side].name, of_side(source, side, NULL), error));
    for (size_t i = 0; i < data->table.column_count; i++) {
        const struct table_column *column = &data->table.columns[i];
        TRY(add_stored(data, column->name,
                       (struct stored_label){NULL, NULL, SIZE_MAX, column, column->whole || column->classes,
                                             column->classes, column->class_count},
                       error));
    }
done:
    return status;
}

/* The first sample (or sequence) after those of the range that has `start`. */
static uint64_t range_end(const struct source_shape *shape, uint64_t start)
{
    const struct source_range *range = window_range(shape, start);
    return range               ? range->first + range->count
           : shape->row_length ? shape->samples / shape->row_length
                               : shape->samples;
}

/* The last sample (or the sequence itself) of the window at `start`. */
static uint64_t window_end(const struct window_set_data *data, uint64_t start)
{
    return data->source->shape.row_length ? start : start + data->window - 1;
}

uint64_t labels_reach(const struct window_set_data *data, uint64_t start)
{
    const uint64_t end = window_end(data, start), after = range_end(&data->source->shape, start) - end;
    uint64_t farthest = 0;
    for (size_t i = 0; i < data->labels.count; i++)
        if (data->labels.items[i].horizon < after)
            farthest = MAX(farthest, data->labels.items[i].horizon);
    return end + farthest;
}

/* Values of samples (or sequences): of a side column, or with side SIZE_MAX of the field of returns. `samples` that
 * are UINT64_MAX are missing. Neighbours are read together. */
static enum plotmill_status gather(const struct window_set_data *data, size_t side, const uint64_t *samples,
                                   size_t count, double *values, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct source *source = data->source;
    const size_t width = source_fields(source->shape);
    const size_t block = MAX(WINDOW_BLOCK / width, 1);
    for (size_t i = 0; i < count;) {
        size_t n = 1;
        if (samples[i] == UINT64_MAX) {
            values[i++] = NAN;
            continue;
        }
        while (i + n < count && n < block && samples[i + n] == samples[i] + n)
            n++;
        if (side != SIZE_MAX) {
            TRY(source->ops->side(source->self, side, samples[i], n, values + i, error));
        } else {
            TRY(source->ops->read(source->self, samples[i], n, data->row, error));
            for (size_t k = 0; k < n; k++)
                values[i + k] = data->row[k * width + data->value];
        }
        i += n;
    }
done:
    return status;
}

/* As pandas computes p[e + H] / p[e] - 1. */
static double change(const struct label *label, double now, double then)
{
    const double value = isfinite(now) && isfinite(then) ? then / now - 1 : NAN;
    if (label->kind == LABEL_RETURN || isnan(value))
        return value;
    return fabs(value) <= label->threshold ? 0 : value > 0 ? 1 : -1;
}

static enum plotmill_status read_block(const struct window_set_data *data, const struct stored_label *stored,
                                       const uint64_t *starts, size_t count, double *values,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct label *label = stored->label;
    uint64_t samples[WINDOW_BLOCK];
    double now[WINDOW_BLOCK];
    for (size_t i = 0; i < count; i++) {
        const uint64_t end = window_end(data, starts[i]), horizon = label ? label->horizon : 0;
        samples[i] = horizon < range_end(&data->source->shape, starts[i]) - end ? end + horizon : UINT64_MAX;
    }
    TRY(gather(data, stored->side, samples, count, values, error));
    if (stored->side != SIZE_MAX)
        goto done;
    for (size_t i = 0; i < count; i++)
        samples[i] = window_end(data, starts[i]);
    TRY(gather(data, SIZE_MAX, samples, count, now, error));
    for (size_t i = 0; i < count; i++)
        values[i] = change(label, now[i], values[i]);
done:
    return status;
}

enum plotmill_status label_values(const struct window_set_data *data, const struct stored_label *label,
                                  const uint64_t *starts, const uint64_t *table_rows, size_t count, double *values,
                                  struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    for (size_t i = 0; label->column && i < count; i++)
        values[i] = label->column->values[table_rows[i]];
    for (size_t i = 0; !label->column && i < count; i += WINDOW_BLOCK)
        TRY(read_block(data, label, starts + i, MIN(count - i, WINDOW_BLOCK), values + i, error));
done:
    return status;
}
