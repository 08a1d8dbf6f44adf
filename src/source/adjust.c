#include "source/adjust.h"

#include <math.h>
#include <string.h>

#include "base/strings.h"
#include "base/try.h"

size_t source_value(const struct source *source, const char *name)
{
    const struct source_about *about = &source->about;
    if (!*name)
        return source_fields(source->shape) == 1 ? 0 : about->names ? about->selected : SIZE_MAX;
    for (size_t i = 0; i < about->name_count; i++)
        if (!strcmp(about->names[i], name))
            return i;
    for (size_t i = 0; i < about->name_count; i++)
        if (string_same(about->names[i], name))
            return i;
    return SIZE_MAX;
}

/* The adjusted fields are known by their names. A bar of others would show prices as they are. */
static enum plotmill_status check_bars(const struct chart *chart, struct plotmill_error *error)
{
    static const char *const names[] = {
        [FIELD_OPEN] = "open", [FIELD_HIGH] = "high", [FIELD_LOW] = "low", [FIELD_CLOSE] = "close"};
    for (uint32_t i = 0; i < chart->layer_count; i++) {
        const struct chart_layer *layer = &chart->layers[i];
        const bool prices = mark_fields(layer->mark) == MARK_FIELDS_MAX;
        for (int role = 0; prices && role < MARK_FIELDS_MAX; role++) {
            const char *field = chart->fields[layer->field[role]];
            if (!string_same(field, names[role]))
                return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                          "adjust: changes the fields open, high, low and close, but a layer has %s in "
                                          "place of %s: expected %s, which the option columns can name",
                                          text_quote(field, strlen(field)).text, names[role], names[role]);
        }
    }
    return PLOTMILL_OK;
}

enum plotmill_status adjustment_init(struct adjustment *adjustment, const struct source *source,
                                     const struct chart *chart, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    *adjustment = (struct adjustment){.returns = source_value(source, chart->adjust),
                                      .open = source_value(source, "open"),
                                      .high = source_value(source, "high"),
                                      .low = source_value(source, "low"),
                                      .close = source_value(source, "close")};
    TRY(check_bars(chart, error));
    if (adjustment->returns == SIZE_MAX || adjustment->close == SIZE_MAX)
        FAIL(error, PLOTMILL_BAD_INPUT, "adjust: the source lacks the field %s",
             adjustment->close == SIZE_MAX ? "close" : text_quote(chart->adjust, strlen(chart->adjust)).text);
done:
    return status;
}

bool adjustment_changes(const struct adjustment *adjustment, size_t value)
{
    return value == adjustment->open || value == adjustment->high || value == adjustment->low ||
           value == adjustment->close;
}

void adjustment_begin(struct adjustment *adjustment)
{
    adjustment->started = false;
    adjustment->last = 1;
}

/* The published images rescale each window so that its first close is 1. That changes no pixel, because the y scale
 * follows, and is left out. */
void adjustment_next(struct adjustment *adjustment, double *row)
{
    const double close = adjustment->started ? (1 + row[adjustment->returns]) * adjustment->last : 1;
    const double factor = isfinite(row[adjustment->close]) ? close / row[adjustment->close] : NAN;
    const size_t others[] = {adjustment->open, adjustment->high, adjustment->low};
    adjustment->started = true;
    if (isfinite(close))
        adjustment->last = close;
    for (int i = 0; i < 3; i++)
        if (others[i] != SIZE_MAX)
            row[others[i]] *= factor;
    row[adjustment->close] = close;
}
