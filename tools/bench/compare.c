#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/os.h"
#include "tools/bench/bench.h"
#include "tools/common/options.h"

static double number_of(const char *object, const char *name)
{
    return json_read_number(json_member(object, name), 0);
}

/* What the rates hang on beside device, mode and batch. Returns the name of what differs, NULL: nothing. */
static const char *difference(const struct bench *bench, const char *old)
{
    const char *chart = json_member(old, "chart");
    if (number_of(chart, "width") != bench->chart.width || number_of(chart, "height") != bench->chart.height)
        return "size";
    if (number_of(chart, "line_width") != bench->chart.line_width)
        return "line width";
    return number_of(old, "window") != (double)bench->window ? "window" : NULL;
}

static const char *find_mode(const char *old, const char *device_name, const char *name)
{
    const char *devices = json_member(old, "devices"), *device, *mode;
    for (size_t i = 0; (device = json_element(devices, i)); i++) {
        if (!json_string_is(json_member(json_member(device, "device"), "name"), device_name))
            continue;
        for (size_t k = 0; (mode = json_element(json_member(device, "modes"), k)); k++)
            if (json_string_is(json_member(mode, "name"), name))
                return mode;
    }
    return NULL;
}

/* The old rate of a batch; 0: there is none. */
static double find_rate(const char *mode, uint64_t batch)
{
    const char *rows = json_member(mode, "rows"), *row;
    for (size_t i = 0; (row = json_element(rows, i)); i++)
        if (number_of(row, "batch") == (double)batch)
            return number_of(row, "images_per_second");
    return 0;
}

/* Rows that both have. */
static size_t compare_mode(FILE *out, const struct bench_device *device, const struct bench_mode *mode, const char *old,
                           double *least)
{
    size_t compared = 0;
    const char *name = bench_mode_name(mode->antialias, mode->payload);
    const char *before = find_mode(old, device->device.name, name);
    for (size_t i = 0; i < mode->count; i++) {
        const struct bench_row *row = &mode->rows[i];
        double rate = find_rate(before, row->batch);
        if (*row->why || rate <= 0)
            continue;
        double ratio = row->rate / rate;
        *least = compared + (size_t)(*least > 0) && *least < ratio ? *least : ratio;
        fprintf(out, "  %u %-24s %8" PRIu64 " %12.0f %12.0f %8.3f\n", (unsigned)device->device.index, name, row->batch,
                rate, row->rate, ratio);
        compared++;
    }
    return compared;
}

static size_t compare_all(FILE *out, const struct bench *bench, const char *old, const char *path, double *least)
{
    size_t compared = 0;
    char *time = json_read_string(json_member(old, "time")), *version = json_read_string(json_member(old, "plotmill"));
    fprintf(out, "\nagainst %s, of %s, plotmill %s\n", path, time ? time : "", version ? version : "");
    free(time);
    free(version);
    fprintf(out, "  device, %-19s %8s %12s %12s %8s\n", "mode", "batch", "then", "now", "ratio");
    for (size_t i = 0; i < bench->device_count; i++)
        for (size_t k = 0; k < bench->devices[i].mode_count; k++)
            compared += compare_mode(out, &bench->devices[i], &bench->devices[i].modes[k], old, least);
    if (compared)
        fprintf(out, "  the least ratio: %.3f\n", *least);
    return compared;
}

int bench_read_old(struct bench *bench, const char *path)
{
    struct console *console = bench->console;
    size_t size;
    bench->old = (char *)os_read_file(path, &size);
    if (!bench->old)
        return console_fail(console, PLOTMILL_BAD_INPUT, "--compare %s: %s", path, strerror(errno));
    if (!json_is_object(bench->old) || !json_member(bench->old, "devices"))
        return console_fail(console, PLOTMILL_BAD_INPUT,
                            "--compare %s: expected what plotmill bench --json prints, found something else", path);
    const char *differs = difference(bench, bench->old);
    if (differs)
        return console_fail(console, PLOTMILL_BAD_INPUT, "--compare %s: was measured with another %s", path, differs);
    return OPTIONS_GO_ON;
}

int bench_compare(FILE *out, const struct bench *bench, const char *path, double *least)
{
    *least = 0;
    if (compare_all(out, bench, bench->old, path, least))
        return OPTIONS_GO_ON;
    return console_fail(bench->console, PLOTMILL_BAD_INPUT,
                        "--compare %s: has no row of this device, these modes and batches", path);
}
