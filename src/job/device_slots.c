#include "job/device_slots.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "base/try.h"

void device_slots_init(struct device_slots *devices, const struct job *job)
{
    memset(devices, 0, sizeof *devices); /* a literal would be on the stack first */
    devices->count = job->devices.count;
    for (size_t i = 0; i < devices->count; i++) {
        devices->slots[i].device = job->devices.devices[i]->info;
        devices->slots[i].entry = job->devices.devices[i];
        devices->slots[i].state = i < job->devices.sharing ? DEVICE_ACTIVE : DEVICE_STANDBY;
    }
}

static void close_device(struct device_slot *slot)
{
    compute_close(slot->compute);
    slot->compute = NULL;
    slot->reported_deoptimized = false;
}

void device_slots_finish(struct device_slots *devices)
{
    for (size_t i = 0; i < devices->count; i++)
        close_device(&devices->slots[i]);
}

enum plotmill_status device_slots_open(struct device_slots *devices, const struct job *job, struct device_slot **failed,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    for (size_t i = 0; i < devices->count; i++) {
        struct device_slot *slot = &devices->slots[i];
        if (slot->state != DEVICE_ACTIVE || slot->compute)
            continue;
        *failed = slot;
        TRY(compute_open(&slot->compute, slot->entry, error));
        compute_use(slot->compute, job->log, job->cache);
        if (job->no_pinning)
            compute_unpin(slot->compute);
    }
    *failed = NULL;
done:
    return status;
}

void device_slots_keep_programs(const struct device_slots *devices)
{
    for (size_t i = 0; i < devices->count; i++)
        if (devices->slots[i].compute)
            compute_keep_programs(devices->slots[i].compute);
}

void device_slots_log_mode(const struct device_slots *devices, const struct log *log)
{
    char modes[64] = "";
    for (int type = 0; type < 4; type++) {
        const size_t used = strlen(modes);
        bool active = false;
        for (size_t i = 0; i < devices->count; i++)
            active |= devices->slots[i].state == DEVICE_ACTIVE && (int)devices->slots[i].device.type == type;
        if (active)
            snprintf(modes + used, sizeof modes - used, "%s%s", used ? " and " : "",
                     device_type_name((enum device_type)type));
    }
    log_line(log, PLOTMILL_LOG_INFO, "Rendering mode: %s", modes);
}

struct device_slot *device_slots_first(struct device_slots *devices, enum device_state state)
{
    for (size_t i = 0; i < devices->count; i++)
        if (devices->slots[i].state == state)
            return &devices->slots[i];
    return NULL;
}

/* Where memory for the summary is short, the event goes to *spare: the log has it. Valid until the next call. */
static struct fallback_event *add_event(struct job_summary *summary, const struct device_slot *slot, uint64_t image,
                                        struct fallback_event *spare)
{
    const size_t size = (summary->fallback_event_count + 1) * sizeof *spare;
    struct fallback_event *events = realloc(summary->fallback_events, size), *event = spare;
    if (events) {
        summary->fallback_events = events;
        event = &events[summary->fallback_event_count++];
    }
    *event = (struct fallback_event){.device = slot->device, .image = image, .batch = slot->batch, .to_device = -1};
    return event;
}

/* Half the batch, in whole streams; 0: a smaller batch is impossible or would not help. */
static uint64_t half_batch(const struct job *job, const struct device_slot *slot)
{
    const uint64_t smallest = job_whole_streams(job, 1);
    if (!slot->compute || compute_state(slot->compute).unbuildable || slot->batch <= smallest)
        return 0;
    return job_whole_streams(job, slot->batch / 2);
}

/* The device that goes on in place of one that failed: another active one, else, where the options allow it, a
 * standby one with room for a batch; NULL: none. */
static struct device_slot *find_successor(struct device_slots *devices, const struct job *job)
{
    const enum fallback_mode fallback = job->options->fallback;
    struct device_slot *active = device_slots_first(devices, DEVICE_ACTIVE);
    if (fallback == FALLBACK_NEVER)
        return NULL;
    if (active || (fallback == FALLBACK_BY_DEVICE && !job->devices.automatic))
        return active;
    for (size_t i = 0; i < devices->count; i++)
        if (devices->slots[i].state == DEVICE_STANDBY && job_fitting_batch(job, &devices->slots[i].device))
            return &devices->slots[i];
    return NULL;
}

/* Adds a hint to the first line of the message: a build log may follow it. */
static void add_hint(struct device_slots *devices, struct plotmill_error *error)
{
    const struct device_slot *standby = device_slots_first(devices, DEVICE_STANDBY);
    const int line = (int)strcspn(error->message, "\n");
    const struct plotmill_error plain = *error;
    if (standby)
        snprintf(error->message, sizeof error->message, "%.*s; the option fallback would go on with device %u, %s%s",
                 line, plain.message, (unsigned)standby->device.index, standby->device.name, plain.message + line);
}

static void take_over(struct device_slot *slot, const struct job *job, struct fallback_event *event)
{
    event->to_device = (int)slot->device.index;
    snprintf(event->action, sizeof event->action, "device %u, %s (%s)", (unsigned)slot->device.index, slot->device.name,
             slot->device.platform);
    if (slot->state == DEVICE_STANDBY) {
        slot->state = DEVICE_ACTIVE;
        /* A batch that was asked for may be too large for this device. */
        slot->batch = job->options->batch ? job_fitting_batch(job, &slot->device) : 0;
        snprintf(slot->device.reason, sizeof slot->device.reason, "in place of device %u, which failed",
                 (unsigned)event->device.index);
    }
}

bool device_slots_fall_back(struct device_slots *devices, const struct job *job, const struct device_failure *failure,
                            struct plotmill_error *error, struct job_summary *summary)
{
    struct device_slot *slot = failure->slot, *other = NULL;
    struct fallback_event spare;
    const uint64_t half = half_batch(job, slot);
    char place[48] = " while it was set up";
    device_slots_add_deoptimized(devices, summary);
    slot->state = half ? DEVICE_ACTIVE : DEVICE_FAILED;
    if (!half)
        other = find_successor(devices, job);
    if (!half && !other) {
        add_hint(devices, error);
        return false;
    }
    struct fallback_event *event = add_event(summary, slot, failure->image, &spare);
    snprintf(event->reason, sizeof event->reason, "%.*s", (int)strcspn(error->message, "\n"), error->message);
    if (half) {
        slot->batch = event->to_batch = half;
        snprintf(event->action, sizeof event->action, half == 1 ? "batches of %llu image" : "batches of %llu images",
                 (unsigned long long)half);
    } else {
        take_over(other, job, event);
    }
    if (failure->working)
        snprintf(place, sizeof place, " at image %llu", (unsigned long long)failure->image);
    log_line(job->log, PLOTMILL_LOG_WARNING, "device %u (%s) failed%s: %s; falling back to %s",
             (unsigned)slot->device.index, slot->device.name, place, event->reason, event->action);
    if (!half)
        device_slots_log_mode(devices, job->log);
    /* The context may be unusable after an error; a device that only lacked memory for its buffers has kernels already.
     */
    if (failure->working || failure->status != PLOTMILL_NO_MEMORY || !half)
        close_device(slot);
    return true;
}

void device_slots_add_deoptimized(struct device_slots *devices, struct job_summary *summary)
{
    for (size_t i = 0; i < devices->count; i++) {
        struct device_slot *slot = &devices->slots[i];
        struct fallback_event spare;
        if (slot->reported_deoptimized || !slot->compute || !compute_state(slot->compute).deoptimized)
            continue;
        struct fallback_event *event = add_event(summary, slot, 0, &spare);
        event->to_batch = slot->batch;
        snprintf(event->reason, sizeof event->reason, "kernels do not build with optimization");
        snprintf(event->action, sizeof event->action, "-cl-opt-disable");
        if (!compute_state(slot->compute).unbuildable)
            snprintf(event->hint, sizeof event->hint, "another version of the driver than %s avoids it",
                     slot->device.driver);
        slot->reported_deoptimized = true;
    }
}

void device_slots_fill_hints(struct device_slots *devices, struct job_summary *summary)
{
    const struct device_slot *last = device_slots_first(devices, DEVICE_ACTIVE);
    for (uint32_t i = 0; i < summary->fallback_event_count; i++) {
        struct fallback_event *event = &summary->fallback_events[i];
        const struct device_slot *slot = devices->slots;
        while (slot->device.index != event->device.index)
            slot++;
        if (*event->hint)
            continue;
        if (slot->state == DEVICE_ACTIVE)
            snprintf(event->hint, sizeof event->hint, "batch %llu fits", (unsigned long long)slot->batch);
        else
            snprintf(event->hint, sizeof event->hint, "device %u avoids it", (unsigned)last->device.index);
    }
}
