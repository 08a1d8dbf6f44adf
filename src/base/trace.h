/* What each thread of a job does, and for how long.
 *
 * A thread that was attached to a track is always in exactly one stage, so that its stages add up to the time it was
 * there. Whatever it calls may switch, in any folder, and switches back:
 *
 *     enum trace_stage before = trace_switch(TRACE_ENCODE);
 *     ...
 *     trace_switch(before);
 *
 * A thread without a track does nothing there. */
#ifndef BASE_TRACE_H
#define BASE_TRACE_H

#include <stdbool.h>

#include <stddef.h>
#include <stdint.h>

enum trace_stage {
    TRACE_OTHER,
    TRACE_READ,
    TRACE_UPLOAD,
    TRACE_LAUNCH,
    TRACE_ENCODE,
    TRACE_WRITE,
    TRACE_WAIT_SOURCE, /* from here on: for somebody else */
    TRACE_WAIT_DEVICE,
    TRACE_WAIT_SINK,
    TRACE_WAIT_ENCODERS,
    TRACE_IDLE,
    TRACE_STAGES
};

/* Who did something. A worker carries one batch after another from the source to the sink, a few workers at a time;
 * each has a command queue on its device. Encoders are threads that encode and write for the workers, where the sink
 * allows it. */
enum track_kind { TRACK_WORKER, TRACK_ENCODER, TRACK_QUEUE };

/* One kind of thing that a track did. A worker and an encoder always do exactly one, from the first batch to the end of
 * the job ("idle" before they began and after they ended): their sums add up to the job's time. A queue does kernels,
 * "upload" and "download"; between these it waits. */
struct track_stage {
    const char *name; /* "read", "wait for the device", "stamp"; a constant */
    int waits;        /* 1: for somebody else */
    double seconds;   /* the sum over all times */
    double longest;   /* one time, seconds */
    uint64_t count;   /* times */
    uint64_t bytes;   /* moved by "upload" and "download"; 0 elsewhere */
};

/* Times are seconds since the first batch began: building kernels is left out. */
struct track_interval {
    const char *name;
    int waits;
    double begin, end;
    uint64_t first, images; /* of the batch it was for; images 0: of none */
};

/* Owned by the trace, until trace_reset or trace_destroy. */
struct track_info {
    enum track_kind kind;
    uint32_t device;   /* its index; of encoders 0 */
    uint32_t number;   /* of its kind and device, from 0 */
    double begin, end; /* when it was there */
    const struct track_stage *stages;
    size_t stage_count;
    const struct track_interval *intervals; /* in the order of their ends */
    size_t interval_count;
    uint64_t dropped; /* intervals beyond those that the trace keeps: they are in the sums alone */
};

/* Memory that the job allocated under one name, all workers together. */
struct trace_buffer {
    const char *name;
    int on_device;
    uint32_t count; /* buffers of that name */
    uint64_t bytes;
};

struct trace;
struct trace_track;

/* Keeps the sums of everything, and the first `intervals` intervals of each track. NULL: out of memory. */
struct trace *trace_create(size_t intervals);
void trace_destroy(struct trace *trace); /* takes NULL */

/* A job's: forgets the last one's tracks; then, once the first batch begins, counts; and ends all tracks. No thread may
 * be attached at a reset or an end, idle workers aside. All take NULL, and do nothing then. */
void trace_reset(struct trace *trace);
void trace_begin(struct trace *trace);
void trace_end(struct trace *trace);

/* A track, numbered within its kind and device; NULL where `trace` is, or when memory has run out. From any thread. It
 * belongs to the trace, and to one thread at a time. */
struct trace_track *trace_add(struct trace *trace, enum track_kind kind, uint32_t device);

/* This thread's stages go to `track` (NULL: nowhere) from now on, until trace_detach. Before and after it is idle. */
void trace_attach(struct trace_track *track);
void trace_detach(void);

/* Attaches a thread of a pool, which is idle whenever it does nothing else, to a track of its own. A thread
 * that is attached to this trace stays as it is. */
void trace_attach_encoder(struct trace *trace);

/* Returns the stage before. */
enum trace_stage trace_switch(enum trace_stage stage);

/* What this thread does from now on is for images first..first+images-1. */
void trace_batch(uint64_t first, uint64_t images);
void trace_current_batch(uint64_t *first, uint64_t *images);

/* Adds what is not a thread's: a command of a device, in seconds of os_seconds. `name` lives as long as the trace. What
 * began before the trace did is left out. */
void trace_note(struct trace_track *track, const struct track_interval *interval, uint64_t bytes);

/* `count` buffers of `bytes` in all: added to those of the same name. */
void trace_memory(struct trace *trace, const char *name, bool on_device, uint32_t count, uint64_t bytes);

/* How long the last job took, from its first batch to its end. */
double trace_seconds(const struct trace *trace);
size_t trace_tracks(const struct trace *trace);
const struct track_info *trace_track(const struct trace *trace, size_t index);
const struct trace_buffer *trace_buffers(const struct trace *trace, size_t *count);

#endif
