#include "options/tree.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/numbers.h"
#include "base/try.h"
#include "plotmill_config.h"

/* A job or a chart is a page; a larger file is data that was named by mistake. */
#define SIZE_LIMIT ((size_t)1 << 20)
#define DEPTH_LIMIT 32

/* A list, of which the first counts. */
struct tree_memory {
    struct tree_memory *next;
    atomic_size_t others; /* trees that share the list, besides one */
    max_align_t bytes[];
};

struct tree tree_share(const struct tree *tree)
{
    if (tree->memory)
        atomic_fetch_add(&tree->memory->others, 1);
    return *tree;
}

void tree_free(struct tree *tree)
{
    const bool shared = tree->memory && atomic_fetch_sub(&tree->memory->others, 1) > 0;
    while (tree->memory && !shared) {
        struct tree_memory *memory = tree->memory;
        tree->memory = memory->next;
        free(memory);
    }
    *tree = (struct tree){0};
}

const struct node *node_member(const struct node *map, const char *key)
{
    for (size_t i = 0; map && map->kind == NODE_MAP && i < map->count; i++)
        if (!strcmp(map->keys[i]->text, key))
            return map->items[i];
    return NULL;
}

struct text_quote node_quote(const struct node *node)
{
    static const char *const kinds[] = {"nothing", NULL, NULL, "a list", "keys and values"};
    struct text_quote quote, text = text_quote(node->text, strlen(node->text));
    if (kinds[node->kind])
        return text_quote(kinds[node->kind], strlen(kinds[node->kind]));
    snprintf(quote.text, sizeof quote.text, "'%.43s'", text.text);
    return quote;
}

/* Numbers and truth values stay plain; other words are quoted, which is the same. */
static void write_scalar(struct json *json, const char *key, const struct node *node)
{
    static const char *const words[] = {"true", "false", "yes", "no", "on", "off"};
    double number;
    const char *end = node->kind == NODE_PLAIN ? decimal_read(node->text, &number) : NULL;
    bool plain = end && !*end;
    for (size_t i = 0; node->kind == NODE_PLAIN && i < sizeof words / sizeof *words; i++)
        plain |= string_same(node->text, words[i]);
    if (node->kind == NODE_NULL)
        json_null(json, key);
    else if (plain)
        json_raw(json, key, node->text);
    else
        json_string(json, key, node->text);
}

static void write_node(struct json *json, const char *key, const struct node *node, int depth)
{
    const bool is_map = node->kind == NODE_MAP;
    if (depth > DEPTH_LIMIT || json->length > SIZE_LIMIT)
        json->failed = true;
    if (json->failed)
        return;
    if (node->kind < NODE_LIST) {
        write_scalar(json, key, node);
        return;
    }
    json_open(json, key, is_map ? '{' : '[');
    for (size_t i = 0; i < node->count && !json->failed; i++)
        write_node(json, is_map ? node->keys[i]->text : NULL, node->items[i], depth + 1);
    json_close(json, is_map ? '}' : ']');
}

char *node_write(const struct node *node)
{
    struct json json = {.one_line = true};
    write_node(&json, NULL, node, 0);
    return json_finish(&json);
}

#if HAVE_YAML

#include <yaml.h>

struct reader {
    struct tree *tree;
    const struct tree_text *text;
    yaml_parser_t parser;
    yaml_document_t document;
    struct node *nodes; /* (of the document) */
    struct plotmill_error *error;
};

static enum plotmill_status allocate(struct reader *reader, void *pointer, size_t size)
{
    struct tree_memory *memory = calloc(1, sizeof *memory + size);
    if (!memory)
        return plotmill_error_set(reader->error, PLOTMILL_NO_MEMORY, "out of memory");
    memory->next = reader->tree->memory;
    reader->tree->memory = memory;
    *(void **)pointer = memory->bytes;
    return PLOTMILL_OK;
}

/* "NAME:LINE:COLUMN: MESSAGE" */
static enum plotmill_status wrong_at(const struct reader *reader, yaml_mark_t mark, const char *message)
{
    return plotmill_error_set(reader->error, PLOTMILL_BAD_INPUT, "%s:%zu:%zu: %s", reader->text->name, mark.line + 1,
                              mark.column + 1, message);
}

static const yaml_node_t *node_of(const struct reader *reader, int number)
{
    return &reader->document.nodes.start[number - 1];
}

/* A text that would end early is refused. */
static enum plotmill_status check_text(const struct reader *reader, const yaml_node_t *node, const char *key)
{
    char message[300];
    if (node->type != YAML_SCALAR_NODE || !memchr(node->data.scalar.value, 0, node->data.scalar.length))
        return PLOTMILL_OK;
    snprintf(message, sizeof message, "%s%sfound a text with the character U+0000, expected one without it", key,
             *key ? ": " : "");
    return wrong_at(reader, node->start_mark, message);
}

static enum plotmill_status fill_scalar(struct reader *reader, const yaml_node_t *from, struct node *to)
{
    enum plotmill_status status = PLOTMILL_OK;
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    char *text = NULL;
    TRY(allocate(reader, &text, from->data.scalar.length + 1));
    memcpy(text, from->data.scalar.value, from->data.scalar.length);
    to->text = text;
    to->kind = from->data.scalar.style == YAML_PLAIN_SCALAR_STYLE ? NODE_PLAIN : NODE_QUOTED;
    for (size_t i = 0; to->kind == NODE_PLAIN && i < sizeof nulls / sizeof *nulls; i++)
        if (!strcmp(text, nulls[i]))
            to->kind = NODE_NULL;
done:
    return status;
}

static enum plotmill_status fill_list(struct reader *reader, const yaml_node_t *from, struct node *to)
{
    enum plotmill_status status = PLOTMILL_OK;
    const yaml_node_item_t *item = from->data.sequence.items.start;
    to->kind = NODE_LIST;
    to->count = (size_t)(from->data.sequence.items.top - item);
    TRY(allocate(reader, &to->items, to->count * sizeof *to->items));
    for (size_t i = 0; i < to->count; i++) {
        TRY(check_text(reader, node_of(reader, item[i]), ""));
        to->items[i] = &reader->nodes[item[i] - 1];
    }
done:
    return status;
}

/* Keys must be plain words, each only once. */
static enum plotmill_status check_key(const struct reader *reader, const yaml_node_t *map, const yaml_node_pair_t *pair)
{
    char message[300];
    const yaml_node_t *name = node_of(reader, pair->key);
    const char *word = (const char *)name->data.scalar.value;
    if (name->type != YAML_SCALAR_NODE)
        return wrong_at(reader, name->start_mark, "found a nested value as a key, expected a word");
    if (strlen(word) != name->data.scalar.length || name->data.scalar.length > 200)
        return wrong_at(reader, name->start_mark, "found a key that is not a word");
    for (const yaml_node_pair_t *before = map->data.mapping.pairs.start; before < pair; before++) {
        const yaml_node_t *other = node_of(reader, before->key);
        if (strcmp((const char *)other->data.scalar.value, word))
            continue;
        snprintf(message, sizeof message, "found '%s' again: it is already in line %zu", word,
                 other->start_mark.line + 1);
        return wrong_at(reader, name->start_mark, message);
    }
    return PLOTMILL_OK;
}

static enum plotmill_status fill_map(struct reader *reader, const yaml_node_t *from, struct node *to)
{
    enum plotmill_status status = PLOTMILL_OK;
    const yaml_node_pair_t *pair = from->data.mapping.pairs.start;
    to->kind = NODE_MAP;
    to->count = (size_t)(from->data.mapping.pairs.top - pair);
    TRY(allocate(reader, &to->keys, to->count * sizeof *to->keys));
    TRY(allocate(reader, &to->items, to->count * sizeof *to->items));
    for (size_t i = 0; i < to->count; i++, pair++) {
        TRY(check_key(reader, from, pair));
        const yaml_node_t *value = node_of(reader, pair->value);
        const char *key = (const char *)node_of(reader, pair->key)->data.scalar.value;
        TRY(check_text(reader, value, key));
        if (value->type == YAML_SEQUENCE_NODE)
            for (const int *at = value->data.sequence.items.start; at < value->data.sequence.items.top; at++)
                TRY(check_text(reader, node_of(reader, *at), key));
        to->keys[i] = &reader->nodes[pair->key - 1];
        to->items[i] = &reader->nodes[pair->value - 1];
    }
done:
    return status;
}

static enum plotmill_status fill(struct reader *reader)
{
    enum plotmill_status status = PLOTMILL_OK;
    const size_t count = (size_t)(reader->document.nodes.top - reader->document.nodes.start);
    TRY(allocate(reader, &reader->nodes, count * sizeof *reader->nodes));
    for (size_t i = 0; i < count; i++) {
        const yaml_node_t *from = &reader->document.nodes.start[i];
        struct node *to = &reader->nodes[i];
        *to = (struct node){.text = "", .line = from->start_mark.line + 1, .column = from->start_mark.column + 1};
        TRY(from->type == YAML_SCALAR_NODE     ? fill_scalar(reader, from, to)
            : from->type == YAML_SEQUENCE_NODE ? fill_list(reader, from, to)
                                               : fill_map(reader, from, to));
    }
    reader->tree->root = reader->nodes;
done:
    return status;
}

static enum plotmill_status malformed(const struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    const char *problem = parser->problem ? parser->problem : "not YAML";
    char message[300];
    if (parser->error == YAML_MEMORY_ERROR)
        return plotmill_error_set(reader->error, PLOTMILL_NO_MEMORY, "%s: out of memory", reader->text->name);
    if (parser->error == YAML_READER_ERROR)
        return plotmill_error_set(reader->error, PLOTMILL_BAD_INPUT, "%s: offset %zu: %s", reader->text->name,
                                  parser->problem_offset, problem);
    snprintf(message, sizeof message, "not YAML: %s%s%s", problem, parser->context ? " " : "",
             parser->context ? parser->context : "");
    return wrong_at(reader, parser->problem_mark, message);
}

/* libyaml's time grows with the square of the depth. Other errors are left to the pass after this one. */
static enum plotmill_status check_depth(struct reader *reader)
{
    yaml_event_t event = {0};
    char message[100];
    int depth = 0, ended = 0, status = PLOTMILL_OK;
    snprintf(message, sizeof message, "nested over %d levels deep", DEPTH_LIMIT);
    while (!ended && status == PLOTMILL_OK && yaml_parser_parse(&reader->parser, &event)) {
        depth += event.type == YAML_SEQUENCE_START_EVENT || event.type == YAML_MAPPING_START_EVENT;
        depth -= event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT;
        ended = event.type == YAML_STREAM_END_EVENT || event.type == YAML_NO_EVENT;
        if (depth > DEPTH_LIMIT)
            status = wrong_at(reader, event.start_mark, message);
        yaml_event_delete(&event);
    }
    return status;
}

/* The nodes of the first document. */
static enum plotmill_status take_document(struct reader *reader)
{
    if (!yaml_parser_load(&reader->parser, &reader->document))
        return malformed(reader);
    const bool is_empty = reader->document.nodes.top == reader->document.nodes.start;
    enum plotmill_status status = is_empty ? PLOTMILL_OK : fill(reader);
    yaml_document_delete(&reader->document);
    return status;
}

static enum plotmill_status check_root(const struct reader *reader)
{
    const struct node *root = reader->tree->root;
    const char *name = reader->text->name, *example = reader->text->example;
    if (!root || root->kind == NODE_NULL)
        return plotmill_error_set(reader->error, PLOTMILL_BAD_INPUT, "%s: is empty, expected keys and values like %s",
                                  name, example);
    if (root->kind != NODE_MAP)
        return plotmill_error_set(reader->error, PLOTMILL_BAD_INPUT,
                                  "%s:%zu:%zu: found a %s, expected keys and values like %s", name, root->line,
                                  root->column, root->kind == NODE_LIST ? "list" : "single value", example);
    return PLOTMILL_OK;
}

/* No second one. */
static enum plotmill_status check_end(struct reader *reader)
{
    char message[100];
    if (!yaml_parser_load(&reader->parser, &reader->document))
        return malformed(reader);
    const yaml_node_t *root = yaml_document_get_root_node(&reader->document);
    snprintf(message, sizeof message, "found a second document, expected one %s", reader->text->kind);
    enum plotmill_status status = root ? wrong_at(reader, root->start_mark, message) : PLOTMILL_OK;
    yaml_document_delete(&reader->document);
    return status;
}

static enum plotmill_status parse(struct reader *reader, const char *bytes, size_t size)
{
    enum plotmill_status status = PLOTMILL_OK;
    for (int pass = 0; pass < 2 && status == PLOTMILL_OK; pass++) {
        if (!yaml_parser_initialize(&reader->parser))
            return plotmill_error_set(reader->error, PLOTMILL_NO_MEMORY, "%s: out of memory", reader->text->name);
        yaml_parser_set_input_string(&reader->parser, (const unsigned char *)bytes, size);
        status = pass == 0 ? check_depth(reader) : take_document(reader);
        if (pass == 1 && status == PLOTMILL_OK)
            status = check_root(reader);
        if (pass == 1 && status == PLOTMILL_OK)
            status = check_end(reader);
        yaml_parser_delete(&reader->parser);
    }
    return status;
}

enum plotmill_status tree_read(struct tree *tree, const struct tree_text *text, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct reader reader = {.tree = tree, .text = text, .error = error};
    const char *bytes = text->text;
    char *read = NULL;
    size_t size = text->size;
    FILE *file = NULL;
    *tree = (struct tree){.name = text->name};
    if (!bytes) {
        TRY(allocate(&reader, &read, SIZE_LIMIT + 1));
        errno = 0;
        file = fopen(text->name, "rb");
        size = file ? fread(read, 1, SIZE_LIMIT + 1, file) : 0;
        if (!file || ferror(file))
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: cannot be read: %s", text->name, strerror(errno));
        bytes = read;
    }
    if (size > SIZE_LIMIT)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: is larger than 1 MiB, expected a %s as YAML", text->name, text->kind);
    TRY(parse(&reader, bytes, size));
done:
    if (file)
        fclose(file);
    return status;
}

#else

enum plotmill_status tree_read(struct tree *tree, const struct tree_text *text, struct plotmill_error *error)
{
    *tree = (struct tree){.name = text->name};
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                              "%s: this plotmill was built without libyaml, which %s files need", text->name,
                              text->kind);
}

#endif
