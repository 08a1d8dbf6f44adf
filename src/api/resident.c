/* The series of a renderer: on the device, or on the host where it is too large for that. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/renderer.h"
#include "base/strings.h"
#include "base/try.h"
#include "chart/expression.h"
#include "job/field_counts.h"
#include "job/queue.h"
#include "source/frame.h"
#include "source/source.h"

/* The most of the device's memory that a series may take. */
#define MEMORY_SHARE 4

/* Samples read by one call of the source. */
#define READ_SAMPLES ((uint64_t)1 << 20)

/* Runs of missing samples whose place is kept: the source may be gone when an image shows one. */
#define PLACES_MAX 1000

void resident_free(struct resident *resident)
{
    series_destroy(&resident->series);
    for (size_t i = 0; i < resident->run_count; i++)
        free(resident->runs[i].place);
    free(resident->runs);
    free(resident->owned);
    free(resident->ranges);
    free(resident->breaks);
    windows_free(&resident->windows);
    *resident = (struct resident){0};
}

static enum plotmill_status read_all(const struct source *source, double *out, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const uint64_t samples = source->shape.samples, fields = source_fields(source->shape);
    for (uint64_t first = 0; first < samples && !status; first += READ_SAMPLES) {
        const uint64_t left = samples - first, count = left < READ_SAMPLES ? left : READ_SAMPLES;
        status = name_failure(source->ops->read(source->self, first, count, out + first * fields, error),
                              "the source's read", error);
    }
    return status;
}

static enum plotmill_status add_run(struct resident *r, size_t *room, uint64_t first, struct check check,
                                    const struct source *source, struct plotmill_error *error)
{
    if (r->run_count == *room) {
        const size_t larger = *room ? 2 * *room : 64;
        struct missing_run *runs = realloc(r->runs, larger * sizeof *runs);
        if (!runs)
            return plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory for a list of missing samples");
        r->runs = runs;
        *room = larger;
    }
    char place[512] = "";
    if (source->ops->locate && r->run_count < PLACES_MAX)
        source->ops->locate(source->self, first, place, sizeof place);
    r->runs[r->run_count++] = (struct missing_run){first, first, check, *place ? string_copy(place) : NULL};
    return PLOTMILL_OK;
}

/* Lists the samples that lack a value; refuses those that fail another check. */
static enum plotmill_status check_samples(struct resident *r, const struct checks *checks, const struct source *source,
                                          struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const uint32_t fields = source_fields(r->shape);
    size_t room = 0;
    for (uint64_t i = 0; checks->count && i < r->shape.samples; i++) {
        const double *values = r->host + i * fields;
        const struct check *failed = NULL;
        for (size_t k = 0; k < checks->count && !failed; k++)
            if (check_fails(&checks->list[k], &r->shape, i, values))
                failed = &checks->list[k];
        if (!failed || !windows_fit(r->shape, i / r->windows.unit, 1))
            continue;
        if (failed->kind != CHECK_PRESENT)
            TRY(checks_run(checks, source, i, 1, values, error));
        struct missing_run *last = r->run_count ? &r->runs[r->run_count - 1] : NULL;
        if (last && last->last + 1 == i && last->check.field == failed->field)
            last->last = i;
        else
            TRY(add_run(r, &room, i, *failed, source, error));
    }
done:
    return status;
}

enum plotmill_status resident_check_missing(const plotmill_renderer *renderer, const uint64_t *starts, uint64_t count,
                                            struct plotmill_error *error)
{
    const struct resident *resident = &renderer->resident;
    for (uint64_t k = 0; k < count && resident->run_count; k++) {
        size_t low = 0, high = resident->run_count; /* the first run that ends at the start or later */
        while (low < high) {
            const size_t middle = low + (high - low) / 2;
            if (resident->runs[middle].last < starts[k])
                low = middle + 1;
            else
                high = middle;
        }
        const struct missing_run *run = &resident->runs[low];
        if (low == resident->run_count || run->first >= starts[k] + resident->window)
            continue;
        const uint64_t sample = run->first < starts[k] ? starts[k] : run->first;
        const char *place = sample == run->first && run->place ? run->place : "";
        return check_refuse(&run->check, renderer->chart, place, sample, NULL, error);
    }
    return PLOTMILL_OK;
}

/* Puts r->host on the device. Leaves r->series empty where it does not fit. */
static enum plotmill_status put_on_device(struct resident *r, struct compute *compute, bool bridge,
                                          struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct device_info *device = compute_device(compute);
    const uint64_t samples = r->shape.samples * source_fields(r->shape), bytes = samples * sizeof(double);
    const bool shared = device->type == DEVICE_TYPE_CPU, gaps = bridge && samples_any_missing(r->host, (size_t)samples);
    const uint64_t needed = (shared ? 0 : bytes) + (gaps ? bytes : 0);
    uint32_t *neighbours = NULL;
    if ((device->max_allocation && bytes > device->max_allocation) ||
        (device->memory && needed > device->memory / MEMORY_SHARE))
        return PLOTMILL_OK;
    TRY(shared ? buffer_create_over(&r->series.samples, compute, (void *)r->host, (size_t)bytes, false, error)
               : buffer_create(&r->series.samples, compute, (size_t)bytes, BUFFER_PLAIN, error));
    if (!shared)
        TRY(buffer_write(r->series.samples, 0, r->host, (size_t)bytes, error));
    if (gaps) {
        TRY_ALLOCATE(error, neighbours, samples, 2 * sizeof *neighbours);
        samples_find_neighbours(r->host, (size_t)r->shape.samples, source_fields(r->shape), neighbours);
        TRY(buffer_create(&r->series.neighbours, compute, (size_t)bytes, BUFFER_PLAIN, error));
        TRY(buffer_write(r->series.neighbours, 0, neighbours, (size_t)bytes, error));
    }
done:
    free(neighbours);
    if (status)
        series_destroy(&r->series);
    return status;
}

/* Copies what belongs to the source. */
static enum plotmill_status plan_windows(const plotmill_renderer *renderer, const struct source *source,
                                         struct resident *r)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct plotmill_error *error = &renderer->pm->error;
    const struct window_rule rule = {renderer->job.window, renderer->job.stride, 0};
    const struct source_shape *shape = &source->shape;
    TRY(windows_plan(&r->windows, *shape, &rule, error));
    r->shape = *shape;
    if (shape->range_count) {
        TRY_ALLOCATE(error, r->ranges, shape->range_count, sizeof *r->ranges);
        memcpy(r->ranges, shape->ranges, shape->range_count * sizeof *r->ranges);
        r->shape.ranges = r->ranges;
    }
    if (shape->break_count) {
        TRY_ALLOCATE(error, r->breaks, shape->break_count, sizeof *r->breaks);
        memcpy(r->breaks, shape->breaks, shape->break_count * sizeof *r->breaks);
        r->shape.breaks = r->breaks;
    }
done:
    return status;
}

/* Warns of fields that are mostly missing or constant: once, since a loop may load one batch after another. Not of
 * averages and the like, which are missing where groups begin. */
static enum plotmill_status report_fields(plotmill_renderer *renderer, const struct resident *r)
{
    enum plotmill_status status = PLOTMILL_OK;
    const uint32_t count = renderer->chart->field_count;
    struct expression expression = {0};
    struct field_counts *counts = NULL;
    if (renderer->reported)
        return PLOTMILL_OK;
    TRY(field_counts_create(&counts, renderer->chart, &renderer->pm->error));
    field_counts_add(counts, count, r->host, r->shape.samples);
    for (uint32_t i = 0; i < count; i++) {
        TRY(expression_parse(&expression, renderer->chart->fields[i], &renderer->pm->error));
        if (!expression_is_field(&expression))
            counts[i].samples = counts[i].missing = 0;
        expression_free(&expression);
    }
    field_counts_report(counts, count, &renderer->pm->log);
    renderer->reported = true;
done:
    field_counts_free(counts, count);
    return status;
}

enum plotmill_status resident_load(plotmill_renderer *renderer, plotmill_source *source)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct plotmill_error *error = &renderer->pm->error;
    struct resident r = {0};
    const bool is_cpu = compute_device(renderer->device->compute)->type == DEVICE_TYPE_CPU;
    struct source frame = {0};
    struct checks checks = {0};
    TRY(api_source_window(renderer->pm, source, "the source", renderer->job.window, &r.window));
    TRY(renderer_make_chart(renderer, r.window, renderer->made_copies));
    TRY(name_failure(frame_open(&frame, &source->source, renderer->chart, error), "the source's read", error));
    const double *array = frame.array;
    TRY(checks_init(&checks, renderer->chart, error));
    TRY(plan_windows(renderer, &frame, &r));
    r.host = is_cpu && array && (uintptr_t)array % sizeof *array == 0 ? array : NULL;
    if (!r.host) {
        TRY_ALLOCATE(error, r.owned, r.shape.samples, source_fields(r.shape) * sizeof *r.owned);
        TRY(read_all(&frame, r.owned, error));
        r.host = r.owned;
    }
    TRY(check_samples(&r, &checks, &frame, error));
    TRY(report_fields(renderer, &r));
    status = put_on_device(&r, renderer->queues[0], chart_has_missing(renderer->chart, MISSING_BRIDGE), error);
    if (status == PLOTMILL_NO_MEMORY && !renderer->engines[0]) /* it stays on the host */
        status = PLOTMILL_OK;
    TRY(status);
    clear_message(renderer->pm);
    if (r.series.samples && !is_cpu) {
        free(r.owned);
        r.owned = NULL;
        r.host = NULL;
    }
    if (!r.series.samples)
        log_line(&renderer->pm->log, PLOTMILL_LOG_DETAIL,
                 "the series of %llu samples stays on the host: it is too large for the device",
                 (unsigned long long)r.shape.samples);
    r.loaded = true;
    renderer->resident = r;
done:
    checks_free(&checks);
    source_close(&frame);
    if (status)
        resident_free(&r);
    return status;
}
