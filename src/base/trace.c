#include "base/trace.h"

#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/thread.h"

#define TRACKS 1200 /* lanes and queues of all devices, and as many workers as a job may have */
#define STAGES 24   /* of one track: kernels and transfers, or what a thread does */
#define BUFFERS 48

struct trace_track {
    struct track_info shown;
    struct trace *trace;
    struct track_stage stages[STAGES];
    struct track_interval *intervals;
    size_t room;
    enum trace_stage stage; /* of the attached thread, since `since` */
    double since;           /* seconds of os_seconds */
    bool running;
    uint64_t first, images; /* of the batch it is at */
};

struct trace {
    struct mutex lock; /* of adding tracks */
    struct trace_track *tracks[TRACKS];
    size_t count;
    size_t most; /* intervals of a track */
    struct trace_buffer buffers[BUFFERS];
    size_t buffer_count;
    double origin, seconds; /* origin: seconds of os_seconds */
    bool counting;
};

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

static _Thread_local struct trace_track *mine;

struct trace *trace_create(size_t intervals)
{
    struct trace *trace = calloc(1, sizeof *trace);
    if (trace) {
        trace->lock = (struct mutex)MUTEX_READY;
        trace->most = intervals;
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
    for (size_t i = 0; i < trace->count; i++) {
        free(trace->tracks[i]->intervals);
        free(trace->tracks[i]);
    }
    trace->count = trace->buffer_count = 0;
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
    track->shown = (struct track_info){.kind = kind, .device = device, .stages = track->stages};
    mutex_lock(&trace->lock);
    for (size_t i = 0; i < trace->count; i++)
        track->shown.number += trace->tracks[i]->shown.kind == kind && trace->tracks[i]->shown.device == device;
    bool added = trace->count < TRACKS;
    if (added)
        trace->tracks[trace->count++] = track;
    mutex_unlock(&trace->lock);
    if (!added)
        free(track);
    return added ? track : NULL;
}

static void sum(struct trace_track *track, const struct track_interval *interval, uint64_t bytes)
{
    struct track_info *shown = &track->shown;
    size_t i = 0;
    while (i < shown->stage_count && strcmp(track->stages[i].name, interval->name))
        i++;
    if (i == STAGES)
        return;
    struct track_stage *stage = &track->stages[i];
    if (i == shown->stage_count) {
        shown->stage_count++;
        *stage = (struct track_stage){.name = interval->name, .waits = interval->waits};
    }
    double seconds = interval->end - interval->begin;
    stage->seconds += seconds;
    stage->longest = stage->longest > seconds ? stage->longest : seconds;
    stage->count++;
    stage->bytes += bytes;
}

/* Makes room for one more; false: this one is not kept. */
static bool grow(struct trace_track *track)
{
    size_t count = track->shown.interval_count, most = track->trace->most;
    if (count < track->room)
        return true;
    size_t room = track->room ? 2 * track->room : 256;
    room = room < most ? room : most;
    struct track_interval *grown = count < room ? realloc(track->intervals, room * sizeof *grown) : NULL;
    if (!grown)
        return false;
    track->intervals = grown;
    track->shown.intervals = grown;
    track->room = room;
    return true;
}

/* `interval` counts from the trace's origin. */
static void keep(struct trace_track *track, const struct track_interval *interval, uint64_t bytes)
{
    sum(track, interval, bytes);
    if (grow(track))
        track->intervals[track->shown.interval_count++] = *interval;
    else
        track->shown.dropped++;
}

/* The stage that the track's thread was in has lasted until `now`. */
static void end_stage(struct trace_track *track, double now)
{
    double origin = track->trace->origin;
    keep(track,
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
    track->shown.end = now - origin;
}

enum trace_stage trace_switch(enum trace_stage stage)
{
    if (!mine)
        return stage;
    enum trace_stage before = mine->stage;
    if (stage != before)
        end_stage(mine, os_seconds());
    mine->stage = stage;
    return before;
}

void trace_attach(struct trace_track *track)
{
    mine = track && track->trace->counting ? track : NULL;
    if (!mine)
        return;
    mine->stage = TRACE_IDLE;
    mine->since = mine->trace->origin;
    mine->running = true;
    trace_switch(TRACE_OTHER);
}

void trace_detach(void)
{
    trace_switch(TRACE_IDLE);
    mine = NULL;
}

void trace_attach_encoder(struct trace *trace)
{
    if (!trace || !trace->counting || (mine && mine->trace == trace))
        return;
    trace_attach(trace_add(trace, TRACK_ENCODER, 0));
    trace_switch(TRACE_IDLE);
}

void trace_batch(uint64_t first, uint64_t images)
{
    if (!mine)
        return;
    mine->first = first;
    mine->images = images;
}

void trace_current_batch(uint64_t *first, uint64_t *images)
{
    *first = mine ? mine->first : 0;
    *images = mine ? mine->images : 0;
}

void trace_note(struct trace_track *track, const struct track_interval *interval, uint64_t bytes)
{
    if (!track || !track->trace->counting || interval->begin < track->trace->origin)
        return;
    struct track_interval at = *interval;
    at.begin -= track->trace->origin;
    at.end -= track->trace->origin;
    keep(track, &at, bytes);
}

void trace_end(struct trace *trace)
{
    if (!trace || !trace->counting)
        return;
    double now = os_seconds();
    trace->counting = false;
    trace->seconds = now - trace->origin;
    for (size_t i = 0; i < trace->count; i++) {
        struct trace_track *track = trace->tracks[i];
        if (track->running)
            end_stage(track, now);
        track->running = false;
        if (track->shown.kind == TRACK_QUEUE)
            track->shown.end = trace->seconds;
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
    if (i == BUFFERS)
        return;
    if (i == trace->buffer_count)
        trace->buffers[trace->buffer_count++] = (struct trace_buffer){.name = name, .on_device = on_device};
    trace->buffers[i].count += count;
    trace->buffers[i].bytes += bytes;
}

double trace_seconds(const struct trace *trace)
{
    return trace->seconds;
}

size_t trace_tracks(const struct trace *trace)
{
    return trace->count;
}

const struct track_info *trace_track(const struct trace *trace, size_t index)
{
    return &trace->tracks[index]->shown;
}

const struct trace_buffer *trace_buffers(const struct trace *trace, size_t *count)
{
    *count = trace->buffer_count;
    return trace->buffers;
}
