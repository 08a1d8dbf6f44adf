/* A job: source -> renderer -> sink, over ranges of images. Workers (worker.h) carry a few batches at a time, which
 * bounds the memory. plan.c says what a job needs, run.c runs it. */
#ifndef JOB_JOB_H
#define JOB_JOB_H

#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"
#include "base/trace.h"
#include "chart/pixel_format.h"
#include "device/discover.h"
#include "formats/format.h"
#include "job/options.h"
#include "render/renderer.h"
#include "source/windows.h"

/* The first `sharing` (at least 1) share the job; the others take over when all of these have failed, in this order. */
struct job_devices {
    struct device_list list;                     /* owned; an info has the reason for which its device was chosen */
    struct device_entry *devices[DEVICE_SHARES]; /* in the list */
    size_t sharing, count;
    bool automatic; /* the user did not name them */
};

/* A plan needs only sink->ops, options and windows. */
struct job {
    const struct source *source; /* of the chart's fields */
    const struct sink *sink;
    struct job_devices devices;
    const char *cache; /* of programs, see api_set_cache */
    const struct job_options *options;
    struct windows windows;       /* those of `set` */
    const struct window_set *set; /* of what is stored beside the images; NULL: nothing is */
    const struct chart *chart;
    const char *spec;    /* of the data set */
    struct png_form png; /* of the chart's PNG images */
    const struct log *log;
    struct trace *trace; /* records the stages of each thread; NULL: no recording */
    bool *opened;        /* set when the sink is opened; may be NULL */
    double *image_bytes; /* not NULL: nothing is stored, see job_estimate; what is stored per image */
    /* For measurements (api/measure.h). */
    bool no_overlap, no_pinning, no_device_streams;
};

/* How images get from the renderer to the sink. */
struct output_form {
    bool convert;  /* the renderer's pixels become other numbers, on the host */
    bool compress; /* these are compressed on the host, because the device cannot */
    uint32_t images_per_stream;
};

/* Pixels as the job's chart draws them. */
struct pixel_shape job_pixel_shape(const struct job *job);

/* The sink's pixel format, resolved for the chart. api/job.c has checked that it can be. */
struct pixel_format job_pixels(const struct job *job);

struct output_form job_output_form(const struct job *job);

/* Options of the job's renderers; batch is not set. */
struct renderer_options job_renderer_options(const struct job *job);

/* Images per batch on this device: options->batch, or what suits the device's memory, but at most all images; rounded
 * to whole streams. A run may find that smaller batches are as fast. */
uint64_t job_batch(const struct job *job, const struct device_info *device);

/* The same, halved until it fits the device; 0: one image does not fit. */
uint64_t job_fitting_batch(const struct job *job, const struct device_info *device);

/* `batch` rounded down to whole streams, at least one. */
uint64_t job_whole_streams(const struct job *job, uint64_t batch);

/* PLOTMILL_BAD_INPUT when the batch, or a single image, is more than the device can hold. */
enum plotmill_status job_check_batch(const struct job *job, const struct device_info *device,
                                     struct plotmill_error *error);

/* Batches at a time on a device: one is read, one drawn, one written. Fewer where there are fewer batches, or where the
 * device's memory would be short. */
uint32_t job_in_flight(const struct job *job, const struct device_info *device, uint64_t batch);

/* Bytes of the columns per image. */
uint64_t job_column_bytes(const struct job *job);

/* Adds the bytes of a device's buffers, on the device and on the host. */
void job_add_memory(const struct job *job, const struct device_info *device, uint64_t batch, uint32_t in_flight,
                    uint64_t *device_bytes, uint64_t *host_bytes);

/* Threads of the host: options->jobs, or one per core. */
unsigned job_threads(const struct job_options *options);

/* Its texts belong to the job. */
struct dataset_info job_dataset_info(const struct job *job);

/* Which images the sink wants; all where it has no such call. *all stores that range. No device is needed. */
enum plotmill_status job_wanted(const struct job *job, struct image_range *all, struct wanted_images *wanted,
                                struct plotmill_error *error);

/* Opens the devices and the sink, renders what is wanted, finishes the sink; aborts it on failure. When a device fails,
 * options->fallback decides (device_slots.h). Adds to *summary. Worker threads read the source and write the sink;
 * progress and log are called on this thread. */
enum plotmill_status job_run(const struct job *job, const struct wanted_images *wanted, struct job_summary *summary,
                             struct plotmill_error *error);

#endif
