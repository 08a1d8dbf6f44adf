#include "tools/common/json_tree.h"

#include <stdlib.h>
#include <string.h>

#include "tools/common/json.h"

/* json_is_valid has looked at the text before: what follows need not doubt it. Each parse_ function returns what
 * follows the value, NULL when memory has run out. */
static const char *parse_value(const char *at, struct json_node *node);

static const char *skip_space(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

static const char *parse_text(const char *at, char **text)
{
    const char *end = ++at;
    while (*end != '"')
        end += *end == '\\' ? 2 : 1;
    char *to = *text = malloc((size_t)(end - at) + 1);
    for (; to && at < end; at++) {
        at += *at == '\\' && (at[1] == '"' || at[1] == '\\' || at[1] == '/');
        *to++ = *at;
    }
    if (!to)
        return NULL;
    *to = 0;
    return end + 1;
}

static struct json_node *add_item(struct json_node *node)
{
    struct json_node *items = realloc(node->items, (node->count + 1) * sizeof *items);
    if (!items)
        return NULL;
    node->items = items;
    items[node->count] = (struct json_node){0};
    return &items[node->count++];
}

static const char *parse_items(const char *at, struct json_node *node)
{
    const char closing = *at == '{' ? '}' : ']';
    node->kind = closing == '}' ? JSON_OBJECT : JSON_ARRAY;
    at = skip_space(at + 1);
    while (at && *at != closing) {
        struct json_node *item = add_item(node);
        if (item && closing == '}')
            at = parse_text(at, &item->name);
        if (!item || !at)
            return NULL;
        if (closing == '}')
            at = skip_space(skip_space(at) + 1);
        at = parse_value(at, item);
        if (at)
            at = skip_space(at + (*at == ','));
    }
    return at ? at + 1 : NULL;
}

static const char *parse_value(const char *at, struct json_node *node)
{
    static const char *const words[] = {"null", "false", "true"};
    char *end;
    at = skip_space(at);
    if (*at == '{' || *at == '[') {
        at = parse_items(at, node);
        return at ? skip_space(at) : NULL;
    }
    if (*at == '"') {
        node->kind = JSON_TEXT;
        at = parse_text(at, &node->text);
        return at ? skip_space(at) : NULL;
    }
    for (int i = 0; i < 3; i++)
        if (!strncmp(at, words[i], strlen(words[i]))) {
            node->kind = i ? JSON_TRUTH : JSON_NULL;
            node->number = i == 2;
            return skip_space(at + strlen(words[i]));
        }
    node->kind = JSON_NUMBER;
    node->number = strtod(at, &end);
    return skip_space(end);
}

static void free_items(struct json_node *node)
{
    for (size_t i = 0; i < node->count; i++)
        free_items(&node->items[i]);
    free(node->items);
    free(node->text);
    free(node->name);
}

void json_tree_destroy(struct json_node *node)
{
    if (node)
        free_items(node);
    free(node);
}

struct json_node *json_tree(const char *text)
{
    struct json_node *node = json_is_valid(text) ? calloc(1, sizeof *node) : NULL;
    if (node && !parse_value(text, node)) {
        json_tree_destroy(node);
        node = NULL;
    }
    return node;
}

const struct json_node *json_child(const struct json_node *node, const char *name)
{
    for (size_t i = 0; node && node->kind == JSON_OBJECT && i < node->count; i++)
        if (!strcmp(node->items[i].name, name))
            return &node->items[i];
    return NULL;
}

double json_child_number(const struct json_node *node, const char *name, double otherwise)
{
    const struct json_node *child = json_child(node, name);
    return child && (child->kind == JSON_NUMBER || child->kind == JSON_TRUTH) ? child->number : otherwise;
}

const char *json_child_text(const struct json_node *node, const char *name)
{
    const struct json_node *child = json_child(node, name);
    return child && child->kind == JSON_TEXT ? child->text : "";
}
