/* The report of a job. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/handles.h"
#include "api/report.h"
#include "api/run.h"
#include "api/windows.h"
#include "chart/pixel_format.h"
#include "formats/class_folders.h"
#include "job/clamp_counts.h"
#include "job/field_counts.h"
#include "job/job.h"
#include "options/formats.h"

double run_rate(const struct job_summary *summary)
{
    return summary->seconds > 0 ? (double)summary->images / summary->seconds : NAN;
}

bool run_has_size(const struct run_result *result)
{
    return result->plan.expected_bytes && strcmp(result->format, "null") && strcmp(result->format, "hash");
}

static void write_output(struct json *json, const struct settings *settings, const char *format)
{
    const struct sink_options *sink = &settings->sink;
    json_string(json, "output", settings->output);
    json_string(json, "format", format);
    if (formats_take(format, "compress"))
        json_string(json, "compress", sink->compress == COMPRESS_NONE ? "none" : "deflate");
    if (formats_take(format, "dtype")) {
        struct pixel_format stored = sink->pixels;
        pixel_format_resolve(&stored, sink->drawn, &stored, NULL);
        json_string(json, "dtype", pixel_dtype_name(stored.dtype));
        json_string(json, "layout", pixel_layout_name(stored.layout));
        json_uint(json, "channels", stored.channels);
    }
    if (sink->folders)
        json_string(json, "folders", image_folders_name((enum image_folders)sink->folders));
    if (sink->images_per_file)
        json_uint(json, "images_per_file", sink->images_per_file);
}

/* What was drawn; without a window the chart is not known. */
static void write_chart(struct json *json, const struct job_options *job, uint64_t window)
{
    struct plotmill_error ignored;
    struct made_chart made = {0};
    char *spec = NULL;
    if (window && !made_chart_init(&made, job->maker, &job->line, window, &ignored))
        spec = job_spec(job, made.chart, window);
    json->failed |= window && !spec;
    json_uint(json, "width", spec ? made.chart->width : 0);
    json_uint(json, "height", spec ? made.chart->height : 0);
    json_uint(json, "window", window);
    json_uint(json, "stride", job->stride);
    if (job->limit)
        json_uint(json, "limit", job->limit);
    if (!job->maker)
        json_chart(json, "chart", &job->line);
    else if (spec)
        json_raw(json, "chart", made.chart->spec);
    else
        json_null(json, "chart");
    json_raw(json, "spec", spec ? spec : "null");
    free(spec);
    made_chart_free(&made);
}

static void write_settings(struct json *json, const struct run_request *request, const struct run_result *result,
                           const struct device_info *device)
{
    const struct settings *settings = request->settings;
    write_chart(json, &settings->job, result->window);
    if (*device->name)
        json_device(json, "device", device);
    else
        json_null(json, "device"); /* none was needed */
    if (!request->source) {
        json_open(json, "inputs", '[');
        for (size_t i = 0; i < settings->input_count; i++)
            json_string(json, NULL, settings->inputs[i]);
        json_close(json, ']');
    }
    json_uint(json, "samples", result->samples);
    if (result->read)
        json_raw(json, "read", result->read);
    if (!request->sink && settings->output)
        write_output(json, settings, result->format);
    json_string(json, "version", version_text());
}

static void write_plan(struct json *json, const struct run_request *request, const struct run_result *result)
{
    const struct job_plan *plan = &result->plan;
    json_bool(json, "dry_run", 1);
    json_uint(json, "images", plan->images);
    json_windows(json, "windows", &plan->windows, NULL);
    json_uint(json, "batch", plan->batch);
    json_uint(json, "in_flight", plan->in_flight);
    json_uint(json, "jobs", plan->jobs);
    json_uint(json, "devices", plan->devices);
    json_uint(json, "pixel_bytes", plan->pixel_bytes);
    if (run_has_size(result))
        json_uint(json, "expected_bytes", plan->expected_bytes);
    json_number(json, "expected_seconds", plan->expected_seconds);
    json_uint(json, "device_bytes", plan->device_bytes);
    json_uint(json, "host_bytes", plan->host_bytes);
    write_settings(json, request, result, &plan->device);
}

static void write_devices(struct json *json, const struct job_summary *summary)
{
    json_uint(json, "devices", summary->devices);
    json_open(json, "shares", '[');
    for (uint32_t i = 0; i < summary->devices; i++) {
        json_open(json, NULL, '{');
        json_uint(json, "images", summary->shares[i].images);
        json_uint(json, "batch", summary->shares[i].batch);
        json_uint(json, "in_flight", summary->shares[i].in_flight);
        json_device(json, "device", &summary->shares[i].device);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_open(json, "fallback_events", '[');
    for (uint32_t i = 0; i < summary->fallback_event_count; i++) {
        const struct fallback_event *event = &summary->fallback_events[i];
        json_open(json, NULL, '{');
        json_device(json, "device", &event->device);
        json_uint(json, "image", event->image);
        json_uint(json, "batch", event->batch);
        json_string(json, "reason", event->reason);
        json_string(json, "action", event->action);
        if (event->to_batch)
            json_uint(json, "to_batch", event->to_batch);
        if (event->to_device >= 0)
            json_uint(json, "to_device", (uint64_t)event->to_device);
        json_string(json, "hint", event->hint);
        json_close(json, '}');
    }
    json_close(json, ']');
}

/* What was counted of the samples that were read. */
static void write_fields(struct json *json, const struct job_summary *summary)
{
    json_open(json, "fields", '[');
    for (size_t i = 0; i < summary->field_count; i++) {
        const struct field_counts *field = &summary->fields[i];
        json_open(json, NULL, '{');
        json_string(json, "name", field->name);
        json_number(json, "missing_share", (double)field->missing / (double)field->samples);
        json_number(json, "least", field->least);
        json_number(json, "most", field->most);
        json_close(json, '}');
    }
    json_close(json, ']');
}

/* Values outside the fixed range of their panel. */
static void write_clamps(struct json *json, const struct clamp_counts *clamps)
{
    json_open(json, "clamped", '[');
    for (size_t i = 0; clamps && i < clamps->count; i++) {
        struct panel_clamps *panel = &clamps->panels[i];
        json_open(json, NULL, '{');
        json_uint(json, "panel", panel->panel);
        json_number(json, "lo", panel->lo);
        json_number(json, "hi", panel->hi);
        json_uint(json, "samples", panel->values);
        json_uint(json, "images", atomic_load(&panel->images));
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void write_summary(struct json *json, const struct run_request *request, const struct run_result *result)
{
    const struct job_summary *summary = &result->summary;
    const char *output = request->sink ? NULL : request->settings->output;
    const uint64_t peak = os_peak_memory();
    char now[TIMESTAMP_SIZE];
    os_timestamp(now);
    json_uint(json, "images", summary->images);
    if (summary->kept_images)
        json_uint(json, "kept_images", summary->kept_images);
    json_uint(json, "empty_images", summary->empty_images);
    json_uint(json, "host_images", summary->host_images);
    if (!request->sink && request->settings->sink.folders)
        json_uint(json, "outside_images", summary->outside_images);
    json_windows(json, "windows", &summary->windows, summary->label_classes);
    json_number(json, "seconds", summary->seconds);
    json_number(json, "setup_seconds", summary->setup_seconds);
    json_number(json, "elapsed_seconds", os_seconds() - result->began);
    json_string(json, "started", result->started);
    json_string(json, "finished", now);
    json_number(json, "images_per_second", run_rate(summary));
    json_uint(json, "pixel_bytes", summary->pixel_bytes);
    json_number(json, "pixel_bytes_per_second",
                summary->seconds > 0 ? (double)summary->pixel_bytes / summary->seconds : NAN);
    json_uint(json, "sink_bytes", summary->sink_bytes);
    if (output && os_is_file(output))
        json_uint(json, "output_bytes", os_file_size(output));
    json_uint(json, "device_bytes", summary->device_bytes);
    json_uint(json, "host_bytes", summary->host_bytes);
    if (peak)
        json_uint(json, "peak_host_bytes", peak);
    json_string(json, "kernels", summary->compiled ? "compiled" : "from the cache");
    json_uint(json, "batch", summary->batch);
    json_uint(json, "in_flight", summary->in_flight);
    json_uint(json, "jobs", summary->jobs);
    if (summary->has_hash)
        json_hash(json, "hash", summary->hash);
    write_settings(json, request, result, &summary->device);
    write_fields(json, summary);
    write_clamps(json, summary->clamps);
    write_devices(json, summary);
}

char *report_run(const struct run_request *request, const struct run_result *result)
{
    struct json json = {0};
    json_open(&json, NULL, '{');
    if (result->end == RUN_PLANNED) {
        write_plan(&json, request, result);
    } else if (result->end == RUN_RENDERED) {
        write_summary(&json, request, result);
    } else {
        json_bool(&json, "skipped", 1);
        json_uint(&json, "images", result->finished);
        json_string(&json, "output", request->settings->output);
    }
    json_close(&json, '}');
    return json_finish(&json);
}
