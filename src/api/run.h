/* A job from its options to its report: one way for plotmill_run and the command. */
#ifndef API_RUN_H
#define API_RUN_H

#include "api/settings.h"
#include "base/os.h"
#include "plotmill/run.h"

struct run_request {
    const struct settings *settings;
    plotmill_source *source;  /* NULL: settings->inputs */
    plotmill_sink *sink;      /* NULL: settings->output */
    job_progress_fn progress; /* as in struct job_options, as the next two */
    void *progress_user;
    void (*overdue)(void *user);
};

enum run_end {
    RUN_RENDERED,  /* summary */
    RUN_PLANNED,   /* plan: the option dry-run */
    RUN_UP_TO_DATE /* finished: the option skip-existing found the whole output */
};

/* Freed with run_result_free, also after a failure. */
struct run_result {
    enum run_end end;
    struct job_summary summary;
    struct job_plan plan;
    char *read;         /* JSON: how the inputs were read, see struct source; NULL */
    uint64_t finished;  /* images */
    uint64_t samples;   /* of the inputs, in total */
    uint64_t window;    /* samples per image */
    const char *format; /* "hdf5"; "": no output, or a custom sink */
    char started[TIMESTAMP_SIZE];
    double began; /* os_seconds */
};

/* Opens the output first: whether it may be written is known before a long input is read. The caller has begun the call
 * on `pm`. */
enum plotmill_status run_job(plotmill *pm, const struct run_request *request, struct run_result *result);
void run_result_free(struct run_result *result);

/* images/s; NaN: unknown */
double run_rate(const struct job_summary *summary);

/* Whether the output keeps anything, so that it has a size. */
bool run_has_size(const struct run_result *result);

/* The result as JSON, freed by the caller; NULL: out of memory. */
char *report_run(const struct run_request *request, const struct run_result *result);

#endif
