/* Pixels of charts of several layers, from spans (cl/draw.cl): uint8 (images, height, width, channels). Charts of one
 * line (chart_single_line) have kernels of their own. */
#ifndef RENDER_DRAW_H
#define RENDER_DRAW_H

#include "render/stages.h"

struct drawing;

/* Plans the buffers of stages that draw such charts or make streams of them: BUF_INKS and BUF_SCRATCH. */
void draw_plan(struct buffers *buffers, const struct chart *chart, const struct launch_config *config,
               const struct renderer_options *how);

/* Of `stages`, whose buffers are made, and which must outlive the drawing. */
enum plotmill_status draw_create(struct drawing **drawing, struct stages *stages, struct plotmill_error *error);
void draw_destroy(struct drawing *drawing); /* takes NULL */

/* Queues the drawing of the batch's first `images` images, whose spans are already queued, to the pixels of `stages`.
 */
enum plotmill_status draw_run(struct drawing *drawing, uint64_t images, struct plotmill_error *error);

#endif
