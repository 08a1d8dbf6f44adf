/* Launches cover their range exactly once and stay within the device's limits. No device is needed. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "render/launch_config.h"
#include "rig.h"

static const size_t limits[] = {1, 2, 3, 8, 24, 64, 100, 128, 256, 1000, 1024, 4096, 8192};

#define LIMITS (sizeof limits / sizeof *limits)

static size_t items(const struct launch *l)
{
    return l->local[0] * l->local[1] * l->local[2];
}

/* A launch may exceed its range by less than a work-group per dimension. */
static bool covers(const struct launch *l, const size_t range[3], size_t limit)
{
    for (int i = 0; i < 3; i++)
        if (!l->local[i] || l->global[i] % l->local[i] || l->global[i] < range[i] ||
            l->global[i] - range[i] >= l->local[i])
            return false;
    return items(l) <= limit;
}

static void expect_covers(const struct launch *l, const size_t range[3], size_t limit)
{
    if (!covers(l, range, limit))
        cr_assert_fail("range %zux%zux%zu, limit %zu: global %zux%zux%zu, local %zux%zux%zu", range[0], range[1],
                       range[2], limit, l->global[0], l->global[1], l->global[2], l->local[0], l->local[1],
                       l->local[2]);
}

static size_t random_length(struct rig_rng *rng)
{
    static const size_t hard[] = {1, 2, 15, 16, 17, 127, 128, 129, 997, 4096, 4097, 4099, 8192, 10007, 65521, 65535};
    return rig_below(rng, 2) ? hard[rig_below(rng, sizeof hard / sizeof *hard)] : 1 + rig_below(rng, 65535);
}

Test(launch_config, launches_cover_the_range_once)
{
    struct rig_rng rng = {1};
    for (int i = 0; i < 40000; i++) {
        size_t range[3] = {random_length(&rng), rig_below(&rng, 2) ? 1 : random_length(&rng), 1 + rig_below(&rng, 300)};
        size_t own = limits[rig_below(&rng, LIMITS)], kernels = limits[rig_below(&rng, LIMITS)];
        size_t rows = rig_below(&rng, 2) ? 1 : own;
        struct launch_config config = {.group_limit = own, .row_limit = rows, .long_items = rig_below(&rng, 2) != 0};
        struct launch l = launch_grid(&config, kernels, range[0], range[1], range[2]);
        expect_covers(&l, range, config.long_items ? 1 : own < kernels ? own : kernels);
        cr_assert(l.local[1] <= rows && l.local[2] == 1, "local %zux%zux%zu", l.local[0], l.local[1], l.local[2]);
    }
}

/* Each thing belongs to one work-item, no work-item without a share exceeds a work-group, and PoCL compiles once. */
Test(launch_config, shares_cover_the_range_once)
{
    struct rig_rng rng = {4};
    for (int i = 0; i < 40000; i++) {
        size_t x = random_length(&rng), y = rig_below(&rng, 2) ? 1 : random_length(&rng);
        size_t batch = 1 + rig_below(&rng, 300), images = 1 + rig_below(&rng, (uint32_t)batch),
               least = 1 + rig_below(&rng, 100);
        struct launch_config config = {.group_limit = 256, .row_limit = 256, .long_items = rig_below(&rng, 2) != 0};
        struct shared_launch s = launch_shares(&config, 1024, least, x, y, images, batch);
        struct shared_launch whole = launch_shares(&config, 1024, least, x, y, batch, batch);
        const size_t ranges[3] = {(x + s.share - 1) / s.share, (y + s.row_share - 1) / s.row_share, images};
        expect_covers(&s.launch, ranges, config.long_items ? 1 : 256);
        cr_assert(config.long_items || (s.share == 1 && s.row_share == 1));
        cr_assert(!config.long_items || s.share >= least || s.share >= x, "share %u of %zu", (unsigned)s.share, x);
        for (int k = 0; k < 3; k++)
            cr_assert(s.launch.global[k] <= whole.launch.global[k], "longer than that of a whole batch");
        cr_assert(!config.long_items || batch < 128 || (s.share >= x && s.row_share >= y));
    }
}

Test(launch_config, work_groups_of_images_do_not_depend_on_their_number)
{
    struct rig_rng rng = {2};
    for (int i = 0; i < 20000; i++) {
        size_t limit = limits[rig_below(&rng, LIMITS)], parts = 1 + rig_below(&rng, 200);
        size_t images = 1 + rig_below(&rng, 300);
        struct launch_config config = {.long_items = rig_below(&rng, 2) != 0};
        struct launch l = launch_images(&config, limit, parts, images), one = launch_images(&config, limit, 1, 1);
        expect_covers(&l, (size_t[]){images, parts, 1}, limit);
        cr_assert_eq(l.local[1], 1);
        cr_assert(!memcmp(l.local, one.local, sizeof l.local), "another work-group for %zu images", images);
    }
}

Test(launch_config, fits_every_chart)
{
    struct rig_rng rng = {3};
    for (int i = 0; i < 20000; i++) {
        struct device_info device = {.type = rig_below(&rng, 2) ? DEVICE_TYPE_CPU : DEVICE_TYPE_GPU,
                                     .max_work_group = limits[rig_below(&rng, LIMITS)]};
        struct chart_options o;
        uint32_t window = 1 + (uint32_t)random_length(&rng);
        chart_options_init(&o);
        o.width = (uint32_t)random_length(&rng);
        o.height = (uint32_t)random_length(&rng);
        o.antialias = (int)rig_below(&rng, 2);
        struct launch_config s =
            launch_config_choose((enum launch_kind)rig_below(&rng, 3), &device, (struct item_limits){1024, 1024},
                                 o.width, o.antialias != 0, window);
        cr_assert(s.group_limit >= 1 && s.group_limit <= device.max_work_group);
        cr_assert(s.pixels >= 1 && o.width % s.pixels == 0, "%u pixels a store of width %u", (unsigned)s.pixels,
                  (unsigned)o.width);
        cr_assert(s.part_size >= 1 && (s.lanes == 1 || (s.lanes == 16 && !o.antialias)));
    }
}

/* Another window or size compiles nothing. */
Test(launch_config, programs_depend_on_neither_window_nor_size)
{
    struct rig_rng rng = {5};
    for (int kind = LAUNCH_CPU; kind <= LAUNCH_GPU; kind++)
        for (int antialias = 0; antialias < 2; antialias++) {
            struct device_info device = {.type = DEVICE_TYPE_CPU, .max_work_group = 4096};
            char first[256] = "", text[256];
            for (int i = 0; i < 1000; i++) {
                struct chart_options o;
                chart_options_init(&o);
                o.antialias = antialias;
                o.width = (uint32_t)random_length(&rng);
                o.height = (uint32_t)random_length(&rng);
                const struct launch_config s =
                    launch_config_choose((enum launch_kind)kind, &device, (struct item_limits){4096, 4096}, o.width,
                                         o.antialias != 0, 1 + (uint32_t)random_length(&rng));
                launch_config_defines(&s, o.antialias != 0, text, sizeof text);
                if (!i)
                    memcpy(first, text, sizeof first);
                cr_assert_str_eq(text, first);
            }
        }
}

Test(launch_config, kind_follows_the_device_type)
{
    struct chart_options o;
    chart_options_init(&o);
    for (int type = DEVICE_TYPE_GPU; type <= DEVICE_TYPE_OTHER; type++) {
        struct device_info device = {.type = (enum device_type)type, .max_work_group = 1024};
        struct launch_config s = launch_config_choose(LAUNCH_BY_DEVICE, &device, (struct item_limits){1024, 1024},
                                                      o.width, o.antialias != 0, 100);
        cr_assert_eq(s.kind, type == DEVICE_TYPE_CPU ? LAUNCH_CPU : LAUNCH_GPU);
    }
}

Test(launch_config, llvmpipe_has_no_long_loops)
{
    struct chart_options o;
    struct device_info device = {.type = DEVICE_TYPE_CPU, .max_work_group = 1024};
    chart_options_init(&o);
    snprintf(device.name, sizeof device.name, "llvmpipe (LLVM 15.0.6, 256 bits)");
    cr_assert(!launch_config_choose(LAUNCH_BY_DEVICE, &device, (struct item_limits){1024, 1024}, o.width,
                                    o.antialias != 0, 100)
                   .long_loops);
    snprintf(device.name, sizeof device.name, "pthread-skylake");
    cr_assert(launch_config_choose(LAUNCH_BY_DEVICE, &device, (struct item_limits){1024, 1024}, o.width,
                                   o.antialias != 0, 100)
                  .long_loops);
}

Test(launch_config, defines_hold_every_value)
{
    struct chart_options o;
    char text[256];
    struct launch_config s = {.lanes = 16, .pixels = 8, .paint = true, .layered = true};
    chart_options_init(&o);
    launch_config_defines(&s, o.antialias != 0, text, sizeof text);
    cr_assert_str_eq(text, "-cl-std=CL1.2 -DANTIALIAS=0 -DLANES=16 -DPAINT=1 -DLAYERED=1");
}
