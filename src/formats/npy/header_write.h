/* The header of an .npy file or member in C order. */
#ifndef FORMATS_NPY_HEADER_WRITE_H
#define FORMATS_NPY_HEADER_WRITE_H

#include <stdint.h>

/* Numbers start at a multiple of 64, as NumPy aligns them. */
#define NPY_HEADER_BYTES 128

/* `descr`: NumPy's "|u1", "<f8" and so on. */
void npy_header(char header[NPY_HEADER_BYTES], const char *descr, int rank, const uint64_t *axes);

#endif
