#include "job/device_slots.h"

#include <stdio.h>
#include <string.h>

#include "base/try.h"

void team_init(struct team *team, const struct pipeline *pipeline)
{
    *team = (struct team){.count = pipeline->device_count};
    for (size_t i = 0; i < team->count; i++) {
        team->seats[i].device = pipeline->devices[i].info;
        team->seats[i].entry = pipeline->devices[i].entry;
        team->seats[i].state = i < pipeline->sharing ? SEAT_AT_WORK : SEAT_READY;
    }
}

void seat_close(struct seat *seat)
{
    compute_close(seat->compute);
    seat->compute = NULL;
    seat->told_deoptimized = false;
}

void team_finish(struct team *team)
{
    for (size_t i = 0; i < team->count; i++)
        seat_close(&team->seats[i]);
    *team = (struct team){0};
}

enum plotmill_status team_open(struct team *team, const struct pipeline *pipeline, size_t *failed,
                               struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    for (size_t i = 0; i < team->count; i++) {
        struct seat *seat = &team->seats[i];
        if (seat->state != SEAT_AT_WORK || seat->compute)
            continue;
        *failed = i;
        TRY(compute_open(&seat->compute, seat->entry, error));
        compute_use(seat->compute, pipeline->log, pipeline->cache);
        if (pipeline->no_pinning)
            compute_unpin(seat->compute);
    }
    *failed = SEAT_NONE;
done:
    return status;
}

void team_keep_programs(const struct team *team)
{
    for (size_t i = 0; i < team->count; i++)
        if (team->seats[i].compute)
            compute_keep_programs(team->seats[i].compute);
}

static bool works_on(const struct team *team, enum plotmill_device_type type)
{
    for (size_t i = 0; i < team->count; i++)
        if (team->seats[i].state == SEAT_AT_WORK && team->seats[i].device.type == type)
            return true;
    return false;
}

void team_tell_mode(const struct team *team, const struct log *log)
{
    static const char *const names[] = {"GPU", "accelerator", "CPU", "other"}; /* as enum plotmill_device_type */
    char modes[64] = "";
    for (int type = 0; type < 4; type++) {
        const size_t used = strlen(modes);
        if (works_on(team, (enum plotmill_device_type)type))
            snprintf(modes + used, sizeof modes - used, "%s%s", used ? " and " : "", names[type]);
    }
    log_line(log, PLOTMILL_LOG_INFO, "Rendering mode: %s", modes);
}

size_t team_first(const struct team *team, enum seat_state state)
{
    size_t i = 0;
    while (i < team->count && team->seats[i].state != state)
        i++;
    return i;
}
