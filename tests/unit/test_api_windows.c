/* The windows of a job without its images: plotmill_windows against plotmill_run, plotmill_render at its samples
 * against the job's pixels, and arrays against the CSV files with the same rows. */
#include "source_fixture.h"

TestSuite(api_windows, .init = begin, .fini = end);

#define COLUMNS 12
#define BYTES ((size_t)1 << 22)

/* What a sink of callbacks was given. */
struct job {
    uint64_t images;
    size_t image_bytes, columns;
    struct stored_column {
        char name[40];
        size_t row_bytes;
        char classes[600];
        uint8_t *values;
    } column[COLUMNS];
    int64_t *starts;
    uint8_t *pixels;
    char counts[2000];
};

static size_t type_bytes(enum plotmill_type type)
{
    return type == PLOTMILL_UINT8 ? 1 : type == PLOTMILL_UINT32 ? 4 : 8;
}

static enum plotmill_status open_job(void *self, const struct plotmill_dataset *dataset, struct plotmill_error *error)
{
    struct job *job = self;
    (void)error;
    job->images = dataset->images;
    job->image_bytes = (size_t)dataset->width * dataset->height * dataset->channels;
    job->columns = dataset->column_count;
    cr_assert(job->columns <= COLUMNS && job->images * job->image_bytes <= BYTES);
    for (size_t i = 0; i < job->columns; i++) {
        const struct plotmill_column *column = dataset->columns[i];
        struct stored_column *stored = &job->column[i];
        snprintf(stored->name, sizeof stored->name, "%s", column->name);
        stored->row_bytes = type_bytes(column->type) * column->width;
        for (size_t k = 0; k < column->class_count && column->classes; k++)
            snprintf(stored->classes + strlen(stored->classes), sizeof stored->classes - strlen(stored->classes), "%s;",
                     column->classes[k]);
        stored->values = calloc(job->images, stored->row_bytes);
    }
    job->starts = calloc(job->images, sizeof *job->starts);
    job->pixels = calloc(job->images, job->image_bytes);
    return PLOTMILL_OK;
}

static enum plotmill_status write_job(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    struct job *job = self;
    (void)error;
    for (size_t i = 0; i < job->columns; i++)
        memcpy(job->column[i].values + batch->first * job->column[i].row_bytes, batch->columns[i],
               batch->count * job->column[i].row_bytes);
    memcpy(job->starts + batch->first, batch->window_start, batch->count * sizeof *job->starts);
    for (uint64_t i = 0; i < batch->count; i++)
        memcpy(job->pixels + (batch->first + i) * job->image_bytes, batch->images[i].data, job->image_bytes);
    return PLOTMILL_OK;
}

static struct job run_job(plotmill_source *source)
{
    static const struct plotmill_sink_ops ops = {
        .size = sizeof ops, .open = open_job, .write = write_job, .thread_safe = 0};
    struct job job = {0};
    plotmill_sink *sink = NULL;
    const char *report = NULL;
    cr_assert_eq(plotmill_sink_create(pm, &ops, &job, &sink), PLOTMILL_OK);
    cr_assert_eq(plotmill_run(pm, options, source, sink, NULL, NULL, &report), PLOTMILL_OK, "%s", plotmill_message(pm));
    const char *counts = json_member(report, "windows");
    snprintf(job.counts, sizeof job.counts, "%.*s", (int)(strstr(counts, "\"seconds\"") - counts), counts);
    plotmill_sink_destroy(sink);
    return job;
}

static void free_job(struct job *job)
{
    for (size_t i = 0; i < job->columns; i++)
        free(job->column[i].values);
    free(job->starts);
    free(job->pixels);
}

static void expect_same_jobs(const struct job *a, const struct job *b)
{
    cr_assert(a->images == b->images && a->image_bytes == b->image_bytes);
    cr_assert(!memcmp(a->starts, b->starts, a->images * sizeof *a->starts), "other window_start");
    cr_assert(!memcmp(a->pixels, b->pixels, a->images * a->image_bytes), "other pixels");
    cr_assert_eq(a->columns, b->columns);
    for (size_t i = 0; i < a->columns; i++) {
        cr_assert_str_eq(a->column[i].name, b->column[i].name);
        cr_assert_str_eq(a->column[i].classes, b->column[i].classes);
        cr_assert_eq(a->column[i].row_bytes, b->column[i].row_bytes);
        cr_assert(!memcmp(a->column[i].values, b->column[i].values, a->images * a->column[i].row_bytes),
                  "other values of %s", a->column[i].name);
    }
    cr_assert_str_eq(a->counts, b->counts);
}

static uint64_t *indices_of(uint64_t count)
{
    uint64_t *indices = calloc(count, sizeof *indices);
    for (uint64_t i = 0; i < count; i++)
        indices[i] = count - 1 - i;
    return indices;
}

/* Values of a column in the order of the images, read backwards. */
static void *read_values(plotmill_reader *table, const char *name, uint64_t count, size_t row_bytes)
{
    uint64_t *indices = indices_of(count);
    uint8_t *values = calloc(count, row_bytes), *in_order = calloc(count, row_bytes);
    cr_assert_eq(plotmill_reader_column(table, name, indices, count, values, count * row_bytes), PLOTMILL_OK, "%s",
                 plotmill_message(pm));
    for (uint64_t i = 0; i < count; i++)
        memcpy(in_order + indices[i] * row_bytes, values + i * row_bytes, row_bytes);
    free(values);
    free(indices);
    return in_order;
}

static void expect_values(plotmill_reader *table, const char *name, const void *right, uint64_t count, size_t row_bytes)
{
    void *values = read_values(table, name, count, row_bytes);
    cr_assert(!memcmp(values, right, count * row_bytes), "other values of %s", name);
    free(values);
}

/* The counts, without spaces. */
static void expect_counts(const char *json, const struct job *job)
{
    static const char *const names[] = {"images", "train", "val", "test", "none", "embargoed", "unlabelled", "dropped"};
    const char *counts = json_member(json, "counts");
    cr_assert_not_null(counts);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        uint64_t found = UINT64_MAX, right = UINT64_MAX;
        const char *a = json_member(counts, names[i]), *b = json_member(job->counts, names[i]);
        cr_assert((a != NULL) == (b != NULL), "%s", names[i]);
        cr_assert(!a || (json_read_uint(a, &found) && json_read_uint(b, &right) && found == right), "%s", names[i]);
    }
}

static void expect_images(plotmill_source *source, plotmill_reader *table, const struct job *job)
{
    plotmill_renderer *renderer = NULL;
    uint64_t *samples = read_values(table, "sample", job->images, sizeof *samples);
    uint8_t *pixels = calloc(job->images, job->image_bytes);
    const struct plotmill_request request = {.size = sizeof request,
                                             .count = job->images,
                                             .starts = samples,
                                             .out = pixels,
                                             .out_size = job->images * job->image_bytes};
    cr_assert_eq(plotmill_renderer_create(pm, options, &renderer), PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert_eq(plotmill_renderer_load(renderer, source), PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert_eq(plotmill_render(renderer, &request), PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert(!memcmp(pixels, job->pixels, job->images * job->image_bytes), "other pixels");
    plotmill_renderer_destroy(renderer);
    free(samples);
    free(pixels);
}

/* The table of a source's windows, its job, and what a renderer draws must agree. */
static struct job check(plotmill_source *source)
{
    plotmill_reader *table = NULL;
    struct plotmill_dataset dataset = {.size = sizeof dataset};
    const char *json = NULL;
    uint8_t pixel;
    const uint64_t first = 0;
    struct job job = run_job(source);
    cr_assert_eq(plotmill_windows(pm, options, source, &table), PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert_eq(plotmill_reader_describe(table, &dataset, NULL), PLOTMILL_OK);
    cr_assert(dataset.images == job.images &&
              (size_t)dataset.width * dataset.height * dataset.channels == job.image_bytes);
    cr_assert_eq(plotmill_reader_describe(table, NULL, &json), PLOTMILL_OK);
    expect_counts(json, &job);
    cr_assert_str_eq(json_member(json, "file") ? "found" : "", "found");
    expect_values(table, "window_start", job.starts, job.images, sizeof *job.starts);
    for (size_t i = 0; i < job.columns; i++)
        expect_values(table, job.column[i].name, job.column[i].values, job.images, job.column[i].row_bytes);
    cr_assert_eq(plotmill_reader_read(table, &first, 1, &pixel, NULL, NULL), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm), "these are windows that are not rendered, without pixels: expected "
                                           "plotmill_render with their column sample as starts, or plotmill_run");
    expect_images(source, table, &job);
    plotmill_reader_destroy(table);
    return job;
}

static plotmill_source *open_file(const char *path)
{
    plotmill_source *source = NULL;
    cr_assert_eq(plotmill_source_open(pm, &path, 1, options, &source), PLOTMILL_OK, "%s", plotmill_message(pm));
    return source;
}

static void check_file(const char *path)
{
    plotmill_source *source = open_file(path);
    struct job job = check(source);
    free_job(&job);
    plotmill_source_destroy(source);
}

/* Days of three tickers, which have the fields of prices, a sector and a number. */
#define DAYS 60
#define TICKERS 3
#define LINES (DAYS * TICKERS)
static const char *const price_names[5] = {"open", "high", "low", "close", "ret"};
static const char *const ticker_names[TICKERS] = {"MSFT", "AAPL", "IBM"};
static const char *const sectors[4] = {"tech", "", "old", "unused"};
static double prices[LINES][5];
static int64_t times[LINES];
static int32_t ticker[LINES];
static int8_t sector[LINES];
static double score[LINES];

/* Rows in the order of `row_of`; each day is 20 minutes; there is a gap after day 40. */
static void make_prices(int (*day_of)(int), int (*ticker_of)(int))
{
    double close[TICKERS] = {300, 150, 120}, all[TICKERS][DAYS][5];
    for (int t = 0; t < TICKERS; t++)
        for (int d = 0; d < DAYS; d++) {
            const double before = close[t];
            close[t] += random_number(200) / 100.0 - 1;
            all[t][d][0] = before + random_number(100) / 100.0 - 0.5;
            all[t][d][1] = fmax(all[t][d][0], close[t]) + random_number(50) / 100.0;
            all[t][d][2] = fmin(all[t][d][0], close[t]) - random_number(50) / 100.0;
            all[t][d][3] = close[t];
            all[t][d][4] = close[t] / before - 1;
        }
    for (int i = 0; i < LINES; i++) {
        const int t = ticker_of(i), d = day_of(i);
        memcpy(prices[i], all[t][d], sizeof prices[i]);
        times[i] = (19800 + d + (d > 40 ? 30 : 0)) * DAY;
        ticker[i] = t;
        sector[i] = (int8_t)(d % 7 == 3 ? 7 : (t + d) % 3);
        score[i] = d % 5 ? d * 0.25 : NAN;
    }
}

static void write_csv(const char *path)
{
    FILE *file = fopen(path, "w");
    char day[TIME_SIZE];
    fprintf(file, "date,open,high,low,close,ret,ticker,sector,score,rank\n");
    for (int i = 0; i < LINES; i++) {
        time_write(day, times[i]);
        fprintf(file, "%.10s", day);
        for (int k = 0; k < 5; k++)
            fprintf(file, ",%.17g", prices[i][k]);
        const bool known = sector[i] >= 0 && sector[i] < 4;
        fprintf(file, ",%s,%s,", ticker_names[ticker[i]], known ? sectors[sector[i]] : "");
        if (!isnan(score[i]))
            fprintf(file, "%.17g", score[i]);
        fprintf(file, ",%d\n", i * 3);
    }
    fclose(file);
}

static int64_t rank_of[LINES];

/* The same rows in memory. */
static plotmill_source *open_array(bool named_groups)
{
    static const struct plotmill_side ticker_side = {sizeof ticker_side, "ticker", ticker, PLOTMILL_INT32, 0,
                                                     ticker_names,       TICKERS};
    static const struct plotmill_side sector_side = {
        sizeof sector_side, "sector", sector, PLOTMILL_INT8, 0, sectors, 4};
    static const struct plotmill_side score_side = {.size = sizeof score_side, .name = "score", .data = score};
    static const struct plotmill_side rank_side = {
        .size = sizeof rank_side, .name = "rank", .data = rank_of + LINES - 1, .type = PLOTMILL_INT64, .stride = -8};
    const struct plotmill_side *const sides[] = {&ticker_side, &sector_side, &score_side, &rank_side};
    static uint32_t groups[LINES];
    for (int i = 0; i < LINES; i++) {
        rank_of[LINES - 1 - i] = i * 3;
        groups[i] = (uint32_t)ticker[i];
    }
    struct plotmill_array array = {.size = sizeof array,
                                   .data = prices,
                                   .axes = "TF",
                                   .shape = {LINES, 5},
                                   .fields = price_names,
                                   .times = times,
                                   .sides = sides + named_groups,
                                   .side_count = 4 - named_groups};
    if (named_groups) {
        array.groups = groups;
        array.group_names = ticker_names;
        array.group_count = TICKERS;
    }
    return from_array(&array);
}

/* The CSV, the array with a side that group-by names, and the array with groups. */
static void check_prices(bool grouped)
{
    write_csv("prices.csv");
    plotmill_source *file = open_file("prices.csv"), *array = open_array(false);
    struct job of_file = check(file), of_array = check(array);
    expect_same_jobs(&of_file, &of_array);
    if (grouped) {
        set("group-by", NULL);
        plotmill_source *with_groups = open_array(true);
        struct job of_groups = check(with_groups);
        expect_same_jobs(&of_file, &of_groups);
        free_job(&of_groups);
        plotmill_source_destroy(with_groups);
        set("group-by", "ticker");
    }
    free_job(&of_file);
    free_job(&of_array);
    plotmill_source_destroy(file);
    plotmill_source_destroy(array);
}

static int interleaved_day(int i)
{
    return i / TICKERS;
}
static int interleaved_ticker(int i)
{
    return i * 2 % TICKERS;
}
static int newest_first_day(int i)
{
    return DAYS - 1 - i % DAYS;
}
static int one_after_another(int i)
{
    return i / DAYS;
}
/* Blocks of 20 days, each newest first, are in no order that auto accepts. */
static int jumping_day(int i)
{
    return (i % DAYS) / 20 * 20 + 19 - i % 20;
}

static void common_options(void)
{
    set("size", "24x20");
    set("window", "8");
    set("chart", "{layers: [{mark: line, y: close}]}");
    set("group-by", "ticker");
    set("label", "return:3,up=direction:2:0.001,sector,next=score:4,rank");
    set("split", "0.6,0.2,0.2");
}

Test(api_windows, interleaved_tickers, .timeout = 600)
{
    common_options();
    make_prices(interleaved_day, interleaved_ticker);
    check_prices(true);
    set("split-by", "group");
    set("split", "0.4,0.3,0.3");
    check_prices(true);
    set("split-by", NULL);
    set("split", "0.6,0.2,0.2");
    set("shuffle", "7");
    set("stride", "3");
    set("label-field", "high");
    check_prices(true);
    set("drop-unlabelled", "true");
    set("limit", "50");
    check_prices(true);
}

Test(api_windows, newest_first, .timeout = 600)
{
    common_options();
    make_prices(newest_first_day, one_after_another);
    check_prices(true);
    set("break-at-gaps", "5");
    check_prices(true);
    set("from", "2024-04-01");
    set("to", "2024-07-20");
    check_prices(true);
}

/* What a label's values outside of the period are decides nothing. */
Test(api_windows, whole_numbers_inside_the_period, .timeout = 600)
{
    common_options();
    make_prices(newest_first_day, one_after_another);
    for (int i = 0; i < LINES; i++)
        score[i] = times[i] < (19800 + 20) * DAY ? 0.5 : i % 4;
    set("from", "2024-04-12");
    check_prices(true);
}

Test(api_windows, sorted_by_time, .timeout = 600)
{
    common_options();
    make_prices(jumping_day, one_after_another);
    set("order", "time");
    check_prices(true);
    set("order", "file");
    set("split", NULL); /* that needs times in order */
    check_prices(true);
}

Test(api_windows, derived_fields_and_whole_layers, .timeout = 600)
{
    common_options();
    make_prices(interleaved_day, interleaved_ticker);
    set("chart", "{layers: [{mark: bar}, {mark: line, y: 'ma(close,12)', shape: pixel, whole: true}]}");
    check_prices(true);
    set("chart", "{adjust: ret, layers: [{mark: bar}, {mark: line, y: 'ma(close,4)', shape: pixel}]}");
    check_prices(true);
    set("split", NULL);
    set("split-at", "2024-04-01,2024-04-20");
    check_prices(true);
}

Test(api_windows, one_series_of_many_columns, .timeout = 600)
{
    common_options();
    make_prices(newest_first_day, one_after_another);
    set("group-by", "none");
    set("order", "time");
    check_prices(false);
}

/* Sequences, windows inside of them, and a table of windows. */
Test(api_windows, sequences_of_files, .timeout = 600)
{
    static double rows[12][30];
    double *values = rows[0];
    FILE *file = fopen("rows.npy", "wb");
    char header[129] = "\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (12, 30), }";
    for (int i = 0; i < 360; i++)
        values[i] = random_number(1000) * 0.01;
    for (size_t i = 10 + strlen("{'descr': '<f8', 'fortran_order': False, 'shape': (12, 30), }"); i < 127; i++)
        header[i] = ' ';
    header[127] = '\n';
    fwrite(header, 1, 128, file);
    fwrite(rows, 1, sizeof rows, file);
    fclose(file);
    set("size", "24x20");
    set("axes", "NT");
    check_file("rows.npy");
    set("window", "12");
    set("stride", "5");
    check_file("rows.npy");
    file = fopen("table.csv", "w");
    fprintf(file, "start,split,kind\n40,val,b\n3,train,a\n17,test,\n0,none,b\n");
    fclose(file);
    set("stride", NULL);
    set("windows", "table.csv");
    check_file("rows.npy");
}

#if HAVE_HDF5
/* The sequences that a job has stored, as sequences and with windows inside of them. */
Test(api_windows, sequences_of_hdf5, .timeout = 600)
{
    make_prices(newest_first_day, one_after_another);
    write_csv("prices.csv");
    set("size", "24x20");
    set("window", "30");
    set("stride", "7");
    set("group-by", "ticker");
    set("column", "close");
    set("output", "images.h5");
    set("store-sequences", "true");
    plotmill_source *source = open_file("prices.csv");
    cr_assert_eq(plotmill_run(pm, options, source, NULL, NULL, NULL, NULL), PLOTMILL_OK, "%s", plotmill_message(pm));
    plotmill_source_destroy(source);
    static const char *const unset[] = {"output", "store-sequences", "group-by", "column", "stride", "window"};
    for (size_t i = 0; i < sizeof unset / sizeof *unset; i++)
        set(unset[i], NULL);
    set("dataset", "/sequences");
    set("axes", "NT");
    check_file("images.h5");
    set("window", "12");
    set("stride", "5");
    set("shuffle", "3");
    set("split", "0.5,0.2,0.3");
    check_file("images.h5");
}
#endif

Test(api_windows, the_table_keeps_the_files)
{
    plotmill_reader *table = NULL;
    uint64_t indices[2] = {0, 5}, samples[2];
    make_prices(newest_first_day, one_after_another);
    write_csv("prices.csv");
    set("window", "8");
    set("column", "close");
    set("group-by", "ticker");
    set("input", "prices.csv");
    cr_assert_eq(plotmill_windows(pm, options, NULL, &table), PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert_eq(plotmill_reader_column(table, "sample", indices, 2, samples, sizeof samples), PLOTMILL_OK);
    cr_assert(samples[0] == 0 && samples[1] == 5);
    cr_assert_eq(plotmill_reader_column(table, "window_start", indices, 2, samples, sizeof samples), PLOTMILL_OK);
    cr_assert(samples[0] == DAYS - 1 && samples[1] == DAYS - 6);
    indices[0] = 3 * (DAYS - 8 + 1);
    cr_assert_eq(plotmill_reader_column(table, "sample", indices, 1, samples, 8), PLOTMILL_BAD_INPUT);
    plotmill_reader_destroy(table);
    set("input", "nothing.csv");
    cr_assert_eq(plotmill_windows(pm, options, NULL, &table), PLOTMILL_BAD_INPUT);
    cr_assert_null(table);
}

Test(api_windows, sides_that_are_refused)
{
    static const double data[6];
    static const char *const texts[2] = {"a", NULL};
    static const uint32_t ids[6] = {0, 1, 5, 0, 1, 0};
    struct plotmill_side side = {.size = sizeof side, .name = "kind", .data = data};
    const struct plotmill_side *const sides[2] = {&side, &side};
    struct plotmill_array array = {
        .size = sizeof array, .data = data, .axes = "T", .shape = {6}, .sides = sides, .side_count = 1};
    set("label", "kind");
    plotmill_source_destroy(from_array(&array));
    side.size = 8;
    refuse(&array, "struct plotmill_side: size is 8, expected sizeof(struct plotmill_side): 64");
    side.size = sizeof side;
    array.side_count = 2;
    refuse(&array, "array: several columns are named \"kind\", expected the number of one: 1 (kind), 2 (kind)");
    array.side_count = 1;
    side.classes = texts;
    side.class_count = 2;
    refuse(&array, "array: side kind: text 1 is NULL");
    side.classes = NULL;
    refuse(&array, "array: side kind: NULL, expected 2 texts");
    side.class_count = 0;
    side.data = NULL;
    refuse(&array, "array: sides[0]: data is NULL, expected a value");
    side.data = data;
    set("label", "sort");
    refuse(&array, "array: label: no column \"sort\", expected return:H, direction:H, or one of 0, 1 (kind)");
    set("label", NULL);
    array.group_names = texts;
    array.group_count = 1;
    refuse(&array, "array: group_names: there are no groups, expected NULL");
    array.groups = ids;
    refuse(&array, "array, row 1: column groups is empty: expected the group of the row");
    set("group-by", "kind");
    refuse(&array, "array: has groups, and there is the option group-by: kind: expected only one of them");
    array.groups = NULL;
    array.group_names = NULL;
    array.group_count = 0;
    set("break-at-gaps", "3");
    refuse(&array, "array: has no times, which the option break-at-gaps needs");
}
