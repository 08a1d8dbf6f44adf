#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/bench/bench.h"
#include "tools/common/text.h"

const uint64_t bench_jobs[BENCH_JOBS] = {1000, 85000, 100000, 500000, 1000000, 10000000, 40000000};

double bench_job_seconds(const struct bench_mode *mode, uint64_t images)
{
    const struct bench_row *best = &mode->rows[mode->best];
    return best->setup_seconds + (double)images / best->rate;
}

const char *bench_mode_name(int antialias, enum plotmill_payload payload)
{
    if (payload == PLOTMILL_PAYLOAD_PIXELS)
        return antialias ? "pixels, antialiased" : "pixels";
    return antialias ? "streams, antialiased" : "streams";
}

static double image_bytes(const struct bench *bench)
{
    return (double)bench->chart.width * bench->chart.height;
}

static void print_device(FILE *out, const struct bench *bench, const struct bench_device *device)
{
    char memory[32];
    const struct plotmill_device *d = &device->device;
    text_bytes(d->memory, memory, sizeof memory);
    fprintf(out, "device %u: %s\n", (unsigned)d->index, d->name);
    fprintf(out, "  %s, %s, driver %s, %u units, %s\n", text_device_type(d->type), d->platform, d->driver,
            (unsigned)d->compute_units, memory);
    fprintf(out, "  images of %ux%u, line %g px, windows of %" PRIu64 " samples; plotmill %s\n",
            (unsigned)bench->chart.width, (unsigned)bench->chart.height, bench->chart.line_width, bench->window,
            plotmill_version());
    fprintf(out, "  fills memory at %.2f GB/s, %.0f such images/s\n", 1e-9 * device->fill,
            device->fill / image_bytes(bench));
}

static void print_row(FILE *out, const struct bench *bench, const struct bench_mode *mode, size_t i)
{
    const struct bench_row *row = &mode->rows[i];
    const double bytes = row->stream_bytes > 0 ? row->stream_bytes : image_bytes(bench);
    char memory[32];
    if (*row->why) {
        fprintf(out, "  %7" PRIu64 "   %s\n", row->batch, row->why);
        return;
    }
    text_bytes(row->device_bytes + row->host_bytes, memory, sizeof memory);
    fprintf(out, "  %7" PRIu64 " %c %11.0f %9.3f %9.2f %12s %8u %10.0f %9.2f\n", row->batch,
            i == mode->knee ? '*' : ' ', row->rate, 1e-9 * bytes * row->rate,
            row->rate * image_bytes(bench) / mode->fill, memory, (unsigned)row->in_flight, bytes, row->setup_seconds);
}

static const struct bench_row *measured(const struct bench_mode *mode, uint64_t batch)
{
    for (size_t i = 0; i < mode->count; i++)
        if (mode->rows[i].batch == batch && !*mode->rows[i].why)
            return &mode->rows[i];
    return NULL;
}

static void print_knee(FILE *out, const struct bench_mode *mode)
{
    const struct bench_row *single = measured(mode, 1);
    if (mode->knee == mode->count)
        return;
    const struct bench_row *knee = &mode->rows[mode->knee];
    fprintf(out, "  * the knee: larger batches bring less than 5%%");
    if (single && single != knee)
        fprintf(out, "; %.2f times as fast as single images", knee->rate / single->rate);
    fputc('\n', out);
}

/* The first row that has stages names them; later ones look them up. */
static double stage_seconds(const struct bench_row *row, const char *name)
{
    for (size_t i = 0; i < row->stage_count; i++)
        if (!strcmp(row->stages[i].name, name))
            return row->stages[i].seconds;
    return 0;
}

static void print_line(FILE *out, const struct bench_mode *mode, const char *name,
                       double (*value)(const struct bench_row *row, const char *name))
{
    fprintf(out, "  %-24s", name);
    for (size_t i = 0; i < mode->count; i++)
        if (!*mode->rows[i].why)
            fprintf(out, " %10.2f", 1e6 * value(&mode->rows[i], name));
    fputc('\n', out);
}

static double between(const struct bench_row *row, const char *name)
{
    (void)name;
    return row->between;
}

static double sum(const struct bench_row *row, const char *name)
{
    double all = between(row, name);
    for (size_t i = 0; i < row->stage_count; i++)
        all += row->stages[i].seconds;
    return all;
}

static double by_clock(const struct bench_row *row, const char *name)
{
    (void)name;
    return row->alone;
}

static void print_stages(FILE *out, const struct bench_mode *mode)
{
    if (mode->best == mode->count)
        return;
    const struct bench_row *first = &mode->rows[mode->best];
    fprintf(out, "  one batch at a time, us an image, batch");
    for (size_t i = 0; i < mode->count; i++)
        if (!*mode->rows[i].why)
            fprintf(out, " %s%" PRIu64, i ? "| " : "", mode->rows[i].batch);
    fputc('\n', out);
    if (!first->stage_count)
        fputs("  (the driver tells no times of kernels)\n", out);
    for (size_t i = 0; i < first->stage_count; i++)
        print_line(out, mode, first->stages[i].name, stage_seconds);
    print_line(out, mode, "between them, the host", between);
    print_line(out, mode, "sum", sum);
    print_line(out, mode, "by the clock", by_clock);
}

static void print_mode(FILE *out, const struct bench *bench, const struct bench_mode *mode)
{
    fprintf(out, "\n%s\n", bench_mode_name(mode->antialias, mode->payload));
    fprintf(out, "  %7s   %11s %9s %9s %12s %8s %10s %9s\n", "batch", "images/s", "GB/s", "of fill", "memory",
            "at once", "B/image", "start, s");
    for (size_t i = 0; i < mode->count; i++)
        print_row(out, bench, mode, i);
    print_knee(out, mode);
    print_stages(out, mode);
}

static void print_duration(FILE *out, double seconds)
{
    char text[32];
    if (seconds < 100)
        snprintf(text, sizeof text, "%.1f s", seconds);
    else if (seconds < 6000)
        snprintf(text, sizeof text, "%.1f min", seconds / 60);
    else if (seconds < 360000)
        snprintf(text, sizeof text, "%.1f h", seconds / 3600);
    else
        snprintf(text, sizeof text, "%.1f days", seconds / 86400);
    fprintf(out, " %20s", text);
}

static void print_estimates(FILE *out, const struct bench_device *device)
{
    fprintf(out, "\ntime at the best rate, start included, writing aside\n  %-12s", "images");
    for (size_t k = 0; k < device->mode_count; k++)
        fprintf(out, " %20s", bench_mode_name(device->modes[k].antialias, device->modes[k].payload));
    fputc('\n', out);
    for (int i = 0; i < BENCH_JOBS; i++) {
        fprintf(out, "  %-12" PRIu64, bench_jobs[i]);
        for (size_t k = 0; k < device->mode_count; k++) {
            const struct bench_mode *mode = &device->modes[k];
            if (mode->best == mode->count)
                fprintf(out, " %20s", "-");
            else
                print_duration(out, bench_job_seconds(mode, bench_jobs[i]));
        }
        fputc('\n', out);
    }
}

static void print_ablations(FILE *out, const struct bench_device *device)
{
    if (!device->ablation_count)
        return;
    fprintf(out, "\n%-24s %-22s %8s %12s %12s %8s\n", "without", "in", "batch", "with", "without", "brings");
    for (size_t i = 0; i < device->ablation_count; i++) {
        const struct bench_ablation *a = &device->ablations[i];
        const int starts = !strcmp(a->part, "cache of kernels");
        fprintf(out, "  %-22s %-22s %8" PRIu64, a->part, bench_mode_name(a->antialias, a->payload), a->batch);
        if (a->not_applied)
            fprintf(out, " %s\n", a->not_applied);
        else if (starts)
            fprintf(out, " %10.2f s %10.2f s %7.2fx\n", a->with, a->without, a->with > 0 ? a->without / a->with : 0);
        else
            fprintf(out, " %10.0f/s %10.0f/s %7.2fx\n", a->with, a->without, a->without > 0 ? a->with / a->without : 0);
    }
}

static void print_devices(FILE *out, const struct bench *bench)
{
    fprintf(out, "\n%-40s", "best, images/s");
    const struct bench_device *first = &bench->devices[0];
    for (size_t k = 0; k < first->mode_count; k++)
        fprintf(out, " %20s", bench_mode_name(first->modes[k].antialias, first->modes[k].payload));
    fputc('\n', out);
    for (size_t i = 0; i < bench->device_count; i++) {
        const struct bench_device *device = &bench->devices[i];
        fprintf(out, "  %u: %-35.35s", (unsigned)device->device.index, device->device.name);
        for (size_t k = 0; k < device->mode_count; k++) {
            const struct bench_mode *mode = &device->modes[k];
            fprintf(out, " %20.0f", mode->best < mode->count ? mode->rows[mode->best].rate : 0);
        }
        fputc('\n', out);
    }
}

void bench_print(FILE *out, const struct bench *bench)
{
    for (size_t i = 0; i < bench->device_count; i++) {
        const struct bench_device *device = &bench->devices[i];
        if (i)
            fputc('\n', out);
        print_device(out, bench, device);
        for (size_t k = 0; k < device->mode_count; k++)
            print_mode(out, bench, &device->modes[k]);
        print_estimates(out, device);
        print_ablations(out, device);
    }
    if (bench->device_count > 1)
        print_devices(out, bench);
}
