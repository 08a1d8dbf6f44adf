/* plotmill: where a job's time and memory go, and what the device can do at best.
 *
 *     plotmill_trace *trace;
 *     plotmill_trace_create(pm, 20000, &trace);
 *     job.trace = trace;
 *     plotmill_job_run(pm, source, sink, &job, &summary);
 *     for (size_t i = 0; i < plotmill_trace_tracks(trace); i++)
 *         plotmill_trace_track(trace, i)->...
 *
 * Times are seconds, 0 being when the first batch began: building kernels is left out. */
#ifndef PLOTMILL_MEASURE_H
#define PLOTMILL_MEASURE_H

#include <stddef.h>
#include <stdint.h>

#include "plotmill/chart.h"
#include "plotmill/context.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Who did something. A worker carries one batch after another from the source to the sink, a few workers at a time;
 * each has a command queue on its device. Encoders are threads that encode and write for the workers, where the sink
 * allows it. */
enum plotmill_track_kind { PLOTMILL_TRACK_WORKER = 0, PLOTMILL_TRACK_ENCODER, PLOTMILL_TRACK_QUEUE };

/* One kind of thing that a track did. A worker and an encoder always do exactly one, from the first batch to the end of
 * the job ("idle" where they had not begun yet, or were done): their sums add up to the job's time. A queue does
 * kernels, "upload" and "download"; between these it waits. */
struct plotmill_stage {
    const char *name; /* "read", "wait for the device", "stamp"; lives as long as the library */
    int waits;        /* 1: for somebody else */
    double seconds;   /* the sum over all times */
    double longest;   /* one time, seconds */
    uint64_t count;   /* times */
    uint64_t bytes;   /* moved by "upload" and "download"; 0 elsewhere */
};

struct plotmill_interval {
    const char *name;
    int waits;
    double begin, end;
    uint64_t first, images; /* of the batch it was for; images 0: of none */
};

/* What belongs to a track lives until its trace is given to another job or destroyed. */
struct plotmill_track {
    enum plotmill_track_kind kind;
    uint32_t device;   /* its index; of encoders 0 */
    uint32_t number;   /* of its kind and device, from 0 */
    double begin, end; /* when it was there */
    const struct plotmill_stage *stages;
    size_t stage_count;
    const struct plotmill_interval *intervals; /* in the order of their ends */
    size_t interval_count;
    uint64_t dropped; /* intervals beyond those that the trace keeps: they are in the sums alone */
};

/* Memory that the job asked for under one name, all workers together. */
struct plotmill_buffer {
    const char *name;
    int on_device;
    uint32_t count; /* buffers of that name */
    uint64_t bytes;
};

typedef struct plotmill_trace plotmill_trace;

/* Keeps the sums of everything, and the first `intervals` intervals of each track. *trace is freed with
 * plotmill_trace_destroy, after the jobs that were given it. One job at a time; nothing is read meanwhile. */
PLOTMILL_API enum plotmill_status plotmill_trace_create(plotmill *pm, size_t intervals, plotmill_trace **trace);
PLOTMILL_API void plotmill_trace_destroy(plotmill_trace *trace);

/* How long the last job took, from its first batch to its end. */
PLOTMILL_API double plotmill_trace_seconds(const plotmill_trace *trace);
PLOTMILL_API size_t plotmill_trace_tracks(const plotmill_trace *trace);
PLOTMILL_API const struct plotmill_track *plotmill_trace_track(const plotmill_trace *trace, size_t index);
PLOTMILL_API const struct plotmill_buffer *plotmill_trace_buffers(const plotmill_trace *trace, size_t *count);

/* The rate at which a device fills memory with pixels of this chart's size, looking at nothing: the floor of drawing
 * them. Work-items have the shape of those that draw; the buffer is larger than caches are, where the device has room.
 * Takes about `seconds`; *rate is bytes a second, the median of its rounds. */
PLOTMILL_API enum plotmill_status plotmill_measure_fill(plotmill *pm, const char *device, uint64_t window,
                                                        const struct plotmill_chart_options *chart, double seconds,
                                                        double *rate);

struct plotmill_host_memory {
    uint64_t total;     /* bytes of main memory */
    uint64_t available; /* that this process could still take without swapping */
    uint64_t peak;      /* the most this process has held */
};

/* A member is 0 where the system does not tell. */
PLOTMILL_API void plotmill_host_memory(struct plotmill_host_memory *memory);

/* Parts of the engine that a job can do without, to measure what each brings: job options' `without`. */
#define PLOTMILL_WITHOUT_OVERLAP 1u        /* one batch at a time, from the source to the sink */
#define PLOTMILL_WITHOUT_PINNING 2u        /* discrete devices: downloads go to pageable memory */
#define PLOTMILL_WITHOUT_DEVICE_STREAMS 4u /* pixels are drawn, and the host's zlib compresses them */

#ifdef __cplusplus
}
#endif
#endif
