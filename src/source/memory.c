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
#include "source/elements.h"
#include "source/source.h"

#define NAME "array"      /* in messages */
#define NO_TIME INT64_MIN /* NumPy's NaT */

struct memory {
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
    const uint32_t *groups;     /* of each row, or of each ready sequence; NULL: none */
    char (*labels)[120];        /* (fields), for messages: ", field 4 (close)"; "": the array has no axis F */
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
static enum plotmill_status choose_fields(struct source *source, struct memory *memory,
                                          const struct plotmill_array *array, const struct axes *axes, int64_t step,
                                          const struct source_options *options, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct field_list list = {.path = NAME};
    struct field_choice choice = {0};
    const int64_t size = element_size(array->type);
    if (axes->places.fields < 0 && options && options->column)
        FAIL(error, PLOTMILL_BAD_INPUT, NAME ": the option column applies to arrays with the axes TF or NTF, not %s",
             axes->text);
    TRY(axes_add_fields(&list, axes->places.fields < 0 ? 1 : array->shape[axes->places.fields], array->fields, error));
    TRY(fields_list(&list, options ? options->columns : NULL, error));
    TRY(axes_choose_fields(&list, &axes->places, false, options, &choice, error));
    if (axes->places.fields >= 0 || fields_have_names(&list))
        TRY(fields_describe(&list, options, &choice, &source->about, error));
    memory->fields = choice.count;
    source->shape.fields = (uint32_t)choice.count;
    TRY_ALLOCATE(error, memory->offsets, choice.count, sizeof *memory->offsets);
    TRY_ALLOCATE(error, memory->labels, choice.count, sizeof *memory->labels);
    memory->rows = choice.count == list.count && (list.count == 1 || step == size) &&
                   (memory->length == 1 || memory->inner == (int64_t)list.count * size);
    for (size_t i = 0; i < choice.count; i++) {
        memory->offsets[i] = axes->places.fields < 0 ? 0 : (int64_t)choice.at[i] * step;
        memory->rows &= choice.at[i] == i;
        if (axes->places.fields >= 0)
            snprintf(memory->labels[i], sizeof *memory->labels, ", field %s", field_label(&list, choice.at[i]).text);
    }
done:
    field_choice_free(&choice);
    fields_free(&list);
    return status;
}

/* Consecutive rows of one group. */
struct run {
    uint32_t group;
    uint64_t first;
};

static int compare_runs(const void *a, const void *b)
{
    const struct run *x = a, *y = b;
    const int by_group = (x->group > y->group) - (x->group < y->group);
    return by_group ? by_group : (x->first > y->first) - (x->first < y->first);
}

/* Counts the groups. A group's rows must be consecutive; ready sequences may come in any order. */
static enum plotmill_status count_groups(const struct memory *memory, uint64_t *groups, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const uint64_t count = memory->ready ? memory->sequences : memory->length;
    struct run *runs = NULL;
    uint64_t run_count = 1, back = UINT64_MAX, used = 0;
    for (uint64_t i = 1; i < count; i++)
        run_count += memory->groups[i] != memory->groups[i - 1];
    TRY_ALLOCATE(error, runs, run_count, sizeof *runs);
    for (uint64_t i = 0; i < count; i++)
        if (!i || memory->groups[i] != memory->groups[i - 1])
            runs[used++] = (struct run){memory->groups[i], i};
    qsort(runs, (size_t)used, sizeof *runs, compare_runs);
    *groups = 1;
    for (uint64_t i = 1; i < used; i++) {
        const bool again = runs[i].group == runs[i - 1].group;
        *groups += !again;
        if (again && !memory->ready)
            back = MIN(back, runs[i].first);
    }
    if (back != UINT64_MAX)
        FAIL(error, PLOTMILL_BAD_INPUT,
             NAME ", row %" PRIu64 ": group %" PRIu32 " comes back after group %" PRIu32
                  ": expected the rows of a group one after another; sort the rows by group",
             back, memory->groups[back], memory->groups[back - 1]);
done:
    free(runs);
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
    bool has_last, went_back;
    int64_t last; /* time of the last row that was used */
};

/* Whether all times of samples first..first+count-1 lie in the period. Times that go back are reported once. */
static enum plotmill_status examine_times(struct memory *memory, struct scan *scan, uint64_t first, uint64_t count,
                                          bool *inside, struct plotmill_error *error)
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
    for (uint64_t i = 0; *inside && i < count; i++) {
        if (times[i] == NO_TIME)
            continue;
        if (scan->has_last && times[i] < scan->last && !scan->went_back) {
            scan->went_back = true;
            log_line(scan->log, PLOTMILL_LOG_WARNING, "%s: time goes back; the rows are used in the order of the array",
                     place_of(memory, first + i, "").text);
        }
        scan->has_last = true;
        scan->last = times[i];
        about->first_time = about->has_times ? MIN(about->first_time, times[i]) : times[i];
        about->last_time = about->has_times ? MAX(about->last_time, times[i]) : times[i];
        about->has_times = true;
    }
done:
    return status;
}

/* The ranges of rows, or of ready sequences, of one group and inside the period. */
static enum plotmill_status find_ranges(struct source *source, struct memory *memory, const struct period *period,
                                        const struct log *log, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const bool ready = memory->ready && !memory->cut;
    const uint64_t count = ready ? memory->sequences : memory->sequences * memory->length;
    const uint64_t unit = ready ? memory->length : 1;
    const uint32_t *groups = memory->ready ? NULL : memory->groups;
    const bool cut = groups || memory->cut || !period_is_all(period);
    struct scan scan = {.period = period, .log = log, .about = &source->about};
    bool inside = true, goes_on = false;
    for (uint64_t i = 0; i < count && (cut || memory->times); i++) {
        const uint64_t sequence = i * unit / memory->length;
        const bool new_group = memory->cut ? i % memory->length == 0 : groups && i && groups[i] != groups[i - 1];
        if (new_group || ready)
            scan.has_last = false;
        if (memory->times)
            TRY(examine_times(memory, &scan, i * unit, unit, &inside, error));
        if (cut && inside && (!goes_on || new_group))
            TRY(add_range(memory, i,
                          !memory->groups ? (memory->cut ? (uint32_t)sequence : 0)
                          : memory->ready ? memory->groups[sequence]
                                          : memory->groups[i],
                          error));
        goes_on = inside;
        if (cut && inside)
            memory->ranges[memory->range_count - 1].count++;
    }
    source->shape.ranges = memory->ranges;
    source->shape.range_count = memory->range_count;
done:
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
    if (options && (options->group_by || options->order == ORDER_TIME || options->gap_factor > 0))
        FAIL(error, PLOTMILL_BAD_INPUT,
             NAME ": the option %s applies to files: expected an array in the order of time%s",
             options->group_by         ? "group-by"
             : options->gap_factor > 0 ? "break-at-gaps"
                                       : "order",
             options->order == ORDER_TIME ? "" : ", with groups where windows are to break");
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

enum plotmill_status source_open_memory(struct source *source, const struct plotmill_array *array,
                                        const struct source_options *options, const struct log *log,
                                        struct plotmill_error *error)
{
    static const struct source_ops ops = {read_samples, locate, destroy};
    static const struct source_ops with_times = {read_samples, locate, destroy, .times = read_times};
    enum plotmill_status status = PLOTMILL_OK;
    struct memory *memory = NULL;
    struct period period;
    struct axes axes = {0};
    int64_t strides[3] = {0};
    *source = (struct source){0};
    TRY(check_options(array, options, error));
    TRY(period_init(&period, options, error));
    TRY(find_axes(array, &axes, error));
    TRY(find_strides(array, &axes, strides, error));
    TRY_ALLOCATE(error, memory, 1, sizeof *memory);
    source->ops = array->times ? &with_times : &ops;
    source->self = memory;
    memory->type = array->type;
    memory->ready = axes.places.sequences >= 0;
    memory->sequences = memory->ready ? array->shape[axes.places.sequences] : 1;
    memory->length = array->shape[axes.places.time];
    memory->outer = memory->ready ? strides[axes.places.sequences] : 0;
    memory->inner = strides[axes.places.time];
    memory->data = array->data;
    TRY(choose_fields(source, memory, array, &axes, axes.places.fields < 0 ? 0 : strides[axes.places.fields], options,
                      error));
    memory->times = array->times;
    memory->groups = array->groups;
    source->array = float64_in_order(memory);
    source->shape.samples = memory->sequences * memory->length;
    memory->cut = memory->ready && options && options->window && options->window < memory->length;
    source->shape.row_length = memory->ready && !memory->cut ? memory->length : 0;
    if (memory->groups)
        TRY(count_groups(memory, &source->about.groups, error));
    else if (memory->cut)
        source->about.groups = memory->sequences;
    TRY(find_ranges(source, memory, &period, log, error));
    if (!period_is_all(&period) && !memory->range_count)
        FAIL(error, PLOTMILL_BAD_INPUT, NAME ": found no %s%s%s%s%s", source->shape.row_length ? "sequence" : "row",
             options->from ? " from " : "", options->from ? options->from : "", options->to ? " to " : "",
             options->to ? options->to : "");
done:
    if (status)
        source_close(source);
    return status;
}
