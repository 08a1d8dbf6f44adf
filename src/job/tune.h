/* How many images a batch, and how many batches at a time. */
#ifndef JOB_TUNE_H
#define JOB_TUNE_H

#include "job/pipeline.h"

/* Batches on their way at a time on a device: one is read, one is drawn, one is written. Fewer where there are not so
 * many, or where the device's memory would be strained. */
uint32_t tune_in_flight(const struct pipeline *pipeline, const struct plotmill_device *device, uint64_t batch);

/* The smallest part of a batch that takes hardly longer an image than the best: larger ones would only wait longer for
 * each other and take more memory. Measured with the renderer, which holds `batch` images. */
enum plotmill_status tune_batch(struct renderer *renderer, uint64_t batch, uint64_t *chosen,
                                struct plotmill_error *error);

#endif
