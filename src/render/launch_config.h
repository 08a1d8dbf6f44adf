/* The shape of the work for a device: the same kernels, cut differently for CPUs and GPUs. Pixels never depend on it.
 */
#ifndef RENDER_LAUNCH_CONFIG_H
#define RENDER_LAUNCH_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "device/compute.h"
#include "plotmill/chart.h"

/* How kernels are cut. CPUs want wide work-items without guards, GPUs many small ones and 4-16 bytes a store. */
enum launch_kind { LAUNCH_BY_DEVICE = 0, LAUNCH_CPU, LAUNCH_GPU };

struct launch_config {
    enum launch_kind kind;
    size_t group_limit; /* work-items a work-group */
    size_t row_limit;   /* of which so many in y: 1 on Apple's CPU device */
    uint32_t lanes;     /* pixel columns a work-item of `rasterize` finds */
    uint32_t pixels;    /* pixels a work-item of `stamp` writes, a divisor of the width */
    uint32_t part_size; /* samples a work-item of `minmax` looks at */
    bool long_loops;    /* a work-item may take as many turns as it needs */
    bool paint;         /* the program has the kernel `paint` */
    bool guard_samples; /* whether launches over samples, groups, columns, pixels are rounded up */
    bool guard_groups;
    bool guard_pixels;
};

struct launch_config launch_config_choose(enum launch_kind kind, const struct plotmill_device *device,
                                          struct item_limits items, const struct plotmill_chart_options *options,
                                          uint32_t window);

/* The -D options for program_build. */
void launch_config_defines(const struct launch_config *shape, const struct plotmill_chart_options *options, char *text,
                           size_t size);

/* A launch over x (or x and y) of each of `images` images: rounded up if `guard`, else in exact divisors. */
struct launch launch_grid(const struct launch_config *shape, size_t kernel_limit, bool guard, size_t x, size_t y,
                          size_t images);

/* A launch over images (and parts of them), for kernels that always guard. The work-group depends on the batch alone:
 * PoCL compiles a kernel anew for each shape of its work-groups, and the last batch is often smaller. */
struct launch launch_images(size_t kernel_limit, size_t parts, size_t images, size_t batch);

/* A launch over images for `deflate`, whose work-items are long: one a work-group on CPUs, so that all cores share. */
struct launch launch_streams(const struct launch_config *shape, size_t kernel_limit, size_t images);

#endif
