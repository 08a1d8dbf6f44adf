#include "formats/npy.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"

/* A longer one has a damaged length: what NumPy writes is far shorter. */
#define HEADER_MAX 1000000u
#define RECORD_DEPTH 8
#define RECORD_BYTES_MAX ((uint64_t)16 << 20)
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
    bool any; /* elements may be texts, times and so on */
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

/* A whole number. */
static enum plotmill_status take_length(struct cursor *cursor, uint64_t *length, const char *expected)
{
    char c = peek(cursor);
    *length = 0;
    if (c < '0' || c > '9')
        return malformed(cursor, expected);
    for (; c >= '0' && c <= '9'; c = ++cursor->at < cursor->size ? cursor->text[cursor->at] : 0) {
        if (*length > (INT64_MAX - 9) / 10)
            return malformed(cursor, "a length below 2^63");
        *length = *length * 10 + (uint64_t)(c - '0');
    }
    cursor->at += c == 'L'; /* as Python 2 wrote it */
    return PLOTMILL_OK;
}

static enum plotmill_status refuse_dtype(const struct cursor *cursor, const char *descr)
{
    return plotmill_error_set(cursor->error, PLOTMILL_BAD_INPUT,
                              "%s: found dtype %s, expected float16, float32, float64, or integers of 8 to 64 bits",
                              cursor->path, descr);
}

/* What a dtype's text says. Returns false if its size is not known. */
static bool read_type(const char *descr, struct npy_type *type)
{
    const char *p = descr;
    const char order = *p && strchr("<>=|", *p) ? *p++ : '=';
    const unsigned long count = strtoul(*p ? p + 1 : p, NULL, 10);
    *type = (struct npy_type){.kind = *p, .swap = order == (NPY_BIG_ENDIAN ? '<' : '>')};
    type->number = strlen(p) == 2 && strchr("fiu", p[0]) && strchr("1248", p[1]) && strcmp(p, "f1") &&
                   (order != '|' || p[1] == '1');
    type->size = *p && strchr("mM", *p) ? 8 : *p == '?' ? 1 : *p == 'U' ? 4 * count : count;
    return *p && strchr("fiubcSaVUmM?", *p) && count <= UINT32_MAX / 8;
}

/* (3,) or 3: an array inside of a record. */
static enum plotmill_status take_lengths(struct cursor *cursor, uint64_t *count)
{
    enum plotmill_status status = PLOTMILL_OK;
    const bool several = take(cursor, "(");
    *count = 1;
    while (!several || !take(cursor, ")")) {
        uint64_t length;
        TRY(take_length(cursor, &length, "a length or )"));
        if (length > UINT32_MAX / MAX(*count, 1))
            TRY(malformed(cursor, "a shape of fewer elements"));
        *count *= length;
        if (!several)
            break;
        take(cursor, ",");
    }
done:
    return status;
}

/* 'name', or ('title', 'name'). */
static enum plotmill_status take_name(struct cursor *cursor, char *name, size_t size)
{
    enum plotmill_status status = PLOTMILL_OK;
    const bool titled = take(cursor, "(");
    if (titled) {
        TRY(take_string(cursor, name, size, "a title"));
        if (!take(cursor, ","))
            return malformed(cursor, ",");
    }
    TRY(take_string(cursor, name, size, "a name"));
    if (titled && !take(cursor, ")"))
        return malformed(cursor, ")");
done:
    return status;
}

static enum plotmill_status add_field(struct cursor *cursor, struct npy_header *header, const struct npy_field *field)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct npy_field *grown = realloc(header->fields, (header->field_count + 1) * sizeof *grown);
    TRY_MEMORY(cursor->error, grown);
    header->fields = grown;
    grown[header->field_count++] = *field;
done:
    return status;
}

/* [('a', '<f8'), ('b', '<i4', (3,)), ...] from '[' on. Fields of records inside of a record are not numbers. `header`
 * NULL: only the size is wanted. */
static enum plotmill_status take_record(struct cursor *cursor, struct npy_header *header, int depth, uint64_t *size)
{
    enum plotmill_status status = PLOTMILL_OK;
    *size = 0;
    if (depth == RECORD_DEPTH)
        return malformed(cursor, "fewer records inside of records");
    take(cursor, "[");
    while (!take(cursor, "]")) {
        struct npy_field field = {.offset = *size};
        uint64_t inner, count = 1;
        if (!take(cursor, "("))
            return malformed(cursor, "( or ]");
        TRY(take_name(cursor, field.name, sizeof field.name));
        if (!take(cursor, ","))
            return malformed(cursor, ",");
        if (peek(cursor) == '[') {
            snprintf(field.descr, sizeof field.descr, "a record");
            TRY(take_record(cursor, NULL, depth + 1, &inner));
        } else {
            TRY(take_string(cursor, field.descr, sizeof field.descr, "a dtype such as '<f8'"));
            if (!read_type(field.descr, &field.type))
                return refuse_dtype(cursor, field.descr);
            inner = field.type.size;
        }
        if (take(cursor, ",") && peek(cursor) != ')') {
            char inner_descr[sizeof field.descr];
            TRY(take_lengths(cursor, &count));
            field.type.number = false;
            memcpy(inner_descr, field.descr, sizeof inner_descr);
            snprintf(field.descr, sizeof field.descr, "arrays of %.30s", inner_descr);
            take(cursor, ",");
        }
        if (!take(cursor, ")"))
            return malformed(cursor, ")");
        if (inner > RECORD_BYTES_MAX || count > RECORD_BYTES_MAX || inner * count > RECORD_BYTES_MAX - *size)
            return malformed(cursor, "records of at most 16 MiB");
        *size += inner * count;
        if (header && *field.name) /* '': padding */
            TRY(add_field(cursor, header, &field));
        if (!take(cursor, ",") && peek(cursor) != ']')
            return malformed(cursor, ", or ]");
    }
done:
    return status;
}

static enum plotmill_status take_dtype(struct cursor *cursor, struct npy_header *header)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (peek(cursor) == '[') { /* a record of several fields */
        const struct text_quote found = text_quote(cursor->text + cursor->at, cursor->size - cursor->at);
        uint64_t size;
        snprintf(header->descr, sizeof header->descr, "%s", found.text);
        TRY(take_record(cursor, header, 0, &size));
        if (!header->field_count || !size)
            TRY(refuse_dtype(cursor, header->descr));
        header->type = (struct npy_type){.kind = 'V', .size = (unsigned)size};
        goto done;
    }
    TRY(take_string(cursor, header->descr, sizeof header->descr, "a dtype such as '<f8'"));
    if (!read_type(header->descr, &header->type) || (!header->type.number && !cursor->any))
        TRY(refuse_dtype(cursor, header->descr));
done:
    return status;
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
        uint64_t length;
        enum plotmill_status status = take_length(cursor, &length, "a length or )");
        if (status)
            return status;
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

static enum plotmill_status read_header(struct npy_header *header, FILE *file, const char *path, bool any,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct cursor cursor = {.path = path, .any = any, .error = error};
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
    if (status)
        npy_header_free(header);
    return status;
}

enum plotmill_status npy_header_read(struct npy_header *header, FILE *file, const char *path,
                                     struct plotmill_error *error)
{
    return read_header(header, file, path, false, error);
}

enum plotmill_status npy_header_read_any(struct npy_header *header, FILE *file, const char *path,
                                         struct plotmill_error *error)
{
    return read_header(header, file, path, true, error);
}

void npy_header_free(struct npy_header *header)
{
    free(header->fields);
    header->fields = NULL;
    header->field_count = 0;
}
