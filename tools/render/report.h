/* What render prints about a job. */
#ifndef TOOLS_RENDER_REPORT_H
#define TOOLS_RENDER_REPORT_H

#include "base/json.h"
#include "plotmill/job.h"
#include "tools/common/console.h"
#include "tools/config/settings.h"

struct render_report {
    const struct plotmill_job_options *job;
    const struct paths *inputs;
    uint64_t samples; /* of the inputs, in all */
    uint64_t window;  /* samples an image */
    uint64_t limit;   /* 0: all */
    const struct output_settings *settings;
    const char *output;  /* NULL: none was named */
    const char *format;  /* "" when none was named */
    double began;        /* os_seconds() when the command began */
    const char *started; /* as a timestamp */
};

/* To stdout. */
void report_plan(const struct render_report *report, const struct plotmill_plan *plan);
void report_plan_json(const struct render_report *report, const struct plotmill_plan *plan);
void report_summary_json(const struct render_report *report, const struct plotmill_summary *summary);

/* Of an output that was found finished: nothing was done. */
void report_finished_json(const char *output, uint64_t images);

/* Every option that shapes pixels, as the member "chart". */
void report_chart_json(struct json *json, const struct plotmill_chart_options *chart);

/* The closing line, to stderr. */
void report_done(const struct render_report *report, const struct plotmill_summary *summary, struct console *console);

#endif
