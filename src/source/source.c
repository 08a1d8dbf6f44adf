#include "source/source.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "base/try.h"
#include "formats/fields.h"
#include "formats/inputs/search.h"
#include "formats/text/period.h"
#include "source/arrange.h"
#include "source/concat.h"
#include "source/fingerprint.h"
#include "source/memory_sides.h"
#include "source/memory_table.h"
#include "source/sequences.h"

#define TABLE_NAME "table" /* of a table in memory, in messages */

static const struct format *format_of(const struct input *input)
{
    static const char *const names[] = {[INPUT_TEXT] = "csv", [INPUT_NPY] = "npy", [INPUT_HDF5] = "hdf5"};
    return format_named(names[input->kind], FORMAT_INPUT);
}

const char *text_option_given(const struct text_options *text)
{
    const struct {
        const char *name;
        bool given;
    } options[] = {
        {"header", text->header && strcmp(text->header, "auto")},
        {"skip", text->skip},
        {"comment", text->comment},
        {"separator", text->separator && strcmp(text->separator, "auto")},
        {"decimal", text->decimal},
        {"thousands", text->thousands},
        {"missing-values", text->missing},
        {"units", text->no_units},
        {"encoding", text->encoding},
        {"bad-rows", text->skip_bad_rows},
        {"rows", text->sequences},
        {"label-column", text->label_column},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].given)
            return options[i].name;
    return NULL;
}

/* An option that applies to none of the inputs is refused. */
static enum plotmill_status check_options(const struct input_list *inputs, const struct source_options *options,
                                          struct plotmill_error *error)
{
    unsigned some = 0;
    bool has_text = false;
    const char *name = inputs->items[0].name;
    for (size_t i = 0; i < inputs->count; i++) {
        some |= format_of(&inputs->items[i])->abilities;
        has_text |= inputs->items[i].kind == INPUT_TEXT;
    }
    if (options && options->axes && !(some & FORMAT_AXES))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: the option axes applies to %s", name,
                                  format_names(FORMAT_AXES, " and ").text);
    if (options && options->dataset && !(some & FORMAT_DATASETS))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: the option dataset applies to %s", name,
                                  format_names(FORMAT_DATASETS, " and ").text);
    if (options && !has_text && text_option_given(&options->text))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: the option %s applies to text (CSV)", name,
                                  text_option_given(&options->text));
    return PLOTMILL_OK;
}

static enum plotmill_status open_one(struct source *source, const struct input *input,
                                     const struct source_context *context, struct plotmill_error *error)
{
    if (input->table)
        return memory_table_open(source, input->table, context, error);
    const struct format *format = format_of(input);
    return format->open ? format->open(source, input, context, error)
                        : format_unsupported(format, input->name, "read", error);
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

/* So must the option time-format. */
static enum plotmill_status check_time_format(const struct source *parts, size_t count, const char *path,
                                              const struct source_options *options, struct plotmill_error *error)
{
    bool applies = !options || !options->text.time_format;
    for (size_t i = 0; i < count; i++)
        applies |= parts[i].ops->times != NULL;
    return applies
               ? PLOTMILL_OK
               : plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                    "%s: time-format: no column of times was found: expected the option time", path);
}

/* The options of every input: the column of groups is one beside the fields, after those of labels. */
struct input_options {
    struct source_options options;
    struct side_request *sides; /* owned */
};

static enum plotmill_status input_options_init(struct input_options *own, const struct source_options *options,
                                               struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    *own = (struct input_options){0};
    if (options)
        own->options = *options;
    if (!own->options.group_by || !strcmp(own->options.group_by, "file") || !strcmp(own->options.group_by, "none"))
        return PLOTMILL_OK;
    const size_t count = own->options.side_count;
    TRY_ALLOCATE(error, own->sides, count + 1, sizeof *own->sides);
    for (size_t i = 0; i < count; i++)
        own->sides[i] = own->options.sides[i];
    own->sides[count] = (struct side_request){own->options.group_by, "group-by", true};
    own->options.sides = own->sides;
    own->options.side_count = count + 1;
done:
    return status;
}

/* An input that knows no columns beside its fields has none that were asked for. */
static enum plotmill_status check_sides(const struct source *source, const char *name,
                                        const struct source_options *options, struct plotmill_error *error)
{
    const bool has_all = source->side_count >= options->side_count;
    return has_all
               ? PLOTMILL_OK
               : plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                    "%s: column %s: groups and labels of columns apply to csv, to arrays with named "
                                    "fields, and to other arrays of an .npz or HDF5 file",
                                    name, options->sides[source->side_count].name);
}

/* What the inputs are, while they are joined. */
struct opened {
    struct source *parts;        /* (count) */
    struct arrange_part *places; /* (count) */
    struct source_about *abouts; /* (count) of the inputs alone; what they point to belongs to the source */
    const char **names;          /* (count) */
    size_t count;                /* of inputs that are open */
};

static void opened_free(struct opened *opened)
{
    for (size_t i = 0; i < opened->count; i++)
        source_close(&opened->parts[i]);
    free(opened->parts);
    free(opened->places);
    free(opened->abouts);
    free(opened->names);
}

static enum plotmill_status open_all(struct opened *opened, const struct input *inputs, size_t count,
                                     const struct source_context *common, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t first = 0;
    TRY_ALLOCATE(error, opened->parts, count, sizeof *opened->parts);
    TRY_ALLOCATE(error, opened->places, count, sizeof *opened->places);
    TRY_ALLOCATE(error, opened->abouts, count, sizeof *opened->abouts);
    TRY_ALLOCATE(error, opened->names, count, sizeof *opened->names);
    for (size_t i = 0; i < count; i++) {
        struct source *part = &opened->parts[i];
        TRY(open_one(part, &inputs[i], common, error));
        opened->count++;
        TRY(check_sides(part, inputs[i].name, common->options, error));
        const uint64_t units = part->shape.samples / (part->shape.row_length ? part->shape.row_length : 1);
        opened->names[i] = inputs[i].name;
        opened->abouts[i] = part->about;
        opened->places[i] = (struct arrange_part){&inputs[i], first, units, &opened->abouts[i]};
        first += units;
    }
done:
    return status;
}

static bool same_said(const struct source_about *a, const struct source_about *b)
{
    return a->said && b->said && !strcmp(a->said, b->said);
}

/* A line on how each input was read; one for all that follow one another and were read alike. */
static void report_reading(const struct opened *opened, size_t count, const struct log *log)
{
    for (size_t first = 0, end; first < count; first = end) {
        const struct source_about *about = &opened->abouts[first];
        uint64_t rows = 0;
        for (end = first; end < count && (end == first || same_said(about, &opened->abouts[end])); end++)
            rows += opened->abouts[end].rows;
        if (!about->said)
            continue;
        if (end - first == 1)
            log_line(log, PLOTMILL_LOG_INFO, "%s: %s; %" PRIu64 " row%s", opened->names[first], about->said, rows,
                     rows == 1 ? "" : "s");
        else
            log_line(log, PLOTMILL_LOG_INFO, "%s to %s (%zu inputs): %s; %" PRIu64 " row%s", opened->names[first],
                     opened->names[end - 1], end - first, about->said, rows, rows == 1 ? "" : "s");
    }
}

/* Opens the inputs as one source, in the order of time. */
static enum plotmill_status open_arranged(struct source *source, const struct input *inputs, size_t count,
                                          const struct source_context *context, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct opened opened = {0};
    TRY(open_all(&opened, inputs, count, context, error));
    TRY(check_column(opened.parts, count, inputs[0].name, context->options, error));
    TRY(check_time_format(opened.parts, count, inputs[0].name, context->options, error));
    if (count == 1)
        *source = opened.parts[0];
    else
        TRY(concat_open(source, opened.parts, opened.names, count, error));
    opened.count = 0; /* *source has them */
    TRY(source_arrange(source, opened.places, count, context->options, context->log, error));
    report_reading(&opened, count, context->log);
done:
    opened_free(&opened);
    return status;
}

/* *source is {0}. */
static enum plotmill_status open_inputs(struct source *source, const struct input_list *inputs,
                                        const struct source_options *options, const struct log *log,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct input_options own = {0};
    struct period period;
    char *text = NULL;
    TRY(period_init(&period, options, error));
    TRY(input_options_init(&own, options, error));
    const struct source_context context = {.options = &own.options, .period = &period, .log = log};
    TRY(open_arranged(source, inputs->items, inputs->count, &context, error));
    TRY(fingerprint_files(&text, inputs, options, error));
    TRY(fingerprint_add_shape(&text, source->shape, error));
    TRY(sequences_cut(source, options ? options->window : 0, error));
    source->input = text;
    text = NULL;
done:
    free(text);
    free(own.sides);
    if (status)
        source_close(source);
    return status;
}

enum plotmill_status source_open(struct source *source, const char *const *paths, size_t path_count,
                                 const struct source_options *options, const struct log *log,
                                 struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct input_list inputs = {0};
    *source = (struct source){0};
    TRY(inputs_find(&inputs, paths, path_count, options, error));
    TRY(check_options(&inputs, options, error));
    TRY(open_inputs(source, &inputs, options, log, error));
done:
    inputs_free(&inputs);
    return status;
}

enum plotmill_status source_open_table(struct source *source, const struct plotmill_array *array,
                                       const struct source_options *options, const struct log *log,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *name = NULL, *group = NULL;
    *source = (struct source){0};
    if (!array->axes)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: axes is NULL, expected a value", array->name ? array->name : TABLE_NAME);
    TRY(memory_sides_check(array, error));
    TRY(string_keep(&name, array->name ? array->name : TABLE_NAME, error));
    group = input_group_of(name);
    TRY_MEMORY(error, group);
    const struct memory_table table = {array, name};
    struct input input = {.name = name, .group = group, .table = &table};
    const struct input_list inputs = {.items = &input, .count = 1};
    TRY(open_inputs(source, &inputs, options, log, error));
done:
    free(name);
    free(group);
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
