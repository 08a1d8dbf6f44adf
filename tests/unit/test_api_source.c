/* Sources of the public API: arrays of every type and form, groups, times, files, callbacks, descriptions. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/engine.h"
#include "base/json.h"
#include "base/os.h"
#include "plotmill_config.h"

#define DAY INT64_C(86400000000000) /* ns */

static plotmill *pm;
static plotmill_options *options;
static char folder[] = "/tmp/plotmill-source-XXXXXX";
static char logged[4000]; /* lines of INFO and above that are not about devices */

static void keep_line(void *user, enum plotmill_log_level level, const char *text)
{
    (void)user;
    if (level != PLOTMILL_LOG_DETAIL && (strstr(text, "groups of rows") || strstr(text, "array")))
        snprintf(logged + strlen(logged), sizeof logged - strlen(logged), "%s\n", text);
}

static void begin(void)
{
    cr_assert(mkdtemp(folder) && chdir(folder) == 0);
    pm = plotmill_create();
    cr_assert(pm && !plotmill_options_create(pm, &options));
    plotmill_set_log(pm, keep_line, NULL);
}

static void end(void)
{
    plotmill_options_destroy(options);
    plotmill_destroy(pm);
    cr_assert(chdir("/") == 0 && os_remove_tree(folder));
}

TestSuite(api_source, .init = begin, .fini = end);

static void set(const char *name, const char *value)
{
    cr_assert_eq(plotmill_options_set(options, name, value), PLOTMILL_OK, "%s", plotmill_message(pm));
}

static plotmill_source *from_array(const struct plotmill_array *array)
{
    plotmill_source *source = NULL;
    cr_assert_eq(plotmill_source_from_array(pm, array, options, &source), PLOTMILL_OK, "%s", plotmill_message(pm));
    return source;
}

static void refuse(const struct plotmill_array *array, const char *message)
{
    plotmill_source *source = (plotmill_source *)array;
    cr_expect_eq(plotmill_source_from_array(pm, array, options, &source), PLOTMILL_BAD_INPUT, "not refused: %s",
                 message);
    cr_expect_str_eq(plotmill_message(pm), message);
    cr_expect_null(source);
}

static uint32_t random_state = 1;

static uint32_t random_number(uint32_t below)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % below;
}

/* Every type, axis order and stride against one plain formula. */

static const struct {
    enum plotmill_type type;
    int size;
} types[] = {{PLOTMILL_FLOAT64, 8}, {PLOTMILL_FLOAT32, 4}, {PLOTMILL_INT64, 8},  {PLOTMILL_INT32, 4},
             {PLOTMILL_INT16, 2},   {PLOTMILL_INT8, 1},    {PLOTMILL_UINT64, 8}, {PLOTMILL_UINT32, 4},
             {PLOTMILL_UINT16, 2},  {PLOTMILL_UINT8, 1}};

static double element(const char *at, enum plotmill_type type)
{
    union {
        double f64;
        float f32;
        int64_t i64;
        int32_t i32;
        int16_t i16;
        int8_t i8;
        uint64_t u64;
        uint32_t u32;
        uint16_t u16;
        uint8_t u8;
    } value;
    memcpy(&value, at, type == PLOTMILL_INT8 || type == PLOTMILL_UINT8 ? 1 : sizeof value);
    switch (type) {
    case PLOTMILL_FLOAT64:
        return value.f64;
    case PLOTMILL_FLOAT32:
        return value.f32;
    case PLOTMILL_INT64:
        return (double)value.i64;
    case PLOTMILL_INT32:
        return value.i32;
    case PLOTMILL_INT16:
        return value.i16;
    case PLOTMILL_INT8:
        return value.i8;
    case PLOTMILL_UINT64:
        return (double)value.u64;
    case PLOTMILL_UINT32:
        return value.u32;
    case PLOTMILL_UINT16:
        return value.u16;
    default:
        return value.u8;
    }
}

#define ROOM 4096
static char bytes[ROOM + 16];

/* 64-bit integers get 32 bits, also when they are read from the next byte on. */
static void fill_bytes(enum plotmill_type type)
{
    const bool wide = type == PLOTMILL_UINT64 || type == PLOTMILL_INT64;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(wide && (i % 8 == 0 || i % 8 > 4) ? 0 : random_number(256));
}

static void check_elements(const struct plotmill_array *array, int field)
{
    enum { MOST = 400 };
    const bool ready = array->axes[0] == 'N', has_fields = strchr(array->axes, 'F') != NULL;
    const int time = ready, axis_count = (int)strlen(array->axes);
    int64_t strides[3], dense = 0;
    uint64_t elements = 1;
    double found[MOST];
    for (int k = 0; k < 3; k++)
        dense |= array->strides[k];
    for (int k = axis_count - 1; k >= 0; k--) {
        strides[k] = dense ? array->strides[k] : (int64_t)(elements * (uint64_t)types[array->type].size);
        elements *= array->shape[k];
    }
    char number[16];
    snprintf(number, sizeof number, "%d", field);
    set("column", has_fields ? number : NULL);
    plotmill_source *source = from_array(array);
    const uint64_t sequences = ready ? array->shape[0] : 1, length = array->shape[time], count = sequences * length;
    cr_assert(count <= MOST);
    const struct source_shape shape = api_source_shape(source);
    cr_assert(shape.samples == count && shape.row_length == (ready ? length : 0));
    /* In one piece, and in pieces that cross sequences. */
    for (uint64_t step = count; step; step = step > 5 ? 5 : 0) {
        for (uint64_t first = 0; first < count; first += step)
            cr_assert_eq(api_source_read(pm, source, first, first + step > count ? count - first : step, found + first),
                         PLOTMILL_OK, "%s", plotmill_message(pm));
        for (uint64_t i = 0; i < count; i++) {
            const char *at = (const char *)array->data + (int64_t)(i % length) * strides[time] +
                             (ready ? (int64_t)(i / length) * strides[0] : 0) +
                             (has_fields ? field * strides[axis_count - 1] : 0);
            const double expected = element(at, array->type);
            cr_assert(!memcmp(&found[i], &expected, sizeof expected) || (isnan(found[i]) && isnan(expected)),
                      "type %d, %s, sample %d: %g, expected %g", (int)array->type, array->axes, (int)i, found[i],
                      expected);
        }
    }
    plotmill_source_destroy(source);
}

Test(api_source, every_type_axis_order_and_stride)
{
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        const int64_t size = types[t].size;
        const enum plotmill_type type = types[t].type;
        fill_bytes(type);
        char *middle = bytes + ROOM / 2;
        const struct plotmill_array arrays[] = {
            {.data = bytes, .axes = "T", .shape = {100}},
            {.data = bytes, .axes = "TF", .shape = {50, 4}},
            {.data = bytes, .axes = "NT", .shape = {7, 9}},
            {.data = bytes, .axes = "NTF", .shape = {4, 9, 3}},
            {.data = bytes, .axes = "T", .shape = {100}, .strides = {3 * size}},
            {.data = middle, .axes = "T", .shape = {100}, .strides = {-size}},
            {.data = bytes,
             .axes = "TF",
             .shape = {20, 4},
             .strides = {size, 20 * size}}, /* fields one after another */
            {.data = middle, .axes = "TF", .shape = {20, 4}, .strides = {-4 * size, -size}},
            {.data = bytes, .axes = "NT", .shape = {30, 10}, .strides = {size, size}}, /* windows that overlap */
            {.data = bytes, .axes = "NT", .shape = {30, 10}, .strides = {0, size}},    /* one sequence, repeated */
            {.data = bytes, .axes = "NT", .shape = {30, 10}, .strides = {size, 0}},
            {.data = middle, .axes = "NT", .shape = {9, 11}, .strides = {-11 * size, size}},
            {.data = bytes, .axes = "NT", .shape = {9, 11}, .strides = {size, 9 * size}}, /* Fortran order */
            {.data = bytes, .axes = "NT", .shape = {1, 11}, .strides = {0, size}},
            {.data = bytes, .axes = "NTF", .shape = {4, 9, 3}, .strides = {size, 4 * size, 36 * size}},
            {.data = middle, .axes = "NTF", .shape = {4, 9, 3}, .strides = {-27 * size, 3 * size, -size}},
            {.data = bytes, .axes = "NTF", .shape = {1, 1, 3}},
        };
        for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
            struct plotmill_array array = arrays[i];
            array.size = sizeof array;
            array.type = type;
            const int fields = array.axes[strlen(array.axes) - 1] == 'F' ? (int)array.shape[strlen(array.axes) - 1] : 1;
            for (int field = 0; field < fields; field++) {
                check_elements(&array, field);
                array.data = (const char *)array.data + 1; /* not aligned */
                check_elements(&array, field);
                array.data = (const char *)array.data - 1;
            }
        }
    }
}

Test(api_source, integers_that_float64_cannot_hold)
{
    static const int64_t below[] = {0, INT64_C(1) << 53, -(INT64_C(1) << 53), INT64_C(1) << 62, INT64_MIN};
    static const int64_t above[] = {1, 2, (INT64_C(1) << 53) + 1, INT64_MAX};
    static const uint64_t natural[] = {UINT64_C(1) << 63, 7, UINT64_MAX, 3};
    static const int64_t times[] = {0, DAY, 2 * DAY + 1500000000, -1};
    double out[5];
    struct plotmill_array array = {
        .size = sizeof array, .data = below, .type = PLOTMILL_INT64, .axes = "T", .shape = {5}};
    plotmill_source *source = from_array(&array);
    cr_assert_eq(api_source_read(pm, source, 0, 5, out), PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert(out[1] == 0x1p53 && out[2] == -0x1p53 && out[3] == 0x1p62 && out[4] == -0x1p63);
    plotmill_source_destroy(source);
    array.data = above;
    array.shape[0] = 4;
    array.times = times;
    source = from_array(&array);
    cr_assert_eq(api_source_read(pm, source, 0, 4, out), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm),
                     "array, row 2, 1970-01-03T00:00:01.5Z: found 9007199254740993, which no float64 equals: expected "
                     "integers up to 2^53, or an array that was converted to float64");
    cr_assert_eq(api_source_read(pm, source, 3, 1, out), PLOTMILL_BAD_INPUT);
    cr_assert(strstr(plotmill_message(pm), "array, row 3, 1969-12-31T23:59:59.999999999Z: found 9223372036854775807,"));
    plotmill_source_destroy(source);
    array = (struct plotmill_array){
        .size = sizeof array, .data = natural, .type = PLOTMILL_UINT64, .axes = "NT", .shape = {2, 2}};
    source = from_array(&array);
    cr_assert_eq(api_source_read(pm, source, 0, 4, out), PLOTMILL_BAD_INPUT);
    cr_assert(out[0] == 0x1p63);
    cr_assert(strstr(plotmill_message(pm), "array, sequence 1, sample 0: found 18446744073709551615,"));
    plotmill_source_destroy(source);
}

/* Windows against a plain list. */

#define ROWS 700
static double rows[ROWS];
static uint32_t groups[ROWS];
static int64_t times[ROWS];

struct images {
    uint64_t count;
    int64_t starts[ROWS];
    double ranges[ROWS][2];
};

static enum plotmill_status take(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    struct images *images = self;
    (void)error;
    for (uint64_t i = 0; i < batch->count; i++) {
        cr_assert(batch->first + i < ROWS);
        images->starts[batch->first + i] = batch->window_start[i];
        memcpy(images->ranges[batch->first + i], batch->y_range + 2 * i, sizeof images->ranges[0]);
    }
    images->count += batch->count;
    return PLOTMILL_OK;
}

static enum plotmill_status run(plotmill_source *source, struct images *images)
{
    const struct plotmill_sink_ops ops = {.size = sizeof ops, .write = take};
    plotmill_sink *sink = NULL;
    images->count = 0;
    cr_assert_eq(plotmill_sink_create(pm, &ops, images, &sink), PLOTMILL_OK);
    const enum plotmill_status status = plotmill_run(pm, options, source, sink, NULL, NULL, NULL);
    plotmill_sink_destroy(sink);
    return status;
}

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

Test(api_source, windows_of_groups_and_of_days, .timeout = 600)
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
Test(api_source, groups_are_drawn_as_if_alone, .timeout = 600)
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
Test(api_source, groups_in_a_renderer, .timeout = 600)
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

Test(api_source, short_groups_are_counted)
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
    cr_assert_str_eq(plotmill_message(pm), "window 4: the longest of 4 groups of rows has only 3 samples");
    plotmill_source_destroy(source);
}

Test(api_source, groups_and_times_that_are_refused)
{
    static const double data[6];
    static const uint32_t back[6] = {4, 4, 9, 4, 9, 4};
    static const int64_t gaps[6] = {0, DAY, INT64_MIN, 3 * DAY, 2 * DAY, 5 * DAY};
    struct plotmill_array array = {.size = sizeof array, .data = data, .axes = "T", .shape = {6}, .groups = back};
    refuse(&array, "array, row 3: group 4 comes back after group 9: expected the rows of a group one after another; "
                   "sort the rows by group");
    array.axes = "NT"; /* sequences of a group need not be together */
    array.shape[1] = 1;
    plotmill_source_destroy(from_array(&array));
    array = (struct plotmill_array){.size = sizeof array, .data = data, .axes = "T", .shape = {6}, .times = gaps};
    cr_assert_str_eq(logged, "");
    plotmill_source_destroy(from_array(&array));
    cr_assert_str_eq(logged, "array, row 4, 1970-01-03T00:00:00Z: time goes back; the rows are used in the order of "
                             "the array\n");
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

Test(api_source, sequences_in_a_period)
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

Test(api_source, a_missing_sample_is_located)
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

Test(api_source, fields_by_name_and_index)
{
    static const double data[6] = {0, 1, 2, 3, 4, 5};
    static const char *names[] = {"Close", "close", "0"};
    double out[2];
    struct plotmill_array array = {.size = sizeof array, .data = data, .axes = "TF", .shape = {2, 3}, .fields = names};
    static const char *const wanted[] = {"Close", "close", "0", "1", "2"};
    static const double first[] = {0, 1, 2, 1, 2}; /* a name comes before an index */
    for (int i = 0; i < 5; i++) {
        set("column", wanted[i]);
        plotmill_source *source = from_array(&array);
        cr_assert_eq(api_source_read(pm, source, 0, 2, out), PLOTMILL_OK);
        cr_assert(out[0] == first[i] && out[1] == first[i] + 3, "%s", wanted[i]);
        plotmill_source_destroy(source);
    }
    set("column", "CLOSE");
    refuse(&array, "array: several columns are named \"CLOSE\", expected the number of one: 0 (Close), 1 (close)");
    set("column", "3");
    refuse(&array, "array: no column \"3\", expected one of 0 (Close), 1 (close), 2 (0)");
    set("column", NULL);
    refuse(&array, "array: 3 numeric columns, expected the option column to name one: 0 (Close), 1 (close), 2 (0)");
    array.fields = NULL;
    refuse(&array, "array: 3 numeric columns, expected the option column to name one: 0, 1, 2");
    names[1] = NULL;
    array.fields = names;
    refuse(&array, "array: fields[1] is NULL, expected a name");
    set("column", "0");
    array = (struct plotmill_array){.size = sizeof array, .data = data, .axes = "T", .shape = {6}};
    refuse(&array, "array: the option column applies to arrays with the axes TF or NTF, not T");
}

Test(api_source, arrays_that_are_refused)
{
    static const double data[6];
    static const char *const names[] = {"a"};
    const struct plotmill_array good = {.size = sizeof good, .data = data, .axes = "T", .shape = {6}};
    struct plotmill_array array = good;
    array.data = NULL;
    refuse(&array, "array: data is NULL, expected a value");
    array = good;
    array.axes = NULL;
    refuse(&array, "array: axes is NULL, expected a value");
    array.axes = "TN";
    refuse(&array, "array: axes: found \"TN\", expected T, TF, NT or NTF");
    array = good;
    array.type = (enum plotmill_type)10;
    refuse(&array, "array: type 10, expected PLOTMILL_FLOAT64 or another enum plotmill_type");
    array.type = (enum plotmill_type) - 1;
    refuse(&array, "array: type -1, expected PLOTMILL_FLOAT64 or another enum plotmill_type");
    array = good;
    array.shape[0] = 0;
    refuse(&array, "array: shape[0] is 0, expected at least 1");
    array = good;
    array.shape[1] = 7;
    refuse(&array, "array: axes \"T\": shape[1] is 7 and strides[1] 0, expected 0 beyond the last axis");
    array = good;
    array.fields = names;
    refuse(&array, "array: fields: axes \"T\" have no F, expected NULL");
    array = good;
    array.shape[0] = UINT64_MAX;
    refuse(&array, "array: shape and strides: found more than 2^62 bytes");
    array.shape[0] = 3;
    array.strides[0] = INT64_MIN;
    refuse(&array, "array: shape and strides: found more than 2^62 bytes");
    array = good;
    array.axes = "NT";
    array.shape[0] = array.shape[1] = UINT64_C(1) << 32;
    refuse(&array, "array: shape and strides: found more than 2^62 bytes");
    set("dataset", "/x");
    refuse(&good, "array: the option dataset applies to hdf5");
}

Test(api_source, options_of_another_handle)
{
    static const char *const paths[] = {"a.csv"};
    static const double data[6];
    const struct plotmill_array array = {.size = sizeof array, .data = data, .axes = "T", .shape = {6}};
    plotmill *other = plotmill_create();
    plotmill_source *source = NULL;
    cr_assert_eq(plotmill_source_from_array(other, &array, options, &source), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(other), "plotmill_source_from_array: options belongs to another handle, expected "
                                              "one made with this one");
    cr_assert_eq(plotmill_source_open(other, paths, 1, options, &source), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(other), "plotmill_source_open: options belongs to another handle, expected one "
                                              "made with this one");
    cr_assert_null(source);
    plotmill_destroy(other);
}

Test(api_source, paths_that_are_refused)
{
    static const char *const paths[] = {"a.csv", NULL};
    plotmill_source *source = NULL;
    cr_assert_eq(plotmill_source_open(pm, paths, 2, options, &source), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm), "plotmill_source_open: paths[1] is NULL, expected a path");
    cr_assert_eq(plotmill_source_open(pm, NULL, 2, options, &source), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm), "plotmill_source_open: paths is NULL, expected 2 paths");
    cr_assert_eq(plotmill_source_open(pm, NULL, 0, options, &source), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm), "input: not set, expected at least one file");
    cr_assert_eq(plotmill_source_open(pm, paths, 0, options, &source), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm), "no input: expected at least one file");
    cr_assert_eq(plotmill_source_open(pm, paths, 1, NULL, &source), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm), "a.csv: no such file");
}

Test(api_source, structs_of_other_versions)
{
    static const double data[6] = {1, 2, 3, 4, 5, 6};
    static const uint32_t back[6] = {1, 2, 1, 2, 1, 2};
    struct {
        struct plotmill_array array;
        uint64_t newer[2];
    } later = {{.data = data, .axes = "T", .shape = {6}, .groups = back}, {0}};
    char message[200];
    /* A program from before groups: they are not looked at. */
    later.array.size = offsetof(struct plotmill_array, groups);
    plotmill_source_destroy(from_array(&later.array));
    later.array.size = sizeof later.array;
    cr_assert_eq(plotmill_source_from_array(pm, &later.array, options, &(plotmill_source *){NULL}), PLOTMILL_BAD_INPUT);
    later.array.groups = NULL;
    later.array.size = sizeof later;
    plotmill_source_destroy(from_array(&later.array));
    later.newer[1] = 1;
    plotmill_source *source = NULL;
    cr_assert_neq(plotmill_source_from_array(pm, &later.array, options, &source), PLOTMILL_OK);
    cr_assert(strstr(plotmill_message(pm), "struct plotmill_array: sets a member that this library"));
    snprintf(message, sizeof message, "struct plotmill_array: size is 8, expected sizeof(struct plotmill_array): %d",
             (int)sizeof(struct plotmill_array));
    later.array.size = 8;
    refuse(&later.array, message);
}

/* Files and arrays of the same numbers. */

static void write_files(const double *values, int count)
{
    FILE *csv = fopen("a.csv", "w"), *npy = fopen("a.npy", "wb");
    char header[128];
    memset(header, ' ', sizeof header);
    memcpy(header, "\x93NUMPY\x01\x00\x76\x00", 10);
    const int used = snprintf(header + 10, 100, "{'descr': '<f8', 'fortran_order': False, 'shape': (%d,), }", count);
    header[10 + used] = ' ';
    header[127] = '\n';
    fwrite(header, 1, sizeof header, npy);
    fwrite(values, sizeof *values, (size_t)count, npy);
    fprintf(csv, "time,open,close\n");
    for (int i = 0; i < count; i++)
        fprintf(csv, "2024-01-%02dT%02d:00:00Z,1,%.17g\n", i / 24 + 1, i % 24, values[i]);
    fclose(csv);
    fclose(npy);
}

static char *hash_of(plotmill_source *source)
{
    const char *report = NULL;
    set("output", "hash:");
    cr_assert_eq(plotmill_run(pm, options, source, NULL, NULL, NULL, &report), PLOTMILL_OK, "%s", plotmill_message(pm));
    char *hash = json_read_string(json_member(report, "hash"));
    cr_assert(hash, "%s", report);
    plotmill_source_destroy(source);
    return hash;
}

static plotmill_source *open_file(const char *path)
{
    plotmill_source *source = NULL;
    const char *const paths[] = {path};
    cr_assert_eq(plotmill_source_open(pm, paths, 1, options, &source), PLOTMILL_OK, "%s", plotmill_message(pm));
    return source;
}

static void expect_description(plotmill_source *source, const char *const *members)
{
    const char *json = NULL;
    cr_assert_eq(plotmill_source_describe(source, &json), PLOTMILL_OK);
    cr_assert(json_is_object(json));
    for (; *members; members += 2) {
        const char *value = json_member(json, members[0]);
        cr_assert(value, "no %s in %s", members[0], json);
        const size_t length = (size_t)(json_value_end(value) - value);
        cr_assert(length == strlen(members[1]) && !strncmp(value, members[1], length), "%s: %.*s, expected %s",
                  members[0], (int)length, value, members[1]);
    }
}

Test(api_source, files_and_arrays_of_the_same_numbers, .timeout = 600)
{
    enum { COUNT = 200 };
    double data[COUNT][2];
    double values[COUNT];
    int64_t at[COUNT];
    const int64_t start = INT64_C(1704067200000000000); /* 2024-01-01 */
    char *hashes[4];
    for (int i = 0; i < COUNT; i++) {
        values[i] = data[i][1] = (double)random_number(10000) / 7;
        data[i][0] = i;
        at[i] = start + i * (DAY / 24);
    }
    write_files(values, COUNT);
    set("window", "30");
    set("size", "50x40");
    hashes[0] = hash_of(open_file("a.npy"));
    set("column", "close");
    hashes[1] = hash_of(open_file("a.csv"));
    static const char *const names[] = {"open", "close"};
    const struct plotmill_array array = {
        .size = sizeof array, .data = data, .axes = "TF", .shape = {COUNT, 2}, .fields = names, .times = at};
    hashes[2] = hash_of(from_array(&array));
    set("output", NULL);
    set("input", "a.csv");
    plotmill_source *source = NULL;
    cr_assert_eq(plotmill_source_open(pm, NULL, 0, options, &source), PLOTMILL_OK, "%s", plotmill_message(pm));
    hashes[3] = hash_of(source);
    for (int i = 1; i < 4; i++)
        cr_assert_str_eq(hashes[i], hashes[0]);
    /* A period selects the same rows. */
    set("from", "2024-01-03");
    set("to", "2024-01-05");
    char *const cut[2] = {hash_of(open_file("a.csv")), hash_of(from_array(&array))};
    cr_assert_str_eq(cut[0], cut[1]);
    cr_assert_str_neq(cut[0], hashes[0]);
    expect_description(source = from_array(&array),
                       (const char *const[]){"samples", "200", "selected", "72", "row_length", "0", "field", "1",
                                             "groups", "1", "first_time", "\"2024-01-03T00:00:00Z\"", "last_time",
                                             "\"2024-01-05T23:00:00Z\"", "input", "null", NULL});
    plotmill_source_destroy(source);
    for (int i = 0; i < 4; i++)
        free(hashes[i]);
    free(cut[0]);
    free(cut[1]);
}

Test(api_source, descriptions)
{
    static const double data[12];
    static const char *const names[] = {"a \"b\"", ""};
    static const uint32_t ids[6] = {5, 5, 5, 1, 1, 3};
    double values[48] = {0};
    struct plotmill_array array = {
        .size = sizeof array, .data = data, .axes = "TF", .shape = {6, 2}, .fields = names, .groups = ids};
    set("column", "1");
    plotmill_source *source = from_array(&array);
    expect_description(source,
                       (const char *const[]){"samples", "6", "selected", "6", "row_length", "0", "field", "1", "groups",
                                             "3", "first_time", "null", "last_time", "null", "input", "null", NULL});
    const char *json;
    cr_assert_eq(plotmill_source_describe(source, &json), PLOTMILL_OK);
    char *first = json_read_string(json_element(json_member(json, "fields"), 0));
    cr_assert_str_eq(first, names[0]);
    free(first);
    plotmill_source_destroy(source);
    set("column", NULL);
    array = (struct plotmill_array){.size = sizeof array, .data = data, .axes = "NT", .shape = {3, 4}};
    source = from_array(&array);
    expect_description(source, (const char *const[]){"samples", "12", "row_length", "4", "fields", "[]", "field", "0",
                                                     "groups", "1", NULL});
    plotmill_source_destroy(source);
    write_files(values, 48);
    set("column", "close");
    source = open_file("a.csv");
    expect_description(source, (const char *const[]){"samples", "48", "selected", "48", "fields",
                                                     "[\"time\", \"open\", \"close\"]", "field", "2", "first_time",
                                                     "\"2024-01-01T00:00:00Z\"", "last_time",
                                                     "\"2024-01-02T23:00:00Z\"", NULL});
    cr_assert_eq(plotmill_source_describe(source, &json), PLOTMILL_OK);
    cr_assert(json_member(json_member(json, "input"), "hash"));
    plotmill_source_destroy(source);
    set("column", NULL);
    if (!HAVE_HDF5)
        return;
    set("window", "8");
    set("size", "16x16");
    set("store-sequences", "true");
    set("output", "a.h5");
    source = open_file("a.npy");
    cr_assert_eq(plotmill_run(pm, options, source, NULL, NULL, NULL, NULL), PLOTMILL_OK, "%s", plotmill_message(pm));
    plotmill_source_destroy(source);
    set("dataset", "/sequences");
    source = open_file("a.h5");
    expect_description(source, (const char *const[]){"samples", "328", "row_length", "8", "fields", "[\"/sequences\"]",
                                                     "field", "0", NULL});
    plotmill_source_destroy(source);
}

/* Custom sources. */

struct custom {
    int destroyed;
    enum plotmill_status failing;
};

static enum plotmill_status read_custom(void *self, uint64_t first, uint64_t count, double *out,
                                        struct plotmill_error *error)
{
    const struct custom *custom = self;
    (void)error;
    for (uint64_t i = 0; i < count; i++)
        out[i] = first + i == 17 ? (double)NAN : (double)(first + i);
    return custom->failing;
}

static void locate_custom(void *self, uint64_t sample, char *text, size_t size)
{
    (void)self;
    memset(text, 'x', size); /* without an end */
    if (sample == 17)
        snprintf(text, size, "probe 1");
}

static void destroy_custom(void *self)
{
    ((struct custom *)self)->destroyed++;
}

Test(api_source, callbacks)
{
    static struct images images;
    struct custom custom = {0, PLOTMILL_OK};
    struct plotmill_source_ops ops = {sizeof ops, read_custom, locate_custom, destroy_custom};
    plotmill_source *source = NULL;
    cr_assert_eq(plotmill_source_create(pm, &ops, &custom, 40, 7, &source), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm), "40 samples: expected a multiple of the sequence length 7");
    cr_assert_eq(plotmill_source_create(pm, &ops, &custom, UINT64_MAX, 0, &source), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm),
                     "plotmill_source_create: samples is 18446744073709551615, expected at most 2^60");
    cr_assert_eq(custom.destroyed, 0);
    cr_assert_eq(plotmill_source_create(pm, &ops, &custom, 40, 8, &source), PLOTMILL_OK);
    memset(&ops, 0, sizeof ops); /* it was copied */
    set("size", "16x16");
    cr_assert_eq(run(source, &images), PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert(images.count == 5 && images.starts[4] == 4 && images.ranges[4][1] == 39);
    set("missing", "error");
    cr_assert_eq(run(source, &images), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm),
                     "probe 1: sample 17 is missing: expected a number (the option missing is error)");
    custom.failing = PLOTMILL_IO_FAILED;
    cr_assert_eq(run(source, &images), PLOTMILL_IO_FAILED);
    cr_assert_str_eq(plotmill_message(pm), "the source's read failed: I/O failed");
    plotmill_source_destroy(source);
    cr_assert_eq(custom.destroyed, 1);
    /* A program from before locate and destroy. */
    ops = (struct plotmill_source_ops){offsetof(struct plotmill_source_ops, locate), read_custom, locate_custom,
                                       destroy_custom};
    cr_assert_eq(plotmill_source_create(pm, &ops, &custom, 40, 0, &source), PLOTMILL_OK);
    plotmill_source_destroy(source);
    cr_assert_eq(custom.destroyed, 1);
}
