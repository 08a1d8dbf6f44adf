/* Two threads, each with a handle of its own, render at the same time.
 *
 *     cc -std=c99 two_threads.c $(pkg-config --cflags --libs plotmill) -pthread -o two_threads */
#include <plotmill/plotmill.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { SEQUENCES = 500, SAMPLES = 80, WIDTH = 160, HEIGHT = 90 };

struct task {
    const char *line_width;  /* px */
    const double *sequences; /* (SEQUENCES, SAMPLES); both tasks read them */
    uint8_t *pixels;         /* (SEQUENCES, HEIGHT, WIDTH) */
    char failure[500];       /* "": none */
};

static void *work(void *data)
{
    struct task *task = data;
    plotmill *pm = plotmill_create();
    plotmill_options *options = NULL;
    plotmill_source *source = NULL;
    plotmill_renderer *renderer = NULL;
    struct plotmill_array array = {
        .size = sizeof array, .data = task->sequences, .axes = "NT", .shape = {SEQUENCES, SAMPLES}};
    struct plotmill_request request = {.size = sizeof request,
                                       .count = SEQUENCES,
                                       .out = task->pixels,
                                       .out_size = (size_t)SEQUENCES * HEIGHT * WIDTH};
    if (plotmill_options_create(pm, &options) || plotmill_options_set(options, "size", "160x90") ||
        plotmill_options_set(options, "line-width", task->line_width) ||
        plotmill_source_from_array(pm, &array, options, &source) || plotmill_renderer_create(pm, options, &renderer) ||
        plotmill_renderer_load(renderer, source) || plotmill_render(renderer, &request))
        snprintf(task->failure, sizeof task->failure, "%s", plotmill_message(pm));
    plotmill_renderer_destroy(renderer);
    plotmill_source_destroy(source);
    plotmill_options_destroy(options);
    plotmill_destroy(pm);
    return NULL;
}

static long count_ink(const struct task *task)
{
    long ink = 0;
    for (size_t i = 0; i < (size_t)SEQUENCES * HEIGHT * WIDTH; i++)
        ink += task->pixels[i] == 0;
    return ink;
}

int main(void)
{
    static double sequences[SEQUENCES][SAMPLES];
    static uint8_t thin[SEQUENCES][HEIGHT][WIDTH], thick[SEQUENCES][HEIGHT][WIDTH];
    struct task tasks[2] = {{"1", sequences[0], thin[0][0], ""}, {"4", sequences[0], thick[0][0], ""}};
    pthread_t threads[2];
    int started = 0, failed = 0;
    for (int k = 0; k < SEQUENCES; k++)
        for (int i = 0; i < SAMPLES; i++)
            sequences[k][i] = (i * (k + 7)) % 31;

    while (started < 2 && !pthread_create(&threads[started], NULL, work, &tasks[started]))
        started++;
    for (int t = 0; t < started; t++)
        failed |= pthread_join(threads[t], NULL);
    for (int t = 0; t < 2; t++) {
        if (*tasks[t].failure)
            fprintf(stderr, "two_threads: %s\n", tasks[t].failure);
        failed |= t >= started || *tasks[t].failure;
        if (!failed)
            printf("line width %s: %ld pixels of ink\n", tasks[t].line_width, count_ink(&tasks[t]));
    }
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
