#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/report.h"
#include "base/os.h"
#include "base/strings.h"
#include "tools/bench/bench.h"
#include "tools/common/options.h"
#include "tools/common/setup.h"
#include "tools/common/text.h"

/* Numbers of images for which the time is estimated. */
static const uint64_t estimates[] = {1000, 85000, 100000, 500000, 1000000, 10000000, 40000000};
enum { ESTIMATES = sizeof estimates / sizeof *estimates };

const char *bench_mode_name(const struct bench_mode *mode)
{
    static const char *const names[] = {"pixels", "pixels, antialiased", "streams", "streams, antialiased"};
    return names[2 * (mode->payload != PAYLOAD_PIXELS) + (mode->antialias != 0)];
}

static double image_pixels(const struct bench *bench)
{
    return (double)bench->chart.width * bench->chart.height;
}

/* Seconds for a job at the best rate, set-up included. */
static double estimate(const struct bench_mode *mode, uint64_t images)
{
    return mode->best->setup_seconds + (double)images / mode->best->rate;
}

/* Above 1: the part makes the engine faster. */
static double ablation_ratio(const struct bench_ablation *a)
{
    double above = a->starts ? a->without : a->with, below = a->starts ? a->with : a->without;
    return below > 0 ? above / below : 0;
}

static double per_image(const struct bench_row *row, double seconds)
{
    return row->drawn > 0 ? seconds / row->drawn : 0;
}

/* The time of each kernel and transfer, a column per batch size. */
static void print_stages(FILE *out, const struct bench_mode *mode)
{
    const struct trace_stats *best = &mode->best->queues;
    const char *separator = " ";
    fputs("  one batch in flight, us per image, batch", out);
    for (size_t i = 0; i < mode->count; i++) {
        if (*mode->rows[i].reason)
            continue;
        fprintf(out, "%s%" PRIu64, separator, mode->rows[i].batch);
        separator = " | ";
    }
    fputs(best->count ? "\n" : "\n  (the driver reports no kernel times)\n", out);
    for (size_t i = 0; i < best->count + 2; i++) {
        const char *name = i < best->count ? best->rows[i].name : i == best->count ? "host, in between" : "total";
        fprintf(out, "  %-24s", name);
        for (size_t k = 0; k < mode->count; k++) {
            const struct trace_stats *queues = &mode->rows[k].queues;
            double seconds = i < best->count    ? trace_stats_row(queues, name).seconds
                             : i == best->count ? queues->seconds - queues->sum
                                                : queues->seconds;
            if (!*mode->rows[k].reason)
                fprintf(out, " %10.2f", 1e6 * per_image(&mode->rows[k], seconds));
        }
        fputc('\n', out);
    }
}

static void print_mode(FILE *out, const struct bench *bench, const struct bench_mode *mode)
{
    char memory[32];
    fprintf(out, "\n%s\n  %7s   %11s %9s %9s %12s %9s %10s %9s\n", bench_mode_name(mode), "batch", "images/s", "GB/s",
            "of fill", "memory", "in flight", "B/image", "set-up, s");
    for (size_t i = 0; i < mode->count; i++) {
        const struct bench_row *row = &mode->rows[i];
        fprintf(out, "  %7" PRIu64 " %c ", row->batch, row == mode->knee ? '*' : ' ');
        text_bytes(row->device_bytes + row->host_bytes, memory, sizeof memory);
        if (*row->reason)
            fprintf(out, "%s\n", row->reason);
        else
            fprintf(out, "%11.0f %9.3f %9.2f %12s %9u %10.0f %9.2f\n", row->rate, 1e-9 * row->image_bytes * row->rate,
                    row->rate * image_pixels(bench) / mode->fill, memory, (unsigned)row->in_flight, row->image_bytes,
                    row->setup_seconds);
    }
    if (!mode->best)
        return;
    fputs("  * the knee: larger batches gain less than 5%", out);
    if (mode->rows[0].batch == 1 && !*mode->rows[0].reason && mode->knee != &mode->rows[0])
        fprintf(out, "; %.2f times as fast as single images", mode->knee->rate / mode->rows[0].rate);
    fputc('\n', out);
    print_stages(out, mode);
}

static void print_estimates(FILE *out, const struct bench_device *device)
{
    static const struct {
        double seconds;
        const char *name;
    } units[] = {{1, "s"}, {60, "min"}, {3600, "h"}, {86400, "days"}};
    fprintf(out, "\ntime at the best rate, set-up included, output excluded\n  %-12s", "images");
    for (size_t k = 0; k < device->mode_count; k++)
        fprintf(out, " %20s", bench_mode_name(&device->modes[k]));
    for (size_t i = 0; i < ESTIMATES; i++) {
        fprintf(out, "\n  %-12" PRIu64, estimates[i]);
        for (size_t k = 0; k < device->mode_count; k++) {
            char text[32] = "-";
            size_t unit = 0;
            double seconds = device->modes[k].best ? estimate(&device->modes[k], estimates[i]) : 0;
            while (unit < 3 && seconds >= 100 * units[unit].seconds)
                unit++;
            if (device->modes[k].best)
                snprintf(text, sizeof text, "%.1f %s", seconds / units[unit].seconds, units[unit].name);
            fprintf(out, " %20s", text);
        }
    }
    fputc('\n', out);
}

static void print_device(FILE *out, const struct bench *bench, const struct bench_device *device)
{
    char memory[32];
    const struct device_info *d = &device->device;
    text_bytes(d->memory, memory, sizeof memory);
    fprintf(out, "device %u: %s\n  %s, %s, driver %s, %u units, %s\n", (unsigned)d->index, d->name,
            device_type_name(d->type), d->platform, d->driver, (unsigned)d->compute_units, memory);
    fprintf(out, "  images of %ux%u, line %g px, windows of %" PRIu64 " samples; plotmill %s\n",
            (unsigned)bench->chart.width, (unsigned)bench->chart.height, bench->chart.line_width, bench->window,
            version_text());
    fprintf(out, "  fills memory at %.2f GB/s, %.0f such images/s\n", 1e-9 * device->fill,
            device->fill / image_pixels(bench));
    for (size_t k = 0; k < device->mode_count; k++)
        print_mode(out, bench, &device->modes[k]);
    print_estimates(out, device);
    if (device->ablation_count)
        fprintf(out, "\n%-24s %-22s %8s %12s %12s %8s\n", "without", "in", "batch", "with", "without", "gain");
    for (size_t i = 0; i < device->ablation_count; i++) {
        const struct bench_ablation *a = &device->ablations[i];
        fprintf(out, "  %-22s %-22s %8" PRIu64, a->part, bench_mode_name(a->mode), a->mode->knee->batch);
        if (a->not_applied)
            fprintf(out, " %s\n", a->not_applied);
        else
            fprintf(out, a->starts ? " %10.2f s %10.2f s %7.2fx\n" : " %10.0f/s %10.0f/s %7.2fx\n", a->with, a->without,
                    ablation_ratio(a));
    }
}

void bench_print(FILE *out, const struct bench *bench)
{
    const struct bench_device *devices = bench->devices;
    for (size_t i = 0; i < bench->device_count; i++) {
        fputs(i ? "\n" : "", out);
        print_device(out, bench, &devices[i]);
    }
    if (bench->device_count < 2)
        return;
    fprintf(out, "\n%-40s", "best, images/s");
    for (size_t k = 0; k < devices[0].mode_count; k++)
        fprintf(out, " %20s", bench_mode_name(&devices[0].modes[k]));
    for (size_t i = 0; i < bench->device_count; i++) {
        fprintf(out, "\n  %u: %-35.35s", (unsigned)devices[i].device.index, devices[i].device.name);
        for (size_t k = 0; k < devices[i].mode_count; k++)
            fprintf(out, " %20.0f", devices[i].modes[k].best ? devices[i].modes[k].best->rate : 0);
    }
    fputc('\n', out);
}

static void write_row(struct json *json, const struct bench *bench, const struct bench_mode *mode,
                      const struct bench_row *row)
{
    json_open(json, NULL, '{');
    json_uint(json, "batch", row->batch);
    json_bool(json, "measured", !*row->reason);
    if (row->device_bytes) {
        json_uint(json, "device_bytes", row->device_bytes);
        json_uint(json, "host_bytes", row->host_bytes);
    }
    if (*row->reason) {
        json_string(json, "reason", row->reason);
        json_close(json, '}');
        return;
    }
    json_number(json, "images_per_second", row->rate);
    json_number(json, "bytes_per_second", row->rate * row->image_bytes);
    json_number(json, "bytes_per_image", row->image_bytes);
    json_number(json, "share_of_fill", row->rate * image_pixels(bench) / mode->fill);
    json_uint(json, "in_flight", row->in_flight);
    json_number(json, "setup_seconds", row->setup_seconds);
    json_open(json, "alone", '{');
    json_number(json, "seconds_per_image", per_image(row, row->queues.seconds));
    json_number(json, "between", per_image(row, row->queues.seconds - row->queues.sum));
    json_open(json, "stages", '[');
    for (size_t i = 0; i < row->queues.count; i++) {
        json_open(json, NULL, '{');
        json_string(json, "name", row->queues.rows[i].name);
        json_number(json, "seconds_per_image", per_image(row, row->queues.rows[i].seconds));
        json_close(json, '}');
    }
    json_close(json, ']');
    json_close(json, '}');
    json_close(json, '}');
}

static void write_mode(struct json *json, const struct bench *bench, const struct bench_mode *mode)
{
    json_open(json, NULL, '{');
    json_string(json, "name", bench_mode_name(mode));
    json_bool(json, "antialias", mode->antialias);
    json_string(json, "payload", mode->payload == PAYLOAD_PIXELS ? "pixels" : "streams");
    json_number(json, "fill_bytes_per_second", mode->fill);
    json_open(json, "rows", '[');
    for (size_t i = 0; i < mode->count; i++)
        write_row(json, bench, mode, &mode->rows[i]);
    json_close(json, ']');
    if (mode->best) {
        json_uint(json, "best_batch", mode->best->batch);
        json_number(json, "best_images_per_second", mode->best->rate);
        json_uint(json, "knee", mode->knee->batch);
        if (mode->rows[0].batch == 1 && !*mode->rows[0].reason)
            json_number(json, "speed_up", mode->knee->rate / mode->rows[0].rate);
        json_open(json, "estimates", '[');
        for (size_t i = 0; i < ESTIMATES; i++) {
            json_open(json, NULL, '{');
            json_uint(json, "images", estimates[i]);
            json_number(json, "seconds", estimate(mode, estimates[i]));
            json_close(json, '}');
        }
        json_close(json, ']');
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
    for (size_t i = 0; i < device->ablation_count; i++) {
        const struct bench_ablation *a = &device->ablations[i];
        json_open(json, NULL, '{');
        json_string(json, "without", a->part);
        json_string(json, "mode", bench_mode_name(a->mode));
        json_uint(json, "batch", a->mode->knee->batch);
        if (a->not_applied) {
            json_string(json, "not_applied", a->not_applied);
        } else {
            json_number(json, a->starts ? "start_seconds" : "images_per_second", a->with);
            json_number(json, a->starts ? "start_seconds_without" : "images_per_second_without", a->without);
            json_number(json, "ratio", ablation_ratio(a));
        }
        json_close(json, '}');
    }
    json_close(json, ']');
    json_close(json, '}');
}

void bench_write_json(FILE *out, const struct bench *bench)
{
    struct json json = {0};
    char now[TIMESTAMP_SIZE];
    os_timestamp(now);
    json_open(&json, NULL, '{');
    json_string(&json, "plotmill", version_text());
    json_string(&json, "time", now);
    json_uint(&json, "window", bench->window);
    json_number(&json, "seconds", bench->seconds);
    json_chart(&json, "chart", &bench->chart);
    json_open(&json, "devices", '[');
    for (size_t i = 0; i < bench->device_count; i++)
        write_device(&json, bench, &bench->devices[i]);
    json_close(&json, ']');
    json_close(&json, '}');
    json_print(&json, out);
}

static double read_number(const char *object, const char *name)
{
    return json_read_number(json_member(object, name), 0);
}

int bench_read_old(struct bench *bench)
{
    size_t size;
    const char *path = bench->compare;
    bench->old = (char *)os_read_file(path, &size);
    if (!bench->old)
        return console_fail(&bench->console, PLOTMILL_BAD_INPUT, "--compare %s: %s", path, strerror(errno));
    if (!json_is_object(bench->old) || !json_member(bench->old, "devices"))
        return console_fail(&bench->console, PLOTMILL_BAD_INPUT,
                            "--compare %s: expected the output of plotmill bench --json, found something else", path);
    const char *chart = json_member(bench->old, "chart");
    const struct {
        const char *name;
        double old, now;
    } settings[] = {
        {"width", read_number(chart, "width"), bench->chart.width},
        {"height", read_number(chart, "height"), bench->chart.height},
        {"line width", read_number(chart, "line_width"), bench->chart.line_width},
        {"window", read_number(bench->old, "window"), (double)bench->window},
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (settings[i].old != settings[i].now)
            return console_fail(&bench->console, PLOTMILL_BAD_INPUT,
                                "--compare %s: its %s is %g, but this run uses %g; expected the same", path,
                                settings[i].name, settings[i].old, settings[i].now);
    return OPTIONS_GO_ON;
}

/* Images/s of the earlier result; 0: it has no such row. */
static double old_rate(const struct bench *bench, const char *device_name, const char *mode_name, uint64_t batch)
{
    const char *devices = json_member(bench->old, "devices"), *device, *mode, *row;
    for (size_t i = 0; (device = json_element(devices, i)); i++) {
        if (!json_string_is(json_member(json_member(device, "device"), "name"), device_name))
            continue;
        for (size_t k = 0; (mode = json_element(json_member(device, "modes"), k)); k++) {
            if (!json_string_is(json_member(mode, "name"), mode_name))
                continue;
            for (size_t m = 0; (row = json_element(json_member(mode, "rows"), m)); m++)
                if (read_number(row, "batch") == (double)batch)
                    return read_number(row, "images_per_second");
        }
    }
    return 0;
}

int bench_compare(FILE *out, struct bench *bench, double *lowest)
{
    size_t compared = 0;
    char *time = json_read_string(json_member(bench->old, "time"));
    char *version = json_read_string(json_member(bench->old, "plotmill"));
    fprintf(out, "\ncompared with %s of %s, plotmill %s\n  device, %-19s %8s %12s %12s %8s\n", bench->compare,
            time ? time : "", version ? version : "", "mode", "batch", "then", "now", "ratio");
    free(time);
    free(version);
    for (size_t i = 0; i < bench->device_count; i++) {
        const struct device_info *device = &bench->devices[i].device;
        for (size_t k = 0; k < bench->devices[i].mode_count; k++) {
            const struct bench_mode *mode = &bench->devices[i].modes[k];
            for (size_t m = 0; m < mode->count; m++) {
                const struct bench_row *row = &mode->rows[m];
                double then = *row->reason ? 0 : old_rate(bench, device->name, bench_mode_name(mode), row->batch);
                if (then <= 0)
                    continue;
                double ratio = row->rate / then;
                *lowest = compared++ && *lowest < ratio ? *lowest : ratio;
                fprintf(out, "  %u %-24s %8" PRIu64 " %12.0f %12.0f %8.3f\n", (unsigned)device->index,
                        bench_mode_name(mode), row->batch, then, row->rate, ratio);
            }
        }
    }
    if (!compared)
        return console_fail(&bench->console, PLOTMILL_BAD_INPUT,
                            "--compare %s: no row has the same device, mode and batch as this run", bench->compare);
    fprintf(out, "  lowest ratio: %.3f\n", *lowest);
    return OPTIONS_GO_ON;
}
