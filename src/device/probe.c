#include "device/probe.h"

#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "device/check.h"

/* Commands between two waits: a batch takes about a dozen, more where a window is so long that stages are cut. */
#define NOTES 256

/* Each looks at both clocks once more; the narrowest of them counts. */
#define CLOCK_TRIES 9

struct note {
    cl_event event;
    const char *name;
    uint64_t bytes, first, images;
};

struct probe {
    struct trace_track *track;
    double clock; /* the host's seconds when the device's clock was 0 */
    size_t count;
    struct note notes[NOTES];
};

static bool read_clock(cl_event event, double *begin, double *end)
{
    cl_ulong started = 0, ended = 0;
    if (clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_START, sizeof started, &started, NULL) != CL_SUCCESS ||
        clGetEventProfilingInfo(event, CL_PROFILING_COMMAND_END, sizeof ended, &ended, NULL) != CL_SUCCESS)
        return false;
    *begin = (double)started * 1e-9;
    *end = (double)ended * 1e-9;
    return ended >= started && ended > 0;
}

/* A small write begins after it was asked for and ends before it is known to have ended: what the clocks differ by lies
 * between the two. */
static enum plotmill_status compare_clocks(struct probe *probe, cl_command_queue queue, cl_mem place,
                                           struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    static const cl_uint word = 0;
    cl_event event = NULL;
    double least = 0, most = 0;
    for (int i = 0; i < CLOCK_TRIES; i++) {
        double began, ended, before = os_seconds();
        CL_TRY(error, clEnqueueWriteBuffer(queue, place, CL_TRUE, 0, sizeof word, &word, 0, NULL, &event));
        double after = os_seconds();
        if (!read_clock(event, &began, &ended))
            FAIL(error, PLOTMILL_UNSUPPORTED, "the driver does not tell when a command began and ended");
        least = i && least > before - began ? least : before - began;
        most = i && most < after - ended ? most : after - ended;
        clReleaseEvent(event);
        event = NULL;
    }
    probe->clock = (least + most) / 2;
done:
    if (event)
        clReleaseEvent(event);
    return status;
}

enum plotmill_status compute_profile(struct compute *compute, struct trace_track *track, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct probe *probe = NULL;
    cl_command_queue queue = NULL;
    cl_mem place = NULL;
    if (!track)
        return PLOTMILL_OK;
    TRY_ALLOCATE(error, probe, 1, sizeof *probe);
    probe->track = track;
    CL_TRY_CREATE(error, queue,
                  clCreateCommandQueue(compute->context, compute->id, CL_QUEUE_PROFILING_ENABLE, &cl_code));
    CL_TRY_CREATE(error, place, clCreateBuffer(compute->context, CL_MEM_READ_WRITE, sizeof(cl_uint), NULL, &cl_code));
    TRY(compare_clocks(probe, queue, place, error));
    clReleaseCommandQueue(compute->queue);
    compute->queue = queue;
    probe_destroy(compute->probe);
    compute->probe = probe;
    queue = NULL;
    probe = NULL;
done:
    if (place)
        clReleaseMemObject(place);
    if (queue)
        clReleaseCommandQueue(queue);
    free(probe);
    return status;
}

cl_event *probe_event(const struct compute *compute, cl_event *event)
{
    return compute->probe ? event : NULL;
}

/* Whether its times are known; records them. */
static bool record(struct probe *probe, const struct note *note)
{
    cl_int state = CL_QUEUED;
    double began, ended;
    if (clGetEventInfo(note->event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof state, &state, NULL) == CL_SUCCESS &&
        state > CL_COMPLETE)
        return false;
    if (state == CL_COMPLETE && read_clock(note->event, &began, &ended))
        trace_note(probe->track,
                   &(struct track_interval){.name = note->name,
                                            .begin = probe->clock + began,
                                            .end = probe->clock + ended,
                                            .first = note->first,
                                            .images = note->images},
                   note->bytes);
    clReleaseEvent(note->event);
    return true;
}

void probe_collect(struct compute *compute)
{
    struct probe *probe = compute->probe;
    size_t over = 0;
    if (!probe)
        return;
    while (over < probe->count && record(probe, &probe->notes[over]))
        over++;
    probe->count -= over;
    memmove(probe->notes, probe->notes + over, probe->count * sizeof *probe->notes);
}

void probe_note(struct compute *compute, const char *name, uint64_t bytes, cl_event event)
{
    struct probe *probe = compute->probe;
    if (!probe || !event)
        return;
    if (probe->count == NOTES)
        probe_collect(compute);
    if (probe->count == NOTES || clRetainEvent(event) != CL_SUCCESS)
        return;
    struct note *note = &probe->notes[probe->count++];
    *note = (struct note){.event = event, .name = name, .bytes = bytes};
    trace_current_batch(&note->first, &note->images);
}

void probe_destroy(struct probe *probe)
{
    for (size_t i = 0; probe && i < probe->count; i++)
        clReleaseEvent(probe->notes[i].event);
    free(probe);
}
