#include <inttypes.h>

#include "tools/bench/timeline.h"

#define HOST 1
#define FIRST_DEVICE 2
#define ENCODERS 1000 /* numbers of threads from here on are encoders' */

static const char *separator(int *events)
{
    return (*events)++ ? ",\n" : "\n";
}

static uint32_t process_of(const struct track_info *track)
{
    return track->kind == TRACK_QUEUE ? FIRST_DEVICE + track->device : HOST;
}

/* Workers of several devices stand in one process. */
static uint32_t thread_of(const struct track_info *track)
{
    if (track->kind == TRACK_ENCODER)
        return ENCODERS + track->number;
    return track->kind == TRACK_WORKER ? 10 * track->device + track->number + 1 : track->number + 1;
}

static void name_track(FILE *out, const struct track_info *track, int *events)
{
    static const char *const kinds[] = {"worker", "encoder", "queue"};
    fprintf(out, "%s{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":%u,\"tid\":%u,\"args\":{\"name\":\"%s %u%s%.0u\"}}",
            separator(events), (unsigned)process_of(track), (unsigned)thread_of(track), kinds[track->kind],
            (unsigned)track->number + 1, track->kind == TRACK_WORKER && track->device ? " of device " : "",
            track->kind == TRACK_WORKER ? (unsigned)track->device : 0);
    fprintf(out, "%s{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":%u,\"args\":{\"name\":\"%s", separator(events),
            (unsigned)process_of(track), track->kind == TRACK_QUEUE ? "device " : "host");
    if (track->kind == TRACK_QUEUE)
        fprintf(out, "%u", (unsigned)track->device);
    fputs("\"}}", out);
}

static void write_interval(FILE *out, const struct track_info *track, const struct track_interval *at, int *events)
{
    fprintf(out, "%s{\"ph\":\"X\",\"name\":\"%s\",\"cat\":\"%s\",\"pid\":%u,\"tid\":%u,\"ts\":%.3f,\"dur\":%.3f",
            separator(events), at->name, at->waits ? "wait" : "work", (unsigned)process_of(track),
            (unsigned)thread_of(track), 1e6 * at->begin, 1e6 * (at->end - at->begin));
    if (at->images)
        fprintf(out, ",\"args\":{\"first\":%" PRIu64 ",\"images\":%" PRIu64 "}", at->first, at->images);
    fputc('}', out);
}

void timeline_trace(FILE *out, const struct trace *trace)
{
    int events = 0;
    fputs("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[", out);
    for (size_t i = 0; i < trace_tracks(trace); i++) {
        const struct track_info *track = trace_track(trace, i);
        if (track->stage_count)
            name_track(out, track, &events);
        for (size_t k = 0; k < track->interval_count; k++)
            write_interval(out, track, &track->intervals[k], &events);
    }
    fputs("\n]}\n", out);
}
