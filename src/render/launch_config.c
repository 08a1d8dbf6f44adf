#include "render/launch_config.h"

#include <stdio.h>

#include "base/numbers.h"
#include "cl/shared.h"

/* Work-items that keep a CPU busy. */
#define ITEMS_ENOUGH 128

struct launch_config launch_config_choose(enum launch_kind kind, const struct device_info *device,
                                          struct item_limits items, uint32_t width, bool antialias, uint32_t window)
{
    size_t limit = MIN(device->max_work_group ? (size_t)device->max_work_group : 1, items.x);
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
        return config;
    }
    config.group_limit = MIN(limit, 256);
    config.lanes = antialias ? 1 : 16;
    config.paint = antialias && config.long_loops;
    config.long_items = config.long_loops;
    return config;
}

void launch_config_defines(const struct launch_config *config, bool antialias, char *text, size_t size)
{
    snprintf(text, size, "-cl-std=CL1.2 -DANTIALIAS=%d -DLANES=%u -DPAINT=%d -DLAYERED=%d", antialias ? 1 : 0,
             (unsigned)config->lanes, config->paint, config->layered);
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

struct launch launch_grid(const struct launch_config *config, size_t kernel_limit, size_t x, size_t y, size_t images)
{
    size_t limit = config->long_items ? 1 : MIN(config->group_limit, kernel_limit);
    struct launch launch = {{x, y, images}, {1, 1, 1}};
    launch.local[0] = covering_power(x, y > 1 ? MIN(limit, 64) : limit);
    launch.local[1] = covering_power(y, MIN(limit / launch.local[0], config->row_limit));
    for (int i = 0; i < 2; i++)
        launch.global[i] = rounded_up(launch.global[i], launch.local[i]);
    return launch;
}

struct shared_launch launch_shares(const struct launch_config *config, size_t kernel_limit, size_t least, size_t x,
                                   size_t y, size_t images, size_t batch)
{
    if (!config->long_items)
        return (struct shared_launch){launch_grid(config, kernel_limit, x, y, images), 1, 1};
    const size_t wanted = (ITEMS_ENOUGH + batch - 1) / batch, most = MAX(x / least, 1);
    const size_t pieces[2] = {y > 1 ? 1 : MIN(wanted, most), MIN(wanted, y)};
    const size_t share = (x + pieces[0] - 1) / pieces[0], row_share = (y + pieces[1] - 1) / pieces[1];
    return (struct shared_launch){
        {{(x + share - 1) / share, (y + row_share - 1) / row_share, images}, {1, 1, 1}},
        (uint32_t)share,
        (uint32_t)row_share,
    };
}

struct launch launch_images(const struct launch_config *config, size_t kernel_limit, size_t parts, size_t images)
{
    size_t local = config->long_items ? 1 : covering_power(64, MIN(kernel_limit, 64));
    return (struct launch){{rounded_up(images, local), parts, 1}, {local, 1, 1}};
}

struct launch launch_streams(const struct launch_config *config, size_t kernel_limit, size_t images)
{
    size_t local = config->kind == LAUNCH_CPU ? 1 : MIN(kernel_limit, 32);
    return (struct launch){{rounded_up(images, local), 1, 1}, {local, 1, 1}};
}
