/* Measuring jobs and devices. For the command and tests: not part of the public API. */
#ifndef API_MEASURE_H
#define API_MEASURE_H

#include "api/engine.h"
#include "base/trace.h"

/* Parts of a job that can be switched off, to measure what each brings. */
#define MEASURE_WITHOUT_OVERLAP 1u        /* one batch at a time, from the source to the sink */
#define MEASURE_WITHOUT_PINNING 2u        /* discrete devices: downloads go to pageable memory */
#define MEASURE_WITHOUT_DEVICE_STREAMS 4u /* pixels are drawn, and the host's zlib compresses them */

struct measure_options {
    struct trace *trace; /* records the job's stages and buffers; NULL: no recording, at no cost */
    uint32_t without;    /* MEASURE_WITHOUT_ bits */
};

/* As api_job_run, measured. One job at a time per trace; do not read the trace meanwhile. */
enum plotmill_status measure_job(plotmill *pm, plotmill_source *source, plotmill_sink *sink,
                                 const struct job_options *options, const struct measure_options *measure,
                                 struct job_summary *summary);

/* The rate at which a device fills memory with pixels of this chart's size without reading anything: the upper limit
 * for drawing. Work-groups have the same size as those that draw; the buffer is larger than caches are, where the
 * device has room. Takes about `seconds`. *rate: bytes per second, the median of several rounds. */
enum plotmill_status measure_fill_rate(plotmill *pm, const char *device, uint64_t window,
                                       const struct chart_options *chart, double seconds, double *rate);

#endif
