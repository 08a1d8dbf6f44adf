/* Rows of several fields through the public API: arrays, callbacks, resident series; what a chart lacks or cannot show.
 */
#include "source_fixture.h"

TestSuite(api_frames, .init = begin, .fini = end);

#define SAMPLES 120
#define FIELDS 5
#define WINDOW 20
#define WIDTH 80
#define HEIGHT 60

static const char *const names[FIELDS] = {"Volume", "open", "HIGH", "low", "close"};
static double data[SAMPLES][FIELDS];

/* Bars, a line of an average that needs rows before the window, and columns. */
#define CHART                                                                                                        \
    "{size: [80, 60], panels: [{rect: [0, 0, 80, 40], layers: [{mark: bar}, {mark: line, y: 'ma(close,30)', shape: " \
    "pixel, whole: true}]}, {rect: [0, 41, 80, 19], x: band, y: {range: zero}, layers: [{mark: column, y: volume}]}]}"

static void make_data(void)
{
    double close = 100;
    for (int i = 0; i < SAMPLES; i++) {
        const double open = close + random_number(100) / 100.0 - 0.5;
        close += random_number(200) / 100.0 - 1;
        data[i][0] = 1 + random_number(500);
        data[i][1] = open;
        data[i][2] = fmax(open, close) + random_number(100) / 100.0;
        data[i][3] = fmin(open, close) - random_number(100) / 100.0;
        data[i][4] = close;
    }
    set("chart", CHART);
    set("window", "20");
}

static struct plotmill_array rows(const char *axes)
{
    struct plotmill_array array = {.size = sizeof array, .data = data, .axes = axes, .fields = names};
    const bool ready = *axes == 'N';
    array.shape[0] = ready ? SAMPLES / WINDOW : SAMPLES;
    array.shape[1] = ready ? WINDOW : FIELDS;
    array.shape[2] = ready ? FIELDS : 0;
    return array;
}

/* Callbacks over the same rows. */
static enum plotmill_status read_rows(void *self, uint64_t first, uint64_t count, double *out,
                                      struct plotmill_error *error)
{
    (void)self, (void)error;
    memcpy(out, data[first], (size_t)count * sizeof data[0]);
    return PLOTMILL_OK;
}

static void locate_row(void *self, uint64_t sample, char *text, size_t size)
{
    (void)self;
    snprintf(text, size, "day %llu", (unsigned long long)sample);
}

static plotmill_source *callbacks(uint32_t fields, const char *const *texts)
{
    const struct plotmill_source_ops ops = {
        .size = sizeof ops, .read = read_rows, .locate = locate_row, .fields = fields, .names = texts};
    plotmill_source *source = NULL;
    cr_assert_eq(plotmill_source_create(pm, &ops, NULL, SAMPLES, 0, &source), PLOTMILL_OK, "%s", plotmill_message(pm));
    return source;
}

#define IMAGES (SAMPLES - WINDOW + 1)

static uint8_t pixels[2][IMAGES][HEIGHT * WIDTH];
static double ranges[2][IMAGES][4];

static void draw(plotmill_source *source, int into)
{
    plotmill_renderer *renderer = NULL;
    const struct plotmill_request request = {.size = sizeof request,
                                             .count = IMAGES,
                                             .out = pixels[into],
                                             .out_size = sizeof pixels[into],
                                             .y_range = *ranges[into]};
    cr_assert_eq(plotmill_renderer_create(pm, options, &renderer), PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert_eq(plotmill_renderer_load(renderer, source), PLOTMILL_OK, "%s", plotmill_message(pm));
    plotmill_source_destroy(source); /* the renderer keeps what it needs */
    cr_assert_eq(plotmill_render(renderer, &request), PLOTMILL_OK, "%s", plotmill_message(pm));
    plotmill_renderer_destroy(renderer);
}

static plotmill_source *open_array(struct plotmill_array array)
{
    plotmill_source *source = NULL;
    cr_assert_eq(plotmill_source_from_array(pm, &array, options, &source), PLOTMILL_OK, "%s", plotmill_message(pm));
    return source;
}

static void expect_same(void)
{
    cr_assert(!memcmp(pixels[0], pixels[1], sizeof pixels[0]), "other pixels");
    cr_assert(!memcmp(ranges[0], ranges[1], sizeof ranges[0]), "other y_range");
}

Test(api_frames, arrays_and_callbacks_draw_the_same_images, .timeout = 300)
{
    static float fields_first[FIELDS][SAMPLES];
    struct plotmill_array array = rows("TF");
    make_data();
    for (int i = 0; i < SAMPLES; i++)
        for (int k = 0; k < FIELDS; k++) {
            data[i][k] = (float)data[i][k];
            fields_first[k][i] = (float)data[i][k];
        }
    draw(open_array(array), 0);
    draw(callbacks(FIELDS, names), 1);
    expect_same();
    array.data = fields_first;
    array.type = PLOTMILL_FLOAT32;
    array.strides[0] = sizeof(float);
    array.strides[1] = SAMPLES * sizeof(float);
    draw(open_array(array), 1);
    expect_same();
}

/* A job and a renderer; and the windows before row 30 lack the average. */
Test(api_frames, whole_layers_are_left_out_at_the_beginning_of_each_group, .timeout = 300)
{
    static uint32_t groups[SAMPLES];
    struct plotmill_array array = rows("TF");
    make_data();
    for (int i = 0; i < SAMPLES; i++)
        groups[i] = i < 5 ? 2 : 9;
    array.groups = groups;
    plotmill_source *source = open_array(array);
    plotmill_renderer *renderer = NULL;
    uint64_t starts[2][1] = {{34}, {35}}; /* rows 29 and 30 of the second group */
    uint8_t bare[HEIGHT * WIDTH];
    for (int k = 0; k < 2; k++) {
        struct plotmill_request request = {.size = sizeof request,
                                           .count = 1,
                                           .starts = starts[k],
                                           .out = pixels[k][0],
                                           .out_size = sizeof pixels[k][0]};
        set("chart", CHART);
        cr_assert_eq(plotmill_renderer_create(pm, options, &renderer), PLOTMILL_OK);
        cr_assert_eq(plotmill_renderer_load(renderer, source), PLOTMILL_OK, "%s", plotmill_message(pm));
        cr_assert_eq(plotmill_render(renderer, &request), PLOTMILL_OK, "%s", plotmill_message(pm));
        plotmill_renderer_destroy(renderer);
        set("chart",
            "{size: [80, 60], panels: [{rect: [0, 0, 80, 40], layers: [{mark: bar}]}, {rect: [0, 41, 80, 19], x: "
            "band, y: {range: zero}, layers: [{mark: column, y: volume}]}]}");
        request.out = bare;
        cr_assert_eq(plotmill_renderer_create(pm, options, &renderer), PLOTMILL_OK);
        cr_assert_eq(plotmill_renderer_load(renderer, source), PLOTMILL_OK, "%s", plotmill_message(pm));
        cr_assert_eq(plotmill_render(renderer, &request), PLOTMILL_OK, "%s", plotmill_message(pm));
        plotmill_renderer_destroy(renderer);
        cr_assert_eq(!memcmp(pixels[k][0], bare, sizeof bare), k == 0, "the window at row %d of its group", 29 + k);
    }
    plotmill_source_destroy(source);
}

Test(api_frames, ready_sequences_have_no_rows_before_them, .timeout = 300)
{
    static uint8_t drawn[2][SAMPLES / WINDOW][HEIGHT * WIDTH];
    make_data();
    set("window", NULL);
    for (int k = 0; k < 2; k++) {
        plotmill_renderer *renderer = NULL;
        const struct plotmill_request request = {
            .size = sizeof request, .count = SAMPLES / WINDOW, .out = drawn[k], .out_size = sizeof drawn[k]};
        if (k)
            set("chart", "{size: [80, 60], panels: [{rect: [0, 0, 80, 40], layers: [{mark: bar}]}, {rect: [0, 41, 80, "
                         "19], x: band, y: {range: zero}, layers: [{mark: column, y: volume}]}]}");
        plotmill_source *source = open_array(rows("NTF"));
        cr_assert_eq(plotmill_renderer_create(pm, options, &renderer), PLOTMILL_OK);
        cr_assert_eq(plotmill_renderer_load(renderer, source), PLOTMILL_OK, "%s", plotmill_message(pm));
        cr_assert_eq(plotmill_render(renderer, &request), PLOTMILL_OK, "%s", plotmill_message(pm));
        plotmill_renderer_destroy(renderer);
        plotmill_source_destroy(source);
    }
    cr_assert(!memcmp(drawn[0], drawn[1], sizeof drawn[0]));
}

/* Refused by a job, and by a renderer when the series is loaded. */
static void expect_bad(const char *message)
{
    static struct images images;
    plotmill_renderer *renderer = NULL;
    plotmill_source *source = callbacks(FIELDS, names);
    cr_assert_eq(run(source, &images), PLOTMILL_BAD_INPUT, "not refused by a job: %s", message);
    cr_assert_str_eq(plotmill_message(pm), message);
    cr_assert_eq(plotmill_renderer_create(pm, options, &renderer), PLOTMILL_OK);
    cr_assert_eq(plotmill_renderer_load(renderer, source), PLOTMILL_BAD_INPUT, "not refused by a renderer: %s",
                 message);
    cr_assert_str_eq(plotmill_message(pm), message);
    plotmill_renderer_destroy(renderer);
    plotmill_source_destroy(source);
}

Test(api_frames, bars_upside_down_and_negative_columns_are_refused)
{
    make_data();
    const double high = data[70][2], low = data[70][3];
    data[70][2] = 89.5;
    data[70][3] = 90.25;
    expect_bad(
        "day 70: high of sample 70 is 89.5, low is 90.25: expected the high to be at least the low; correct or empty "
        "one of them");
    data[70][2] = high;
    data[70][3] = low;
    data[60][0] = -0.5;
    expect_bad("day 60: volume of sample 60 is -0.5: expected 0 or more for a column; correct it, or set abs: true in "
               "the chart");
    data[60][0] = NAN; /* missing values are left out */
    data[61][0] = -INFINITY;
    data[70][2] = NAN;
    draw(callbacks(FIELDS, names), 0);
}

Test(api_frames, a_missing_value_is_named_when_a_window_shows_it)
{
    static struct images images;
    plotmill_renderer *renderer = NULL;
    uint64_t starts[] = {0, 45};
    struct plotmill_request request = {
        .size = sizeof request, .count = 2, .starts = starts, .out = pixels[0], .out_size = sizeof pixels[0]};
    const char *message = "day 64: close of sample 64 is missing: expected a number (missing is error)";
    make_data();
    set("chart", "{size: [80, 60], layers: [{mark: line, y: close, missing: error}, {mark: line, y: open}]}");
    data[64][4] = NAN;
    data[30][1] = NAN; /* of the layer that shows gaps */
    plotmill_source *source = callbacks(FIELDS, names);
    cr_assert_eq(run(source, &images), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm), message);
    cr_assert_eq(plotmill_renderer_create(pm, options, &renderer), PLOTMILL_OK);
    cr_assert_eq(plotmill_renderer_load(renderer, source), PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert_eq(plotmill_render(renderer, &request), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm), message);
    starts[1] = 44;
    cr_assert_eq(plotmill_render(renderer, &request), PLOTMILL_OK, "%s", plotmill_message(pm));
    plotmill_renderer_destroy(renderer);
    plotmill_source_destroy(source);
}

static void expect_refusal(struct plotmill_source_ops ops, const char *message)
{
    plotmill_source *source = (plotmill_source *)&ops;
    ops.size = sizeof ops;
    ops.read = read_rows;
    cr_assert_eq(plotmill_source_create(pm, &ops, NULL, SAMPLES, 0, &source), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm), message);
    cr_assert_null(source);
}

Test(api_frames, callbacks_say_which_fields_they_have)
{
    static struct images images;
    const char *json;
    make_data();
    expect_refusal((struct plotmill_source_ops){.fields = 3, .names = (const char *const[]){"a", NULL, "c"}},
                   "plotmill_source_create: names[1] is NULL, expected a name");
    expect_refusal((struct plotmill_source_ops){.fields = 4097},
                   "plotmill_source_create: fields is 4097, expected at most 4096");
    plotmill_source *source = callbacks(FIELDS, names);
    cr_assert_eq(plotmill_source_describe(source, &json), PLOTMILL_OK);
    cr_assert(strstr(json, "\"values\": [") && json_string_is(json_element(json_member(json, "values"), 2), "HIGH") &&
              !json_element(json_member(json, "values"), 5));
    set("chart", "{size: [80, 60], layers: [{mark: line, y: return}]}");
    cr_assert_eq(run(source, &images), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm), "the chart needs the field return; the source returns 5 fields per sample, "
                                           "Volume, open, HIGH, low, close: open it with the options of this chart");
    set("chart", NULL); /* one line, but of which field? */
    cr_assert_eq(run(source, &images), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm), "the chart needs one field; the source returns 5 fields per sample, Volume, "
                                           "open, HIGH, low, close: open it with the options of this chart");
    plotmill_source_destroy(source);
    source = callbacks(FIELDS, NULL);
    cr_assert_eq(run(source, &images), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm), "the chart needs one field; the source returns 5 fields per sample: open it "
                                           "with the options of this chart");
    plotmill_source_destroy(source);
}

/* The fields of the array that a chart does not name are not read; the option columns names those of arrays without. */
Test(api_frames, arrays_are_opened_for_a_chart)
{
    const char *json;
    struct plotmill_array array = rows("TF");
    make_data();
    plotmill_source *source = open_array(array);
    cr_assert_eq(plotmill_source_describe(source, &json), PLOTMILL_OK);
    cr_assert(json_string_is(json_element(json_member(json, "values"), 0), "open") &&
              json_string_is(json_element(json_member(json, "fields"), 0), "Volume"));
    draw(source, 0);
    array.fields = NULL;
    refuse(&array, "array: the chart needs the fields open, high, low, close, volume, but the columns have no names: "
                   "expected the option columns with 5 names, in their order, or with NAME=NUMBER for each field");
    set("columns", "volume,open,high,low,close");
    draw(open_array(array), 1);
    expect_same();
    set("axes", "TF");
    refuse(&array, "array: the option axes applies to hdf5 and npy: the array itself says its axes");
}
