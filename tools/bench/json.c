#include <string.h>

#include "tools/bench/bench.h"
#include "tools/common/json.h"
#include "tools/common/text.h"
#include "tools/render/report.h"

static void write_row(struct json *json, const struct bench *bench, const struct bench_mode *mode,
                      const struct bench_row *row)
{
    const double pixels = (double)bench->chart.width * bench->chart.height;
    json_open(json, NULL, '{');
    json_whole(json, "batch", row->batch);
    json_truth(json, "measured", !*row->why);
    if (row->device_bytes) {
        json_whole(json, "device_bytes", row->device_bytes);
        json_whole(json, "host_bytes", row->host_bytes);
    }
    if (*row->why) {
        json_text(json, "why", row->why);
        json_close(json, '}');
        return;
    }
    json_real(json, "images_per_second", row->rate);
    json_real(json, "bytes_per_second", row->rate * (row->stream_bytes > 0 ? row->stream_bytes : pixels));
    json_real(json, "bytes_per_image", row->stream_bytes > 0 ? row->stream_bytes : pixels);
    json_real(json, "share_of_fill", row->rate * pixels / mode->fill);
    json_whole(json, "in_flight", row->in_flight);
    json_real(json, "setup_seconds", row->setup_seconds);
    json_open(json, "alone", '{');
    json_real(json, "seconds_per_image", row->alone);
    json_real(json, "between", row->between);
    json_open(json, "stages", '[');
    for (size_t i = 0; i < row->stage_count; i++) {
        json_open(json, NULL, '{');
        json_text(json, "name", row->stages[i].name);
        json_real(json, "seconds_per_image", row->stages[i].seconds);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_close(json, '}');
    json_close(json, '}');
}

static void write_mode(struct json *json, const struct bench *bench, const struct bench_mode *mode)
{
    json_open(json, NULL, '{');
    json_text(json, "name", bench_mode_name(mode->antialias, mode->payload));
    json_truth(json, "antialias", mode->antialias);
    json_text(json, "payload", mode->payload == PLOTMILL_PAYLOAD_PIXELS ? "pixels" : "streams");
    json_real(json, "fill_bytes_per_second", mode->fill);
    json_open(json, "rows", '[');
    for (size_t i = 0; i < mode->count; i++)
        write_row(json, bench, mode, &mode->rows[i]);
    json_close(json, ']');
    if (mode->best < mode->count) {
        json_whole(json, "best_batch", mode->rows[mode->best].batch);
        json_real(json, "best_images_per_second", mode->rows[mode->best].rate);
        json_whole(json, "knee", mode->rows[mode->knee].batch);
        if (mode->rows[0].batch == 1 && !*mode->rows[0].why)
            json_real(json, "speed_up", mode->rows[mode->knee].rate / mode->rows[0].rate);
        json_open(json, "estimates", '[');
        for (int i = 0; i < BENCH_JOBS; i++) {
            json_open(json, NULL, '{');
            json_whole(json, "images", bench_jobs[i]);
            json_real(json, "seconds", bench_job_seconds(mode, bench_jobs[i]));
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
    json_text(json, "without", a->part);
    json_text(json, "mode", bench_mode_name(a->antialias, a->payload));
    json_whole(json, "batch", a->batch);
    if (a->not_applied) {
        json_text(json, "not_applied", a->not_applied);
    } else {
        json_real(json, starts ? "start_seconds" : "images_per_second", a->with);
        json_real(json, starts ? "start_seconds_without" : "images_per_second_without", a->without);
        json_real(json, "ratio", starts ? a->without / a->with : a->with / a->without);
    }
    json_close(json, '}');
}

static void write_device(struct json *json, const struct bench *bench, const struct bench_device *device)
{
    json_open(json, NULL, '{');
    json_device(json, "device", &device->device);
    json_real(json, "fill_bytes_per_second", device->fill);
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
    struct json json = {.out = out};
    char now[TIMESTAMP_SIZE];
    text_timestamp(now, sizeof now);
    json_open(&json, NULL, '{');
    json_text(&json, "plotmill", plotmill_version());
    json_text(&json, "time", now);
    json_whole(&json, "window", bench->window);
    json_real(&json, "seconds", bench->seconds);
    report_chart_json(&json, &bench->chart);
    json_open(&json, "devices", '[');
    for (size_t i = 0; i < bench->device_count; i++)
        write_device(&json, bench, &bench->devices[i]);
    json_close(&json, ']');
    json_close(&json, '}');
}
