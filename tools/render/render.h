/* A render command: its options, and what they are turned into. */
#ifndef TOOLS_RENDER_RENDER_H
#define TOOLS_RENDER_RENDER_H

#include "api/run.h"
#include "tools/common/console.h"
#include "tools/common/progress.h"
#include "tools/config/config.h"
#include "tools/config/settings.h"

struct render {
    struct data_settings data;
    struct image_settings image;
    struct device_settings device;
    struct output_settings output;
    struct general_settings general;
    struct usage usage;
    struct config config;
    struct console console;
    struct status_file status;
    struct paths inputs;
    const char *format; /* "hdf5", ...; "" if neither --format nor the output's name determines it */
    plotmill *pm;
};

/* report.c. Prints the result, as text or (--json) as JSON, to stdout, and the closing lines to stderr. Returns the
 * exit code. */
int report(struct render *render, const struct run_request *request, const struct run_result *result);

#endif
