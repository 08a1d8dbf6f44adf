#include <stdlib.h>

#include "api/handles.h"
#include "base/os.h"
#include "base/try.h"
#include "chart/chart.h"
#include "render/fill.h"

enum plotmill_status plotmill_trace_create(plotmill *pm, size_t intervals, plotmill_trace **trace)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct plotmill_trace *made = NULL;
    *trace = NULL;
    forget_message(pm);
    TRY_ALLOCATE(&pm->error, made, 1, sizeof *made);
    made->trace = trace_create(intervals);
    if (!made->trace)
        FAIL(&pm->error, PLOTMILL_NO_MEMORY, "out of memory for a trace");
    *trace = made;
    made = NULL;
done:
    free(made);
    return status;
}

void plotmill_trace_destroy(plotmill_trace *trace)
{
    if (trace)
        trace_destroy(trace->trace);
    free(trace);
}

double plotmill_trace_seconds(const plotmill_trace *trace)
{
    return trace_seconds(trace->trace);
}

size_t plotmill_trace_tracks(const plotmill_trace *trace)
{
    return trace_tracks(trace->trace);
}

const struct plotmill_track *plotmill_trace_track(const plotmill_trace *trace, size_t index)
{
    return trace_track(trace->trace, index);
}

const struct plotmill_buffer *plotmill_trace_buffers(const plotmill_trace *trace, size_t *count)
{
    return trace_buffers(trace->trace, count);
}

enum plotmill_status plotmill_measure_fill(plotmill *pm, const char *device, uint64_t window,
                                           const struct plotmill_chart_options *chart, double seconds, double *rate)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct compute *compute = NULL;
    struct plotmill_device chosen;
    *rate = 0;
    forget_message(pm);
    TRY(chart_check(chart, window, &pm->error));
    TRY(open_device(pm, device, &compute, &chosen));
    TRY(fill_rate(compute, chart, window, seconds, rate, &pm->error));
    compute_keep_programs(compute);
done:
    compute_close(compute);
    return status;
}

void plotmill_host_memory(struct plotmill_host_memory *memory)
{
    *memory = (struct plotmill_host_memory){os_memory(), os_free_memory(), os_peak_memory()};
}
