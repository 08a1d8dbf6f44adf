/* Sets of windows: which images there are, in which order, and the columns beside them, against plain loops over all
 * rows. The source is an array of groups with times, rows in another order, gaps and a side column. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source/window_set.h"

#define SAMPLES 400

static double values[SAMPLES], sides[SAMPLES];
static int64_t times[SAMPLES];
static uint64_t rows[SAMPLES], breaks[2];
static struct source_range ranges[3];
static struct plotmill_error error;
static const struct log no_log;
static uint32_t random_state = 1;

static uint32_t random_number(uint32_t below)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % below;
}

static enum plotmill_status read_values(void *self, uint64_t first, uint64_t count, double *out,
                                        struct plotmill_error *failure)
{
    (void)self, (void)failure;
    memcpy(out, values + first, (size_t)count * sizeof *out);
    return PLOTMILL_OK;
}

static void read_rows(void *self, uint64_t first, uint64_t count, uint64_t *out)
{
    (void)self;
    memcpy(out, rows + first, (size_t)count * sizeof *out);
}

static enum plotmill_status read_times(void *self, uint64_t first, uint64_t count, int64_t *out,
                                       struct plotmill_error *failure)
{
    (void)self, (void)failure;
    memcpy(out, times + first, (size_t)count * sizeof *out);
    return PLOTMILL_OK;
}

static enum plotmill_status read_side(void *self, size_t column, uint64_t first, uint64_t count, double *out,
                                      struct plotmill_error *failure)
{
    (void)self, (void)failure;
    cr_assert_eq(column, 0);
    memcpy(out, sides + first, (size_t)count * sizeof *out);
    return PLOTMILL_OK;
}

static const struct source_ops ops = {.read = read_values, .rows = read_rows, .times = read_times, .side = read_side};
static char *classes[] = {"bank", "tech"};
static char *groups[] = {"A", "B", "C"};
static struct side_column side = {.name = "sector", .classes = classes, .class_count = 2};

/* Three groups that lie in the file in another order, with two gaps. */
static struct source make_source(void)
{
    ranges[0] = (struct source_range){0, 150, 0};
    ranges[1] = (struct source_range){150, 30, 1};
    ranges[2] = (struct source_range){180, 220, 2};
    breaks[0] = 40;
    breaks[1] = 300;
    for (int r = 0; r < 3; r++)
        for (uint64_t i = ranges[r].first, time = random_number(50); i < ranges[r].first + ranges[r].count; i++)
            times[i] = (int64_t)(time += 1 + random_number(3));
    for (uint64_t i = 0; i < SAMPLES; i++) {
        values[i] = 50 + random_number(1000) * 0.01;
        sides[i] = random_number(9) ? random_number(2) : NAN;
        rows[i] = (i * 7 + 3) % SAMPLES;
    }
    return (struct source){
        .ops = &ops,
        .shape =
            {.samples = SAMPLES, .fields = 1, .ranges = ranges, .range_count = 3, .breaks = breaks, .break_count = 2},
        .about = {.has_times = true},
        .sides = &side,
        .side_count = 1,
        .groups = groups,
        .group_count = 3};
}

static int range_of(uint64_t sample)
{
    return sample < 150 ? 0 : sample < 180 ? 1 : 2;
}

static uint64_t end_of(uint64_t sample)
{
    return ranges[range_of(sample)].first + ranges[range_of(sample)].count;
}

/* All starts that fit, by trying every sample. */
static uint64_t list_starts(uint64_t window, uint64_t stride, uint64_t *starts)
{
    static const uint64_t pieces[][2] = {{0, 40}, {40, 150}, {150, 180}, {180, 300}, {300, 400}};
    uint64_t count = 0;
    for (size_t p = 0; p < 5; p++)
        for (uint64_t start = pieces[p][0]; start + window <= pieces[p][1]; start += stride)
            starts[count++] = start;
    return count;
}

static void plan(struct window_set *set, const struct source *source, uint64_t window, uint64_t stride,
                 const struct window_options *options)
{
    const struct window_rule rule = {window, stride, 0};
    cr_assert_eq(window_set_plan(set, source, 0, &rule, options, &no_log, &error), PLOTMILL_OK, "%s", error.message);
}

static const struct image_column *column_named(const struct window_set *set, const char *name, size_t *at)
{
    for (*at = 0; *at < set->column_count; ++*at)
        if (!strcmp(set->columns[*at].name, name))
            return &set->columns[*at];
    cr_assert_fail("no column %s", name);
    return NULL;
}

/* All values of a column, read in pieces of 7 images. */
static void *read_column(const struct window_set *set, const char *name)
{
    size_t at;
    void *pieces[16];
    const struct image_column *wanted = column_named(set, name, &at);
    const size_t bytes = (size_t)wanted->width * column_value_bytes(wanted->type);
    char *all = malloc((size_t)set->windows.images * bytes);
    for (size_t i = 0; i < set->column_count; i++)
        pieces[i] = calloc(7 * (size_t)set->columns[i].width, 8);
    for (uint64_t first = 0; first < set->windows.images; first += 7) {
        const uint64_t left = set->windows.images - first, count = left < 7 ? left : 7;
        cr_assert_eq(window_set_read(set, first, count, pieces, &error), PLOTMILL_OK, "%s", error.message);
        memcpy(all + first * bytes, pieces[at], (size_t)count * bytes);
    }
    for (size_t i = 0; i < set->column_count; i++)
        free(pieces[i]);
    return all;
}

Test(window_set, columns_are_those_of_the_rows)
{
    const struct source source = make_source();
    const struct window_options options = {.label = "return:6,up=direction:6:0.05,sector:2"};
    uint64_t starts[SAMPLES];
    struct window_set set;
    plan(&set, &source, 9, 4, &options);
    const uint64_t count = list_starts(9, 4, starts);
    cr_assert_eq(set.windows.images, count);
    int64_t *stamps = read_column(&set, "timestamps"), *row = read_column(&set, "row");
    int64_t *up = read_column(&set, "labels/up"), *sector = read_column(&set, "labels/sector:2");
    uint32_t *group = read_column(&set, "group");
    double *change = read_column(&set, "labels/return:6");
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t start = starts[i], end = start + 8;
        cr_assert_eq(windows_start(&set.windows, i), start);
        cr_assert(stamps[2 * i] == times[start] && stamps[2 * i + 1] == times[end]);
        cr_assert_eq(group[i], (uint32_t)range_of(start));
        for (uint64_t k = 0; k < 9; k++)
            cr_assert_eq(row[9 * i + k], (int64_t)rows[start + k]);
        if (end + 6 < end_of(start)) {
            const double expected = values[end + 6] / values[end] - 1;
            cr_assert_eq(change[i], expected);
            cr_assert_eq(up[i], fabs(expected) <= 0.05 ? 0 : expected > 0 ? 1 : -1);
        } else {
            cr_assert(isnan(change[i]) && up[i] == INT64_MIN);
        }
        const double class = end + 2 < end_of(start) ? sides[end + 2] : NAN;
        cr_assert_eq(sector[i], isnan(class) ? INT64_MIN : (int64_t) class);
    }
    size_t at;
    cr_assert_eq(column_named(&set, "labels/sector:2", &at)->classes[1], classes[1]);
    cr_assert_eq(column_named(&set, "group", &at)->class_count, 3);
    free(stamps), free(row), free(up), free(sector), free(group), free(change);
    window_set_free(&set);
}

Test(window_set, rows_that_follow_one_another_are_not_stored)
{
    struct source source = make_source();
    struct window_set set;
    for (int i = 0; i < SAMPLES; i++)
        rows[i] = (uint64_t)i + 1000;
    plan(&set, &source, 9, 1, &(struct window_options){0});
    cr_assert_eq(set.column_count, 3); /* timestamps, group, and the side column */
    window_set_free(&set);
    rows[399] = 7;
    plan(&set, &source, 9, 1, &(struct window_options){0});
    cr_assert_eq(set.column_count, 4);
    window_set_free(&set);
}

/* Windows of a later part that the window at `start`, or its labels, reach into. */
static bool leaks(const struct window_set *set, const uint8_t *split, uint64_t image, uint64_t window, uint64_t horizon)
{
    const uint64_t start = windows_start(&set->windows, image), end = start + window - 1;
    const uint64_t reach = end + horizon < end_of(start) ? end + horizon : end;
    for (uint64_t k = 0; k < set->windows.images; k++) {
        const uint64_t other = windows_start(&set->windows, k);
        const bool later = (split[image] == SPLIT_TRAIN && (split[k] == SPLIT_VAL || split[k] == SPLIT_TEST)) ||
                           (split[image] == SPLIT_VAL && split[k] == SPLIT_TEST);
        if (later && range_of(other) == range_of(start) && times[other] <= times[reach] &&
            times[start] <= times[other + window - 1])
            return true;
    }
    return false;
}

Test(window_set, parts_lie_one_after_another_as_runs_and_leak_nothing)
{
    for (int number = 0; number < 40; number++) {
        struct source source = make_source();
        const uint64_t window = 2 + random_number(12), stride = 1 + random_number(15);
        const uint64_t horizon = 1 + random_number(20);
        char label[32];
        snprintf(label, sizeof label, "return:%d", (int)horizon);
        const struct window_options options = {.label = label, .split = "0.6,0.2,0.15"};
        uint64_t starts[SAMPLES], seen = 0, in_parts = 0;
        struct window_set set;
        plan(&set, &source, window, stride, &options);
        const uint64_t count = list_starts(window, stride, starts);
        cr_assert(set.windows.images == count && !set.windows.list, "the parts need no list of starts");
        uint8_t *split = read_column(&set, "split");
        for (size_t r = 0; r < set.run_count; r++) {
            cr_assert(set.runs[r].first == seen && (!r || set.runs[r].split > set.runs[r - 1].split));
            for (uint64_t i = seen; i < seen + set.runs[r].count; i++)
                cr_assert_eq(split[i], (uint8_t)set.runs[r].split);
            for (uint64_t i = seen + 1; i < seen + set.runs[r].count; i++)
                cr_assert(windows_start(&set.windows, i) > windows_start(&set.windows, i - 1));
            seen += set.runs[r].count;
        }
        cr_assert_eq(seen, count);
        for (uint64_t i = 0; i < count; i++) {
            cr_assert_not(leaks(&set, split, i, window, horizon));
            in_parts += split[i] != SPLIT_NONE;
        }
        cr_assert_eq(set.counts.splits[3], count - in_parts);
        cr_assert_eq(in_parts + set.counts.embargoed, count * 95 / 100);
        free(split);
        window_set_free(&set);
    }
}

/* The generator of docs/definition.md, written again. */
static uint64_t drawn(uint64_t *state)
{
    uint64_t z;
    *state += 0x9E3779B97F4A7C15u;
    z = *state;
    z ^= z >> 30;
    z *= 0xBF58476D1CE4E5B9u;
    z ^= z >> 27;
    z *= 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

Test(window_set, shuffles_by_the_definition)
{
    struct source source = make_source();
    struct window_set set;
    uint64_t starts[SAMPLES], state = 42;
    plan(&set, &source, 10, 1, &(struct window_options){.shuffle = "42"});
    uint64_t count = list_starts(10, 1, starts);
    cr_assert_eq(set.windows.images, count);
    for (uint64_t i = count - 1; i > 0; i--) {
        uint64_t x = drawn(&state); /* below 2^64 mod (i+1) with a chance of 2^-55: never here */
        const uint64_t j = x % (i + 1), kept = starts[i];
        starts[i] = starts[j];
        starts[j] = kept;
    }
    for (uint64_t i = 0; i < count; i++)
        cr_assert_eq(windows_start(&set.windows, i), starts[i]);
    window_set_free(&set);
    state = 0;
    cr_assert_eq(drawn(&state), 0xE220A8397B1DCDAFu); /* the published first number of SplitMix64 with seed 0 */
}

Test(window_set, describes_its_options)
{
    char *text;
    const struct window_options none = {0}, split = {.split = "1,0,0", .shuffle = "3"};
    cr_assert_eq(window_options_describe(&text, &none, 5, false, &error), PLOTMILL_OK);
    cr_assert_str_eq(text, "");
    free(text);
    cr_assert_eq(window_options_describe(&text, &none, 5, true, &error), PLOTMILL_OK);
    cr_assert_str_eq(text, "{\"limit\": 5}");
    free(text);
    cr_assert_eq(window_options_describe(&text, &split, 0, false, &error), PLOTMILL_OK);
    cr_assert_str_eq(text, "{\"split\": \"1,0,0\", \"shuffle\": \"3\"}");
    free(text);
}

Test(window_set, refuses_times_that_go_back)
{
    struct source source = make_source();
    struct window_set set;
    const struct window_rule rule = {9, 1, 0};
    const struct window_options options = {.split = "0.5,0.5,0"};
    times[100] = times[99] - 1;
    cr_assert_eq(window_set_plan(&set, &source, 0, &rule, &options, &no_log, &error), PLOTMILL_BAD_INPUT);
    cr_assert(strstr(error.message, "time goes back"), "%s", error.message);
    window_set_free(&set);
    times[100] = SOURCE_NO_TIME;
    cr_assert_eq(window_set_plan(&set, &source, 0, &rule, &options, &no_log, &error), PLOTMILL_BAD_INPUT);
    cr_assert(strstr(error.message, "has no time"), "%s", error.message);
    window_set_free(&set);
}
