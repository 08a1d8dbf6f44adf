/* The memory of a renderer: one table of buffers from which they are planned, allocated, reported and freed. */
#ifndef RENDER_BUFFERS_H
#define RENDER_BUFFERS_H

#include "device/compute.h"
#include "render/options.h"

enum buffer_id {
    BUF_NONE, /* ends lists of arguments */
    /* tables, written once */
    BUF_X,            /* int32 (window) */
    BUF_STEP_INVERSE, /* float (window) */
    BUF_FIRSTS,       /* uint32 (groups) */
    /* of the windows of a batch */
    BUF_STARTS,  /* uint64 (batch): the first sample of each */
    BUF_RADII,   /* float (batch), Q12, of strokes */
    BUF_REACHES, /* uint32 (batch): vertices per group; only with antialiasing */
    /* stages, with `pitch` columns: groups * lanes */
    BUF_SAMPLES,     /* double ((batch-1)*stride + window); not for windows of a resident series */
    BUF_NEIGHBOURS,  /* uint32 ((batch-1)*stride + window, 2); likewise, and only with missing = bridge */
    BUF_EXTENTS,     /* int64 (batch, parts, 2) */
    BUF_SCALES,      /* uint64 (batch, SCALE_WORDS) */
    BUF_RANGES,      /* double (batch, 2) */
    BUF_HEIGHTS,     /* int32 (batch, window) */
    BUF_EDGE_COEFFS, /* float (batch, window, 4) */
    BUF_SUBSAMPLING, /* uint8 (batch, pitch); only with antialiasing */
    BUF_SPANS,       /* uint16 (batch, SPAN_PLANES, pitch); not where charts are painted */
    BUF_EDGES,       /* int32 (batch, pitch, EDGE_INTS); only with antialiasing, not where charts are painted */
    BUF_AREAS,       /* uint16 (batch, pitch, COLUMN_AREAS); likewise */
    BUF_PIXELS,      /* uint8 (batch, height, width); not where the caller has a buffer for them */
    /* encoder */
    BUF_INKS,    /* uint8 (layers) */
    BUF_CODE,    /* uint32 (CODE_WORDS) */
    BUF_SCRATCH, /* see cl/deflate.cl */
    BUF_STREAMS, /* uint32 (batch, slot) */
    BUF_LENGTHS, /* uint32 (batch) */
    BUF_ADLERS,  /* uint32 (batch) */
    BUF_LISTS,   /* on the host: lists of streams */
    BUF_COUNT
};

enum buffer_place { PLACE_DEVICE, PLACE_DOWNLOADED /* and pinned host memory on discrete devices */, PLACE_HOST };

struct buffers {
    struct buffer_need {
        const char *name; /* in reports */
        enum buffer_place place;
        uint64_t first, further; /* bytes for the first and for each further image of the batch; 0, 0: not needed */
    } need[BUF_COUNT];
    struct buffer *at[BUF_COUNT]; /* NULL: not needed, or on the host */
};

/* Plans a buffer with `bytes` bytes per image. */
void buffers_need(struct buffers *buffers, enum buffer_id id, const char *name, enum buffer_place place,
                  uint64_t bytes);

/* What the planned buffers take. */
struct memory_needs buffers_memory_needs(const struct buffers *buffers, bool discrete);

/* Allocates the planned buffers for `batch` images. After a failure buffers_destroy frees those that were made. */
enum plotmill_status buffers_create(struct buffers *buffers, struct compute *compute, uint64_t batch,
                                    struct plotmill_error *error);
/* Writes a whole table. */
enum plotmill_status buffers_write_table(struct buffers *buffers, enum buffer_id id, const void *data,
                                         struct plotmill_error *error);
void buffers_destroy(struct buffers *buffers);

/* Adds each buffer to the trace, by name; `trace` may be NULL. */
void buffers_report(const struct buffers *buffers, uint64_t batch, struct trace *trace);

#endif
