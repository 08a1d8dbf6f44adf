#include "job/checks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "job/queue.h"
#include "source/windows.h"

/* Of several equal ones the one with the least lead stays. */
static void add(struct checks *checks, struct check check)
{
    for (size_t i = 0; i < checks->count; i++) {
        struct check *known = &checks->list[i];
        if (known->kind == check.kind && known->field == check.field && known->other == check.other) {
            known->lead = MIN(known->lead, check.lead);
            return;
        }
    }
    checks->list[checks->count++] = check;
}

static void add_layer(struct checks *checks, const struct chart_layer *layer)
{
    switch (layer->mark) {
    case MARK_LINE:
        if (layer->missing == MISSING_ERROR)
            add(checks, (struct check){CHECK_PRESENT, layer->field[FIELD_Y], 0, layer->lead});
        break;
    case MARK_BAR:
    case MARK_CANDLE:
        add(checks, (struct check){CHECK_ORDERED, layer->field[FIELD_LOW], layer->field[FIELD_HIGH], layer->lead});
        break;
    case MARK_COLUMN:
        if (!layer->absolute)
            add(checks, (struct check){CHECK_NOT_NEGATIVE, layer->field[FIELD_Y], 0, layer->lead});
        break;
    case MARKS:
        break;
    }
}

enum plotmill_status checks_init(struct checks *checks, const struct chart *chart, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    *checks = (struct checks){.chart = chart};
    TRY_ALLOCATE(error, checks->list, chart->layer_count, sizeof *checks->list);
    for (uint32_t i = 0; i < chart->layer_count; i++)
        add_layer(checks, &chart->layers[i]);
done:
    return status;
}

void checks_free(struct checks *checks)
{
    free(checks->list);
    *checks = (struct checks){0};
}

bool check_fails(const struct check *check, const struct source_shape *shape, uint64_t sample, const double *values)
{
    const double value = values[check->field];
    bool fails = false;
    switch (check->kind) {
    case CHECK_PRESENT:
        fails = !isfinite(value);
        break;
    case CHECK_NOT_NEGATIVE:
        fails = isfinite(value) && value < 0;
        break;
    case CHECK_ORDERED:
        fails = isfinite(value) && isfinite(values[check->other]) && value > values[check->other];
        break;
    }
    return fails && (!check->lead || windows_rows_before(*shape, sample) >= check->lead);
}

/* A field as it stands in the chart. */
static struct text_quote field_name(const struct chart *chart, uint32_t field)
{
    const char *name = chart->fields[field];
    return text_quote(name, strlen(name));
}

enum plotmill_status check_refuse(const struct check *check, const struct chart *chart, const char *place,
                                  uint64_t sample, const double *values, struct plotmill_error *error)
{
    const char *colon = *place ? ": " : "";
    const unsigned long long number = sample;
    const struct text_quote field = field_name(chart, check->field), other = field_name(chart, check->other);
    char value[DECIMAL_SIZE], high[DECIMAL_SIZE];
    if (check->kind == CHECK_PRESENT && chart->field_count == 1)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s%ssample %llu is missing: expected a number (the option missing is error)", place,
                                  colon, number);
    if (check->kind == CHECK_PRESENT)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s%s%s of sample %llu is missing: expected a number (missing is error)", place,
                                  colon, field.text, number);
    decimal_write(value, values[check->field]);
    if (check->kind == CHECK_NOT_NEGATIVE)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s%s%s of sample %llu is %s: expected 0 or more for a column; correct it, or set "
                                  "abs: true in the chart",
                                  place, colon, field.text, number, value);
    decimal_write(high, values[check->other]);
    return plotmill_error_set(
        error, PLOTMILL_BAD_INPUT,
        "%s%s%s of sample %llu is %s, %s is %s: expected the high to be at least the low; correct "
        "or empty one of them",
        place, colon, other.text, number, high, field.text, value);
}

enum plotmill_status checks_run(const struct checks *checks, const struct source *source, uint64_t first,
                                uint64_t count, const double *samples, struct plotmill_error *error)
{
    const uint32_t fields = source_fields(source->shape);
    char place[512] = "";
    for (uint64_t i = 0; checks->count && i < count; i++, samples += fields)
        for (size_t k = 0; k < checks->count; k++) {
            if (!check_fails(&checks->list[k], &source->shape, first + i, samples))
                continue;
            if (source->ops->locate)
                source->ops->locate(source->self, first + i, place, sizeof place);
            return check_refuse(&checks->list[k], checks->chart, place, first + i, samples, error);
        }
    return PLOTMILL_OK;
}
