/* The source of the kernels (cl/), embedded line by line at build time. */
#ifndef DEVICE_KERNELS_H
#define DEVICE_KERNELS_H

#include <stddef.h>

extern const char *const kernel_source[];
extern const size_t kernel_source_lines;

#endif
