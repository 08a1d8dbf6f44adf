/* The chart of other pipelines: OHLC bars with their colours, or the line. */
#include <stdio.h>
#include <string.h>

#include "options/chart_request.h"
#include "options/config.h"

/* presets/crypto.yaml with an ink for rising and one for falling bars. */
#define BARS                                                                                                        \
    "{size: [4*window, 500], background: 255, rounding: truncate, origin: top, x: {scale: band, pitch: 4}, "        \
    "y: {fields: [open, high, low, close], range: minmax}, layers: [{mark: bar, open: open, high: high, low: low, " \
    "close: close, up: \"%s\", down: \"%s\"}]}"

static bool has_prices(const struct setting *columns)
{
    static const char *const prices[] = {"open", "high", "low", "close"};
    int found = 0;
    for (int k = 0; k < 4; k++)
        for (size_t i = 0; i < columns->count; i++)
            if (string_same(columns->items[i], prices[k])) {
                found++;
                break;
            }
    return found == 4;
}

/* An ink, or a colour by name. */
static const char *colour_text(struct config *config, const struct setting *setting)
{
    static const char *const names[][2] = {{"red", "#ff0000"},  {"green", "#008000"}, {"lime", "#00ff00"},
                                           {"blue", "#0000ff"}, {"r", "#ff0000"},     {"g", "#008000"}};
    const char *text = config_one(config, setting, "a colour");
    struct ink ink;
    for (size_t i = 0; text && i < sizeof names / sizeof *names; i++)
        if (string_same(text, names[i][0]))
            text = names[i][1];
    const char *grey = text ? foreign_grey(config, text) : NULL;
    if (grey || !text || ink_read(text, &ink))
        return grey ? grey : text;
    config_wrong(config, setting->value_place, setting->key,
                 "found '%s', expected a grey from 0 to 255, #rrggbb, or black, white, red, green, lime or blue", text);
    return NULL;
}

/* Keys that are understood, but mean nothing here. */
static void leave(struct setting *const settings[3])
{
    for (int i = 0; i < 3; i++)
        if (settings[i])
            settings[i]->used = 0;
}

/* A line's keys of a pipeline mean nothing to bars. */
static void drop_line_keys(struct config *config)
{
    for (size_t i = 0; i < IMAGE_ALL; i++) {
        struct option_value *value = options_find(config->set, image_options[i].name, NULL);
        if (!value || !option_is_of_line(image_options[i].name) || !value->setting || !strchr(value->setting->key, '.'))
            continue;
        value->setting->used = 0;
        *value = (struct option_value){0};
    }
}

static enum plotmill_status assign_bars(struct config *config, struct setting *bullish, const struct setting *bearish)
{
    struct option_value *chart = options_find(config->set, "chart", NULL);
    const char *up = colour_text(config, bullish), *down = up ? colour_text(config, bearish) : NULL;
    if (!down)
        return PLOTMILL_BAD_INPUT;
    const bool black = !strcmp(up, "0") && !strcmp(down, "0");
    const char *text = black ? "crypto" : config_text(config, BARS, up, down);
    if (!chart->text)
        return config_assign(config, "chart", text, bullish);
    chart->text = text;
    return PLOTMILL_OK;
}

enum plotmill_status foreign_chart(struct config *config, bool dumps)
{
    struct setting *bullish = config_take(config, "image.colors.bullish"),
                   *bearish = config_take(config, "image.colors.bearish"),
                   *columns = config_take(config, "data.columns");
    struct setting *const all[3] = {bullish, bearish, columns};
    const char *chart = config_value(config, "chart");
    const bool named = chart && !strcmp(chart, "crypto");
    enum plotmill_status status = PLOTMILL_OK;
    if (!bullish != !bearish)
        return config_wrong(config, (bullish ? bullish : bearish)->place, NULL,
                            "image.colors.%s requires image.colors.%s, which is missing",
                            bullish ? "bullish" : "bearish", bullish ? "bearish" : "bullish");
    const bool coloured = bullish && (named || !chart), prices = columns ? has_prices(columns) : dumps;
    if (coloured && !named && !columns && !dumps)
        return config_wrong(config, bullish->place, NULL,
                            "image.colors.bullish and bearish are colours of OHLC bars, but the columns of the input "
                            "are not known: expected chart: crypto for bars, or chart: line");
    if (coloured && (named || prices))
        status = assign_bars(config, bullish, bearish);
    else
        leave(all);
    if (!status && !chart_is_line(config_value(config, "chart")))
        drop_line_keys(config);
    return status;
}
