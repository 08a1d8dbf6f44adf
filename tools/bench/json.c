#include <string.h>

#include "base/json.h"
#include "tools/bench/bench.h"
#include "tools/common/text.h"
#include "tools/render/report.h"

static void write_row(struct json *json, const struct bench *bench, const struct bench_mode *mode,
                      const struct bench_row *row)
{
    const double pixels = (double)bench->chart.width * bench->chart.height;
    json_open(json, NULL, '{');
    json_uint(json, "batch", row->batch);
    json_bool(json, "measured", !*row->why);
    if (row->device_bytes) {
        json_uint(json, "device_bytes", row->device_bytes);
        json_uint(json, "host_bytes", row->host_bytes);
    }
    if (*row->why) {
        json_string(json, "why", row->why);
        json_close(json, '}');
        return;
    }
    json_number(json, "images_per_second", row->rate);
    json_number(json, "bytes_per_second", row->rate * (row->stream_bytes > 0 ? row->stream_bytes : pixels));
    json_number(json, "bytes_per_image", row->stream_bytes > 0 ? row->stream_bytes : pixels);
    json_number(json, "share_of_fill", row->rate * pixels / mode->fill);
    json_uint(json, "in_flight", row->in_flight);
    json_number(json, "setup_seconds", row->setup_seconds);
    json_open(json, "alone", '{');
    json_number(json, "seconds_per_image", row->alone);
    json_number(json, "between", row->between);
    json_open(json, "stages", '[');
    for (size_t i = 0; i < row->stage_count; i++) {
        json_open(json, NULL, '{');
        json_string(json, "name", row->stages[i].name);
        json_number(json, "seconds_per_image", row->stages[i].seconds);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_close(json, '}');
    json_close(json, '}');
}

static void write_mode(struct json *json, const struct bench *bench, const struct bench_mode *mode)
{
    json_open(json, NULL, '{');
    json_string(json, "name", bench_mode_name(mode->antialias, mode->payload));
    json_bool(json, "antialias", mode->antialias);
    json_string(json, "payload", mode->payload == PLOTMILL_PAYLOAD_PIXELS ? "pixels" : "streams");
    json_number(json, "fill_bytes_per_second", mode->fill);
    json_open(json, "rows", '[');
    for (size_t i = 0; i < mode->count; i++)
        write_row(json, bench, mode, &mode->rows[i]);
    json_close(json, ']');
    if (mode->best < mode->count) {
        json_uint(json, "best_batch", mode->rows[mode->best].batch);
        json_number(json, "best_images_per_second", mode->rows[mode->best].rate);
        json_uint(json, "knee", mode->rows[mode->knee].batch);
        if (mode->rows[0].batch == 1 && !*mode->rows[0].why)
            json_number(json, "speed_up", mode->rows[mode->knee].rate / mode->rows[0].rate);
        json_open(json, "estimates", '[');
        for (int i = 0; i < BENCH_JOBS; i++) {
            json_open(json, NULL, '{');
            json_uint(json, "images", bench_jobs[i]);
            json_number(json, "seconds", bench_job_seconds(mode, bench_jobs[i]));
            json_close(json, '}');
        }
        json_close(json, ']');
    }
    json_close(json, '}');
}

static void write_ablation(struct json *json, const struct bench_ablation *a)
{
    const int starts = !strcmp(a->part, "cache of kernels");
    json_open(json, NULL, '{');
    json_string(json, "without", a->part);
    json_string(json, "mode", bench_mode_name(a->antialias, a->payload));
    json_uint(json, "batch", a->batch);
    if (a->not_applied) {
        json_string(json, "not_applied", a->not_applied);
    } else {
        json_number(json, starts ? "start_seconds" : "images_per_second", a->with);
        json_number(json, starts ? "start_seconds_without" : "images_per_second_without", a->without);
        json_number(json, "ratio", starts ? a->without / a->with : a->with / a->without);
    }
    json_close(json, '}');
}

static void write_device(struct json *json, const struct bench *bench, const struct bench_device *device)
{
    json_open(json, NULL, '{');
    json_device(json, "device", &device->device);
    json_number(json, "fill_bytes_per_second", device->fill);
    json_open(json, "modes", '[');
    for (size_t i = 0; i < device->mode_count; i++)
        write_mode(json, bench, &device->modes[i]);
    json_close(json, ']');
    json_open(json, "ablation", '[');
    for (size_t i = 0; i < device->ablation_count; i++)
        write_ablation(json, &device->ablations[i]);
    json_close(json, ']');
    json_close(json, '}');
}

void bench_write_json(FILE *out, const struct bench *bench)
{
    struct json json = {0};
    char now[TIMESTAMP_SIZE];
    text_timestamp(now, sizeof now);
    json_open(&json, NULL, '{');
    json_string(&json, "plotmill", plotmill_version());
    json_string(&json, "time", now);
    json_uint(&json, "window", bench->window);
    json_number(&json, "seconds", bench->seconds);
    report_chart_json(&json, &bench->chart);
    json_open(&json, "devices", '[');
    for (size_t i = 0; i < bench->device_count; i++)
        write_device(&json, bench, &bench->devices[i]);
    json_close(&json, ']');
    json_close(&json, '}');
    json_print(&json, out);
}
