#include "render/launch_config.h"

#include <stdio.h>

/* Divisors this large, or the whole range, make good work-groups; below, guarding costs less. */
#define GOOD_DIVISOR 32

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t largest_divisor(size_t n, size_t limit)
{
    for (size_t d = smaller(n, limit); d > 1; d--)
        if (n % d == 0)
            return d;
    return 1;
}

static bool divides_badly(size_t n, size_t limit)
{
    size_t divisor = largest_divisor(n, limit);
    return divisor != n && divisor < GOOD_DIVISOR;
}

static uint32_t pixels_per_store(uint32_t width)
{
    return width % 16 == 0 ? 16 : width % 8 == 0 ? 8 : width % 4 == 0 ? 4 : 1;
}

struct launch_config launch_config_choose(enum launch_kind kind, const struct plotmill_device *device,
                                          struct item_limits items, const struct plotmill_chart_options *options,
                                          uint32_t window)
{
    if (kind == LAUNCH_BY_DEVICE)
        kind = device->type == PLOTMILL_DEVICE_CPU ? LAUNCH_CPU : LAUNCH_GPU;
    size_t limit = smaller(device->max_work_group ? (size_t)device->max_work_group : 1, items.x);
    /* At most 4096 parts a window: `scale` joins them in one loop. */
    struct launch_config shape = {
        .kind = kind, .row_limit = items.y, .part_size = kind == LAUNCH_GPU ? 128 : 4096, .lanes = 1};
    shape.long_loops = !device_ends_loops(device);
    shape.paint = options->antialias && kind == LAUNCH_CPU && shape.long_loops;
    if (window / 4096 > shape.part_size)
        shape.part_size = window / 4096;
    if (kind == LAUNCH_GPU) {
        shape.group_limit = smaller(limit, 256);
        shape.pixels = pixels_per_store(options->width);
        shape.guard_samples = shape.guard_groups = shape.guard_pixels = true;
        return shape;
    }
    shape.group_limit = smaller(limit, 4096);
    shape.pixels = 1;
    if (!options->antialias)
        shape.lanes = 16;
    uint32_t groups = (options->width + shape.lanes - 1) / shape.lanes;
    shape.guard_samples = divides_badly(window, shape.group_limit);
    shape.guard_groups = divides_badly(groups, shape.group_limit);
    shape.guard_pixels = divides_badly(options->width, shape.group_limit);
    return shape;
}

void launch_config_defines(const struct launch_config *shape, const struct plotmill_chart_options *options, char *text,
                           size_t size)
{
    snprintf(text, size,
             "-cl-std=CL1.2 -DANTIALIAS=%d -DLANES=%u -DPIXELS=%u -DGUARD_SAMPLES=%d -DGUARD_GROUPS=%d "
             "-DGUARD_PIXELS=%d -DPAINT=%d",
             options->antialias ? 1 : 0, (unsigned)shape->lanes, (unsigned)shape->pixels, shape->guard_samples,
             shape->guard_groups, shape->guard_pixels, shape->paint);
}

static size_t rounded_up(size_t n, size_t step)
{
    return (n + step - 1) / step * step;
}

/* The smallest power of two that holds n, at most `limit`. */
static size_t covering_power(size_t n, size_t limit)
{
    size_t power = 1;
    while (power < n && power * 2 <= limit)
        power *= 2;
    return power;
}

struct launch launch_grid(const struct launch_config *shape, size_t kernel_limit, bool guard, size_t x, size_t y,
                          size_t images)
{
    size_t limit = smaller(shape->group_limit, kernel_limit);
    struct launch launch = {{x, y, images}, {1, 1, 1}};
    if (guard) {
        launch.local[0] = covering_power(x, y > 1 ? smaller(limit, 64) : limit);
        launch.local[1] = covering_power(y, smaller(limit / launch.local[0], shape->row_limit));
    } else {
        launch.local[0] = largest_divisor(x, limit);
        launch.local[1] = largest_divisor(y, smaller(limit / launch.local[0], shape->row_limit));
    }
    for (int i = 0; i < 2; i++)
        launch.global[i] = rounded_up(launch.global[i], launch.local[i]);
    return launch;
}

struct launch launch_images(size_t kernel_limit, size_t parts, size_t images, size_t batch)
{
    size_t local = covering_power(batch, smaller(kernel_limit, 64));
    return (struct launch){{rounded_up(images, local), parts, 1}, {local, 1, 1}};
}

struct launch launch_streams(const struct launch_config *shape, size_t kernel_limit, size_t images)
{
    size_t local = shape->kind == LAUNCH_CPU ? 1 : smaller(kernel_limit, 32);
    return (struct launch){{rounded_up(images, local), 1, 1}, {local, 1, 1}};
}
