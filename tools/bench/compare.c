#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bench/bench.h"
#include "tools/common/json_tree.h"
#include "tools/common/options.h"

#define LARGEST_FILE ((size_t)64 << 20)

/* NULL, and errno: it cannot be read. */
static char *read_text(const char *path)
{
    size_t size = 0, room = 65536, got;
    FILE *file = fopen(path, "rb");
    char *text = file ? malloc(room) : NULL;
    while (text && (got = fread(text + size, 1, room - size - 1, file)) > 0) {
        size += got;
        if (size == room - 1) {
            room *= 2;
            char *grown = room <= LARGEST_FILE ? realloc(text, room) : NULL;
            if (!grown)
                free(text);
            text = grown;
        }
    }
    if (text && ferror(file)) {
        free(text);
        text = NULL;
    }
    if (text)
        text[size] = 0;
    if (file)
        fclose(file);
    return text;
}

/* What the rates hang on beside device, mode and batch. Returns the name of what differs, NULL: nothing. */
static const char *difference(const struct bench *bench, const struct json_node *old)
{
    const struct json_node *chart = json_child(old, "chart");
    if (json_child_number(chart, "width", 0) != bench->chart.width ||
        json_child_number(chart, "height", 0) != bench->chart.height)
        return "size";
    if (json_child_number(chart, "line_width", 0) != bench->chart.line_width)
        return "line width";
    return json_child_number(old, "window", 0) != (double)bench->window ? "window" : NULL;
}

static const struct json_node *find_mode(const struct json_node *old, const char *device, const char *name)
{
    const struct json_node *devices = json_child(old, "devices");
    for (size_t i = 0; devices && i < devices->count; i++) {
        const struct json_node *modes = json_child(&devices->items[i], "modes");
        if (strcmp(json_child_text(json_child(&devices->items[i], "device"), "name"), device))
            continue;
        for (size_t k = 0; modes && k < modes->count; k++)
            if (!strcmp(json_child_text(&modes->items[k], "name"), name))
                return &modes->items[k];
    }
    return NULL;
}

/* The old rate of a batch; 0: there is none. */
static double find_rate(const struct json_node *mode, uint64_t batch)
{
    const struct json_node *rows = json_child(mode, "rows");
    for (size_t i = 0; rows && i < rows->count; i++)
        if (json_child_number(&rows->items[i], "batch", 0) == (double)batch)
            return json_child_number(&rows->items[i], "images_per_second", 0);
    return 0;
}

/* Rows that both have. */
static size_t compare_mode(FILE *out, const struct bench_device *device, const struct bench_mode *mode,
                           const struct json_node *old, double *least)
{
    size_t compared = 0;
    const char *name = bench_mode_name(mode->antialias, mode->payload);
    const struct json_node *before = find_mode(old, device->device.name, name);
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

static size_t compare_all(FILE *out, const struct bench *bench, const struct json_node *old, const char *path,
                          double *least)
{
    size_t compared = 0;
    fprintf(out, "\nagainst %s, of %s, plotmill %s\n", path, json_child_text(old, "time"),
            json_child_text(old, "plotmill"));
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
    char *text = read_text(path);
    if (!text)
        return console_fail(console, PLOTMILL_BAD_INPUT, "--compare %s: %s", path, strerror(errno));
    bench->old = json_tree(text);
    free(text);
    const char *differs = bench->old ? difference(bench, bench->old) : NULL;
    if (!bench->old || !json_child(bench->old, "devices"))
        return console_fail(console, PLOTMILL_BAD_INPUT,
                            "--compare %s: expected what plotmill bench --json prints, found something else", path);
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
