#include "tools/bench/trace_stats.h"

#include <stdlib.h>
#include <string.h>

/* The beginning or the end of an interval. */
struct edge {
    double at;
    int step;
};

struct edges {
    struct edge *items;
    size_t count;
};

typedef int (*interval_filter)(const struct track_interval *interval, const void *user);

static int compare_edges(const void *a, const void *b)
{
    const struct edge *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at) + (x->at == y->at ? y->step - x->step : 0);
}

/* Until then every track has kept all its intervals. */
static double kept_until(const struct trace *trace)
{
    double until = trace_seconds(trace);
    for (size_t i = 0; i < trace_tracks(trace); i++) {
        const struct track_info *track = trace_track(trace, i);
        if (track->dropped && track->interval_count && track->intervals[track->interval_count - 1].end < until)
            until = track->intervals[track->interval_count - 1].end;
    }
    return until;
}

/* `kinds`: bit k stands for tracks of kind k. */
static int collect(struct edges *edges, const struct trace *trace, unsigned kinds, interval_filter wanted,
                   const void *user)
{
    size_t most = 0;
    *edges = (struct edges){0};
    for (size_t i = 0; i < trace_tracks(trace); i++)
        most += trace_track(trace, i)->interval_count;
    edges->items = malloc((2 * most + 1) * sizeof *edges->items);
    for (size_t i = 0; edges->items && i < trace_tracks(trace); i++) {
        const struct track_info *track = trace_track(trace, i);
        for (size_t k = 0; kinds >> track->kind & 1 && k < track->interval_count; k++) {
            if (!wanted(&track->intervals[k], user))
                continue;
            edges->items[edges->count++] = (struct edge){track->intervals[k].begin, 1};
            edges->items[edges->count++] = (struct edge){track->intervals[k].end, -1};
        }
    }
    if (edges->items)
        qsort(edges->items, edges->count, sizeof *edges->items, compare_edges);
    return edges->items != NULL;
}

/* Seconds with 0, 1, 2... intervals at once; the last one stands for more, too. */
static void sweep(const struct edges *edges, double until, double seconds[], size_t levels)
{
    double at = 0;
    int level = 0;
    memset(seconds, 0, levels * sizeof *seconds);
    for (size_t i = 0; i <= edges->count; i++) {
        double next = i < edges->count && edges->items[i].at < until ? edges->items[i].at : until;
        if (next > at) {
            seconds[(size_t)level < levels ? (size_t)level : levels - 1] += next - at;
            at = next;
        }
        if (i < edges->count)
            level += edges->items[i].step;
    }
}

static int busy_share(const struct trace *trace, unsigned kinds, interval_filter wanted, const void *user,
                      double *share)
{
    struct edges edges;
    double seconds[2], until = kept_until(trace);
    if (!collect(&edges, trace, kinds, wanted, user))
        return 0;
    sweep(&edges, until, seconds, 2);
    *share = until > 0 ? seconds[1] / until : 0;
    free(edges.items);
    return 1;
}

static int is_named(const struct track_interval *interval, const void *name)
{
    return !strcmp(interval->name, name);
}

static int works(const struct track_interval *interval, const void *user)
{
    (void)user;
    return !interval->waits;
}

static int at_device(const struct track_interval *interval, const void *user)
{
    (void)user;
    return is_named(interval, "upload") || is_named(interval, "launch") || is_named(interval, "wait for the device");
}

static void add_stage(struct account *account, const struct track_stage *stage)
{
    size_t i = 0;
    while (i < account->count && strcmp(account->rows[i].name, stage->name))
        i++;
    if (i == ACCOUNT_ROWS)
        return;
    struct account_row *row = &account->rows[i];
    if (i == account->count)
        account->rows[account->count++] = (struct account_row){.name = stage->name, .waits = stage->waits};
    row->seconds += stage->seconds;
    row->count += stage->count;
    row->bytes += stage->bytes;
    account->sum += stage->seconds;
}

int account_make(struct account *account, const struct trace *trace, enum track_kind kind)
{
    *account = (struct account){.seconds = trace_seconds(trace)};
    for (size_t i = 0; i < trace_tracks(trace); i++) {
        const struct track_info *track = trace_track(trace, i);
        if (track->kind != kind || !track->stage_count)
            continue;
        account->tracks++;
        account->present += track->end - track->begin;
        for (size_t k = 0; k < track->stage_count; k++)
            add_stage(account, &track->stages[k]);
    }
    for (size_t i = 0; i < account->count; i++)
        if (!busy_share(trace, 1u << kind, is_named, account->rows[i].name, &account->rows[i].busy))
            return 0;
    return busy_share(trace, 1u << kind, works, NULL, &account->busy);
}

struct account_row account_row(const struct account *account, const char *name)
{
    for (size_t i = 0; i < account->count; i++)
        if (!strcmp(account->rows[i].name, name))
            return account->rows[i];
    return (struct account_row){.name = name};
}

int account_host(const struct trace *trace, const char *name, double *busy)
{
    return busy_share(trace, 1u << TRACK_WORKER | 1u << TRACK_ENCODER, is_named, name, busy);
}

int account_fill(const struct trace *trace, double shares[ACCOUNT_FILL])
{
    struct edges edges;
    double until = kept_until(trace);
    if (!collect(&edges, trace, 1u << TRACK_WORKER, at_device, NULL))
        return 0;
    sweep(&edges, until, shares, ACCOUNT_FILL);
    for (int i = 0; i < ACCOUNT_FILL; i++)
        shares[i] = until > 0 ? shares[i] / until : 0;
    free(edges.items);
    return 1;
}
