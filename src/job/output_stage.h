/* What the renderer made -> what the sink takes: numbers of its pixel format, in pieces on several threads where the
 * sink can take them so. */
#ifndef JOB_OUTPUT_STAGE_H
#define JOB_OUTPUT_STAGE_H

#include <stdbool.h>

#include "base/thread.h"
#include "chart/pixel_format.h"
#include "formats/format.h"
#include "job/queue.h"
#include "render/renderer.h"

struct delivery {
    const struct sink *sink;
    struct plotmill_pixel_format format;
    struct pixel_shape shape;
    bool convert;      /* the renderer's pixels become other numbers */
    bool compress;     /* and these zlib streams: the device cannot */
    uint32_t group;    /* images of a stream, else 1: pieces are multiples of it */
    struct pool *pool; /* sinks that take pieces from several threads at once; else NULL */
    unsigned threads;  /* of the pool; else 1 */
};

/* `threads` of the host may be used. delivery_finish also takes one that was never made (all zero). */
enum plotmill_status delivery_init(struct delivery *delivery, const struct pipeline *pipeline, unsigned threads,
                                   struct plotmill_error *error);
void delivery_finish(struct delivery *delivery);

/* What the renderer must make for the sink; no sink: pixels. */
void delivery_ask(const struct pipeline *pipeline, struct renderer_options *how);

/* Bytes that the sink would store of a batch; 0: it cannot be told. Nothing is written. */
uint64_t delivery_weigh(const struct delivery *delivery, const struct plotmill_dataset_info *info,
                        const struct plotmill_batch *batch);

/* Hands a batch, as the renderer made it, to the sink. A write that fails stops the flow; none begins after that, of
 * this batch or of another one. */
void delivery_run(const struct delivery *delivery, const struct plotmill_batch *batch, struct flow *flow);

#endif
