/* One stage of the kernels at a time, on buffers that the test fills, with canaries wherever a stage may write.
 *
 *     rig_open(&rig, &rig_ways[i]);
 *     for each case:
 *         rig_begin(&rig, &options, window, batch, stride);
 *         write the stage's inputs into rig.host[]
 *         rig_run(&rig, stage, images);
 *         compare its outputs in rig.host[]
 *         rig_end(&rig);
 *     rig_close(&rig);
 *
 * Failures of OpenCL and of the canaries end the test. The device is $PLOTMILL_TEST_DEVICE, else the first CPU. */
#ifndef TESTS_KERNEL_RIG_H
#define TESTS_KERNEL_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cl/shared.h"
#include "device/compute.h"
#include "device/discover.h"
#include "render/stages.h"

/* What unwritten bytes of the outputs hold after rig_run. */
#define RIG_CANARY 0xa5

enum rig_buffer {
    RIG_SAMPLES,     /* double ((batch-1)*stride + window) */
    RIG_EXTENTS,     /* int64 (batch, parts, 2) */
    RIG_SCALES,      /* uint64 (batch, 4) */
    RIG_RANGES,      /* double (batch, 2) */
    RIG_HEIGHTS,     /* int32 (batch, window) */
    RIG_EDGE_COEFFS, /* float (batch, window, 4) */
    RIG_SUBSAMPLING, /* uint8 (batch, pitch), 1 or STEEP_SUBSAMPLES; NULL without antialiasing */
    RIG_SPANS,       /* uint16 (batch, 2 or antialiased 4, pitch) */
    RIG_EDGES,       /* int32 (batch, pitch, 4, 2, 16); NULL without antialiasing */
    RIG_AREAS,       /* uint16 (batch, pitch, COLUMN_AREAS); NULL without antialiasing */
    RIG_PIXELS,      /* uint8 (batch, height, width) */
    RIG_NEIGHBOURS,  /* uint32 ((batch-1)*stride + window, 2); NULL unless gaps are bridged */
    RIG_X,
    RIG_STEP_INVERSE,
    RIG_FIRSTS,
    RIG_BUFFERS
};

/* How the kernels are cut. A group_limit other than 0 imitates a device with small work-groups. */
struct rig_way {
    const char *name;
    enum launch_kind shape;
    size_t group_limit;
};

#define RIG_WAYS 4
extern const struct rig_way rig_ways[RIG_WAYS];

struct rig {
    const struct rig_way *way;
    struct device_list list;
    struct compute *compute;
    struct stages stages;
    void *host[RIG_BUFFERS];   /* what the device's buffers hold, or will when the stage runs */
    size_t size[RIG_BUFFERS];  /* bytes */
    size_t image[RIG_BUFFERS]; /* of which each image has so many; 0: shared */
    char text[200];            /* the case, for messages */
    uint64_t work_limit;       /* $PLOTMILL_TEST_WORK: pixels and samples of a case, for slow devices */
    unsigned cases, skipped;
    bool paints; /* set before rig_begin: charts are painted in one stage where that can be */
};

void rig_open(struct rig *rig, const struct rig_way *way);
/* Fails the test if no case was run, and says how many were skipped. */
void rig_close(struct rig *rig);

/* False: the case is too much for $PLOTMILL_TEST_WORK, and nothing is to be ended. */
bool rig_begin(struct rig *rig, const struct plotmill_chart_options *options, uint64_t window, uint64_t batch,
               uint64_t stride);
void rig_end(struct rig *rig);

/* Runs a stage for the first images of the batch, twice, with different canaries in its outputs. Checks that the
 * outputs of these images are wholly written, and nothing beyond them, and that both runs agree. The outputs are then
 * in host[]. `fill_gaps` and `blend` work in place: there, the test knows what must change. Sets of edges and areas
 * that a column does not have may stay unwritten; so may the edges that nobody needs, once stages.keep_edges is off. */
void rig_run(struct rig *rig, enum stage stage, uint64_t images);

/* Fails the test unless the count is 0; `where` tells of the first wrong value. */
void rig_expect_none(const struct rig *rig, uint64_t wrong, const char *what, const char *where);

/* A small random generator, the same everywhere. */
struct rig_dice {
    uint64_t state;
};
uint64_t rig_roll(struct rig_dice *dice);
uint32_t rig_below(struct rig_dice *dice, uint32_t end); /* 0..end-1 */
double rig_unit(struct rig_dice *dice);                  /* 0..1 */

#endif
