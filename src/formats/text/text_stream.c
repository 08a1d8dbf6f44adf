#include "formats/text/text_stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/text/stream.h"

struct text_stream {
    struct stream *stream;
    char *name;     /* of the input */
    uint64_t bytes; /* so far */
    size_t mark;
    char begin[3]; /* the first bytes, without the mark; those from begin_at on are not read yet */
    size_t begin_at, begin_size;
};

/* Reads the byte order mark. */
static enum plotmill_status begin(struct text_stream *stream, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const char *bytes = stream->begin;
    TRY(stream_read(stream->stream, stream->begin, sizeof stream->begin, &stream->begin_size, error));
    if (stream->begin_size >= 2 && (!memcmp(bytes, "\xff\xfe", 2) || !memcmp(bytes, "\xfe\xff", 2)))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: found UTF-16 text, expected UTF-8", stream->name);
    if (stream->begin_size == 3 && !memcmp(bytes, "\xef\xbb\xbf", 3))
        stream->mark = stream->begin_at = 3;
done:
    return status;
}

enum plotmill_status text_stream_open(struct text_stream **made, const struct input *input, const char *encoding,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct text_stream *stream = NULL;
    if (encoding && !string_same(encoding, "utf-8") && !string_same(encoding, "utf8"))
        FAIL(error, PLOTMILL_UNSUPPORTED, "%s: encoding %s: this build reads UTF-8 only", input->name, encoding);
    TRY_ALLOCATE(error, stream, 1, sizeof *stream);
    TRY(string_keep(&stream->name, input->name, error));
    TRY(stream_open(&stream->stream, input->path, error));
    TRY(begin(stream, error));
    *made = stream;
    stream = NULL;
done:
    text_stream_close(stream);
    return status;
}

enum plotmill_status text_stream_read(struct text_stream *stream, char *buffer, size_t size, size_t *got,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const size_t kept = MIN(size, stream->begin_size - stream->begin_at);
    size_t more = 0;
    memcpy(buffer, stream->begin + stream->begin_at, kept);
    stream->begin_at += kept;
    if (size > kept)
        TRY(stream_read(stream->stream, buffer + kept, size - kept, &more, error));
    *got = kept + more;
    const char *zero = *got ? memchr(buffer, 0, *got) : NULL;
    if (zero)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s, offset %llu: found a zero byte, expected text", stream->name,
             (unsigned long long)(stream->mark + stream->bytes + (size_t)(zero - buffer)));
    stream->bytes += *got;
done:
    return status;
}

const char *text_stream_encoding(const struct text_stream *stream)
{
    (void)stream;
    return "UTF-8";
}

size_t text_stream_mark(const struct text_stream *stream)
{
    return stream->mark;
}

void text_stream_close(struct text_stream *stream)
{
    if (!stream)
        return;
    stream_close(stream->stream);
    free(stream->name);
    free(stream);
}
