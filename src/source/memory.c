#include "source/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/axes.h"
#include "formats/exact.h"
#include "formats/text/period.h"
#include "source/arrange.h"
#include "source/elements.h"
#include "source/memory_parts.h"
#include "source/source.h"

/* The place of a sample, or of one of its values. */
static void write_place(const struct memory *memory, uint64_t sample, const char *field, char *text, size_t size)
{
    char place[64], time[TIME_SIZE] = "";
    const bool dated = memory->times && memory->times[sample] != SOURCE_NO_TIME;
    if (memory->ready)
        snprintf(place, sizeof place, "sequence %" PRIu64 ", sample %" PRIu64, sample / memory->length,
                 sample % memory->length);
    else
        snprintf(place, sizeof place, "row %" PRIu64, sample);
    if (dated)
        time_write(time, memory->times[sample]);
    snprintf(text, size, MEMORY_NAME ", %s%s%s%s", place, field, dated ? ", " : "", time);
}

static void locate(void *self, uint64_t sample, char *text, size_t size)
{
    const struct memory *memory = self;
    write_place(memory, sample, memory->fields == 1 ? memory->labels[0] : "", text, size);
}

struct memory_place memory_place(const struct memory *memory, uint64_t sample, const char *field)
{
    struct memory_place place;
    write_place(memory, sample, field, place.text, sizeof place.text);
    return place;
}

static enum plotmill_status refuse_integer(const struct memory *memory, uint64_t sample, size_t field, const char *at,
                                           struct plotmill_error *error)
{
    return exact_refuse(memory_place(memory, sample, memory->labels[field]).text, at, memory->type == PLOTMILL_INT64,
                        error);
}

/* Samples first..first+count-1 of one sequence, `from` at the first of them. */
static enum plotmill_status read_run(const struct memory *memory, const char *from, uint64_t first, uint64_t count,
                                     double *out, struct plotmill_error *error)
{
    const size_t fields = memory->fields;
    if (memory->rows) {
        const int64_t size = element_size(memory->type);
        const uint64_t values = count * fields, done = elements_convert(memory->type, from, size, values, out, 1);
        return done < values ? refuse_integer(memory, first + done / fields, (size_t)(done % fields),
                                              from + (int64_t)done * size, error)
                             : PLOTMILL_OK;
    }
    for (size_t i = 0; i < fields; i++) {
        const char *at = from + memory->offsets[i];
        const uint64_t done = elements_convert(memory->type, at, memory->inner, count, out + i, fields);
        if (done < count)
            return refuse_integer(memory, first + done, i, at + (int64_t)done * memory->inner, error);
    }
    return PLOTMILL_OK;
}

static enum plotmill_status read_samples(void *self, uint64_t first, uint64_t count, double *out,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct memory *memory = self;
    while (count) {
        const uint64_t column = first % memory->length, left = memory->length - column, n = MIN(count, left);
        const char *from =
            memory->data + (int64_t)(first / memory->length) * memory->outer + (int64_t)column * memory->inner;
        TRY(read_run(memory, from, first, n, out, error));
        first += n;
        out += n * memory->fields;
        count -= n;
    }
done:
    return status;
}

static void destroy(void *self)
{
    struct memory *memory = self;
    memory_sides_free(&memory->sides);
    free(memory->ranges);
    free(memory->offsets);
    free(memory->labels);
    free(memory);
}

struct axes {
    const char *text;
    struct array_axes places;
    int count;
};

static enum plotmill_status find_axes(const struct plotmill_array *array, struct axes *axes,
                                      struct plotmill_error *error)
{
    static const struct axes known[] = {
        {"T", {-1, 0, -1}, 1}, {"TF", {-1, 0, 1}, 2}, {"NT", {0, 1, -1}, 2}, {"NTF", {0, 1, 2}, 3}};
    enum plotmill_status status = PLOTMILL_OK;
    size_t i = 0;
    while (i < 4 && strcmp(array->axes, known[i].text))
        i++;
    if (i == 4)
        FAIL(error, PLOTMILL_BAD_INPUT, MEMORY_NAME ": axes: found \"%s\", expected T, TF, NT or NTF",
             text_quote(array->axes, strlen(array->axes)).text);
    *axes = known[i];
    for (int k = 0; k < 3; k++) {
        const bool used = k < axes->count;
        if (used && !array->shape[k])
            FAIL(error, PLOTMILL_BAD_INPUT, MEMORY_NAME ": shape[%d] is 0, expected at least 1", k);
        if (!used && (array->shape[k] || array->strides[k]))
            FAIL(error, PLOTMILL_BAD_INPUT,
                 MEMORY_NAME ": axes \"%s\": shape[%d] is %" PRIu64 " and strides[%d] %" PRId64
                             ", expected 0 beyond the last axis",
                 axes->text, k, array->shape[k], k, array->strides[k]);
    }
    if (array->fields && axes->places.fields < 0)
        FAIL(error, PLOTMILL_BAD_INPUT, MEMORY_NAME ": fields: axes \"%s\" have no F, expected NULL", axes->text);
done:
    return status;
}

/* No offset may exceed 2^62 bytes, nor the samples 2^60. */
static enum plotmill_status find_strides(const struct plotmill_array *array, const struct axes *axes,
                                         int64_t strides[3], struct plotmill_error *error)
{
    const uint64_t most = (uint64_t)1 << 62, size = element_size(array->type);
    const bool dense = !array->strides[0] && !array->strides[1] && !array->strides[2];
    uint64_t elements = 1, extent = 0;
    bool fits = true;
    for (int k = axes->count - 1; k >= 0 && fits; k--) {
        const uint64_t length = array->shape[k];
        strides[k] = dense ? (int64_t)(elements * size) : array->strides[k];
        const uint64_t step = strides[k] < 0 ? -(uint64_t)strides[k] : (uint64_t)strides[k];
        fits = elements <= (most >> 3) / length && (!step || length - 1 <= (most - extent) / step);
        elements *= length;
        extent += fits ? (length - 1) * step : 0;
    }
    return fits ? PLOTMILL_OK
                : plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                     MEMORY_NAME ": shape and strides: found more than 2^62 bytes");
}

/* The fields that are read, by the rules for columns of a CSV file. */
static enum plotmill_status choose_fields(struct source *source, struct memory *memory, struct field_list *list,
                                          const struct plotmill_array *array, const struct axes *axes, int64_t step,
                                          const struct source_options *options, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct field_choice choice = {0};
    const int64_t size = element_size(array->type);
    if (axes->places.fields < 0 && options && options->column)
        FAIL(error, PLOTMILL_BAD_INPUT,
             MEMORY_NAME ": the option column applies to arrays with the axes TF or NTF, not %s", axes->text);
    TRY(axes_add_fields(list, axes->places.fields < 0 ? 1 : array->shape[axes->places.fields], array->fields, error));
    TRY(fields_list(list, options ? options->columns : NULL, error));
    TRY(axes_choose_fields(list, &axes->places, false, options, &choice, error));
    if (axes->places.fields >= 0 || fields_have_names(list))
        TRY(fields_describe(list, options, &choice, &source->about, error));
    memory->fields = choice.count;
    source->shape.fields = (uint32_t)choice.count;
    TRY_ALLOCATE(error, memory->offsets, choice.count, sizeof *memory->offsets);
    TRY_ALLOCATE(error, memory->labels, choice.count, sizeof *memory->labels);
    memory->rows = choice.count == list->count && (list->count == 1 || step == size) &&
                   (memory->length == 1 || memory->inner == (int64_t)list->count * size);
    for (size_t i = 0; i < choice.count; i++) {
        memory->offsets[i] = axes->places.fields < 0 ? 0 : (int64_t)choice.at[i] * step;
        memory->rows &= choice.at[i] == i;
        if (axes->places.fields >= 0)
            snprintf(memory->labels[i], sizeof *memory->labels, ", field %s", field_label(list, choice.at[i]).text);
    }
done:
    field_choice_free(&choice);
    return status;
}

static enum plotmill_status check_options(const struct plotmill_array *array, const struct source_options *options,
                                          struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (!array->data || !array->axes)
        FAIL(error, PLOTMILL_BAD_INPUT, MEMORY_NAME ": %s is NULL, expected a value", array->data ? "axes" : "data");
    if (!element_size(array->type))
        FAIL(error, PLOTMILL_BAD_INPUT,
             MEMORY_NAME ": type %d, expected PLOTMILL_FLOAT64 or another enum plotmill_type", (int)array->type);
    if (options && options->axes)
        FAIL(error, PLOTMILL_BAD_INPUT, MEMORY_NAME ": the option axes applies to %s: the array itself says its axes",
             format_names(FORMAT_AXES, " and ").text);
    if (options && options->dataset)
        FAIL(error, PLOTMILL_BAD_INPUT, MEMORY_NAME ": the option dataset applies to %s",
             format_names(FORMAT_DATASETS, " and ").text);
    if (options && options->member)
        FAIL(error, PLOTMILL_BAD_INPUT, MEMORY_NAME ": the option member applies to archives (.zip, .tar, .npz)");
    if (options && (options->text.time || options->text.time_format))
        FAIL(error, PLOTMILL_BAD_INPUT, MEMORY_NAME ": the option %s applies to files: the array itself has its times",
             options->text.time ? "time" : "time-format");
    if (options && text_option_given(&options->text))
        FAIL(error, PLOTMILL_BAD_INPUT, MEMORY_NAME ": the option %s applies to text (CSV)",
             text_option_given(&options->text));
    if (options && options->group_by && !strcmp(options->group_by, "file"))
        FAIL(error, PLOTMILL_BAD_INPUT,
             MEMORY_NAME ": group-by: file applies to files: expected a field or a side, or none");
    if (options && options->group_by && array->groups)
        FAIL(error, PLOTMILL_BAD_INPUT,
             MEMORY_NAME ": has groups, and there is the option group-by: %s: expected only one of them",
             options->group_by);
    if (options && (options->order == ORDER_TIME || options->gap_factor > 0) && !array->times)
        FAIL(error, PLOTMILL_BAD_INPUT, MEMORY_NAME ": has no times, which the option %s needs",
             options->gap_factor > 0 ? "break-at-gaps" : "order: time");
    if (options && (options->from || options->to) && !array->times)
        FAIL(error, PLOTMILL_BAD_INPUT, MEMORY_NAME ": has no times, which the options from and to need");
done:
    return status;
}

/* The samples where they are, if the engine can take them as they are. */
static const double *float64_in_order(const struct memory *memory)
{
    const bool in_order = memory->type == PLOTMILL_FLOAT64 && memory->rows &&
                          (memory->sequences == 1 || memory->outer == (int64_t)(memory->length * memory->fields) * 8);
    return in_order && (uintptr_t)memory->data % _Alignof(double) == 0 ? (const void *)memory->data : NULL;
}

static enum plotmill_status read_times(void *self, uint64_t first, uint64_t count, int64_t *out,
                                       struct plotmill_error *error)
{
    const struct memory *memory = self;
    (void)error;
    if (!memory->ready || memory->cut) {
        memcpy(out, memory->times + first, (size_t)count * sizeof *out);
        return PLOTMILL_OK;
    }
    for (uint64_t i = 0; i < count; i++) {
        out[2 * i] = memory->times[(first + i) * memory->length];
        out[2 * i + 1] = memory->times[(first + i) * memory->length + memory->length - 1];
    }
    return PLOTMILL_OK;
}

static enum plotmill_status read_side(void *self, size_t column, uint64_t first, uint64_t count, double *out,
                                      struct plotmill_error *error)
{
    const struct memory *memory = self;
    const double *values = memory->sides.values[column];
    (void)error;
    for (uint64_t i = 0; i < count; i++)
        out[i] = values[memory->cut ? (first + i) / memory->length : first + i];
    return PLOTMILL_OK;
}

/* The options with the column of groups, which is the last one beside the fields. */
static enum plotmill_status add_group_side(struct source_options *own, struct side_request **sides,
                                           const struct plotmill_array *array, const struct source_options *options,
                                           struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    *own = options ? *options : (struct source_options){0};
    if (array->groups)
        own->group_by = MEMORY_GROUPS;
    if (own->group_by && !strcmp(own->group_by, "none"))
        own->group_by = NULL;
    if (!own->group_by)
        return PLOTMILL_OK;
    TRY_ALLOCATE(error, *sides, own->side_count + 1, sizeof **sides);
    for (size_t i = 0; i < own->side_count; i++)
        (*sides)[i] = own->sides[i];
    (*sides)[own->side_count++] = (struct side_request){own->group_by, "group-by", true};
    own->sides = *sides;
done:
    return status;
}

/* The order of rows, and their groups, as of a file. */
static enum plotmill_status arrange(struct source *source, const struct source_options *options, const struct log *log,
                                    struct plotmill_error *error)
{
    static char name[] = MEMORY_NAME;
    static const struct input input = {.name = name, .group = name};
    const uint64_t unit = source->shape.row_length ? source->shape.row_length : 1;
    const struct arrange_part part = {&input, 0, source->shape.samples / unit, NULL};
    enum plotmill_status status = source_arrange(source, &part, 1, options, log, error);
    free(source->read); /* that is of files */
    source->read = NULL;
    return status;
}

/* The form of the array: its axes, type and times. */
static void take_form(struct memory *memory, const struct plotmill_array *array, const struct axes *axes,
                      const int64_t strides[3], const struct source_options *options, struct source *source)
{
    memory->type = array->type;
    memory->ready = axes->places.sequences >= 0;
    memory->sequences = memory->ready ? array->shape[axes->places.sequences] : 1;
    memory->length = array->shape[axes->places.time];
    memory->outer = memory->ready ? strides[axes->places.sequences] : 0;
    memory->inner = strides[axes->places.time];
    memory->data = array->data;
    memory->times = array->times;
    memory->cut = memory->ready && options && options->window && options->window < memory->length;
    source->shape.samples = memory->sequences * memory->length;
    source->shape.row_length = memory->ready && !memory->cut ? memory->length : 0;
}

enum plotmill_status source_open_memory(struct source *source, const struct plotmill_array *array,
                                        const struct source_options *options, const struct log *log,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct memory *memory = NULL;
    struct period period;
    struct axes axes = {0};
    struct field_list fields = {.path = MEMORY_NAME};
    struct source_options own;
    struct side_request *requests = NULL;
    bool *used = NULL;
    int64_t strides[3] = {0};
    *source = (struct source){0};
    TRY(check_options(array, options, error));
    TRY(memory_sides_check(array, error));
    TRY(period_init(&period, options, error));
    TRY(find_axes(array, &axes, error));
    TRY(find_strides(array, &axes, strides, error));
    TRY(add_group_side(&own, &requests, array, options, error));
    TRY_ALLOCATE(error, memory, 1, sizeof *memory);
    memory->ops = (struct source_ops){read_samples, locate, destroy};
    source->ops = &memory->ops;
    source->self = memory;
    const int64_t step = axes.places.fields < 0 ? 0 : strides[axes.places.fields];
    take_form(memory, array, &axes, strides, options, source);
    TRY(choose_fields(source, memory, &fields, array, &axes, step, options, error));
    source->array = float64_in_order(memory);
    TRY(memory_examine(source, memory, &period, log, &used, error));
    const struct memory_rows rows = {.count = memory->ready ? memory->sequences : memory->length,
                                     .sequences = memory->ready,
                                     .fields = &fields,
                                     .row_stride = memory->inner,
                                     .field_stride = step,
                                     .used = memory->cut ? NULL : used};
    TRY(memory_sides_open(&memory->sides, source, array, &rows, &own, error));
    memory->ops.times = source->about.has_times ? read_times : NULL;
    memory->ops.side = own.side_count ? read_side : NULL;
    if (memory->cut)
        TRY(memory_cut(source, memory, used, &own, error));
    else if (memory->ops.times || own.group_by)
        TRY(arrange(source, &own, log, error));
done:
    free(used);
    free(requests);
    fields_free(&fields);
    if (status)
        source_close(source);
    return status;
}
