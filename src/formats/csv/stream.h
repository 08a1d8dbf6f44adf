/* The bytes of an input file, unpacked: plain, inside .gz, or the one .csv or .tsv member of a .zip. */
#ifndef FORMATS_CSV_STREAM_H
#define FORMATS_CSV_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "plotmill/status.h"

struct stream_ops {
    /* Fills the buffer; *got < size only at the end. */
    enum plotmill_status (*read)(void *self, void *buffer, size_t size, size_t *got, struct plotmill_error *error);
    void (*close)(void *self);
};

struct stream {
    const struct stream_ops *ops; /* NULL: closed */
    void *self;
    char *name; /* of what is inside: the member's name, or the path without .gz */
};

enum plotmill_status stream_open(struct stream *stream, const char *path, struct plotmill_error *error);
enum plotmill_status stream_read(struct stream *stream, void *buffer, size_t size, size_t *got,
                                 struct plotmill_error *error);
void stream_close(struct stream *stream);

/* The part of stream_open for .gz and .zip. */
enum plotmill_status stream_open_packed(struct stream *stream, const char *path, bool zip,
                                        struct plotmill_error *error);

/* Bad input unless `path` is a file with something in it. */
enum plotmill_status input_check(const char *path, struct plotmill_error *error);

#endif
