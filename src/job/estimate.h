/* How large an output will be, and how long a job will take: from images that are drawn and encoded for it. Nothing is
 * written. */
#ifndef JOB_ESTIMATE_H
#define JOB_ESTIMATE_H

#include "job/worker.h"

/* Images that are drawn to check the room on the disk, and those for job_estimate. */
#define ESTIMATE_FEW 64
#define ESTIMATE_MANY 256

/* Bytes that the sink would store per image, without what a file has once: the mean over about `images` images from all
 * over the job, fewer where they take long. 0: not known, or pixels are stored as they are. The worker must be idle. */
double estimate_image_bytes(struct worker *worker, const struct dataset_info *info, uint64_t images);

/* Bytes that the sink would store of a batch as the renderer made it; 0: not known. */
uint64_t estimate_batch_bytes(const struct output_stage *output, const struct dataset_info *info,
                              const struct image_batch *batch);

struct job_estimate {
    double bytes;   /* of all images; 0: not known */
    double seconds; /* reading, drawing and encoding all images, without set-up and without writing */
};

/* Runs the job for a short time, without opening its sink. */
enum plotmill_status job_estimate(const struct job *job, struct job_estimate *estimate, struct plotmill_error *error);

#endif
