/* How far a job is: a bar on a terminal, a line now and then elsewhere. */
#ifndef TOOLS_PROGRESS_H
#define TOOLS_PROGRESS_H

#include "console.h"
#include "plotmill/job.h"

struct progress {
    struct console *console;
    double drawn; /* seconds into the job when the bar was drawn last */
    double told;  /* ... when a line was written last */
    int running;  /* a call came before */
};

/* A plotmill_progress_fn; `user` is a struct progress that begins as {.console = ...}. Stops the job after SIGINT or
 * SIGTERM (system_on_interrupt). */
int progress_update(void *user, const struct plotmill_progress *at);

#endif
