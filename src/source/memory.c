#include "source/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/axes.h"
#include "formats/text/period.h"
#include "source/arrange.h"
#include "source/elements.h"
#include "source/memory_sides.h"
#include "source/source.h"

#define NAME "array"      /* in messages */
#define NO_TIME INT64_MIN /* NumPy's NaT */

struct memory {
    struct source_ops ops;
    const char *data; /* the first element */
    enum plotmill_type type;
    uint64_t sequences, length; /* of one series: 1, and its length */
    bool ready;                 /* ready sequences */
    bool cut;                   /* windows are cut inside of them: each is a range */
    int64_t outer, inner;       /* bytes from sequence to sequence, and from sample to sample */
    size_t fields;              /* values of a sample */
    int64_t *offsets;           /* (fields): of each value from the first element of its sample, bytes */
    bool rows;                  /* the values of a sequence lie one after another */
    const int64_t *times;       /* (sequences, length); NULL: none */
    struct memory_sides sides;
    char (*labels)[120]; /* (fields), for messages: ", field 4 (close)"; "": the array has no axis F */
    struct source_range *ranges;
    size_t range_count, range_capacity;
};

/* The place of a sample, or of one of its values. */
static void write_place(const struct memory *memory, uint64_t sample, const char *field, char *text, size_t size)
{
    char place[64], time[TIME_SIZE] = "";
    const bool dated = memory->times && memory->times[sample] != NO_TIME;
    if (memory->ready)
        snprintf(place, sizeof place, "sequence %" PRIu64 ", sample %" PRIu64, sample / memory->length,
                 sample % memory->length);
    else
        snprintf(place, sizeof place, "row %" PRIu64, sample);
    if (dated)
        time_write(time, memory->times[sample]);
    snprintf(text, size, NAME ", %s%s%s%s", place, field, dated ? ", " : "", time);
}

static void locate(void *self, uint64_t sample, char *text, size_t size)
{
    const struct memory *memory = self;
    write_place(memory, sample, memory->fields == 1 ? memory->labels[0] : "", text, size);
}

/* A sample's place. */
struct place {
    char text[256];
};

static struct place place_of(const struct memory *memory, uint64_t sample, const char *field)
{
    struct place place;
    write_place(memory, sample, field, place.text, sizeof place.text);
    return place;
}

static enum plotmill_status refuse_integer(const struct memory *memory, uint64_t sample, size_t field, const char *at,
                                           struct plotmill_error *error)
{
    int64_t integer;
    uint64_t natural;
    char found[24];
    memcpy(&integer, at, sizeof integer);
    memcpy(&natural, at, sizeof natural);
    if (memory->type == PLOTMILL_INT64)
        snprintf(found, sizeof found, "%" PRId64, integer);
    else
        snprintf(found, sizeof found, "%" PRIu64, natural);
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                              "%s: found %s, which no float64 equals: expected integers up to 2^53, or an array that "
                              "was converted to float64",
                              place_of(memory, sample, memory->labels[field]).text, found);
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
        FAIL(error, PLOTMILL_BAD_INPUT, NAME ": axes: found \"%s\", expected T, TF, NT or NTF",
             text_quote(array->axes, strlen(array->axes)).text);
    *axes = known[i];
    for (int k = 0; k < 3; k++) {
        const bool used = k < axes->count;
        if (used && !array->shape[k])
            FAIL(error, PLOTMILL_BAD_INPUT, NAME ": shape[%d] is 0, expected at least 1", k);
        if (!used && (array->shape[k] || array->strides[k]))
            FAIL(error, PLOTMILL_BAD_INPUT,
                 NAME ": axes \"%s\": shape[%d] is %" PRIu64 " and strides[%d] %" PRId64
                      ", expected 0 beyond the last axis",
                 axes->text, k, array->shape[k], k, array->strides[k]);
    }
    if (array->fields && axes->places.fields < 0)
        FAIL(error, PLOTMILL_BAD_INPUT, NAME ": fields: axes \"%s\" have no F, expected NULL", axes->text);
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
                : plotmill_error_set(error, PLOTMILL_BAD_INPUT, NAME ": shape and strides: found more than 2^62 bytes");
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
        FAIL(error, PLOTMILL_BAD_INPUT, NAME ": the option column applies to arrays with the axes TF or NTF, not %s",
             axes->text);
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

static enum plotmill_status add_range(struct memory *memory, uint64_t first, uint32_t group,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (memory->range_count == memory->range_capacity) {
        const size_t capacity = memory->range_capacity ? 2 * memory->range_capacity : 16;
        struct source_range *grown = realloc(memory->ranges, capacity * sizeof *grown);
        TRY_MEMORY(error, grown);
        memory->ranges = grown;
        memory->range_capacity = capacity;
    }
    memory->ranges[memory->range_count++] = (struct source_range){first, 0, group};
done:
    return status;
}

/* What is known while rows are examined in their order. */
struct scan {
    const struct period *period;
    const struct log *log;
    struct source_about *about;
    bool has_last, went_back, any_inside;
    int64_t last; /* time of the last row of the sequence that was used */
};

/* Time goes back inside a sequence: that is reported once. */
static enum plotmill_status report_fall(const struct memory *memory, struct scan *scan, uint64_t sample,
                                        struct plotmill_error *error)
{
    if (!period_is_all(scan->period) && !memory->cut)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: time goes back inside the sequence, so that the options from and to do not "
                                  "apply: expected ascending times",
                                  place_of(memory, sample, "").text);
    if (!scan->went_back)
        log_line(scan->log, PLOTMILL_LOG_WARNING, "%s: time goes back; the rows are used in the order of the array",
                 place_of(memory, sample, "").text);
    scan->went_back = true;
    return PLOTMILL_OK;
}

/* Whether all times of samples first..first+count-1 lie in the period. */
static enum plotmill_status examine_times(const struct memory *memory, struct scan *scan, uint64_t first,
                                          uint64_t count, bool *inside, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct period *period = scan->period;
    const bool all = period_is_all(period);
    const int64_t *times = memory->times + first;
    struct source_about *about = scan->about;
    *inside = true;
    for (uint64_t i = 0; i < count; i++) {
        if (times[i] == NO_TIME && !all)
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: has no time, which the options from and to need",
                 place_of(memory, first + i, "").text);
        *inside &= all || period_has_time(period, times[i]);
    }
    for (uint64_t i = 0; i < count; i++) {
        if (times[i] == NO_TIME)
            continue;
        if (memory->ready && scan->has_last && times[i] < scan->last)
            TRY(report_fall(memory, scan, first + i, error));
        about->has_times = scan->has_last = true;
        scan->last = times[i];
        if (!*inside)
            continue;
        about->first_time = scan->any_inside ? MIN(about->first_time, times[i]) : times[i];
        about->last_time = scan->any_inside ? MAX(about->last_time, times[i]) : times[i];
        scan->any_inside = true;
    }
done:
    return status;
}

/* Examines the times of rows, or of sequences. *used: whether each is inside the period; NULL: all are. Freed by the
 * caller. */
static enum plotmill_status examine(struct source *source, const struct memory *memory, const struct period *period,
                                    const struct log *log, bool **used, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct scan scan = {.period = period, .log = log, .about = &source->about};
    const uint64_t unit = memory->ready && !memory->cut ? memory->length : 1;
    const uint64_t count = source->shape.samples / unit;
    bool inside;
    if (!memory->times)
        return PLOTMILL_OK;
    if (!period_is_all(period))
        TRY_ALLOCATE(error, *used, count, sizeof **used);
    for (uint64_t i = 0; i < count; i++) {
        if (i * unit % memory->length == 0)
            scan.has_last = false;
        TRY(examine_times(memory, &scan, i * unit, unit, &inside, error));
        if (*used)
            (*used)[i] = inside;
    }
done:
    return status;
}

/* The group of each sequence, by the last side, which *source then has no more. Names are in the order of first
 * sequences. */
static enum plotmill_status group_sequences(struct source *source, const struct memory *memory, uint32_t *groups,
                                            struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct side_column *side = &source->sides[source->side_count - 1];
    const double *values = memory->sides.values[source->side_count - 1];
    uint32_t *numbers = NULL;
    TRY_ALLOCATE(error, numbers, side->class_count, sizeof *numbers);
    if (!side->unnamed)
        TRY_ALLOCATE(error, source->groups, side->class_count, sizeof *source->groups);
    for (uint64_t i = 0; i < memory->sequences; i++) {
        if (!(values[i] >= 0))
            FAIL(error, PLOTMILL_BAD_INPUT, NAME ", sequence %" PRIu64 ": column %s is empty: expected its group", i,
                 side->name);
        const size_t class = (size_t)values[i];
        if (side->unnamed) {
            groups[i] = (uint32_t)strtoul(side->classes[class], NULL, 10);
            continue;
        }
        if (!numbers[class]) {
            TRY(string_keep(&source->groups[source->group_count], side->classes[class], error));
            numbers[class] = (uint32_t)++source->group_count;
        }
        groups[i] = numbers[class] - 1;
    }
    source->about.groups = side->class_count;
    side_clear(side);
    source->side_count--;
done:
    free(numbers);
    return status;
}

/* Where windows are cut inside of sequences, each sequence is a range; of its rows inside the period, each run is. */
static enum plotmill_status cut_sequences(struct source *source, struct memory *memory, const bool *used,
                                          const struct source_options *options, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint32_t *groups = NULL;
    source->about.groups = memory->sequences;
    if (options->group_by) {
        TRY_ALLOCATE(error, groups, memory->sequences, sizeof *groups);
        TRY(group_sequences(source, memory, groups, error));
    }
    for (uint64_t i = 0; i < source->shape.samples; i++) {
        const uint64_t sequence = i / memory->length;
        if (used && !used[i])
            continue;
        if (i % memory->length == 0 || (used && !used[i - 1]))
            TRY(add_range(memory, i, groups ? groups[sequence] : (uint32_t)sequence, error));
        memory->ranges[memory->range_count - 1].count++;
    }
    if (used && !memory->range_count)
        FAIL(error, PLOTMILL_BAD_INPUT, NAME ": found no row%s%s%s%s", options->from ? " from " : "",
             options->from ? options->from : "", options->to ? " to " : "", options->to ? options->to : "");
    source->shape.ranges = memory->ranges;
    source->shape.range_count = memory->range_count;
done:
    free(groups);
    return status;
}

static enum plotmill_status check_options(const struct plotmill_array *array, const struct source_options *options,
                                          struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (!array->data || !array->axes)
        FAIL(error, PLOTMILL_BAD_INPUT, NAME ": %s is NULL, expected a value", array->data ? "axes" : "data");
    if (!element_size(array->type))
        FAIL(error, PLOTMILL_BAD_INPUT, NAME ": type %d, expected PLOTMILL_FLOAT64 or another enum plotmill_type",
             (int)array->type);
    if (options && options->axes)
        FAIL(error, PLOTMILL_BAD_INPUT, NAME ": the option axes applies to %s: the array itself says its axes",
             format_names(FORMAT_AXES, " and ").text);
    if (options && options->dataset)
        FAIL(error, PLOTMILL_BAD_INPUT, NAME ": the option dataset applies to %s",
             format_names(FORMAT_DATASETS, " and ").text);
    if (options && options->member)
        FAIL(error, PLOTMILL_BAD_INPUT, NAME ": the option member applies to archives (.zip, .tar, .npz)");
    if (options && (options->text.time || options->text.time_format))
        FAIL(error, PLOTMILL_BAD_INPUT, NAME ": the option %s applies to files: the array itself has its times",
             options->text.time ? "time" : "time-format");
    if (options && text_option_given(&options->text))
        FAIL(error, PLOTMILL_BAD_INPUT, NAME ": the option %s applies to text (CSV)",
             text_option_given(&options->text));
    if (options && options->group_by && !strcmp(options->group_by, "file"))
        FAIL(error, PLOTMILL_BAD_INPUT, NAME ": group-by: file applies to files: expected a field or a side, or none");
    if (options && options->group_by && array->groups)
        FAIL(error, PLOTMILL_BAD_INPUT,
             NAME ": has groups, and there is the option group-by: %s: expected only one of them", options->group_by);
    if (options && (options->order == ORDER_TIME || options->gap_factor > 0) && !array->times)
        FAIL(error, PLOTMILL_BAD_INPUT, NAME ": has no times, which the option %s needs",
             options->gap_factor > 0 ? "break-at-gaps" : "order: time");
    if (options && (options->from || options->to) && !array->times)
        FAIL(error, PLOTMILL_BAD_INPUT, NAME ": has no times, which the options from and to need");
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
    (*sides)[own->side_count++] = (struct side_request){own->group_by, true};
    own->sides = *sides;
done:
    return status;
}

/* The order of rows, and their groups, as of a file. */
static enum plotmill_status arrange(struct source *source, const struct source_options *options, const struct log *log,
                                    struct plotmill_error *error)
{
    static char name[] = NAME;
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
    struct field_list fields = {.path = NAME};
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
    TRY(examine(source, memory, &period, log, &used, error));
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
        TRY(cut_sequences(source, memory, used, &own, error));
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
