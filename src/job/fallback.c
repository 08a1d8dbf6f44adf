#include "job/fallback.h"

#include <stdio.h>
#include <string.h>

#include "job/feed.h"
#include "render/renderer.h"

static struct plotmill_fallback_event *next_event(const struct seat *seat, const struct breakdown *breakdown,
                                                  struct plotmill_summary *summary,
                                                  struct plotmill_fallback_event *spare)
{
    uint32_t place = summary->fallback_event_count++;
    struct plotmill_fallback_event *event = place < PLOTMILL_FALLBACK_EVENTS ? &summary->fallback_events[place] : spare;
    *event = (struct plotmill_fallback_event){
        .device = seat->device,
        .image = breakdown->image,
        .batch = seat->batch,
        .to_device = -1,
    };
    return event;
}

/* The first line: a build log may follow it. */
static void copy_line(char *line, size_t size, const char *text)
{
    snprintf(line, size, "%.*s", (int)strcspn(text, "\n"), text);
}

static void warn(const struct pipeline *p, const struct breakdown *breakdown,
                 const struct plotmill_fallback_event *event)
{
    char place[48] = " while it was made ready";
    if (breakdown->working)
        snprintf(place, sizeof place, " at image %llu", (unsigned long long)event->image);
    log_line(p->log, PLOTMILL_LOG_WARNING, "device %u (%s) failed%s: %s; falling back to %s",
             (unsigned)event->device.index, event->device.name, place, event->reason, event->action);
}

/* Half the batch, in whole groups of images that share a stream; 0: it is as small as can be. */
static uint64_t half_batch(const struct seat *seat, uint32_t group)
{
    if (!seat->compute || compute_is_unbuildable(seat->compute) || seat->batch <= group)
        return 0;
    uint64_t half = seat->batch / 2 / group * group;
    return half ? half : group;
}

/* A batch that was asked for in view of another device may be too large for this one. 0: one image is. */
static uint64_t batch_for(const struct pipeline *p, const struct seat *seat, uint32_t group)
{
    struct renderer_options how = pipeline_renderer(p);
    how.batch = pipeline_batch(p, &seat->device);
    while (how.batch && renderer_check_batch(&seat->device, &p->options->chart, p->windows.window, &how, NULL))
        how.batch /= 2;
    return how.batch < group ? how.batch : how.batch / group * group;
}

/* The seats that go on in place of this one; team->count: none. */
static size_t successor(const struct team *team, const struct pipeline *p, uint32_t group)
{
    const enum plotmill_fallback wanted = p->options->fallback;
    size_t other = team_first(team, SEAT_AT_WORK);
    if (other < team->count || wanted == PLOTMILL_FALLBACK_NEVER ||
        (wanted == PLOTMILL_FALLBACK_BY_DEVICE && !p->automatic))
        return wanted == PLOTMILL_FALLBACK_NEVER ? team->count : other;
    for (other = 0; other < team->count; other++)
        if (team->seats[other].state == SEAT_READY && batch_for(p, &team->seats[other], group))
            break;
    return other;
}

static void hint(const struct team *team, struct plotmill_error *error)
{
    const size_t ready = team_first(team, SEAT_READY), line = strcspn(error->message, "\n");
    struct plotmill_error plain = *error;
    if (ready < team->count)
        snprintf(error->message, sizeof error->message, "%.*s; --fallback would go on with device %u, %s%s", (int)line,
                 plain.message, (unsigned)team->seats[ready].device.index, team->seats[ready].device.name,
                 plain.message + line);
}

static void take_over(struct team *team, const struct pipeline *p, size_t other, uint32_t group,
                      struct plotmill_fallback_event *event)
{
    struct seat *seat = &team->seats[other];
    event->to_device = (int)seat->device.index;
    snprintf(event->action, sizeof event->action, "device %u, %s (%s)", (unsigned)seat->device.index, seat->device.name,
             seat->device.platform);
    if (seat->state == SEAT_READY) {
        seat->state = SEAT_AT_WORK;
        seat->batch = p->options->batch ? batch_for(p, seat, group) : 0;
        snprintf(seat->device.reason, sizeof seat->device.reason, "in place of device %u, which failed",
                 (unsigned)event->device.index);
    }
}

void fallback_tell_deoptimized(struct team *team, struct plotmill_summary *summary)
{
    for (size_t i = 0; i < team->count; i++) {
        struct seat *seat = &team->seats[i];
        if (seat->told_deoptimized || !seat->compute || !compute_is_deoptimized(seat->compute))
            continue;
        struct plotmill_fallback_event spare;
        struct plotmill_fallback_event *event = next_event(seat, &(struct breakdown){.seat = i}, summary, &spare);
        event->to_batch = seat->batch;
        snprintf(event->reason, sizeof event->reason, "kernels do not build with optimization");
        snprintf(event->action, sizeof event->action, "-cl-opt-disable");
        if (!compute_is_unbuildable(seat->compute))
            snprintf(event->hint, sizeof event->hint, "another version of the driver than %s avoids it",
                     seat->device.driver);
        seat->told_deoptimized = true;
    }
}

bool fall_back(struct team *team, const struct pipeline *p, const struct delivery *delivery,
               const struct breakdown *breakdown, struct plotmill_error *error, struct plotmill_summary *summary)
{
    struct seat *seat = &team->seats[breakdown->seat];
    struct plotmill_fallback_event spare, *event;
    const uint64_t half = half_batch(seat, delivery->group);
    fallback_tell_deoptimized(team, summary);
    seat->state = half ? SEAT_AT_WORK : SEAT_FAILED;
    const size_t other = half ? breakdown->seat : successor(team, p, delivery->group);
    if (other == team->count) {
        hint(team, error);
        return false;
    }
    event = next_event(seat, breakdown, summary, &spare);
    copy_line(event->reason, sizeof event->reason, error->message);
    if (half) {
        seat->batch = event->to_batch = half;
        snprintf(event->action, sizeof event->action, half == 1 ? "batches of %llu image" : "batches of %llu images",
                 (unsigned long long)half);
    } else {
        take_over(team, p, other, delivery->group, event);
    }
    warn(p, breakdown, event);
    if (!half)
        team_tell_mode(team, p->log);
    /* A device that failed at work may never come to itself again in this context. One that merely had no room for its
     * buffers has its kernels already. */
    if (breakdown->working || breakdown->status != PLOTMILL_NO_MEMORY || !half)
        seat_close(seat);
    return true;
}

static const struct seat *seat_of(const struct team *team, const struct plotmill_device *device)
{
    size_t i = 0;
    while (team->seats[i].device.index != device->index)
        i++;
    return &team->seats[i];
}

void fallback_advise(const struct team *team, struct plotmill_summary *summary)
{
    const struct seat *last = &team->seats[team_first(team, SEAT_AT_WORK)];
    for (uint32_t i = 0; i < summary->fallback_event_count && i < PLOTMILL_FALLBACK_EVENTS; i++) {
        struct plotmill_fallback_event *event = &summary->fallback_events[i];
        const struct seat *seat = seat_of(team, &event->device);
        if (*event->hint)
            continue;
        if (seat->state == SEAT_AT_WORK)
            snprintf(event->hint, sizeof event->hint, "--batch %llu fits", (unsigned long long)seat->batch);
        else
            snprintf(event->hint, sizeof event->hint, "--device %u avoids it", (unsigned)last->device.index);
    }
}
