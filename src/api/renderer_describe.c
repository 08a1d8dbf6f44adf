/* What a renderer draws, as JSON. */
#include "api/renderer.h"
#include "base/json.h"
#include "base/try.h"
#include "chart/pixel_format.h"
#include "job/queue.h"

static char *report_renderer(const plotmill_renderer *r)
{
    const struct chart *chart = r->chart;
    const struct resident *resident = &r->resident;
    struct json json = {0};
    uint64_t axes[4];
    const int axis_count = pixel_format_axes(&r->format, 1, chart->width, chart->height, axes);
    json_open(&json, NULL, '{');
    json_string(&json, "device", compute_device(r->device->compute)->name);
    json_uint(&json, "window", resident->loaded ? resident->window : r->job.window);
    json_uint(&json, "images", resident->loaded ? resident->windows.images : 0);
    json_uint(&json, "width", chart->width);
    json_uint(&json, "height", chart->height);
    json_uint(&json, "panels", chart->panel_count);
    json_string(&json, "dtype", pixel_dtype_name(r->format.dtype));
    json_string(&json, "layout", pixel_layout_name(pixel_format_layout(&r->format)));
    json_uint(&json, "channels", pixel_format_channels(&r->format));
    json_open(&json, "shape", '[');
    json.one_line = true;
    for (int i = 1; i < axis_count; i++)
        json_uint(&json, NULL, axes[i]);
    json_close(&json, ']');
    json.one_line = false;
    json_close(&json, '}');
    return json_finish(&json);
}

enum plotmill_status plotmill_renderer_describe(plotmill_renderer *renderer, const char **json)
{
    plotmill *pm = renderer ? renderer->pm : NULL;
    enum plotmill_status status = call_begin(pm);
    if (status)
        return status;
    REQUIRE(pm, json);
    *json = NULL;
    TRY(give_result(pm, report_renderer(renderer), json));
done:
    return call_end(pm, status);
}
