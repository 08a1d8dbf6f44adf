/* A worker carries one batch after another from the source through a device to the sink. With two or three workers per
 * device one reads while another's kernels run and a third one writes; their number bounds what is in flight. */
#ifndef JOB_WORKER_H
#define JOB_WORKER_H

#include "job/device_slots.h"
#include "job/output_stage.h"

struct worker {
    const struct job *job;
    struct work_queue *queue;
    const struct output_stage *output;
    struct device_slot *slot;
    struct compute *fork; /* a separate command queue; NULL: the device's */
    struct renderer *renderer;
    struct batch_arrays arrays; /* of a batch */
    double *y_range;            /* (batch, panels, 2) */
    uint32_t *rows_before;      /* (batch), see struct window_batch; NULL: no layer needs it */
    uint64_t images;            /* stored so far */
    struct thread thread;
    struct trace_track *track; /* NULL: no recording */
};

struct workers {
    struct worker list[DEVICE_SHARES][WORKERS_PER_DEVICE]; /* per device slot; all zero: none */
};

/* Creates workers for each active device: builds the kernels and chooses the batch where it is not known. *failed: the
 * device that failed; NULL where something else did. After a failure call workers_destroy. */
enum plotmill_status workers_create(struct workers *workers, const struct job *job, struct device_slots *devices,
                                    struct work_queue *queue, const struct output_stage *output,
                                    struct device_slot **failed, struct plotmill_error *error);

/* When none runs. Adds their images to the device slots. Returns the images that the host compressed for them. */
uint64_t workers_destroy(struct workers *workers);

/* Records all buffers. */
void workers_trace_memory(const struct workers *workers, struct trace *trace);

/* Draws images first..first+count-1, whose samples the worker has read. renderer_release must follow. */
enum plotmill_status worker_draw(struct worker *worker, uint64_t first, uint64_t count, struct renderer_images *made,
                                 struct plotmill_error *error);

/* What the sink takes, of a batch that the worker has read and drawn. */
struct image_batch worker_batch(struct worker *worker, const struct batch_range *range,
                                const struct renderer_images *made);

/* Each works in a thread until nothing is left or the queue is halted or stopped. Call workers_join also after a
 * failure. */
enum plotmill_status workers_start(struct workers *workers, struct plotmill_error *error);
void workers_join(struct workers *workers);

#endif
