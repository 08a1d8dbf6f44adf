#include "api/measure.h"

#include "api/handles.h"
#include "base/try.h"
#include "chart/chart.h"
#include "render/renderer.h"

enum plotmill_status measure_fill_rate(plotmill *pm, const char *device, uint64_t window,
                                       const struct plotmill_chart_options *chart, double seconds, double *rate)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct compute *compute = NULL;
    struct plotmill_device chosen;
    *rate = 0;
    forget_message(pm);
    TRY(chart_check(chart, window, &pm->error));
    TRY(open_device(pm, device, &compute, &chosen));
    TRY(renderer_fill_rate(compute, chart, window, seconds, rate, &pm->error));
    compute_keep_programs(compute);
done:
    compute_close(compute);
    return status;
}
