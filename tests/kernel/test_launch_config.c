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

/* Without a guard the launch equals the range; with one it may exceed it by less than a work-group per dimension. */
static bool covers(const struct launch *l, const size_t range[3], bool guarded, size_t limit)
{
    for (int i = 0; i < 3; i++) {
        if (!l->local[i] || l->global[i] % l->local[i] || l->global[i] < range[i])
            return false;
        if (guarded ? l->global[i] - range[i] >= l->local[i] : l->global[i] != range[i])
            return false;
    }
    return items(l) <= limit;
}

static void expect_covers(const struct launch *l, const size_t range[3], bool guarded, size_t limit)
{
    if (!covers(l, range, guarded, limit))
        cr_assert_fail("range %zux%zux%zu, %sguarded, limit %zu: global %zux%zux%zu, local %zux%zux%zu", range[0],
                       range[1], range[2], guarded ? "" : "not ", limit, l->global[0], l->global[1], l->global[2],
                       l->local[0], l->local[1], l->local[2]);
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
        struct launch_config config = {.group_limit = own, .row_limit = rows};
        bool guard = rig_below(&rng, 2) != 0;
        struct launch l = launch_grid(&config, kernels, guard, range[0], range[1], range[2]);
        expect_covers(&l, range, guard, own < kernels ? own : kernels);
        cr_assert(l.local[1] <= rows && l.local[2] == 1, "local %zux%zux%zu", l.local[0], l.local[1], l.local[2]);
    }
}

Test(launch_config, launches_over_images_depend_on_the_batch_alone)
{
    struct rig_rng rng = {2};
    for (int i = 0; i < 20000; i++) {
        size_t limit = limits[rig_below(&rng, LIMITS)], parts = 1 + rig_below(&rng, 200);
        size_t batch = 1 + rig_below(&rng, 300), images = 1 + rig_below(&rng, (uint32_t)batch);
        struct launch l = launch_images(limit, parts, images, batch);
        struct launch whole = launch_images(limit, parts, batch, batch);
        expect_covers(&l, (size_t[]){images, parts, 1}, true, limit);
        cr_assert_eq(l.local[1], 1);
        cr_assert(!memcmp(l.local, whole.local, sizeof l.local), "batch %zu: another work-group for %zu images", batch,
                  images);
    }
}

/* The launches of a renderer over samples, groups and pixels. */
static void check_launches(const struct launch_config *s, const struct chart_options *o, uint32_t window)
{
    size_t groups = (o->width + s->lanes - 1) / s->lanes, stores = o->width / s->pixels;
    size_t lengths[][2] = {{window, 1}, {groups, 1}, {o->width, 1}, {stores, o->height}};
    bool guards[] = {s->guard_samples, s->guard_groups, s->guard_pixels, s->guard_pixels};
    for (int i = 0; i < 4; i++) {
        struct launch l = launch_grid(s, s->group_limit, guards[i], lengths[i][0], lengths[i][1], 3);
        expect_covers(&l, (size_t[]){lengths[i][0], lengths[i][1], 3}, guards[i], s->group_limit);
        /* A launch without a guard must not have tiny work-groups, such as 1009 of one work-item. */
        cr_assert(guards[i] || items(&l) >= 32 || items(&l) >= l.global[0] || s->group_limit < 32,
                  "%zux%zu: work-groups of %zu without a guard", lengths[i][0], lengths[i][1], items(&l));
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
        struct launch_config s = launch_config_choose((enum launch_kind)rig_below(&rng, 3), &device,
                                                      (struct item_limits){1024, 1024}, &o, window);
        cr_assert(s.group_limit >= 1 && s.group_limit <= device.max_work_group);
        cr_assert(s.pixels >= 1 && o.width % s.pixels == 0, "%u pixels a store of width %u", (unsigned)s.pixels,
                  (unsigned)o.width);
        cr_assert(s.part_size >= 1 && (s.lanes == 1 || (s.lanes == 16 && !o.antialias)));
        check_launches(&s, &o, window);
    }
}

Test(launch_config, kind_follows_the_device_type)
{
    struct chart_options o;
    chart_options_init(&o);
    for (int type = DEVICE_TYPE_GPU; type <= DEVICE_TYPE_OTHER; type++) {
        struct device_info device = {.type = (enum device_type)type, .max_work_group = 1024};
        struct launch_config s =
            launch_config_choose(LAUNCH_BY_DEVICE, &device, (struct item_limits){1024, 1024}, &o, 100);
        cr_assert_eq(s.kind, type == DEVICE_TYPE_CPU ? LAUNCH_CPU : LAUNCH_GPU);
    }
}

Test(launch_config, llvmpipe_has_no_long_loops)
{
    struct chart_options o;
    struct device_info device = {.type = DEVICE_TYPE_CPU, .max_work_group = 1024};
    chart_options_init(&o);
    snprintf(device.name, sizeof device.name, "llvmpipe (LLVM 15.0.6, 256 bits)");
    cr_assert(!launch_config_choose(LAUNCH_BY_DEVICE, &device, (struct item_limits){1024, 1024}, &o, 100).long_loops);
    snprintf(device.name, sizeof device.name, "pthread-skylake");
    cr_assert(launch_config_choose(LAUNCH_BY_DEVICE, &device, (struct item_limits){1024, 1024}, &o, 100).long_loops);
}

Test(launch_config, defines_hold_every_value)
{
    struct chart_options o;
    char text[256];
    struct launch_config s = {.lanes = 16, .pixels = 8, .guard_groups = true, .guard_pixels = true, .paint = true};
    chart_options_init(&o);
    launch_config_defines(&s, &o, text, sizeof text);
    cr_assert_str_eq(text, "-cl-std=CL1.2 -DANTIALIAS=0 -DLANES=16 -DPIXELS=8 -DGUARD_SAMPLES=0 -DGUARD_GROUPS=1 "
                           "-DGUARD_PIXELS=1 -DPAINT=1");
}
