#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "api/formats.h"
#include "api/report.h"
#include "base/os.h"
#include "base/strings.h"
#include "tools/common/text.h"
#include "tools/render/render.h"

static void write_settings(struct json *json, const struct render *render, const struct device_info *device)
{
    const struct output_settings *output = &render->output;
    json_uint(json, "width", render->job.chart.width);
    json_uint(json, "height", render->job.chart.height);
    json_uint(json, "window", render->window);
    json_uint(json, "stride", render->job.stride);
    if (render->job.limit)
        json_uint(json, "limit", render->job.limit);
    json_chart(json, "chart", &render->job.chart);
    if (*device->name)
        json_device(json, "device", device);
    else
        json_null(json, "device"); /* none was needed */
    json_open(json, "inputs", '[');
    for (size_t i = 0; i < render->inputs.count; i++)
        json_string(json, NULL, render->inputs.items[i]);
    json_close(json, ']');
    json_uint(json, "samples", render->samples);
    if (output->path) {
        json_string(json, "output", output->path);
        json_string(json, "format", render->format);
        if (formats_take(render->format, "compress"))
            json_string(json, "compress", compress_names[output->compress]);
        if (formats_take(render->format, "dtype")) {
            json_string(json, "dtype", dtype_names[output->dtype]);
            json_string(json, "layout", layout_names[output->layout]);
            json_uint(json, "channels", output->channels ? output->channels : 1);
        }
        if (output->images_per_file)
            json_uint(json, "images_per_file", output->images_per_file);
    }
    json_string(json, "version", version_text());
}

/* Formats that keep nothing have no size. */
static int expects_bytes(const struct render *render, const struct job_plan *plan)
{
    return plan->expected_bytes && strcmp(render->format, "null") && strcmp(render->format, "hash");
}

static void plan_json(const struct render *render, const struct job_plan *plan)
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
    if (expects_bytes(render, plan))
        json_uint(&json, "expected_bytes", plan->expected_bytes);
    json_number(&json, "expected_seconds", plan->expected_seconds);
    json_uint(&json, "device_bytes", plan->device_bytes);
    json_uint(&json, "host_bytes", plan->host_bytes);
    write_settings(&json, render, &plan->device);
    json_close(&json, '}');
    json_print(&json, stdout);
}

static void print_bytes(const char *name, uint64_t bytes)
{
    char text[32];
    text_bytes(bytes, text, sizeof text);
    printf("%-14s%s (%" PRIu64 " bytes)\n", name, text, bytes);
}

void report_plan(const struct render *render, const struct job_plan *plan)
{
    const struct chart_options *chart = &render->job.chart;
    const double expected = plan->expected_seconds;
    const int unit = expected < 120 ? 1 : expected < 7200 ? 60 : 3600;
    char time[32];
    if (render->general.json) {
        plan_json(render, plan);
        return;
    }
    printf("images        %" PRIu64 "\n", plan->images);
    printf("size          %ux%u\n", (unsigned)chart->width, (unsigned)chart->height);
    printf("window        %" PRIu64 " samples\n", render->window);
    printf("stride        %" PRIu64 "\n", render->job.stride);
    printf("batch         %" PRIu64 " images, %u in flight\n", plan->batch, (unsigned)plan->in_flight);
    printf("host threads  %u\n", (unsigned)plan->jobs);
    print_bytes("pixels", plan->pixel_bytes);
    if (expects_bytes(render, plan))
        print_bytes("output size", plan->expected_bytes);
    if (plan->expected_seconds > 0) {
        text_seconds(expected / unit, time, sizeof time);
        printf("time          %s %s, %.0f images/s: reading, drawing and encoding, without writing to the disk\n", time,
               unit == 1    ? "s"
               : unit == 60 ? "min"
                            : "h",
               (double)plan->images / expected);
    }
    print_bytes("device memory", plan->device_bytes);
    print_bytes("host memory", plan->host_bytes);
    printf("device        %u: %s (%s)\n", (unsigned)plan->device.index, plan->device.name,
           device_type_name(plan->device.type));
    printf("chosen        %s\n", plan->device.reason);
    if (render->output.path)
        printf("output        %s (%s)\n", render->output.path, render->format);
}

static double rate_of(const struct job_summary *summary)
{
    return summary->seconds > 0 ? (double)summary->images / summary->seconds : NAN;
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

void report_summary_json(const struct render *render, const struct job_summary *summary)
{
    const char *output = render->output.path;
    const uint64_t peak = os_peak_memory();
    struct json json = {0};
    char now[TIMESTAMP_SIZE];
    os_timestamp(now);
    json_open(&json, NULL, '{');
    json_uint(&json, "images", summary->images);
    if (summary->kept_images)
        json_uint(&json, "kept_images", summary->kept_images);
    json_uint(&json, "empty_images", summary->empty_images);
    json_uint(&json, "host_images", summary->host_images);
    json_number(&json, "seconds", summary->seconds);
    json_number(&json, "setup_seconds", summary->setup_seconds);
    json_number(&json, "elapsed_seconds", os_seconds() - render->began);
    json_string(&json, "started", render->started);
    json_string(&json, "finished", now);
    json_number(&json, "images_per_second", rate_of(summary));
    json_uint(&json, "pixel_bytes", summary->pixel_bytes);
    json_number(&json, "pixel_bytes_per_second",
                summary->seconds > 0 ? (double)summary->pixel_bytes / summary->seconds : NAN);
    json_uint(&json, "sink_bytes", summary->sink_bytes);
    if (output && os_is_file(output))
        json_uint(&json, "output_bytes", os_file_size(output));
    json_uint(&json, "device_bytes", summary->device_bytes);
    json_uint(&json, "host_bytes", summary->host_bytes);
    if (peak)
        json_uint(&json, "peak_host_bytes", peak);
    json_string(&json, "kernels", summary->compiled ? "compiled" : "from the cache");
    json_uint(&json, "batch", summary->batch);
    json_uint(&json, "in_flight", summary->in_flight);
    json_uint(&json, "jobs", summary->jobs);
    if (summary->has_hash)
        json_hash(&json, "hash", summary->hash);
    write_settings(&json, render, &summary->device);
    write_devices(&json, summary);
    json_close(&json, '}');
    json_print(&json, stdout);
}

void report_up_to_date(struct render *render, uint64_t images)
{
    struct json json = {0};
    if (render->general.json) {
        json_open(&json, NULL, '{');
        json_bool(&json, "skipped", 1);
        json_uint(&json, "images", images);
        json_string(&json, "output", render->output.path);
        json_close(&json, '}');
        json_print(&json, stdout);
    }
    console_say(&render->console, PLOTMILL_LOG_INFO, "%s: %sup to date: %" PRIu64 " %s, nothing to do",
                render->output.path, render->output.shard.of ? "this share is " : "", images,
                images == 1 ? "image" : "images");
}

/* Of several events with the same hint, only the last one. */
static void say_fallback_events(const struct job_summary *summary, struct console *console)
{
    const uint32_t count = summary->fallback_event_count;
    for (uint32_t i = 0; i < count; i++) {
        const struct fallback_event *event = &summary->fallback_events[i], *next = event + 1;
        if (i + 1 < count && next->device.index == event->device.index && !strcmp(next->hint, event->hint))
            continue;
        console_say(console, PLOTMILL_LOG_INFO, "device %u (%s) failed: %s; continued with %s; %s",
                    (unsigned)event->device.index, event->device.name, event->reason, event->action, event->hint);
    }
}

void report_done(struct render *render, const struct job_summary *summary)
{
    char seconds[32], rate[40] = "", empty[48] = "", kept[64] = "", name[sizeof summary->device.name];
    struct console *console = &render->console;
    const char *output = render->output.path, *part = render->output.shard.of ? "this share's files of " : "";
    if (*part && !summary->images && !summary->kept_images) {
        console_say(console, PLOTMILL_LOG_INFO, "this share has no files: nothing to do");
        return;
    }
    if (!summary->images) {
        console_say(console, PLOTMILL_LOG_INFO, "nothing to do: all %" PRIu64 " images exist already, in %s%s",
                    summary->kept_images, part, output);
        return;
    }
    text_seconds(summary->seconds, seconds, sizeof seconds);
    if (summary->seconds > 0)
        snprintf(rate, sizeof rate, ", %.*f images/s", rate_of(summary) < 10 ? 1 : 0, rate_of(summary));
    if (summary->empty_images)
        snprintf(empty, sizeof empty, " (%" PRIu64 " without samples)", summary->empty_images);
    if (summary->kept_images)
        snprintf(kept, sizeof kept, ", besides %" PRIu64 " that existed already", summary->kept_images);
    if (summary->devices > 1)
        snprintf(name, sizeof name, "%u devices", (unsigned)summary->devices);
    else
        snprintf(name, sizeof name, "%s", summary->device.name);
    int is_kept = !formats_is_pseudo(output);
    console_say(console, PLOTMILL_LOG_INFO, "%" PRIu64 " %s%s in %s s%s on %s%s%s%s%s", summary->images,
                summary->images == 1 ? "image" : "images", empty, seconds, rate, name,
                is_kept ? ", in " : ", none kept", part, is_kept ? output : "", kept);
    if (*part && !strcmp(render->format, "hdf5"))
        console_say(console, PLOTMILL_LOG_INFO, "when all shares are done, join them: plotmill link %s", output);
    for (uint32_t i = 0; summary->devices > 1 && i < summary->devices; i++)
        console_say(console, PLOTMILL_LOG_INFO, "device %u: %s: %" PRIu64 " images",
                    (unsigned)summary->shares[i].device.index, summary->shares[i].device.name,
                    summary->shares[i].images);
    say_fallback_events(summary, console);
}
