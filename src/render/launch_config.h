/* How kernels are launched on a device: the same kernels are divided differently for CPUs and GPUs. Pixels never depend
 * on it. */
#ifndef RENDER_LAUNCH_CONFIG_H
#define RENDER_LAUNCH_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chart/options.h"
#include "device/compute.h"

/* CPUs are fast with wide work-items without guards, GPUs with many small ones that store 4-16 bytes. */
enum launch_kind { LAUNCH_BY_DEVICE = 0, LAUNCH_CPU, LAUNCH_GPU };

struct launch_config {
    enum launch_kind kind;
    size_t group_limit; /* work-items per work-group */
    size_t row_limit;   /* of them in y: 1 on Apple's CPU device */
    uint32_t lanes;     /* pixel columns per work-item of `rasterize` */
    uint32_t pixels;    /* pixels per work-item of `stamp`, a divisor of the width */
    uint32_t part_size; /* samples per work-item of `minmax` */
    uint32_t vertices;  /* per launch of `find_steep` and `rasterize` */
    bool long_loops;    /* the driver does not end the loops of a work-item early */
    bool paint;         /* the program has the kernel `paint` */
    bool guard_samples; /* launches over samples, groups, pixels are rounded up, and kernels have a guard */
    bool guard_groups;
    bool guard_pixels;
};

struct launch_config launch_config_choose(enum launch_kind kind, const struct device_info *device,
                                          struct item_limits items, const struct chart_options *options,
                                          uint32_t window);

/* The -D options for program_build. */
void launch_config_defines(const struct launch_config *config, const struct chart_options *options, char *text,
                           size_t size);

/* Over x (or x and y) of each of `images` images: rounded up with `guard`, otherwise in exact divisors. */
struct launch launch_grid(const struct launch_config *config, size_t kernel_limit, bool guard, size_t x, size_t y,
                          size_t images);

/* Over images and their parts, for kernels that always have a guard. The work-group depends only on the batch: PoCL
 * compiles a kernel for each size of its work-groups, and the last batch is often smaller. */
struct launch launch_images(size_t kernel_limit, size_t parts, size_t images, size_t batch);

/* Over images for `deflate`, whose work-items are long: one per work-group on CPUs, so that all cores are busy. */
struct launch launch_streams(const struct launch_config *config, size_t kernel_limit, size_t images);

#endif
