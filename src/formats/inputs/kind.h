/* What a file is, by its first bytes. */
#ifndef FORMATS_INPUTS_KIND_H
#define FORMATS_INPUTS_KIND_H

#include <stdbool.h>
#include <stddef.h>

#include "formats/input.h"

/* Bytes that are looked at. */
#define KIND_BYTES 4096

enum kind_class {
    KIND_INPUT = 0,  /* `input` */
    KIND_COMPRESSED, /* by a filter that libarchive knows */
    KIND_ARCHIVE,    /* .zip or .tar */
    KIND_OTHER       /* `what` it is, and `advice` how to read it all the same */
};

struct kind {
    enum kind_class class;
    enum input_kind input;
    const char *what;   /* "an HTML page" */
    const char *advice; /* what to do; "" */
};

/* `bytes`: the first ones, at most KIND_BYTES. `name` decides only between kinds of text. */
struct kind kind_of(const char *bytes, size_t size, const char *name);

/* PLOTMILL_BAD_INPUT: "NAME: found an HTML page, expected ...: ADVICE". */
enum plotmill_status kind_refuse(const struct kind *kind, const char *name, struct plotmill_error *error);

#endif
