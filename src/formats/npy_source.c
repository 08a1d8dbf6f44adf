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
#include "formats/exact.h"
#include "formats/inputs/copy.h"
#include "formats/npy_parts.h"
#include "formats/stored.h"

#define BLOCK_BYTES ((size_t)512 << 10)

/* float16: 1 sign bit, 5 of exponent (bias 15), 10 of fraction; exact in float64. */
static double from_half(uint16_t bits)
{
    int exponent = bits >> 10 & 31, fraction = bits & 1023;
    double magnitude = exponent == 31  ? (fraction ? NAN : INFINITY)
                       : exponent == 0 ? ldexp(fraction, -24)
                                       : ldexp(1024 + fraction, exponent - 25);
    return bits >> 15 ? -magnitude : magnitude;
}

size_t npy_convert(struct npy_type type, const char *in, size_t stride, size_t count, double *out, uint64_t step)
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
        const size_t done = npy_convert(from->type, in, npy->unit, count, out + i, step);
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

uint64_t npy_stride(const struct npy_header *header, unsigned rank, int axis)
{
    uint64_t stride = header->type.size;
    if (axis < 0)
        return 0;
    for (unsigned k = header->fortran ? 0 : (unsigned)axis + 1; k < (header->fortran ? (unsigned)axis : rank); k++)
        stride *= header->axes[k];
    return stride;
}

/* Which values a read returns, and where they are. */
static enum plotmill_status find_values(struct npy *npy, const struct array_axes *axes, const struct array_shape *shape,
                                        const struct input *input, const struct source_options *options,
                                        struct npy_columns *columns, size_t *time, struct source_about *about,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct npy_header *header = &npy->header;
    const uint64_t step = npy_stride(header, shape->rank, axes->fields), fields = axis_length(shape, axes->fields);
    struct field_list list = {.path = npy->path};
    struct field_choice choice = {0};
    size_t listed;
    if (!shape->records)
        TRY(axes_add_fields(&list, fields, NULL, error));
    for (size_t i = 0; i < header->field_count; i++)
        TRY(fields_add(&list, header->fields[i].name, strlen(header->fields[i].name), header->fields[i].type.number,
                       error));
    TRY(fields_list(&list, options ? options->columns : NULL, error));
    TRY(npy_columns_list(columns, axes, shape, &list, input, options, &listed, error));
    TRY(array_columns_find_time(&columns->list, npy->length * axis_length(shape, axes->sequences), options, time,
                                error));
    if (*time < listed)
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
    npy->outer = npy_stride(header, header->rank, axes.sequences);
    npy->inner = npy_stride(header, header->rank, axes.time);
    TRY(find_values(npy, &axes, &shape, input, context->options, &columns, &time, &about, error));
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
    npy_columns_free(&columns);
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
