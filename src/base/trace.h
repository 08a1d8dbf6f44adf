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

#include "plotmill/measure.h"

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

struct trace;
struct trace_track;

/* Keeps so many intervals of each track; NULL: out of memory. */
struct trace *trace_create(size_t intervals);
void trace_destroy(struct trace *trace); /* takes NULL */

/* A job's: forgets the last one's tracks; then, once the first batch begins, counts; and ends all tracks. No thread may
 * be attached at a reset or an end, idle workers aside. All take NULL, and do nothing then. */
void trace_reset(struct trace *trace);
void trace_begin(struct trace *trace);
void trace_end(struct trace *trace);

/* A track, numbered within its kind and device; NULL where `trace` is, or when memory has run out. From any thread. It
 * belongs to the trace, and to one thread at a time. */
struct trace_track *trace_add(struct trace *trace, enum plotmill_track_kind kind, uint32_t device);

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
void trace_note(struct trace_track *track, const struct plotmill_interval *interval, uint64_t bytes);

/* `count` buffers of `bytes` in all: added to those of the same name. */
void trace_memory(struct trace *trace, const char *name, bool on_device, uint32_t count, uint64_t bytes);

double trace_seconds(const struct trace *trace);
size_t trace_tracks(const struct trace *trace);
const struct plotmill_track *trace_track(const struct trace *trace, size_t index);
const struct plotmill_buffer *trace_buffers(const struct trace *trace, size_t *count);

#endif
