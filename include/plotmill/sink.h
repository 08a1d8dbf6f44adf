/* plotmill: custom sinks, which receive the images of a job; readers of stored images; contact sheets. */
#ifndef PLOTMILL_SINK_H
#define PLOTMILL_SINK_H

#include <stddef.h>
#include <stdint.h>

#include "plotmill/context.h"
#include "plotmill/source.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct plotmill_sink plotmill_sink;

/* The form of an image. */
enum plotmill_encoding {
    PLOTMILL_PIXELS = 0, /* an array, row 0 at the top, as the options dtype, layout and channels say */
    PLOTMILL_ZLIB,       /* that array as a zlib stream (RFC 1950), as in HDF5 chunks */
    PLOTMILL_PNG,        /* a PNG file */
    PLOTMILL_JPEG        /* a JPEG file, with the option quality */
};

/* Values that are stored beside each image. */
struct plotmill_column {
    size_t size;                /* of this struct */
    const char *name;           /* "timestamps" (ns since 1970 UTC of the window's first and last row), "row" (of each
                                   sample), "group", "split" (0 train, 1 val, 2 test, 255 none), "labels/NAME" */
    enum plotmill_type type;    /* missing: NaN, INT64_MIN */
    uint64_t width;             /* values per image */
    const char *const *classes; /* (class_count) texts that the values are indices of; NULL: they are numbers */
    size_t class_count;
};

/* A data set: what a sink is about to receive, valid during the call; or what a reader has, with texts of the reader.
 */
struct plotmill_dataset {
    size_t size; /* of this struct */
    uint64_t images;
    uint32_t width, height; /* px */
    const char *spec;       /* JSON of every option that affects pixels */
    const char *input;      /* JSON, see plotmill_source_describe; "": unknown */
    uint32_t channels;      /* bytes of a pixel: 1 (grey), 3 (red, green, blue), or one per layer */
    uint32_t panels;        /* pairs of y_range per image */
    const struct plotmill_column *const *columns; /* (column_count) beside window_start and y_range; for sinks */
    size_t column_count;
};

struct plotmill_image {
    const void *data;
    size_t size; /* bytes */
};

/* Consecutive images. Valid during the call. */
struct plotmill_batch {
    size_t size;    /* of this struct */
    uint64_t first; /* index of the first image in the data set */
    uint64_t count;
    const struct plotmill_image *images; /* (count); PLOTMILL_PIXELS: one after another in memory */
    const int64_t *window_start; /* (count): the row of the input that the first sample of each image is, or the number
                                    of the sequence */
    const double *y_range;       /* (count, panels, 2): lowest and highest value of each panel of each image;
                                    NaN: no sample */
    const void *const *columns;  /* (column_count): each (count, width) values of its type */
};

/* Callbacks of a custom sink. Set `size` to sizeof(struct plotmill_sink_ops). `self` is the value given to
 * plotmill_sink_create. The calls come in this order:
 *
 *   open     once; on failure it must clean up, and only destroy follows
 *   write    for every batch
 *   finish   when all images were written
 *   abort    instead of finish when the job failed or was cancelled, and after a finish that failed
 *   destroy  last: frees self. Not called when plotmill_sink_create fails.
 *
 * All but write are optional (NULL). On failure a call should fill `error` (plotmill_error_set); otherwise the message
 * only names the call. */
struct plotmill_sink_ops {
    size_t size;
    enum plotmill_encoding encoding; /* what batches contain */
    int ordered;                     /* 1: batches must come in the order of their indices; 0: in any order */
    int thread_safe; /* 1: write may be called by several threads at once; 0: by one at a time, but not always the same
                        one. No other call comes while a write runs. */
    enum plotmill_status (*open)(void *self, const struct plotmill_dataset *dataset, struct plotmill_error *error);
    enum plotmill_status (*write)(void *self, const struct plotmill_batch *batch, struct plotmill_error *error);
    enum plotmill_status (*finish)(void *self, struct plotmill_error *error);
    void (*abort)(void *self);
    void (*destroy)(void *self);
};

/* `ops` is copied. A sink serves one job. */
PLOTMILL_API enum plotmill_status plotmill_sink_create(plotmill *pm, const struct plotmill_sink_ops *ops, void *self,
                                                       plotmill_sink **sink);
PLOTMILL_API void plotmill_sink_destroy(plotmill_sink *sink);

typedef struct plotmill_reader plotmill_reader;

/* Opens an HDF5 file with /images, an .npy or .dat file of any dtype and layout (with its .json, if there is one), a
 * file of the published price-trend images (20d_..._images.dat), an .npz or .tar made by plotmill, or a folder of PNG
 * or JPEG files. Free *reader with plotmill_reader_destroy. */
PLOTMILL_API enum plotmill_status plotmill_reader_open(plotmill *pm, const char *path, plotmill_reader **reader);
PLOTMILL_API void plotmill_reader_destroy(plotmill_reader *reader);

/* What the data set is.
 *   dataset  NULL, or a struct with `size` set to sizeof(struct plotmill_dataset), which is filled
 *   json     NULL, or set to what `plotmill info --json` prints, without the hash, for which all images must be read
 * One of them is required. */
PLOTMILL_API enum plotmill_status plotmill_reader_describe(plotmill_reader *reader, struct plotmill_dataset *dataset,
                                                           const char **json);

/* Reads the images with these indices, in this order; an index may repeat.
 *   indices       (count), each less than the number of images
 *   pixels        uint8 (count, height, width, channels), whatever dtype and layout are stored; NULL: only what follows
 *                 is read
 *   window_start  NULL or int64 (count); -1 where the data set has none
 *   y_range       NULL or float64 (count, panels, 2); NaN where the data set has none */
PLOTMILL_API enum plotmill_status plotmill_reader_read(plotmill_reader *reader, const uint64_t *indices, uint64_t count,
                                                       uint8_t *pixels, int64_t *window_start, double *y_range);

/* Reads what is stored beside the images with these indices, in this order; an index may repeat. The columns of a data
 * set, with their types, widths and classes, are "columns" in the JSON of plotmill_reader_describe; struct
 * plotmill_column says what they hold.
 *   name      of a column: "timestamps", "group", "split", "labels/NAME" and so on
 *   indices   (count), each less than the number of images
 *   out       (count, width) of the column's type: int64, uint64, float64, uint32 or uint8. A missing value is NaN,
 *             INT64_MIN, or 255 of "split"; a column with classes holds their indices, from 0
 *   out_size  bytes of out: count * width * the bytes of the type */
PLOTMILL_API enum plotmill_status plotmill_reader_column(plotmill_reader *reader, const char *name,
                                                         const uint64_t *indices, uint64_t count, void *out,
                                                         size_t out_size);

/* Writes `count` images, uint8 (count, height, width, channels), as one PNG with `columns` columns (0: nearly square)
 * and a thin frame around each image; replaces an existing file. Images of 1 or 3 channels are shown in grey or colour,
 * others in grey by the largest channel of each pixel. Images larger than max_tile pixels on a side (0: no limit) are
 * reduced to it by area averaging. */
PLOTMILL_API enum plotmill_status plotmill_sheet_write(plotmill *pm, const char *path, const uint8_t *pixels,
                                                       uint64_t count, uint32_t width, uint32_t height,
                                                       uint32_t channels, uint32_t columns, uint32_t max_tile);

#ifdef __cplusplus
}
#endif
#endif
