#include "api/label_fields.h"

#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "base/try.h"
#include "chart/expression.h"
#include "source/adjust.h"

/* The input's field that the chart's first layer shows, of prices the close. */
static enum plotmill_status first_shown(const struct job_options *options, char **name, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct made_chart chart = {0};
    struct expression expression = {0};
    if (!options->maker)
        return string_keep(name, "", error);
    TRY(made_chart_init(&chart, options->maker, NULL, 0, error));
    const struct chart_layer *layer = chart.chart->layers;
    const char *field = chart.chart->fields[layer->field[mark_fields(layer->mark) == 1 ? FIELD_Y : FIELD_CLOSE]];
    TRY(expression_parse(&expression, field, error));
    TRY(string_keep(name, expression.name_count ? expression.names[0] : "", error));
done:
    expression_free(&expression);
    made_chart_free(&chart);
    return status;
}

enum plotmill_status label_fields_init(struct label_fields *fields, const struct job_options *options,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const char *named = options->windows.label_field;
    *fields = (struct label_fields){0};
    TRY(string_keep(&fields->names[0], named ? named : "close", error));
    fields->count = 1;
    if (!named) {
        TRY(first_shown(options, &fields->names[1], error));
        fields->count = 2;
    }
done:
    return status;
}

void label_fields_free(struct label_fields *fields)
{
    for (size_t i = 0; i < fields->count; i++)
        free(fields->names[i]);
    *fields = (struct label_fields){0};
}

/* Whether the field is read anyway. */
static bool is_read(const struct source_options *options, const char *name)
{
    for (size_t i = 0; i < options->field_count; i++)
        if (!strcmp(options->fields[i], name) ||
            (!*options->fields[i] && options->column && !strcmp(options->column, name)))
            return true;
    return !options->field_count && options->column && !strcmp(options->column, name);
}

enum plotmill_status label_sources_init(struct label_sources *sources, const struct job_options *job,
                                        struct source_options *options, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    static const char *const selected[] = {""};
    *sources = (struct label_sources){0};
    TRY(labels_parse(&sources->labels, job->windows.label, error));
    if (!sources->labels.count)
        goto done;
    TRY(labels_sides(&sources->labels, &sources->sides, &options->side_count, error));
    options->sides = sources->sides;
    if (!labels_need_field(&sources->labels))
        goto done;
    TRY(label_fields_init(&sources->fields, job, error));
    if (is_read(options, sources->fields.names[0]))
        goto done;
    const size_t count = options->field_count ? options->field_count : 1;
    const char *const *shown = options->field_count ? options->fields : selected;
    TRY_ALLOCATE(error, sources->names, count + 1, sizeof *sources->names);
    for (size_t i = 0; i < count; i++)
        sources->names[i] = shown[i];
    sources->names[count] = sources->fields.names[0];
    options->fields = sources->names;
    options->field_count = count + 1;
    options->last_optional = !job->windows.label_field;
    options->last_is_label = job->windows.label_field != NULL;
done:
    return status;
}

void label_sources_free(struct label_sources *sources)
{
    labels_free(&sources->labels);
    label_fields_free(&sources->fields);
    free(sources->names);
    free(sources->sides);
    *sources = (struct label_sources){0};
}

enum plotmill_status label_value_find(const struct source *source, const struct job_options *options, size_t *value,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct label_list labels = {0};
    struct label_fields fields = {0};
    *value = SIZE_MAX;
    TRY(labels_parse(&labels, options->windows.label, error));
    if (!labels_need_field(&labels))
        goto done;
    TRY(label_fields_init(&fields, options, error));
    for (size_t i = 0; i < fields.count && *value == SIZE_MAX; i++)
        *value = source_value(source, fields.names[i]);
    if (*value != SIZE_MAX && *value >= source_fields(source->shape))
        *value = SIZE_MAX;
    if (*value == SIZE_MAX && options->windows.label_field)
        FAIL(error, PLOTMILL_BAD_INPUT, "label-field: the source has no field \"%s\"",
             text_quote(options->windows.label_field, strlen(options->windows.label_field)).text);
done:
    label_fields_free(&fields);
    labels_free(&labels);
    return status;
}
