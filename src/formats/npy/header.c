#include "formats/npy/header.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "base/try.h"

/* NumPy's own writers stay far below; more is a damaged length. */
#define HEADER_LIMIT 1000000u

/* The header's text, a Python dictionary with the keys descr, fortran_order and shape. */
struct cursor {
    const char *path;
    struct plotmill_error *error;
    char *text;
    size_t size;
    size_t at;
    uint64_t offset; /* of the text in the file */
};

static enum plotmill_status malformed(const struct cursor *cursor, const char *expected)
{
    struct text_quote found = text_quote(cursor->text + cursor->at, cursor->size - cursor->at);
    return plotmill_error_set(cursor->error, PLOTMILL_BAD_INPUT,
                              "%s, offset %" PRIu64 ": malformed NPY header: found \"%s\", expected %s", cursor->path,
                              cursor->offset + cursor->at, found.text, expected);
}

/* The next character that is no space, 0 at the end. */
static char peek(struct cursor *cursor)
{
    while (cursor->at < cursor->size && strchr(" \t\r\n", cursor->text[cursor->at]) && cursor->text[cursor->at])
        cursor->at++;
    return cursor->at < cursor->size ? cursor->text[cursor->at] : 0;
}

static bool take(struct cursor *cursor, char c)
{
    bool there = peek(cursor) == c;
    cursor->at += there;
    return there;
}

static bool take_word(struct cursor *cursor, const char *word)
{
    size_t length = strlen(word);
    peek(cursor);
    bool there = cursor->size - cursor->at >= length && !memcmp(cursor->text + cursor->at, word, length);
    cursor->at += there ? length : 0;
    return there;
}

/* A quoted string of at most size-1 characters, without escapes. */
static enum plotmill_status take_string(struct cursor *cursor, char *string, size_t size, const char *expected)
{
    char quote = peek(cursor);
    size_t start = cursor->at + 1, end = start;
    if (quote != '\'' && quote != '"')
        return malformed(cursor, expected);
    while (end < cursor->size && cursor->text[end] != quote && cursor->text[end] != '\\')
        end++;
    if (end == cursor->size || cursor->text[end] != quote || end - start >= size)
        return malformed(cursor, expected);
    memcpy(string, cursor->text + start, end - start);
    string[end - start] = 0;
    cursor->at = end + 1;
    return PLOTMILL_OK;
}

static enum plotmill_status unsupported(const struct cursor *cursor, const char *dtype, size_t length)
{
    return plotmill_error_set(cursor->error, PLOTMILL_BAD_INPUT,
                              "%s: found dtype %s, expected float16, float32, float64, or integers of 8 to 64 bits",
                              cursor->path, text_quote(dtype, length).text);
}

static bool host_is_big_endian(void)
{
    const uint16_t one = 1;
    return *(const uint8_t *)&one == 0;
}

static enum plotmill_status take_dtype(struct cursor *cursor, struct npy_header *header)
{
    char dtype[40];
    if (peek(cursor) == '[') /* a record of several fields */
        return unsupported(cursor, cursor->text + cursor->at, cursor->size - cursor->at);
    enum plotmill_status status = take_string(cursor, dtype, sizeof dtype, "a dtype such as '<f8'");
    if (status)
        return status;
    const char *p = dtype;
    char order = *p && strchr("<>=|", *p) ? *p++ : '=';
    header->swap = order == (host_is_big_endian() ? '<' : '>');
    if (strlen(p) != 2 || !strchr("fiu", p[0]) || !strchr("1248", p[1]) || !strcmp(p, "f1") ||
        (order == '|' && p[1] != '1'))
        return unsupported(cursor, dtype, strlen(dtype));
    header->kind = (enum npy_kind)p[0];
    header->size = (unsigned)(p[1] - '0');
    return PLOTMILL_OK;
}

static enum plotmill_status take_flag(struct cursor *cursor, bool *flag)
{
    *flag = take_word(cursor, "True");
    if (!*flag && !take_word(cursor, "False"))
        return malformed(cursor, "True or False");
    return PLOTMILL_OK;
}

static enum plotmill_status take_length(struct cursor *cursor, uint64_t *length)
{
    char c = peek(cursor);
    if (c < '0' || c > '9')
        return malformed(cursor, "a length or )");
    for (*length = 0; (c = cursor->at < cursor->size ? cursor->text[cursor->at] : 0) >= '0' && c <= '9'; cursor->at++) {
        if (*length > (INT64_MAX - 9) / 10)
            return malformed(cursor, "a length below 2^63");
        *length = *length * 10 + (uint64_t)(c - '0');
    }
    cursor->at += c == 'L'; /* as Python 2 wrote it */
    return PLOTMILL_OK;
}

/* (), (N,), (N, T), ... */
static enum plotmill_status take_shape(struct cursor *cursor, struct npy_header *header)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t length = 0;
    header->shape[0] = header->shape[1] = 1;
    if (!take(cursor, '('))
        return malformed(cursor, "a shape such as (1000,)");
    while (!take(cursor, ')')) {
        TRY(take_length(cursor, &length));
        if (header->rank < 2)
            header->shape[header->rank] = length;
        header->rank++;
        if (!take(cursor, ',') && (peek(cursor) != ')' || header->rank == 1))
            return malformed(cursor, ", or )");
    }
done:
    return status;
}

enum { HAS_DTYPE = 1, HAS_ORDER = 2, HAS_SHAPE = 4, HAS_ALL = 7 };

static enum plotmill_status take_entry(struct cursor *cursor, struct npy_header *header, unsigned *seen)
{
    enum plotmill_status status = PLOTMILL_OK;
    char key[16];
    peek(cursor);
    size_t start = cursor->at;
    TRY(take_string(cursor, key, sizeof key, "'descr', 'fortran_order' or 'shape'"));
    unsigned found = !strcmp(key, "descr")           ? HAS_DTYPE
                     : !strcmp(key, "fortran_order") ? HAS_ORDER
                     : !strcmp(key, "shape")         ? HAS_SHAPE
                                                     : 0;
    if (!found || (*seen & found)) {
        cursor->at = start;
        return malformed(cursor, "'descr', 'fortran_order' and 'shape', each once");
    }
    *seen |= found;
    if (!take(cursor, ':'))
        return malformed(cursor, ":");
    TRY(found == HAS_DTYPE   ? take_dtype(cursor, header)
        : found == HAS_ORDER ? take_flag(cursor, &header->fortran)
                             : take_shape(cursor, header));
done:
    return status;
}

static enum plotmill_status parse(struct cursor *cursor, struct npy_header *header)
{
    enum plotmill_status status = PLOTMILL_OK;
    unsigned seen = 0;
    if (!take(cursor, '{'))
        return malformed(cursor, "{");
    while (!take(cursor, '}')) {
        TRY(take_entry(cursor, header, &seen));
        if (!take(cursor, ',') && peek(cursor) != '}')
            return malformed(cursor, ", or }");
    }
    if (seen != HAS_ALL) {
        cursor->at--;
        return malformed(cursor, "'descr', 'fortran_order' and 'shape', each once");
    }
    if (peek(cursor))
        return malformed(cursor, "spaces up to the end of the header");
done:
    return status;
}

/* Magic, version and length of the text; leaves the file at the text. */
static enum plotmill_status read_preamble(struct cursor *cursor, FILE *file)
{
    uint8_t bytes[12] = {0};
    size_t got = fread(bytes, 1, 8, file);
    if (got < 6 || memcmp(bytes, "\x93NUMPY", 6))
        return plotmill_error_set(cursor->error, PLOTMILL_BAD_INPUT,
                                  "%s, offset 0: not an NPY file, expected it to begin with \\x93NUMPY", cursor->path);
    if (got == 8 && (bytes[6] < 1 || bytes[6] > 3 || bytes[7] != 0))
        return plotmill_error_set(cursor->error, PLOTMILL_BAD_INPUT,
                                  "%s, offset 6: found NPY version %d.%d, expected 1.0, 2.0 or 3.0", cursor->path,
                                  bytes[6], bytes[7]);
    size_t width = bytes[6] == 1 ? 2 : 4;
    if (got < 8 || fread(bytes + 8, 1, width, file) < width)
        return plotmill_error_set(cursor->error, PLOTMILL_BAD_INPUT, "%s: truncated within the NPY header",
                                  cursor->path);
    for (size_t i = width; i-- > 0;)
        cursor->size = cursor->size << 8 | bytes[8 + i];
    cursor->offset = 8 + width;
    if (cursor->size > HEADER_LIMIT)
        return plotmill_error_set(cursor->error, PLOTMILL_BAD_INPUT,
                                  "%s, offset 8: found an NPY header of %zu bytes, expected at most %u", cursor->path,
                                  cursor->size, HEADER_LIMIT);
    return PLOTMILL_OK;
}

static enum plotmill_status check_shape(const struct npy_header *header, const char *path, uint64_t file_size,
                                        struct plotmill_error *error)
{
    uint64_t rows = header->shape[0], columns = header->shape[1];
    if (header->rank < 1 || header->rank > 2)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: found %u dimensions, expected 1 (one long series) or 2 (ready sequences)", path,
                                  header->rank);
    if (rows == 0 || columns == 0)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: holds no samples", path);
    /* By division: a product of lengths that lie may overflow. */
    uint64_t there = file_size > header->data ? (file_size - header->data) / header->size : 0;
    if (rows > there / columns)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: truncated: found %" PRIu64 " samples after offset %" PRIu64 ", expected %" PRIu64
                                  " x %" PRIu64 " of %u bytes",
                                  path, there, header->data, rows, columns, header->size);
    return PLOTMILL_OK;
}

enum plotmill_status npy_header_read(struct npy_header *header, FILE *file, const char *path, uint64_t file_size,
                                     struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct cursor cursor = {.path = path, .error = error};
    *header = (struct npy_header){0};
    TRY(read_preamble(&cursor, file));
    TRY_ALLOCATE(error, cursor.text, cursor.size, 1);
    if (fread(cursor.text, 1, cursor.size, file) < cursor.size)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: truncated within the NPY header", path);
    TRY(parse(&cursor, header));
    header->data = cursor.offset + cursor.size;
    TRY(check_shape(header, path, file_size, error));
done:
    free(cursor.text);
    return status;
}
