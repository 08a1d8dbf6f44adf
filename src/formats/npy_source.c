/* Samples from NPY files: arrays of any axes, and structured arrays. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/array_columns.h"
#include "formats/axes.h"
#include "formats/exact.h"
#include "formats/fields.h"
#include "formats/format.h"
#include "formats/inputs/copy.h"
#include "formats/npy.h"
#include "formats/stored.h"
#include "formats/text/stream.h"

#define BLOCK_BYTES ((size_t)512 << 10)

/* Where the values of a sample are, from where the sample is. */
struct npy_value {
    struct npy_type type;
    uint64_t offset; /* bytes */
    char label[120]; /* in messages: ", field 4 (close)"; "": the array has no fields */
};

/* A unit is what lies together of a sample: all its values, or the element of one field where the axis of fields is not
 * the fastest. Units that follow each other in the file belong to the next sample, or to the same sample of the next
 * sequence. */
struct npy {
    struct array_columns columns; /* first */
    struct source_ops ops;
    FILE *file;
    char *path; /* its name in messages */
    uint64_t size;
    struct npy_header header;
    uint64_t length;          /* samples of a sequence; of one series: all */
    uint64_t outer, inner;    /* bytes from sequence to sequence, and from sample to sample */
    struct npy_value *values; /* (value_count) that a read returns */
    size_t value_count;
    bool together; /* a unit has all values */
    size_t unit;   /* bytes */
    bool ready;
    void *block; /* of at least one unit */
    size_t block_units;
};

/* float16: 1 sign bit, 5 of exponent (bias 15), 10 of fraction; exact in float64. */
static double from_half(uint16_t bits)
{
    int exponent = bits >> 10 & 31, fraction = bits & 1023;
    double magnitude = exponent == 31  ? (fraction ? NAN : INFINITY)
                       : exponent == 0 ? ldexp(fraction, -24)
                                       : ldexp(1024 + fraction, exponent - 25);
    return bits >> 15 ? -magnitude : magnitude;
}

/* out[k * step] = the element at in + k * stride. Returns how many; fewer: no float64 equals the next one. */
static size_t convert(struct npy_type type, const char *in, size_t stride, size_t count, double *out, uint64_t step)
{
#define CASE(kind, type, expression)                           \
    case (kind) << 8 | sizeof(type):                           \
        for (size_t k = 0; k < count; k++) {                   \
            type element;                                      \
            memcpy(&element, in + k * stride, sizeof element); \
            out[k * step] = (expression);                      \
        }                                                      \
        break

#define CHECKED_CASE(kind, name)                               \
    case (kind) << 8 | 8: {                                    \
        bool far = false;                                      \
        name##_t element;                                      \
        for (size_t k = 0; k < count; k++) {                   \
            memcpy(&element, in + k * stride, sizeof element); \
            out[k * step] = (double)element;                   \
            far |= name##_is_far(element);                     \
        }                                                      \
        for (size_t k = 0; far && k < count; k++) {            \
            memcpy(&element, in + k * stride, sizeof element); \
            if (!name##_is_exact(element))                     \
                return k;                                      \
        }                                                      \
        break;                                                 \
    }

    switch (type.kind << 8 | (int)type.size) {
        CASE('f', uint16_t, from_half(element));
        CASE('f', float, element);
        CASE('f', double, element);
        CASE('i', int8_t, element);
        CASE('i', int16_t, element);
        CASE('i', int32_t, element);
        CHECKED_CASE('i', int64);
        CASE('u', uint8_t, element);
        CASE('u', uint16_t, element);
        CASE('u', uint32_t, element);
        CHECKED_CASE('u', uint64);
    }
    return count;
#undef CHECKED_CASE
#undef CASE
}

/* The sample that has a unit at `offset`, of the first field where units are elements. */
static uint64_t sample_at(const struct npy *npy, uint64_t offset)
{
    const uint64_t from = offset - npy->header.data;
    if (!npy->outer)
        return from / npy->inner;
    return npy->outer > npy->inner ? from / npy->outer * npy->length + from % npy->outer / npy->inner
                                   : from % npy->inner / npy->outer * npy->length + from / npy->inner;
}

static void locate(void *self, uint64_t sample, char *text, size_t size)
{
    const struct npy *npy = self;
    if (!npy->ready)
        snprintf(text, size, "%s, row %" PRIu64, npy->path, sample);
    else
        snprintf(text, size, "%s, row %" PRIu64 ", sample %" PRIu64, npy->path, sample / npy->length,
                 sample % npy->length);
}

static enum plotmill_status refuse_integer(const struct npy *npy, uint64_t offset, const struct npy_value *value,
                                           const char *at, struct plotmill_error *error)
{
    char place[512];
    locate((void *)npy, sample_at(npy, offset - (npy->together ? 0 : value->offset)), place, sizeof place - 120);
    strcat(place, value->label);
    return exact_refuse(place, at, value->type.kind == 'i', error);
}

/* Reads `count` units, at most block_units, from `offset` on, and of each the values `value`.. in it, to out[value],
 * out[value + step], ... */
static enum plotmill_status read_units(struct npy *npy, uint64_t offset, size_t count, size_t value, double *out,
                                       uint64_t step, struct plotmill_error *error)
{
    const size_t end = npy->together ? npy->value_count : value + 1;
    if (os_seek(npy->file, offset))
        return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s, offset %" PRIu64 ": cannot be reached: %s", npy->path,
                                  offset, strerror(errno));
    if (fread(npy->block, npy->unit, count, npy->file) < count)
        return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s, offset %" PRIu64 ": reading failed: %s", npy->path,
                                  offset, ferror(npy->file) ? strerror(errno) : "the file has become shorter");
    for (size_t i = value; i < end; i++) {
        const struct npy_value *from = &npy->values[i];
        char *in = (char *)npy->block + (npy->together ? from->offset : 0);
        bool swapped = false; /* already, for another value from the same field */
        for (size_t k = value; k < i; k++)
            swapped |= npy->values[k].offset == from->offset;
        for (size_t k = 0; from->type.swap && !swapped && k < count; k++)
            swap_bytes(in + k * npy->unit, 1, from->type.size);
        const size_t done = convert(from->type, in, npy->unit, count, out + i, step);
        if (done < count)
            return refuse_integer(npy, offset + done * npy->unit, from, in + done * npy->unit, error);
    }
    return PLOTMILL_OK;
}

/* The same for any count, and for all values: the units from `offset` on, to every step-th sample of `out`. */
static enum plotmill_status read_run(struct npy *npy, uint64_t offset, uint64_t count, double *out, uint64_t step,
                                     struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    for (size_t value = 0; value < (npy->together ? 1 : npy->value_count); value++) {
        uint64_t at = offset + (npy->together ? 0 : npy->values[value].offset);
        double *to = out;
        for (uint64_t left = count, n; left; left -= n) {
            n = MIN(left, npy->block_units);
            TRY(read_units(npy, at, (size_t)n, value, to, step * npy->value_count, error));
            at += n * npy->unit;
            to += n * step * npy->value_count;
        }
    }
done:
    return status;
}

/* The next unit is the next sample, also from one sequence to the next where these are adjacent. */
static enum plotmill_status read_along_samples(void *self, uint64_t first, uint64_t count, double *out,
                                               struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct npy *npy = self;
    const bool adjacent = npy->outer == npy->length * npy->unit;
    while (count) {
        const uint64_t at = first % npy->length, left = npy->length - at, n = adjacent ? count : MIN(count, left);
        const uint64_t offset = npy->header.data + first / npy->length * npy->outer + at * npy->inner;
        TRY(read_run(npy, offset, n, out, 1, error));
        first += n;
        out += n * npy->value_count;
        count -= n;
    }
done:
    return status;
}

/* The next unit is the same sample of the next sequence. Reads a part of the first sequence, whole ones, and a part of
 * the last one; each part in runs of one sample of each sequence. */
static enum plotmill_status read_along_sequences(void *self, uint64_t first, uint64_t count, double *out,
                                                 struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct npy *npy = self;
    while (count) {
        const uint64_t row = first / npy->length, from = first % npy->length;
        const bool whole = from == 0 && count >= npy->length;
        const uint64_t to = !whole && count < npy->length - from ? from + count : npy->length, width = to - from;
        const uint64_t rows = whole ? count / npy->length : 1;
        for (uint64_t t = from; t < to; t++)
            TRY(read_run(npy, npy->header.data + row * npy->outer + t * npy->inner, rows,
                         out + (t - from) * npy->value_count, width, error));
        first += rows * width;
        out += rows * width * npy->value_count;
        count -= rows * width;
    }
done:
    return status;
}

static void destroy(void *self)
{
    struct npy *npy = self;
    if (npy->file)
        fclose(npy->file);
    npy_header_free(&npy->header);
    array_columns_free(&npy->columns);
    free(npy->path);
    free(npy->values);
    free(npy->block);
    free(npy);
}

/* Refuses a file that is too short for its shape. *elements: of one field. */
static enum plotmill_status check_size(const struct npy *npy, const struct array_shape *shape,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct npy_header *header = &npy->header;
    const uint64_t size = npy->size, *axes = header->axes;
    uint64_t found = size > header->data ? (size - header->data) / header->type.size : 0, fits = found;
    char expected[80];
    for (unsigned i = 0; i < shape->rank; i++) {
        if (!axes[i])
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: holds no samples", npy->path);
        fits /= axes[i]; /* the product may overflow */
    }
    snprintf(expected, sizeof expected, "%" PRIu64 " x %" PRIu64, axes[0], axes[1]);
    if (shape->rank == 3)
        snprintf(expected, sizeof expected, "%" PRIu64 " x %" PRIu64 " x %" PRIu64, axes[0], axes[1], axes[2]);
    if (!fits)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: truncated: found %" PRIu64 " samples after offset %" PRIu64 ", expected %s of %u bytes", npy->path,
             found, header->data, expected, header->type.size);
done:
    return status;
}

/* Bytes from one element to the next along an axis; 0: there is no such axis. */
static uint64_t stride_of(const struct npy_header *header, unsigned rank, int axis)
{
    uint64_t stride = header->type.size;
    if (axis < 0)
        return 0;
    for (unsigned k = header->fortran ? 0 : (unsigned)axis + 1; k < (header->fortran ? (unsigned)axis : rank); k++)
        stride *= header->axes[k];
    return stride;
}

/* The column of what an array has beside its fields, from a field of its elements. */
struct npy_column {
    struct npy_type type;
    uint64_t offset;
};

/* ns of the unit of NumPy's datetime64, such as "<M8[ns]" or "<M8[10ms]"; 0: none that is a fixed time. */
static int64_t datetime_unit(const char *descr)
{
    static const struct {
        const char *name;
        int64_t ns;
    } units[] = {{"ns]", 1},          {"us]", 1000},         {"ms]", 1000000},       {"s]", 1000000000},
                 {"m]", 60000000000}, {"h]", 3600000000000}, {"D]", 86400000000000}, {"W]", 604800000000000}};
    const char *bracket = strchr(descr, '[');
    char *end;
    if (!bracket)
        return 0;
    const unsigned long count = strtoul(bracket + 1, &end, 10);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (!strcmp(end, units[i].name) && count < 1000)
            return (count ? (int64_t)count : 1) * units[i].ns;
    return 0;
}

static struct array_column describe_column(struct npy_type type, const char *name, const char *descr)
{
    struct array_column column = {.size = 8};
    const bool is_array = !strncmp(descr, "arrays of", 9);
    snprintf(column.name, sizeof column.name, "%s", name);
    column.kind = is_array           ? ARRAY_OTHER
                  : type.number      ? (type.kind == 'f'   ? ARRAY_FLOAT64
                                        : type.kind == 'i' ? ARRAY_INT64
                                                           : ARRAY_UINT64)
                  : type.kind == '?' ? ARRAY_UINT64
                  : type.kind == 'S' ? ARRAY_BYTES
                  : type.kind == 'U' ? ARRAY_UCS4
                                     : ARRAY_OTHER;
    if (column.kind == ARRAY_BYTES || column.kind == ARRAY_UCS4)
        column.size = type.size;
    if (!is_array && type.kind == 'M' && (column.unit = datetime_unit(descr)))
        column.kind = ARRAY_TIME;
    return column;
}

/* A stored element as array_column says. */
static void put_element(const struct npy_column *column, const struct array_column *as, char *element, char *out)
{
    const struct npy_type type = column->type;
    int64_t integer = 0;
    uint64_t natural = 0;
    double number = 0;
    if (as->kind == ARRAY_BYTES || as->kind == ARRAY_UCS4) {
        if (as->kind == ARRAY_UCS4 && type.swap)
            swap_bytes(element, as->size / 4, 4);
        memcpy(out, element, as->size);
        return;
    }
    if (type.swap)
        swap_bytes(element, 1, type.size);
    if (as->kind == ARRAY_FLOAT64) {
        convert(type, element, type.size, 1, &number, 1);
        memcpy(out, &number, sizeof number);
        return;
    }
    memcpy(NPY_BIG_ENDIAN ? (char *)&natural + 8 - type.size : (char *)&natural, element, type.size);
    const unsigned shift = 64 - 8 * type.size;
    if (as->kind != ARRAY_UINT64) /* extends the sign */
        natural =
            natural & (UINT64_C(1) << (8 * type.size - 1)) && shift ? natural | UINT64_MAX << (64 - shift) : natural;
    memcpy(&integer, &natural, sizeof integer);
    memcpy(out, &integer, sizeof integer);
}

struct npy_columns {
    struct npy *npy;
    struct npy_column *from;
    struct array_column_list list;
};

static enum plotmill_status read_column(void *self, size_t column, uint64_t first, uint64_t count, void *out,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct npy_columns *columns = self;
    const struct npy_column *from = &columns->from[column];
    const struct array_column *as = &columns->list.items[column];
    struct npy *npy = columns->npy;
    const uint64_t step = npy->inner ? npy->inner : from->type.size, room = MAX(BLOCK_BYTES, step);
    char *block = NULL;
    TRY_ALLOCATE(error, block, room + from->type.size, 1);
    while (count) {
        const uint64_t at = first % npy->length;
        const uint64_t n = MIN(MIN(count, npy->length - at), room / step);
        const uint64_t offset = npy->header.data + first / npy->length * npy->outer + at * npy->inner + from->offset;
        const size_t bytes = (size_t)((n - 1) * step + from->type.size);
        if (os_seek(npy->file, offset) || fread(block, 1, bytes, npy->file) < bytes)
            FAIL(error, PLOTMILL_IO_FAILED, "%s, offset %" PRIu64 ": reading failed: %s", npy->path, offset,
                 ferror(npy->file) ? strerror(errno) : "the file has become shorter");
        for (uint64_t i = 0; i < n; i++)
            put_element(from, as, block + i * step, (char *)out + i * as->size);
        first += n;
        out = (char *)out + n * as->size;
        count -= n;
    }
done:
    free(block);
    return status;
}

/* The fields of records, or those along an axis. */
static enum plotmill_status list_columns(struct npy_columns *columns, const struct array_axes *axes,
                                         const struct array_shape *shape, const struct field_list *fields,
                                         const struct source_options *options, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct npy_header *header = &columns->npy->header;
    const uint64_t step = stride_of(header, shape->rank, axes->fields);
    columns->list = (struct array_column_list){.path = columns->npy->path, .read = read_column, .self = columns};
    if (!shape->records && (axes->fields < 0 || !(fields_have_names(fields) || array_columns_are_asked(options))))
        return PLOTMILL_OK;
    TRY_ALLOCATE(error, columns->list.items, fields->count, sizeof *columns->list.items);
    TRY_ALLOCATE(error, columns->from, fields->count, sizeof *columns->from);
    for (size_t i = 0; i < fields->count; i++) {
        const struct npy_field *field = shape->records ? &header->fields[i] : NULL;
        const struct npy_type type = field ? field->type : header->type;
        columns->from[i] = (struct npy_column){type, field ? field->offset : i * step};
        columns->list.items[i] = describe_column(type, fields->fields[i].name, field ? field->descr : header->descr);
    }
    columns->list.count = fields->count;
done:
    return status;
}

/* Which values a read returns, and where they are. */
static enum plotmill_status find_values(struct npy *npy, const struct array_axes *axes, const struct array_shape *shape,
                                        const struct source_options *options, struct npy_columns *columns, size_t *time,
                                        struct source_about *about, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct npy_header *header = &npy->header;
    const uint64_t step = stride_of(header, shape->rank, axes->fields), fields = axis_length(shape, axes->fields);
    struct field_list list = {.path = npy->path};
    struct field_choice choice = {0};
    if (!shape->records)
        TRY(axes_add_fields(&list, fields, NULL, error));
    for (size_t i = 0; i < header->field_count; i++)
        TRY(fields_add(&list, header->fields[i].name, strlen(header->fields[i].name), header->fields[i].type.number,
                       error));
    TRY(fields_list(&list, options ? options->columns : NULL, error));
    TRY(list_columns(columns, axes, shape, &list, options, error));
    TRY(array_columns_find_time(&columns->list, npy->length * axis_length(shape, axes->sequences), options, time,
                                error));
    if (*time != ARRAY_NO_COLUMN)
        list.fields[*time].numeric = false; /* it is not meant where one field is not named */
    TRY(axes_choose_fields(&list, axes, shape->records, options, &choice, error));
    if (axes->fields >= 0 || fields_have_names(&list))
        TRY(fields_describe(&list, options, &choice, about, error));
    npy->together = fields == 1 || step == header->type.size;
    npy->unit = (size_t)(npy->together ? fields * header->type.size : header->type.size);
    npy->value_count = choice.count;
    TRY_ALLOCATE(error, npy->values, choice.count, sizeof *npy->values);
    for (size_t i = 0; i < choice.count; i++) {
        const struct npy_field *field = shape->records ? &header->fields[choice.at[i]] : NULL;
        npy->values[i] = field ? (struct npy_value){field->type, field->offset, ""}
                               : (struct npy_value){header->type, choice.at[i] * step, ""};
        if (field || axes->fields >= 0)
            snprintf(npy->values[i].label, sizeof npy->values[i].label, ", field %s",
                     field_label(&list, choice.at[i]).text);
        if (field && !field->type.number)
            FAIL(error, PLOTMILL_BAD_INPUT,
                 "%s: field %s holds %s, expected float16, float32, float64, or integers of 8 to 64 bits", npy->path,
                 field_label(&list, choice.at[i]).text, field->descr);
    }
done:
    field_choice_free(&choice);
    fields_free(&list);
    return status;
}

enum plotmill_status source_open_npy(struct source *source, const struct input *input,
                                     const struct source_context *context, struct plotmill_error *error)
{
    static const struct source_ops along_samples = {read_along_samples, locate, destroy};
    static const struct source_ops along_sequences = {read_along_sequences, locate, destroy};
    enum plotmill_status status = PLOTMILL_OK;
    const char *path = input->name;
    struct source_about about = {0};
    struct npy_columns columns = {0};
    size_t time = ARRAY_NO_COLUMN;
    struct array_axes axes;
    struct npy *npy = NULL;
    TRY(input_check(input->path, error));
    TRY_ALLOCATE(error, npy, 1, sizeof *npy);
    columns.npy = npy;
    TRY(string_keep(&npy->path, path, error));
    npy->size = os_file_size(input->path);
    npy->file = fopen(input->path, "rb");
    if (!npy->file)
        TRY(input_open_failed(path, error));
    const struct npy_header *header = &npy->header;
    TRY(npy_header_read(&npy->header, npy->file, path, error));
    const struct array_shape shape = {path, header->rank, header->axes, header->fields != NULL};
    TRY(axes_find(&axes, &shape, context->options, error));
    TRY(check_size(npy, &shape, error));
    npy->ready = axes.sequences >= 0;
    npy->length = axis_length(&shape, axes.time);
    npy->outer = stride_of(header, header->rank, axes.sequences);
    npy->inner = stride_of(header, header->rank, axes.time);
    TRY(find_values(npy, &axes, &shape, context->options, &columns, &time, &about, error));
    npy->block_units = MAX(BLOCK_BYTES / npy->unit, 1);
    TRY_ALLOCATE(error, npy->block, npy->block_units, npy->unit);
    axes_report(&shape, context->options, context->log);
    npy->ops = npy->inner == npy->unit || npy->length == 1 ? along_samples : along_sequences;
    *source = (struct source){.ops = &npy->ops,
                              .self = npy,
                              .shape = {.samples = npy->length * axis_length(&shape, axes.sequences),
                                        .row_length = npy->ready ? npy->length : 0,
                                        .fields = (uint32_t)npy->value_count},
                              .about = about};
    about = (struct source_about){0};
    source->about.reading = axes_reading(&axes, time == ARRAY_NO_COLUMN ? NULL : columns.list.items[time].name, 0);
    TRY_MEMORY(error, source->about.reading);
    TRY(array_columns_open(&npy->columns, &columns.list, time, context->options, context->log, source, error));
    npy->ops.times = npy->columns.times ? array_columns_times : NULL;
    npy->ops.side = npy->columns.side_count ? array_columns_side : NULL;
done:
    free(columns.list.items);
    free(columns.from);
    if (status) {
        about_free(&about);
        about_free(&source->about);
        sides_free(source->sides, source->side_count);
        *source = (struct source){0};
    }
    if (status && npy)
        destroy(npy);
    return status;
}
