#include "formats/csv/stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/strings.h"
#include "base/text.h"
#include "base/try.h"

struct plain {
    FILE *file;
    char *path;
};

static void plain_close(void *self)
{
    struct plain *plain = self;
    if (plain->file)
        fclose(plain->file);
    free(plain->path);
    free(plain);
}

static enum plotmill_status plain_read(void *self, void *buffer, size_t size, size_t *got, struct plotmill_error *error)
{
    struct plain *plain = self;
    *got = fread(buffer, 1, size, plain->file);
    if (*got < size && ferror(plain->file))
        return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s: reading failed: %s", plain->path, strerror(errno));
    return PLOTMILL_OK;
}

static enum plotmill_status open_plain(struct stream *stream, const char *path, struct plotmill_error *error)
{
    static const struct stream_ops plain_ops = {plain_read, plain_close};
    enum plotmill_status status = PLOTMILL_OK;
    struct plain *plain = NULL;
    TRY_ALLOCATE(error, plain, 1, sizeof *plain);
    plain->path = string_copy(path);
    stream->name = string_copy(path);
    if (!plain->path || !stream->name)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory");
    plain->file = os_open_file(path, "rb");
    if (!plain->file)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: cannot be opened: %s", path, strerror(errno));
    stream->ops = &plain_ops;
    stream->self = plain;
done:
    if (status && plain)
        plain_close(plain);
    return status;
}

enum plotmill_status stream_open(struct stream *stream, const char *path, struct plotmill_error *error)
{
    *stream = (struct stream){0};
    enum plotmill_status status = input_check(path, error);
    bool zip = text_ends(path, ".zip");
    if (!status)
        status = zip || text_ends(path, ".gz") ? stream_open_packed(stream, path, zip, error)
                                               : open_plain(stream, path, error);
    if (status)
        stream_close(stream);
    return status;
}

enum plotmill_status stream_read(struct stream *stream, void *buffer, size_t size, size_t *got,
                                 struct plotmill_error *error)
{
    return stream->ops->read(stream->self, buffer, size, got, error);
}

void stream_close(struct stream *stream)
{
    if (stream->ops)
        stream->ops->close(stream->self);
    free(stream->name);
    *stream = (struct stream){0};
}

enum plotmill_status input_check(const char *path, struct plotmill_error *error)
{
    if (!os_exists(path))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: no such file", path);
    if (os_is_folder(path))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: is a folder, expected a file", path);
    if (os_file_size(path) == 0)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: empty file", path);
    return PLOTMILL_OK;
}
