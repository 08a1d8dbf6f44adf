#include "rig.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/choose.h"
#include "rig_areas.h"

const struct rig_variant rig_variants[RIG_VARIANTS] = {
    {"cpu", LAUNCH_CPU, 0},
    {"cpu, small work-groups", LAUNCH_CPU, 24},
    {"gpu", LAUNCH_GPU, 0},
    {"gpu, work-groups of one", LAUNCH_GPU, 1},
};

#define BIT(buffer) ((uint64_t)1 << (buffer))

/* The buffers that each stage writes, and those that it changes in place. */
static const struct effect {
    uint64_t written, changed;
} effects[STAGE_COUNT] = {
    [STAGE_MINMAX] = {BIT(BUF_EXTENTS), 0},
    [STAGE_SCALE] = {BIT(BUF_SCALES) | BIT(BUF_RANGES), 0},
    [STAGE_NORMALIZE] = {BIT(BUF_HEIGHTS), 0},
    [STAGE_FILL_GAPS] = {0, BIT(BUF_HEIGHTS)},
    [STAGE_EDGES] = {BIT(BUF_EDGE_COEFFS), 0},
    [STAGE_STEEP] = {BIT(BUF_SUBSAMPLING), 0},
    [STAGE_RASTERIZE] = {BIT(BUF_SPANS) | BIT(BUF_EDGES) | BIT(BUF_AREAS), 0},
    [STAGE_STAMP] = {BIT(BUF_PIXELS), 0},
    [STAGE_BLEND] = {0, BIT(BUF_PIXELS)},
    [STAGE_PAINT] = {BIT(BUF_PIXELS), 0},
    [STAGE_FILL] = {BIT(BUF_PIXELS), 0},
};

static const char *const buffer_names[BUF_COUNT] = {
    [BUF_PANELS] = "panels",
    [BUF_ENTRIES] = "entries",
    [BUF_ROWS_BEFORE] = "rows_before",
    [BUF_STARTS] = "starts",
    [BUF_RADII] = "radii",
    [BUF_REACHES] = "reaches",
    [BUF_SAMPLES] = "samples",
    [BUF_NEIGHBOURS] = "neighbours",
    [BUF_EXTENTS] = "extents",
    [BUF_SCALES] = "scales",
    [BUF_RANGES] = "ranges",
    [BUF_HEIGHTS] = "heights",
    [BUF_EDGE_COEFFS] = "edge_coeffs",
    [BUF_SUBSAMPLING] = "subsampling",
    [BUF_SPANS] = "spans",
    [BUF_EDGES] = "edges",
    [BUF_AREAS] = "areas",
    [BUF_PIXELS] = "pixels",
    [BUF_X] = "x",
    [BUF_STEP_INVERSE] = "step_inverse",
    [BUF_FIRSTS] = "firsts",
};

static const unsigned char canaries[2] = {0x5a, RIG_CANARY};

static void expect_ok(const struct rig *rig, enum plotmill_status status, const struct plotmill_error *error)
{
    if (status != PLOTMILL_OK)
        cr_assert_fail("%s: %s", rig->text, error->message);
}

void rig_open(struct rig *rig, const struct rig_variant *variant)
{
    static struct plotmill_error error;
    const char *device = getenv("PLOTMILL_TEST_DEVICE"), *work = getenv("PLOTMILL_TEST_WORK");
    struct device_info chosen = {0};
    *rig = (struct rig){.variant = variant, .work_limit = UINT64_MAX};
    snprintf(rig->text, sizeof rig->text, "opening a device");
    if (work)
        rig->work_limit = strtoull(work, NULL, 10);
    expect_ok(rig, device_list_find(&rig->list, NULL, &error), &error);
    expect_ok(rig, device_choose(&rig->list, device ? device : "cpu", &chosen, &error), &error);
    struct device_entry entry = rig->list.entries[chosen.index];
    if (variant->group_limit && variant->group_limit < entry.info.max_work_group)
        entry.info.max_work_group = variant->group_limit;
    expect_ok(rig, compute_open(&rig->compute, &entry, &error), &error);
}

void rig_close(struct rig *rig)
{
    compute_close(rig->compute);
    device_list_free(&rig->list);
    cr_assert(rig->cases > 0, "no case was run");
    if (rig->skipped)
        fprintf(stderr, "%s: %u cases skipped for PLOTMILL_TEST_WORK=%llu\n", rig->variant->name, rig->skipped,
                (unsigned long long)rig->work_limit);
}

static void size_buffers(struct rig *rig)
{
    const struct stages *s = &rig->stages;
    const struct chart_options *o = &s->strokes->layout.options;
    size_t window = s->window, pitch = s->strokes->pitch;
    size_t image[BUF_COUNT] = {
        [BUF_EXTENTS] = (size_t)s->parts * 16,
        [BUF_SCALES] = 32,
        [BUF_RANGES] = 16,
        [BUF_HEIGHTS] = window * 4,
        [BUF_EDGE_COEFFS] = window * 16,
        [BUF_SUBSAMPLING] = o->antialias ? pitch : 0,
        [BUF_SPANS] = s->paints ? 0 : (o->antialias ? 4 : 2) * pitch * 2,
        [BUF_EDGES] = o->antialias && !s->paints ? pitch * EDGE_INTS * 4 : 0,
        [BUF_AREAS] = o->antialias && !s->paints ? pitch * COLUMN_AREAS * 2 : 0,
        [BUF_PIXELS] = (size_t)o->width * o->height,
    };
    memcpy(rig->image, image, sizeof image);
    for (int b = 0; b < BUF_COUNT; b++)
        rig->size[b] = (size_t)s->batch * image[b];
    rig->size[BUF_SAMPLES] = ((size_t)(s->batch - 1) * (size_t)s->stride + window) * 8;
    rig->size[BUF_NEIGHBOURS] = o->missing == MISSING_BRIDGE ? rig->size[BUF_SAMPLES] : 0;
    rig->size[BUF_X] = rig->size[BUF_STEP_INVERSE] = window * 4;
    rig->size[BUF_FIRSTS] = (size_t)s->strokes->groups * 4;
    rig->size[BUF_STARTS] = (size_t)s->batch * 8;
    rig->size[BUF_ROWS_BEFORE] = (size_t)s->batch * 4;
    rig->size[BUF_PANELS] = sizeof(struct panel_scale);
    rig->size[BUF_ENTRIES] = sizeof(struct scale_entry);
    rig->size[BUF_RADII] = (size_t)s->batch * 4;
    rig->size[BUF_REACHES] = o->antialias ? (size_t)s->batch * 4 : 0;
}

static const void *view(struct rig *rig, int b)
{
    static struct plotmill_error error;
    const void *bytes;
    expect_ok(rig, buffer_view(stages_buffer(&rig->stages, (enum buffer_id)b), rig->size[b], &bytes, &error), &error);
    return bytes;
}

static void unview(struct rig *rig, int b)
{
    static struct plotmill_error error;
    expect_ok(rig, buffer_unview(stages_buffer(&rig->stages, (enum buffer_id)b), &error), &error);
}

bool rig_begin(struct rig *rig, const struct chart_options *options, uint64_t window, uint64_t batch, uint64_t stride)
{
    static struct plotmill_error error;
    struct renderer_options how = {
        .batch = batch,
        .stride = stride,
        .launch = rig->variant->launch,
        .payload = rig->paints ? PAYLOAD_PIXELS : PAYLOAD_ZLIB,
    };
    if (batch * (window + (uint64_t)options->width * options->height) > rig->work_limit) {
        rig->skipped++;
        return false;
    }
    rig->cases++;
    snprintf(rig->text, sizeof rig->text, "%s, %ux%u%s, line %g, margin %g, window %llu, stride %llu, batch %llu",
             rig->variant->name, (unsigned)options->width, (unsigned)options->height,
             options->antialias ? " antialiased" : "", options->line_width, options->margin, (unsigned long long)window,
             (unsigned long long)stride, (unsigned long long)batch);
    expect_ok(rig, stages_init(&rig->stages, rig->compute, line_chart(&rig->line, options), window, &how, &error),
              &error);
    rig->stages.keep_edges = true;
    size_buffers(rig);
    for (int b = 0; b < BUF_COUNT; b++) {
        if (!rig->size[b])
            continue;
        rig->host[b] = malloc(rig->size[b]);
        cr_assert_not_null(rig->host[b]);
        if (b >= BUF_SAMPLES) {
            memset(rig->host[b], canaries[0], rig->size[b]);
            continue;
        }
        memcpy(rig->host[b], view(rig, b), rig->size[b]);
        unview(rig, b);
    }
    return true;
}

struct program *rig_layered_program(const struct rig *rig)
{
    static struct plotmill_error error;
    struct launch_config config = rig->stages.config;
    struct program *program = NULL;
    char defines[256];
    config.layered = true;
    launch_config_defines(&config, rig->stages.shaded, defines, sizeof defines);
    expect_ok(rig, program_build(&program, rig->stages.compute, defines, &error), &error);
    return program;
}

void rig_end(struct rig *rig)
{
    for (int b = 0; b < BUF_COUNT; b++) {
        free(rig->host[b]);
        rig->host[b] = NULL;
    }
    stages_finish(&rig->stages);
}

static void upload(struct rig *rig, uint64_t written, unsigned char canary)
{
    static struct plotmill_error error;
    for (int b = 0; b < BUF_COUNT; b++) {
        if (!rig->size[b])
            continue;
        if (written & BIT(b))
            memset(rig->host[b], canary, rig->size[b]);
        expect_ok(rig,
                  buffer_write(stages_buffer(&rig->stages, (enum buffer_id)b), 0, rig->host[b], rig->size[b], &error),
                  &error);
    }
}

/* Bytes of a buffer that a stage may write. */
static size_t allowed(const struct rig *rig, enum stage stage, int b, uint64_t images)
{
    uint64_t touched = effects[stage].written | effects[stage].changed;
    return touched & BIT(b) ? (size_t)images * rig->image[b] : 0;
}

static void expect_same(const struct rig *rig, enum stage stage, int b, const void *found, const void *expected,
                        size_t begin, const char *complaint)
{
    const unsigned char *f = found, *e = expected;
    size_t at = begin;
    if (!memcmp(f + begin, e + begin, rig->size[b] - begin))
        return;
    while (f[at] == e[at])
        at++;
    cr_assert_fail("%s: %s %s %s at byte %zu of %zu", rig->text, stage_name(stage), complaint, buffer_names[b], at,
                   rig->size[b]);
}

/* Checks that nothing is written beyond the images, and copies their outputs. */
static void download(struct rig *rig, enum stage stage, uint64_t images, void *kept[BUF_COUNT])
{
    for (int b = 0; b < BUF_COUNT; b++) {
        if (!rig->size[b])
            continue;
        const void *bytes = view(rig, b);
        size_t within = allowed(rig, stage, b, images);
        expect_same(rig, stage, b, bytes, rig->host[b], within, "writes where it must not: buffer");
        if (within) {
            kept[b] = malloc(rig->size[b]);
            cr_assert_not_null(kept[b]);
            memcpy(kept[b], bytes, rig->size[b]);
        }
        unview(rig, b);
    }
}

/* Excludes the subsamples and areas that columns do not have from the comparison of both runs. */
static void mask_missing(const struct rig *rig, uint64_t images, void *kept[2][BUF_COUNT])
{
    size_t pitch = rig->stages.strokes->pitch, subsample = EDGE_INTS * 4 / STEEP_SUBSAMPLES,
           area_bytes = COLUMN_AREAS * 2;
    char *edges[2] = {kept[0][BUF_EDGES], kept[1][BUF_EDGES]}, *areas[2] = {kept[0][BUF_AREAS], kept[1][BUF_AREAS]};
    for (size_t column = 0; column < images * pitch; column++) {
        const uint16_t *span = (uint16_t *)kept[1][BUF_SPANS] + column / pitch * 4 * pitch + column % pitch;
        uint32_t rows = partial_rows(span, pitch);
        size_t stored = ((uint8_t *)rig->host[BUF_SUBSAMPLING])[column] == 1 ? subsample : EDGE_INTS * 4;
        if (rows <= COLUMN_AREAS && !rig->stages.keep_edges)
            stored = 0;
        size_t begin = column * EDGE_INTS * 4 + stored;
        memcpy(edges[0] + begin, edges[1] + begin, EDGE_INTS * 4 - stored);
        stored = rows < COLUMN_AREAS ? rows * 2 : area_bytes;
        begin = column * area_bytes + stored;
        memcpy(areas[0] + begin, areas[1] + begin, area_bytes - stored);
    }
}

void rig_run(struct rig *rig, enum stage stage, uint64_t images)
{
    static struct plotmill_error error;
    void *kept[2][BUF_COUNT] = {{NULL}};
    for (int run = 0; run < 2; run++) {
        upload(rig, effects[stage].written, canaries[run]);
        expect_ok(rig, stages_run(&rig->stages, stage, images, &error), &error);
        expect_ok(rig, compute_wait(rig->compute, &error), &error);
        download(rig, stage, images, kept[run]);
    }
    if (kept[1][BUF_EDGES])
        mask_missing(rig, images, kept);
    for (int b = 0; b < BUF_COUNT; b++) {
        size_t within = allowed(rig, stage, b, images);
        if (!within)
            continue;
        /* Beyond the images the two runs have different canaries. */
        memcpy((char *)kept[0][b] + within, (char *)kept[1][b] + within, rig->size[b] - within);
        expect_same(rig, stage, b, kept[0][b], kept[1][b], 0, "does not write all of its images: buffer");
        memcpy(rig->host[b], kept[1][b], rig->size[b]);
        free(kept[0][b]);
        free(kept[1][b]);
    }
}

void rig_expect_none(const struct rig *rig, uint64_t wrong, const char *what, const char *where)
{
    if (wrong)
        cr_assert_fail("%s: %llu %s wrong, the first: %s", rig->text, (unsigned long long)wrong, what, where);
}

uint64_t rig_next(struct rig_rng *rng)
{
    uint64_t z = rng->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

uint32_t rig_below(struct rig_rng *rng, uint32_t end)
{
    return (uint32_t)((rig_next(rng) >> 32) * end >> 32);
}

double rig_unit(struct rig_rng *rng)
{
    return (double)(rig_next(rng) >> 11) / 9007199254740992.0;
}
