#include "base/trace.h"

#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/os.h"

static const char *const stage_names[TRACE_STAGES] = {
    [TRACE_OTHER] = "other",
    [TRACE_READ] = "read",
    [TRACE_UPLOAD] = "upload",
    [TRACE_LAUNCH] = "launch",
    [TRACE_ENCODE] = "encode",
    [TRACE_WRITE] = "write",
    [TRACE_WAIT_SOURCE] = "wait for the source",
    [TRACE_WAIT_DEVICE] = "wait for the device",
    [TRACE_WAIT_SINK] = "wait for the sink",
    [TRACE_WAIT_ENCODERS] = "wait for the encoders",
    [TRACE_IDLE] = "idle",
};

static _Thread_local struct trace_track *current; /* of this thread */

struct trace *trace_create(size_t max_intervals)
{
    struct trace *trace = calloc(1, sizeof *trace);
    if (trace) {
        trace->lock = (struct mutex)MUTEX_READY;
        trace->max_intervals = max_intervals;
    }
    return trace;
}

void trace_destroy(struct trace *trace)
{
    trace_reset(trace);
    free(trace);
}

void trace_reset(struct trace *trace)
{
    if (!trace)
        return;
    for (size_t i = 0; i < trace->track_count; i++) {
        free(trace->tracks[i]->intervals);
        free(trace->tracks[i]);
    }
    trace->track_count = trace->buffer_count = 0;
    trace->origin = trace->seconds = 0;
    trace->counting = false;
}

void trace_begin(struct trace *trace)
{
    if (!trace)
        return;
    trace->origin = os_seconds();
    trace->counting = true;
}

struct trace_track *trace_add(struct trace *trace, enum track_kind kind, uint32_t device)
{
    struct trace_track *track = trace ? calloc(1, sizeof *track) : NULL;
    if (!track)
        return NULL;
    track->trace = trace;
    track->kind = kind;
    track->device = device;
    mutex_lock(&trace->lock);
    for (size_t i = 0; i < trace->track_count; i++)
        track->number += trace->tracks[i]->kind == kind && trace->tracks[i]->device == device;
    bool added = trace->track_count < TRACE_TRACKS;
    if (added)
        trace->tracks[trace->track_count++] = track;
    mutex_unlock(&trace->lock);
    if (!added)
        free(track);
    return added ? track : NULL;
}

/* `interval` counts from the trace's origin. */
static void add_interval(struct trace_track *track, const struct track_interval *interval, uint64_t bytes)
{
    const double seconds = interval->end - interval->begin;
    size_t i = 0;
    while (i < track->stage_count && strcmp(track->stages[i].name, interval->name))
        i++;
    if (i == track->stage_count && i < TRACE_TRACK_STAGES)
        track->stages[track->stage_count++] = (struct track_stage){.name = interval->name, .waits = interval->waits};
    if (i < track->stage_count) {
        struct track_stage *stage = &track->stages[i];
        stage->seconds += seconds;
        stage->longest = MAX(stage->longest, seconds);
        stage->count++;
        stage->bytes += bytes;
    }
    if (track->interval_count == track->capacity && track->capacity < track->trace->max_intervals) {
        size_t capacity = MIN(track->capacity ? 2 * track->capacity : 256, track->trace->max_intervals);
        struct track_interval *grown = realloc(track->intervals, capacity * sizeof *grown);
        if (grown) {
            track->intervals = grown;
            track->capacity = capacity;
        }
    }
    if (track->interval_count < track->capacity)
        track->intervals[track->interval_count++] = *interval;
    else
        track->dropped++;
}

/* Ends the current stage of the track's thread at `now`. */
static void end_stage(struct trace_track *track, double now)
{
    double origin = track->trace->origin;
    add_interval(track,
                 &(struct track_interval){
                     .name = stage_names[track->stage],
                     .waits = track->stage >= TRACE_WAIT_SOURCE,
                     .begin = track->since - origin,
                     .end = now - origin,
                     .first = track->first,
                     .images = track->images,
                 },
                 0);
    track->since = now;
    track->end = now - origin;
}

enum trace_stage trace_switch(enum trace_stage stage)
{
    if (!current)
        return stage;
    enum trace_stage before = current->stage;
    if (stage != before)
        end_stage(current, os_seconds());
    current->stage = stage;
    return before;
}

void trace_attach(struct trace_track *track)
{
    current = track && track->trace->counting ? track : NULL;
    if (!current)
        return;
    current->stage = TRACE_IDLE;
    current->since = current->trace->origin;
    current->running = true;
    trace_switch(TRACE_OTHER);
}

void trace_detach(void)
{
    trace_switch(TRACE_IDLE);
    current = NULL;
}

void trace_attach_encoder(struct trace *trace)
{
    if (!trace || !trace->counting || (current && current->trace == trace))
        return;
    trace_attach(trace_add(trace, TRACK_ENCODER, 0));
    trace_switch(TRACE_IDLE);
}

void trace_batch(uint64_t first, uint64_t images)
{
    if (!current)
        return;
    current->first = first;
    current->images = images;
}

void trace_current_batch(uint64_t *first, uint64_t *images)
{
    *first = current ? current->first : 0;
    *images = current ? current->images : 0;
}

void trace_note(struct trace_track *track, const struct track_interval *interval, uint64_t bytes)
{
    if (!track || !track->trace->counting || interval->begin < track->trace->origin)
        return;
    struct track_interval at = *interval;
    at.begin -= track->trace->origin;
    at.end -= track->trace->origin;
    add_interval(track, &at, bytes);
}

void trace_end(struct trace *trace)
{
    if (!trace || !trace->counting)
        return;
    double now = os_seconds();
    trace->counting = false;
    trace->seconds = now - trace->origin;
    for (size_t i = 0; i < trace->track_count; i++) {
        struct trace_track *track = trace->tracks[i];
        if (track->running)
            end_stage(track, now);
        track->running = false;
        if (track->kind == TRACK_QUEUE)
            track->end = trace->seconds;
    }
}

void trace_memory(struct trace *trace, const char *name, bool on_device, uint32_t count, uint64_t bytes)
{
    size_t i = 0;
    if (!trace || !count)
        return;
    while (i < trace->buffer_count &&
           (strcmp(trace->buffers[i].name, name) || trace->buffers[i].on_device != (int)on_device))
        i++;
    if (i == TRACE_BUFFERS)
        return;
    if (i == trace->buffer_count)
        trace->buffers[trace->buffer_count++] = (struct trace_buffer){.name = name, .on_device = on_device};
    trace->buffers[i].count += count;
    trace->buffers[i].bytes += bytes;
}
