#include "formats/npy/header_write.h"

#include <stdio.h>
#include <string.h>

/* Magic, version and length. */
#define PREFIX_BYTES 10

void npy_header(char header[NPY_HEADER_BYTES], const char *descr, int rank, const uint64_t *axes)
{
    char text[NPY_HEADER_BYTES - PREFIX_BYTES + 1];
    int used = snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (", descr);
    for (int i = 0; i < rank; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, "%s%llu", i ? ", " : "", (unsigned long long)axes[i]);
    used += snprintf(text + used, sizeof text - (size_t)used, "%s), }", rank == 1 ? "," : "");
    memset(text + used, ' ', sizeof text - (size_t)used);
    memcpy(header, "\x93NUMPY\x01\x00", 8);
    header[8] = (char)(NPY_HEADER_BYTES - PREFIX_BYTES);
    header[9] = 0;
    memcpy(header + PREFIX_BYTES, text, NPY_HEADER_BYTES - PREFIX_BYTES);
    header[NPY_HEADER_BYTES - 1] = '\n';
}
