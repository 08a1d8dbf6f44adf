#include <stdio.h>
#include <string.h>

#include "tools/profile/profile.h"

/* Above it, something is what the job waits for. */
#define FULL 0.9

/* Shares of the time; of the host's threads, of what they all could do. */
struct load {
    double reading, device, host;
    const char *host_name; /* what the host's threads mostly do */
};

static struct load load_of(const struct profile *p)
{
    struct load load = {.reading = p->reading, .device = p->queues.busy};
    double encode = account_row(&p->workers, "encode").seconds, write = account_row(&p->workers, "write").seconds;
    if (p->workers.tracks) {
        load.host = p->workers.present > 0 ? (encode + write) / p->workers.present : 0;
    } else { /* the lanes do it themselves, one at a time */
        encode = p->encoding;
        write = p->writing;
        load.host = encode + write < 1 ? encode + write : 1;
    }
    load.host_name = encode > write ? "encoding" : "writing";
    if (!p->queues.tracks)
        load.device = 1 - p->fill[0];
    return load;
}

static double cpu_share(const struct profile *p)
{
    return p->job_seconds > 0 && p->cores ? p->cpu_seconds / p->job_seconds / p->cores : 0;
}

static void judge(struct profile *p)
{
    struct load load = load_of(p);
    int on_cpu = p->result.summary.device.type == PLOTMILL_DEVICE_CPU, length;
    const char *first = "drawing";
    double most = load.device, waits = 1 - load.host;
    const char *other = load.host_name;
    if (load.reading > most && load.reading >= load.host) {
        first = "reading";
        most = load.reading;
    } else if (load.host > most) {
        first = load.host_name;
        most = load.host;
    }
    if (strcmp(first, "drawing")) {
        other = "the device";
        waits = 1 - load.device;
    }
    length = snprintf(p->verdict, sizeof p->verdict, "%s: %.0f%% busy; %s waits %.0f%%", first, 100 * most, other,
                      100 * waits);
    if (on_cpu && cpu_share(p) >= FULL)
        snprintf(p->verdict + length, sizeof p->verdict - (size_t)length,
                 " (the device is the CPU: drawing, encoding and writing share %u cores, which are %.0f%% busy)",
                 p->cores, 100 * (cpu_share(p) < 1 ? cpu_share(p) : 1));
    else if (most < FULL)
        snprintf(p->verdict + length, sizeof p->verdict - (size_t)length,
                 " (nothing is busy all the time: batches wait for each other)");
}

int profile_analyse(struct profile *p)
{
    if (!account_make(&p->lanes, p->trace, TRACK_WORKER) || !account_make(&p->workers, p->trace, TRACK_ENCODER) ||
        !account_make(&p->queues, p->trace, TRACK_QUEUE) || !account_host(p->trace, "read", &p->reading) ||
        !account_host(p->trace, "encode", &p->encoding) || !account_host(p->trace, "write", &p->writing) ||
        !account_fill(p->trace, p->fill))
        return 0;
    judge(p);
    return 1;
}
