/* Images on their way from a renderer to a sink, and from a reader: the types that these share. */
#ifndef CHART_IMAGES_H
#define CHART_IMAGES_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "chart/ink.h"

/* The type of a stored pixel. */
enum pixel_dtype {
    DTYPE_U8 = 0, /* 0..255 */
    DTYPE_F32,    /* value/255, float32 in the machine's byte order */
    DTYPE_F16,    /* value/255, IEEE half, rounded to nearest, ties to even; same byte order */
    DTYPE_BITS    /* images of two values: 1 for the lighter one, 8 columns per byte, the first in the highest
                              bit, rows padded with 0, as numpy.packbits does */
};

/* Axes, slowest first. With one channel NHW, NCHW and NHWC have the same bytes. */
enum pixel_layout {
    LAYOUT_AUTO = 0, /* NHW where pixels have one channel, else NHWC */
    LAYOUT_NHW,      /* (images, height, width) */
    LAYOUT_NCHW,     /* (images, channels, height, width) */
    LAYOUT_NHWC      /* (images, height, width, channels) */
};

/* Pixels are drawn as uint8 (images, height, width, channels): "as drawn" below means this. */

/* All 0: uint8, as drawn. pixel_format_resolve (chart/pixel_format.h) turns LAYOUT_AUTO and 0 channels into what they
 * mean for a chart. */
struct pixel_format {
    enum pixel_dtype dtype;
    enum pixel_layout layout;
    uint32_t channels; /* 0: as drawn; 3 for grey charts: three equal ones; more than 1: not in NHW */
};

/* A value, or a row of values, that is stored beside each image: the times of its window, its group, split and labels.
 */
struct image_column {
    const char *name; /* "timestamps", "row", "group", "split", "labels/NAME" */
    enum column_type { COLUMN_INT64 = 0, COLUMN_UINT64, COLUMN_FLOAT64, COLUMN_UINT32, COLUMN_UINT8 } type;
    uint64_t width;             /* values per image */
    const char *const *classes; /* (class_count) texts that the values are indices of; NULL: none. Of `group`: names of
                                   the groups. Missing values: NaN, INT64_MIN, 255 of `split` */
    size_t class_count;
};

static inline size_t column_value_bytes(enum column_type type)
{
    return type == COLUMN_UINT8 ? 1 : type == COLUMN_UINT32 ? 4 : 8;
}

/* The values of the column `split`. */
enum image_split { SPLIT_TRAIN = 0, SPLIT_VAL, SPLIT_TEST, SPLIT_NONE = 255 };

/* Consecutive images of one split. */
struct split_run {
    uint64_t first, count;
    enum image_split split;
};

/* Describes a data set. Sinks get it before the first image; readers return it. Strings belong to whoever fills it. */
struct dataset_info {
    uint64_t images;
    uint32_t width;       /* px */
    uint32_t height;      /* px */
    int background;       /* of charts with one grey ink, or one channel per layer: 0..255; else, or unknown: -1 */
    int foreground;       /* the same, of the ink */
    const char *spec;     /* JSON of every option that affects pixels */
    const char *input;    /* JSON of the input, see api_source_input; "": unknown */
    const char *format;   /* from readers: "hdf5", "npy", "npz", "raw", "jkx", "png", "jpeg", "tar" */
    const char *producer; /* plotmill version that wrote it */
    struct pixel_format stored; /* resolved; readers return uint8 (images, height, width, channels) regardless */
    uint64_t first;             /* index of the first image in the whole data set, if this is one of several files */
    uint64_t window;            /* samples per image; from readers only if they are stored (store_sequences), else 0 */
    uint64_t whole;             /* images of the whole data set, if this is one of several files; else 0 */
    const char *folders;        /* of image files, from readers: "split", "label", "split/label"; NULL or "": none */
    int quality;                /* of JPEG, from readers: 1..100; 0: unknown */
    double image_bytes;         /* for sinks: estimated stored bytes per image (see stored_bytes); 0: unknown */
    uint32_t channels;          /* of a pixel: for sinks as drawn, from readers as stored; 0: 1 */
    uint32_t panels;            /* pairs of y_range per image; 0: 1 */
    uint32_t fields;            /* values per sample in stored sequences; 0: 1 */
    const char *field_names;    /* of these, as a JSON array; NULL or "": one without a name */
    const struct png_form *png; /* for sinks that take PNG streams; NULL: 8-bit grey */
    const struct image_column *columns; /* (column_count) beside window_start and y_range */
    size_t column_count;
    const struct split_run *runs; /* (run_count) for sinks: ascending, all images; NULL: there is no split */
    size_t run_count;
    const char
        *windows; /* JSON of the options that choose windows, labels and split; NULL or "": stride and limit alone */
    const char *train; /* JSON of the train part: pixel mean, standard deviation, classes; NULL or "": no split */
    const char *label_counts; /* for sinks: JSON, {LABEL: {"classes": {CLASS: images, ...}}}; NULL: no labels */
};

/* Images first..first+count-1. */
struct image_range {
    uint64_t first;
    uint64_t count;
};

/* The images of a data set that a sink still needs. */
struct wanted_images {
    const struct image_range *ranges; /* ascending, not adjacent; belong to the sink */
    size_t range_count;               /* 0: nothing */
    uint64_t kept;                    /* images that it has already; they count as done */
};

/* The form in which a sink takes images. */
enum payload {
    PAYLOAD_PIXELS = 0, /* arrays in the sink's pixel format, row 0 at the top */
    PAYLOAD_ZLIB,       /* those arrays as finished zlib streams (RFC 1950): HDF5 chunks */
    PAYLOAD_PNG         /* each image as the zlib stream of a PNG's IDAT: filtered rows */
};

/* The finished stream of one image, or of images_per_stream images. */
struct image_stream {
    const uint8_t *data;
    size_t size; /* bytes */
};

/* Consecutive images. Valid during the call only. */
struct image_batch {
    uint64_t first;                     /* index of the first image in the data set */
    uint64_t count;                     /* images */
    const void *data;                   /* pixels; NULL if the sink takes streams */
    const struct image_stream *streams; /* one per image, or per images_per_stream images; NULL if the sink takes
                                              pixels */
    const int64_t *window_start;        /* (count): the row of the input that the first sample (or ready sequence) of
                                     each image is */
    const double *y_range;              /* (count, panels, 2): lowest and highest value; NaN: no sample */
    const double *samples;              /* image i shows samples[i * sample_stride * fields ..], `window` rows of
                                           `fields` values, unchanged */
    uint64_t sample_stride;             /* rows */
    uint32_t fields;                    /* at least 1 */
    uint64_t window;
    const void *const *columns; /* (columns of the data set): each (count, width) of its type */
};

#endif
