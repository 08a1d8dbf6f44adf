/* What an image of this job will take once it is encoded: for sinks, which compare it with the room on the disk. */
#ifndef JOB_ESTIMATE_H
#define JOB_ESTIMATE_H

#include "job/worker.h"

/* Bytes of an image, the mean over some from all over the job, which are drawn and encoded for it;
 * over its first ones where several share a stream. 0 where pixels are stored as they are, or nothing could be told.
 * The lane is not at work. */
double estimate_image_bytes(struct lane *lane, const struct plotmill_dataset_info *info);

#endif
