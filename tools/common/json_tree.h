/* Reads JSON into a tree: as much as reports of plotmill's own need. */
#ifndef TOOLS_COMMON_JSON_TREE_H
#define TOOLS_COMMON_JSON_TREE_H

#include <stddef.h>

enum json_kind { JSON_NULL, JSON_TRUTH, JSON_NUMBER, JSON_TEXT, JSON_ARRAY, JSON_OBJECT };

struct json_node {
    enum json_kind kind;
    double number; /* of a truth: 0 or 1 */
    char *text;    /* plain ASCII: other characters as they stand in the file */
    char *name;    /* of an object's member */
    struct json_node *items;
    size_t count;
};

/* All of `text`; NULL: it is not well-formed, or memory has run out. Freed with json_tree_destroy, which takes NULL. */
struct json_node *json_tree(const char *text);
void json_tree_destroy(struct json_node *node);

/* A member; NULL where `node` is NULL, no object, or has none of that name. */
const struct json_node *json_child(const struct json_node *node, const char *name);
/* A member's number or truth, or `otherwise`; its text, or "". */
double json_child_number(const struct json_node *node, const char *name, double otherwise);
const char *json_child_text(const struct json_node *node, const char *name);

#endif
