/* The header of an .npy file, versions 1.0 to 3.0. */
#ifndef FORMATS_NPY_HEADER_H
#define FORMATS_NPY_HEADER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "plotmill/status.h"

enum npy_kind { NPY_FLOAT = 'f', NPY_SIGNED = 'i', NPY_UNSIGNED = 'u' };

struct npy_header {
    enum npy_kind kind;
    unsigned size; /* bytes of an element: 2, 4, 8; integers also 1 */
    bool swap;     /* file and host differ in byte order */
    bool fortran;
    unsigned rank;     /* 1 or 2 */
    uint64_t shape[2]; /* both at least 1; shape[1] is 1 for rank 1 */
    uint64_t data;     /* offset of the first element */
};

/* Reads and checks it, the file's size included: all elements are there. */
enum plotmill_status npy_header_read(struct npy_header *header, FILE *file, const char *path, uint64_t file_size,
                                     struct plotmill_error *error);

#endif
