/* What the workers of a job share: the next batch, who may write, how far the job is, and what stopped it. */
#ifndef JOB_QUEUE_H
#define JOB_QUEUE_H

#include "base/thread.h"
#include "job/checks.h"
#include "job/job.h"

#define WORKERS_PER_DEVICE 3
#define WORKERS_MAX (WORKERS_PER_DEVICE * DEVICE_SHARES)

struct device_slot;

/* Samples between the starts of two windows in a batch's array: the step, or the window's length where windows leave
 * samples out between them. */
uint64_t batch_stride(const struct windows *windows);

/* Samples in the array for a batch of `images` windows. */
uint64_t batch_samples(const struct windows *windows, uint64_t images);

/* Reads windows from the source. Samples that the last call read already are copied, not read again. */
struct window_reader {
    const struct source *source;
    struct windows windows;
    const struct window_set *set; /* NULL: no columns */
    const struct checks *checks;  /* of the samples that are read; NULL: none */
    struct field_counts *counts;  /* (fields) of the same; NULL: none */
    struct clamp_counts *clamps;  /* of the same; NULL: none */
    const double *last;           /* the last call's array */
    uint64_t last_first, last_count;
};

/* What a worker reads of a batch. */
struct batch_arrays {
    double *samples;       /* rows of the source's fields: window k begins at row k * batch_stride */
    int64_t *window_start; /* (images), see struct image_batch */
    void **columns;        /* of the window set: (images, width) each; NULL: there are none */
};

/* Fills the arrays with windows first..first+count-1. The samples must stay as they are until the next call. */
enum plotmill_status window_reader_read(struct window_reader *reader, uint64_t first, uint64_t count,
                                        const struct batch_arrays *arrays, struct plotmill_error *error);

/* Images that one worker carries from the source to the sink. */
struct batch_range {
    uint64_t number; /* in the order of the images */
    uint64_t first;
    uint64_t count; /* 0: nothing is left to do */
};

/* A call of the embedder's source or sink has returned `status`, which is returned: a failure without a message gets
 * one that names the call ("the sink's write"). */
enum plotmill_status name_failure(enum plotmill_status status, const char *call, struct plotmill_error *error);

enum queue_state {
    QUEUE_RUNNING,
    QUEUE_HALTED, /* a device failed: no batch begins, but writes that are due are done */
    QUEUE_STOPPED /* the job is over: no write begins */
};

struct work_queue {
    struct trace *trace;

    struct mutex reading; /* of the source and what follows: one worker reads at a time, in order */
    struct window_reader reader;
    struct checks checks; /* of the reader */
    const struct image_range *ranges;
    size_t range_count;
    size_t range;                /* the one that batches come from */
    uint64_t done;               /* images of it that were handed out */
    uint64_t batches;            /* handed out */
    struct image_range *resumed; /* the ranges, after queue_resume; owned */

    struct mutex writing; /* of sinks that take one batch at a time */

    struct mutex lock;         /* of all below */
    struct condition changed;  /* turn or state changed */
    struct condition progress; /* stored, workers or writers changed */
    uint64_t turn;             /* number of the batch that an ordered sink takes next */
    uint64_t stored;           /* images */
    uint64_t empty;            /* of these, without a sample */
    uint64_t sink_bytes;       /* handed to the sink */
    bool size_unknown;         /* a write was of 0 bytes */
    unsigned workers;          /* that run */
    unsigned writers;          /* writes that run */
    enum queue_state state;
    enum plotmill_status status; /* why it was halted or stopped: the first failure, but a stop replaces a halt */
    struct plotmill_error error;
    struct device_slot *failed;               /* halted: the device; else NULL */
    struct image_range returned[WORKERS_MAX]; /* taken, but not stored; ascending */
    size_t returned_count;
};

void queue_init(struct work_queue *queue, const struct image_range *ranges, size_t range_count);
void queue_finish(struct work_queue *queue);

enum queue_state queue_state(struct work_queue *queue);

/* The next batch, of at most `most` images, with what is read of it. */
enum plotmill_status queue_take(struct work_queue *queue, uint64_t most, const struct batch_arrays *arrays,
                                struct batch_range *range, struct plotmill_error *error);

/* Ends the job: workers end with the batch they are at. */
void queue_stop(struct work_queue *queue, enum plotmill_status status, const struct plotmill_error *error);

/* A device failed. Workers end likewise, and queue_resume may follow; but a status that is no device failure stops the
 * job. */
void queue_halt(struct work_queue *queue, struct device_slot *failed, enum plotmill_status status,
                const struct plotmill_error *error);

/* DEVICE_FAILED or NO_MEMORY: a smaller batch or another device may succeed. */
bool is_device_failure(enum plotmill_status status);

/* A worker returns a batch that was not stored, and ends. */
void queue_return(struct work_queue *queue, const struct batch_range *range);

/* After a halt, when no worker runs: runs again, over what was not stored. */
enum plotmill_status queue_resume(struct work_queue *queue, struct plotmill_error *error);

/* The first image that was not stored, when no worker runs. */
uint64_t queue_first_missing(const struct work_queue *queue);

/* Around a write to a sink that takes one batch at a time, in the order of the batches if `ordered`. false: do not
 * write, and do not call queue_leave_sink. */
bool queue_enter_sink(struct work_queue *queue, const struct batch_range *range, bool ordered);
void queue_leave_sink(struct work_queue *queue, bool ordered);

/* Around every write, of `bytes`. false: the job was stopped, do not write. */
bool queue_begin_write(struct work_queue *queue);
void queue_end_write(struct work_queue *queue, uint64_t bytes);

/* A batch was stored. */
void queue_add_stored(struct work_queue *queue, uint64_t images, uint64_t empty);

/* Before a worker starts, and when it has ended. */
void queue_worker_starts(struct work_queue *queue);
void queue_worker_ends(struct work_queue *queue);

#endif
