/* What each thread of a job does, and for how long.
 *
 * A thread that is attached to a track is always in exactly one stage, so that the times of its stages add up. Any
 * function may switch the stage, and switches back:
 *
 *     enum trace_stage before = trace_switch(TRACE_ENCODE);
 *     ...
 *     trace_switch(before);
 *
 * In a thread without a track this does nothing. */
#ifndef BASE_TRACE_H
#define BASE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/thread.h"

enum trace_stage {
    TRACE_OTHER,
    TRACE_READ,
    TRACE_UPLOAD,
    TRACE_LAUNCH,
    TRACE_ENCODE,
    TRACE_WRITE,
    TRACE_WAIT_SOURCE, /* from here on the thread waits for others */
    TRACE_WAIT_DEVICE,
    TRACE_WAIT_SINK,
    TRACE_WAIT_ENCODERS,
    TRACE_IDLE,
    TRACE_STAGES
};

enum {
    TRACE_TRACKS = 1200,     /* workers and queues of all devices, and the encoders */
    TRACE_TRACK_STAGES = 24, /* kernels and transfers, or stages of a thread */
    TRACE_BUFFERS = 48
};

/* Workers carry batches from the source to the sink; each has a command queue on its device. Encoders are threads that
 * encode and write for the workers, where the sink allows it. */
enum track_kind { TRACK_WORKER, TRACK_ENCODER, TRACK_QUEUE };

/* One activity of a track. Workers and encoders always have exactly one, "idle" before their start and after their end.
 * Queues have kernels, "upload" and "download". */
struct track_stage {
    const char *name; /* "read", "wait for the device", "rasterize"; a constant */
    int waits;        /* 1: for another thread or the device */
    double seconds;   /* in all */
    double longest;   /* seconds of the longest interval */
    uint64_t count;   /* intervals */
    uint64_t bytes;   /* that "upload" and "download" moved; else 0 */
};

/* Times are seconds since the first batch began, after the kernels were built. */
struct track_interval {
    const char *name;
    int waits;
    double begin, end;
    uint64_t first, images; /* the batch; images 0: none */
};

struct trace_track {
    enum track_kind kind;
    uint32_t device; /* its index; 0 for encoders */
    uint32_t number; /* within kind and device */
    double end;      /* when its last interval ended */
    struct track_stage stages[TRACE_TRACK_STAGES];
    size_t stage_count;
    struct track_interval *intervals; /* by their ends */
    size_t interval_count, capacity;
    uint64_t dropped; /* intervals that are in `stages` alone */
    /* Of the attached thread. */
    struct trace *trace;
    enum trace_stage stage; /* since `since`, of os_seconds */
    double since;
    bool running;
    uint64_t first, images; /* its batch */
};

/* Memory that the job allocated under one name, for all workers together. */
struct trace_buffer {
    const char *name;
    int on_device;
    uint32_t count; /* buffers */
    uint64_t bytes;
};

/* Read by others only after trace_end. */
struct trace {
    struct mutex lock; /* for adding tracks */
    struct trace_track *tracks[TRACE_TRACKS];
    size_t track_count;
    size_t max_intervals; /* per track */
    struct trace_buffer buffers[TRACE_BUFFERS];
    size_t buffer_count;
    double origin;  /* when the first batch began, of os_seconds */
    double seconds; /* from then to the end of the job */
    bool counting;
};

/* Keeps all sums, and the first `max_intervals` intervals of each track. NULL: out of memory. */
struct trace *trace_create(size_t max_intervals);
void trace_destroy(struct trace *trace);

/* For each job: trace_reset removes the tracks of the one before, trace_begin starts to count when the first batch
 * begins, trace_end ends all tracks. No thread but idle encoders may be attached at trace_reset and trace_end. All
 * functions here take NULL for no trace, and do nothing then. */
void trace_reset(struct trace *trace);
void trace_begin(struct trace *trace);
void trace_end(struct trace *trace);

/* Adds a track, which the trace owns and one thread at a time uses. NULL: no trace, or out of memory. Thread-safe. */
struct trace_track *trace_add(struct trace *trace, enum track_kind kind, uint32_t device);

/* Attaches this thread to `track` until trace_detach. */
void trace_attach(struct trace_track *track);
void trace_detach(void);

/* Attaches a thread of a pool, idle from now on, to a new track, unless it is attached to this trace already. */
void trace_attach_encoder(struct trace *trace);

/* Returns the stage before. */
enum trace_stage trace_switch(enum trace_stage stage);

/* This thread works for images first..first+images-1 from now on. */
void trace_batch(uint64_t first, uint64_t images);
void trace_current_batch(uint64_t *first, uint64_t *images);

/* Adds an interval of a queue, in seconds of os_seconds, unless it began before the trace. Its name must be a constant.
 */
void trace_note(struct trace_track *track, const struct track_interval *interval, uint64_t bytes);

/* Adds `count` buffers of `bytes` in all to those of the same name. */
void trace_memory(struct trace *trace, const char *name, bool on_device, uint32_t count, uint64_t bytes);

#endif
