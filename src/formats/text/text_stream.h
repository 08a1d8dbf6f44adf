/* The text of an input, decompressed and decoded to UTF-8, in blocks. */
#ifndef FORMATS_TEXT_TEXT_STREAM_H
#define FORMATS_TEXT_TEXT_STREAM_H

#include <stddef.h>

#include "formats/input.h"

struct text_stream;

/* `encoding`: as iconv names it; NULL: decided by the bytes (a byte order mark, zero bytes, whether it is UTF-8).
 * PLOTMILL_BAD_INPUT for what is not text, named for what it is. Freed with text_stream_close. */
enum plotmill_status text_stream_open(struct text_stream **stream, const struct input *input, const char *encoding,
                                      struct plotmill_error *error);

/* Fills the buffer with UTF-8 text without a byte order mark; *got < size only at the end of the input.
 * PLOTMILL_BAD_INPUT, with the line, for bytes that the encoding does not have. */
enum plotmill_status text_stream_read(struct text_stream *stream, char *buffer, size_t size, size_t *got,
                                      struct plotmill_error *error);

const char *text_stream_encoding(const struct text_stream *stream);
size_t text_stream_mark(const struct text_stream *stream); /* bytes of the byte order mark */
void text_stream_close(struct text_stream *stream);        /* takes NULL */

#endif
