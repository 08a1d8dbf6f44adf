/* A whole job, files to a file, with progress; Ctrl-C cancels it. The report is printed as JSON.
 *
 *     cc -std=c99 whole_job.c $(pkg-config --cflags --libs plotmill) -o whole_job */
#include <plotmill/plotmill.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What all jobs of this program share, in the language of job files. */
static const char document[] = "window: 360\n"
                               "stride: 120\n"
                               "size: 224x224\n"
                               "line-width: 1.5\n"
                               "antialias: true\n";

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

/* Returns nonzero to cancel. */
static int show_progress(void *user, const struct plotmill_progress *progress)
{
    (void)user;
    fprintf(stderr, "%lu of %lu images on %s, %.1f s\n", (unsigned long)progress->done, (unsigned long)progress->images,
            progress->device, progress->seconds);
    return interrupted;
}

/* Warnings, and which device was chosen. */
static void show_log(void *user, enum plotmill_log_level level, const char *text)
{
    (void)user;
    if (level <= PLOTMILL_LOG_INFO)
        fprintf(stderr, "%s%s\n", level == PLOTMILL_LOG_WARNING ? "warning: " : "", text);
}

int main(int argc, char **argv)
{
    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: whole_job INPUT OUTPUT [STRIDE]\n");
        return EXIT_FAILURE;
    }
    const char *report = NULL;
    plotmill *pm = plotmill_create();
    plotmill_options *options = NULL;
    plotmill_set_log(pm, show_log, NULL);
    signal(SIGINT, interrupt);
    enum plotmill_status status = plotmill_options_create(pm, &options);
    if (!status)
        status = plotmill_options_parse(options, document, strlen(document), "whole_job");
    if (!status)
        status = plotmill_options_set(options, "input", argv[1]);
    if (!status)
        status = plotmill_options_set(options, "output", argv[2]);
    if (!status && argc == 4)
        status = plotmill_options_set(options, "stride", argv[3]);
    if (!status)
        status = plotmill_run(pm, options, NULL, NULL, show_progress, NULL, &report);
    if (status == PLOTMILL_OK)
        fputs(report, stdout);
    else if (status == PLOTMILL_CANCELLED)
        fprintf(stderr, "whole_job: cancelled; there is no %s\n", argv[2]);
    else
        fprintf(stderr, "whole_job: %s\n", plotmill_message(pm));
    plotmill_options_destroy(options);
    plotmill_destroy(pm);
    return status == PLOTMILL_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
