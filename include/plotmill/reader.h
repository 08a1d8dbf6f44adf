/* plotmill: reads stored images, in every format. */
#ifndef PLOTMILL_READER_H
#define PLOTMILL_READER_H

#include <stddef.h>
#include <stdint.h>

#include "plotmill/context.h"
#include "plotmill/sink.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct plotmill_reader plotmill_reader;

/* Opens an HDF5 file with /images, an .npy or .dat file of any dtype and layout (with its .json, if there is one), an
 * .npz or .tar made by plotmill, or a folder of PNG or JPEG files. PLOTMILL_BAD_INPUT for anything else. Free *reader
 * with plotmill_reader_destroy. */
PLOTMILL_API enum plotmill_status plotmill_reader_open(plotmill *pm, const char *path, plotmill_reader **reader);
PLOTMILL_API void plotmill_reader_destroy(plotmill_reader *reader);

/* Strings in *info belong to the reader; "": unknown. */
PLOTMILL_API void plotmill_reader_info(const plotmill_reader *reader, struct plotmill_dataset_info *info);

/* Reads images first..first+count-1.
 *   pixels        uint8 (count, height, width)
 *   window_start  NULL or int64 (count); -1 where the file has none
 *   y_range       NULL or float64 (count, 2); NaN where the file has none */
PLOTMILL_API enum plotmill_status plotmill_reader_read(plotmill_reader *reader, uint64_t first, uint64_t count,
                                                       uint8_t *pixels, int64_t *window_start, double *y_range);

/* The data set's hash: a 64-bit hash per image over its pixels, combined by index; the same in every format. For a JPEG
 * folder made by plotmill it is the stored hash of the pixels as they were drawn, provided that every file can be read;
 * the log says so. */
PLOTMILL_API enum plotmill_status plotmill_reader_hash(plotmill_reader *reader, uint64_t *hash);

/* Writes `count` images of width x height, uint8, as one PNG with `columns` columns (0: nearly square) and a thin frame
 * around each image; replaces an existing file. Images larger than max_tile pixels on a side (0: no limit) are reduced
 * to it by area averaging. */
PLOTMILL_API enum plotmill_status plotmill_sheet_write(plotmill *pm, const char *path, const uint8_t *pixels,
                                                       uint64_t count, uint32_t width, uint32_t height,
                                                       uint32_t columns, uint32_t max_tile);

#ifdef __cplusplus
}
#endif
#endif
