/* Random charts on every OpenCL device, at batch 1, 7 and auto and with both launch configurations. All of them have
 * the same hash, the images conform to the definition (src/oracle), and their streams decode to the same pixels. Prints
 * TAP.
 *
 *     conform [--kind lines|layers] [--cases N] [--seed S] [--scale tiny|test|soak|walks] [--budget DISTANCES]
 *             [--first I] [--golden FILE | --write-golden FILE] [--cache FOLDER] [--device WHICH]
 *
 * --kind: single lines, or charts of all marks in layers and panels.
 * --budget bounds the oracle's work in the whole run; images beyond it are compared by hash only.
 * --golden compares the hashes with those in FILE, which are the same on every machine.
 * --cache stores built kernels in FOLDER and loads them from there.
 * --device draws on one device only. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/try.h"
#include "cases.h"
#include "device/choose.h"
#include "device/discover.h"
#include "oracle/oracle.h"
#include "render/renderer.h"
#include "streams.h"

#define DEVICES_MAX 8
/* The definition's tolerances for antialiased images, in units of 1/255: for any series, and for the usual image. */
struct limits {
    double rms, worst;
};
static const struct limits any_series = {5, 20}, usual_image = {0.9, 16};

struct arguments {
    uint64_t cases, seed, first;
    double budget;
    enum case_scale scale;
    bool layers;
    const char *golden, *write_golden, *cache, *device;
};

struct state {
    struct device_list list;
    const struct device_entry *entries[DEVICES_MAX];
    struct compute *compute[DEVICES_MAX];
    size_t devices;
    uint64_t renderings[DEVICES_MAX], differ[DEVICES_MAX], streams[DEVICES_MAX], broken[DEVICES_MAX], host[DEVICES_MAX];
    uint64_t judged, misjudged, hashed_only;
    double spent, worst_rms, worst, sum_worst;
    uint64_t golden_found, golden_wrong;
    FILE *golden;
};

struct drawn {
    uint8_t *pixels;
    double *y_range;
};

static size_t image_bytes(const struct chart_case *c)
{
    return (size_t)c->chart.width * c->chart.height * c->chart.channels;
}

static enum plotmill_status draw(struct compute *compute, const struct chart_case *c, uint64_t batch,
                                 enum launch_kind launch, struct drawn *drawn, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct renderer *renderer = NULL;
    struct renderer_options how = {.batch = batch, .stride = c->stride, .launch = launch};
    const size_t row = (size_t)c->stride * c->chart.field_count, ranges = 2 * (size_t)c->chart.panel_count;
    struct renderer_images made;
    TRY(renderer_create(&renderer, compute, &c->chart, c->window, &how, error));
    for (uint64_t first = 0; first < c->images; first += batch) {
        const uint64_t count = c->images - first < batch ? c->images - first : batch;
        TRY(renderer_run(renderer, c->samples + first * row, c->rows_before + first, count, &made,
                         drawn->y_range + first * ranges, error));
        memcpy(drawn->pixels + first * image_bytes(c), made.pixels, (size_t)count * image_bytes(c));
        TRY(renderer_release(renderer, error));
    }
done:
    renderer_destroy(renderer);
    return status;
}

/* The hash of pixels and ranges; all NaNs are the same value. */
static uint64_t hash_drawn(const struct chart_case *c, const struct drawn *drawn)
{
    uint64_t sum = 0;
    for (uint64_t k = 0; k < c->images; k++) {
        sum += hash_fold(hash_image(drawn->pixels + k * image_bytes(c), image_bytes(c)), k);
        for (uint32_t end = 0; end < 2 * c->chart.panel_count; end++) {
            double value = drawn->y_range[2 * c->chart.panel_count * k + end];
            uint64_t bits = 1;
            if (!isnan(value))
                memcpy(&bits, &value, sizeof bits);
            sum += hash_fold(bits, 2 * c->chart.panel_count * k + end + 1000);
        }
    }
    return hash_finish(sum, c->images, c->chart.width, c->chart.height);
}

static void judge(struct state *s, const struct arguments *a, const struct chart_case *c, uint64_t index,
                  const struct drawn *drawn)
{
    char text[CASE_TEXT_SIZE];
    const struct limits *limits = a->scale == CASE_WALKS ? &usual_image : &any_series;
    for (uint64_t k = 0; k < c->images; k++) {
        double cost = oracle_cost_chart(c->window, &c->chart);
        if (s->spent + cost > a->budget) {
            s->hashed_only++;
            continue;
        }
        s->spent += cost;
        struct oracle_verdict v;
        const struct oracle_window window = {c->samples + k * c->stride * c->chart.field_count, c->window,
                                             c->rows_before[k]};
        if (oracle_judge_chart(&c->chart, &window, drawn->pixels + k * image_bytes(c),
                               drawn->y_range + 2 * c->chart.panel_count * k, limits->rms, limits->worst, &v))
            continue;
        s->judged++;
        s->worst_rms = fmax(s->worst_rms, v.rms);
        s->worst = fmax(s->worst, v.worst);
        if (v.passed)
            continue;
        s->misjudged++;
        chart_case_describe(c, text);
        printf("# case %" PRIu64 " image %" PRIu64 " does not conform to the definition: %" PRIu64
               " wrong, at %u,%u; rms %.2f worst %.2f; %u wrong ranges: %s\n",
               index, k, v.wrong, (unsigned)v.wrong_x, (unsigned)v.wrong_y, v.rms, v.worst, (unsigned)v.ranges, text);
        for (uint32_t p = 0; v.ranges && p < c->chart.panel_count; p++)
            printf("# y_range of panel %u: %.17g %.17g\n", (unsigned)p,
                   drawn->y_range[2 * (c->chart.panel_count * k + p)],
                   drawn->y_range[2 * (c->chart.panel_count * k + p) + 1]);
    }
}

static void check_golden(struct state *s, const struct arguments *a, uint64_t index, uint64_t hash)
{
    uint64_t number, expected;
    if (a->write_golden)
        fprintf(s->golden, "%" PRIu64 " %016" PRIx64 "\n", index, hash);
    else if (s->golden) {
        if (fscanf(s->golden, "%" SCNu64 " %" SCNx64, &number, &expected) != 2)
            return;
        s->golden_found++;
        if (number != index || expected != hash) {
            s->golden_wrong++;
            printf("# case %" PRIu64 ": hash %016" PRIx64 ", golden %016" PRIx64 "\n", index, hash, expected);
        }
    }
}

/* Checks streams of both kinds with one launch configuration. `first`: the result of the first device. Streams made on
 * devices are the same bytes everywhere; with a driver that ends long loops early (llvmpipe) the host makes more. */
static enum plotmill_status check_streams(struct state *s, size_t d, const struct chart_case *c, uint64_t index,
                                          enum launch_kind launch, const uint8_t *pixels,
                                          struct streams_verdict first[2], struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char text[CASE_TEXT_SIZE];
    for (int png = 0; png < (c->chart.channels == 1 || c->chart.channels == 3 ? 2 : 1); png++) {
        struct streams_verdict v;
        TRY(streams_compare(s->compute[d], c, c->images, launch, png, pixels, &v, error));
        first[png] = first[png].hash ? first[png] : v;
        bool other = v.host == first[png].host && v.hash != first[png].hash;
        s->streams[d] += c->images;
        s->host[d] += v.host;
        s->broken[d] += v.wrong + other;
        if (!v.wrong && !other)
            continue;
        chart_case_describe(c, text);
        printf("# case %" PRIu64 ", %s streams on %s, launch config %s: %" PRIu64 " wrong%s: %s\n", index,
               png ? "PNG" : "zlib", s->entries[d]->info.platform, launch == LAUNCH_GPU ? "gpu" : "cpu", v.wrong,
               other ? ", bytes differ from the first device's" : "", text);
    }
done:
    return status;
}

static enum plotmill_status run_case(struct state *s, const struct arguments *a, uint64_t index,
                                     struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct chart_case c = (a->layers ? layered_case_make : chart_case_make)(a->seed, index, a->scale);
    struct drawn drawn = {0};
    uint64_t first_hash = 0;
    struct streams_verdict first_streams[2] = {{0}};
    bool have_first = false;
    char text[CASE_TEXT_SIZE];
    TRY_MEMORY(error, c.samples);
    TRY_ALLOCATE(error, drawn.pixels, c.images, image_bytes(&c));
    TRY_ALLOCATE(error, drawn.y_range, c.images * c.chart.panel_count * 2, sizeof(double));
    for (size_t d = 0; d < s->devices; d++)
        for (int variant = 0; variant < 4; variant++) {
            const struct renderer_options how = {.stride = c.stride};
            uint64_t fits = renderer_auto_batch(compute_device(s->compute[d]), &c.chart, c.window, &how);
            uint64_t batch = variant == 0 ? 1 : variant == 1 ? 7 : fits < c.images ? fits : c.images;
            TRY(draw(s->compute[d], &c, batch, variant == 3 ? LAUNCH_GPU : LAUNCH_CPU, &drawn, error));
            uint64_t hash = hash_drawn(&c, &drawn);
            s->renderings[d]++;
            if (variant >= 2)
                TRY(check_streams(s, d, &c, index, variant == 3 ? LAUNCH_GPU : LAUNCH_CPU, drawn.pixels, first_streams,
                                  error));
            if (!have_first) {
                first_hash = hash;
                have_first = true;
                judge(s, a, &c, index, &drawn);
                check_golden(s, a, index, hash);
            } else if (hash != first_hash) {
                s->differ[d]++;
                chart_case_describe(&c, text);
                printf("# case %" PRIu64 " differs on %s, batch %" PRIu64 ", launch config %s: %s\n", index,
                       s->entries[d]->info.platform, batch, variant == 3 ? "gpu" : "cpu", text);
            }
        }
done:
    free(drawn.pixels);
    free(drawn.y_range);
    chart_case_free(&c);
    return status;
}

static int point(int number, bool ok, const char *text)
{
    printf("%sok %d - %s\n", ok ? "" : "not ", number, text);
    return !ok;
}

static int report(const struct state *s, const struct arguments *a)
{
    char text[600];
    int failed = 0, number = 0;
    printf("1..%zu\n", 2 * s->devices + 1 + (a->golden ? 1 : 0));
    for (size_t d = 0; d < s->devices; d++) {
        const struct device_info *info = &s->entries[d]->info;
        snprintf(text, sizeof text, "%s (%s): %" PRIu64 " renderings of %" PRIu64 " cases have the same hashes",
                 info->platform, info->driver, s->renderings[d], a->cases);
        failed += point(++number, s->differ[d] == 0 && s->renderings[d] == 4 * a->cases, text);
        snprintf(text, sizeof text,
                 "%s: %" PRIu64 " streams decode to these pixels and are the same bytes everywhere (%" PRIu64
                 " by the host)",
                 info->platform, s->streams[d], s->host[d]);
        failed += point(++number, s->broken[d] == 0 && s->streams[d] > 0, text);
    }
    snprintf(text, sizeof text,
             "%" PRIu64 " images conform to the definition (worst antialiased image: rms %.2f, pixel %.1f of 255; "
             "%.2g distances; %" PRIu64 " more by hash only)",
             s->judged, s->worst_rms, s->worst, s->spent, s->hashed_only);
    failed += point(++number, s->misjudged == 0 && s->judged > 0, text);
    if (a->golden) {
        snprintf(text, sizeof text, "%" PRIu64 " hashes equal the golden ones", s->golden_found);
        failed += point(++number, s->golden_wrong == 0 && s->golden_found == a->cases, text);
    }
    return failed;
}

static bool parse(int argc, char **argv, struct arguments *a)
{
    static const char *const scales[] = {"tiny", "test", "soak", "walks"};
    for (int i = 1; i + 1 < argc; i += 2) {
        const char *name = argv[i], *value = argv[i + 1];
        if (!strcmp(name, "--cases"))
            a->cases = strtoull(value, NULL, 10);
        else if (!strcmp(name, "--seed"))
            a->seed = strtoull(value, NULL, 10);
        else if (!strcmp(name, "--first"))
            a->first = strtoull(value, NULL, 10);
        else if (!strcmp(name, "--budget"))
            a->budget = atof(value);
        else if (!strcmp(name, "--kind") && (!strcmp(value, "lines") || !strcmp(value, "layers")))
            a->layers = !strcmp(value, "layers");
        else if (!strcmp(name, "--golden"))
            a->golden = value;
        else if (!strcmp(name, "--write-golden"))
            a->write_golden = value;
        else if (!strcmp(name, "--cache"))
            a->cache = value;
        else if (!strcmp(name, "--device"))
            a->device = value;
        else if (!strcmp(name, "--scale")) {
            for (a->scale = CASE_TINY; strcmp(scales[a->scale], value); a->scale++)
                if (a->scale == CASE_WALKS)
                    return false;
        } else
            return false;
    }
    return argc % 2 == 1 && a->cases > 0;
}

static enum plotmill_status open_all(struct state *s, const struct arguments *a, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct device_info chosen;
    TRY(device_list_find(&s->list, NULL, error));
    if (!s->list.count)
        FAIL(error, PLOTMILL_NO_DEVICE, "no OpenCL device");
    if (a->device)
        TRY(device_choose(&s->list, a->device, &chosen, error));
    const size_t first = a->device ? chosen.index : 0, end = a->device ? chosen.index + 1u : s->list.count;
    for (size_t i = first; i < end && s->devices < DEVICES_MAX; s->devices++, i++) {
        s->entries[s->devices] = &s->list.entries[i];
        TRY(compute_open(&s->compute[s->devices], s->entries[s->devices], error));
        if (a->cache)
            compute_use(s->compute[s->devices], NULL, a->cache);
    }
    const char *path = a->golden ? a->golden : a->write_golden;
    if (path && !(s->golden = fopen(path, a->golden ? "r" : "w")))
        FAIL(error, PLOTMILL_IO_FAILED, "%s: cannot be opened", path);
done:
    return status;
}

int main(int argc, char **argv)
{
    enum plotmill_status status = PLOTMILL_OK;
    static struct plotmill_error message;
    struct arguments a = {.cases = 50, .seed = 1, .budget = 1e8, .scale = CASE_TEST};
    static struct state s;
    int failed = 0;
    if (!parse(argc, argv, &a)) {
        fprintf(stderr, "usage: conform [--kind lines|layers] [--cases N] [--seed S] [--first I] [--scale "
                        "tiny|test|soak|walks] [--budget B] "
                        "[--golden FILE | --write-golden FILE] [--cache FOLDER] [--device WHICH]\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    TRY(open_all(&s, &a, &message));
    for (uint64_t i = a.first; i < a.first + a.cases; i++)
        TRY(run_case(&s, &a, i, &message));
    for (size_t d = 0; d < s.devices; d++)
        compute_keep_programs(s.compute[d]);
    failed = report(&s, &a);
done:
    for (size_t d = 0; d < s.devices; d++)
        compute_close(s.compute[d]);
    device_list_free(&s.list);
    if (s.golden)
        fclose(s.golden);
    if (status)
        printf("Bail out! %s\n", message.message);
    return status || failed ? 1 : 0;
}
