/* The frame of a chart: raw and derived fields over groups, sequences and files, against a plain computation. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "source/frame.h"
#include "source/memory.h"
#include "source/source.h"
#include "source/windows.h"

#define ROWS 300
#define WIDTH 6
#define N NAN

static const char *const names[WIDTH] = {"Open", "high", "low", "close", "volume", "ret"};
static double data[ROWS][WIDTH];
static struct plotmill_error error;

/* A chart of these fields, of which only the fields, adjust and the layers are looked at. */
struct fields_chart {
    struct chart chart;
    char *fields[16];
    char texts[16][80];
};

static const struct chart *chart_of(struct fields_chart *storage, const char *adjust, uint32_t count,
                                    const char *const *fields)
{
    *storage = (struct fields_chart){.chart = {.field_count = count, .fields = storage->fields}};
    for (uint32_t i = 0; i < count; i++)
        storage->fields[i] = strcpy(storage->texts[i], fields[i]);
    storage->chart.adjust = adjust ? strcpy(storage->texts[15], adjust) : NULL;
    return &storage->chart;
}

#define CHART(storage, adjust, ...)                                                        \
    chart_of(storage, adjust, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), \
             (const char *const[]){__VA_ARGS__})

static uint32_t state = 1;

static double random_price(void)
{
    state = state * 1664525u + 1013904223u;
    return 50 + (double)(state >> 12) / 1e4;
}

/* Every eleventh value or so is missing. */
static void make_data(void)
{
    for (int i = 0; i < ROWS; i++)
        for (int k = 0; k < WIDTH; k++) {
            data[i][k] = k == 5 ? (random_price() - 150) / 1e4 : random_price();
            if ((state >> 20) % 11 == 0)
                data[i][k] = NAN;
        }
}

static struct source open_array(const char *axes, uint64_t n, uint64_t t, const uint32_t *groups,
                                const struct chart *chart)
{
    const bool ready = *axes == 'N';
    struct plotmill_array array = {.size = sizeof array, .data = data, .axes = axes, .fields = names, .groups = groups};
    struct source_options options = {0};
    struct frame_inputs inputs;
    struct source source;
    array.shape[0] = ready ? n : t;
    array.shape[1] = ready ? t : WIDTH;
    array.shape[2] = ready ? WIDTH : 0;
    cr_assert_eq(frame_inputs_init(&inputs, chart, &error), PLOTMILL_OK, "%s", error.message);
    options.fields = (const char *const *)inputs.names;
    options.field_count = inputs.count;
    cr_assert_eq(source_open_memory(&source, &array, &options, NULL, &error), PLOTMILL_OK, "%s", error.message);
    frame_inputs_free(&inputs);
    return source;
}

static bool same(double a, double b)
{
    return (isnan(a) && isnan(b)) || a == b;
}

/* Reads all at once and in pieces; expected (rows, fields). */
static void expect_rows(struct source *frame, const double *expected)
{
    const uint32_t fields = source_fields(frame->shape);
    const uint64_t rows = frame->shape.samples;
    double *read = malloc((rows * fields + 1) * sizeof *read);
    for (uint64_t n = rows; n; n = n > 40 ? n / 2 : n - 1)
        for (uint64_t first = 0; first + n <= rows; first += n) {
            read[n * fields] = 12345;
            cr_assert_eq(frame->ops->read(frame->self, first, n, read, &error), PLOTMILL_OK);
            for (uint64_t i = 0; i < n * fields; i++)
                cr_assert(same(read[i], expected[first * fields + i]), "row %llu, field %llu: %.17g, expected %.17g",
                          (unsigned long long)(first + i / fields), (unsigned long long)(i % fields), read[i],
                          expected[first * fields + i]);
            cr_assert_eq(read[n * fields], 12345);
        }
    free(read);
}

/* The derived values of a row, from the rows of its group up to it, the plain way. */
static double plain_ma(const double *values, int row, int n)
{
    double sum = 0;
    if (row + 1 < n)
        return NAN;
    for (int i = row + 1 - n; i <= row; i++)
        sum += values[i];
    return sum / n;
}

static double plain_sd(const double *values, int row, int n)
{
    const double mean = plain_ma(values, row, n);
    double sum = 0;
    for (int i = row + 1 - n; i >= 0 && i <= row; i++)
        sum += (values[i] - mean) * (values[i] - mean);
    return isnan(mean) ? NAN : sqrt(sum / (n - 1));
}

static double plain_ema(const double *values, int row, int n)
{
    const double alpha = 2.0 / (n + 1);
    double average = NAN;
    for (int i = 0; i <= row; i++)
        if (!isnan(values[i]))
            average = isnan(average) ? values[i] : alpha * values[i] + (1 - alpha) * average;
    return isnan(values[row]) ? NAN : average;
}

/* The chart of expect_derived. */
#define FIELDS                                                                                                         \
    "close", "ma(close,3)", "high", "sd(low,4)", "ema(Open,5)", "(high+low)/2", "ma(high-low,2)*2-close", "ma(low,1)", \
        "ma(close,400)"
#define FIELD_COUNT 9

static void fill_group(double (*out)[FIELD_COUNT], int first, int rows)
{
    double column[WIDTH + 1][ROWS];
    for (int i = 0; i < rows; i++) {
        for (int k = 0; k < WIDTH; k++)
            column[k][i] = data[first + i][k];
        column[WIDTH][i] = column[1][i] - column[2][i];
    }
    for (int i = 0; i < rows; i++) {
        const double values[FIELD_COUNT] = {column[3][i],
                                            plain_ma(column[3], i, 3),
                                            column[1][i],
                                            plain_sd(column[2], i, 4),
                                            plain_ema(column[0], i, 5),
                                            (column[1][i] + column[2][i]) / 2,
                                            plain_ma(column[WIDTH], i, 2) * 2 - column[3][i],
                                            column[2][i],
                                            NAN};
        memcpy(out[first + i], values, sizeof values);
    }
}

static void expect_derived(const char *axes, uint64_t n, uint64_t t, const uint32_t *groups, const int *starts)
{
    static double expected[ROWS][FIELD_COUNT];
    struct fields_chart storage;
    const struct chart *chart = CHART(&storage, NULL, FIELDS);
    struct source source = open_array(axes, n, t, groups, chart), frame;
    cr_assert_eq(frame_open(&frame, &source, chart, &error), PLOTMILL_OK, "%s", error.message);
    for (; starts[0] < ROWS; starts++)
        fill_group(expected, starts[0], starts[1] - starts[0]);
    expect_rows(&frame, *expected);
    cr_assert(!frame.array && frame.shape.row_length == source.shape.row_length);
    source_close(&frame);
    source_close(&source);
}

Test(frame, derives_over_one_series)
{
    make_data();
    expect_derived("TF", 0, ROWS, NULL, (int[]){0, ROWS});
}

Test(frame, derives_over_each_group)
{
    uint32_t groups[ROWS];
    make_data();
    for (int i = 0; i < ROWS; i++)
        groups[i] = i < 2 ? 7 : i < 120 ? 3 : 9;
    expect_derived("TF", 0, ROWS, groups, (int[]){0, 2, 120, ROWS});
}

Test(frame, derives_over_each_sequence)
{
    make_data();
    expect_derived("NTF", 5, 60, NULL, (int[]){0, 60, 120, 180, 240, ROWS});
    expect_derived("NTF", 300 / 4, 4, NULL,
                   (int[]){0,   4,   8,   12,  16,  20,  24,  28,  32,  36,  40,  44,  48,  52,  56,  60,
                           64,  68,  72,  76,  80,  84,  88,  92,  96,  100, 104, 108, 112, 116, 120, 124,
                           128, 132, 136, 140, 144, 148, 152, 156, 160, 164, 168, 172, 176, 180, 184, 188,
                           192, 196, 200, 204, 208, 212, 216, 220, 224, 228, 232, 236, 240, 244, 248, 252,
                           256, 260, 264, 268, 272, 276, 280, 284, 288, 292, 296, ROWS});
}

/* An infinite value is missing, also as a divisor. */
Test(frame, derives_nothing_from_infinity)
{
    struct fields_chart storage;
    const struct chart *chart = CHART(&storage, NULL, "1/high", "high/high", "ma(high,1)", "ema(high,2)", "close-high");
    const double values[3][2] = {{INFINITY, 5}, {2, INFINITY}, {-INFINITY, 1}};
    double expected[3][5];
    for (int i = 0; i < 3; i++) {
        data[i][1] = values[i][0];
        data[i][3] = values[i][1];
        for (int k = 0; k < 5; k++)
            expected[i][k] = i == 1 && k < 4 ? (const double[]){0.5, 1, 2, 2}[k] : N;
    }
    struct source source = open_array("TF", 0, 3, NULL, chart), frame;
    cr_assert_eq(frame_open(&frame, &source, chart, &error), PLOTMILL_OK);
    expect_rows(&frame, *expected);
    source_close(&frame);
    source_close(&source);
    chart = CHART(&storage, "ret", "high", "close");
    data[1][3] = INFINITY; /* the close of a row: its factor is missing */
    source = open_array("TF", 0, 3, NULL, chart);
    cr_assert_eq(frame_open(&frame, &source, chart, &error), PLOTMILL_OK);
    double read[3][2];
    cr_assert_eq(frame.ops->read(frame.self, 0, 3, *read, &error), PLOTMILL_OK);
    cr_assert(isnan(read[1][0]) && read[0][1] == 1 && !isfinite(read[0][0]));
    source_close(&frame);
    source_close(&source);
}

/* A group is long enough for the average of all its rows, and not for one row more. */
Test(frame, derives_where_a_group_just_suffices)
{
    struct fields_chart storage;
    const struct chart *chart = CHART(&storage, NULL, "ma(volume,4)", "ma(volume,5)");
    double expected[8];
    for (int i = 0; i < 4; i++)
        data[i][4] = 1 << i;
    struct source source = open_array("TF", 0, 4, NULL, chart), frame;
    for (int i = 0; i < 8; i++)
        expected[i] = i == 6 ? 15.0 / 4 : NAN;
    cr_assert_eq(frame_open(&frame, &source, chart, &error), PLOTMILL_OK);
    expect_rows(&frame, expected);
    source_close(&frame);
    source_close(&source);
}

Test(frame, passes_rows_through)
{
    struct fields_chart storage;
    const struct chart *chart = CHART(&storage, NULL, "Open", "high", "low", "close", "volume", "ret");
    make_data();
    struct source source = open_array("TF", 0, ROWS, NULL, chart), frame;
    cr_assert_eq(frame_open(&frame, &source, chart, &error), PLOTMILL_OK);
    cr_assert(frame.array == *data, "the rows are not those of the array");
    expect_rows(&frame, *data);
    source_close(&frame);
    chart = CHART(&storage, NULL, "RET", "open", "ret");
    cr_assert_eq(frame_open(&frame, &source, chart, &error), PLOTMILL_OK);
    double expected[ROWS][3];
    for (int i = 0; i < ROWS; i++)
        memcpy(expected[i], (double[]){data[i][5], data[i][0], data[i][5]}, sizeof expected[i]);
    expect_rows(&frame, *expected);
    cr_assert_null(frame.array);
    source_close(&frame);
    source_close(&source);
}

/* A hand-made case, with missing closes and returns: docs/definition.md, "Adjusted prices". */
Test(frame, adjusts_prices_by_returns)
{
    static const double rows[6][WIDTH] = {{8, 12, 6, 10, 1, N},  {10, 11, 9, 10, 2, 0.5}, {4, 5, 3, 4, 3, N},
                                          {4, 6, 2, 5, 4, -0.5}, {3, 4, 2, N, 5, 1},      {N, 8, 2, 4, 6, 0}};
    static const double expected[6][5] = {{0.8, 1.2000000000000002, 0.6000000000000001, 1, N},
                                          {1.5, 1.65, 1.3499999999999999, 1.5, 1.25},
                                          {N, N, N, N, N},
                                          {0.6, 0.8999999999999999, 0.3, 0.75, N},
                                          {N, N, N, 1.5, 1.125},
                                          {N, 3, 0.75, 1.5, 1.5}};
    struct fields_chart storage;
    const struct chart *chart = CHART(&storage, "RET", "open", "high", "low", "close", "ma(close,2)", "volume");
    memcpy(data, rows, sizeof rows);
    memcpy(data[6], rows, sizeof rows);
    data[10][3] = -INFINITY; /* missing as well */
    const uint32_t groups[12] = {0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1};
    struct source source = open_array("TF", 0, 12, groups, chart), frame;
    cr_assert_eq(frame_open(&frame, &source, chart, &error), PLOTMILL_OK, "%s", error.message);
    double read[12][6];
    cr_assert_eq(frame.ops->read(frame.self, 0, 12, *read, &error), PLOTMILL_OK);
    for (int i = 0; i < 12; i++)
        for (int k = 0; k < 6; k++) {
            const double wanted = k == 5 ? rows[i % 6][4] : expected[i % 6][k];
            cr_assert(same(read[i][k], wanted) || fabs(read[i][k] - wanted) < 1e-15, "row %d, field %d: %.17g", i, k,
                      read[i][k]);
        }
    source_close(&frame);
    source_close(&source);
}

static void expect_refusal(const struct source *source, const struct chart *chart, const char *message)
{
    struct source frame;
    cr_assert_eq(frame_open(&frame, source, chart, &error), PLOTMILL_BAD_INPUT, "not refused: %s", message);
    cr_assert_str_eq(error.message, message);
    cr_assert(!frame.ops && !frame.self);
}

Test(frame, refuses_what_the_source_does_not_return)
{
    struct fields_chart prices, storage;
    const struct chart *opened = CHART(&prices, NULL, "high", "low");
    struct source source = open_array("TF", 0, ROWS, NULL, opened);
    expect_refusal(&source, CHART(&storage, NULL, "high", "close"),
                   "the chart needs the field close; the source returns 2 fields per sample, high, low: open it with "
                   "the options of this chart");
    expect_refusal(&source, CHART(&storage, NULL, ""),
                   "the chart needs one field; the source returns 2 fields per sample, high, low: open it with the "
                   "options of this chart");
    expect_refusal(&source, CHART(&storage, "ret", "high"), "adjust: the source lacks the field close");
    source_close(&source);
}

Test(frame, adjusts_only_bars_of_adjusted_prices)
{
    struct fields_chart storage;
    struct chart_layer bar = {.mark = MARK_BAR, .field = {0, 1, 2, 3}};
    const char *message = "adjust: changes the fields open, high, low and close, but a layer has volume in place of "
                          "open: expected open, which the option columns can name";
    CHART(&storage, "ret", "volume", "high", "low", "close");
    storage.chart.layers = &bar;
    storage.chart.layer_count = 1;
    struct source source = open_array("TF", 0, ROWS, NULL, &storage.chart);
    expect_refusal(&source, &storage.chart, message);
    source_close(&source);
}

/* A source that fails. */
static enum plotmill_status fail(void *self, uint64_t first, uint64_t count, double *out,
                                 struct plotmill_error *failure)
{
    (void)self, (void)first, (void)count, (void)out;
    return plotmill_error_set(failure, PLOTMILL_IO_FAILED, "no more");
}

Test(frame, reports_a_failure_to_read)
{
    static const struct source_ops ops = {.read = fail};
    const struct source source = {.ops = &ops, .shape = {.samples = 5}};
    struct fields_chart storage;
    struct source frame;
    cr_assert_eq(frame_open(&frame, &source, CHART(&storage, NULL, ""), &error), PLOTMILL_OK);
    source_close(&frame);
    struct source_about about = {.names = (char *[]){"x"}, .name_count = 1};
    const struct source named = {.ops = &ops, .shape = {.samples = 5}, .about = about};
    cr_assert_eq(frame_open(&frame, &named, CHART(&storage, NULL, "ma(x,2)"), &error), PLOTMILL_IO_FAILED);
    cr_assert_str_eq(error.message, "no more");
}

Test(frame, names_its_inputs_once)
{
    struct fields_chart storage;
    struct frame_inputs inputs;
    const struct chart *chart = CHART(&storage, "r", "ma(high,3)", "high-low", "low", "", "'a b'");
    static const char *const expected[] = {"high", "low", "", "a b", "close", "r"};
    cr_assert_eq(frame_inputs_init(&inputs, chart, &error), PLOTMILL_OK);
    cr_assert_eq(inputs.count, 6);
    for (int i = 0; i < 6; i++)
        cr_assert_str_eq(inputs.names[i], expected[i]);
    frame_inputs_free(&inputs);
}

Test(frame, counts_the_rows_before_a_window)
{
    const struct source_range ranges[] = {{3, 10}, {20, 5}, {25, UINT64_MAX / 2}};
    const struct source_shape groups = {.samples = UINT64_MAX, .ranges = ranges, .range_count = 3};
    const struct source_shape series = {.samples = UINT64_MAX}, sequences = {.samples = 100, .row_length = 10};
    cr_expect_eq(windows_rows_before(groups, 3), 0);
    cr_expect_eq(windows_rows_before(groups, 12), 9);
    cr_expect_eq(windows_rows_before(groups, 20), 0);
    cr_expect_eq(windows_rows_before(groups, 24), 4);
    cr_expect_eq(windows_rows_before(groups, 25), 0);
    cr_expect_eq(windows_rows_before(groups, 25 + (uint64_t)UINT32_MAX - 1), UINT32_MAX - 1);
    cr_expect_eq(windows_rows_before(groups, 25 + (uint64_t)UINT32_MAX), UINT32_MAX);
    cr_expect_eq(windows_rows_before(groups, (uint64_t)1 << 40), UINT32_MAX);
    cr_expect_eq(windows_rows_before(series, 77), 77);
    cr_expect_eq(windows_rows_before(sequences, 40), 0);
    cr_expect_eq(windows_rows_before(sequences, 43), 3);
}
