/* The kernels' speed as a share of the fill rate, the speed at which the device writes pixels without computing any.
 *
 *     bench/kernels [--device TEXT] [--launch cpu|gpu] [--rounds N] [--size WxH] [--window T] [--line-width W]
 *
 * `fill` writes the same pixels with the same work-items, but without spans. It alternates with the real stages in one
 * run, and medians are compared. A batch is 160 MiB, four times a cache of 32 MiB and more. On a device with its own
 * memory it is 2 GiB, or a sixteenth of that memory, because starting a launch takes longer there than filling 160 MiB.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/os.h"
#include "base/try.h"
#include "device/choose.h"
#include "device/discover.h"
#include "render/stages.h"

#define BATCH_BYTES ((uint64_t)160 << 20)
#define DISCRETE_BATCH_BYTES ((uint64_t)2 << 30)
#define ROUNDS_MAX 200

struct arguments {
    const char *device;
    enum launch_kind launch;
    int rounds;
    struct chart_options chart;
    uint64_t window;
};

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, compare_doubles);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* Random walks from a fixed seed (xorshift64*), so that every run draws the same. */
static void walk(double *samples, uint64_t windows, uint64_t window)
{
    uint64_t state = 88172645463325252u;
    for (uint64_t k = 0; k < windows; k++) {
        double value = 0;
        for (uint64_t i = 0; i < window; i++) {
            double step = 0;
            for (int j = 0; j < 4; j++) {
                state ^= state >> 12;
                state ^= state << 25;
                state ^= state >> 27;
                step += (double)((state * 2685821657736338717u) >> 11) / 9007199254740992.0 - 0.5;
            }
            samples[k * window + i] = value += step;
        }
    }
}

/* Times one stage, or with STAGE_COUNT all that the chart needs. */
static enum plotmill_status time_stages(struct stages *s, enum stage only, double *seconds,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    double begin = os_seconds();
    if (only == STAGE_COUNT)
        TRY(stages_run_all(s, STAGE_MINMAX, STAGE_FILL, s->batch, error));
    else
        TRY(stages_run(s, only, s->batch, error));
    TRY(compute_wait(s->compute, error));
    *seconds = os_seconds() - begin;
done:
    return status;
}

/* `seconds` of each round are sorted. */
static void report(const char *name, double *seconds, int rounds, double fill, const struct stages *s)
{
    const double bytes = (double)s->batch * s->strokes->layout.options.width * s->strokes->layout.options.height;
    const double middle = median(seconds, rounds), images = (double)s->batch;
    printf("  %-18s %9.4f us/img (%.4f to %.4f) %9.2f GB/s %8.3f of fill\n", name, middle * 1e6 / images,
           seconds[0] * 1e6 / images, seconds[rounds - 1] * 1e6 / images, bytes / middle / 1e9, fill / middle);
}

static enum plotmill_status measure(struct stages *s, int rounds, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    static double all[ROUNDS_MAX], ratio[ROUNDS_MAX], each[STAGE_COUNT][ROUNDS_MAX];
    for (int round = -2; round < rounds; round++) { /* two rounds to warm up */
        int r = round < 0 ? 0 : round;
        TRY(time_stages(s, STAGE_FILL, &each[STAGE_FILL][r], error));
        TRY(time_stages(s, STAGE_COUNT, &all[r], error));
        ratio[r] = each[STAGE_FILL][r] / all[r];
        for (int i = 0; i < STAGE_FILL; i++)
            if (stages_need(s, (enum stage)i))
                TRY(time_stages(s, (enum stage)i, &each[i][r], error));
    }
    double fill = median(each[STAGE_FILL], rounds);
    report("fill", each[STAGE_FILL], rounds, fill, s);
    report("all stages", all, rounds, fill, s);
    for (int i = 0; i < STAGE_FILL; i++)
        if (stages_need(s, (enum stage)i))
            report(stage_name((enum stage)i), each[i], rounds, fill, s);
    const double share = median(ratio, rounds);
    printf("  all stages / fill, median of %d alternated rounds: %.3f of the fill rate (%.3f to %.3f)\n", rounds, share,
           ratio[0], ratio[rounds - 1]);
done:
    return status;
}

static uint64_t batch_bytes(const struct device_info *device)
{
    return device->discrete ? CLAMP(device->memory / 16, BATCH_BYTES, DISCRETE_BATCH_BYTES) : BATCH_BYTES;
}

static enum plotmill_status run(struct compute *compute, const struct arguments *arguments, int antialias,
                                struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct stages stages = {0};
    double *samples = NULL;
    struct chart_options chart = arguments->chart;
    struct line_chart line;
    chart.antialias = antialias;
    const uint64_t batch = batch_bytes(compute_device(compute)) / ((uint64_t)chart.width * chart.height) + 1;
    struct renderer_options how = {.batch = batch, .stride = arguments->window, .launch = arguments->launch};
    TRY_ALLOCATE(error, samples, (size_t)(batch * arguments->window), sizeof *samples);
    walk(samples, batch, arguments->window);
    TRY(stages_init(&stages, compute, line_chart(&line, &chart), arguments->window, &how, error));
    TRY(buffer_write(stages.buffers.at[BUF_SAMPLES], 0, samples, (size_t)(batch * arguments->window) * 8, error));
    printf("%s, %ux%u, T = %llu, w = %g, batch %llu (%.0f MiB), launch config %s\n",
           antialias ? "antialiased" : "binary", (unsigned)chart.width, (unsigned)chart.height,
           (unsigned long long)arguments->window, chart.line_width, (unsigned long long)batch,
           (double)batch * chart.width * chart.height / 1048576.0, stages.config.kind == LAUNCH_CPU ? "cpu" : "gpu");
    TRY(measure(&stages, arguments->rounds, error));
done:
    stages_finish(&stages);
    free(samples);
    return status;
}

static int usage(void)
{
    fprintf(stderr, "usage: kernels [--device TEXT] [--launch cpu|gpu] [--rounds N] [--size WxH] [--window T] "
                    "[--line-width W]\n");
    return 2;
}

static bool parse(int argc, char **argv, struct arguments *a)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        const char *name = argv[i], *value = argv[i + 1];
        if (!strcmp(name, "--device"))
            a->device = value;
        else if (!strcmp(name, "--launch"))
            a->launch = !strcmp(value, "cpu") ? LAUNCH_CPU : LAUNCH_GPU;
        else if (!strcmp(name, "--rounds"))
            a->rounds = atoi(value);
        else if (!strcmp(name, "--window"))
            a->window = strtoull(value, NULL, 10);
        else if (!strcmp(name, "--line-width"))
            a->chart.line_width = atof(value);
        else if (strcmp(name, "--size") || sscanf(value, "%ux%u", &a->chart.width, &a->chart.height) != 2)
            return false;
    }
    return argc % 2 == 1 && a->rounds > 0 && a->rounds <= ROUNDS_MAX;
}

int main(int argc, char **argv)
{
    enum plotmill_status status = PLOTMILL_OK;
    static struct plotmill_error message;
    struct plotmill_error *error = &message;
    struct device_list list = {0};
    struct compute *compute = NULL;
    struct arguments arguments = {.rounds = 15, .window = 100};
    struct device_info chosen;
    chart_options_init(&arguments.chart);
    if (!parse(argc, argv, &arguments))
        return usage();
    TRY(device_list_find(&list, NULL, error));
    TRY(device_choose(&list, arguments.device, &chosen, error));
    TRY(compute_open(&compute, &list.entries[chosen.index], error));
    printf("%s (%s): %s\n", chosen.name, chosen.driver, chosen.reason);
    TRY(run(compute, &arguments, 0, error));
    TRY(run(compute, &arguments, 1, error));
done:
    compute_close(compute);
    device_list_free(&list);
    if (status)
        fprintf(stderr, "kernels: %s\n", error->message);
    return status ? 1 : 0;
}
