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

#endif
