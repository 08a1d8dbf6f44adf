#include "tools/bench/trace_stats.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"

/* The begin (step 1) or the end (step -1) of an interval. */
struct edge {
    double at;
    int step;
};

static int compare_edges(const void *a, const void *b)
{
    const struct edge *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at) + (x->at == y->at ? y->step - x->step : 0);
}

static int is_counted(const struct track_interval *interval, const char *const names[])
{
    if (!names)
        return !interval->waits;
    while (*names && strcmp(*names, interval->name))
        names++;
    return *names != NULL;
}

int trace_overlap(const struct trace *trace, unsigned kinds, const char *const names[], double shares[TRACE_LEVELS])
{
    size_t room = 1, count = 0;
    double until = trace->seconds, at = 0;
    for (size_t i = 0; i < trace->track_count; i++) {
        const struct trace_track *track = trace->tracks[i];
        room += 2 * track->interval_count;
        /* The time after the last interval that a full track kept is left out. */
        if (track->dropped && track->interval_count)
            until = MIN(until, track->intervals[track->interval_count - 1].end);
    }
    struct edge *edges = malloc(room * sizeof *edges);
    if (!edges)
        return 0;
    for (size_t i = 0; i < trace->track_count; i++) {
        const struct trace_track *track = trace->tracks[i];
        for (size_t k = 0; kinds >> track->kind & 1 && k < track->interval_count; k++) {
            if (!is_counted(&track->intervals[k], names))
                continue;
            edges[count++] = (struct edge){track->intervals[k].begin, 1};
            edges[count++] = (struct edge){track->intervals[k].end, -1};
        }
    }
    qsort(edges, count, sizeof *edges, compare_edges);
    memset(shares, 0, TRACE_LEVELS * sizeof *shares);
    shares[0] = until > 0 ? 0 : 1;
    int level = 0;
    for (size_t i = 0; i <= count; i++) {
        double next = i < count ? MIN(edges[i].at, until) : until;
        if (next > at) {
            shares[MIN(level, TRACE_LEVELS - 1)] += (next - at) / until;
            at = next;
        }
        level += i < count ? edges[i].step : 0;
    }
    free(edges);
    return 1;
}

int trace_stats_collect(struct trace_stats *stats, const struct trace *trace, unsigned kinds)
{
    double shares[TRACE_LEVELS];
    *stats = (struct trace_stats){.seconds = trace->seconds};
    for (size_t i = 0; i < trace->track_count; i++) {
        const struct trace_track *track = trace->tracks[i];
        if (!(kinds >> track->kind & 1) || !track->stage_count)
            continue;
        stats->tracks++;
        stats->present += track->end;
        for (size_t k = 0; k < track->stage_count; k++) {
            const struct track_stage *stage = &track->stages[k];
            struct trace_row *row = stats->rows;
            while (row < stats->rows + stats->count && strcmp(row->name, stage->name))
                row++;
            if (row == stats->rows + TRACE_ROWS)
                continue;
            if (row == stats->rows + stats->count) {
                stats->count++;
                *row = (struct trace_row){.name = stage->name, .waits = stage->waits};
            }
            row->seconds += stage->seconds;
            row->count += stage->count;
            row->bytes += stage->bytes;
            stats->sum += stage->seconds;
        }
    }
    for (size_t i = 0; i < stats->count; i++) {
        const char *const names[] = {stats->rows[i].name, NULL};
        if (!trace_overlap(trace, kinds, names, shares))
            return 0;
        stats->rows[i].busy = 1 - shares[0];
    }
    if (!trace_overlap(trace, kinds, NULL, shares))
        return 0;
    stats->busy = 1 - shares[0];
    return 1;
}

struct trace_row trace_stats_row(const struct trace_stats *stats, const char *name)
{
    for (size_t i = 0; i < stats->count; i++)
        if (!strcmp(stats->rows[i].name, name))
            return stats->rows[i];
    return (struct trace_row){.name = name};
}

void trace_write_events(FILE *out, const struct trace *trace)
{
    static const char *const kinds[] = {"worker", "encoder", "queue"};
    const char *separator = "\n";
    fputs("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[", out);
    for (size_t i = 0; i < trace->track_count; i++) {
        const struct trace_track *track = trace->tracks[i];
        char process[32] = "host", thread[48];
        unsigned device = (unsigned)track->device, number = (unsigned)track->number + 1, pid = 1, tid = number;
        if (!track->stage_count)
            continue;
        snprintf(thread, sizeof thread, "%s %u", kinds[track->kind], number);
        if (track->kind == TRACK_QUEUE) {
            pid = 2 + device;
            snprintf(process, sizeof process, "device %u", device);
        } else if (track->kind == TRACK_ENCODER) {
            tid = 1000 + number; /* after the workers, which share the process */
        } else if (device) {
            tid = 10 * device + number;
            snprintf(thread, sizeof thread, "worker %u of device %u", number, device);
        }
        fprintf(out, "%s{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":%u,\"tid\":%u,\"args\":{\"name\":\"%s\"}}",
                separator, pid, tid, thread);
        separator = ",\n";
        fprintf(out, "%s{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":%u,\"args\":{\"name\":\"%s\"}}", separator, pid,
                process);
        for (size_t k = 0; k < track->interval_count; k++) {
            const struct track_interval *at = &track->intervals[k];
            fprintf(out,
                    "%s{\"ph\":\"X\",\"name\":\"%s\",\"cat\":\"%s\",\"pid\":%u,\"tid\":%u,\"ts\":%.3f,\"dur\":%.3f",
                    separator, at->name, at->waits ? "wait" : "work", pid, tid, 1e6 * at->begin,
                    1e6 * (at->end - at->begin));
            if (at->images)
                fprintf(out, ",\"args\":{\"first\":%" PRIu64 ",\"images\":%" PRIu64 "}", at->first, at->images);
            fputc('}', out);
        }
    }
    fputs("\n]}\n", out);
}
