/* The tree of a job file to settings. */
#include <string.h>

#include "options/config.h"

static const char *place_of(struct config *config, const struct node *node)
{
    return config_text(config, "%s:%zu:%zu", config->tree.name, node->line, node->column);
}

static void add_setting(struct config *config, const char *key, const struct node *name, const struct node *value)
{
    struct setting *setting = config_add(config, key, FROM_FILE);
    setting->place = place_of(config, name);
    setting->value_place = place_of(config, value);
    setting->node = value;
    setting->items = config_allocate(config, (value->count + 1) * sizeof *setting->items);
    if (value->kind == NODE_NULL)
        return; /* SETTING_NULL */
    setting->shape = value->kind == NODE_PLAIN    ? SETTING_PLAIN
                     : value->kind == NODE_QUOTED ? SETTING_QUOTED
                     : value->kind == NODE_LIST   ? SETTING_LIST
                                                  : SETTING_NESTED;
    if (value->kind < NODE_LIST)
        setting->items[setting->count++] = config_text(config, "%s", value->text);
    for (size_t i = 0; value->kind == NODE_LIST && i < value->count; i++) {
        if (value->items[i]->kind < NODE_LIST)
            setting->items[setting->count++] = config_text(config, "%s", value->items[i]->text);
        else
            setting->shape = SETTING_NESTED;
    }
}

static enum plotmill_status take_map(struct config *config, const struct node *map, const char *prefix)
{
    enum plotmill_status status = PLOTMILL_OK;
    for (size_t i = 0; i < map->count && status == PLOTMILL_OK; i++) {
        const struct node *value = map->items[i];
        const char *key = config_text(config, "%s%s%s", prefix, *prefix ? "." : "", map->keys[i]->text);
        int is_word = (value->kind == NODE_PLAIN || value->kind == NODE_QUOTED) && !strcmp(key, "image.colors");
        if (!foreign_is_section(key) || is_word)
            add_setting(config, key, map->keys[i], value);
        else if (value->kind == NODE_MAP)
            status = take_map(config, value, key);
        else if (value->kind != NODE_NULL)
            status = config_wrong(config, place_of(config, value), NULL, "%s: found a %s, expected keys and values",
                                  key, value->kind == NODE_LIST ? "list" : "single value");
    }
    return status;
}

enum plotmill_status config_read(struct config *config, const struct config_document *document)
{
    const struct tree_text text = {document->name, document->text, document->size, "job", "window: 100"};
    enum plotmill_status status = tree_read(&config->tree, &text, config->error);
    return status ? status : take_map(config, config->tree.root, "");
}
