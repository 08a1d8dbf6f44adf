/* The kernels' source (cl/), embedded at build time line by line; pass all lines to the compiler. */
#ifndef DEVICE_KERNELS_H
#define DEVICE_KERNELS_H

#include <stddef.h>

extern const char *const kernel_source[];
extern const size_t kernel_source_lines;

#endif
