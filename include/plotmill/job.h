/* plotmill: render a whole source into a sink. */
#ifndef PLOTMILL_JOB_H
#define PLOTMILL_JOB_H

#include <stddef.h>
#include <stdint.h>

#include "plotmill/chart.h"
#include "plotmill/context.h"
#include "plotmill/device.h"
#include "plotmill/sink.h"
#include "plotmill/source.h"

#ifdef __cplusplus
extern "C" {
#endif

struct plotmill_progress {
    uint64_t done;                        /* images stored so far, those that the sink held before among them */
    uint64_t kept;                        /* those */
    uint64_t images;                      /* in all */
    double seconds;                       /* since the first batch began: building kernels is left out */
    double setup_seconds;                 /* spent on opening the device and building kernels */
    const struct plotmill_device *device; /* the first one that works now; valid during the call */
};

/* Return nonzero to stop the job, which then ends with PLOTMILL_CANCELLED and leaves no output. Called before
 * the sink is opened, before the first batch, then as batches are stored but at least a few times a second, and when
 * all is stored; on the calling thread. */
typedef int (*plotmill_progress_fn)(void *user, const struct plotmill_progress *progress);

/* What becomes of the rest of a job when a device fails: out of memory, lost, kernels that do not build. At first the
 * batches are halved, down to one image, whatever this says. */
enum plotmill_fallback {
    PLOTMILL_FALLBACK_BY_DEVICE = 0, /* ALWAYS where the device is "auto"; else the devices asked for alone, of which
                                        those that are left take over */
    PLOTMILL_FALLBACK_ALWAYS,        /* when all devices asked for have failed, the next one in the order of "auto" */
    PLOTMILL_FALLBACK_NEVER          /* the job fails with the device */
};

struct plotmill_job_options {
    size_t size;                     /* sizeof(struct plotmill_job_options), set by _init */
    const char *device;              /* as plotmill_devices_choose takes it: several share the job; NULL */
    uint64_t window;                 /* samples an image, 2..2^24; needed for one long series, 0 for ready sequences */
    uint64_t stride;                 /* samples (ready sequences: sequences) from one image to the next, >= 1; 1 */
    uint64_t limit;                  /* at most so many images; 0: all */
    uint64_t batch;                  /* images a batch; 0: by each device's memory and measured latency */
    uint32_t jobs;                   /* threads of the host that encode and write; 0: one a core */
    enum plotmill_fallback fallback; /* by device */
    struct plotmill_chart_options chart;
    plotmill_progress_fn progress; /* NULL: none */
    void *progress_user;
    /* A job that was stopped waits for its devices to end what they have begun. Where that takes longer than a moment,
     * this is called, once, after the sink was aborted: it may end the process. When it returns, or is NULL, the job
     * waits on. On the calling thread, with progress_user. */
    void (*overdue)(void *user);
};

PLOTMILL_API void plotmill_job_options_init(struct plotmill_job_options *options);

/* What a job would do. */
struct plotmill_plan {
    uint64_t images;
    uint64_t batch;                /* images a batch */
    uint64_t pixel_bytes;          /* of all images, uncompressed */
    uint64_t device_bytes;         /* buffers on the device */
    uint64_t host_bytes;           /* buffers on the host, the source's own memory aside */
    uint32_t in_flight;            /* batches at a time on each device */
    uint32_t jobs;                 /* threads of the host */
    struct plotmill_device device; /* the first one */
    uint32_t devices;              /* that share the job */
    /* Estimated by plotmill_job_estimate, else 0. */
    uint64_t expected_bytes; /* of the finished output, accurate to about 20 %; 0: unknown, or nothing is stored */
    double expected_seconds; /* reading, drawing and encoding all images; without set-up and writing to the disk */
};

/* What one device did of a job. */
struct plotmill_share {
    struct plotmill_device device;
    uint64_t images;
    uint64_t batch;     /* images a batch */
    uint32_t in_flight; /* batches at a time */
};

#define PLOTMILL_SHARES 16

/* A device failed, and the job went on. Nothing that was stored is drawn again, and the output is what it would have
 * been. */
struct plotmill_fallback_event {
    struct plotmill_device device; /* that failed */
    uint64_t image;                /* the first one that was not stored yet */
    uint64_t batch;                /* images a batch until then; 0: none was made */
    uint64_t to_batch;             /* images a batch with which the same device went on; 0: it did not */
    int to_device;                 /* index of the device that went on in its place, -1: none */
    char reason[512];              /* one line: what failed */
    char action[544];              /* one line: what went on instead */
    char hint[256];                /* one line: what avoids it the next time */
};

#define PLOTMILL_FALLBACK_EVENTS 32

struct plotmill_summary {
    uint64_t images;       /* rendered and stored */
    uint64_t kept_images;  /* that the sink held before and the job left out */
    uint64_t empty_images; /* without a single present sample: all background */
    uint64_t batch;        /* images a batch, on the first device */
    uint32_t in_flight;    /* batches at a time on each device */
    uint32_t jobs;         /* threads of the host */
    double seconds;        /* rendering and storing */
    double setup_seconds;  /* opening the device, building kernels */
    int has_hash;          /* 1: the sink computed the data set's hash */
    uint64_t hash;
    uint64_t pixel_bytes;          /* of all images, uncompressed */
    uint64_t sink_bytes;           /* handed to the sink: pixels in its format, or finished streams */
    uint64_t device_bytes;         /* buffers on the devices */
    uint64_t host_bytes;           /* buffers on the host, the source's own memory aside */
    uint64_t host_images;          /* whose stream the device could not make: the host compressed them */
    int compiled;                  /* 1: kernels were compiled; 0: all came from the cache */
    struct plotmill_device device; /* the first one */
    uint32_t devices;              /* that shared the job */
    struct plotmill_share shares[PLOTMILL_SHARES];
    uint32_t fallback_event_count; /* more than PLOTMILL_FALLBACK_EVENTS are counted, but not kept */
    struct plotmill_fallback_event fallback_events[PLOTMILL_FALLBACK_EVENTS];
};

/* Checks everything that can be checked, chooses the device, writes nothing. What a job needs depends on what its sink
 * takes, which is not opened; NULL: one of pixels. */
PLOTMILL_API enum plotmill_status plotmill_job_plan(plotmill *pm, const plotmill_source *source, plotmill_sink *sink,
                                                    const struct plotmill_job_options *options,
                                                    struct plotmill_plan *plan);

/* As plotmill_job_plan, and estimates the output's size and the time. For that it draws and encodes about 256 windows
 * from all over the job, and then runs the job for a second or two; nothing is written. */
PLOTMILL_API enum plotmill_status plotmill_job_estimate(plotmill *pm, plotmill_source *source, plotmill_sink *sink,
                                                        const struct plotmill_job_options *options,
                                                        struct plotmill_plan *plan);

/* Looks whether the output at `path` is the finished one of this job, as plotmill_source_open(paths, path_count,
 * source_options) and plotmill_job_run would make it: *images tells how many it holds, 0 where nothing is there.
 * PLOTMILL_BAD_INPUT for anything else: the message names the option or the file that differs. The input's files are
 * read as far as plotmill_source_input says, no device is touched. */
PLOTMILL_API enum plotmill_status plotmill_job_find(plotmill *pm, const char *path,
                                                    const struct plotmill_sink_options *sink_options,
                                                    const char *const *paths, size_t path_count,
                                                    const struct plotmill_source_options *source_options,
                                                    const struct plotmill_job_options *options, uint64_t *images);

/* Renders every window of `source` into `sink`. On failure the sink was aborted. A sink takes one job: a job
 * that fails before it opens the sink leaves it unused. */
PLOTMILL_API enum plotmill_status plotmill_job_run(plotmill *pm, plotmill_source *source, plotmill_sink *sink,
                                                   const struct plotmill_job_options *options,
                                                   struct plotmill_summary *summary);

#ifdef __cplusplus
}
#endif
#endif
