/* How kernels are launched on a device: the same kernels are divided differently for CPUs and GPUs. Pixels never depend
 * on it. */
#ifndef RENDER_LAUNCH_CONFIG_H
#define RENDER_LAUNCH_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "device/compute.h"

/* CPUs are fast with long work-items, each of which is a work-group, GPUs with many small ones that store 4-16 bytes.
 */
enum launch_kind { LAUNCH_BY_DEVICE = 0, LAUNCH_CPU, LAUNCH_GPU };

struct launch_config {
    enum launch_kind kind;
    size_t group_limit; /* work-items per work-group */
    size_t row_limit;   /* of them in y: 1 on Apple's CPU device */
    uint32_t lanes;     /* pixel columns per work-item of `rasterize` */
    uint32_t pixels;    /* pixels per store of `stamp`, a divisor of the width */
    uint32_t part_size; /* samples per work-item of `minmax` */
    uint32_t vertices;  /* per launch of `find_steep` and `rasterize` */
    bool long_loops;    /* the driver does not end the loops of a work-item early */
    bool long_items;    /* a work-item takes many samples, columns or rows, and is alone in its work-group */
    bool paint;         /* the program has the kernel `paint` */
    bool layered;       /* and those of charts that are more than one line */
};

struct launch_config launch_config_choose(enum launch_kind kind, const struct device_info *device,
                                          struct item_limits items, uint32_t width, bool antialias, uint32_t window);

/* The -D options for program_build: the same for every window and every size. */
void launch_config_defines(const struct launch_config *config, bool antialias, char *text, size_t size);

/* A launch over the things of each image, of which work-items take equal shares (cl/common.cl). */
struct shared_launch {
    struct launch launch;
    uint32_t share, row_share;
};

/* Over x (or x and y) of each of `images` images. Rounded up. With long items there is one per image, or a few where a
 * batch has few images and a share has at least `least` of x. PoCL compiles a kernel for each size of its work-groups,
 * so these do not depend on x and y. And no launch of a batch is longer in any dimension than that of a whole one: PoCL
 * 3.1 aborts when it meets a longer one of the same kernel while another queue ends a shorter one. */
struct shared_launch launch_shares(const struct launch_config *config, size_t kernel_limit, size_t least, size_t x,
                                   size_t y, size_t images, size_t batch);

/* One work-item for each of x (or x and y) of each image. Rounded up. */
struct launch launch_grid(const struct launch_config *config, size_t kernel_limit, size_t x, size_t y, size_t images);

/* Over images and their parts. Rounded up. */
struct launch launch_images(const struct launch_config *config, size_t kernel_limit, size_t parts, size_t images);

/* Over images for `deflate`, whose work-items are always long. */
struct launch launch_streams(const struct launch_config *config, size_t kernel_limit, size_t images);

#endif
