/* The keys of the chart language, and where each may stand. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "options/chart_reader.h"
#include "base/suggest.h"

#define IN_LAYER (IN_LINE | IN_BAR | IN_CANDLE | IN_COLUMN)

static const struct key {
    const char *name;
    int places;
} keys[] = {
    {"size", IN_CHART},
    {"window", IN_CHART},
    {"background", IN_CHART},
    {"channels", IN_CHART},
    {"antialias", IN_CHART},
    {"rounding", IN_CHART},
    {"origin", IN_CHART},
    {"flip", IN_CHART},
    {"adjust", IN_CHART},
    {"dpi", IN_CHART},
    {"panels", IN_CHART},
    {"rect", IN_PANEL},
    {"margin", IN_CHART | IN_PANEL},
    {"x", IN_CHART | IN_PANEL},
    {"y", IN_CHART | IN_PANEL | IN_LINE | IN_COLUMN},
    {"layers", IN_CHART | IN_PANEL},
    {"scale", IN_X},
    {"pitch", IN_X},
    {"fields", IN_Y},
    {"range", IN_Y},
    {"outside", IN_Y},
    {"share", IN_Y},
    {"mark", IN_LAYER},
    {"ink", IN_LAYER},
    {"width", IN_LINE | IN_COLUMN},
    {"shape", IN_LINE},
    {"missing", IN_LINE},
    {"open", IN_BAR | IN_CANDLE},
    {"high", IN_BAR | IN_CANDLE},
    {"low", IN_BAR | IN_CANDLE},
    {"close", IN_BAR | IN_CANDLE},
    {"up", IN_BAR | IN_CANDLE},
    {"down", IN_BAR | IN_CANDLE},
    {"body", IN_CANDLE},
    {"wick", IN_CANDLE},
    {"fill", IN_CANDLE},
    {"height", IN_COLUMN},
    {"abs", IN_COLUMN},
    {"zero", IN_COLUMN},
    {"whole", IN_LAYER},
};
#define KEYS (sizeof keys / sizeof *keys)

/* Of the language, but not of this version. */
static const char *const later[] = {"each",  "grid",  "palette", "part",   "rate",  "mm_per_s", "mm_per_unit", "base",
                                    "lower", "upper", "axis",    "values", "every", "length",   NULL};

static const char *const places[] = {"the chart", "a panel", "x", "y", "a line", "a bar", "a candle", "a column"};

enum plotmill_status reader_wrong(const struct chart_reader *reader, const struct node *node, const char *key,
                                  const char *format, ...)
{
    char message[MESSAGE_SIZE / 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return plotmill_error_set(reader->error, PLOTMILL_BAD_INPUT, "%s:%zu:%zu: %s: %s", reader->text->name, node->line,
                              node->column, key, message);
}

static const struct key *find_key(const char *name)
{
    for (size_t i = 0; i < KEYS; i++)
        if (!strcmp(keys[i].name, name))
            return &keys[i];
    return NULL;
}

static const char *place_name(int place)
{
    int i = 0;
    while (!(place >> i & 1))
        i++;
    return places[i];
}

/* "mark, ink or width" */
static void list_keys(int place, struct text_list *list)
{
    *list = (struct text_list){0};
    for (size_t i = 0; i < KEYS; i++)
        if (keys[i].places & place)
            text_list_add(list, "%s", keys[i].name);
    text_list_end(list);
}

/* "a line or a column" */
static void list_places(int of, struct text_list *list)
{
    *list = (struct text_list){0};
    for (int i = 0; i < 8; i++)
        if (of >> i & 1)
            text_list_add(list, "%s", places[i]);
    text_list_end(list);
}

static enum plotmill_status wrong_key(const struct chart_reader *reader, const struct node *name, int place)
{
    struct suggestion suggestion = {.meant = name->text};
    struct text_list list;
    const struct key *key = find_key(name->text);
    if (key) {
        list_places(key->places, &list);
        return reader_wrong(reader, name, name->text, "found in %s, expected in %s", place_name(place), list.text);
    }
    list_keys(place, &list);
    for (size_t i = 0; later[i]; i++)
        if (!strcmp(later[i], name->text))
            return reader_wrong(reader, name, name->text,
                                "found a key that this version does not support, expected %s of %s", list.text,
                                place_name(place));
    for (size_t i = 0; i < KEYS; i++)
        if (keys[i].places & place)
            suggestion_offer(&suggestion, keys[i].name);
    return reader_wrong(reader, name, text_quote(name->text, strlen(name->text)).text,
                        "found an unknown key of %s, expected %s%s%s%s", place_name(place), list.text,
                        suggestion.name ? ": did you mean '" : "", suggestion.name ? suggestion.name : "",
                        suggestion.name ? "'?" : "");
}

enum plotmill_status reader_check_keys(const struct chart_reader *reader, const struct node *map, const char *key,
                                       int place)
{
    if (map->kind != NODE_MAP)
        return reader_wrong(reader, map, key, "found %s, expected keys and values", node_quote(map).text);
    for (size_t i = 0; i < map->count; i++) {
        const struct key *found = find_key(map->keys[i]->text);
        if (!found || !(found->places & place))
            return wrong_key(reader, map->keys[i], place);
    }
    return PLOTMILL_OK;
}
