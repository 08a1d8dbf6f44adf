/* plotmill: opens any output again. */
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

/* Opens an HDF5 file with /images, an .npy or .dat file (each in any dtype and layout, with the .json beside it where
 * there is one), an .npz or .tar that plotmill made, or a folder of PNG or JPEG files. PLOTMILL_BAD_INPUT when `path`
 * is none of these. *reader is freed with plotmill_reader_destroy. */
PLOTMILL_API enum plotmill_status plotmill_reader_open(plotmill *pm, const char *path, plotmill_reader **reader);
PLOTMILL_API void plotmill_reader_destroy(plotmill_reader *reader);

/* Strings in *info live as long as the reader; those unknown are "". */
PLOTMILL_API void plotmill_reader_info(const plotmill_reader *reader, struct plotmill_dataset_info *info);

/* Reads images first..first+count-1.
 *   pixels        uint8 (count, height, width)
 *   window_start  NULL or int64 (count); -1 where the file holds none
 *   y_range       NULL or float64 (count, 2); NaN where the file holds none */
PLOTMILL_API enum plotmill_status plotmill_reader_read(plotmill_reader *reader, uint64_t first, uint64_t count,
                                                       uint8_t *pixels, int64_t *window_start, double *y_range);

/* The data set's hash: 64 bits an image over its pixels, folded by index; the same for every format. Of a
 * JPEG folder that plotmill made it is the recorded one, of the pixels as they were drawn, told when every file can be
 * read; a line of the log says so. */
PLOTMILL_API enum plotmill_status plotmill_reader_hash(plotmill_reader *reader, uint64_t *hash);

/* Writes `count` images of width x height as one PNG sheet of `columns` columns (0: as many as make it nearly square),
 * a thin frame around each; an existing file is replaced. Images larger than max_tile pixels on a side (0: no limit)
 * are shrunk to it, each pixel the mean of the area it covers. */
PLOTMILL_API enum plotmill_status plotmill_sheet_write(plotmill *pm, const char *path, const uint8_t *pixels,
                                                       uint64_t count, uint32_t width, uint32_t height,
                                                       uint32_t columns, uint32_t max_tile);

#ifdef __cplusplus
}
#endif
#endif
