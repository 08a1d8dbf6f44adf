/* Groups and times of arrays: windows against a plain list. */
#include "source_fixture.h"

TestSuite(api_groups, .init = begin, .fini = end);

static double rows[ROWS];
static uint32_t groups[ROWS];
static int64_t times[ROWS];

/* Every row from which `window` rows lie in one group, one day range and without a gap, at the stride from the first
 * row of each such part. */
static uint64_t list_windows(int window, int stride, bool by_group, int from, int to, int64_t starts[ROWS])
{
    uint64_t count = 0;
    for (int first = 0, last; first < ROWS; first = last) {
        const int day = (int)(times[first] / DAY);
        last = first + 1;
        if (day < from || day > to)
            continue;
        while (last < ROWS && (!by_group || groups[last] == groups[first]) && times[last] / DAY >= from &&
               times[last] / DAY <= to)
            last++;
        for (int start = first; start + window <= last; start += stride)
            starts[count++] = start;
    }
    return count;
}

static void make_rows(int longest)
{
    uint32_t group = 1000;
    for (int i = 0, left = 0; i < ROWS; i++, left--) {
        if (!left) {
            left = 1 + (int)random_number((uint32_t)longest);
            group = group * 7 % 1009; /* neither in order nor dense */
        }
        rows[i] = (double)random_number(100000);
        groups[i] = group;
        times[i] = i / 3 * (DAY / 8); /* 24 rows a day */
    }
}

static struct plotmill_array row_array(bool by_group, bool timed)
{
    return (struct plotmill_array){.size = sizeof(struct plotmill_array),
                                   .data = rows,
                                   .axes = "T",
                                   .shape = {ROWS},
                                   .times = timed ? times : NULL,
                                   .groups = by_group ? groups : NULL};
}

static void check_windows(int window, int stride, bool by_group, int from, int to)
{
    static struct images images;
    static int64_t starts[ROWS];
    char text[24];
    const bool cut = from > 0 || to < 1000;
    const uint64_t count = list_windows(window, stride, by_group, from, to, starts);
    snprintf(text, sizeof text, "%d", window);
    set("window", text);
    snprintf(text, sizeof text, "%d", stride);
    set("stride", text);
    snprintf(text, sizeof text, "1970-01-%02d", from + 1);
    set("from", from > 0 ? text : NULL);
    snprintf(text, sizeof text, "1970-01-%02d", to + 1);
    set("to", to < 1000 ? text : NULL);
    const struct plotmill_array array = row_array(by_group, cut);
    plotmill_source *source = from_array(&array);
    const enum plotmill_status status = run(source, &images);
    plotmill_source_destroy(source);
    if (!count) {
        cr_assert_eq(status, PLOTMILL_BAD_INPUT);
        return;
    }
    cr_assert_eq(status, PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert_eq(images.count, count, "window %d, stride %d: %d images, expected %d", window, stride, (int)images.count,
                 (int)count);
    for (uint64_t k = 0; k < count; k++) {
        double lo = INFINITY, hi = -INFINITY;
        cr_assert_eq(images.starts[k], starts[k], "window %d, stride %d: image %d", window, stride, (int)k);
        for (int64_t i = starts[k]; i < starts[k] + window; i++) {
            lo = fmin(lo, rows[i]);
            hi = fmax(hi, rows[i]);
        }
        cr_assert(images.ranges[k][0] == lo && images.ranges[k][1] == hi, "window %d, stride %d: range of image %d",
                  window, stride, (int)k);
    }
}

Test(api_groups, windows_of_groups_and_of_days, .timeout = 600)
{
    static const int windows[] = {2, 7, 24}, strides[] = {1, 3, 40};
    set("size", "16x16");
    set("batch", "13");
    for (int longest = 5; longest < 300; longest *= 7) {
        make_rows(longest);
        for (int w = 0; w < 3; w++)
            for (int s = 0; s < 3; s++) {
                check_windows(windows[w], strides[s], true, 0, 1000);
                check_windows(windows[w], strides[s], true, 3, 21);
                check_windows(windows[w], strides[s], false, 3, 21);
                check_windows(windows[w], strides[s], false, 3, 1000);
            }
    }
    /* Without regard to groups. */
    check_windows(24, 1, false, 0, 1000);
}

/* The same pixels as a series of each group alone. */
Test(api_groups, groups_are_drawn_as_if_alone, .timeout = 600)
{
    const char *report = NULL;
    char *hashes[2];
    uint64_t count = 0;
    static double alone[ROWS][20];
    make_rows(60);
    set("size", "40x30");
    set("antialias", "true");
    set("missing", "bridge");
    for (int i = 0; i < ROWS; i += 11)
        rows[i] = (double)NAN;
    for (int i = 0; i + 20 <= ROWS; i++)
        if (groups[i] == groups[i + 19])
            memcpy(alone[count++], rows + i, sizeof alone[0]);
    set("output", "hash:");
    const struct plotmill_array grouped = row_array(true, false);
    const struct plotmill_array ready = {.size = sizeof ready, .data = alone, .axes = "NT", .shape = {count, 20}};
    const struct plotmill_array *arrays[2] = {&grouped, &ready};
    for (int i = 0; i < 2; i++) {
        set("window", i ? NULL : "20");
        plotmill_source *source = from_array(arrays[i]);
        cr_assert_eq(plotmill_run(pm, options, source, NULL, NULL, NULL, &report), PLOTMILL_OK, "%s",
                     plotmill_message(pm));
        hashes[i] = json_read_string(json_member(report, "hash"));
        cr_assert(hashes[i], "%s", report);
        plotmill_source_destroy(source);
    }
    cr_assert_str_eq(hashes[0], hashes[1]);
    free(hashes[0]);
    free(hashes[1]);
}

/* A sink of pixels. */
static enum plotmill_status take_pixels(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    (void)error;
    for (uint64_t i = 0; i < batch->count; i++)
        memcpy((uint8_t *)self + (batch->first + i) * batch->images[i].size, batch->images[i].data,
               batch->images[i].size);
    return PLOTMILL_OK;
}

/* A renderer has the same windows as a job, and refuses others. */
Test(api_groups, groups_in_a_renderer, .timeout = 600)
{
    enum { WINDOW = 12, BYTES = 24 * 20 };
    static uint8_t drawn[ROWS * BYTES], found[ROWS * BYTES];
    static int64_t starts[ROWS];
    static const struct plotmill_sink_ops ops = {.size = sizeof ops, .write = take_pixels};
    plotmill_sink *sink = NULL;
    plotmill_renderer *renderer = NULL;
    make_rows(40);
    set("window", "12");
    set("size", "24x20");
    set("from", "1970-01-05");
    const uint64_t count = list_windows(WINDOW, 1, true, 4, 1000, starts);
    const struct plotmill_array array = row_array(true, true);
    plotmill_source *source = from_array(&array);
    cr_assert_eq(plotmill_sink_create(pm, &ops, drawn, &sink), PLOTMILL_OK);
    cr_assert_eq(plotmill_run(pm, options, source, sink, NULL, NULL, NULL), PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert_eq(plotmill_renderer_create(pm, options, &renderer), PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert_eq(plotmill_renderer_load(renderer, source), PLOTMILL_OK, "%s", plotmill_message(pm));
    struct plotmill_request request = {
        .size = sizeof request, .count = count, .out = found, .out_size = (size_t)count * BYTES};
    cr_assert_eq(plotmill_render(renderer, &request), PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert(!memcmp(found, drawn, (size_t)count * BYTES));
    request.count = 1;
    for (uint64_t start = 0, k = 0; start + WINDOW <= ROWS; start++) {
        const bool may = k < count && (uint64_t)starts[k] == start;
        request.starts = &start;
        cr_assert_eq(plotmill_render(renderer, &request), may ? PLOTMILL_OK : PLOTMILL_BAD_INPUT, "start %d",
                     (int)start);
        cr_assert(!may || !memcmp(found, drawn + k * BYTES, BYTES), "start %d", (int)start);
        k += may;
    }
    plotmill_renderer_destroy(renderer);
    plotmill_sink_destroy(sink);
    plotmill_source_destroy(source);
}

Test(api_groups, short_groups_are_counted)
{
    static struct images images;
    static const double data[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    static const uint32_t ids[9] = {4, 4, 4, 9, 9, 2, 7, 7, 7};
    const struct plotmill_array array = {.size = sizeof array, .data = data, .axes = "T", .shape = {9}, .groups = ids};
    plotmill_source *source = from_array(&array);
    set("window", "3");
    set("size", "16x16");
    cr_assert_eq(run(source, &images), PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert(images.count == 2 && images.starts[0] == 0 && images.starts[1] == 6);
    cr_assert_str_eq(logged, "2 of 4 groups of rows are shorter than the window of 3 samples: no image shows them\n");
    const char *report = NULL;
    uint64_t planned = 0;
    set("dry-run", "true");
    set("output", "a.npy");
    cr_assert_eq(plotmill_run(pm, options, source, NULL, NULL, NULL, &report), PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert(json_read_uint(json_member(report, "images"), &planned) && planned == 2, "%s", report);
    set("dry-run", NULL);
    set("window", "4");
    cr_assert_eq(run(source, &images), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm),
                     "the source: window 4 is longer than each of 4 groups of rows: the longest has 3 samples");
    plotmill_source_destroy(source);
}

Test(api_groups, groups_and_times_that_are_refused)
{
    static const double data[6];
    static const uint32_t back[6] = {4, 4, 9, 4, 9, 4};
    static const int64_t gaps[6] = {0, DAY, INT64_MIN, 3 * DAY, 2 * DAY, 5 * DAY};
    struct plotmill_array array = {.size = sizeof array, .data = data, .axes = "T", .shape = {6}, .groups = back};
    plotmill_source_destroy(from_array(&array)); /* the rows of each are put together */
    array.axes = "NT";                           /* sequences of a group need not be together */
    array.shape[1] = 1;
    plotmill_source_destroy(from_array(&array));
    array = (struct plotmill_array){.size = sizeof array, .data = data, .axes = "T", .shape = {6}, .times = gaps};
    refuse(&array, "array, row 4, 1970-01-03T00:00:00Z: time goes back: expected the option order: time (rows are "
                   "sorted) or file (rows stay as they lie), or group-by: COLUMN if the rows are of several series");
    cr_assert_str_eq(logged, "");
    set("order", "file");
    plotmill_source_destroy(from_array(&array));
    cr_assert_str_eq(logged, "array: time goes back at 1 row, first at array, row 4, 1970-01-03T00:00:00Z; the rows stay "
                             "as they lie: the option order: time sorts them, group-by separates several series\n");
    set("from", "1970-01-02");
    refuse(&array, "array, row 2: has no time, which the options from and to need");
    array.times = NULL;
    refuse(&array, "array: has no times, which the options from and to need");
    array.times = gaps + 3;
    array.shape[0] = 3;
    set("from", "2024-01-01");
    set("to", "2024-02");
    refuse(&array, "array: found no row from 2024-01-01 to 2024-02");
}

Test(api_groups, sequences_in_a_period)
{
    static struct images images;
    static double data[5][4];
    static int64_t at[5][4];
    for (int i = 0; i < 20; i++) {
        data[i / 4][i % 4] = i;
        at[i / 4][i % 4] = (i / 4 * 2 + i % 4) * DAY; /* sequence n: days 2n to 2n+3 */
    }
    const struct plotmill_array array = {
        .size = sizeof array, .data = data, .axes = "NT", .shape = {5, 4}, .times = at[0]};
    set("size", "16x16");
    set("from", "1970-01-03"); /* sequence 0 ends on 4 January, but begins on the 1st */
    set("to", "1970-01-08");
    plotmill_source *source = from_array(&array);
    cr_assert_eq(run(source, &images), PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert(images.count == 2 && images.starts[0] == 1 && images.starts[1] == 2);
    cr_assert(images.ranges[0][0] == 4 && images.ranges[1][1] == 11);
    plotmill_source_destroy(source);
    cr_assert_str_eq(logged, ""); /* that later sequences begin earlier than others end is usual */
}

Test(api_groups, a_missing_sample_is_located)
{
    static struct images images;
    static double data[4][3][2] = {{{1, 2}, {3, 4}, {5, 6}}, {{1, 2}, {3, 4}, {5, NAN}}};
    static const char *const names[] = {"high", "low"};
    static const int64_t at[12] = {0, 1, 2, 3, 4, DAY};
    const struct plotmill_array array = {
        .size = sizeof array, .data = data, .axes = "NTF", .shape = {4, 3, 2}, .fields = names, .times = at};
    set("column", "LOW");
    set("missing", "error");
    set("size", "16x16");
    plotmill_source *source = from_array(&array);
    cr_assert_eq(run(source, &images), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm), "array, sequence 1, sample 2, field 1 (low), 1970-01-02T00:00:00Z: sample 5 "
                                           "is missing: expected a number (the option missing is error)");
    plotmill_source_destroy(source);
}
