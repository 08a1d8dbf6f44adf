/* What an image of this job will take once it is encoded: for sinks, which compare it with the room on the disk. */
#ifndef PIPELINE_ESTIMATE_H
#define PIPELINE_ESTIMATE_H

#include "pipeline/lane.h"

/* Bytes of an image, the mean over the first ones of the job, which are drawn and encoded for it; 0 where the sink
 * takes pixels, or nothing could be told. The lane is not at work. */
double estimate_image_bytes(struct lane *lane);

#endif
