#include "options/config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "options/chart_request.h"
#include "options/formats.h"
#include "base/suggest.h"

struct memory {
    struct memory *next;
    max_align_t bytes[];
};

static void *checked(struct config *config, void *memory)
{
    if (!memory)
        longjmp(config->out_of_memory, 1);
    return memory;
}

void *config_allocate(struct config *config, size_t size)
{
    struct memory *memory = checked(config, calloc(1, sizeof *memory + size));
    memory->next = config->memory;
    config->memory = memory;
    return memory->bytes;
}

char *config_text(struct config *config, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t size = (size_t)vsnprintf(NULL, 0, format, arguments) + 1;
    va_end(arguments);
    char *text = config_allocate(config, size);
    va_start(arguments, format);
    vsnprintf(text, size, format, arguments);
    va_end(arguments);
    return text;
}

void config_free(struct config *config)
{
    while (config->memory) {
        struct memory *memory = config->memory;
        config->memory = memory->next;
        free(memory);
    }
    free(config->settings);
    tree_free(&config->tree);
    *config = (struct config){0};
}

enum plotmill_status config_wrong(struct config *config, const char *place, const char *key, const char *format, ...)
{
    char found[MESSAGE_SIZE / 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(found, sizeof found, format, arguments);
    va_end(arguments);
    return plotmill_error_set(config->error, PLOTMILL_BAD_INPUT, "%s: %s%s%s", place, key ? key : "", key ? ": " : "",
                              found);
}

/* The row of the option that a key names, '_' for '-' allowed; NULL: none, or one that no file can set. */
static const struct option_entry *find_option(const struct config *config, const char *key)
{
    const struct option_entry *entry;
    char name[64];
    if (strlen(key) >= sizeof name)
        return NULL;
    for (size_t i = 0; i <= strlen(key); i++)
        name[i] = (char)(key[i] == '_' ? '-' : key[i]);
    return options_find(config->set, name, &entry) && !entry->meta ? entry : NULL;
}

struct setting *config_add(struct config *config, const char *key, enum option_origin origin)
{
    size_t size = (config->setting_count + 1) * sizeof *config->settings;
    config->settings = checked(config, realloc(config->settings, size));
    struct setting *setting = &config->settings[config->setting_count++];
    *setting = (struct setting){.key = key, .entry = find_option(config, key), .origin = origin};
    return setting;
}

struct setting *config_take(struct config *config, const char *key)
{
    struct setting *last = NULL;
    for (size_t i = 0; i < config->setting_count; i++)
        if (!strcmp(config->settings[i].key, key)) {
            last = &config->settings[i];
            last->used = 1;
        }
    return last && last->shape != SETTING_NULL ? last : NULL;
}

/* From a setting to an option's text. */

const char *config_one(struct config *config, const struct setting *setting, const char *expected)
{
    if (setting->shape == SETTING_PLAIN || setting->shape == SETTING_QUOTED)
        return setting->items[0];
    config_wrong(config, setting->value_place, setting->key, "found %s, expected %s",
                 setting->shape == SETTING_LIST ? "a list" : "nested keys", expected);
    return NULL;
}

const char *config_text_for(struct config *config, const struct option_entry *entry, const struct setting *setting)
{
    uint64_t scratch[8]; /* larger than the value of any kind */
    char expected[200];
    /* [800, 500] for 800x500, [0, 1] for 0:1, and several devices, averages or columns. */
    static const char *const lists[] = {"device",         "ma",   "columns", "label",
                                        "missing-values", "time", "split",   "split-at"};
    const char *between = entry->kind == OPTION_SIZE ? "x" : entry->kind == OPTION_RANGE ? ":" : NULL;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        between = strcmp(entry->name, lists[i]) ? between : ",";
    option_expected(entry, expected, sizeof expected);
    const char *text = NULL;
    if (setting->shape == SETTING_LIST && setting->count && between)
        for (size_t i = 0; i < setting->count; i++)
            text = i ? config_text(config, "%s%s%s", text, between, setting->items[i]) : setting->items[0];
    else
        text = config_one(config, setting, expected);
    if (!text)
        return NULL;
    if (entry->optional && setting->shape == SETTING_PLAIN && option_truth(text) == 1)
        text = entry->optional;
    int is_number = entry->kind == OPTION_FLAG || entry->kind == OPTION_WHOLE || entry->kind == OPTION_REAL;
    int is_quoted = setting->shape == SETTING_QUOTED && is_number && !(entry->word && !strcmp(entry->word, text));
    if (is_quoted || !option_store(entry, text, scratch)) {
        config_wrong(config, setting->value_place, setting->key, "found '%s'%s, expected %s", text,
                     is_quoted ? " in quotes" : "", expected);
        return NULL;
    }
    return entry->kind == OPTION_FLAG ? option_truth(text) ? "true" : "false" : text;
}

enum plotmill_status config_assign(struct config *config, const char *option, const char *text, struct setting *setting)
{
    struct option_value *value = options_find(config->set, option, NULL);
    enum option_origin origin = setting ? setting->origin : FROM_FILE;
    if (setting)
        setting->used = 1;
    if (origin < value->origin)
        return PLOTMILL_OK;
    if (origin == FROM_FILE && setting && value->setting && !foreign_are_parts(setting->key, value->setting->key))
        return config_wrong(config, setting->place, NULL, "%s sets %s, which %s at %s already sets", setting->key,
                            option, value->setting->key, value->setting->place);
    *value = (struct option_value){.text = text, .origin = origin, .setting = setting};
    return PLOTMILL_OK;
}

const char *config_value(const struct config *config, const char *option)
{
    return options_find(config->set, option, NULL)->text;
}

/* Keys. */

static enum plotmill_status unknown_key(struct config *config, const struct setting *setting)
{
    const char *dot = strrchr(setting->key, '.'), *leaf = dot ? dot + 1 : setting->key;
    char section[64] = "";
    struct suggestion suggestion = {.meant = leaf};
    snprintf(section, sizeof section, "%.*s", dot ? (int)(dot - setting->key) : 0, setting->key);
    for (size_t g = 0; !dot && g < config->set->count; g++)
        for (size_t i = 0; i < config->set->groups[g].count; i++)
            if (!config->set->groups[g].options[i].meta)
                suggestion_offer(&suggestion, config->set->groups[g].options[i].name);
    if (!dot)
        suggestion_offer(&suggestion, "input");
    foreign_offer(section, &suggestion);
    if (suggestion.name)
        return config_wrong(config, setting->place, NULL, "unknown key '%s': did you mean '%s'?", leaf,
                            suggestion.name);
    if (foreign_find(leaf))
        return config_wrong(config, setting->place, NULL, "unknown key '%s': did you mean %s?", leaf,
                            foreign_find(leaf));
    if (find_option(config, leaf))
        return config_wrong(config, setting->place, NULL, "unknown key '%s' in %s: it belongs at the top level", leaf,
                            section);
    return config_wrong(config, setting->place, NULL, "unknown key '%s'%s%s", leaf, dot ? " in " : "", section);
}

/* A chart as nested keys becomes one text. */
static enum plotmill_status apply_chart(struct config *config, struct setting *setting)
{
    char *written = node_write(setting->node);
    if (!written)
        return config_wrong(config, setting->value_place, setting->key,
                            "found keys nested too deeply, or over 1 MiB of them, expected a chart");
    setting->text = config_text(config, "%s", written);
    free(written);
    return config_assign(config, setting->entry->name, setting->text, setting);
}

static enum plotmill_status apply_setting(struct config *config, struct setting *setting)
{
    int known;
    if (setting->entry && setting->node && setting->node->kind == NODE_MAP && !strcmp(setting->entry->name, "chart"))
        return apply_chart(config, setting);
    if (setting->entry && setting->shape != SETTING_NULL) {
        const char *text = config_text_for(config, setting->entry, setting);
        return text ? config_assign(config, setting->entry->name, text, setting) : PLOTMILL_BAD_INPUT;
    }
    if (setting->entry || !strcmp(setting->key, "input"))
        return PLOTMILL_OK;
    enum plotmill_status status = foreign_apply(config, setting, &known);
    return known ? status : unknown_key(config, setting);
}

/* The INPUTs, if the command line names none. */
static enum plotmill_status apply_input(struct config *config, struct paths *paths)
{
    struct setting *input = config_take(config, "input");
    if (!input || paths->count)
        return PLOTMILL_OK;
    if (input->shape == SETTING_NESTED || !input->count)
        return config_wrong(config, input->value_place, input->key, "found %s, expected a file or a list of files",
                            input->shape == SETTING_NESTED ? "nested keys" : "an empty list");
    for (size_t i = 0; i < input->count; i++)
        if (!*input->items[i])
            return config_wrong(config, input->value_place, input->key, "found an empty text, expected a file");
    *paths = (struct paths){input->items, input->count};
    return PLOTMILL_OK;
}

/* Values of the file that do not apply to what the command line or --set asks for. */

static int is_asked(const struct config *config, const char *option)
{
    const struct option_value *value = options_find(config->set, option, NULL);
    return value->origin > FROM_FILE && value->text && strcmp(value->text, "false") != 0;
}

const char *config_asked_format(const struct config *config)
{
    const char *output = config_value(config, "output");
    if (is_asked(config, "format"))
        return config_value(config, "format");
    return is_asked(config, "output") && *formats_of_output(output) ? formats_of_output(output) : NULL;
}

/* Undoes what a key of the file said about an option, unless it said the default. */
static void drop_inapplicable(struct config *config, const char *option)
{
    const struct option_entry *entry;
    struct option_value *value = options_find(config->set, option, &entry);
    const char *standard = entry->default_text ? entry->default_text : "false";
    if (value->origin != FROM_FILE || (!entry->implied && !strcmp(value->text, standard)))
        return;
    if (value->setting)
        value->setting->used = 0;
    *value = (struct option_value){0};
}

/* Another chart than that of the file has other options. */
static void drop_of_other_chart(struct config *config)
{
    const bool is_line = chart_is_line(config_value(config, "chart"));
    for (size_t i = 0; i < IMAGE_ALL; i++) {
        const char *name = image_options[i].name;
        struct option_value *value = options_find(config->set, name, NULL);
        if (!value || value->origin != FROM_FILE || !(is_line ? !strcmp(name, "ma") : option_is_of_line(name)))
            continue;
        if (value->setting)
            value->setting->used = 0;
        *value = (struct option_value){0};
    }
}

static void drop_overridden(struct config *config)
{
    static const char *const options[] = {"compress",        "dtype",  "layout", "quality",         "chunk-images",
                                          "images-per-file", "resume", "shard",  "store-sequences", "folders"};
    const char *format = config_asked_format(config);
    const char *output = is_asked(config, "output") ? config_value(config, "output") : "";
    int is_stdout = !strcmp(output, "-");
    if (options_find(config->set, "chart", NULL)->origin > FROM_FILE)
        drop_of_other_chart(config);
    for (size_t i = 0; format && i < sizeof options / sizeof *options; i++)
        if (!formats_take(format, options[i]))
            drop_inapplicable(config, options[i]);
    if (format)
        drop_inapplicable(config, "format");
    if (is_stdout) {
        drop_inapplicable(config, "images-per-file");
        drop_inapplicable(config, "shard");
    }
    if (is_stdout || is_asked(config, "force"))
        drop_inapplicable(config, "resume");
    if (is_stdout || formats_is_pseudo(output) || is_asked(config, "force"))
        drop_inapplicable(config, "skip-existing");
    if (is_asked(config, "skip-existing") || is_asked(config, "resume"))
        drop_inapplicable(config, "force");
}

/* Reading. */

int config_is_null(const char *text)
{
    return !strcmp(text, "~") || !strcmp(text, "null") || !strcmp(text, "Null") || !strcmp(text, "NULL");
}

/* "KEY=VALUE". KEY=null removes earlier values. */
static enum plotmill_status take_set(struct config *config, const char *text)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text || !equals[1])
        return config_wrong(config, "set", NULL, "found '%s', expected KEY=VALUE", text);
    const char *key = config_text(config, "%.*s", (int)(equals - text), text);
    struct setting *setting = config_add(config, key, FROM_SET);
    setting->place = setting->value_place = config_text(config, "set %s", key);
    setting->items = config_allocate(config, sizeof *setting->items);
    setting->items[setting->count++] = config_text(config, "%s", equals + 1);
    setting->shape = config_is_null(equals + 1) ? SETTING_NULL : SETTING_PLAIN;
    if (setting->shape == SETTING_NULL)
        for (struct setting *at = config->settings; at < setting; at++)
            if (foreign_covers(setting, at))
                at->shape = SETTING_NULL;
    return PLOTMILL_OK;
}

enum plotmill_status config_apply(struct config *config, struct option_set *set, struct paths *paths,
                                  const struct config_document *document, const struct option_texts *sets,
                                  struct plotmill_error *error)
{
    *config = (struct config){.set = set, .file = document->name, .error = error};
    if (setjmp(config->out_of_memory))
        return plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
    enum plotmill_status status = document->name ? config_read(config, document) : PLOTMILL_OK;
    for (size_t i = 0; i < sets->count && status == PLOTMILL_OK; i++)
        status = take_set(config, sets->items[i]);
    for (size_t i = 0; i < config->setting_count && status == PLOTMILL_OK; i++)
        status = apply_setting(config, &config->settings[i]);
    if (status == PLOTMILL_OK)
        status = apply_input(config, paths);
    if (status == PLOTMILL_OK && config->setting_count)
        status = foreign_finish(config, paths);
    if (status == PLOTMILL_OK)
        drop_overridden(config);
    return status;
}

/* Output. */

void config_list_unused(const struct config *config, struct text_list *list)
{
    *list = (struct text_list){0};
    for (size_t i = 0; i < config->setting_count; i++)
        if (!config->settings[i].used && config->settings[i].shape != SETTING_NULL)
            text_list_add(list, "%.80s", config->settings[i].key);
    text_list_end(list);
}

/* Quoted: a text may look like a number, a truth value or anything else. YAML reads JSON's escapes. */
static void add_quoted(struct text *text, const char *added)
{
    char escape[8];
    text_add(text, "\"");
    for (; *added; added++) {
        unsigned char c = (unsigned char)*added;
        if (c == '"' || c == '\\')
            snprintf(escape, sizeof escape, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            snprintf(escape, sizeof escape, "\\u%04x", c);
        else
            snprintf(escape, sizeof escape, "%c", c);
        text_add(text, escape);
    }
    text_add(text, "\"");
}

char *config_print(const struct option_set *set, const struct paths *inputs, bool of_command)
{
    struct text text = {0};
    const struct option_value *chart = options_find((struct option_set *)set, "chart", NULL);
    const bool is_line = !chart || chart_is_line(chart->text);
    for (size_t i = 0; i < inputs->count; i++) {
        text_add(&text, i ? ", " : "input: [");
        add_quoted(&text, inputs->items[i]);
    }
    text_add(&text, inputs->count ? "]\n" : "");
    for (size_t g = 0; g < set->count; g++)
        for (size_t i = 0; i < set->groups[g].count; i++) {
            const struct option_entry *entry = &set->groups[g].options[i];
            const char *value = set->values[g][i].text;
            const bool of_chart = set->groups[g].options == image_options && !is_line; /* which has the default */
            if (!value && !entry->implied && !of_chart)
                value = entry->kind == OPTION_FLAG ? "false" : entry->default_text;
            if (!value || entry->meta || (entry->command && !of_command))
                continue;
            text_add(&text, entry->name);
            text_add(&text, ": ");
            if (entry->kind == OPTION_TEXT)
                add_quoted(&text, value);
            else
                text_add(&text, value);
            text_add(&text, "\n");
        }
    return text_finish(&text);
}
