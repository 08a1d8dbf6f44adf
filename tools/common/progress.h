/* The progress of a job: a bar on a terminal, otherwise a line now and then, and the status file (--status). */
#ifndef TOOLS_COMMON_PROGRESS_H
#define TOOLS_COMMON_PROGRESS_H

#include "api/engine.h"
#include "base/os.h"
#include "base/output.h"
#include "tools/common/console.h"

/* A small JSON file that holds the state of a job. Each state replaces the one before at once, so that a reader never
 * sees half of one. Without a path all functions do nothing. */
struct status_file {
    const char *path;        /* or NULL */
    struct output file;      /* at that path */
    char *on_interrupt;      /* its text if a signal ends the process before the job runs */
    struct console *console; /* for messages; its last error and warning are written too */
    const char *output;      /* of the job, or NULL */
    char started[TIMESTAMP_SIZE];
    double began, written;            /* os_seconds */
    bool warned;                      /* that it cannot be written */
    double recent_rate, average_rate; /* images/s */
    struct job_progress at;
    struct device_info device; /* name "": not known yet */
};

/* Writes the first state. `path` and `output` may be NULL. Returns OPTIONS_GO_ON, or the exit code after a message: it
 * cannot be written, or would replace another kind of file. */
int status_file_open(struct status_file *status, const char *path, const char *output, struct console *console);

/* No image had to be rendered: all exist. */
void status_file_finished(struct status_file *status, uint64_t images);

/* Writes the last state, as `exit_code` says. */
void status_file_close(struct status_file *status, int exit_code);

/* Where a job was at some time. */
struct rate_point {
    double seconds; /* since the job began */
    uint64_t done;  /* images */
};

enum { RATE_POINTS = 60 };

struct progress {
    struct console *console;
    struct status_file *status;
    struct rate_point first, last;         /* of all updates; images kept from an earlier run count for no rate */
    struct rate_point points[RATE_POINTS]; /* of the last minute, at least one second apart; a ring */
    uint64_t point_count;                  /* so far */
    double bar_seconds, line_seconds;      /* when the bar was drawn and a line was printed last */
    bool running;                          /* there was an update */
    bool ended;                            /* the line for the last image was printed */
};

/* A job_progress_fn; `user` is a struct progress that begins as {.console = ..., .status = ...}. Stops the job
 * after a signal. */
int progress_update(void *user, const struct job_progress *at);

/* For `overdue` of the job: ends the process. */
void progress_overdue(void *user);

#endif
