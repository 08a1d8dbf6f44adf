/* The intervals of a trace as a picture and as a file for trace viewers. */
#ifndef TOOLS_BENCH_TIMELINE_H
#define TOOLS_BENCH_TIMELINE_H

#include <stdio.h>

#include "base/trace.h"

/* A few batches from the middle of the job as SVG: a row for each lane, queue and worker. `title` is one line of
 * ASCII without < and &. */
void timeline_plot(FILE *out, const struct trace *trace, const char *title);

/* All intervals as Chrome trace events, which Perfetto opens: the host is a process, each device another. */
void timeline_trace(FILE *out, const struct trace *trace);

#endif
