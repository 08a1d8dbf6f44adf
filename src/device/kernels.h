/* The source of the kernels (cl/), embedded line by line at build time. */
#ifndef DEVICE_KERNELS_H
#define DEVICE_KERNELS_H

#include <stddef.h>

extern const char *kernel_source[]; /* as clCreateProgramWithSource takes it; not written to */
extern const size_t kernel_source_lines;

#endif
