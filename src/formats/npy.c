/* NPY files, which numpy.load can map into memory: input of samples, output of images. */
#include "formats/npy.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"
#include "chart/pixel_format.h"
#include "formats/array.h"
#include "formats/csv/stream.h"

/* A longer one has a damaged length: what NumPy writes is far shorter. */
#define HEADER_MAX 1000000u
#define PREFIX_BYTES 10 /* magic, version and length in version 1.0 */

void npy_header_write(char header[NPY_HEADER_BYTES], const char *descr, int rank, const uint64_t *axes)
{
    char text[NPY_HEADER_BYTES - PREFIX_BYTES + 1];
    int used = snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (", descr);
    for (int i = 0; i < rank; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, "%s%" PRIu64, i ? ", " : "", axes[i]);
    used += snprintf(text + used, sizeof text - (size_t)used, "%s), }", rank == 1 ? "," : "");
    memset(text + used, ' ', sizeof text - (size_t)used);
    memcpy(header, "\x93NUMPY\x01\x00", 8);
    header[8] = (char)(NPY_HEADER_BYTES - PREFIX_BYTES);
    header[9] = 0;
    memcpy(header + PREFIX_BYTES, text, NPY_HEADER_BYTES - PREFIX_BYTES);
    header[NPY_HEADER_BYTES - 1] = '\n';
}

/* The text of a header: a Python dictionary with the keys descr, fortran_order and shape. */
struct cursor {
    const char *path;
    struct plotmill_error *error;
    char *text;
    size_t size, at;
    uint64_t offset; /* of the text in the file */
};

static enum plotmill_status malformed(const struct cursor *cursor, const char *expected)
{
    struct text_quote found = text_quote(cursor->text + cursor->at, cursor->size - cursor->at);
    return plotmill_error_set(cursor->error, PLOTMILL_BAD_INPUT,
                              "%s, offset %" PRIu64 ": malformed NPY header: found \"%s\", expected %s", cursor->path,
                              cursor->offset + cursor->at, found.text, expected);
}

/* Skips spaces. Returns the character that follows; 0 at the end. */
static char peek(struct cursor *cursor)
{
    while (cursor->at < cursor->size && cursor->text[cursor->at] && strchr(" \t\r\n", cursor->text[cursor->at]))
        cursor->at++;
    return cursor->at < cursor->size ? cursor->text[cursor->at] : 0;
}

static bool take(struct cursor *cursor, const char *word)
{
    size_t length = strlen(word);
    peek(cursor);
    bool there = cursor->size - cursor->at >= length && !memcmp(cursor->text + cursor->at, word, length);
    cursor->at += there ? length : 0;
    return there;
}

/* A quoted string of fewer than `size` characters, without escapes. */
static enum plotmill_status take_string(struct cursor *cursor, char *string, size_t size, const char *expected)
{
    char quote = peek(cursor);
    size_t start = cursor->at + 1, end = start;
    if (quote != '\'' && quote != '"')
        return malformed(cursor, expected);
    while (end < cursor->size && cursor->text[end] != quote && cursor->text[end] != '\\')
        end++;
    if (end >= cursor->size || cursor->text[end] != quote || end - start >= size)
        return malformed(cursor, expected);
    memcpy(string, cursor->text + start, end - start);
    string[end - start] = 0;
    cursor->at = end + 1;
    return PLOTMILL_OK;
}

static enum plotmill_status take_dtype(struct cursor *cursor, struct npy_header *header)
{
    struct text_quote found;
    const char *p = header->descr;
    if (peek(cursor) == '[') { /* a record of several fields */
        found = text_quote(cursor->text + cursor->at, cursor->size - cursor->at);
    } else {
        enum plotmill_status status = take_string(cursor, header->descr, sizeof header->descr, "a dtype such as '<f8'");
        if (status)
            return status;
        char order = *p && strchr("<>=|", *p) ? *p++ : '=';
        header->swap = order == (NPY_BIG_ENDIAN ? '<' : '>');
        header->kind = p[0];
        header->size = *p ? (unsigned)(p[1] - '0') : 0;
        if (strlen(p) == 2 && strchr("fiu", p[0]) && strchr("1248", p[1]) && strcmp(p, "f1") &&
            (order != '|' || p[1] == '1'))
            return PLOTMILL_OK;
        found = text_quote(header->descr, strlen(header->descr));
    }
    return plotmill_error_set(cursor->error, PLOTMILL_BAD_INPUT,
                              "%s: found dtype %s, expected float16, float32, float64, or integers of 8 to 64 bits",
                              cursor->path, found.text);
}

static enum plotmill_status take_order(struct cursor *cursor, struct npy_header *header)
{
    header->fortran = take(cursor, "True");
    return header->fortran || take(cursor, "False") ? PLOTMILL_OK : malformed(cursor, "True or False");
}

/* (), (N,), (N, T), ... */
static enum plotmill_status take_shape(struct cursor *cursor, struct npy_header *header)
{
    if (!take(cursor, "("))
        return malformed(cursor, "a shape such as (1000,)");
    while (!take(cursor, ")")) {
        uint64_t length = 0;
        char c = peek(cursor);
        if (c < '0' || c > '9')
            return malformed(cursor, "a length or )");
        for (; c >= '0' && c <= '9'; c = ++cursor->at < cursor->size ? cursor->text[cursor->at] : 0) {
            if (length > (INT64_MAX - 9) / 10)
                return malformed(cursor, "a length below 2^63");
            length = length * 10 + (uint64_t)(c - '0');
        }
        cursor->at += c == 'L'; /* as Python 2 wrote it */
        if (header->rank < NPY_AXES_MAX)
            header->axes[header->rank] = length;
        header->rank++;
        if (!take(cursor, ",") && (peek(cursor) != ')' || header->rank == 1))
            return malformed(cursor, ", or )");
    }
    return PLOTMILL_OK;
}

static enum plotmill_status parse(struct cursor *cursor, struct npy_header *header)
{
    static const struct {
        const char *key;
        enum plotmill_status (*take)(struct cursor *cursor, struct npy_header *header);
    } entries[] = {{"descr", take_dtype}, {"fortran_order", take_order}, {"shape", take_shape}};
    static const char each_once[] = "'descr', 'fortran_order' and 'shape', each once";
    enum plotmill_status status = PLOTMILL_OK;
    unsigned seen = 0;
    if (!take(cursor, "{"))
        return malformed(cursor, "{");
    while (!take(cursor, "}")) {
        char key[16];
        unsigned i = 0;
        peek(cursor);
        const size_t start = cursor->at;
        TRY(take_string(cursor, key, sizeof key, "'descr', 'fortran_order' or 'shape'"));
        while (i < 3 && strcmp(key, entries[i].key))
            i++;
        if (i == 3 || seen & 1u << i) {
            cursor->at = start;
            return malformed(cursor, each_once);
        }
        seen |= 1u << i;
        if (!take(cursor, ":"))
            return malformed(cursor, ":");
        TRY(entries[i].take(cursor, header));
        if (!take(cursor, ",") && peek(cursor) != '}')
            return malformed(cursor, ", or }");
    }
    if (seen != 7) {
        cursor->at--;
        return malformed(cursor, each_once);
    }
    if (peek(cursor))
        return malformed(cursor, "spaces up to the end of the header");
done:
    return status;
}

enum plotmill_status npy_header_read(struct npy_header *header, FILE *file, const char *path,
                                     struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct cursor cursor = {.path = path, .error = error};
    uint8_t bytes[12] = {0};
    *header = (struct npy_header){.axes = {1, 1, 1, 1}};
    const size_t got = fread(bytes, 1, 8, file);
    if (got < 6 || memcmp(bytes, "\x93NUMPY", 6))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s, offset 0: not an NPY file, expected it to begin with \\x93NUMPY", path);
    if (got == 8 && (bytes[6] < 1 || bytes[6] > 3 || bytes[7] != 0))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s, offset 6: found NPY version %d.%d, expected 1.0, 2.0 or 3.0", path,
             bytes[6], bytes[7]);
    const size_t width = bytes[6] == 1 ? 2 : 4; /* bytes of the length */
    if (got < 8 || fread(bytes + 8, 1, width, file) < width)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: truncated within the NPY header", path);
    for (size_t i = width; i-- > 0;)
        cursor.size = cursor.size << 8 | bytes[8 + i];
    cursor.offset = 8 + width;
    if (cursor.size > HEADER_MAX)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s, offset 8: found an NPY header of %zu bytes, expected at most %u", path,
             cursor.size, HEADER_MAX);
    TRY_ALLOCATE(error, cursor.text, cursor.size, 1);
    if (fread(cursor.text, 1, cursor.size, file) < cursor.size)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: truncated within the NPY header", path);
    TRY(parse(&cursor, header));
    header->data = cursor.offset + cursor.size;
done:
    free(cursor.text);
    return status;
}

static bool write_header(FILE *file, const struct pixel_format *pixels, const struct dataset_info *info)
{
    char header[NPY_HEADER_BYTES];
    uint64_t axes[4];
    int rank = pixel_format_axes(pixels, info->images, info->width, info->height, axes);
    npy_header_write(header, pixel_dtype_descr(pixels->dtype), rank, axes);
    return fwrite(header, sizeof header, 1, file) == 1;
}

/* A shape alone does not say the width of packed rows and their two values. Nor does (N, 3, 40, 3) say which axis is
 * the channels: readers take the second one (formats/stored.h), and expect 1 or 3 of them. */
static bool needs_sidecar(const struct pixel_format *pixels, const struct dataset_info *info)
{
    const uint32_t channels = pixel_format_channels(pixels);
    const bool last = pixel_format_layout(pixels) == LAYOUT_NHWC;
    return pixels->dtype == DTYPE_BITS || (channels != 1 && channels != 3) ||
           (last && (!info || info->height == 1 || info->height == 3));
}

enum plotmill_status sink_create_npy(struct sink *sink, const char *path, const struct sink_options *options,
                                     struct plotmill_error *error)
{
    static const struct array_kind npy = {"npy", NPY_HEADER_BYTES, write_header, needs_sidecar};
    return array_sink_create(sink, path, options, &npy, error);
}

/* Takes the layout from the sidecar, if that describes this array. */
static enum plotmill_status read_sidecar(struct array_reader *array, const struct npy_header *header,
                                         struct stored_hints *hints, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct stored_hints described;
    uint64_t axes[4];
    unsigned rank;
    TRY(array_reader_describe(array, &described, &rank, axes, error));
    bool same_type = described.dtype == hints->dtype || (described.dtype == DTYPE_BITS && hints->dtype == DTYPE_U8);
    if (!same_type || rank != header->rank || memcmp(axes, header->axes, rank * sizeof *axes))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s.json: describes another dtype or shape than %s has", array->path,
             array->path);
    described.swap = hints->swap;
    *hints = described;
done:
    return status;
}

enum plotmill_status reader_open_npy(struct reader *reader, const char *path, struct plotmill_error *error)
{
    static const char *const types[] = {[DTYPE_U8] = "u1", [DTYPE_F32] = "f4", [DTYPE_F16] = "f2"};
    enum plotmill_status status = PLOTMILL_OK;
    struct array_reader *array = NULL;
    struct npy_header header;
    struct stored any;
    unsigned type = 0;
    char shape[100] = "";
    TRY(array_reader_create(&array, path, error));
    TRY(npy_header_read(&header, array->file, path, error));
    array->start = header.data;
    while (type < 3 && (types[type][0] != header.kind || types[type][1] - '0' != (int)header.size))
        type++;
    if (type == 3)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: found dtype '%s', expected '|u1' (uint8), '<f4' or '<f2'", path,
             header.descr);
    struct stored_hints hints = {
        .dtype = (enum pixel_dtype)type, .layout = -1, .background = -1, .foreground = -1, .swap = header.swap};
    for (unsigned i = 0, used = 0; i < header.rank && i < NPY_AXES_MAX; i++)
        used += (unsigned)snprintf(shape + used, sizeof shape - used, "%s%" PRIu64, i ? ", " : "", header.axes[i]);
    const bool described = array_is_described(path, "npy");
    if (!stored_init(&any, &hints, (int)header.rank, header.axes) && (!described || header.rank != 4))
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: found the shape (%s%s), expected images (N, height, width), (N, channels, height, width) or (N, "
             "height, width, channels) of 1 or 3 channels",
             path, shape,
             header.rank > NPY_AXES_MAX ? ", ..."
             : header.rank == 1         ? ","
                                        : "");
    if (header.fortran)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: is in Fortran order, expected C order", path);
    if (described)
        TRY(read_sidecar(array, &header, &hints, error));
    if (!stored_init(&array->stored, &hints, (int)header.rank, header.axes))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s.json: its layout, width, background and foreground do not fit the shape",
             path);
    TRY(array_reader_finish(array, "npy", reader, error));
done:
    if (status)
        array_reader_destroy(array);
    return status;
}

#define BLOCK_ELEMENTS 65536u

/* One long series, or ready sequences (N, T). */
struct npy {
    FILE *file;
    char *path;
    struct npy_header header;
    void *block; /* BLOCK_ELEMENTS of at most 8 bytes */
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

/* out[k * step] = element k. */
static void convert(const struct npy_header *header, const void *in, size_t count, double *out, uint64_t step)
{
#define CASE(kind, type, expression)                                                 \
    case (kind) << 8 | sizeof(type):                                                 \
        for (size_t k = 0; k < count; k++) {                                         \
            type element;                                                            \
            memcpy(&element, (const char *)in + k * sizeof element, sizeof element); \
            out[k * step] = (expression);                                            \
        }                                                                            \
        break

    switch (header->kind << 8 | header->size) {
        CASE('f', uint16_t, from_half(element));
        CASE('f', float, element);
        CASE('f', double, element);
        CASE('i', int8_t, element);
        CASE('i', int16_t, element);
        CASE('i', int32_t, element);
        CASE('i', int64_t, (double)element);
        CASE('u', uint8_t, element);
        CASE('u', uint16_t, element);
        CASE('u', uint32_t, element);
        CASE('u', uint64_t, (double)element);
    }
#undef CASE
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
    convert(header, npy->block, count, out, step);
    return PLOTMILL_OK;
}

static enum plotmill_status read_c_order(void *self, uint64_t first, uint64_t count, double *out,
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

/* In Fortran order sample t of sequence n is element t * N + n. Reads a part of the first sequence, whole ones, and a
 * part of the last one; each part in runs of one t. */
static enum plotmill_status read_fortran_order(void *self, uint64_t first, uint64_t count, double *out,
                                               struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct npy *npy = self;
    const uint64_t sequences = npy->header.axes[0], length = npy->header.axes[1];
    while (count) {
        const uint64_t row = first / length, from = first % length;
        const bool whole = from == 0 && count >= length;
        const uint64_t to = !whole && count < length - from ? from + count : length, width = to - from;
        const uint64_t rows = !whole ? 1 : count / length < BLOCK_ELEMENTS ? count / length : BLOCK_ELEMENTS;
        for (uint64_t t = from; t < to; t++)
            TRY(read_run(npy, t * sequences + row, (size_t)rows, out + (t - from), width, error));
        first += rows * width;
        out += rows * width;
        count -= rows * width;
    }
done:
    return status;
}

static void locate(void *self, uint64_t sample, char *text, size_t size)
{
    const struct npy *npy = self;
    const uint64_t length = npy->header.axes[1];
    if (npy->header.rank == 1)
        snprintf(text, size, "%s, row %" PRIu64, npy->path, sample);
    else
        snprintf(text, size, "%s, row %" PRIu64 ", sample %" PRIu64, npy->path, sample / length, sample % length);
}

static void destroy_source(void *self)
{
    struct npy *npy = self;
    if (npy->file)
        fclose(npy->file);
    free(npy->path);
    free(npy->block);
    free(npy);
}

enum plotmill_status source_open_npy(struct source *source, const char *path, const struct source_context *context,
                                     struct plotmill_error *error)
{
    (void)context;
    static const struct source_ops c_order = {read_c_order, locate, destroy_source};
    static const struct source_ops fortran_order = {read_fortran_order, locate, destroy_source};
    enum plotmill_status status = PLOTMILL_OK;
    struct npy *npy = NULL;
    TRY(input_check(path, error));
    TRY_ALLOCATE(error, npy, 1, sizeof *npy);
    TRY_ALLOCATE(error, npy->block, BLOCK_ELEMENTS, 8);
    TRY(string_keep(&npy->path, path, error));
    npy->file = fopen(path, "rb");
    if (!npy->file)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: cannot be opened: %s", path, strerror(errno));
    const struct npy_header *header = &npy->header;
    TRY(npy_header_read(&npy->header, npy->file, path, error));
    const uint64_t rows = header->axes[0], columns = header->axes[1], size = os_file_size(path);
    const uint64_t found = size > header->data ? (size - header->data) / header->size : 0;
    if (header->rank < 1 || header->rank > 2)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: found %u dimensions, expected 1 (one long series) or 2 (ready sequences)",
             path, header->rank);
    if (rows == 0 || columns == 0)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: holds no samples", path);
    if (rows > found / columns) /* the product may overflow */
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: truncated: found %" PRIu64 " samples after offset %" PRIu64 ", expected %" PRIu64 " x %" PRIu64
             " of %u bytes",
             path, found, header->data, rows, columns, header->size);
    *source = (struct source){.ops = header->fortran && columns > 1 ? &fortran_order : &c_order,
                              .self = npy,
                              .shape = {.samples = rows * columns, .row_length = header->rank == 2 ? columns : 0}};
done:
    if (status && npy)
        destroy_source(npy);
    return status;
}
