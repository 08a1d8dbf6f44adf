/* Jobs with custom callbacks on a device: the order of calls, messages after failures, warnings. */
#include <criterion/criterion.h>
#include <string.h>

#include "api/engine.h"
#include "api/measure.h"

#define SAMPLES 50

/* Every call of the embedder's sink is a letter: o w f a d. */
struct call_log {
    char calls[40];
    char failing;            /* the call that fails */
    const char *message;     /* which it leaves; NULL: none */
    enum plotmill_status as; /* what it returns */
};

static enum plotmill_status note(struct call_log *trace, char call, struct plotmill_error *error)
{
    size_t used = strlen(trace->calls);
    cr_assert(used + 1 < sizeof trace->calls);
    trace->calls[used] = call;
    if (call != trace->failing)
        return PLOTMILL_OK;
    return trace->message ? plotmill_error_set(error, trace->as, "%s", trace->message) : trace->as;
}

static enum plotmill_status open_sink(void *self, const struct dataset_info *info, struct plotmill_error *error)
{
    (void)info;
    return note(self, 'o', error);
}

static enum plotmill_status write_sink(void *self, const struct image_batch *batch, struct plotmill_error *error)
{
    (void)batch;
    return note(self, 'w', error);
}

static enum plotmill_status finish_sink(void *self, struct plotmill_error *error)
{
    return note(self, 'f', error);
}

static void abort_sink(void *self)
{
    note(self, 'a', NULL);
}

static void destroy_sink(void *self)
{
    note(self, 'd', NULL);
}

static const struct sink_ops trace_ops = {
    .open = open_sink, .write = write_sink, .finish = finish_sink, .abort = abort_sink, .destroy = destroy_sink};

/* One job's surroundings. */
struct bench {
    plotmill *pm;
    plotmill_source *source;
    plotmill_sink *sink;
    struct job_options job;
    int warnings; /* of thin lines */
};

static void count_warnings(void *user, enum plotmill_log_level level, const char *text)
{
    struct bench *bench = user;
    bench->warnings += level == PLOTMILL_LOG_WARNING && strstr(text, "a line of 0.7 px may drop pixels") != NULL;
}

static void set_up(struct bench *bench, struct call_log *trace)
{
    static double samples[SAMPLES];
    for (int i = 0; i < SAMPLES; i++)
        samples[i] = i % 7;
    *bench = (struct bench){.pm = plotmill_create()};
    plotmill_set_log(bench->pm, count_warnings, bench);
    job_options_init(&bench->job);
    bench->job.window = 10;
    bench->job.stride = 10;
    bench->job.batch = 3; /* 5 images: two batches */
    bench->job.line.width = 32;
    bench->job.line.height = 20;
    cr_assert_eq(api_source_from_array(bench->pm, samples, (struct source_shape){SAMPLES, 0}, &bench->source),
                 PLOTMILL_OK);
    cr_assert_eq(api_sink_create(bench->pm, &trace_ops, trace, &bench->sink), PLOTMILL_OK);
}

static void tear_down(struct bench *bench)
{
    plotmill_sink_destroy(bench->sink);
    plotmill_source_destroy(bench->source);
    plotmill_destroy(bench->pm);
}

static void check_job(struct call_log trace, const char *calls, const char *message)
{
    struct bench bench;
    set_up(&bench, &trace);
    /* An earlier failure: its message must not appear for this job. */
    plotmill_sink *other = NULL;
    cr_assert_eq(api_sink_create(bench.pm, NULL, NULL, &other), PLOTMILL_BAD_INPUT);
    enum plotmill_status status = api_job_run(bench.pm, bench.source, bench.sink, &bench.job, NULL);
    cr_assert_eq(status, trace.failing ? trace.as : PLOTMILL_OK, "%s: %s", plotmill_status_str(status),
                 plotmill_message(bench.pm));
    cr_assert_str_eq(plotmill_message(bench.pm), message);
    tear_down(&bench);
    cr_assert_str_eq(trace.calls, calls);
}

Test(api_job, calls_come_in_order)
{
    check_job((struct call_log){{0}}, "owwfd", "");
    check_job((struct call_log){.failing = 'o', .as = PLOTMILL_UNSUPPORTED}, "od",
              "the sink's open failed: unsupported");
    check_job((struct call_log){.failing = 'w', .as = PLOTMILL_IO_FAILED}, "owad",
              "the sink's write failed: I/O failed");
    check_job((struct call_log){.failing = 'f', .as = PLOTMILL_NO_MEMORY}, "owwfad",
              "the sink's finish failed: out of memory");
    check_job((struct call_log){.failing = 'f', .as = PLOTMILL_IO_FAILED, .message = "the disk is gone"}, "owwfad",
              "the disk is gone");
}

static enum plotmill_status read_nothing(void *self, uint64_t first, uint64_t count, double *out,
                                         struct plotmill_error *error)
{
    (void)self, (void)first, (void)count, (void)out, (void)error;
    return PLOTMILL_IO_FAILED;
}

Test(api_job, a_source_that_fails_without_a_message)
{
    static const struct source_ops ops = {.read = read_nothing};
    struct call_log trace = {{0}};
    struct bench bench;
    plotmill_source *mute = NULL;
    set_up(&bench, &trace);
    cr_assert_eq(api_source_create(bench.pm, &ops, NULL, (struct source_shape){SAMPLES, 0}, &mute), PLOTMILL_OK);
    cr_assert_eq(api_job_run(bench.pm, mute, bench.sink, &bench.job, NULL), PLOTMILL_IO_FAILED);
    cr_assert_str_eq(plotmill_message(bench.pm), "the source's read failed: I/O failed");
    cr_assert_str_eq(trace.calls, "oa");
    plotmill_source_destroy(mute);
    tear_down(&bench);
}

/* A custom source without `locate`: the message gives the number of the sample. */
Test(api_job, missing_samples_without_a_place)
{
    struct call_log trace = {{0}};
    struct bench bench;
    plotmill_source *gappy = NULL;
    static double samples[SAMPLES];
    samples[13] = 0.0 / 0.0;
    set_up(&bench, &trace);
    bench.job.line.missing = MISSING_ERROR;
    cr_assert_eq(api_source_from_array(bench.pm, samples, (struct source_shape){SAMPLES, 0}, &gappy), PLOTMILL_OK);
    cr_assert_eq(api_job_run(bench.pm, gappy, bench.sink, &bench.job, NULL), PLOTMILL_BAD_INPUT);
    cr_assert_eq(strncmp(plotmill_message(bench.pm), "sample 13 is missing", 20), 0, "%s", plotmill_message(bench.pm));
    plotmill_source_destroy(gappy);
    tear_down(&bench);
}

Test(api_job, a_sink_can_be_opened_only_once)
{
    struct call_log trace = {{0}};
    struct bench bench;
    set_up(&bench, &trace);
    bench.job.device = "no such device";
    cr_assert_eq(api_job_run(bench.pm, bench.source, bench.sink, &bench.job, NULL), PLOTMILL_NO_DEVICE);
    bench.job.device = NULL;
    bench.job.window = SAMPLES + 1;
    cr_assert_eq(api_job_run(bench.pm, bench.source, bench.sink, &bench.job, NULL), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(trace.calls, "");
    bench.job.window = 10;
    cr_assert_eq(api_job_run(bench.pm, bench.source, bench.sink, &bench.job, NULL), PLOTMILL_OK, "%s",
                 plotmill_message(bench.pm));
    cr_assert_eq(api_job_run(bench.pm, bench.source, bench.sink, &bench.job, NULL), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(bench.pm), "this sink has taken a job already: expected a new one");
    cr_assert_str_eq(trace.calls, "owwf");
    tear_down(&bench);
}

Test(api_job, thin_lines_cause_one_warning_per_call)
{
    struct call_log trace = {{0}};
    struct bench bench;
    struct job_plan plan;
    plotmill_renderer *renderer = NULL;
    set_up(&bench, &trace);
    for (int thin = 0; thin < 2; thin++) {
        bench.job.line.line_width = thin ? 0.7 : 1;
        cr_assert_eq(api_job_plan(bench.pm, bench.source, NULL, &bench.job, &plan), PLOTMILL_OK);
        cr_assert_eq(bench.warnings, thin);
        cr_assert_eq(api_renderer_open(bench.pm, &bench.job, &renderer), PLOTMILL_OK);
        cr_assert_eq(bench.warnings, 2 * thin);
        plotmill_renderer_destroy(renderer);
    }
    cr_assert_eq(api_job_run(bench.pm, bench.source, bench.sink, &bench.job, NULL), PLOTMILL_OK);
    cr_assert_eq(bench.warnings, 3);
    bench.job.line.antialias = 1;
    cr_assert_eq(api_job_plan(bench.pm, bench.source, NULL, &bench.job, &plan), PLOTMILL_OK);
    cr_assert_eq(bench.warnings, 3);
    tear_down(&bench);
}

/* Compares the memory in the plan and in the summary with the buffers that the job held. */
static void check_bytes(int antialias, const struct sink_ops *ops)
{
    struct call_log calls = {{0}};
    struct bench bench;
    struct job_plan plan;
    struct job_summary summary;
    struct trace *trace = trace_create(0);
    plotmill_sink *sink = NULL;
    uint64_t device = 0, host = 0;
    set_up(&bench, &calls);
    bench.job.line.antialias = antialias;
    cr_assert_eq(api_sink_create(bench.pm, ops, &calls, &sink), PLOTMILL_OK);
    cr_assert_eq(api_job_plan(bench.pm, bench.source, sink, &bench.job, &plan), PLOTMILL_OK);
    cr_assert_str_eq(calls.calls, "", "a plan opens no sink");
    cr_assert(plan.expected_bytes == 0 && plan.expected_seconds == 0);
    cr_assert_eq(api_job_estimate(bench.pm, bench.source, sink, &bench.job, &plan), PLOTMILL_OK);
    cr_assert_str_eq(calls.calls, "", "neither does an estimate");
    cr_assert(plan.expected_bytes > 0 && plan.expected_seconds > 0);
    cr_assert_eq(
        measure_job(bench.pm, bench.source, sink, &bench.job, &(struct measure_options){.trace = trace}, &summary),
        PLOTMILL_OK);
    const struct trace_buffer *buffers = trace->buffers;
    for (size_t i = 0; i < trace->buffer_count; i++)
        *(buffers[i].on_device ? &device : &host) += buffers[i].bytes;
    cr_assert(plan.batch == summary.batch && plan.in_flight == summary.in_flight);
    cr_assert(plan.device_bytes == device && summary.device_bytes == device, "reported %llu and %llu, found %llu",
              (unsigned long long)plan.device_bytes, (unsigned long long)summary.device_bytes,
              (unsigned long long)device);
    host += summary.in_flight * 10 * 8; /* a window's x and step_inverse */
    cr_assert(plan.host_bytes == host && summary.host_bytes == host, "reported %llu and %llu on the host, found %llu",
              (unsigned long long)plan.host_bytes, (unsigned long long)summary.host_bytes, (unsigned long long)host);
    job_summary_free(&summary);
    trace_destroy(trace);
    plotmill_sink_destroy(sink);
    tear_down(&bench);
}

Test(api_job, reported_memory_is_what_is_allocated)
{
    for (int antialias = 0; antialias < 2; antialias++)
        for (int payload = PAYLOAD_PIXELS; payload <= PAYLOAD_PNG; payload++) {
            struct sink_ops ops = trace_ops;
            ops.payload = (enum payload)payload;
            check_bytes(antialias, &ops);
            if (payload == PAYLOAD_ZLIB) {
                ops.images_per_stream = 4; /* batches of three images become batches of four */
                check_bytes(antialias, &ops);
                ops.pixels.dtype = DTYPE_F32; /* the host makes these */
                check_bytes(antialias, &ops);
            }
        }
}
