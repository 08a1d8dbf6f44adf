/* How fast plotmill_render draws shuffled windows of a resident series into the caller's memory, compared with a job
 * over the same series that stores nothing (`plotmill render -o null:`).
 *
 *     bench/resident [--device TEXT] [--size WxH] [--window T] [--line-width W] [--antialias] [--count 256]
 *                    [--calls 1000] [--rounds 15]
 *
 * Each round runs its part of the calls and then a job, in turn. Printed are the medians and the median of call rate /
 * job rate with its 95 % interval by bootstrap over the rounds. Before that, what the first calls of renderers with
 * other sizes, windows and starts take, which must not compile anything. Run it on an idle machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/engine.h"
#include "base/os.h"
#include "base/try.h"

#define ROUNDS_MAX 200
#define REPEATS 10000
#define JOB_IMAGES 200000

struct arguments {
    struct job_options job;
    uint64_t count, calls;
    int rounds;
};

struct bench {
    plotmill *pm;
    plotmill_source *source;
    plotmill_renderer *renderer;
    double *series;
    uint64_t samples;
    uint64_t *starts;
    uint8_t *out;
    const struct arguments *arguments;
};

static uint64_t next_random(void)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const double *values, int count)
{
    double sorted[ROUNDS_MAX];
    memcpy(sorted, values, (size_t)count * sizeof *sorted);
    qsort(sorted, (size_t)count, sizeof *sorted, compare_doubles);
    return count % 2 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}

static void interval(const double *values, int count, double *low, double *high)
{
    static double medians[REPEATS];
    double drawn[ROUNDS_MAX];
    for (int i = 0; i < REPEATS; i++) {
        for (int k = 0; k < count; k++)
            drawn[k] = values[next_random() % (uint64_t)count];
        medians[i] = median(drawn, count);
    }
    qsort(medians, REPEATS, sizeof *medians, compare_doubles);
    *low = medians[REPEATS / 40];
    *high = medians[REPEATS - REPEATS / 40 - 1];
}

static size_t image_bytes(const struct chart_options *chart)
{
    return (size_t)chart->width * chart->height;
}

static enum plotmill_status call(struct bench *bench, plotmill_renderer *renderer, const struct job_options *job)
{
    const struct plotmill_request request = {
        .size = sizeof request,
        .count = bench->arguments->count,
        .starts = bench->starts,
        .out = bench->out,
        .out_size = bench->arguments->count * image_bytes(&job->line),
    };
    for (uint64_t k = 0; k < request.count; k++)
        bench->starts[k] = next_random() % (bench->samples - job->window + 1);
    return plotmill_render(renderer, &request);
}

/* Images per second. */
static enum plotmill_status time_calls(struct bench *bench, double *rate)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct arguments *a = bench->arguments;
    const uint64_t calls = (a->calls + (uint64_t)a->rounds - 1) / (uint64_t)a->rounds;
    const double begin = os_seconds();
    for (uint64_t i = 0; i < calls; i++)
        TRY(call(bench, bench->renderer, &a->job));
    *rate = (double)(calls * a->count) / (os_seconds() - begin);
done:
    return status;
}

static enum plotmill_status time_job(struct bench *bench, double *rate)
{
    enum plotmill_status status = PLOTMILL_OK;
    plotmill_sink *sink = NULL;
    struct job_summary summary = {0};
    TRY(api_sink_open(bench->pm, "null:", NULL, &sink));
    TRY(api_job_run(bench->pm, bench->source, sink, &bench->arguments->job, &summary));
    *rate = (double)summary.images / summary.seconds;
done:
    job_summary_free(&summary);
    plotmill_sink_destroy(sink);
    return status;
}

static enum plotmill_status time_first_call(struct bench *bench, const char *what, struct job_options job)
{
    enum plotmill_status status = PLOTMILL_OK;
    plotmill_renderer *renderer = NULL;
    double times[3] = {os_seconds()}, first;
    TRY(api_renderer_open(bench->pm, &job, &renderer));
    TRY(plotmill_renderer_load(renderer, bench->source));
    times[1] = os_seconds();
    TRY(call(bench, renderer, &job));
    times[2] = os_seconds();
    first = times[2] - times[1];
    for (int i = 0; i < 3; i++) {
        times[2] = os_seconds();
        TRY(call(bench, renderer, &job));
    }
    printf("  %-26s created in %8.2f ms, first call %8.2f ms, fourth call %6.2f ms\n", what,
           1e3 * (times[1] - times[0]), 1e3 * first, 1e3 * (os_seconds() - times[2]));
done:
    plotmill_renderer_destroy(renderer);
    return status;
}

static enum plotmill_status time_first_calls(struct bench *bench)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct job_options job = bench->arguments->job;
    TRY(time_first_call(bench, "first renderer", job));
    TRY(time_first_call(bench, "the same again", job));
    job.line.width = job.line.width - 1;
    TRY(time_first_call(bench, "one column less", job));
    job.window += 11;
    TRY(time_first_call(bench, "and 11 samples more", job));
    job.line.line_width *= 2;
    job.line.height /= 2;
    TRY(time_first_call(bench, "twice the width, half as tall", job));
done:
    return status;
}

static enum plotmill_status measure(struct bench *bench)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct arguments *a = bench->arguments;
    double calls[ROUNDS_MAX], jobs[ROUNDS_MAX], ratios[ROUNDS_MAX], low, high;
    for (int round = -1; round < a->rounds; round++) { /* one round warms up */
        const int r = round < 0 ? 0 : round;
        if (round % 2)
            TRY(time_job(bench, &jobs[r]));
        TRY(time_calls(bench, &calls[r]));
        if (round % 2 == 0)
            TRY(time_job(bench, &jobs[r]));
        ratios[r] = calls[r] / jobs[r];
    }
    interval(ratios, a->rounds, &low, &high);
    printf("  calls of %llu: %.0f images/s, %.3f ms per call; job to null: %.0f images/s\n"
           "  calls / job: %.3f (%.3f to %.3f), median of %d rounds in turn\n",
           (unsigned long long)a->count, median(calls, a->rounds), 1e3 * (double)a->count / median(calls, a->rounds),
           median(jobs, a->rounds), median(ratios, a->rounds), low, high, a->rounds);
done:
    return status;
}

static enum plotmill_status run(struct bench *bench)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct arguments *a = bench->arguments;
    const struct job_options *job = &a->job;
    double value = 0;
    bench->samples = JOB_IMAGES + job->window - 1;
    bench->series = malloc(bench->samples * sizeof *bench->series);
    bench->starts = malloc(a->count * sizeof *bench->starts);
    bench->out = malloc(a->count * image_bytes(&job->line));
    if (!bench->series || !bench->starts || !bench->out)
        return PLOTMILL_NO_MEMORY;
    for (uint64_t i = 0; i < bench->samples; i++)
        bench->series[i] = value += (double)(next_random() >> 11) / 9007199254740992.0 - 0.5;
    TRY(api_source_from_array(bench->pm, bench->series, (struct source_shape){.samples = bench->samples},
                              &bench->source));
    printf("%ux%u, T = %llu, w = %g%s\n", (unsigned)job->line.width, (unsigned)job->line.height,
           (unsigned long long)job->window, job->line.line_width, job->line.antialias ? ", antialiased" : "");
    TRY(time_first_calls(bench));
    TRY(api_renderer_open(bench->pm, job, &bench->renderer));
    TRY(plotmill_renderer_load(bench->renderer, bench->source));
    TRY(measure(bench));
done:
    return status;
}

static int usage(void)
{
    fprintf(stderr, "usage: resident [--device TEXT] [--size WxH] [--window T] [--line-width W] [--antialias] "
                    "[--count N] [--calls N] [--rounds N]\n");
    return 2;
}

static bool parse(int argc, char **argv, struct arguments *a)
{
    struct chart_options *chart = &a->job.line;
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : "";
        if (!strcmp(name, "--antialias")) {
            chart->antialias = 1;
            continue;
        }
        i++;
        if (!strcmp(name, "--device"))
            a->job.device = value;
        else if (!strcmp(name, "--window"))
            a->job.window = strtoull(value, NULL, 10);
        else if (!strcmp(name, "--line-width"))
            chart->line_width = atof(value);
        else if (!strcmp(name, "--count"))
            a->count = strtoull(value, NULL, 10);
        else if (!strcmp(name, "--calls"))
            a->calls = strtoull(value, NULL, 10);
        else if (!strcmp(name, "--rounds"))
            a->rounds = atoi(value);
        else if (strcmp(name, "--size") || sscanf(value, "%ux%u", &chart->width, &chart->height) != 2)
            return false;
    }
    return a->count && a->calls && a->rounds > 0 && a->rounds <= ROUNDS_MAX && a->job.window > 1 && chart->width > 1 &&
           chart->height > 1;
}

int main(int argc, char **argv)
{
    struct arguments arguments = {.count = 256, .calls = 1000, .rounds = 15};
    struct bench bench = {.arguments = &arguments};
    job_options_init(&arguments.job);
    arguments.job.window = 100;
    arguments.job.line.width = arguments.job.line.height = 224;
    if (!parse(argc, argv, &arguments))
        return usage();
    bench.pm = plotmill_create();
    const enum plotmill_status status = bench.pm ? run(&bench) : PLOTMILL_NO_MEMORY;
    if (status)
        fprintf(stderr, "resident: %s: %s\n", plotmill_status_str(status), plotmill_message(bench.pm));
    plotmill_renderer_destroy(bench.renderer);
    plotmill_source_destroy(bench.source);
    plotmill_destroy(bench.pm);
    free(bench.series);
    free(bench.starts);
    free(bench.out);
    return status ? 1 : 0;
}
