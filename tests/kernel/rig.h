/* A rig for tests of single stages: the test fills the input buffers, and outputs are checked with canaries.
 *
 *     rig_open(&rig, &rig_variants[i]);
 *     for each case:
 *         rig_begin(&rig, &options, window, batch, stride);
 *         write the stage's inputs into rig.host[]
 *         rig_run(&rig, stage, images);
 *         compare its outputs in rig.host[]
 *         rig_end(&rig);
 *     rig_close(&rig);
 *
 * The test fails where OpenCL or a canary does. The device is $PLOTMILL_TEST_DEVICE, or else the first CPU. */
#ifndef TESTS_KERNEL_RIG_H
#define TESTS_KERNEL_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cl/shared.h"
#include "device/compute.h"
#include "device/discover.h"
#include "render/stages.h"

/* The value of unwritten output bytes after rig_run. */
#define RIG_CANARY 0xa5

/* A launch configuration. A group_limit other than 0 imitates a device with small work-groups. */
struct rig_variant {
    const char *name;
    enum launch_kind launch;
    size_t group_limit;
};

#define RIG_VARIANTS 4
extern const struct rig_variant rig_variants[RIG_VARIANTS];

struct rig {
    const struct rig_variant *variant;
    struct device_list list;
    struct compute *compute;
    struct stages stages;
    struct line_chart line;  /* that they draw */
    void *host[BUF_COUNT];   /* contents of the device's buffers, uploaded before a stage runs; see render/buffers.h */
    size_t size[BUF_COUNT];  /* bytes; 0: not used */
    size_t image[BUF_COUNT]; /* bytes per image; 0: a table or samples */
    char text[200];          /* the case, for messages */
    uint64_t work_limit;     /* $PLOTMILL_TEST_WORK, for slow devices: maximum of pixels and samples in a case */
    unsigned cases, skipped;
    bool paints; /* set before rig_begin: charts are painted in one stage where possible */
};

void rig_open(struct rig *rig, const struct rig_variant *variant);
/* Fails the test if no case was run, and reports how many were skipped. */
void rig_close(struct rig *rig);

/* False: the case exceeds $PLOTMILL_TEST_WORK, and rig_end must not be called. */
bool rig_begin(struct rig *rig, const struct chart_options *options, uint64_t window, uint64_t batch, uint64_t stride);
void rig_end(struct rig *rig);

/* The program with the kernels of charts that are more than one line. It belongs to rig->compute. */
struct program *rig_layered_program(const struct rig *rig);

/* Runs a stage for the first images of the batch twice, with different canaries in its outputs. Checks that it writes
 * the whole outputs of these images and nothing else, and that both runs agree. The outputs are then in host[].
 * `fill_gaps` and `blend` work in place, so the test has to check which values change. Subsamples and areas that a
 * column does not have may stay unwritten, and without stages.keep_edges also the edges that no kernel reads. */
void rig_run(struct rig *rig, enum stage stage, uint64_t images);

/* Fails the test unless `wrong` is 0. `where` describes the first wrong value. */
void rig_expect_none(const struct rig *rig, uint64_t wrong, const char *what, const char *where);

/* A small random number generator, the same everywhere. */
struct rig_rng {
    uint64_t state;
};
uint64_t rig_next(struct rig_rng *rng);
uint32_t rig_below(struct rig_rng *rng, uint32_t end); /* 0..end-1 */
double rig_unit(struct rig_rng *rng);                  /* 0..1 */

#endif
