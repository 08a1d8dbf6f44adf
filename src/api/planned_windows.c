/* Windows without images, as a reader: their columns alone. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/handles.h"
#include "api/label_fields.h"
#include "api/settings.h"
#include "api/windows.h"
#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "chart/expression.h"
#include "chart/pixel_format.h"
#include "job/queue.h"
#include "source/source.h"

/* The columns before those that a job stores, and those after them. */
enum { COLUMN_START = 0, COLUMN_SAMPLE, COLUMNS_OWN };
enum { COLUMN_VALUES = 0, COLUMN_ROWS_BEFORE, COLUMNS_OF_SAMPLES };

struct planned_windows {
    plotmill_source *owned; /* NULL: the source is the caller's */
    const struct source *source;
    struct window_set set;
    struct image_column *columns;
    size_t column_count;
    uint64_t reach; /* rows before a window that the chart's averages need; UINT64_MAX: all of its group */
    char *spec;
};

static enum plotmill_status refuse_pixels(void *self, uint64_t first, uint64_t count, uint8_t *pixels,
                                          int64_t *window_start, double *y_range, struct plotmill_error *error)
{
    (void)self, (void)first, (void)count, (void)pixels, (void)window_start, (void)y_range;
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                              "these are windows that are not rendered, without pixels: expected plotmill_render with "
                              "their column sample as starts, or plotmill_run");
}

/* Rows of the window's group that lie before it, as far as they are needed. */
static uint64_t rows_before(const struct planned_windows *planned, uint64_t sample)
{
    const uint64_t rows = windows_rows_before(planned->source->shape, sample);
    return MIN(rows, planned->reach);
}

/* The rows before the window and those of the window: (count, reach + window, fields). */
static enum plotmill_status read_samples(const struct planned_windows *planned, uint64_t first, uint64_t count,
                                         double *out, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct source *source = planned->source;
    const uint64_t fields = source_fields(source->shape), window = planned->set.windows.window;
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t sample = windows_sample(&planned->set.windows, first + i), rows = rows_before(planned, sample);
        for (uint64_t k = 0; k < (planned->reach - rows) * fields; k++)
            *out++ = NAN;
        TRY(name_failure(source->ops->read(source->self, sample - rows, rows + window, out, error), "the source's read",
                         error));
        out += (rows + window) * fields;
    }
done:
    return status;
}

static enum plotmill_status read_column(void *self, size_t column, uint64_t first, uint64_t count, void *values,
                                        struct plotmill_error *error)
{
    const struct planned_windows *planned = self;
    const size_t after = COLUMNS_OWN + planned->set.column_count;
    uint64_t *out = values;
    if (column == after + COLUMN_VALUES)
        return read_samples(planned, first, count, values, error);
    if (column == after + COLUMN_ROWS_BEFORE) {
        for (uint64_t i = 0; i < count; i++)
            out[i] = rows_before(planned, windows_sample(&planned->set.windows, first + i));
        return PLOTMILL_OK;
    }
    if (column >= COLUMNS_OWN)
        return window_set_column(&planned->set, column - COLUMNS_OWN, first, count, values, error);
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t start = windows_start(&planned->set.windows, first + i);
        out[i] = start;
        if (column == COLUMN_START)
            source_rows(planned->source, start, 1, &out[i]);
    }
    return PLOTMILL_OK;
}

static void destroy(void *self)
{
    struct planned_windows *planned = self;
    window_set_free(&planned->set);
    plotmill_source_destroy(planned->owned);
    free(planned->columns);
    free(planned->spec);
    free(planned);
}

/* How far before a window the chart looks: its averages, and what is left out of the first windows of a group. */
static enum plotmill_status find_reach(struct planned_windows *planned, const struct chart *chart,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct expression expression = {0};
    planned->reach = chart->adjust ? UINT64_MAX : 0;
    for (uint32_t i = 0; i < chart->field_count; i++) {
        if (!*chart->fields[i])
            continue;
        TRY(expression_parse(&expression, chart->fields[i], error));
        planned->reach = MAX(planned->reach, expression_reach(&expression));
        expression_free(&expression);
        expression = (struct expression){0};
    }
done:
    expression_free(&expression);
    return status;
}

static enum plotmill_status list_columns(struct planned_windows *planned, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const size_t after = COLUMNS_OWN + planned->set.column_count;
    TRY_ALLOCATE(error, planned->columns, after + COLUMNS_OF_SAMPLES, sizeof *planned->columns);
    planned->columns[COLUMN_START] = (struct image_column){"window_start", COLUMN_INT64, 1, NULL, 0};
    planned->columns[COLUMN_SAMPLE] = (struct image_column){"sample", COLUMN_UINT64, 1, NULL, 0};
    for (size_t i = 0; i < planned->set.column_count; i++)
        planned->columns[COLUMNS_OWN + i] = planned->set.columns[i];
    planned->column_count = after;
    if (planned->reach == UINT64_MAX)
        goto done;
    const uint64_t width = (planned->reach + planned->set.windows.window) * source_fields(planned->source->shape);
    planned->columns[after + COLUMN_VALUES] = (struct image_column){"values", COLUMN_FLOAT64, width, NULL, 0};
    planned->columns[after + COLUMN_ROWS_BEFORE] = (struct image_column){"rows_before", COLUMN_UINT64, 1, NULL, 0};
    planned->column_count += COLUMNS_OF_SAMPLES;
done:
    return status;
}

/* What a job would make. */
static enum plotmill_status describe(struct planned_windows *planned, const struct settings *settings,
                                     struct dataset_info *info, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct job_options *options = &settings->job;
    const struct sink_ops ops = {.pixels = settings->sink.pixels};
    const struct sink sink = {.ops = &ops};
    const uint64_t window = planned->set.windows.window;
    struct made_chart made = {0};
    struct pixel_format stored;
    TRY(made_chart_init(&made, options->maker, &options->line, window, error));
    TRY(pixel_format_resolve(&ops.pixels, made.chart->channels, &stored, error));
    TRY(check_bits(made.chart, &stored, error));
    TRY(find_reach(planned, made.chart, error));
    TRY(list_columns(planned, error));
    planned->spec = job_spec(options, made.chart, window);
    TRY_MEMORY(error, planned->spec);
    const struct job job = {.sink = &sink,
                            .options = options,
                            .source = planned->source,
                            .chart = made.chart,
                            .set = &planned->set,
                            .windows = planned->set.windows,
                            .spec = planned->spec};
    *info = job_dataset_info(&job);
    info->format = "windows";
    info->channels = stored.channels;
    info->columns = planned->columns;
    info->column_count = planned->column_count;
    info->png = NULL;
done:
    made_chart_free(&made);
    return status;
}

enum plotmill_status windows_open(plotmill *pm, const struct settings *settings, plotmill_source *source,
                                  plotmill_reader **table)
{
    static const struct reader_impl impl = {refuse_pixels, destroy, read_column};
    enum plotmill_status status = PLOTMILL_OK;
    const struct job_options *job = &settings->job;
    const struct window_rule rule = {job->window, job->stride, job->limit};
    plotmill_reader *made = NULL;
    struct planned_windows *planned = NULL;
    size_t value;
    *table = NULL;
    TRY_ALLOCATE(&pm->error, made, 1, sizeof *made);
    TRY_ALLOCATE(&pm->error, planned, 1, sizeof *planned);
    made->pm = pm;
    made->reader.impl = &impl;
    made->reader.self = planned;
    TRY(string_keep(&made->path, "windows", &pm->error));
    if (!source)
        TRY(open_inputs(pm, settings->inputs, settings->input_count, settings, &planned->owned));
    planned->source = source ? &source->source : &planned->owned->source;
    TRY(label_value_find(planned->source, job, &value, &pm->error));
    TRY(name_failure(window_set_plan(&planned->set, planned->source, value, &rule, &job->windows, &pm->log, &pm->error),
                     "the source's read", &pm->error));
    made->windows = &planned->set;
    TRY(describe(planned, settings, &made->reader.info, &pm->error));
    *table = made;
    made = NULL;
done:
    plotmill_reader_destroy(made);
    return status;
}

enum plotmill_status plotmill_windows(plotmill *pm, const plotmill_options *options, plotmill_source *source,
                                      plotmill_reader **table)
{
    struct settings settings = {0};
    enum plotmill_status status = call_begin(pm);
    if (status)
        return status;
    REQUIRE(pm, table);
    *table = NULL;
    REQUIRE_OWN(pm, options, options ? options_owner(options) : pm);
    REQUIRE_OWN(pm, source, source ? source->pm : pm);
    TRY(settings_get(&settings, options, &pm->log, &pm->error));
    if (!source && !settings.input_count)
        FAIL(&pm->error, PLOTMILL_BAD_INPUT, "input: not set, expected at least one file");
    TRY(windows_open(pm, &settings, source, table));
done:
    settings_finish(&settings);
    return call_end(pm, status);
}
