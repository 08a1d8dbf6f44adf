/* The results of plotmill bench: measure.c fills them, report.c prints and compares them. */
#ifndef TOOLS_BENCH_BENCH_H
#define TOOLS_BENCH_BENCH_H

#include "api/engine.h"
#include "tools/bench/trace_stats.h"
#include "tools/common/console.h"
#include "tools/common/setup.h"

enum { BENCH_BATCHES = 16, BENCH_MODES = 4, BENCH_REASON = 200, BENCH_ABLATIONS = 16 };

/* One batch size of one mode. */
struct bench_row {
    uint64_t batch;
    char reason[BENCH_REASON];         /* why it was not measured; "": it was */
    uint64_t device_bytes, host_bytes; /* buffers of all batches in flight */
    uint32_t in_flight;                /* batches */
    double rate;                       /* images/s, with all batches in flight */
    double image_bytes;                /* stored per image */
    double setup_seconds;
    /* With one batch in flight: seconds of each kernel and transfer, and the images drawn meanwhile. */
    struct trace_stats queues;
    double drawn;
};

struct bench_mode {
    int antialias;
    enum payload payload; /* PIXELS or ZLIB */
    double fill;          /* bytes/s, measured just before: other programs may use the device too */
    struct bench_row rows[BENCH_BATCHES];
    size_t count;
    const struct bench_row *best; /* NULL: nothing was measured */
    const struct bench_row *knee; /* the smallest batch that is nearly as fast as the best */
};

/* The speed with and without one part of the engine. */
struct bench_ablation {
    const char *part;
    const struct bench_mode *mode; /* measured at its knee */
    int starts;                    /* 1: seconds to start; 0: images/s */
    double with, without;
    const char *not_applied; /* why it was not measured; NULL: it was */
};

struct bench_device {
    struct device_info device;
    double fill; /* bytes/s: the best of all modes */
    struct bench_mode modes[BENCH_MODES];
    size_t mode_count;
    struct bench_ablation ablations[BENCH_ABLATIONS];
    size_t ablation_count;
};

struct bench {
    struct image_settings image;
    struct device_settings device;
    struct general_settings general;
    const char *batch_list; /* "1,10,100" */
    uint64_t window;        /* samples per image */
    double seconds;         /* per measurement */
    int ablate;
    const char *output, *compare; /* files; NULL: none */
    double fail_below;
    uint64_t require;
    struct console console;
    plotmill *pm;
    plotmill_source *source;
    struct trace *trace;
    struct chart_options chart; /* from `image` */
    uint64_t batches[BENCH_BATCHES];
    size_t batch_count;
    char *old; /* the JSON of `compare` */
    struct bench_device devices[DEVICE_SHARES];
    size_t device_count;
};

/* An endless random walk; freed with plotmill_source_destroy. */
enum plotmill_status bench_source(plotmill *pm, uint64_t window, plotmill_source **source);

/* Measures all modes and batches of a device, and what each part of the engine contributes if bench->ablate. A batch
 * that cannot run becomes a row with a reason. */
enum plotmill_status bench_measure(struct bench *bench, struct bench_device *device);

/* "pixels", "streams, antialiased", ... */
const char *bench_mode_name(const struct bench_mode *mode);

void bench_print(FILE *out, const struct bench *bench);
void bench_write_json(FILE *out, const struct bench *bench);

/* Reads bench->compare into bench->old, freed by the caller. It must be of the same size, line width and window.
 * Returns OPTIONS_GO_ON, or the exit code after a message. */
int bench_read_old(struct bench *bench);

/* Prints the ratios to bench->old; *lowest is the lowest ratio. Returns likewise. */
int bench_compare(FILE *out, struct bench *bench, double *lowest);

#endif
