/* source -> render -> sink over lists of image ranges, in batches of which a few are on their way at a time (lane.h):
 * memory is bounded by them. */
#ifndef JOB_PIPELINE_H
#define JOB_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"
#include "base/trace.h"
#include "device/compute.h"
#include "device/discover.h"
#include "formats/format.h"
#include "plotmill/job.h"
#include "render/renderer.h"
#include "source/source.h"
#include "source/windows.h"

/* A device for a job. */
struct pipeline_device {
    const struct device_entry *entry;
    struct plotmill_device info; /* with the reason it was chosen for */
};

/* No device of a job. */
#define SEAT_NONE SIZE_MAX

struct pipeline {
    const struct source *source;
    struct sink *sink; /* NULL, in a plan: not known, pixels */
    /* The first `sharing` share the job, >= 1; the others are for when these have failed, in this order. At most
     * PLOTMILL_SHARES. */
    const struct pipeline_device *devices;
    size_t sharing, device_count;
    bool automatic;    /* nobody asked for these devices by name */
    const char *cache; /* of programs, as plotmill_set_cache takes it */
    const struct plotmill_job_options *options;
    struct windows windows;
    const struct log *log;
    struct trace *trace; /* records the stages of each thread; NULL: no recording */
    /* For measurements (api/measure.h). */
    bool no_overlap, no_pinning, no_device_streams;
};

/* What this job wants of its renderers, the batch aside. */
struct renderer_options pipeline_renderer(const struct pipeline *pipeline);

/* What one of them takes on this device. */
struct memory_needs pipeline_memory_needs(const struct pipeline *pipeline, const struct plotmill_device *device);

/* Images a batch for this job on this device: options->batch, or what suits the device's memory (a run may find that
 * smaller ones do as well), no more than there are; whole groups of those that share a stream. */
uint64_t pipeline_batch(const struct pipeline *pipeline, const struct plotmill_device *device);

/* The batch in whole groups of images that share a stream, at least one. */
uint64_t pipeline_whole_groups(uint64_t batch, uint32_t group);

/* PLOTMILL_BAD_INPUT when that batch, or a single image, is more than the device can hold. */
enum plotmill_status pipeline_check(const struct pipeline *pipeline, const struct plotmill_device *device,
                                    struct plotmill_error *error);

/* Threads of the host: options->jobs, or one a core. */
unsigned pipeline_jobs(const struct plotmill_job_options *options);

/* What the sink wants, before any device is looked for: all images where it does not say. *all is where that is
 * kept. */
enum plotmill_status pipeline_ask(const struct pipeline *pipeline, struct plotmill_range *all,
                                  struct plotmill_wanted *wanted, struct plotmill_error *error);

/* Opens the devices and the sink, renders what is wanted, finishes the sink; aborts it on failure. A device that fails
 * is dealt with as options->fallback says (fallback.h). Adds to *summary. The source is read and the sink written by
 * threads of the pipeline, progress and log are called by this one. */
enum plotmill_status pipeline_run(const struct pipeline *pipeline, const struct plotmill_wanted *wanted,
                                  struct plotmill_summary *summary, struct plotmill_error *error);

#endif
