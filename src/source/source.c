#include "source/source.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/fields.h"
#include "formats/text/period.h"
#include "formats/text/times.h"
#include "source/concat.h"
#include "source/fingerprint.h"
#include "source/sequences.h"

/* An option that applies to none of the inputs is refused. */
static enum plotmill_status check_options(const char *const *paths, size_t count, const struct source_options *options,
                                          struct plotmill_error *error)
{
    unsigned some = 0, all = ~0u;
    for (size_t i = 0; i < count; i++) {
        const struct format *format = format_of_path(paths[i], FORMAT_INPUT);
        if (!format)
            return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: unknown extension \"%s\", expected one of: %s",
                                      paths[i], format_extension(paths[i]), format_extensions(FORMAT_INPUT, ", ").text);
        some |= format->abilities;
        all &= format->abilities;
    }
    if (options && options->axes && !(some & FORMAT_AXES))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: the option axes applies to %s", paths[0],
                                  format_names(FORMAT_AXES, " and ").text);
    if (options && (options->from || options->to) && !(all & FORMAT_DATES))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: the options from and to apply to %s", paths[0],
                                  format_names(FORMAT_DATES, " and ").text);
    if (options && options->dataset && !(some & FORMAT_DATASETS))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: the option dataset applies to %s", paths[0],
                                  format_names(FORMAT_DATASETS, " and ").text);
    return PLOTMILL_OK;
}

static enum plotmill_status open_one(struct source *source, const char *path, const struct source_context *context,
                                     struct plotmill_error *error)
{
    const struct format *format = format_of_path(path, FORMAT_INPUT);
    const struct input input = {.name = (char *)path, .path = (char *)path};
    return format->open ? format->open(source, &input, context, error)
                        : format_unsupported(format, path, "read", error);
}

/* The option column must apply to one of the inputs: those without fields have no names. */
static enum plotmill_status check_column(const struct source *parts, size_t count, const char *path,
                                         const struct source_options *options, struct plotmill_error *error)
{
    bool applies = !options || !options->column;
    for (size_t i = 0; i < count; i++)
        applies |= parts[i].about.names != NULL;
    return applies ? PLOTMILL_OK
                   : plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                        "%s: the option column applies to csv, and to arrays with fields (axes TF or "
                                        "NTF, or records)",
                                        path);
}

static enum plotmill_status open_several(struct source *source, const char *const *paths, size_t count,
                                         const struct source_context *common, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct source *parts = NULL;
    struct time_span *spans = NULL;
    TRY_ALLOCATE(error, parts, count, sizeof *parts);
    TRY_ALLOCATE(error, spans, count, sizeof *spans);
    for (size_t i = 0; i < count; i++) {
        struct source_context context = *common;
        context.previous = i ? &spans[i - 1] : NULL;
        context.span = &spans[i];
        TRY(open_one(&parts[i], paths[i], &context, error));
        if (i)
            times_report_seam(context.log, paths[i - 1], context.previous, paths[i], &spans[i]);
    }
    TRY(check_column(parts, count, paths[0], common->options, error));
    TRY(concat_open(source, parts, paths, count, error));
done:
    for (size_t i = 0; status && parts && i < count; i++)
        source_close(&parts[i]);
    free(parts);
    free(spans);
    return status;
}

enum plotmill_status source_open(struct source *source, const char *const *paths, size_t path_count,
                                 const struct source_options *options, const struct log *log,
                                 struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct time_span span;
    struct period period;
    char *input = NULL;
    *source = (struct source){0};
    if (path_count == 0)
        FAIL(error, PLOTMILL_BAD_INPUT, "no input file");
    TRY(check_options(paths, path_count, options, error));
    TRY(period_init(&period, options, error));
    const struct source_context context = {.options = options, .period = &period, .log = log, .span = &span};
    TRY(path_count == 1 ? open_one(source, paths[0], &context, error)
                        : open_several(source, paths, path_count, &context, error));
    if (path_count == 1)
        TRY(check_column(source, 1, paths[0], options, error));
    if (!source->shape.samples && !period_is_all(&period))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s%s: found no row%s%s%s%s", paths[0],
             path_count > 1 ? " and the other inputs" : "", options->from ? " from " : "",
             options->from ? options->from : "", options->to ? " to " : "", options->to ? options->to : "");
    TRY(fingerprint_files(&input, paths, path_count, options, error));
    TRY(fingerprint_add_shape(&input, source->shape, error));
    TRY(sequences_cut(source, options ? options->window : 0, error));
    source->input = input;
    input = NULL;
done:
    free(input);
    if (status)
        source_close(source);
    return status;
}

void source_rows(const struct source *source, uint64_t first, uint64_t count, uint64_t *out)
{
    if (source->ops->rows)
        source->ops->rows(source->self, first, count, out);
    else
        for (uint64_t i = 0; i < count; i++)
            out[i] = first + i;
}

void sides_free(struct side_column *sides, size_t count)
{
    for (size_t i = 0; sides && i < count; i++) {
        for (size_t k = 0; sides[i].classes && k < sides[i].class_count; k++)
            free(sides[i].classes[k]);
        free(sides[i].classes);
        free(sides[i].name);
    }
    free(sides);
}

void source_close(struct source *source)
{
    if (source->ops && source->ops->destroy)
        source->ops->destroy(source->self);
    free(source->input);
    about_free(&source->about);
    sides_free(source->sides, source->side_count);
    for (size_t i = 0; source->groups && i < source->group_count; i++)
        free(source->groups[i]);
    free(source->groups);
    free(source->read);
    *source = (struct source){0};
}
