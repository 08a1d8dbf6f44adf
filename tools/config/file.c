/* YAML -> settings. */
#include "tools/config/config.h"

#include <stdio.h>

#include "tools/common/exits.h"

#if HAVE_YAML

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* A job is a page; this is a data file that was named by mistake. */
#define FILE_LIMIT ((size_t)1 << 20)
#define DEPTH_LIMIT 32

struct file {
    struct config *config;
    const char *path;
    yaml_document_t document;
};

static void name_place(char place[1100], const char *path, yaml_mark_t mark)
{
    snprintf(place, 1100, "%.1000s:%zu:%zu", path, mark.line + 1, mark.column + 1);
}

static int is_null(const yaml_node_t *node)
{
    const char *text = (const char *)node->data.scalar.value;
    return node->type == YAML_SCALAR_NODE && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           (!*text || config_is_null(text));
}

static int add_scalar(struct setting *setting, const yaml_node_t *node)
{
    return config_add_item(setting, (const char *)node->data.scalar.value, node->data.scalar.length);
}

/* Returns 0 when memory has run out. */
static int take_value(struct file *file, const yaml_node_t *node, struct setting *setting)
{
    if (is_null(node)) {
        setting->shape = SETTING_NULL;
    } else if (node->type == YAML_SCALAR_NODE) {
        setting->shape = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE ? SETTING_TEXT : SETTING_QUOTED;
        return add_scalar(setting, node);
    } else if (node->type == YAML_MAPPING_NODE) {
        setting->shape = SETTING_OTHER;
    } else {
        setting->shape = SETTING_LIST;
        for (const yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top;
             item++) {
            const yaml_node_t *one = yaml_document_get_node(&file->document, *item);
            if (one->type != YAML_SCALAR_NODE)
                setting->shape = SETTING_OTHER;
            else if (!add_scalar(setting, one))
                return 0;
        }
    }
    return 1;
}

static char *copy(const char *text)
{
    char *to = malloc(strlen(text) + 1);
    return to ? strcpy(to, text) : NULL;
}

/* Takes over `key`. */
static int take_setting(struct file *file, char *key, const yaml_node_t *name, const yaml_node_t *value)
{
    char place[1100], value_place[1100];
    struct setting *setting = config_add(file->config);
    if (!setting) {
        free(key);
        return EXIT_FAILED;
    }
    name_place(place, file->path, name->start_mark);
    name_place(value_place, file->path, value->start_mark);
    setting->key = key;
    setting->level = CONFIG_FILE;
    setting->place = copy(place);
    setting->value_place = copy(value_place);
    if (!setting->place || !setting->value_place || !take_value(file, value, setting)) {
        fputs("plotmill: out of memory\n", stderr);
        return EXIT_FAILED;
    }
    return OPTIONS_GO_ON;
}

/* Keys must be plain words, each once. */
static int check_key(struct file *file, const yaml_node_t *map, const yaml_node_pair_t *pair)
{
    char place[1100];
    const yaml_node_t *name = yaml_document_get_node(&file->document, pair->key);
    name_place(place, file->path, name->start_mark);
    if (name->type != YAML_SCALAR_NODE)
        return config_wrong(place, "found a nested value as a key, expected a word");
    if (strlen((const char *)name->data.scalar.value) != name->data.scalar.length || name->data.scalar.length > 200)
        return config_wrong(place, "found no word as a key");
    for (const yaml_node_pair_t *before = map->data.mapping.pairs.start; before < pair; before++) {
        const yaml_node_t *other = yaml_document_get_node(&file->document, before->key);
        if (!strcmp((const char *)other->data.scalar.value, (const char *)name->data.scalar.value))
            return config_wrong(place, "found '%s' again: it is in line %zu already", other->data.scalar.value,
                                other->start_mark.line + 1);
    }
    return OPTIONS_GO_ON;
}

static int take_map(struct file *file, const yaml_node_t *map, const char *prefix);

static int take_pair(struct file *file, const yaml_node_pair_t *pair, const char *prefix)
{
    const yaml_node_t *name = yaml_document_get_node(&file->document, pair->key);
    const yaml_node_t *value = yaml_document_get_node(&file->document, pair->value);
    const char *word = (const char *)name->data.scalar.value;
    size_t size = strlen(prefix) + strlen(word) + 2;
    char place[1100], *key = malloc(size);
    if (!key) {
        fputs("plotmill: out of memory\n", stderr);
        return EXIT_FAILED;
    }
    snprintf(key, size, "%s%s%s", prefix, *prefix ? "." : "", word);
    if (!config_is_section(key) || (!strcmp(key, "image.colors") && value->type == YAML_SCALAR_NODE && !is_null(value)))
        return take_setting(file, key, name, value);
    int exit_code = OPTIONS_GO_ON;
    name_place(place, file->path, value->start_mark);
    if (value->type == YAML_MAPPING_NODE)
        exit_code = take_map(file, value, key);
    else if (!is_null(value))
        exit_code = config_wrong(place, "%s: found a %s, expected keys and values", key,
                                 value->type == YAML_SCALAR_NODE ? "single value" : "list");
    free(key);
    return exit_code;
}

static int take_map(struct file *file, const yaml_node_t *map, const char *prefix)
{
    int exit_code = OPTIONS_GO_ON;
    for (const yaml_node_pair_t *pair = map->data.mapping.pairs.start;
         pair < map->data.mapping.pairs.top && exit_code == OPTIONS_GO_ON; pair++) {
        exit_code = check_key(file, map, pair);
        if (exit_code == OPTIONS_GO_ON)
            exit_code = take_pair(file, pair, prefix);
    }
    return exit_code;
}

static int malformed(const yaml_parser_t *parser, const char *path)
{
    char place[1100];
    const char *problem = parser->problem ? parser->problem : "not YAML";
    if (parser->error == YAML_MEMORY_ERROR)
        return config_wrong(path, "out of memory");
    if (parser->error == YAML_READER_ERROR)
        return config_wrong(path, "offset %zu: %s", parser->problem_offset, problem);
    name_place(place, path, parser->problem_mark);
    return config_wrong(place, "not YAML: %s%s%s", problem, parser->context ? " " : "",
                        parser->context ? parser->context : "");
}

static int take_document(struct file *file)
{
    const yaml_node_t *root = yaml_document_get_root_node(&file->document);
    char place[1100];
    if (!root || is_null(root))
        return config_wrong(file->path, "holds nothing, expected keys and values like window: 100");
    name_place(place, file->path, root->start_mark);
    if (root->type != YAML_MAPPING_NODE)
        return config_wrong(place, "found a %s, expected keys and values like window: 100",
                            root->type == YAML_SCALAR_NODE ? "single value" : "list");
    return take_map(file, root, "");
}

/* A file of several jobs would be taken for one. */
static int check_end(yaml_parser_t *parser, const char *path)
{
    yaml_document_t document;
    char place[1100];
    if (!yaml_parser_load(parser, &document))
        return malformed(parser, path);
    const yaml_node_t *root = yaml_document_get_root_node(&document);
    if (root)
        name_place(place, path, root->start_mark);
    int exit_code = root ? config_wrong(place, "found a second document, expected one job") : OPTIONS_GO_ON;
    yaml_document_delete(&document);
    return exit_code;
}

/* libyaml takes time by the square of the depth. Whatever else is wrong is told by the pass after this one. */
static int check_depth(const char *path, const unsigned char *bytes, size_t size)
{
    yaml_parser_t parser;
    yaml_event_t event = {0};
    int depth = 0, ended = 0, exit_code = OPTIONS_GO_ON;
    char place[1100];
    if (!yaml_parser_initialize(&parser))
        return config_wrong(path, "out of memory");
    yaml_parser_set_input_string(&parser, bytes, size);
    while (!ended && exit_code == OPTIONS_GO_ON && yaml_parser_parse(&parser, &event)) {
        depth += event.type == YAML_SEQUENCE_START_EVENT || event.type == YAML_MAPPING_START_EVENT;
        depth -= event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT;
        ended = event.type == YAML_STREAM_END_EVENT || event.type == YAML_NO_EVENT;
        if (depth > DEPTH_LIMIT) {
            name_place(place, path, event.start_mark);
            exit_code = config_wrong(place, "nested over %d levels deep", DEPTH_LIMIT);
        }
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return exit_code;
}

static int parse(struct config *config, const char *path, const unsigned char *bytes, size_t size)
{
    struct file file = {.config = config, .path = path};
    yaml_parser_t parser;
    int exit_code = check_depth(path, bytes, size);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    if (!yaml_parser_initialize(&parser))
        return config_wrong(path, "out of memory");
    yaml_parser_set_input_string(&parser, bytes, size);
    if (!yaml_parser_load(&parser, &file.document)) {
        exit_code = malformed(&parser, path);
    } else {
        exit_code = take_document(&file);
        int empty = !yaml_document_get_root_node(&file.document);
        yaml_document_delete(&file.document);
        if (exit_code == OPTIONS_GO_ON && !empty)
            exit_code = check_end(&parser, path);
    }
    yaml_parser_delete(&parser);
    return exit_code;
}

int config_read_file(struct config *config, const char *path)
{
    errno = 0;
    FILE *file = fopen(path, "rb");
    unsigned char *bytes = file ? malloc(FILE_LIMIT + 1) : NULL;
    size_t size = bytes ? fread(bytes, 1, FILE_LIMIT + 1, file) : 0;
    int exit_code;
    if (!bytes || ferror(file))
        exit_code = config_wrong(path, "cannot be read: %s", strerror(errno));
    else if (size > FILE_LIMIT)
        exit_code = config_wrong(path, "is larger than 1 MiB, expected a job as YAML");
    else
        exit_code = parse(config, path, bytes, size);
    free(bytes);
    if (file)
        fclose(file);
    return exit_code;
}

#else

int config_read_file(struct config *config, const char *path)
{
    (void)config;
    return config_wrong(path, "this plotmill was built without libyaml: --config is not there, --set and options are");
}

#endif
