/* Images in an .npy file, uint8 (N,H,W). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/try.h"
#include "reader/reader.h"

/* NumPy itself refuses longer ones unless told otherwise. */
#define HEADER_MAX 65536

struct npy_reader {
    char *path;
    FILE *file;
    uint64_t start; /* of the pixels */
    size_t image_bytes;
};

static void destroy(void *self)
{
    struct npy_reader *reader = self;
    if (reader->file)
        fclose(reader->file);
    free(reader->path);
    free(reader);
}

static enum plotmill_status read_images(void *self, uint64_t first, uint64_t count, uint8_t *pixels,
                                        int64_t *window_start, double *y_range, struct plotmill_error *error)
{
    (void)window_start, (void)y_range;
    struct npy_reader *reader = self;
    errno = 0;
    if (os_seek(reader->file, reader->start + first * reader->image_bytes) ||
        fread(pixels, reader->image_bytes, (size_t)count, reader->file) != count)
        return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s: images %llu to %llu cannot be read: %s", reader->path,
                                  (unsigned long long)first, (unsigned long long)(first + count - 1),
                                  errno ? strerror(errno) : "the file has become shorter");
    return PLOTMILL_OK;
}

static const struct reader_impl npy_impl = {read_images, destroy};

/* Reads magic, version and length, then the header itself, terminated; sets reader->start. */
static enum plotmill_status read_header(struct npy_reader *reader, char **header, struct plotmill_error *error)
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

static bool parse_shape(const char *text, uint64_t shape[3])
{
    if (*text++ != '(')
        return false;
    for (int i = 0; i < 3; i++) {
        text += strspn(text, " ");
        size_t digits = strspn(text, "0123456789");
        if (!digits || digits > 18)
            return false;
        shape[i] = strtoull(text, NULL, 10);
        text += digits + strspn(text + digits, "L ");
        if (i < 2 && *text++ != ',')
            return false;
    }
    text += *text == ',';
    text += strspn(text, " ");
    return *text == ')';
}

static enum plotmill_status check_header(const struct npy_reader *reader, const char *header, uint64_t shape[3],
                                         struct plotmill_error *error)
{
    const char *type = find_value(header, "descr"), *order = find_value(header, "fortran_order");
    const char *size = find_value(header, "shape");
    if (!*type || !*order || !*size)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: malformed NPY header, expected descr, fortran_order and shape", reader->path);
    if (strlen(type) < 5 || (strncmp(type + 1, "|u1", 3) && strncmp(type + 1, "<u1", 3) && strncmp(type + 1, ">u1", 3)))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: holds values of dtype %.*s, expected '|u1' (uint8)",
                                  reader->path, value_length(type, ",}"), type);
    if (!parse_shape(size, shape) || !shape[1] || !shape[2] || shape[1] > UINT32_MAX || shape[2] > UINT32_MAX)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: has the shape %.*s), expected images (N, height, width)", reader->path,
                                  value_length(size, ")"), size);
    if (strncmp(order, "False", 5))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: is in Fortran order, expected C order", reader->path);
    return PLOTMILL_OK;
}

static enum plotmill_status check_size(const struct npy_reader *reader, const uint64_t shape[3],
                                       struct plotmill_error *error)
{
    uint64_t size = os_file_size(reader->path), bytes = shape[1] * shape[2];
    uint64_t room = size > reader->start ? (size - reader->start) / bytes : 0;
    if (bytes > SIZE_MAX || shape[0] > room)
        return plotmill_error_set(
            error, PLOTMILL_BAD_INPUT, "%s: truncated: %llu bytes hold %llu whole images of %llux%llu, expected %llu",
            reader->path, (unsigned long long)size, (unsigned long long)room, (unsigned long long)shape[2],
            (unsigned long long)shape[1], (unsigned long long)shape[0]);
    return PLOTMILL_OK;
}

enum plotmill_status reader_open_npy(struct reader *reader, const char *path, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct npy_reader *self = NULL;
    char *header = NULL;
    uint64_t shape[3];
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    TRY_ALLOCATE(error, self->path, strlen(path) + 1, 1);
    strcpy(self->path, path);
    self->file = os_open_file(path, "rb");
    if (!self->file)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: cannot be opened: %s", path, strerror(errno));
    TRY(read_header(self, &header, error));
    TRY(check_header(self, header, shape, error));
    TRY(check_size(self, shape, error));
    self->image_bytes = (size_t)(shape[1] * shape[2]);
    *reader =
        (struct reader){&npy_impl, self, {shape[0], (uint32_t)shape[2], (uint32_t)shape[1], -1, -1, "", "npy", ""}};
done:
    free(header);
    if (status && self)
        destroy(self);
    return status;
}
