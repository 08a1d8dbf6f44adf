/* YAML to settings. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options/config.h"
#include "plotmill_config.h"

#if HAVE_YAML

#include <yaml.h>

/* A job is a page; a larger file is data that was named by mistake. */
#define SIZE_LIMIT ((size_t)1 << 20)
#define DEPTH_LIMIT 32

struct file {
    struct config *config;
    const char *path;
    yaml_document_t document;
};

static const char *place_of(const struct file *file, yaml_mark_t mark)
{
    return config_text(file->config, "%s:%zu:%zu", file->path, mark.line + 1, mark.column + 1);
}

static const char *kind_of(const yaml_node_t *node)
{
    return node->type == YAML_SCALAR_NODE ? "single value" : "list";
}

static int is_plain(const yaml_node_t *node)
{
    return node->type == YAML_SCALAR_NODE && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static int is_null(const yaml_node_t *node)
{
    const char *text = (const char *)node->data.scalar.value;
    return is_plain(node) && (!*text || config_is_null(text));
}

static char *text_of(const struct file *file, const yaml_node_t *node)
{
    return config_text(file->config, "%.*s", (int)node->data.scalar.length, (const char *)node->data.scalar.value);
}

/* A text that would end early is refused. */
static enum plotmill_status check_text(struct file *file, const char *key, const yaml_node_t *node)
{
    if (node->type != YAML_SCALAR_NODE || !memchr(node->data.scalar.value, 0, node->data.scalar.length))
        return PLOTMILL_OK;
    return config_wrong(file->config, place_of(file, node->start_mark), key,
                        "found a text with the character U+0000, expected one without it");
}

static enum plotmill_status add_setting(struct file *file, const char *key, const yaml_node_t *name,
                                        const yaml_node_t *value)
{
    enum plotmill_status status = check_text(file, key, value);
    struct setting *setting = config_add(file->config, key, FROM_FILE);
    setting->place = place_of(file, name->start_mark);
    setting->value_place = place_of(file, value->start_mark);
    setting->items = config_allocate(file->config, sizeof *setting->items);
    if (is_null(value))
        return status; /* SETTING_NULL */
    setting->shape = SETTING_NESTED;
    if (value->type == YAML_SCALAR_NODE) {
        setting->shape = is_plain(value) ? SETTING_PLAIN : SETTING_QUOTED;
        setting->items[setting->count++] = text_of(file, value);
    } else if (value->type == YAML_SEQUENCE_NODE) {
        const yaml_node_item_t *item = value->data.sequence.items.start, *end = value->data.sequence.items.top;
        setting->shape = SETTING_LIST;
        setting->items = config_allocate(file->config, (size_t)(end - item + 1) * sizeof *setting->items);
        for (; item < end; item++) {
            const yaml_node_t *node = yaml_document_get_node(&file->document, *item);
            if (status == PLOTMILL_OK)
                status = check_text(file, key, node);
            if (node->type == YAML_SCALAR_NODE)
                setting->items[setting->count++] = text_of(file, node);
            else
                setting->shape = SETTING_NESTED;
        }
    }
    return status;
}

/* Keys must be plain words, each only once. */
static enum plotmill_status check_key(struct file *file, const yaml_node_t *map, const yaml_node_pair_t *pair)
{
    const yaml_node_t *name = yaml_document_get_node(&file->document, pair->key);
    const char *word = (const char *)name->data.scalar.value;
    if (name->type != YAML_SCALAR_NODE)
        return config_wrong(file->config, place_of(file, name->start_mark), NULL,
                            "found a nested value as a key, expected a word");
    if (strlen(word) != name->data.scalar.length || name->data.scalar.length > 200)
        return config_wrong(file->config, place_of(file, name->start_mark), NULL, "found a key that is not a word");
    for (const yaml_node_pair_t *before = map->data.mapping.pairs.start; before < pair; before++) {
        const yaml_node_t *other = yaml_document_get_node(&file->document, before->key);
        if (!strcmp((const char *)other->data.scalar.value, word))
            return config_wrong(file->config, place_of(file, name->start_mark), NULL,
                                "found '%s' again: it is already in line %zu", word, other->start_mark.line + 1);
    }
    return PLOTMILL_OK;
}

static enum plotmill_status take_map(struct file *file, const yaml_node_t *map, const char *prefix)
{
    enum plotmill_status status = PLOTMILL_OK;
    const yaml_node_pair_t *pair = map->data.mapping.pairs.start;
    for (; pair < map->data.mapping.pairs.top && status == PLOTMILL_OK; pair++) {
        const yaml_node_t *name = yaml_document_get_node(&file->document, pair->key);
        const yaml_node_t *value = yaml_document_get_node(&file->document, pair->value);
        status = check_key(file, map, pair);
        if (status != PLOTMILL_OK)
            break;
        const char *key = config_text(file->config, "%s%s%s", prefix, *prefix ? "." : "", text_of(file, name));
        int is_word = value->type == YAML_SCALAR_NODE && !is_null(value) && !strcmp(key, "image.colors");
        if (!foreign_is_section(key) || is_word)
            status = add_setting(file, key, name, value);
        else if (value->type == YAML_MAPPING_NODE)
            status = take_map(file, value, key);
        else if (!is_null(value))
            status = config_wrong(file->config, place_of(file, value->start_mark), NULL,
                                  "%s: found a %s, expected keys and values", key, kind_of(value));
    }
    return status;
}

static enum plotmill_status malformed(const struct file *file, const yaml_parser_t *parser)
{
    const char *problem = parser->problem ? parser->problem : "not YAML";
    if (parser->error == YAML_MEMORY_ERROR)
        return config_wrong(file->config, file->path, NULL, "out of memory");
    if (parser->error == YAML_READER_ERROR)
        return config_wrong(file->config, file->path, NULL, "offset %zu: %s", parser->problem_offset, problem);
    return config_wrong(file->config, place_of(file, parser->problem_mark), NULL, "not YAML: %s%s%s", problem,
                        parser->context ? " " : "", parser->context ? parser->context : "");
}

/* libyaml's time grows with the square of the depth. Other errors are left to the pass after this one. */
static enum plotmill_status check_depth(const struct file *file, yaml_parser_t *parser)
{
    yaml_event_t event = {0};
    int depth = 0, ended = 0, status = PLOTMILL_OK;
    while (!ended && status == PLOTMILL_OK && yaml_parser_parse(parser, &event)) {
        depth += event.type == YAML_SEQUENCE_START_EVENT || event.type == YAML_MAPPING_START_EVENT;
        depth -= event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT;
        ended = event.type == YAML_STREAM_END_EVENT || event.type == YAML_NO_EVENT;
        if (depth > DEPTH_LIMIT)
            status = config_wrong(file->config, place_of(file, event.start_mark), NULL, "nested over %d levels deep",
                                  DEPTH_LIMIT);
        yaml_event_delete(&event);
    }
    return status;
}

/* The keys of the first document, and no second document. */
static enum plotmill_status take_documents(struct file *file, yaml_parser_t *parser)
{
    static const char expected[] = "expected keys and values like window: 100";
    if (!yaml_parser_load(parser, &file->document))
        return malformed(file, parser);
    const yaml_node_t *root = yaml_document_get_root_node(&file->document);
    enum plotmill_status status;
    if (!root || is_null(root))
        status = config_wrong(file->config, file->path, NULL, "is empty, %s", expected);
    else if (root->type != YAML_MAPPING_NODE)
        status = config_wrong(file->config, place_of(file, root->start_mark), NULL, "found a %s, %s", kind_of(root),
                              expected);
    else
        status = take_map(file, root, "");
    yaml_document_delete(&file->document);
    if (status != PLOTMILL_OK)
        return status;
    if (!yaml_parser_load(parser, &file->document))
        return malformed(file, parser);
    root = yaml_document_get_root_node(&file->document);
    if (root)
        status = config_wrong(file->config, place_of(file, root->start_mark), NULL,
                              "found a second document, expected one job");
    yaml_document_delete(&file->document);
    return status;
}

static enum plotmill_status parse(struct config *config, const char *path, const unsigned char *bytes, size_t size)
{
    struct file file = {.config = config, .path = path};
    enum plotmill_status status = PLOTMILL_OK;
    for (int pass = 0; pass < 2 && status == PLOTMILL_OK; pass++) {
        yaml_parser_t parser;
        if (!yaml_parser_initialize(&parser))
            return config_wrong(config, path, NULL, "out of memory");
        yaml_parser_set_input_string(&parser, bytes, size);
        status = pass == 0 ? check_depth(&file, &parser) : take_documents(&file, &parser);
        yaml_parser_delete(&parser);
    }
    return status;
}

enum plotmill_status config_read(struct config *config, const struct config_document *document)
{
    const char *path = document->name;
    if (document->text && document->size > SIZE_LIMIT)
        return config_wrong(config, path, NULL, "is larger than 1 MiB, expected a job as YAML");
    if (document->text)
        return parse(config, path, (const unsigned char *)document->text, document->size);
    unsigned char *bytes = config_allocate(config, SIZE_LIMIT + 1);
    errno = 0;
    FILE *file = fopen(path, "rb");
    size_t size = file ? fread(bytes, 1, SIZE_LIMIT + 1, file) : 0;
    bool failed = !file || ferror(file);
    int reason = errno;
    if (file)
        fclose(file);
    if (failed)
        return config_wrong(config, path, NULL, "cannot be read: %s", strerror(reason));
    if (size > SIZE_LIMIT)
        return config_wrong(config, path, NULL, "is larger than 1 MiB, expected a job as YAML");
    return parse(config, path, bytes, size);
}

#else

enum plotmill_status config_read(struct config *config, const struct config_document *document)
{
    return config_wrong(config, document->name, NULL,
                        "this plotmill was built without libyaml, which job files need; set each option");
}

#endif
