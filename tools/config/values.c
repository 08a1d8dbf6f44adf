#include "tools/config/values.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plotmill/plotmill.h"
#include "tools/common/exits.h"

int64_t config_whole(const struct setting *setting, int64_t least, int64_t most)
{
    char expected[80];
    snprintf(expected, sizeof expected, "a whole number from %" PRId64 " to %" PRId64, least, most);
    const char *text = config_one(setting, expected);
    if (!text)
        return INT64_MIN;
    size_t digits = strspn(text + (*text == '-'), "0123456789");
    int64_t value = digits && digits < 18 && !text[digits + (*text == '-')] ? strtoll(text, NULL, 10) : INT64_MIN;
    if (setting->shape == SETTING_TEXT && value >= least && value <= most)
        return value;
    config_wrong(setting->value_place, "%s: found '%s'%s, expected %s", setting->key, text,
                 setting->shape == SETTING_QUOTED ? " in quotes" : "", expected);
    return INT64_MIN;
}

static enum config_level higher(const struct setting *a, const struct setting *b)
{
    enum config_level x = a ? a->level : CONFIG_DEFAULT, y = b ? b->level : CONFIG_DEFAULT;
    return x > y ? x : y;
}

/* What is not said stays as it is. */
static int apply_size(struct config *config)
{
    const struct setting *width = config_take(config, "image.resolution.width");
    const struct setting *height = config_take(config, "image.resolution.height");
    struct option_group *group;
    const struct option_entry *entry = options_find(config->usage, "size", &group);
    if (!entry || (!width && !height))
        return OPTIONS_GO_ON;
    const struct option_size *now = (const void *)((const char *)group->values + entry->offset);
    int64_t w = width ? config_whole(width, 1, 65535) : now->width;
    int64_t h = w < 0 ? w : height ? config_whole(height, 1, 65535) : now->height;
    const char *text = h < 0 ? NULL : config_text(config, "%" PRId64 "x%" PRId64, w, h);
    if (!text)
        return EXIT_WRONG;
    return config_put(config, "size", text, width && width->level >= higher(width, height) ? width : height,
                      higher(width, height));
}

/* The one for the GPU is the one that is used here. */
static int apply_batch(struct config *config)
{
    const struct setting *batch = config_take(config, "image.rendering.gpu_batch_size");
    if (!batch)
        batch = config_take(config, "image.batch_size");
    return batch ? config_put_setting(config, "batch", batch) : OPTIONS_GO_ON;
}

/* Dots an inch matter for points alone. */
static int apply_dpi(struct config *config)
{
    struct option_group *group;
    const struct option_entry *entry = options_find(config->usage, "line-width", &group);
    const struct option_length *width = entry ? (const void *)((const char *)group->values + entry->offset) : NULL;
    const struct setting *dpi = width && width->points ? config_take(config, "image.resolution.dpi") : NULL;
    return dpi ? config_put_setting(config, "dpi", dpi) : OPTIONS_GO_ON;
}

/* 0 to 255; -1: another colour, or none. */
static int grey_of(const char *text)
{
    static const struct {
        const char *name;
        int grey;
    } greys[] = {{"white", 255},    {"w", 255},       {"black", 0},       {"k", 0},           {"gray", 128},
                 {"grey", 128},     {"silver", 192},  {"lightgray", 211}, {"lightgrey", 211}, {"darkgray", 169},
                 {"darkgrey", 169}, {"dimgray", 105}, {"dimgrey", 105},   {"gainsboro", 220}, {"whitesmoke", 245}};
    for (size_t i = 0; i < sizeof greys / sizeof *greys; i++)
        if (!strcmp(greys[i].name, text))
            return greys[i].grey;
    size_t length = strlen(text);
    if (*text == '#' && (length == 7 || length == 4) && strspn(text + 1, "0123456789abcdefABCDEF") == length - 1) {
        unsigned long rgb = strtoul(text + 1, NULL, 16);
        unsigned one = length == 7 ? (unsigned)(rgb & 0xff) : (unsigned)(rgb & 0xf) * 0x11;
        unsigned long same = length == 7 ? one * 0x010101ul : (rgb & 0xf) * 0x111ul;
        return rgb == same ? (int)one : -1;
    }
    if (!length || length > 3 || strspn(text, "0123456789") != length || atoi(text) > 255)
        return -1;
    return atoi(text);
}

/* [255, 255, 255] too. */
static int grey_of_setting(const struct setting *setting)
{
    int same = setting->shape != SETTING_OTHER && (setting->count == 1 || setting->count == 3);
    for (size_t i = 1; same && i < setting->count; i++)
        same = !strcmp(setting->items[0], setting->items[i]);
    return same ? grey_of(setting->items[0]) : -1;
}

static int apply_grey(struct config *config, const char *key, const char *option)
{
    const struct setting *colour = config_take(config, key);
    if (!colour)
        return OPTIONS_GO_ON;
    int grey = grey_of_setting(colour);
    const char *found = colour->shape == SETTING_OTHER ? "nested keys" : colour->count ? colour->items[0] : "";
    if (grey < 0)
        return config_wrong(
            colour->value_place,
            "%s: found '%s%s', expected a grey: 0 to 255, white, black, or #rrggbb of three equal parts", key, found,
            colour->count > 1 ? ", ..." : "");
    const char *text = config_text(config, "%d", grey);
    return text ? config_put(config, option, text, colour, colour->level) : EXIT_FAILED;
}

static int is_word(const char *text, const char *word)
{
    while (*text && tolower((unsigned char)*text) == *word)
        text++, word++;
    return !*text && !*word;
}

/* The default inks by one word. */
int config_apply_colors(struct setting *setting)
{
    static const char *const words[] = {"grayscale", "greyscale", "gray", "grey", "bw"};
    setting->used = 1;
    const char *text = config_one(setting, "grayscale, or keys and values");
    for (size_t i = 0; text && i < sizeof words / sizeof *words; i++)
        if (is_word(text, words[i]))
            return OPTIONS_GO_ON;
    return text ? config_wrong(setting->value_place, "%s: found '%s', expected grayscale, or keys and values",
                               setting->key, text)
                : EXIT_WRONG;
}

static int apply_mode(struct config *config)
{
    static const char *const words[] = {"auto", "gpu", "cpu"};
    const struct setting *mode = config_take(config, "image.rendering.mode");
    const char *text = mode ? config_one(mode, "auto, gpu or cpu") : NULL;
    if (!mode || !text)
        return mode ? EXIT_WRONG : OPTIONS_GO_ON;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is_word(text, words[i]))
            return config_put(config, "device", words[i], mode, mode->level);
    return config_wrong(mode->value_place, "%s: found '%s', expected auto, gpu or cpu", mode->key, text);
}

static int apply_fallback(struct config *config)
{
    struct option_group *group;
    if (!options_find(config->usage, "fallback", &group))
        return OPTIONS_GO_ON;
    const struct setting *fallback = config_take(config, "image.rendering.fallback_on_error");
    int truth = fallback ? config_truth(fallback) : 0;
    if (!fallback || truth < 0)
        return fallback ? EXIT_WRONG : OPTIONS_GO_ON;
    const char *option = truth ? "fallback" : "no-fallback", *other = truth ? "no-fallback" : "fallback";
    if (config_level_of(config, other) >= fallback->level)
        return OPTIONS_GO_ON;
    return config_put(config, option, "true", fallback, fallback->level);
}

/* -1: all cores but one. */
static int apply_workers(struct config *config)
{
    const struct setting *workers = config_take(config, "pipeline.num_workers");
    int64_t count = workers ? config_whole(workers, -1, 1024) : 0;
    if (!workers || count < -1)
        return workers ? EXIT_WRONG : OPTIONS_GO_ON;
    if (count < 0)
        count = (int64_t)plotmill_host_cores() - 1;
    const char *text = config_text(config, "%" PRId64, count < 1 ? 1 : count);
    return text ? config_put(config, "jobs", text, workers, workers->level) : EXIT_FAILED;
}

int config_apply_values(struct config *config)
{
    static int (*const steps[])(struct config *) = {apply_size, apply_batch,    apply_dpi,
                                                    apply_mode, apply_fallback, apply_workers};
    int exit_code = OPTIONS_GO_ON;
    for (size_t i = 0; i < sizeof steps / sizeof *steps && exit_code == OPTIONS_GO_ON; i++)
        exit_code = steps[i](config);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = apply_grey(config, "image.colors.background", "background");
    if (exit_code == OPTIONS_GO_ON)
        exit_code = apply_grey(config, "image.colors.foreground", "foreground");
    return exit_code == OPTIONS_GO_ON ? apply_grey(config, "image.colors.line", "foreground") : exit_code;
}

int config_add_input(struct config *config, char *path)
{
    char **inputs = realloc(config->inputs, (config->input_count + 1) * sizeof *inputs);
    if (!inputs) {
        fputs("plotmill: out of memory\n", stderr);
        return 0;
    }
    config->inputs = inputs;
    inputs[config->input_count++] = path;
    return 1;
}
