/* The bytes of an input file, decompressed: a plain file, a .gz, or the one .csv or .tsv member of a .zip. */
#ifndef FORMATS_TEXT_STREAM_H
#define FORMATS_TEXT_STREAM_H

#include <stddef.h>

#include "base/error.h"

struct stream;

/* Freed with stream_close. PLOTMILL_UNSUPPORTED for .gz and .zip in a build without libarchive and zlib. */
enum plotmill_status stream_open(struct stream **stream, const char *path, struct plotmill_error *error);

/* The name of the data: the member's name, or the path without .gz. */
const char *stream_name(const struct stream *stream);

/* Fills the buffer; *got < size only at the end of the data. */
enum plotmill_status stream_read(struct stream *stream, void *buffer, size_t size, size_t *got,
                                 struct plotmill_error *error);
void stream_close(struct stream *stream); /* takes NULL */

/* PLOTMILL_BAD_INPUT unless `path` is a file that is not empty. */
enum plotmill_status input_check(const char *path, struct plotmill_error *error);

#endif
