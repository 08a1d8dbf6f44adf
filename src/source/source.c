#include "source/source.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/fields.h"
#include "formats/text/period.h"
#include "formats/text/times.h"
#include "source/fingerprint.h"

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

/* Several sources in sequence, as one. */
struct concat {
    size_t count;
    struct source *parts;
    uint64_t *starts; /* count+1: the first sample of each part, and the end */
};

static size_t part_of(const struct concat *concat, uint64_t sample)
{
    size_t low = 0, high = concat->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (concat->starts[middle] <= sample)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static enum plotmill_status read_samples(void *self, uint64_t first, uint64_t count, double *out,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct concat *concat = self;
    const uint32_t fields = source_fields(concat->parts[0].shape);
    for (size_t i = part_of(concat, first); count; i++) {
        struct source *part = &concat->parts[i];
        uint64_t there = concat->starts[i + 1] - first;
        uint64_t n = MIN(count, there);
        TRY(part->ops->read(part->self, first - concat->starts[i], n, out, error));
        first += n;
        out += n * fields;
        count -= n;
    }
done:
    return status;
}

static void locate(void *self, uint64_t sample, char *text, size_t size)
{
    struct concat *concat = self;
    size_t i = part_of(concat, sample);
    concat->parts[i].ops->locate(concat->parts[i].self, sample - concat->starts[i], text, size);
}

static void destroy(void *self)
{
    struct concat *concat = self;
    for (size_t i = 0; i < concat->count; i++)
        source_close(&concat->parts[i]);
    free(concat->parts);
    free(concat->starts);
    free(concat);
}

static enum plotmill_status check_alike(const struct source *a, const char *a_path, const struct source *b,
                                        const char *b_path, struct plotmill_error *error)
{
    uint64_t x = a->shape.row_length, y = b->shape.row_length;
    if (x == y)
        return PLOTMILL_OK;
    if (x && y)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s holds sequences of %" PRIu64 " samples, expected %" PRIu64 " as in %s", b_path, y,
                                  x, a_path);
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s holds %s, expected %s as in %s", b_path,
                              y ? "ready sequences" : "one long series", x ? "ready sequences" : "one long series",
                              a_path);
}

/* The fields of the first part, the times of all. */
static void take_about(struct source *source, struct concat *concat)
{
    struct source_about *about = &source->about;
    *about = concat->parts[0].about;
    concat->parts[0].about.fields = NULL;
    concat->parts[0].about.names = NULL;
    for (size_t i = 1; i < concat->count; i++) {
        const struct source_about *part = &concat->parts[i].about;
        about->has_times &= part->has_times;
        about->first_time = MIN(about->first_time, part->first_time);
        about->last_time = MAX(about->last_time, part->last_time);
    }
}

/* All parts are long series, or all are ready sequences of one length; `paths` name them in messages. Takes ownership
 * of the parts when it succeeds. */
static enum plotmill_status concatenate(struct source *source, const struct source *parts, const char *const *paths,
                                        size_t count, struct plotmill_error *error)
{
    static const struct source_ops ops = {read_samples, locate, destroy};
    enum plotmill_status status = PLOTMILL_OK;
    struct concat *concat = NULL;
    TRY_ALLOCATE(error, concat, 1, sizeof *concat);
    TRY_ALLOCATE(error, concat->parts, count, sizeof *concat->parts);
    TRY_ALLOCATE(error, concat->starts, count + 1, sizeof *concat->starts);
    for (size_t i = 0; i < count; i++) {
        TRY(check_alike(&parts[0], paths[0], &parts[i], paths[i], error));
        if (parts[i].shape.samples > UINT64_MAX - concat->starts[i])
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: the inputs have too many samples together", paths[i]);
        concat->starts[i + 1] = concat->starts[i] + parts[i].shape.samples;
    }
    for (size_t i = 0; i < count; i++)
        concat->parts[i] = parts[i];
    concat->count = count;
    *source = (struct source){.ops = &ops,
                              .self = concat,
                              .shape = {.samples = concat->starts[count],
                                        .row_length = parts[0].shape.row_length,
                                        .fields = parts[0].shape.fields}};
    take_about(source, concat);
done:
    if (status && concat)
        destroy(concat); /* count is 0: the caller still owns the parts */
    return status;
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
    TRY(concatenate(source, parts, paths, count, error));
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
    source->input = input;
    input = NULL;
done:
    free(input);
    if (status)
        source_close(source);
    return status;
}

void source_close(struct source *source)
{
    if (source->ops && source->ops->destroy)
        source->ops->destroy(source->self);
    free(source->input);
    about_free(&source->about);
    *source = (struct source){0};
}
