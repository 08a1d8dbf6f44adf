/* Constants that the kernels and the host share. C includes this file; cl/meson.build puts it in front of the kernels.
 */
#ifndef CL_SHARED_H
#define CL_SHARED_H

/* Lengths are fixed point with SUBPIXEL_BITS fractional bits ("Q12": 4096 is one pixel). 65535 px need 28 bits, so sums
 * stay inside int, and rounding a vertex to 1/8192 px is far below the definition's 1/256. */
#define SUBPIXEL_BITS 12
#define ONE_PIXEL (1 << SUBPIXEL_BITS)

/* An antialiased pixel column is evaluated at 16 sub-columns, one subsample; a steep one in four subsamples of 16. */
#define SUBCOLUMNS 16
#define STEEP_SUBSAMPLES 4
/* int per column in `edges`: (STEEP_SUBSAMPLES, 2, SUBCOLUMNS). */
#define EDGE_INTS (STEEP_SUBSAMPLES * 2 * SUBCOLUMNS)
/* The edge, Q8, of a sub-column without a stroke: beyond any row. */
#define NO_EDGE (1 << 25)
/* ushort per column in `areas`: `rasterize` stores the areas of a column's first 64 partly covered pixels. The areas of
 * the few rows beyond are computed from the edges. */
#define COLUMN_AREAS 64
#define AREA_BITS 14 /* 1 << AREA_BITS is the area of a wholly covered pixel */

/* Vertices up to this much beyond the stroke's radius are examined too; it is more than the kernel's rounding. */
#define REACH_SLACK (ONE_PIXEL / 8)

/* Planes of a span buffer: begin and end of the ink, antialiased also first and last of the partly covered rows. */
#define SPAN_PLANES(antialias) ((antialias) ? 4 : 2)

/* ulong per image in `scales`, see measure.cl. */
#define SCALE_WORDS 4

/* Bounds of the loops of one work-item. llvmpipe ends all loops of a work-item after 65,535 iterations, of which a
 * vertex takes several: with 3,839 vertices `find_steep` was cut off, with 5,616 `rasterize`. */
#define VERTICES_PER_LAUNCH 8192       /* of `rasterize` and `find_steep` */
#define VERTICES_PER_SHORT_LAUNCH 1024 /* of the same where the driver ends long loops */
#define ROWS_PER_ITEM 8192             /* of `blend` */
#define DRAW_ROWS 8                    /* rows per work-item of `draw_pixels` */

/* Streams: RFC 1950, RFC 1951 and PNG. */
#define ADLER_BASE 65521
#define PNG_FILTER_UP 2

/* The Huffman table that the host makes for `deflate`, uint (CODE_WORDS): an entry holds the bits to write, and in its
 * upper 8 bits their number. */
#define CODE_LITERAL 0                 /* 256 literals */
#define CODE_LENGTH 256                /* lengths 0..258; 0..2 are not used */
#define CODE_NEAR (CODE_LENGTH + 259)  /* distance 1 */
#define CODE_ABOVE (CODE_NEAR + 1)     /* distance `width` */
#define CODE_END (CODE_ABOVE + 1)      /* end of block */
#define CODE_HEAD_BITS (CODE_END + 1)  /* number of bits before the first symbol: zlib and block header */
#define CODE_HEAD (CODE_HEAD_BITS + 1) /* those bits, 32 per word */
#define CODE_WORDS (CODE_HEAD + 64)

/* A layer, or what it covers of a column, see cl/compose.cl. */
#define LAYER_WORDS 6
/* uint of scratch per image for its events, of which there may be `room`; pixels have 1 or 3 bytes. */
#define SCRATCH_WORDS(width, height, bytes, layers, room)                                                       \
    (2 * ((height) + 1) + (layers) * 2 * LAYER_WORDS + ((width) * (bytes) + 3) / 4 +                      \
     (room) * ((bytes) > 1 ? 2 : 1))

#ifdef __OPENCL_VERSION__
typedef uint shared_uint;
typedef ulong shared_ulong;
#else
#include <stdint.h>
typedef uint32_t shared_uint;
typedef uint64_t shared_ulong;
#endif

/* The y scale of a panel. */
struct panel_scale {
    shared_ulong lo, hi; /* Y_FIXED: the range, as the bits of doubles */
    shared_uint range;   /* Y_* */
    shared_uint clip;    /* 1: samples outside a fixed range stay there, and are cut off; 0: they move to its limit */
    shared_uint first, count; /* what it covers: entries first..first+count-1 of all scale entries */
};
#define Y_MINMAX 0
#define Y_ZERO 1 /* from 0 to the maximum */
#define Y_FIXED 2

/* A field that a scale covers. */
struct scale_entry {
    shared_uint field;    /* number in a frame */
    shared_uint lead;     /* not covered in windows with fewer rows of their group before them */
    shared_uint absolute; /* 1: values without their sign */
    shared_uint unused;
};

/* What is painted of a layer: one interval of rows in each column of its panel, with one ink. A layer is one of these,
 * or several in a row where a mark covers several intervals of a column. Painted in order, the first one lowest. */
struct span_layer {
    shared_uint left, right;  /* columns of its panel: left..right-1 */
    shared_uint above, below; /* rows of its panel: above..below-1, in which all spans lie */
    shared_uint spans;        /* where its planes begin in the spans of an image, ushort: begins, then ends (then, of
                                 shaded ones, first and last partly covered rows); column x is entry x - left */
    shared_uint pitch;        /* ushort per plane */
    shared_uint columns;      /* of shaded ones: where column `left` is among the shaded columns of an image, each of
                                 which has an entry of `subsampling`, `edges` and `areas`; else NOT_SHADED */
    shared_uint two_inks;     /* 1: an interval that begins below its end has inks[1], and covers rows end..begin-1;
                                 0: it is empty */
    shared_uint inks[2];      /* 0xbbggrr */
};
#define NOT_SHADED 0xffffffffu

/* A layer whose mark covers whole pixels, for the kernels in cl/marks. */
struct mark_layer {
    shared_uint left, right, above, below; /* as in its span layers */
    shared_uint spans, pitch;              /* of the first; the next one's planes begin 2 * pitch later */
    shared_uint panel;
    shared_uint margin;      /* rows of its panel above and below the area of the y scale */
    shared_uint field[4];    /* numbers in a frame, by role */
    shared_uint lead;        /* empty in windows with fewer rows of their group before them; 0: never */
    shared_uint start, step; /* sample i has columns start + i*step .. start + (i+1)*step - 1 of the image; a pixel line
                                has its vertices at start + i*step */
    shared_uint size, thin;  /* columns of a candle's body and wick; size: of a column; of a pixel line on a point scale,
                                which has step 0: of the whole scale */
    shared_uint flags;       /* MARK_* */
};
#define MARK_ROUND_HALF_UP 1u /* else half to even */
#define MARK_TRUNCATE 2u
#define MARK_FROM_TOP 4u /* rows are counted from the top when rounded */
#define MARK_HOLLOW 8u
#define MARK_COUNT_ROWS 16u /* column: height: count */
#define MARK_ABSOLUTE 32u
#define MARK_ZERO_PIXEL 64u
#define MARK_BRIDGE 128u /* pixel line: missing: bridge */
#define MARK_TWO_INKS 256u

#endif
