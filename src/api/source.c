#include <stdlib.h>
#include <string.h>

#include "api/handles.h"
#include "api/label_fields.h"
#include "api/report.h"
#include "api/settings.h"
#include "base/try.h"
#include "formats/fields.h"
#include "job/queue.h"
#include "source/frame.h"
#include "source/inspect.h"
#include "source/memory.h"
#include "source/source.h"
#include "source/windows.h"

/* More samples than any memory or disk holds; their numbers fit int64. */
#define SAMPLES_MOST ((uint64_t)1 << 60)

enum plotmill_status api_source_open(plotmill *pm, const char *const *paths, size_t path_count,
                                     const struct source_options *options, plotmill_source **source)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct plotmill_source *made = NULL;
    *source = NULL;
    clear_message(pm);
    if (!path_count)
        FAIL(&pm->error, PLOTMILL_BAD_INPUT, "no input: expected at least one file");
    TRY_ALLOCATE(&pm->error, made, 1, sizeof *made);
    made->pm = pm;
    TRY(source_open(&made->source, paths, path_count, options, &pm->log, &pm->error));
    *source = made;
    made = NULL;
done:
    free(made);
    return status;
}

/* What a source must return: what the chart shows, and what labels are made of. */
struct needed_fields {
    struct frame_inputs chart;
    struct label_sources labels;
};

static void needed_fields_free(struct needed_fields *needed)
{
    frame_inputs_free(&needed->chart);
    label_sources_free(&needed->labels);
}

/* The options of a source for the chart and the labels of the settings. Free *needed after the source was opened. */
static enum plotmill_status fields_of_chart(const struct settings *settings, struct needed_fields *needed,
                                            struct source_options *options, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct made_chart chart = {0};
    *needed = (struct needed_fields){0};
    *options = settings->source;
    if (settings->job.maker) {
        TRY(made_chart_init(&chart, settings->job.maker, NULL, 0, error));
        TRY(frame_inputs_init(&needed->chart, chart.chart, error));
        options->fields = (const char *const *)needed->chart.names;
        options->field_count = needed->chart.count;
    }
    TRY(label_sources_init(&needed->labels, &settings->job, options, error));
done:
    made_chart_free(&chart);
    return status;
}

enum plotmill_status open_inputs(plotmill *pm, const char *const *paths, size_t path_count,
                                 const struct settings *settings, plotmill_source **source)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct source_options options;
    struct needed_fields needed;
    *source = NULL;
    TRY(fields_of_chart(settings, &needed, &options, &pm->error));
    TRY(api_source_open(pm, paths, path_count, &options, source));
done:
    needed_fields_free(&needed);
    return status;
}

enum plotmill_status plotmill_source_open(plotmill *pm, const char *const *paths, size_t path_count,
                                          const plotmill_options *options, plotmill_source **source)
{
    struct settings settings = {0};
    enum plotmill_status status = call_begin(pm);
    if (status)
        return status;
    REQUIRE(pm, source);
    *source = NULL;
    if (!paths && path_count)
        FAIL(&pm->error, PLOTMILL_BAD_INPUT, "plotmill_source_open: paths is NULL, expected %zu paths", path_count);
    for (size_t i = 0; i < path_count; i++)
        if (!paths[i])
            FAIL(&pm->error, PLOTMILL_BAD_INPUT, "plotmill_source_open: paths[%zu] is NULL, expected a path", i);
    REQUIRE_OWN(pm, options, options ? options_owner(options) : pm);
    TRY(settings_get(&settings, options, &pm->log, &pm->error));
    if (!paths && !settings.input_count)
        FAIL(&pm->error, PLOTMILL_BAD_INPUT, "input: not set, expected at least one file");
    TRY(open_inputs(pm, paths ? paths : settings.inputs, paths ? path_count : settings.input_count, &settings, source));
done:
    settings_finish(&settings);
    return call_end(pm, status);
}

enum plotmill_status api_inspect(plotmill *pm, const char *const *paths, size_t path_count,
                                 const plotmill_options *options, char **json)
{
    struct settings settings = {0};
    enum plotmill_status status = PLOTMILL_OK;
    clear_message(pm);
    TRY(settings_get(&settings, options, &pm->log, &pm->error));
    TRY(source_inspect(json, paths, path_count, &settings.source, &pm->error));
done:
    settings_finish(&settings);
    return status;
}

/* Copies of the sides of an array, whose structs may be of another version. */
struct sides_taken {
    struct plotmill_side *items; /* (side_count) */
    const struct plotmill_side **list;
};

static enum plotmill_status take_sides(plotmill *pm, struct plotmill_array *array, struct sides_taken *taken)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (!array->side_count)
        return PLOTMILL_OK;
    REQUIRE(pm, array->sides);
    TRY_ALLOCATE(&pm->error, taken->items, array->side_count, sizeof *taken->items);
    TRY_ALLOCATE(&pm->error, taken->list, array->side_count, sizeof *taken->list);
    for (size_t i = 0; i < array->side_count; i++) {
        REQUIRE(pm, array->sides[i]);
        TRY(take_struct(pm, "struct plotmill_side", &taken->items[i], sizeof taken->items[i], array->sides[i],
                        offsetof(struct plotmill_side, stride)));
        taken->list[i] = &taken->items[i];
    }
    array->sides = taken->list;
done:
    return status;
}

enum plotmill_status plotmill_source_from_array(plotmill *pm, const struct plotmill_array *array,
                                                const plotmill_options *options, plotmill_source **source)
{
    struct plotmill_array given;
    struct sides_taken sides = {0};
    struct settings settings = {0};
    struct source_options own;
    struct needed_fields needed = {0};
    struct plotmill_source *made = NULL;
    enum plotmill_status status = call_begin(pm);
    if (status)
        return status;
    REQUIRE(pm, source);
    *source = NULL;
    REQUIRE(pm, array);
    TRY(take_struct(pm, "struct plotmill_array", &given, sizeof given, array, offsetof(struct plotmill_array, fields)));
    TRY(take_sides(pm, &given, &sides));
    REQUIRE_OWN(pm, options, options ? options_owner(options) : pm);
    TRY(settings_get(&settings, options, &pm->log, &pm->error));
    TRY_ALLOCATE(&pm->error, made, 1, sizeof *made);
    made->pm = pm;
    TRY(fields_of_chart(&settings, &needed, &own, &pm->error));
    TRY(!given.data && given.side_count ? source_open_table(&made->source, &given, &own, &pm->log, &pm->error)
                                        : source_open_memory(&made->source, &given, &own, &pm->log, &pm->error));
    *source = made;
    made = NULL;
done:
    free(sides.items);
    free(sides.list);
    needed_fields_free(&needed);
    settings_finish(&settings);
    free(made);
    return call_end(pm, status);
}

/* A source of callbacks. */
struct custom_source {
    struct plotmill_source_ops user;
    void *self; /* of the user */
};

static enum plotmill_status read_custom(void *self, uint64_t first, uint64_t count, double *out,
                                        struct plotmill_error *error)
{
    const struct custom_source *custom = self;
    return custom->user.read(custom->self, first, count, out, error);
}

static void locate_custom(void *self, uint64_t sample, char *text, size_t size)
{
    const struct custom_source *custom = self;
    if (custom->user.locate)
        custom->user.locate(custom->self, sample, text, size);
    text[size - 1] = 0;
}

static void destroy_custom(void *self)
{
    struct custom_source *custom = self;
    if (custom->user.destroy)
        custom->user.destroy(custom->self);
    free(custom);
}

/* Without names the fields have numbers only, and one of them alone can be drawn. */
static enum plotmill_status name_fields(struct source *source, const char *const *names, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const uint32_t count = source_fields(source->shape);
    struct field_list list = {.path = "plotmill_source_create"};
    struct field_choice choice = {.count = count};
    if (!names)
        return PLOTMILL_OK;
    TRY_ALLOCATE(error, choice.at, count, sizeof *choice.at);
    for (uint32_t i = 0; i < count; i++) {
        if (!names[i])
            FAIL(error, PLOTMILL_BAD_INPUT, "plotmill_source_create: names[%u] is NULL, expected a name", (unsigned)i);
        TRY(fields_add(&list, names[i], strlen(names[i]), true, error));
        choice.at[i] = i;
    }
    const struct source_options options = {.fields = names, .field_count = count};
    TRY(fields_describe(&list, &options, &choice, &source->about, error));
done:
    field_choice_free(&choice);
    fields_free(&list);
    return status;
}

enum plotmill_status plotmill_source_create(plotmill *pm, const struct plotmill_source_ops *ops, void *self,
                                            uint64_t samples, uint64_t row_length, plotmill_source **source)
{
    static const struct source_ops custom_ops = {read_custom, locate_custom, destroy_custom};
    struct custom_source *custom = NULL;
    plotmill_source *made = NULL;
    enum plotmill_status status = call_begin(pm);
    if (status)
        return status;
    REQUIRE(pm, source);
    *source = NULL;
    REQUIRE(pm, ops);
    TRY_ALLOCATE(&pm->error, custom, 1, sizeof *custom);
    TRY(take_struct(pm, "struct plotmill_source_ops", &custom->user, sizeof custom->user, ops,
                    offsetof(struct plotmill_source_ops, locate)));
    if (!custom->user.read)
        FAIL(&pm->error, PLOTMILL_BAD_INPUT, "plotmill_source_create: read is NULL, expected a function");
    if (samples > SAMPLES_MOST)
        FAIL(&pm->error, PLOTMILL_BAD_INPUT, "plotmill_source_create: samples is %llu, expected at most 2^60",
             (unsigned long long)samples);
    const uint32_t fields = custom->user.fields ? custom->user.fields : 1;
    if (fields > CHART_FIELDS_MAX)
        FAIL(&pm->error, PLOTMILL_BAD_INPUT, "plotmill_source_create: fields is %u, expected at most %d",
             (unsigned)fields, CHART_FIELDS_MAX);
    custom->self = self;
    TRY(api_source_create(pm, &custom_ops, custom,
                          (struct source_shape){.samples = samples, .row_length = row_length, .fields = fields},
                          &made));
    TRY(name_fields(&made->source, custom->user.names, &pm->error));
    *source = made;
    custom = NULL;
    made = NULL;
done:
    if (made) { /* the caller still owns self */
        about_free(&made->source.about);
        free(made);
    }
    free(custom);
    return call_end(pm, status);
}

enum plotmill_status plotmill_source_describe(plotmill_source *source, const char **json)
{
    plotmill *pm = source ? source->pm : NULL;
    enum plotmill_status status = call_begin(pm);
    if (status)
        return status;
    REQUIRE(pm, json);
    *json = NULL;
    TRY(give_result(pm, report_source(&source->source), json));
done:
    return call_end(pm, status);
}

static enum plotmill_status read_array(void *self, uint64_t first, uint64_t count, double *out,
                                       struct plotmill_error *error)
{
    const double *samples = self;
    (void)error;
    memcpy(out, samples + first, (size_t)count * sizeof *out);
    return PLOTMILL_OK;
}

enum plotmill_status api_source_from_array(plotmill *pm, const double *samples, struct source_shape shape,
                                           plotmill_source **source)
{
    static const struct source_ops array_ops = {.read = read_array};
    shape.fields = 1;
    enum plotmill_status status = api_source_create(pm, &array_ops, (void *)samples, shape, source);
    if (!status)
        (*source)->source.array = samples;
    return status;
}

enum plotmill_status api_source_create(plotmill *pm, const struct source_ops *ops, void *self,
                                       struct source_shape shape, plotmill_source **source)
{
    enum plotmill_status status = PLOTMILL_OK;
    *source = NULL;
    clear_message(pm);
    if (!ops || !ops->read)
        FAIL(&pm->error, PLOTMILL_BAD_INPUT, "api_source_create: read is NULL");
    if (shape.row_length && shape.samples % shape.row_length)
        FAIL(&pm->error, PLOTMILL_BAD_INPUT, "%llu samples: expected a multiple of the sequence length %llu",
             (unsigned long long)shape.samples, (unsigned long long)shape.row_length);
    TRY_ALLOCATE(&pm->error, *source, 1, sizeof **source);
    (*source)->pm = pm;
    (*source)->source = (struct source){.ops = ops, .self = self, .shape = shape};
done:
    return status;
}

struct source_shape api_source_shape(const plotmill_source *source)
{
    return source->source.shape;
}

enum plotmill_status api_source_window(plotmill *pm, const plotmill_source *source, const char *name, uint64_t asked,
                                       uint64_t *window)
{
    const struct source_shape shape = source->source.shape;
    clear_message(pm);
    *window = shape.row_length ? shape.row_length : asked;
    return windows_check(shape, asked, name, &pm->error);
}

const char *api_source_input(const plotmill_source *source)
{
    return source->source.input ? source->source.input : "";
}

enum plotmill_status api_source_read(plotmill *pm, plotmill_source *source, uint64_t first, uint64_t count, double *out)
{
    const struct source *inner = &source->source;
    clear_message(pm);
    if (first > inner->shape.samples || count > inner->shape.samples - first)
        return plotmill_error_set(&pm->error, PLOTMILL_BAD_INPUT, "samples %llu to %llu: the source holds %llu",
                                  (unsigned long long)first, (unsigned long long)(first + count),
                                  (unsigned long long)inner->shape.samples);
    if (!count)
        return PLOTMILL_OK;
    return name_failure(inner->ops->read(inner->self, first, count, out, &pm->error), "the source's read", &pm->error);
}

void plotmill_source_destroy(plotmill_source *source)
{
    if (!source)
        return;
    source_close(&source->source);
    free(source);
}
