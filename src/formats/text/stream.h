/* The bytes of an input, decompressed. */
#ifndef FORMATS_TEXT_STREAM_H
#define FORMATS_TEXT_STREAM_H

#include <stddef.h>

#include "formats/input.h"

struct stream;

/* Freed with stream_close. */
enum plotmill_status stream_open(struct stream **stream, const struct input *input, struct plotmill_error *error);

/* Fills the buffer; *got < size only at the end of the data. */
enum plotmill_status stream_read(struct stream *stream, void *buffer, size_t size, size_t *got,
                                 struct plotmill_error *error);
void stream_close(struct stream *stream); /* takes NULL */

#endif
