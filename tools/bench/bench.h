/* What plotmill bench measures; its parts fill it, print it and compare it. */
#ifndef TOOLS_BENCH_BENCH_H
#define TOOLS_BENCH_BENCH_H

#include "plotmill/plotmill.h"
#include "tools/common/console.h"

enum { BENCH_BATCHES = 16, BENCH_MODES = 4, BENCH_STAGES = 24, BENCH_TEXT = 200, BENCH_ABLATIONS = 16 };

struct bench_stage {
    const char *name; /* a kernel, "upload" or "download" */
    double seconds;   /* an image */
};

/* One batch size of one mode. */
struct bench_row {
    uint64_t batch;
    char why[BENCH_TEXT]; /* it was not measured; "": it was */
    double rate;          /* images/s, of a job with all its batches in flight */
    double setup_seconds; /* of that job */
    double stream_bytes;  /* of an image; 0: pixels */
    uint32_t in_flight;
    uint64_t device_bytes, host_bytes; /* buffers, all batches in flight */
    /* One batch at a time, for each image: what the device did, and what was between that. They add up to `alone`. */
    double alone, between;
    struct bench_stage stages[BENCH_STAGES];
    size_t stage_count;
};

struct bench_mode {
    int antialias;
    enum plotmill_payload payload; /* PIXELS or ZLIB */
    double fill;                   /* bytes/s, measured just before: others may use the machine, too */
    struct bench_row rows[BENCH_BATCHES];
    size_t count;
    size_t best, knee; /* rows; `count`: none was measured */
};

/* The engine without one of its parts, in the mode and batch that follow. */
struct bench_ablation {
    const char *part;
    int antialias;
    enum plotmill_payload payload;
    uint64_t batch;
    double with, without;    /* images/s; the cache: seconds to start */
    const char *not_applied; /* why it was not measured; NULL: it was */
};

struct bench_device {
    struct plotmill_device device;
    double fill; /* bytes/s: the best of the modes' */
    struct bench_mode modes[BENCH_MODES];
    size_t mode_count;
    struct bench_ablation ablations[BENCH_ABLATIONS];
    size_t ablation_count;
};

struct bench {
    plotmill *pm;
    plotmill_source *source;
    struct trace *trace;
    struct console *console;
    struct plotmill_chart_options chart;
    int antialiased_alone; /* --antialias: without it both are measured */
    uint64_t window;
    uint64_t batches[BENCH_BATCHES];
    size_t batch_count;
    double seconds; /* of a measurement */
    int no_cache;
    char *old; /* the JSON of an earlier result that this one is compared with; NULL: nothing */
    struct bench_device devices[PLOTMILL_SHARES];
    size_t device_count;
};

/* Jobs whose time is told, images. */
enum { BENCH_JOBS = 7 };
extern const uint64_t bench_jobs[BENCH_JOBS];

/* Seconds for such a job at the mode's best rate, its start included; the mode has one. */
double bench_job_seconds(const struct bench_mode *mode, uint64_t images);

/* "pixels", "pixels, antialiased", "streams", ... */
const char *bench_mode_name(int antialias, enum plotmill_payload payload);

/* A made-up walk without end; freed with plotmill_source_destroy. */
enum plotmill_status bench_source(plotmill *pm, uint64_t window, plotmill_source **source);

/* Measures what a device reaches; with `ablate`, what each part of the engine brings. A batch that cannot be run is a
 * row that says so. */
enum plotmill_status bench_measure(struct bench *bench, struct bench_device *device, int ablate);

/* To `out`. */
void bench_print(FILE *out, const struct bench *bench);
void bench_write_json(FILE *out, const struct bench *bench);

/* Reads a kept result into bench->old, freed by the caller; it must be of the same size, line width and
 * window. Returns OPTIONS_GO_ON, or the exit code after a message. */
int bench_read_old(struct bench *bench, const char *path);

/* Prints the ratios of this one to bench->old, which `path` held. *least: the smallest. Returns likewise. */
int bench_compare(FILE *out, const struct bench *bench, const char *path, double *least);

#endif
