/* A render command: its options, and what they are turned into. */
#ifndef TOOLS_RENDER_RENDER_H
#define TOOLS_RENDER_RENDER_H

#include "api/run.h"
#include "options/config.h"
#include "tools/common/console.h"
#include "tools/common/progress.h"
#include "tools/common/setup.h"

struct render {
    struct option_values values;
    struct settings settings; /* what they mean to the library */
    struct usage usage;
    struct config config;
    struct console console;
    struct status_file status;
    struct paths inputs;
    plotmill *pm;
};

/* report.c. Prints the result, as text or (--json) as JSON, to stdout, and the closing lines to stderr. Returns the
 * exit code. */
int report(struct render *render, const struct run_request *request, const struct run_result *result);

#endif
