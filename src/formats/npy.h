/* The header of NPY files and of the members of NPZ files, versions 1.0 to 3.0. */
#ifndef FORMATS_NPY_H
#define FORMATS_NPY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

#define NPY_AXES_MAX 4

struct npy_type {
    char kind;     /* 'f': float, 'i': signed, 'u': unsigned integer, 'V': a record; others as NumPy has them */
    unsigned size; /* bytes: of numbers 2, 4, 8; of integers also 1 */
    bool swap;     /* file and host differ in byte order */
    bool number;
};

/* A field of a structured array. */
struct npy_field {
    char name[200];
    char descr[48];
    struct npy_type type;
    uint64_t offset; /* in the record, bytes */
};

struct npy_header {
    char descr[48];           /* as in the file, or its beginning */
    struct npy_type type;     /* of an element: a number or a record */
    struct npy_field *fields; /* (field_count), owned: of records, with their padding left out; else NULL */
    size_t field_count;
    bool fortran;
    unsigned rank;               /* any */
    uint64_t axes[NPY_AXES_MAX]; /* the first ones; 1 beyond the rank */
    uint64_t data;               /* offset of the first element */
};

/* Reads it from the beginning of `file`. `path` is for messages. Free it with npy_header_free. */
enum plotmill_status npy_header_read(struct npy_header *header, FILE *file, const char *path,
                                     struct plotmill_error *error);
/* The same, where the elements need not be numbers or records: they may be texts or times. */
enum plotmill_status npy_header_read_any(struct npy_header *header, FILE *file, const char *path,
                                         struct plotmill_error *error);
void npy_header_free(struct npy_header *header);

/* What we write: version 1.0, padded so that the elements are aligned to 64 bytes, as NumPy does. */
#define NPY_HEADER_BYTES 128

/* A header in C order. `descr`: NumPy's "|u1", "<f8" and so on. */
void npy_header_write(char header[NPY_HEADER_BYTES], const char *descr, int rank, const uint64_t *axes);

#if defined __BYTE_ORDER__ && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define NPY_BIG_ENDIAN true
#define NPY_INT64 ">i8"
#define NPY_FLOAT64 ">f8"
#else
#define NPY_BIG_ENDIAN false
#define NPY_INT64 "<i8"
#define NPY_FLOAT64 "<f8"
#endif

#endif
