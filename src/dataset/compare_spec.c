#include "dataset/compare_spec.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "chart/spec.h"

/* Longest value that a message quotes, in bytes. */
#define QUOTE_MAX 80

/* The first edition: one line, whose options were members of the spec. */

static bool read_whole(const char *spec, const char *name, uint32_t *value)
{
    uint64_t number;
    if (!json_read_uint(json_member(spec, name), &number) || number > UINT32_MAX)
        return false;
    *value = (uint32_t)number;
    return true;
}

static bool read_real(const char *value, double *number)
{
    *number = json_read_number(value, NAN);
    return !isnan(*number);
}

static bool read_flag(const char *value, int *flag)
{
    *flag = value && *value == 't';
    return value && (*value == 't' || *value == 'f');
}

static bool read_range(const char *value, struct chart_options *options)
{
    return json_string_is(value, "minmax") || (read_real(json_element(value, 0), &options->range_lo) &&
                                               read_real(json_element(value, 1), &options->range_hi));
}

static bool read_missing(const char *value, enum missing_mode *missing)
{
    for (*missing = MISSING_GAP; *missing <= MISSING_ERROR; (*missing)++)
        if (json_string_is(value, missing_name(*missing)))
            return true;
    return false;
}

/* The spec as it is written now; NULL: it is none of the first edition, or memory ran out. */
static char *translate(const char *spec)
{
    struct chart_options options;
    struct line_chart line;
    uint32_t background, foreground;
    uint64_t window, stride;
    if (!json_string_is(json_member(spec, "chart"), "line"))
        return NULL;
    chart_options_init(&options);
    if (!read_whole(spec, "width", &options.width) || !read_whole(spec, "height", &options.height) ||
        !read_real(json_member(spec, "line_width"), &options.line_width) ||
        !read_real(json_member(spec, "margin"), &options.margin) ||
        !read_flag(json_member(spec, "antialias"), &options.antialias) ||
        !read_range(json_member(spec, "range"), &options) ||
        !read_missing(json_member(spec, "missing"), &options.missing) || !read_whole(spec, "background", &background) ||
        !read_whole(spec, "foreground", &foreground) || background > 255 || foreground > 255 ||
        !json_read_uint(json_member(spec, "window"), &window) || !json_read_uint(json_member(spec, "stride"), &stride))
        return NULL;
    options.background = (int)background;
    options.foreground = (int)foreground;
    return dataset_write_spec(line_chart(&line, &options), window, stride);
}

/* Differences. */

struct comparison {
    const char *file;
    bool line; /* both charts are one line, whose parts options set */
    struct plotmill_error *error;
};

/* A value as messages show it: strings without quotes, a size as WIDTHxHEIGHT, a range as LO:HI. */
struct shown {
    char text[QUOTE_MAX + 1];
};

static struct shown show(const char *value, const char *name)
{
    struct shown shown = {"nothing"};
    uint64_t width, height;
    const char *lo = json_element(value, 0), *hi = json_element(value, 1);
    if (!value)
        return shown;
    const size_t length = (size_t)(json_value_end(value) - value);
    const bool is_string = *value == '"';
    if (!strcmp(name, "size") && json_read_uint(lo, &width) && json_read_uint(hi, &height))
        snprintf(shown.text, sizeof shown.text, "%llux%llu", (unsigned long long)width, (unsigned long long)height);
    else if (!strcmp(name, "range") && lo && hi)
        snprintf(shown.text, sizeof shown.text, "%.*s:%.*s", (int)(json_value_end(lo) - lo), lo,
                 (int)(json_value_end(hi) - hi), hi);
    else
        snprintf(shown.text, sizeof shown.text, "%.*s", (int)MIN(length - 2 * is_string, QUOTE_MAX), value + is_string);
    return shown;
}

/* The option that sets a part of a chart, or the part. Others of the first edition are those of today. */
static const char *name_of(const struct comparison *c, const char *part, char name[200])
{
    static const char *const options[][2] = {{"panels[0].layers[0].width", "line-width"},
                                             {"panels[0].layers[0].ink", "foreground"},
                                             {"panels[0].layers[0].missing", "missing"},
                                             {"panels[0].margin", "margin"},
                                             {"panels[0].y.range", "range"}};
    snprintf(name, 200, "%s", !strncmp(part, "chart.", 6) ? part + 6 : part);
    for (size_t i = 0; c->line && i < sizeof options / sizeof *options; i++)
        if (!strcmp(name, options[i][0]))
            return options[i][1];
    if (!strncmp(part, "chart.", 6) || !strcmp(part, "chart"))
        return name;
    for (char *at = name; *at; at++)
        if (*at == '_')
            *at = '-';
    return name;
}

static enum plotmill_status differ(const struct comparison *c, const char *part, const char *a, const char *b)
{
    char name[200];
    const char *option = name_of(c, part, name);
    return plotmill_error_set(c->error, PLOTMILL_BAD_INPUT, "%s: was made with %s %s, this job has %s", c->file, option,
                              show(a, option).text, show(b, option).text);
}

static bool same_text(const char *a, const char *b)
{
    const size_t length = (size_t)(json_value_end(a) - a);
    return (size_t)(json_value_end(b) - b) == length && !memcmp(a, b, length);
}

static size_t count_elements(const char *array)
{
    size_t count = 0;
    while (json_element(array, count))
        count++;
    return count;
}

static enum plotmill_status compare_values(const struct comparison *c, const char *part, const char *a, const char *b);

static enum plotmill_status compare_member(const struct comparison *c, const char *part, const char *name,
                                           const char *a, const char *b)
{
    char inner[200];
    const char *was = json_member(a, name), *is = json_member(b, name);
    snprintf(inner, sizeof inner, "%s%s%s", part, *part ? "." : "", name);
    if (!was && !is)
        return PLOTMILL_OK;
    return was && is ? compare_values(c, inner, was, is) : differ(c, inner, was, is);
}

static enum plotmill_status compare_objects(const struct comparison *c, const char *part, const char *a, const char *b)
{
    /* What says most about the rest comes first. */
    static const char *const first[] = {"window", "size", "panels", "mark", "shape"};
    enum plotmill_status status = PLOTMILL_OK;
    const char *const objects[] = {b, a}, *at;
    size_t length;
    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        TRY(compare_member(c, part, first[i], a, b));
    /* The members of both: one may have some that the other lacks. */
    for (int k = 0; k < 2; k++)
        for (size_t i = 0; json_member_at(objects[k], i, &at, &length); i++) {
            char name[64];
            snprintf(name, sizeof name, "%.*s", (int)MIN(length, sizeof name - 1), at);
            TRY(compare_member(c, part, name, a, b));
        }
done:
    return status;
}

static enum plotmill_status compare_lists(const struct comparison *c, const char *part, const char *a, const char *b)
{
    enum plotmill_status status = PLOTMILL_OK;
    char inner[240];
    const size_t was = count_elements(a), is = count_elements(b);
    const bool simple = !was || (*json_element(a, 0) != '{' && *json_element(a, 0) != '[');
    if (simple && !same_text(a, b))
        TRY(differ(c, part, a, b));
    if (was != is) {
        const char *list = name_of(c, part, inner);
        const bool layers = text_ends(list, ".layers");
        const int panel = layers ? (int)(strlen(list) - strlen(".layers")) : 0;
        FAIL(c->error, PLOTMILL_BAD_INPUT, "%s: was made with %zu %s%s%s%.*s, this job has %zu", c->file, was,
             layers ? "layer" : "panel", was == 1 ? "" : "s", layers ? " in " : "", panel, list, is);
    }
    for (size_t i = 0; i < was && !simple; i++) {
        snprintf(inner, sizeof inner, "%.180s[%zu]", part, i);
        TRY(compare_values(c, inner, json_element(a, i), json_element(b, i)));
    }
done:
    return status;
}

static enum plotmill_status compare_values(const struct comparison *c, const char *part, const char *a, const char *b)
{
    if (*a == '{' && *b == '{')
        return compare_objects(c, part, a, b);
    if (*a == '[' && *b == '[')
        return compare_lists(c, part, a, b);
    return same_text(a, b) ? PLOTMILL_OK : differ(c, part, a, b);
}

/* One stroke in one panel. */
static bool is_line(const char *spec)
{
    const char *panels = json_member(json_member(spec, "chart"), "panels"), *panel = json_element(panels, 0);
    const char *layers = json_member(panel, "layers"), *layer = json_element(layers, 0);
    return panel && layer && count_elements(panels) == 1 && count_elements(layers) == 1 &&
           json_string_is(json_member(layer, "shape"), "stroke") && json_string_is(json_member(panel, "x"), "point");
}

enum plotmill_status compare_specs(const char *path, const char *found, const char *expected,
                                   struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *was = NULL, *is = NULL;
    if (!strcmp(found, expected))
        return PLOTMILL_OK;
    if (!json_is_object(found))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: does not record the options it was made with", path);
    if (!json_is_object(expected))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: was made with other options: %.300s", path, found);
    was = translate(found);
    is = translate(expected);
    const char *a = was ? was : found, *b = is ? is : expected;
    const struct comparison comparison = {.file = path, .line = is_line(a) && is_line(b), .error = error};
    TRY(compare_values(&comparison, "", a, b));
done:
    free(was);
    free(is);
    return status;
}
