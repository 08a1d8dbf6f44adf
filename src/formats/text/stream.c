#include "formats/text/stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/inputs/copy.h"
#include "formats/inputs/packed.h"

struct stream {
    char *name;
    FILE *file;                   /* a plain file */
    uint64_t left;                /* bytes of it */
    struct packed_stream *packed; /* or a compressed one */
};

enum plotmill_status stream_open(struct stream **made, const struct input *input, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct stream *stream = NULL;
    TRY_ALLOCATE(error, stream, 1, sizeof *stream);
    TRY(string_keep(&stream->name, input->name, error));
    if (input->packed) {
        TRY(packed_open(&stream->packed, input->path, input->member, input->name, error));
    } else {
        stream->file = fopen(input->path, "rb");
        if (!stream->file)
            TRY(input_open_failed(input->name, error));
        setvbuf(stream->file, NULL, _IONBF, 0); /* large blocks are asked for */
        if (input->offset && os_seek(stream->file, input->offset))
            FAIL(error, PLOTMILL_IO_FAILED, "%s: reading failed: %s", input->name, strerror(errno));
        stream->left = input->size ? input->size : UINT64_MAX;
    }
    *made = stream;
    stream = NULL;
done:
    stream_close(stream);
    return status;
}

enum plotmill_status stream_read(struct stream *stream, void *buffer, size_t size, size_t *got,
                                 struct plotmill_error *error)
{
    *got = 0;
    if (stream->packed)
        return packed_read(stream->packed, buffer, size, got, error);
    *got = fread(buffer, 1, (size_t)MIN(size, stream->left), stream->file);
    stream->left -= *got;
    if (*got < size && ferror(stream->file))
        return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s: reading failed: %s", stream->name, strerror(errno));
    return PLOTMILL_OK;
}

void stream_close(struct stream *stream)
{
    if (!stream)
        return;
    packed_close(stream->packed);
    if (stream->file)
        fclose(stream->file);
    free(stream->name);
    free(stream);
}
