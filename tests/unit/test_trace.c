/* src/base/trace: sums, limits, and what a job records on every device. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "api/engine.h"
#include "api/measure.h"
#include "base/os.h"
#include "base/thread.h"
#include "base/trace.h"

static void busy(double seconds)
{
    for (double end = os_seconds() + seconds; os_seconds() < end;)
        ;
}

static double sum_of(const struct trace_track *track)
{
    double sum = 0;
    for (size_t i = 0; i < track->stage_count; i++)
        sum += track->stages[i].seconds;
    return sum;
}

static const struct track_stage *stage_of(const struct trace_track *track, const char *name)
{
    for (size_t i = 0; i < track->stage_count; i++)
        if (!strcmp(track->stages[i].name, name))
            return &track->stages[i];
    return NULL;
}

Test(trace, stages_add_up)
{
    struct trace *trace = trace_create(100);
    trace_begin(trace);
    trace_attach(trace_add(trace, TRACK_WORKER, 3));
    busy(0.002);
    enum trace_stage outer = trace_switch(TRACE_READ);
    cr_assert_eq(outer, TRACE_OTHER);
    trace_batch(7, 5);
    busy(0.004);
    enum trace_stage inner = trace_switch(TRACE_ENCODE);
    cr_assert_eq(inner, TRACE_READ);
    busy(0.003);
    trace_switch(inner);
    busy(0.001);
    trace_switch(outer);
    trace_detach();
    trace_end(trace);
    const struct trace_track *track = trace->tracks[0];
    cr_assert_eq(trace->track_count, 1);
    cr_assert_eq(track->device, 3);
    cr_assert_float_eq(sum_of(track), track->end, 1e-9);
    cr_assert_leq(track->end, trace->seconds);
    cr_assert_eq(stage_of(track, "read")->count, 2);
    cr_assert_geq(stage_of(track, "read")->seconds, 0.005);
    cr_assert_geq(stage_of(track, "read")->longest, 0.004);
    cr_assert_geq(stage_of(track, "encode")->seconds, 0.003);
    cr_assert_eq(track->interval_count, 7); /* idle before and after */
    for (size_t i = 1; i < track->interval_count; i++) {
        cr_assert_eq(track->intervals[i].begin, track->intervals[i - 1].end, "interval %zu does not follow", i);
        cr_assert_eq(track->intervals[i].first, i < 2 ? 0 : 7);
        cr_assert_eq(track->intervals[i].images, i < 2 ? 0 : 5);
    }
    trace_destroy(trace);
}

Test(trace, only_intervals_are_limited)
{
    struct trace *trace = trace_create(10);
    trace_begin(trace);
    trace_attach(trace_add(trace, TRACK_WORKER, 0));
    for (int i = 0; i < 1000; i++)
        trace_switch(i % 2 ? TRACE_READ : TRACE_WAIT_SINK);
    trace_detach();
    trace_end(trace);
    const struct trace_track *track = trace->tracks[0];
    cr_assert_eq(track->interval_count, 10);
    cr_assert_eq(track->dropped, 993);
    cr_assert_eq(stage_of(track, "read")->count, 500);
    cr_assert(stage_of(track, "wait for the sink")->waits);
    cr_assert_not(stage_of(track, "read")->waits);
    trace_destroy(trace);
}

Test(trace, counts_only_between_begin_and_end)
{
    struct trace *trace = trace_create(10);
    struct trace_track *track = trace_add(trace, TRACK_QUEUE, 0);
    double before = os_seconds();
    trace_note(track, &(struct track_interval){.name = "stamp", .begin = before, .end = before + 1}, 0);
    trace_attach(track);
    cr_assert_eq(trace_switch(TRACE_READ), TRACE_READ);
    trace_detach();
    trace_begin(trace);
    trace_note(track, &(struct track_interval){.name = "stamp", .begin = before, .end = before + 1}, 0);
    double now = os_seconds();
    trace_note(track, &(struct track_interval){.name = "upload", .begin = now, .end = now + 0.5}, 12);
    trace_note(track, &(struct track_interval){.name = "upload", .begin = now + 1, .end = now + 1.25}, 30);
    trace_end(trace);
    const struct trace_track *shown = trace->tracks[0];
    cr_assert_eq(shown->stage_count, 1);
    cr_assert_eq(shown->stages[0].bytes, 42);
    cr_assert_float_eq(shown->stages[0].seconds, 0.75, 1e-6);
    trace_reset(trace);
    cr_assert_eq(trace->track_count, 0);
    trace_destroy(trace);
    trace_begin(NULL);
    trace_end(NULL);
    trace_attach(NULL);
    trace_memory(NULL, "pixels", true, 1, 1);
    cr_assert_null(trace_add(NULL, TRACK_WORKER, 0));
    trace_destroy(NULL);
}

Test(trace, track_numbers_and_buffers)
{
    struct trace *trace = trace_create(10);
    for (uint32_t i = 0; i < 6; i++)
        trace_add(trace, i % 2 ? TRACK_WORKER : TRACK_QUEUE, i / 4);
    const uint32_t numbers[] = {0, 0, 1, 1, 0, 0};
    for (uint32_t i = 0; i < 6; i++)
        cr_assert_eq(trace->tracks[i]->number, numbers[i]);
    trace_memory(trace, "pixels", true, 1, 100);
    trace_memory(trace, "pixels", false, 1, 10);
    trace_memory(trace, "pixels", true, 2, 50);
    const struct trace_buffer *buffers = trace->buffers;
    cr_assert_eq(trace->buffer_count, 2);
    cr_assert_eq(buffers[0].bytes, 150);
    cr_assert_eq(buffers[0].count, 3);
    cr_assert_not(buffers[1].on_device);
    trace_destroy(trace);
}

static void encode_something(void *user)
{
    trace_attach_encoder(user);
    trace_attach_encoder(user);
    enum trace_stage before = trace_switch(TRACE_WRITE);
    cr_assert_eq(before, TRACE_IDLE);
    busy(0.002);
    trace_switch(before);
}

Test(trace, encoders_are_idle_between_calls)
{
    struct trace *trace = trace_create(10);
    struct plotmill_error error;
    struct thread thread;
    trace_begin(trace);
    busy(0.002);
    cr_assert_eq(thread_start(&thread, encode_something, trace, &error), PLOTMILL_OK);
    thread_join(&thread);
    busy(0.002);
    trace_end(trace);
    const struct trace_track *track = trace->tracks[0];
    cr_assert_eq(trace->track_count, 1);
    cr_assert_eq(track->kind, TRACK_ENCODER);
    cr_assert_float_eq(sum_of(track), trace->seconds, 1e-9);
    cr_assert_geq(stage_of(track, "idle")->seconds, 0.004);
    cr_assert_geq(stage_of(track, "write")->seconds, 0.002);
    trace_destroy(trace);
}

/* A job on every device: stages of threads add up, intervals lie within the job. */
static double walk[4000];

static void check_track(const struct trace_track *track, double seconds)
{
    if (!track->stage_count)
        return;
    if (track->kind != TRACK_QUEUE)
        cr_assert_float_eq(sum_of(track), track->end, 1e-6);
    cr_assert_leq(sum_of(track), seconds * 1.05 + 1e-3);
    for (size_t i = 0; i < track->interval_count; i++) {
        const struct track_interval *at = &track->intervals[i];
        cr_assert_leq(at->begin, at->end);
        cr_assert_geq(at->begin, -1e-3, "%s begins before the job", at->name);
        cr_assert_leq(at->end, seconds + 1e-3, "%s ends after the job: %g", at->name, at->end);
    }
}

static void check_kernels(const struct trace *trace, uint64_t batches)
{
    uint64_t stamps = 0, uploads = 0, bytes = 0;
    for (size_t i = 0; i < trace->track_count; i++) {
        const struct trace_track *track = trace->tracks[i];
        const struct track_stage *stamp = stage_of(track, "stamp"), *upload = stage_of(track, "upload");
        stamps += stamp ? stamp->count : 0;
        uploads += upload && track->kind == TRACK_QUEUE ? upload->count : 0;
        bytes += upload ? upload->bytes : 0;
    }
    if (!stamps) /* a driver without profiling */
        return;
    cr_assert_eq(stamps, batches);
    cr_assert_eq(uploads, batches);
    cr_assert_eq(bytes, 8 * (3901 + 99 * batches));
}

static void run_job(plotmill *pm, const char *device, uint32_t without)
{
    struct trace *trace;
    plotmill_source *source;
    plotmill_sink *sink;
    struct job_options job;
    struct job_summary summary;
    job_options_init(&job);
    job.device = device;
    job.window = 100;
    job.batch = 256;
    job.line.width = 64;
    job.line.height = 40;
    trace = trace_create(5000);
    cr_assert_eq(api_source_from_array(pm, walk, (struct source_shape){4000, 0}, &source), PLOTMILL_OK);
    cr_assert_eq(api_sink_open(pm, "null:", NULL, &sink), PLOTMILL_OK);
    cr_assert_eq(measure_job(pm, source, sink, &job, &(struct measure_options){trace, without}, &summary), PLOTMILL_OK,
                 "%s", plotmill_message(pm));
    double seconds = trace->seconds;
    cr_assert_gt(seconds, 0);
    cr_assert_leq(seconds, summary.seconds + 1e-3);
    for (size_t i = 0; i < trace->track_count; i++)
        check_track(trace->tracks[i], seconds);
    check_kernels(trace, 16); /* 3901 windows */
    if (without & MEASURE_WITHOUT_OVERLAP)
        cr_assert_eq(summary.in_flight, 1);
    const struct trace_buffer *pixels = trace->buffers;
    while (strcmp(pixels->name, "pixels") && pixels < trace->buffers + trace->buffer_count)
        pixels++;
    cr_assert_eq(pixels->bytes, summary.in_flight * 256 * 64 * 40);
    job_summary_free(&summary);
    plotmill_sink_destroy(sink);
    plotmill_source_destroy(source);
    trace_destroy(trace);
}

Test(trace, a_job_on_every_device)
{
    plotmill *pm = plotmill_create();
    struct device_info *devices;
    size_t count;
    for (int i = 1; i < 4000; i++)
        walk[i] = walk[i - 1] + sin(i * i);
    cr_assert_eq(api_devices(pm, &devices, &count), PLOTMILL_OK);
    for (size_t i = 0; i < count; i++) {
        char text[16];
        snprintf(text, sizeof text, "%u", (unsigned)devices[i].index);
        run_job(pm, text, 0);
        run_job(pm, text, MEASURE_WITHOUT_OVERLAP | MEASURE_WITHOUT_PINNING);
    }
    api_devices_free(devices);
    plotmill_destroy(pm);
}

Test(trace, fill_rate)
{
    plotmill *pm = plotmill_create();
    struct chart_options chart;
    double rate = 0;
    chart_options_init(&chart);
    cr_assert_eq(measure_fill_rate(pm, NULL, 100, &chart, 0.05, &rate), PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert(rate > 1e7 && rate < 1e14, "%g bytes a second", rate);
    cr_assert_eq(measure_fill_rate(pm, NULL, 1, &chart, 0.05, &rate), PLOTMILL_BAD_INPUT);
    cr_assert_eq(measure_fill_rate(pm, "no such device", 100, &chart, 0.05, &rate), PLOTMILL_NO_DEVICE);
    plotmill_destroy(pm);
}

Test(trace, a_process_holds_memory)
{
    cr_assert_leq(os_free_memory(), os_memory());
    cr_assert_gt(os_peak_memory(), 100000);
    cr_assert_lt(os_peak_memory(), os_memory());
}
