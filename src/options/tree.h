/* Text as a tree: YAML, of which JSON is a part. Every node knows where it stands. */
#ifndef OPTIONS_TREE_H
#define OPTIONS_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/strings.h"

enum node_kind {
    NODE_NULL,   /* no value, or a word for none */
    NODE_PLAIN,  /* a single value */
    NODE_QUOTED, /* a single value in quotes: not a number, not a truth value */
    NODE_LIST,
    NODE_MAP /* keys, which are words and differ, and values */
};

/* Several places may share a node (YAML's aliases), even one inside itself: who descends without knowing what to
 * expect needs a limit. */
struct node {
    enum node_kind kind;
    const char *text;          /* of plain and quoted ones; else "" */
    size_t line, column;       /* from 1 */
    const struct node **keys;  /* (count) of a map: single values */
    const struct node **items; /* (count): the elements of a list, the values of a map */
    size_t count;
};

struct tree {
    const char *name; /* of the text, for messages: a path */
    const struct node *root;
    struct tree_memory *memory; /* all nodes and their texts, and how many trees share them */
};

/* What to read. */
struct tree_text {
    const char *name; /* a path, or a name for messages */
    const char *text; /* size bytes, in UTF-8; NULL: of the file `name` */
    size_t size;
    const char *kind;    /* for messages: "job" */
    const char *example; /* a line of one: "window: 100" */
};

/* Reads one document whose root is a map. `text->name` must stay as long as the tree. Free *tree with tree_free, also
 * after a failure. PLOTMILL_BAD_INPUT: "NAME:LINE:COLUMN: ..." */
enum plotmill_status tree_read(struct tree *tree, const struct tree_text *text, struct plotmill_error *error);
void tree_free(struct tree *tree);

/* The same tree, to be freed as well. `name` is not its own either. Thread-safe. */
struct tree tree_share(const struct tree *tree);

/* The value of a key of a map; NULL: there is none, or `map` is no map. */
const struct node *node_member(const struct node *map, const char *key);

/* For messages: "a list", "keys and values", or the text in quotes. */
struct text_quote node_quote(const struct node *node);

/* The tree as YAML on one line, which is JSON but for plain words: what tree_read makes the same tree of. Freed by the
 * caller; NULL: out of memory, or over 1 MiB. */
char *node_write(const struct node *node);

#endif
