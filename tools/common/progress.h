/* How far a job is: a bar on a terminal, a line now and then elsewhere and in the log file, and the status file. */
#ifndef TOOLS_COMMON_PROGRESS_H
#define TOOLS_COMMON_PROGRESS_H

#include "plotmill/job.h"
#include "tools/common/console.h"
#include "tools/common/rate.h"
#include "tools/common/status_file.h"

struct progress {
    struct console *console;
    struct status_file *status; /* kept current */
    struct rate rate;
    double drawn; /* seconds into the job when the bar was drawn last */
    double told;  /* ... when a line was written last */
    int running;  /* a call came before */
    int ended;    /* the line of the last image was told */
};

/* A plotmill_progress_fn; `user` is a struct progress that begins as {.console = ..., .status = ...}. Stops the job
 * after SIGINT or SIGTERM (os_on_interrupt). */
int progress_update(void *user, const struct plotmill_progress *at);

/* What goes with it as `overdue`: ends the process. */
void progress_overdue(void *user);

#endif
