#include "tools/config/config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/common/exits.h"
#include "tools/common/values.h"

int config_wrong(const char *place, const char *format, ...)
{
    va_list arguments;
    fprintf(stderr, "plotmill: %s: ", place);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return EXIT_WRONG;
}

static int out_of_memory(void)
{
    fputs("plotmill: out of memory\n", stderr);
    return EXIT_FAILED;
}

struct setting *config_add(struct config *config)
{
    struct setting *settings = realloc(config->settings, (config->setting_count + 1) * sizeof *settings);
    if (!settings) {
        out_of_memory();
        return NULL;
    }
    config->settings = settings;
    settings += config->setting_count++;
    *settings = (struct setting){0};
    return settings;
}

int config_add_item(struct setting *setting, const char *text, size_t length)
{
    char **items = realloc(setting->items, (setting->count + 1) * sizeof *items);
    if (items)
        setting->items = items;
    char *item = items ? malloc(length + 1) : NULL;
    if (!item)
        return 0;
    memcpy(item, text, length);
    item[length] = 0;
    items[setting->count++] = item;
    return 1;
}

char *config_text(struct config *config, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char **texts = realloc(config->texts, (config->text_count + 1) * sizeof *texts);
    if (texts)
        config->texts = texts;
    char *text = texts ? malloc((size_t)length + 1) : NULL;
    if (!text) {
        out_of_memory();
        return NULL;
    }
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return texts[config->text_count++] = text;
}

const struct setting *config_take(struct config *config, const char *key)
{
    struct setting *best = NULL;
    for (size_t i = 0; i < config->setting_count; i++) {
        struct setting *setting = &config->settings[i];
        if (strcmp(setting->key, key))
            continue;
        setting->used = 1;
        if (!best || setting->level >= best->level)
            best = setting;
    }
    return best && best->shape != SETTING_NULL ? best : NULL;
}

/* The option's place in the tables. */
static const struct option_entry *find(const struct config *config, const char *option, struct option_group **group,
                                       size_t *g, size_t *i)
{
    const struct option_entry *entry = options_find(config->usage, option, group);
    if (entry) {
        *g = (size_t)(*group - config->usage->groups);
        *i = (size_t)(entry - (*group)->options);
    }
    return entry;
}

enum config_level config_level_of(const struct config *config, const char *option)
{
    struct option_group *group;
    size_t g, i;
    return find(config, option, &group, &g, &i) ? config->origins[g][i].level : CONFIG_DEFAULT;
}

static int parse_truth(const char *text)
{
    static const char *const words[] = {"false", "true", "False", "True", "FALSE", "TRUE", "no", "yes", "No",
                                        "Yes",   "NO",   "YES",   "off",  "on",    "Off",  "On", "OFF", "ON"};
    for (int i = 0; i < 18; i++)
        if (!strcmp(text, words[i]))
            return i & 1;
    return -1;
}

int config_truth(const struct setting *setting)
{
    const char *text = config_one(setting, "true or false");
    int truth = text && setting->shape == SETTING_TEXT ? parse_truth(text) : -1;
    if (text && truth < 0)
        config_wrong(setting->value_place, "%s: found '%s'%s, expected true or false", setting->key, text,
                     setting->shape == SETTING_QUOTED ? " in quotes" : "");
    return truth;
}

/* Returns 0 where the text is none that the option takes. */
static int store(const struct option_entry *entry, const char *text, char *values)
{
    if (entry->kind != OPTION_FLAG)
        return value_store(entry, text, values + entry->offset);
    int truth = parse_truth(text);
    if (truth >= 0)
        *(int *)(void *)(values + entry->offset) = truth;
    return truth >= 0;
}

/* Tells what the option would have taken. */
static int refuse(const struct option_entry *entry, const char *text, const struct setting *from, const char *option)
{
    char expected[200] = "true or false";
    if (entry->kind != OPTION_FLAG)
        value_expected(entry, expected, sizeof expected);
    return config_wrong(from ? from->value_place : option, "%s: found '%s', expected %s", from ? from->key : option,
                        text, expected);
}

static int would_take(const struct option_entry *entry, const char *text)
{
    uint64_t values[8]; /* more than any kind */
    struct option_entry one = *entry;
    one.offset = 0;
    return store(&one, text, (char *)values);
}

int config_put(struct config *config, const char *option, const char *text, const struct setting *from,
               enum config_level level)
{
    struct option_group *group;
    size_t g, i;
    const struct option_entry *entry = find(config, option, &group, &g, &i);
    const struct setting *before = entry ? config->origins[g][i].from : NULL;
    if (!entry)
        return OPTIONS_GO_ON;
    if (!would_take(entry, text))
        return refuse(entry, text, from, option);
    if (level < config->origins[g][i].level)
        return OPTIONS_GO_ON;
    if (level == CONFIG_FILE && before && before->level == level && from)
        return config_wrong(from->place, "%s says --%s, which %s at %s does already", from->key, option, before->key,
                            before->place);
    store(entry, text, group->values);
    config->origins[g][i].level = level;
    config->origins[g][i].from = from;
    group->given |= UINT32_C(1) << i;
    return OPTIONS_GO_ON;
}

const char *config_one(const struct setting *setting, const char *expected)
{
    if (setting->shape == SETTING_TEXT || setting->shape == SETTING_QUOTED)
        return setting->items[0];
    config_wrong(setting->value_place, "%s: found %s, expected %s", setting->key,
                 setting->shape == SETTING_LIST ? "a list" : "nested keys", expected);
    return NULL;
}

/* [800, 500] for 800x500, [0, 1] for 0:1, and several devices. */
static const char *join_items(struct config *config, const struct option_entry *entry, const struct setting *setting)
{
    const char *between = entry->kind == OPTION_SIZE ? "x" : entry->kind == OPTION_RANGE ? ":" : NULL;
    if (!strcmp(entry->name, "device"))
        between = ",";
    if (!between || setting->shape != SETTING_LIST || !setting->count)
        return NULL;
    const char *text = setting->items[0];
    for (size_t i = 1; text && i < setting->count; i++)
        text = config_text(config, "%s%s%s", text, between, setting->items[i]);
    return text;
}

/* The setting as the option's text; NULL after a message. */
static const char *text_for(struct config *config, const struct option_entry *entry, const struct setting *setting)
{
    char expected[200] = "true or false";
    if (entry->kind != OPTION_FLAG)
        value_expected(entry, expected, sizeof expected);
    const char *text = join_items(config, entry, setting);
    if (!text)
        text = config_one(setting, expected);
    if (!text)
        return NULL;
    int number = entry->kind == OPTION_FLAG || entry->kind == OPTION_WHOLE || entry->kind == OPTION_REAL;
    if (setting->shape != SETTING_QUOTED || !number || (entry->word && !strcmp(entry->word, text)))
        return text;
    config_wrong(setting->value_place, "%s: found '%s' in quotes, expected %s", setting->key, text, expected);
    return NULL;
}

int config_put_setting(struct config *config, const char *option, const struct setting *setting)
{
    struct option_group *group;
    const struct option_entry *entry = options_find(config->usage, option, &group);
    if (!entry || setting->shape == SETTING_NULL)
        return OPTIONS_GO_ON;
    const char *text = text_for(config, entry, setting);
    return text ? config_put(config, option, text, setting, setting->level) : EXIT_WRONG;
}

int config_check(struct config *config, const char *option, const struct setting *setting)
{
    struct option_group *group;
    const struct option_entry *entry = options_find(config->usage, option, &group);
    if (!entry || setting->shape == SETTING_NULL)
        return OPTIONS_GO_ON;
    const char *text = text_for(config, entry, setting);
    if (!text)
        return EXIT_WRONG;
    return would_take(entry, text) ? OPTIONS_GO_ON : refuse(entry, text, setting, option);
}

void config_untake(struct config *config, const struct setting *setting)
{
    if (setting)
        config->settings[setting - config->settings].used = 0;
}

void config_unset(struct config *config, const char *option)
{
    struct option_group *group;
    size_t g, i;
    if (!find(config, option, &group, &g, &i))
        return;
    config_untake(config, config->origins[g][i].from);
    config->origins[g][i].level = CONFIG_DEFAULT;
    config->origins[g][i].from = NULL;
    group->given &= ~(UINT32_C(1) << i);
}

int config_is_null(const char *text)
{
    static const char *const words[] = {"~", "null", "Null", "NULL"};
    for (int i = 0; i < 4; i++)
        if (!strcmp(text, words[i]))
            return 1;
    return 0;
}

/* KEY=null: what was said before is as if it were not there. */
static void forget_earlier(struct config *config, const struct setting *setting)
{
    for (struct setting *at = config->settings; at < setting; at++)
        if (config_covers(config, setting->key, at->key))
            at->shape = SETTING_NULL;
}

/* "KEY=VALUE". */
static int take_set(struct config *config, const char *text)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text || !equals[1])
        return config_wrong("--set", "found '%s', expected KEY=VALUE", text);
    struct setting *setting = config_add(config);
    size_t length = (size_t)(equals - text), size = length + sizeof "--set ";
    if (!setting)
        return EXIT_FAILED;
    setting->level = CONFIG_SET;
    setting->shape = SETTING_TEXT;
    setting->key = malloc(length + 1);
    setting->place = malloc(size);
    setting->value_place = malloc(size);
    if (!setting->key || !setting->place || !setting->value_place ||
        !config_add_item(setting, equals + 1, strlen(equals + 1)))
        return out_of_memory();
    snprintf(setting->key, length + 1, "%s", text);
    snprintf(setting->place, size, "--set %.*s", (int)length, text);
    strcpy(setting->value_place, setting->place);
    if (config_is_null(equals + 1)) {
        setting->shape = SETTING_NULL;
        forget_earlier(config, setting);
    }
    return OPTIONS_GO_ON;
}

/* What the command line said is beaten by nothing. */
static void note_arguments(struct config *config)
{
    for (size_t g = 0; g < config->usage->group_count; g++)
        for (size_t i = 0; i < config->usage->groups[g].count; i++)
            if (config->usage->groups[g].given >> i & 1)
                config->origins[g][i].level = CONFIG_ARGUMENT;
}

int config_apply(struct config *config, struct usage *usage, struct paths *paths, const char *file,
                 const struct option_texts *sets)
{
    int exit_code = OPTIONS_GO_ON;
    *config = (struct config){.usage = usage, .file = file};
    if (!file && !sets->count)
        return OPTIONS_GO_ON;
    note_arguments(config);
    if (file)
        exit_code = config_read_file(config, file);
    for (size_t i = 0; i < sets->count && exit_code == OPTIONS_GO_ON; i++)
        exit_code = take_set(config, sets->items[i]);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = config_apply_keys(config, paths);
    return exit_code;
}

static void free_texts(char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}

void config_free(struct config *config)
{
    for (size_t i = 0; i < config->setting_count; i++) {
        struct setting *setting = &config->settings[i];
        free(setting->key);
        free(setting->place);
        free(setting->value_place);
        free_texts(setting->items, setting->count);
    }
    free(config->settings);
    free_texts(config->texts, config->text_count);
    free(config->inputs);
    *config = (struct config){0};
}
