#include "tools/render/report.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/os.h"
#include "tools/common/paths.h"
#include "tools/common/text.h"

static void print_bytes(const char *name, uint64_t bytes)
{
    char text[32];
    text_bytes(bytes, text, sizeof text);
    printf("%-14s%s (%" PRIu64 " bytes)\n", name, text, bytes);
}

void report_plan(const struct render_report *report, const struct plotmill_plan *plan)
{
    const struct plotmill_chart_options *chart = &report->job->chart;
    printf("%-14s%" PRIu64 "\n", "images", plan->images);
    printf("%-14s%ux%u\n", "size", (unsigned)chart->width, (unsigned)chart->height);
    printf("%-14s%" PRIu64 " samples\n", "window", report->window);
    printf("%-14s%" PRIu64 "\n", "stride", report->job->stride);
    printf("%-14s%" PRIu64 " images, %u at a time\n", "batch", plan->batch, (unsigned)plan->in_flight);
    printf("%-14s%u\n", "host threads", (unsigned)plan->jobs);
    print_bytes("pixels", plan->pixel_bytes);
    print_bytes("device memory", plan->device_bytes);
    print_bytes("host memory", plan->host_bytes);
    printf("%-14s%u: %s (%s)\n", "device", (unsigned)plan->device.index, plan->device.name,
           text_device_type(plan->device.type));
    printf("%-14s%s\n", "chosen", plan->device.reason);
    if (report->output)
        printf("%-14s%s (%s)\n", "output", report->output, report->format);
}

void report_chart_json(struct json *json, const struct plotmill_chart_options *chart)
{
    static const char *const missing[] = {"gap", "bridge", "error"};
    json_open(json, "chart", '{');
    json_uint(json, "width", chart->width);
    json_uint(json, "height", chart->height);
    json_number(json, "line_width", chart->line_width);
    json_bool(json, "antialias", chart->antialias);
    json_number(json, "margin", chart->margin);
    json_uint(json, "background", (uint64_t)chart->background);
    json_uint(json, "foreground", (uint64_t)chart->foreground);
    if (isnan(chart->range_lo)) {
        json_string(json, "range", "minmax");
    } else {
        json_open(json, "range", '[');
        json_number(json, NULL, chart->range_lo);
        json_number(json, NULL, chart->range_hi);
        json_close(json, ']');
    }
    json_string(json, "missing", missing[chart->missing]);
    json_close(json, '}');
}

static void write_inputs(struct json *json, const struct render_report *report)
{
    json_open(json, "inputs", '[');
    for (size_t i = 0; i < report->inputs->count; i++)
        json_string(json, NULL, report->inputs->items[i]);
    json_close(json, ']');
    json_uint(json, "samples", report->samples);
}

static void write_output(struct json *json, const struct render_report *report)
{
    const struct output_settings *settings = report->settings;
    json_string(json, "output", report->output);
    json_string(json, "format", report->format);
    if (takes_compression(report->format))
        json_string(json, "compress", compress_names[settings->compress]);
    if (is_array(report->format)) {
        json_string(json, "dtype", dtype_names[settings->dtype]);
        json_string(json, "layout", layout_names[settings->layout]);
        json_uint(json, "channels", settings->channels ? settings->channels : 1);
    }
    if (settings->images_per_file)
        json_uint(json, "images_per_file", settings->images_per_file);
}

static void write_settings(struct json *json, const struct render_report *report, const struct plotmill_device *device)
{
    json_uint(json, "width", report->job->chart.width);
    json_uint(json, "height", report->job->chart.height);
    json_uint(json, "window", report->window);
    json_uint(json, "stride", report->job->stride);
    if (report->limit)
        json_uint(json, "limit", report->limit);
    report_chart_json(json, &report->job->chart);
    if (*device->name)
        json_device(json, "device", device);
    else
        json_null(json, "device"); /* none was needed */
    write_inputs(json, report);
    if (report->output)
        write_output(json, report);
    json_string(json, "version", plotmill_version());
}

void report_plan_json(const struct render_report *report, const struct plotmill_plan *plan)
{
    struct json json = {0};
    json_open(&json, NULL, '{');
    json_bool(&json, "dry_run", 1);
    json_uint(&json, "images", plan->images);
    json_uint(&json, "batch", plan->batch);
    json_uint(&json, "in_flight", plan->in_flight);
    json_uint(&json, "jobs", plan->jobs);
    json_uint(&json, "devices", plan->devices);
    json_uint(&json, "pixel_bytes", plan->pixel_bytes);
    json_uint(&json, "device_bytes", plan->device_bytes);
    json_uint(&json, "host_bytes", plan->host_bytes);
    write_settings(&json, report, &plan->device);
    json_close(&json, '}');
    json_print(&json, stdout);
}

static double rate_of(const struct plotmill_summary *summary)
{
    return summary->seconds > 0 ? (double)summary->images / summary->seconds : NAN;
}

static void write_shares(struct json *json, const struct plotmill_summary *summary)
{
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
}

static void write_fallback_events(struct json *json, const struct plotmill_summary *summary)
{
    json_open(json, "fallback_events", '[');
    for (uint32_t i = 0; i < summary->fallback_event_count && i < PLOTMILL_FALLBACK_EVENTS; i++) {
        const struct plotmill_fallback_event *event = &summary->fallback_events[i];
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

/* Of several steps with one outcome the last one. */
static void say_fallback_events(const struct plotmill_summary *summary, struct console *console)
{
    uint32_t count = summary->fallback_event_count < PLOTMILL_FALLBACK_EVENTS ? summary->fallback_event_count
                                                                              : PLOTMILL_FALLBACK_EVENTS;
    for (uint32_t i = 0; i < count; i++) {
        const struct plotmill_fallback_event *event = &summary->fallback_events[i], *next = event + 1;
        if (i + 1 < count && next->device.index == event->device.index && !strcmp(next->hint, event->hint))
            continue;
        console_say(console, PLOTMILL_LOG_INFO, "device %u (%s) failed: %s; went on with %s; %s",
                    (unsigned)event->device.index, event->device.name, event->reason, event->action, event->hint);
    }
}

static void write_times(struct json *json, const struct render_report *report, const struct plotmill_summary *summary)
{
    char now[TIMESTAMP_SIZE];
    text_timestamp(now, sizeof now);
    json_number(json, "seconds", summary->seconds);
    json_number(json, "setup_seconds", summary->setup_seconds);
    json_number(json, "elapsed_seconds", os_seconds() - report->began);
    json_string(json, "started", report->started);
    json_string(json, "finished", now);
    json_number(json, "images_per_second", rate_of(summary));
}

static void write_bytes(struct json *json, const struct render_report *report, const struct plotmill_summary *summary)
{
    const uint64_t peak = os_peak_memory();
    json_uint(json, "pixel_bytes", summary->pixel_bytes);
    json_number(json, "pixel_bytes_per_second",
                summary->seconds > 0 ? (double)summary->pixel_bytes / summary->seconds : NAN);
    json_uint(json, "sink_bytes", summary->sink_bytes);
    if (report->output && os_is_file(report->output))
        json_uint(json, "output_bytes", os_file_size(report->output));
    json_uint(json, "device_bytes", summary->device_bytes);
    json_uint(json, "host_bytes", summary->host_bytes);
    if (peak)
        json_uint(json, "peak_host_bytes", peak);
}

void report_summary_json(const struct render_report *report, const struct plotmill_summary *summary)
{
    struct json json = {0};
    json_open(&json, NULL, '{');
    json_uint(&json, "images", summary->images);
    if (summary->kept_images)
        json_uint(&json, "kept_images", summary->kept_images);
    json_uint(&json, "empty_images", summary->empty_images);
    json_uint(&json, "host_images", summary->host_images);
    write_times(&json, report, summary);
    write_bytes(&json, report, summary);
    json_string(&json, "kernels", summary->compiled ? "compiled" : "from the cache");
    json_uint(&json, "batch", summary->batch);
    json_uint(&json, "in_flight", summary->in_flight);
    json_uint(&json, "jobs", summary->jobs);
    if (summary->has_hash)
        json_hash(&json, "hash", summary->hash);
    write_settings(&json, report, &summary->device);
    json_uint(&json, "devices", summary->devices);
    write_shares(&json, summary);
    write_fallback_events(&json, summary);
    json_close(&json, '}');
    json_print(&json, stdout);
}

void report_finished_json(const char *output, uint64_t images)
{
    struct json json = {0};
    json_open(&json, NULL, '{');
    json_bool(&json, "skipped", 1);
    json_uint(&json, "images", images);
    json_string(&json, "output", output);
    json_close(&json, '}');
    json_print(&json, stdout);
}

void report_done(const struct render_report *report, const struct plotmill_summary *summary, struct console *console)
{
    char seconds[32], rate[40] = "", empty[48] = "", kept[64] = "";
    const uint64_t shards = report->settings->shard.of;
    if (shards && !summary->images && !summary->kept_images) {
        console_say(console, PLOTMILL_LOG_INFO, "this share has no files: nothing to make");
        return;
    }
    if (!summary->images) {
        console_say(console, PLOTMILL_LOG_INFO, "no image was left to make; %" PRIu64 " were there already, in %s%s",
                    summary->kept_images, shards ? "this share's files of " : "", report->output);
        return;
    }
    text_seconds(summary->seconds, seconds, sizeof seconds);
    if (summary->seconds > 0)
        snprintf(rate, sizeof rate, ", %.*f images/s", rate_of(summary) < 10 ? 1 : 0, rate_of(summary));
    if (summary->empty_images)
        snprintf(empty, sizeof empty, " (%" PRIu64 " without a sample)", summary->empty_images);
    if (summary->kept_images)
        snprintf(kept, sizeof kept, ", beside %" PRIu64 " that were there already", summary->kept_images);
    char name[sizeof summary->device.name];
    if (summary->devices > 1)
        snprintf(name, sizeof name, "%u devices", (unsigned)summary->devices);
    else
        snprintf(name, sizeof name, "%s", summary->device.name);
    int in_file = strcmp(report->format, "null") && strcmp(report->format, "hash");
    console_say(console, PLOTMILL_LOG_INFO, "%" PRIu64 " %s%s in %s s%s on %s%s%s%s%s", summary->images,
                summary->images == 1 ? "image" : "images", empty, seconds, rate, name,
                in_file ? ", in " : ", none kept", shards ? "this share's files of " : "",
                in_file ? report->output : "", kept);
    if (shards && !strcmp(report->format, "hdf5"))
        console_say(console, PLOTMILL_LOG_INFO, "when all shares are done: plotmill link %s", report->output);
    for (uint32_t i = 0; summary->devices > 1 && i < summary->devices; i++)
        console_say(console, PLOTMILL_LOG_INFO, "device %u: %s: %" PRIu64 " images",
                    (unsigned)summary->shares[i].device.index, summary->shares[i].device.name,
                    summary->shares[i].images);
    say_fallback_events(summary, console);
}
