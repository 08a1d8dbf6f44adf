#include "source/frame.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "chart/expression.h"
#include "formats/fields.h"
#include "source/adjust.h"
#include "source/derive.h"
#include "source/source.h"

#define BLOCK_BYTES ((size_t)1 << 20) /* of rows of the input */

/* A field of the chart: a value of the input's rows, or values that were computed. */
struct frame_field {
    size_t value;
    double *values; /* (samples); NULL: the input's */
};

struct frame {
    struct source_ops ops;
    const struct source *source;
    struct frame_field *fields; /* (field_count) */
    size_t field_count;
    bool same;     /* the rows are those of the input */
    bool computed; /* all values */
    double *rows;  /* (block_rows, fields of the input) */
    size_t block_rows;
};

static enum plotmill_status add_input(struct frame_inputs *inputs, const char *name, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char **grown = NULL;
    for (size_t i = 0; i < inputs->count; i++)
        if (!strcmp(inputs->names[i], name))
            return PLOTMILL_OK;
    grown = realloc(inputs->names, (inputs->count + 1) * sizeof *grown);
    TRY_MEMORY(error, grown);
    inputs->names = grown;
    TRY(string_keep(&inputs->names[inputs->count], name, error));
    inputs->count++;
done:
    return status;
}

/* Adjusting prices needs the close, whether the chart shows it or not. */
static bool has_close(const struct frame_inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++)
        if (string_same(inputs->names[i], "close"))
            return true;
    return false;
}

enum plotmill_status frame_inputs_init(struct frame_inputs *inputs, const struct chart *chart,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct expression expression = {0};
    *inputs = (struct frame_inputs){0};
    for (uint32_t i = 0; i < chart->field_count; i++) {
        TRY(expression_parse(&expression, chart->fields[i], error));
        for (size_t k = 0; k < expression.name_count; k++)
            TRY(add_input(inputs, expression.names[k], error));
        expression_free(&expression);
    }
    if (chart->adjust && !has_close(inputs))
        TRY(add_input(inputs, "close", error));
    if (chart->adjust)
        TRY(add_input(inputs, chart->adjust, error));
done:
    expression_free(&expression);
    if (status)
        frame_inputs_free(inputs);
    return status;
}

void frame_inputs_free(struct frame_inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++)
        free(inputs->names[i]);
    free(inputs->names);
    *inputs = (struct frame_inputs){0};
}

static enum plotmill_status read_frame(void *self, uint64_t first, uint64_t count, double *out,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct frame *frame = self;
    const struct source *source = frame->source;
    const size_t width = source_fields(source->shape), fields = frame->field_count;
    if (frame->same)
        return source->ops->read(source->self, first, count, out, error);
    while (count) {
        const uint64_t n = MIN(count, frame->block_rows);
        if (!frame->computed)
            TRY(source->ops->read(source->self, first, n, frame->rows, error));
        for (size_t k = 0; k < fields; k++) {
            const double *values = frame->fields[k].values, *row = frame->rows + frame->fields[k].value;
            for (uint64_t i = 0; i < n; i++)
                out[i * fields + k] = values ? values[first + i] : row[i * width];
        }
        first += n;
        out += n * fields;
        count -= n;
    }
done:
    return status;
}

static void locate(void *self, uint64_t sample, char *text, size_t size)
{
    const struct frame *frame = self;
    frame->source->ops->locate(frame->source->self, sample, text, size);
}

static void rows(void *self, uint64_t first, uint64_t count, uint64_t *out)
{
    const struct frame *frame = self;
    frame->source->ops->rows(frame->source->self, first, count, out);
}

static enum plotmill_status times(void *self, uint64_t first, uint64_t count, int64_t *out,
                                  struct plotmill_error *error)
{
    const struct frame *frame = self;
    return frame->source->ops->times(frame->source->self, first, count, out, error);
}

static enum plotmill_status side(void *self, size_t column, uint64_t first, uint64_t count, double *out,
                                 struct plotmill_error *error)
{
    const struct frame *frame = self;
    return frame->source->ops->side(frame->source->self, column, first, count, out, error);
}

static void destroy(void *self)
{
    struct frame *frame = self;
    for (size_t i = 0; frame->fields && i < frame->field_count; i++)
        free(frame->fields[i].values);
    free(frame->fields);
    free(frame->rows);
    free(frame);
}

/* What computing takes, beside the frame. */
struct work {
    struct expression *expressions;  /* (field_count) */
    size_t **values;                 /* (field_count): where a row of the input has the names of each */
    struct derivation **derivations; /* (field_count); NULL: of a field of the input */
    struct adjustment adjustment;
    bool adjust;
};

static void work_free(struct work *work, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (work->derivations)
            derivation_free(work->derivations[i]);
        if (work->expressions)
            expression_free(&work->expressions[i]);
        if (work->values)
            free(work->values[i]);
    }
    free(work->derivations);
    free(work->expressions);
    free(work->values);
}

static enum plotmill_status refuse_missing(const struct source *source, const char *name, struct plotmill_error *error)
{
    const struct source_about *about = &source->about;
    const uint32_t fields = source_fields(source->shape);
    struct text_list list = {0};
    for (size_t i = 0; i < about->name_count; i++)
        text_list_add(&list, "%s", text_quote(about->names[i], strlen(about->names[i])).text);
    text_list_end(&list);
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                              "the chart needs %s%s; the source returns %u field%s per sample%s%s: open it with the "
                              "options of this chart",
                              *name ? "the field " : "one field", text_quote(name, strlen(name)).text, (unsigned)fields,
                              fields == 1 ? "" : "s", list.items ? ", " : "", list.text);
}

/* The most rows of a group. */
static uint64_t longest_group(const struct source_shape *shape)
{
    uint64_t longest = shape->range_count ? 0 : shape->samples;
    for (size_t i = 0; i < shape->range_count; i++)
        longest = MAX(longest, shape->ranges[i].count);
    return shape->row_length ? shape->row_length : longest;
}

/* Finds out how the chart's field `k` is made. */
static enum plotmill_status plan_field(struct frame *frame, struct work *work, const struct chart *chart, size_t k,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct source_shape *shape = &frame->source->shape;
    struct expression *expression = &work->expressions[k];
    TRY(expression_parse(expression, chart->fields[k], error));
    TRY_ALLOCATE(error, work->values[k], expression->name_count, sizeof **work->values);
    for (size_t i = 0; i < expression->name_count; i++) {
        const size_t value = source_value(frame->source, expression->names[i]);
        if (value >= source_fields(*shape))
            TRY(refuse_missing(frame->source, expression->names[i], error));
        work->values[k][i] = value;
    }
    frame->fields[k].value = work->values[k][0];
    if (expression_is_field(expression) &&
        !(work->adjust && adjustment_changes(&work->adjustment, frame->fields[k].value)))
        goto done;
    TRY(derivation_create(&work->derivations[k], expression, work->values[k], longest_group(shape), error));
    TRY_ALLOCATE(error, frame->fields[k].values, shape->samples, sizeof(double));
done:
    return status;
}

/* Computes samples first..first+count-1, which are one group. */
static enum plotmill_status compute_group(struct frame *frame, struct work *work, uint64_t first, uint64_t count,
                                          struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct source *source = frame->source;
    const size_t width = source_fields(source->shape);
    adjustment_begin(&work->adjustment);
    for (size_t k = 0; k < frame->field_count; k++)
        if (work->derivations[k])
            derivation_begin(work->derivations[k]);
    while (count) {
        const uint64_t n = MIN(count, frame->block_rows);
        TRY(source->ops->read(source->self, first, n, frame->rows, error));
        for (uint64_t i = 0; i < n; i++) {
            double *row = frame->rows + i * width;
            if (work->adjust)
                adjustment_next(&work->adjustment, row);
            for (size_t k = 0; k < frame->field_count; k++)
                if (work->derivations[k])
                    frame->fields[k].values[first + i] = derivation_next(work->derivations[k], row);
        }
        first += n;
        count -= n;
    }
done:
    return status;
}

static enum plotmill_status compute(struct frame *frame, struct work *work, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct source_shape *shape = &frame->source->shape;
    const uint64_t unit = shape->row_length ? shape->row_length : 1;
    const struct source_range all = {0, shape->samples / unit};
    const struct source_range *ranges = shape->range_count ? shape->ranges : &all;
    for (size_t r = 0; r < (shape->range_count ? shape->range_count : 1); r++) {
        if (!shape->row_length)
            TRY(compute_group(frame, work, ranges[r].first, ranges[r].count, error));
        for (uint64_t i = 0; shape->row_length && i < ranges[r].count; i++)
            TRY(compute_group(frame, work, (ranges[r].first + i) * unit, unit, error));
    }
done:
    return status;
}

static enum plotmill_status fill(struct frame *frame, const struct chart *chart, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const size_t count = chart->field_count, width = source_fields(frame->source->shape);
    struct work work = {.adjust = chart->adjust};
    frame->field_count = count;
    frame->block_rows = MAX(BLOCK_BYTES / (width * sizeof(double)), 1);
    TRY_ALLOCATE(error, frame->fields, count, sizeof *frame->fields);
    TRY_ALLOCATE(error, work.expressions, count, sizeof *work.expressions);
    TRY_ALLOCATE(error, work.values, count, sizeof *work.values);
    TRY_ALLOCATE(error, work.derivations, count, sizeof *work.derivations);
    if (work.adjust)
        TRY(adjustment_init(&work.adjustment, frame->source, chart, error));
    bool derived = false;
    frame->same = count == width;
    frame->computed = true;
    for (size_t k = 0; k < count; k++) {
        TRY(plan_field(frame, &work, chart, k, error));
        derived |= work.derivations[k] != NULL;
        frame->computed &= work.derivations[k] != NULL;
        frame->same &= !work.derivations[k] && frame->fields[k].value == k;
    }
    if (!frame->same)
        TRY_ALLOCATE(error, frame->rows, frame->block_rows * width, sizeof *frame->rows);
    if (derived)
        TRY(compute(frame, &work, error));
done:
    work_free(&work, count);
    return status;
}

/* The chart's fields as a JSON array; NULL: one without a name. */
static enum plotmill_status describe(struct source *frame, const struct chart *chart, struct plotmill_error *error)
{
    struct json json = {.one_line = true};
    if (chart->field_count == 1 && !*chart->fields[0])
        return PLOTMILL_OK;
    json_open(&json, NULL, '[');
    for (uint32_t i = 0; i < chart->field_count; i++)
        json_string(&json, NULL, chart->fields[i]);
    json_close(&json, ']');
    frame->about.fields = json_finish(&json);
    return frame->about.fields ? PLOTMILL_OK : plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
}

enum plotmill_status frame_open(struct source *frame, const struct source *source, const struct chart *chart,
                                struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct frame *self = NULL;
    *frame = (struct source){0};
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    self->source = source;
    self->ops = (struct source_ops){.read = read_frame,
                                    .locate = source->ops->locate ? locate : NULL,
                                    .destroy = destroy,
                                    .rows = source->ops->rows ? rows : NULL,
                                    .times = source->ops->times ? times : NULL,
                                    .side = source->ops->side ? side : NULL};
    frame->ops = &self->ops;
    frame->self = self;
    frame->shape = source->shape;
    frame->shape.fields = chart->field_count;
    TRY(fill(self, chart, error));
    TRY(describe(frame, chart, error));
    frame->array = self->same ? source->array : NULL;
    frame->about.groups = source->about.groups;
    frame->about.has_times = source->about.has_times;
    frame->about.first_time = source->about.first_time;
    frame->about.last_time = source->about.last_time;
    if (source->input)
        TRY(string_keep(&frame->input, source->input, error));
done:
    if (status)
        source_close(frame);
    return status;
}
