/* What is behind a renderer; for src/api only. renderer.c opens it, resident.c loads series, render.c and
 * render_encode.c render. */
#ifndef API_RENDERER_H
#define API_RENDERER_H

#include "api/handles.h"
#include "base/thread.h"
#include "job/checks.h"
#include "options/chart_request.h"
#include "render/renderer.h"

/* Samples first..last, of which one field is missing that must not be. */
struct missing_run {
    uint64_t first, last;
    struct check check;
    char *place; /* where `first` came from ("prices.csv, line 12"); NULL: not known */
};

struct resident {
    bool loaded;
    struct source_shape shape;
    struct source_range *ranges; /* of the shape, owned */
    uint64_t *breaks;            /* likewise */
    struct windows windows;      /* in order, by the option stride */
    uint64_t window;             /* samples per image */
    struct series series;        /* on the device; samples NULL: `host` */
    const double *host;          /* (samples, fields): the caller's array, or `owned`; NULL: on the device alone */
    double *owned;
    struct missing_run *runs; /* (run_count), ascending; only with missing = error */
    size_t run_count;
};

/* Batches alternate between two queues, so that the device never waits for the host. */
#define RENDERER_QUEUES 2

struct plotmill_renderer {
    plotmill *pm;
    struct open_device *device; /* belongs to the handle */
    struct compute *queues[RENDERER_QUEUES];
    struct job_options job;            /* without texts */
    struct chart_request request;      /* of the chart; all zero: only the line of the job's options */
    struct made_chart made;            /* for the window of the options, and then of the source */
    uint64_t made_window;              /* of `made`; 0: none, or one that cannot be drawn */
    bool made_copies;                  /* `made`, a grey chart, has three channels */
    const struct chart *chart;         /* that of `made` */
    struct pixel_format asked, format; /* as the options say; resolved for the chart */
    struct png_form png;               /* of the chart's PNG images */
    int quality;                       /* of JPEG */
    uint64_t batch_limit;              /* smaller after the device ran out of memory */
    double setup_seconds;
    struct resident resident;
    bool reported;     /* the fields of the first series */
    struct pool *pool; /* that encodes; made when first needed */
    struct renderer *engines[RENDERER_QUEUES];
    struct renderer_options how;      /* of the engines, where they exist */
    double *staging[RENDERER_QUEUES]; /* samples of a series that is not on the device: (batch, window, fields) */
};

enum plotmill_status resident_load(plotmill_renderer *renderer, plotmill_source *source);
void resident_free(struct resident *resident);

/* Refuses images whose window has a sample without a field that must not be missing. starts (count) are samples. */
enum plotmill_status resident_check_missing(const plotmill_renderer *renderer, const uint64_t *starts, uint64_t count,
                                            struct plotmill_error *error);

/* Opens a device and compiles what it lacks. request: of the chart, which is copied; NULL: the line of `job`. `cache`
 * as in api_set_cache. The caller has begun the call on `pm`. */
enum plotmill_status renderer_open(plotmill *pm, const struct job_options *job, const struct pixel_format *format,
                                   int quality, const struct chart_request *request, const char *cache,
                                   plotmill_renderer **renderer);

/* Makes the chart for this window, unless the one before is for the same, whose engines stay. copies: draw a grey chart
 * with three channels, as for image files; else they are copies that are made when pixels are stored. */
enum plotmill_status renderer_make_chart(plotmill_renderer *renderer, uint64_t window, bool copies);

/* plotmill_render without the handle's lock. */
enum plotmill_status renderer_draw(plotmill_renderer *renderer, const struct plotmill_request *request);

/* Frees what depends on the chart, the window and the batch, but on no series. */
void renderer_free_engines(plotmill_renderer *renderer);

#endif
