/* Images in an .npy file. */
#include <stdlib.h>
#include <string.h>

#include "base/try.h"
#include "formats/array_reader.h"

/* NumPy itself refuses longer ones unless told otherwise. */
#define HEADER_MAX 65536

/* Reads magic, version and length, then the header itself, terminated; sets reader->start. */
static enum plotmill_status read_header(struct array_reader *reader, char **header, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    unsigned char prefix[12];
    if (fread(prefix, 1, 10, reader->file) != 10)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: ends within the NPY header", reader->path);
    unsigned version = prefix[6];
    if (version < 1 || version > 3)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: NPY version %u, expected 1, 2 or 3", reader->path, version);
    uint32_t length = prefix[8] | (uint32_t)prefix[9] << 8;
    reader->start = 10 + (uint64_t)length;
    if (version > 1) {
        if (fread(prefix + 10, 1, 2, reader->file) != 2)
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: ends within the NPY header", reader->path);
        length |= (uint32_t)prefix[10] << 16 | (uint32_t)prefix[11] << 24;
        reader->start = 12 + (uint64_t)length;
    }
    if (length > HEADER_MAX)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: the NPY header has %lu bytes, expected at most %d", reader->path,
             (unsigned long)length, HEADER_MAX);
    TRY_ALLOCATE(error, *header, (size_t)length + 1, 1);
    if (fread(*header, 1, length, reader->file) != length)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: ends within the NPY header", reader->path);
done:
    return status;
}

/* What follows "'name':" in the header, "" where it has no such key. */
static const char *find_value(const char *header, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = header; (at = strstr(at, name)); at += length) {
        bool quoted = at > header && (at[-1] == '\'' || at[-1] == '"') && at[length] == at[-1];
        const char *rest = at + length + quoted;
        rest += strspn(rest, " ");
        if (quoted && *rest == ':')
            return rest + 1 + strspn(rest + 1, " ");
    }
    return "";
}

/* Up to what ends a value, for messages. */
static int value_length(const char *value, const char *ends)
{
    size_t length = strcspn(value, ends);
    return length < 60 ? (int)length : 60;
}

/* Returns how many axes there are, 0 where there is no shape of at most four. */
static int parse_shape(const char *text, uint64_t axes[4])
{
    int rank = 0;
    if (*text++ != '(')
        return 0;
    for (;;) {
        text += strspn(text, " ");
        if (*text == ')')
            return rank;
        size_t digits = strspn(text, "0123456789");
        if (!digits || digits > 18 || rank == 4)
            return 0;
        axes[rank++] = strtoull(text, NULL, 10);
        text += digits + strspn(text + digits, "L ");
        if (*text == ',')
            text++;
        else if (*text != ')')
            return 0;
    }
}

/* '<f4' and so on, quoted either way. false: none that images have. */
static bool parse_type(const char *text, struct stored_hints *hints)
{
    static const struct {
        const char *name;
        enum plotmill_dtype dtype;
    } types[] = {{"u1", PLOTMILL_DTYPE_U8}, {"f4", PLOTMILL_DTYPE_F32}, {"f2", PLOTMILL_DTYPE_F16}};
    const uint16_t one = 1;
    const char native = *(const uint8_t *)&one ? '<' : '>';
    if (strlen(text) < 5 || !strchr("|<>=", text[1]) || text[4] != text[0])
        return false;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (!strncmp(text + 2, types[i].name, 2)) {
            hints->dtype = types[i].dtype;
            hints->swap = text[1] != native && (text[1] == '<' || text[1] == '>');
            return true;
        }
    return false;
}

static enum plotmill_status check_header(const struct array_reader *reader, const char *header,
                                         struct stored_hints *hints, int *rank, uint64_t axes[4],
                                         struct plotmill_error *error)
{
    const char *type = find_value(header, "descr"), *order = find_value(header, "fortran_order");
    const char *size = find_value(header, "shape");
    if (!*type || !*order || !*size)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: malformed NPY header, expected descr, fortran_order and shape", reader->path);
    if (!parse_type(type, hints))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: holds values of dtype %.*s, expected '|u1' (uint8), '<f4' or '<f2'",
                                  reader->path, value_length(type, ",}"), type);
    *rank = parse_shape(size, axes);
    struct stored any;
    if (!stored_init(&any, hints, *rank, axes))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: has the shape %.*s), expected images (N, height, width), (N, channels, height, "
                                  "width) or (N, height, width, channels) of 1 or 3 channels",
                                  reader->path, value_length(size, ")"), size);
    if (strncmp(order, "False", 5))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: is in Fortran order, expected C order", reader->path);
    return PLOTMILL_OK;
}

/* The file beside the array knows better, if it is about this array. */
static enum plotmill_status take_description(struct array_reader *reader, struct stored_hints *hints, int rank,
                                             const uint64_t axes[4], struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct stored_hints told;
    uint64_t told_axes[4];
    int told_rank;
    TRY(array_reader_describe(reader, &told, &told_rank, told_axes, error));
    bool same_type = told.dtype == hints->dtype || (told.dtype == PLOTMILL_DTYPE_BITS && !hints->dtype);
    if (!same_type || told_rank != rank || memcmp(told_axes, axes, (size_t)rank * sizeof *axes))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s.json: tells of another dtype or shape than %s has", reader->path,
             reader->path);
    told.swap = hints->swap;
    *hints = told;
done:
    return status;
}

enum plotmill_status reader_open_npy(struct reader *reader, const char *path, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct array_reader *array = NULL;
    struct stored_hints hints = {.layout = -1, .background = -1, .foreground = -1};
    char *header = NULL;
    uint64_t axes[4];
    int rank = 0;
    TRY(array_reader_open(&array, path, error));
    TRY(read_header(array, &header, error));
    TRY(check_header(array, header, &hints, &rank, axes, error));
    if (array_is_described(path, "npy"))
        TRY(take_description(array, &hints, rank, axes, error));
    if (!stored_init(&array->stored, &hints, rank, axes))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s.json: its layout, width and two values do not go with the shape", path);
    TRY(array_reader_finish(array, "npy", reader, error));
done:
    free(header);
    if (status)
        array_reader_destroy(array);
    return status;
}
