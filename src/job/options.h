/* What a job is asked for, and what it reports. */
#ifndef JOB_OPTIONS_H
#define JOB_OPTIONS_H

#include <stdint.h>

#include "chart/chart.h"
#include "device/info.h"
#include "source/window_set.h"

struct job_progress {
    uint64_t done;                    /* images stored so far, including those that the sink had before */
    uint64_t kept;                    /* images that the sink had before */
    uint64_t images;                  /* total */
    double seconds;                   /* since the first batch began, without building kernels */
    double setup_seconds;             /* opening the device and building kernels */
    const struct device_info *device; /* the first active one; valid during the call */
};

/* Return nonzero to cancel the job: it returns PLOTMILL_CANCELLED and leaves no output. Called on the thread of
 * api_job_run: before the sink is opened, before the first batch, whenever batches were stored, a few times per
 * second meanwhile, and when all images are stored. */
typedef int (*job_progress_fn)(void *user, const struct job_progress *progress);

/* What happens when a device fails: out of memory, lost, kernels do not build. In every case the batch is halved first,
 * down to one image; then another device may continue. */
enum fallback_mode {
    FALLBACK_BY_DEVICE = 0, /* device "auto": as ALWAYS; else only the remaining selected devices continue */
    FALLBACK_ALWAYS,        /* after the selected devices: the next one in the order of "auto" */
    FALLBACK_NEVER          /* the job fails with the device */
};

struct job_options {
    const char *device;              /* see api_devices_choose; several share the job; NULL */
    uint64_t window;                 /* samples per image, 2..2^24; 0 or their length for ready sequences */
    uint64_t stride;                 /* samples (or ready sequences) from one image to the next, >= 1; 1 */
    uint64_t limit;                  /* maximum number of images; 0: all */
    struct window_options windows;   /* a table of windows, labels, split, order */
    uint64_t batch;                  /* images per batch; 0: chosen by memory and measured speed */
    uint32_t jobs;                   /* CPU threads that encode and write; 0: one per core */
    enum fallback_mode fallback;     /* by device */
    const struct chart_maker *maker; /* NULL: the one line that `line` describes */
    struct chart_options line;
    job_progress_fn progress; /* NULL: none */
    void *progress_user;
    /* A cancelled job waits until its devices have finished what they began. If that takes long, `overdue` is called
     * once, after the sink was aborted, on the same thread as progress and with progress_user; it may exit the process.
     * If it returns or is NULL, the job continues to wait. */
    void (*overdue)(void *user);
};

void job_options_init(struct job_options *options);

/* What a job would do and need. */
struct job_plan {
    uint64_t images;
    uint32_t width, height, channels; /* of an image as drawn */
    uint64_t batch;                   /* images per batch */
    uint64_t pixel_bytes;             /* of all images, uncompressed */
    uint64_t device_bytes;            /* buffers on the devices */
    uint64_t host_bytes;              /* buffers on the host, without the source's memory */
    uint32_t in_flight;               /* batches at a time on each device */
    uint32_t jobs;                    /* CPU threads */
    struct device_info device;        /* the first one */
    uint32_t devices;                 /* that share the job */
    struct window_counts windows;
    /* Estimated by api_job_estimate, else 0. */
    uint64_t expected_bytes; /* of the finished output, accurate to about 20 %; 0: unknown, or nothing is stored */
    double expected_seconds; /* reading, drawing and encoding all images; without set-up and writing to the disk */
};

/* What one device did in a job. */
struct device_share {
    struct device_info device;
    uint64_t images;
    uint64_t batch;     /* images per batch */
    uint32_t in_flight; /* batches at a time */
};

#define DEVICE_SHARES 16

/* A device failed, and the job continued. Stored images are not drawn again, and the output is the same as without the
 * failure. */
struct fallback_event {
    struct device_info device; /* the one that failed */
    uint64_t image;            /* the first one that was not stored yet */
    uint64_t batch;            /* images per batch until then; 0: none was chosen yet */
    uint64_t to_batch;         /* images per batch with which the device continued; 0: it did not */
    int to_device;             /* index of the device that continued instead; -1: none */
    char reason[512];          /* one line: what failed */
    char action[544];          /* one line: what the job continued with */
    char hint[256];            /* one line: how to avoid it next time */
};

/* Small: it may be on the stack. Freed with job_summary_free, also after a failure. */
struct job_summary {
    uint64_t images;         /* rendered and stored */
    uint64_t kept_images;    /* images that the sink had before */
    uint64_t outside_images; /* of image files, outside the folders of classes (sink_options.folders) */
    uint64_t empty_images;   /* images without any sample: all background */
    uint64_t batch;          /* images per batch on the first device */
    uint32_t in_flight;      /* batches at a time on each device */
    uint32_t jobs;           /* CPU threads */
    double seconds;          /* rendering and storing */
    double setup_seconds;    /* opening the device, building kernels */
    int has_hash;            /* 1: the sink computed the data set's hash */
    uint64_t hash;
    struct window_counts windows; /* which windows became images, and which did not */
    char *label_classes;          /* see struct window_set; NULL: there are no labels */
    uint64_t pixel_bytes;         /* of all images, uncompressed */
    uint64_t sink_bytes;          /* passed to the sink: pixels in its format, or finished streams */
    uint64_t device_bytes;        /* buffers on the devices */
    uint64_t host_bytes;          /* buffers on the host, without the source's memory */
    uint64_t host_images;         /* images that the host compressed because the device could not */
    int compiled;                 /* 1: kernels were compiled; 0: all came from the cache */
    struct device_info device;    /* the first one */
    uint32_t devices;             /* that shared the job */
    struct device_share *shares;  /* (devices) */
    uint32_t fallback_event_count;
    struct fallback_event *fallback_events; /* (fallback_event_count), in the order of time */
    struct clamp_counts *clamps;            /* of what was drawn now; NULL: nothing was */
    struct field_counts *fields;            /* (field_count) of the samples that were read; NULL: none were */
    size_t field_count;
};

/* Frees the lists, which are empty then. */
void job_summary_free(struct job_summary *summary);

#endif
