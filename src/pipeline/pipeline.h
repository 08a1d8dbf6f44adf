/* source -> render -> sink over lists of image ranges, in batches of which a few are on their way at a time (lane.h):
 * memory is bounded by them. */
#ifndef PIPELINE_PIPELINE_H
#define PIPELINE_PIPELINE_H

#include "base/log.h"
#include "base/trace.h"
#include "device/compute.h"
#include "pipeline/windows.h"
#include "plotmill/job.h"
#include "sink/sink.h"
#include "source/source.h"

/* Images first..first+count-1; in a sink of several images a stream, first is a multiple of these. */
struct image_range {
    uint64_t first;
    uint64_t count;
};

struct pipeline {
    const struct source *source;
    struct sink *sink;
    struct compute *const *computes; /* the devices that share the job */
    size_t devices;                  /* 1..PLOTMILL_SHARES */
    const struct plotmill_job_options *options;
    struct windows windows;
    const struct log *log;
    struct trace *trace; /* records what is done when; NULL: nothing does */
};

/* Images a batch for this job on this device: options->batch, or what suits the device's memory (a run may find that
 * smaller ones do as well), never more than there are. */
uint64_t pipeline_batch(const struct plotmill_device *device, const struct windows *windows,
                        const struct plotmill_job_options *options);

/* PLOTMILL_BAD_INPUT when that batch, or a single image, is more than the device can hold. */
enum plotmill_status pipeline_check(const struct plotmill_device *device, const struct windows *windows,
                                    const struct plotmill_job_options *options, struct plotmill_error *error);

/* Threads of the host: options->jobs, or one a core. */
unsigned pipeline_jobs(const struct plotmill_job_options *options);

/* Opens the sink, renders the ranges, finishes the sink; aborts it on failure. Adds to *summary. The source is read and
 * the sink written by threads of the pipeline, progress and log are called by this one. */
enum plotmill_status pipeline_run(const struct pipeline *pipeline, const struct image_range *ranges, size_t range_count,
                                  struct plotmill_summary *summary, struct plotmill_error *error);

#endif
