/* One .npy file in C order, which numpy.load can map into memory. */
#include "chart/pixel_format.h"
#include "formats/array_file.h"
#include "formats/npy/header_write.h"

static bool write_header(FILE *file, const struct plotmill_pixel_format *pixels,
                         const struct plotmill_dataset_info *info)
{
    char header[NPY_HEADER_BYTES];
    uint64_t axes[4];
    int rank = pixel_format_axes(pixels, info->images, info->width, info->height, axes);
    npy_header(header, pixel_dtype_descr(pixels->dtype), rank, axes);
    return fwrite(header, sizeof header, 1, file) == 1;
}

/* A shape alone does not tell the width of packed rows and their two values, nor in (images, 3, 40, 3) which axis is
 * the channels: there a reader takes the second (reader/stored.h). */
static bool needs_sidecar(const struct plotmill_pixel_format *pixels, const struct plotmill_dataset_info *info)
{
    bool ambiguous = pixels->layout == PLOTMILL_LAYOUT_NHWC && (!info || info->height == 1 || info->height == 3);
    return pixels->dtype == PLOTMILL_DTYPE_BITS || ambiguous;
}

enum plotmill_status sink_create_npy(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                     struct plotmill_error *error)
{
    static const struct array_kind npy = {"npy", NPY_HEADER_BYTES, write_header, needs_sidecar};
    return array_file_create(sink, path, options, &npy, error);
}
