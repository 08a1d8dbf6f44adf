/* A render command: its options, and what they are turned into. */
#ifndef TOOLS_RENDER_RENDER_H
#define TOOLS_RENDER_RENDER_H

#include "api/engine.h"
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
    struct job_options job;
    uint64_t samples;             /* of the inputs, in total */
    uint64_t window;              /* samples per image */
    double began;                 /* os_seconds() when the command began */
    char started[TIMESTAMP_SIZE]; /* the same moment */
    const char *format;           /* "hdf5", ...; "" if neither --format nor the output's name determines it */
    plotmill *pm;
    plotmill_source *source;
    plotmill_sink *sink;
};

/* report.c. The results, as text or (--json) as JSON, to stdout. */
void report_plan(const struct render *render, const struct job_plan *plan);
void report_summary_json(const struct render *render, const struct job_summary *summary);

/* The closing lines, to stderr. */
void report_done(struct render *render, const struct job_summary *summary);

/* The output was up to date: nothing was done. */
void report_up_to_date(struct render *render, uint64_t images);

#endif
