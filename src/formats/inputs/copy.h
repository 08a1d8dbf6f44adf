/* Temporary copies of inputs that cannot be read twice: pipes, and members of archives that are needed as files. */
#ifndef FORMATS_INPUTS_COPY_H
#define FORMATS_INPUTS_COPY_H

#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

/* A file of this process alone, in $TMPDIR or /tmp. Where the system allows, it has no name in any folder. */
struct copy {
    FILE *file;
    char *path;    /* by which it can be opened again; owned */
    int named;     /* copy_close removes it */
    uint64_t size; /* bytes written */
};

/* PLOTMILL_BAD_INPUT, by errno: what can be done where the process has too many files open. */
enum plotmill_status input_open_failed(const char *name, struct plotmill_error *error);

enum plotmill_status copy_create(struct copy *copy, struct plotmill_error *error);

/* Appends. PLOTMILL_IO_FAILED: the disk is full, for example. */
enum plotmill_status copy_write(struct copy *copy, const void *data, size_t size, struct plotmill_error *error);

/* Makes all that was written visible to who opens the path. */
enum plotmill_status copy_end(struct copy *copy, struct plotmill_error *error);
void copy_close(struct copy *copy); /* takes {0} */

#endif
