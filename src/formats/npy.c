/* NPY files of images, which numpy.load can map into memory. */
#include "formats/npy.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "base/try.h"
#include "chart/pixel_format.h"
#include "formats/array.h"

static bool write_header(FILE *file, const struct pixel_format *pixels, const struct dataset_info *info)
{
    char header[NPY_HEADER_BYTES];
    uint64_t axes[4];
    int rank = pixel_format_axes(pixels, info->images, info->width, info->height, axes);
    npy_header_write(header, pixel_dtype_descr(pixels->dtype), rank, axes);
    return fwrite(header, sizeof header, 1, file) == 1;
}

/* The sidecar lists the columns. A shape alone does not say the width of packed rows and their two values. Nor does (N,
 * 3, 40, 3) say which axis is the channels: readers take the second one (formats/stored.h), and expect 1 or 3 of them.
 */
static bool needs_sidecar(const struct pixel_format *pixels, const struct dataset_info *info)
{
    const uint32_t channels = pixel_format_channels(pixels);
    const bool last = pixel_format_layout(pixels) == LAYOUT_NHWC;
    return pixels->dtype == DTYPE_BITS || (info && info->column_count) || (channels != 1 && channels != 3) ||
           (last && (!info || info->height == 1 || info->height == 3));
}

enum plotmill_status sink_create_npy(struct sink *sink, const char *path, const struct sink_options *options,
                                     struct plotmill_error *error)
{
    static const struct array_kind npy = {"npy", NPY_HEADER_BYTES, write_header, needs_sidecar};
    return array_sink_create(sink, path, options, &npy, error);
}

/* Takes the layout from the sidecar, if that describes this array. */
static enum plotmill_status read_sidecar(struct array_reader *array, const struct npy_header *header,
                                         struct stored_hints *hints, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct stored_hints described;
    uint64_t axes[4];
    unsigned rank;
    TRY(array_reader_describe(array, &described, &rank, axes, error));
    bool same_type = described.dtype == hints->dtype || (described.dtype == DTYPE_BITS && hints->dtype == DTYPE_U8);
    if (!same_type || rank != header->rank || memcmp(axes, header->axes, rank * sizeof *axes))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s.json: describes another dtype or shape than %s has", array->path,
             array->path);
    described.swap = hints->swap;
    *hints = described;
done:
    return status;
}

enum plotmill_status reader_open_npy(struct reader *reader, const char *path, struct plotmill_error *error)
{
    static const char *const types[] = {[DTYPE_U8] = "u1", [DTYPE_F32] = "f4", [DTYPE_F16] = "f2"};
    enum plotmill_status status = PLOTMILL_OK;
    struct array_reader *array = NULL;
    struct npy_header header = {0};
    struct stored any;
    unsigned type = 0;
    char shape[100] = "";
    TRY(array_reader_create(&array, path, error));
    TRY(npy_header_read(&header, array->file, path, error));
    array->start = header.data;
    while (type < 3 && (types[type][0] != header.type.kind || types[type][1] - '0' != (int)header.type.size))
        type++;
    if (type == 3)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: found dtype '%s', expected '|u1' (uint8), '<f4' or '<f2'", path,
             header.descr);
    struct stored_hints hints = {
        .dtype = (enum pixel_dtype)type, .layout = -1, .background = -1, .foreground = -1, .swap = header.type.swap};
    for (unsigned i = 0, used = 0; i < header.rank && i < NPY_AXES_MAX; i++)
        used += (unsigned)snprintf(shape + used, sizeof shape - used, "%s%" PRIu64, i ? ", " : "", header.axes[i]);
    const bool described = array_is_described(path, "npy");
    if (!stored_init(&any, &hints, (int)header.rank, header.axes) && (!described || header.rank != 4))
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: found the shape (%s%s), expected images (N, height, width), (N, channels, height, width) or (N, "
             "height, width, channels) of 1 or 3 channels",
             path, shape,
             header.rank > NPY_AXES_MAX ? ", ..."
             : header.rank == 1         ? ","
                                        : "");
    if (header.fortran)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: is in Fortran order, expected C order", path);
    if (described)
        TRY(read_sidecar(array, &header, &hints, error));
    if (!stored_init(&array->stored, &hints, (int)header.rank, header.axes))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s.json: its layout, width, background and foreground do not fit the shape",
             path);
    TRY(array_reader_finish(array, "npy", reader, error));
done:
    npy_header_free(&header);
    if (status)
        array_reader_destroy(array);
    return status;
}
