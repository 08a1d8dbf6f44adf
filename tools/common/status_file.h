/* --status: a small JSON file that says how far a job is, for whoever watches it. Each state replaces the one before
 * at once, so that a reader never sees half of one. */
#ifndef TOOLS_COMMON_STATUS_FILE_H
#define TOOLS_COMMON_STATUS_FILE_H

#include "plotmill/job.h"
#include "tools/common/console.h"
#include "tools/common/rate.h"
#include "tools/common/text.h"

struct status_file {
    const char *path; /* NULL: none is kept, and every call does nothing */
    char *temporary;
    char *last_words; /* should a signal end the process before the job runs */
    struct console *console;
    const char *output;
    char started[TIMESTAMP_SIZE];
    double began, written;         /* seconds of os_seconds() */
    int warned;                    /* it could not be written once */
    double rate_now, rate_average; /* images/s */
    struct plotmill_progress at;
    struct plotmill_device device; /* "" until the job works on it */
};

/* Writes the first state. `path` may be NULL, `output` as well. Returns OPTIONS_GO_ON, or the exit code after a
 * message: it cannot be written, or something else stands under that name. */
int status_file_open(struct status_file *status, const char *path, const char *output, struct console *console);

/* At most once a second. */
void status_file_update(struct status_file *status, const struct plotmill_progress *at, const struct rate *rate);

/* Nothing was left to do: all images were there. */
void status_file_finished(struct status_file *status, uint64_t images);

/* The last state, by the exit code; a failure with what console told last. */
void status_file_close(struct status_file *status, int exit_code);

#endif
