/* The last stage of a batch: what the renderer made becomes what the sink takes, in pieces on several threads where the
 * sink allows it. */
#ifndef JOB_OUTPUT_STAGE_H
#define JOB_OUTPUT_STAGE_H

#include "chart/pixel_format.h"
#include "job/queue.h"

struct output_stage {
    const struct sink *sink;
    struct output_form form;
    struct pixel_shape shape;
    struct pixel_format stored;         /* what the sink takes */
    const struct png_form *png;         /* of the job, where it takes PNG streams */
    struct ink blank;                   /* the background */
    uint32_t panels;                    /* pairs of y_range per image */
    const struct image_column *columns; /* (column_count) of the data set */
    size_t column_count;
    struct pool *pool; /* of sinks that take pieces from several threads at once; else NULL */
    unsigned threads;  /* of the pool; else 1 */
    /* Not NULL: nothing is written, but queue->sink_bytes counts what the sink would store. */
    const struct dataset_info *sized;
};

/* output_stage_finish also takes one that is all zero. */
enum plotmill_status output_stage_init(struct output_stage *output, const struct job *job,
                                       struct plotmill_error *error);
void output_stage_finish(struct output_stage *output);

/* Hands a batch, as the renderer made it, to the sink. A write that fails stops the queue; no write begins after that,
 * of this batch or of another one. */
void output_stage_write(const struct output_stage *output, const struct image_batch *batch, struct work_queue *queue);

#endif
