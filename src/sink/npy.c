/* One .npy file in C order, which numpy.load can map into memory. */
#include <string.h>

#include "chart/pixel_format.h"
#include "sink/array_file.h"

/* Magic, version and length take 10 bytes; the numbers start at a multiple of 64, as NumPy aligns them. */
#define PREFIX_BYTES 10
#define HEADER_BYTES 128

static bool write_header(FILE *file, const struct plotmill_pixel_format *pixels,
                         const struct plotmill_dataset_info *info)
{
    char header[HEADER_BYTES + 1];
    unsigned length = HEADER_BYTES - PREFIX_BYTES;
    uint64_t axes[4];
    int rank = pixel_format_axes(pixels, info->images, info->width, info->height, axes);
    memcpy(header, "\x93NUMPY\x01\x00", 8);
    header[8] = (char)(length & 0xff);
    header[9] = (char)(length >> 8);
    int used = PREFIX_BYTES;
    used +=
        snprintf(header + used, sizeof header - (size_t)used, "{'descr': '%s', 'fortran_order': False, 'shape': (%llu",
                 pixel_dtype_descr(pixels->dtype), (unsigned long long)axes[0]);
    for (int i = 1; i < rank; i++)
        used += snprintf(header + used, sizeof header - (size_t)used, ", %llu", (unsigned long long)axes[i]);
    used += snprintf(header + used, sizeof header - (size_t)used, "), }");
    memset(header + used, ' ', (size_t)(HEADER_BYTES - used));
    header[HEADER_BYTES - 1] = '\n';
    return fwrite(header, HEADER_BYTES, 1, file) == 1;
}

/* A shape alone does not tell the width of packed rows and their two values, nor in (images, 3, 40, 3) which axis is
 * the channels: there a reader takes the second (reader/stored.h). */
static bool needs_side_file(const struct plotmill_pixel_format *pixels, const struct plotmill_dataset_info *info)
{
    bool ambiguous = pixels->layout == PLOTMILL_LAYOUT_NHWC && (!info || info->height == 1 || info->height == 3);
    return pixels->dtype == PLOTMILL_DTYPE_BITS || ambiguous;
}

enum plotmill_status sink_create_npy(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                     struct plotmill_error *error)
{
    static const struct array_kind npy = {"npy", HEADER_BYTES, write_header, needs_side_file};
    return array_file_create(sink, path, options, &npy, error);
}
