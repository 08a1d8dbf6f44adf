#include "render/launch_config.h"

#include <stdio.h>

#include "base/numbers.h"
#include "cl/shared.h"

/* A divisor of at least this, or the whole range, makes a good work-group. With a smaller one a guard costs less. */
#define GOOD_DIVISOR 32

static size_t largest_divisor(size_t n, size_t limit)
{
    size_t divisor = MIN(n, limit);
    while (divisor > 1 && n % divisor)
        divisor--;
    return divisor ? divisor : 1;
}

static bool needs_guard(size_t n, size_t limit)
{
    size_t divisor = largest_divisor(n, limit);
    return divisor != n && divisor < GOOD_DIVISOR;
}

struct launch_config launch_config_choose(enum launch_kind kind, const struct device_info *device,
                                          struct item_limits items, const struct chart_options *options,
                                          uint32_t window)
{
    size_t limit = MIN(device->max_work_group ? (size_t)device->max_work_group : 1, items.x);
    uint32_t width = options->width;
    if (kind == LAUNCH_BY_DEVICE)
        kind = device->type == DEVICE_TYPE_CPU ? LAUNCH_CPU : LAUNCH_GPU;
    struct launch_config config = {.kind = kind, .row_limit = items.y, .lanes = 1, .pixels = 1};
    config.long_loops = !device_ends_loops(device);
    config.vertices = config.long_loops ? VERTICES_PER_LAUNCH : VERTICES_PER_SHORT_LAUNCH;
    config.part_size = kind == LAUNCH_GPU ? 128 : 4096;
    if (window / 4096 > config.part_size) /* at most 4096 parts per window: `scale` merges them in one loop */
        config.part_size = window / 4096;
    if (kind == LAUNCH_GPU) {
        config.group_limit = MIN(limit, 256);
        config.pixels = width % 16 == 0 ? 16 : width % 8 == 0 ? 8 : width % 4 == 0 ? 4 : 1;
        config.guard_samples = config.guard_groups = config.guard_pixels = true;
        return config;
    }
    config.group_limit = MIN(limit, 4096);
    config.lanes = options->antialias ? 1 : 16;
    config.paint = options->antialias && config.long_loops;
    config.guard_samples = needs_guard(window, config.group_limit);
    config.guard_groups = needs_guard((width + config.lanes - 1) / config.lanes, config.group_limit);
    config.guard_pixels = needs_guard(width, config.group_limit);
    return config;
}

void launch_config_defines(const struct launch_config *config, const struct chart_options *options, char *text,
                           size_t size)
{
    snprintf(text, size,
             "-cl-std=CL1.2 -DANTIALIAS=%d -DLANES=%u -DPIXELS=%u -DGUARD_SAMPLES=%d -DGUARD_GROUPS=%d "
             "-DGUARD_PIXELS=%d -DPAINT=%d",
             options->antialias ? 1 : 0, (unsigned)config->lanes, (unsigned)config->pixels, config->guard_samples,
             config->guard_groups, config->guard_pixels, config->paint);
}

static size_t rounded_up(size_t n, size_t step)
{
    return (n + step - 1) / step * step;
}

/* The smallest power of two that is n or more, at most `limit`. */
static size_t covering_power(size_t n, size_t limit)
{
    size_t power = 1;
    while (power < n && power * 2 <= limit)
        power *= 2;
    return power;
}

struct launch launch_grid(const struct launch_config *config, size_t kernel_limit, bool guard, size_t x, size_t y,
                          size_t images)
{
    size_t limit = MIN(config->group_limit, kernel_limit);
    size_t (*divide)(size_t n, size_t limit) = guard ? covering_power : largest_divisor;
    struct launch launch = {{x, y, images}, {1, 1, 1}};
    launch.local[0] = divide(x, guard && y > 1 ? MIN(limit, 64) : limit);
    launch.local[1] = divide(y, MIN(limit / launch.local[0], config->row_limit));
    for (int i = 0; i < 2; i++)
        launch.global[i] = rounded_up(launch.global[i], launch.local[i]);
    return launch;
}

struct launch launch_images(size_t kernel_limit, size_t parts, size_t images, size_t batch)
{
    size_t local = covering_power(batch, MIN(kernel_limit, 64));
    return (struct launch){{rounded_up(images, local), parts, 1}, {local, 1, 1}};
}

struct launch launch_streams(const struct launch_config *config, size_t kernel_limit, size_t images)
{
    size_t local = config->kind == LAUNCH_CPU ? 1 : MIN(kernel_limit, 32);
    return (struct launch){{rounded_up(images, local), 1, 1}, {local, 1, 1}};
}
