/* The memory of a renderer: one table of buffers from which they are planned, allocated, reported and freed. */
#ifndef RENDER_BUFFERS_H
#define RENDER_BUFFERS_H

#include "device/compute.h"
#include "render/options.h"

enum buffer_id {
    BUF_NONE, /* ends lists of arguments */
    /* tables of the chart, written once (cl/shared.h) */
    BUF_PANELS,  /* struct panel_scale (panels) */
    BUF_ENTRIES, /* struct scale_entry */
    BUF_LAYERS,  /* struct span_layer; not for a single line */
    BUF_MARKS,   /* struct mark_layer (layers); with whole-pixel marks */
    /* tables of a stroke */
    BUF_X,            /* int32 (window) */
    BUF_STEP_INVERSE, /* float (window) */
    BUF_FIRSTS,       /* uint32 (groups) */
    BUF_RADII,        /* float (batch), Q12 */
    BUF_REACHES,      /* uint32 (batch): vertices per group; only with antialiasing */
    /* of the windows of a batch */
    BUF_STARTS,      /* uint64 (batch): the first row of each */
    BUF_ROWS_BEFORE, /* uint32 (batch): rows of its group before it */
    /* stages */
    BUF_SAMPLES,     /* double ((batch-1)*stride + window, fields); not for windows of a resident series */
    BUF_NEIGHBOURS,  /* uint32 ((batch-1)*stride + window, fields, 2); likewise, and only with missing = bridge */
    BUF_EXTENTS,     /* int64 (batch, panels, parts, 2) */
    BUF_SCALES,      /* uint64 (batch, panels, SCALE_WORDS) */
    BUF_RANGES,      /* double (batch, panels, 2) */
    BUF_HEIGHTS,     /* int32 (batch, window); of one stroke after another, as the next */
    BUF_EDGE_COEFFS, /* float (batch, window, 4) */
    BUF_SUBSAMPLING, /* uint8 (batch, shaded columns); only with antialiasing */
    BUF_SPANS,       /* uint16 (batch, span size); not where charts are painted */
    BUF_EDGES,  /* int32 (batch, shaded columns, EDGE_INTS); only with antialiasing, not where charts are painted */
    BUF_AREAS,  /* uint16 (batch, shaded columns, COLUMN_AREAS); likewise */
    BUF_PIXELS, /* uint8 (batch, height, width, channels); not where the caller has a buffer for them */
    /* layers; for a single line only in encoders, as BUF_LAYERS */
    BUF_INKS,    /* uint32 (span layers, 2): values of pixels */
    BUF_SCRATCH, /* see cl/compose.cl */
    /* encoder */
    BUF_STREAM_INKS, /* uint32 (tables, span layers, 2): values in streams */
    BUF_CODE,        /* uint32 (tables, CODE_WORDS) */
    BUF_STREAMS,     /* uint32 (batch, parts, slot) */
    BUF_LENGTHS,     /* uint32 (batch, parts) */
    BUF_ADLERS,      /* uint32 (batch, parts) */
    BUF_LISTS,       /* on the host: lists of streams */
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

/* Adds what the planned buffers take. */
void buffers_add_needs(const struct buffers *buffers, bool discrete, struct memory_needs *needs);

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
