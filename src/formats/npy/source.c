#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/csv/stream.h"
#include "formats/format.h"
#include "formats/npy/header.h"

#define BLOCK_ELEMENTS 65536u

struct npy {
    FILE *file;
    char *path;
    struct npy_header header;
    bool by_column; /* element (n, t) is number t * shape[0] + n in the file */
    void *block;    /* BLOCK_ELEMENTS of at most 8 bytes */
};

static void swap_bytes(uint8_t *bytes, size_t count, unsigned size)
{
    for (size_t i = 0; i < count; i++, bytes += size)
        for (unsigned k = 0; k < size / 2; k++) {
            uint8_t kept = bytes[k];
            bytes[k] = bytes[size - 1 - k];
            bytes[size - 1 - k] = kept;
        }
}

/* float16: 1 sign bit, 5 of exponent (bias 15), 10 of fraction; exact in float64. */
static double from_half(uint16_t bits)
{
    int exponent = bits >> 10 & 31, fraction = bits & 1023;
    double magnitude = exponent == 31  ? (fraction ? NAN : INFINITY)
                       : exponent == 0 ? ldexp(fraction, -24)
                                       : ldexp(1024 + fraction, exponent - 25);
    return bits >> 15 ? -magnitude : magnitude;
}

/* out[k * step] = element k. */
#define CONVERT(type, expression)                                                    \
    do {                                                                             \
        for (size_t k = 0; k < count; k++) {                                         \
            type element;                                                            \
            memcpy(&element, (const char *)in + k * sizeof element, sizeof element); \
            out[k * step] = (expression);                                            \
        }                                                                            \
    } while (0)

static void convert_floats(const void *in, unsigned size, size_t count, double *out, uint64_t step)
{
    if (size == 2)
        CONVERT(uint16_t, from_half(element));
    else if (size == 4)
        CONVERT(float, element);
    else
        CONVERT(double, element);
}

static void convert_integers(const void *in, unsigned size, size_t count, double *out, uint64_t step)
{
    if (size == 1)
        CONVERT(int8_t, element);
    else if (size == 2)
        CONVERT(int16_t, element);
    else if (size == 4)
        CONVERT(int32_t, element);
    else
        CONVERT(int64_t, (double)element);
}

static void convert_naturals(const void *in, unsigned size, size_t count, double *out, uint64_t step)
{
    if (size == 1)
        CONVERT(uint8_t, element);
    else if (size == 2)
        CONVERT(uint16_t, element);
    else if (size == 4)
        CONVERT(uint32_t, element);
    else
        CONVERT(uint64_t, (double)element);
}

/* Elements at..at+count-1 of the file, count at most BLOCK_ELEMENTS, to out[0], out[step], ... */
static enum plotmill_status read_run(struct npy *npy, uint64_t at, size_t count, double *out, uint64_t step,
                                     struct plotmill_error *error)
{
    const struct npy_header *header = &npy->header;
    uint64_t offset = header->data + at * header->size;
    if (os_seek(npy->file, offset))
        return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s, offset %" PRIu64 ": cannot be reached: %s", npy->path,
                                  offset, strerror(errno));
    if (fread(npy->block, header->size, count, npy->file) < count)
        return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s, offset %" PRIu64 ": reading failed: %s", npy->path,
                                  offset, ferror(npy->file) ? strerror(errno) : "the file has become shorter");
    if (header->swap)
        swap_bytes(npy->block, count, header->size);
    if (header->kind == NPY_FLOAT)
        convert_floats(npy->block, header->size, count, out, step);
    else if (header->kind == NPY_SIGNED)
        convert_integers(npy->block, header->size, count, out, step);
    else
        convert_naturals(npy->block, header->size, count, out, step);
    return PLOTMILL_OK;
}

static enum plotmill_status read_in_file_order(void *self, uint64_t first, uint64_t count, double *out,
                                               struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    while (count) {
        size_t n = count < BLOCK_ELEMENTS ? (size_t)count : BLOCK_ELEMENTS;
        TRY(read_run(self, first, n, out, 1, error));
        first += n;
        out += n;
        count -= n;
    }
done:
    return status;
}

/* Samples `from`..`to`-1 of each of the sequences row..row+rows-1: a run of the file for each position. */
static enum plotmill_status read_rows_by_column(struct npy *npy, uint64_t row, uint64_t rows, uint64_t from,
                                                uint64_t to, double *out, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t width = to - from;
    for (uint64_t done_rows = 0; done_rows < rows;) {
        size_t n = rows - done_rows < BLOCK_ELEMENTS ? (size_t)(rows - done_rows) : BLOCK_ELEMENTS;
        for (uint64_t t = from; t < to; t++)
            TRY(read_run(npy, t * npy->header.shape[0] + row + done_rows, n, out + done_rows * width + (t - from),
                         width, error));
        done_rows += n;
    }
done:
    return status;
}

/* A part of the first sequence, whole ones, a part of the last. */
static enum plotmill_status read_by_column(void *self, uint64_t first, uint64_t count, double *out,
                                           struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct npy *npy = self;
    uint64_t length = npy->header.shape[1];
    while (count) {
        uint64_t from = first % length, rows = 1, to = length;
        if (from == 0 && count >= length)
            rows = count / length;
        else if (count < length - from)
            to = from + count;
        TRY(read_rows_by_column(npy, first / length, rows, from, to, out, error));
        uint64_t n = rows * (to - from);
        first += n;
        out += n;
        count -= n;
    }
done:
    return status;
}

static enum plotmill_status read_samples(void *self, uint64_t first, uint64_t count, double *out,
                                         struct plotmill_error *error)
{
    return (((struct npy *)self)->by_column ? read_by_column : read_in_file_order)(self, first, count, out, error);
}

static void locate(void *self, uint64_t sample, char *text, size_t size)
{
    const struct npy *npy = self;
    if (npy->header.rank == 1)
        snprintf(text, size, "%s, row %" PRIu64, npy->path, sample);
    else
        snprintf(text, size, "%s, row %" PRIu64 ", sample %" PRIu64, npy->path, sample / npy->header.shape[1],
                 sample % npy->header.shape[1]);
}

static void destroy(void *self)
{
    struct npy *npy = self;
    if (npy->file)
        fclose(npy->file);
    free(npy->path);
    free(npy->block);
    free(npy);
}

enum plotmill_status source_open_npy(struct source *source, const char *path, struct plotmill_error *error)
{
    static const struct plotmill_source_ops ops = {read_samples, locate, destroy};
    enum plotmill_status status = PLOTMILL_OK;
    struct npy *npy = NULL;
    TRY(input_check(path, error));
    TRY_ALLOCATE(error, npy, 1, sizeof *npy);
    TRY_ALLOCATE(error, npy->block, BLOCK_ELEMENTS, 8);
    npy->path = string_copy(path);
    if (!npy->path)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory");
    npy->file = fopen(path, "rb");
    if (!npy->file)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: cannot be opened: %s", path, strerror(errno));
    TRY(npy_header_read(&npy->header, npy->file, path, os_file_size(path), error));
    const struct npy_header *header = &npy->header;
    npy->by_column = header->fortran && header->shape[1] > 1;
    *source = (struct source){.ops = &ops,
                              .self = npy,
                              .shape = {.samples = header->shape[0] * header->shape[1],
                                        .row_length = header->rank == 2 ? header->shape[1] : 0}};
done:
    if (status && npy)
        destroy(npy);
    return status;
}
