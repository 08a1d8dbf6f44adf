/* What is stored of the train part of a split: mean and standard deviation of its pixels, and its classes. */
#ifndef JOB_TRAIN_PART_H
#define JOB_TRAIN_PART_H

#include "job/worker.h"

/* Images that are drawn for the statistics: evenly spaced ones, or all where the train part has no more. */
#define TRAIN_SAMPLE 4096

/* JSON: images of the part; `sample`, those that mean and std (per channel, of value/255) are of; classes: images per
 * label and class. The worker must be idle; its device draws the images. *text is freed by the caller; NULL: the part
 * has no image. */
enum plotmill_status train_part_describe(char **text, struct worker *worker, struct plotmill_error *error);

#endif
