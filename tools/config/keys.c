/* The keys of a job file: the options by their names, and the sections of the chart pipelines that plotmill follows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/common/exits.h"
#include "tools/common/suggest.h"
#include "tools/config/config.h"
#include "tools/config/values.h"

static const char *const sections[] = {"data",          "image",        "image.resolution", "image.rendering",
                                       "image.storage", "image.colors", "pipeline",         "paths"};
#define SECTIONS (sizeof sections / sizeof *sections)

static const struct key {
    const char *name;
    const char *option; /* the same by another name; NULL: config_values.c makes something of it, or nothing */
    const char *check;  /* of those: the option whose values it takes; "": a text; NULL: checked where it is used */
    const char *makes;  /* of those: the option that is made of it, perhaps with others; NULL: none, or the same */
} keys[] = {
    {"data.symbol", NULL, "", NULL},
    {"data.interval", NULL, "", NULL},
    {"data.start_date", NULL, "", NULL},
    {"data.end_date", NULL, "", NULL},
    {"data.max_sequences", "limit", NULL, NULL},
    {"image.seq_len", "window", NULL, NULL},
    {"image.line_width", "line-width", NULL, NULL},
    {"image.batch_size", NULL, "batch", NULL},
    {"image.colors.background", NULL, NULL, "background"},
    {"image.colors.foreground", NULL, NULL, "foreground"},
    {"image.colors.line", NULL, NULL, "foreground"},
    {"image.resolution.width", NULL, NULL, "size"},
    {"image.resolution.height", NULL, NULL, "size"},
    {"image.resolution.dpi", NULL, "dpi", NULL},
    {"image.rendering.mode", NULL, NULL, "device"},
    {"image.rendering.gpu_batch_size", NULL, "batch", NULL},
    {"image.rendering.fallback_on_error", NULL, "fallback", "no-fallback"},
    {"image.storage.format", NULL, NULL, "format"},
    {"image.storage.mode", NULL, "", NULL},
    {"image.storage.images_per_file", NULL, "images-per-file", NULL},
    {"pipeline.skip_existing_images", "skip-existing", NULL, NULL},
    {"pipeline.num_workers", NULL, NULL, "jobs"},
    {"paths.raw_data", NULL, "", NULL},
    {"paths.processed_data", NULL, "", "output"},
    {"paths.models", NULL, "", NULL},
    {"paths.logs", NULL, "", "log-file"},
};
#define KEYS (sizeof keys / sizeof *keys)

int config_is_section(const char *key)
{
    for (size_t i = 0; i < SECTIONS; i++)
        if (!strcmp(sections[i], key))
            return 1;
    return 0;
}

static const struct key *find_key(const char *name)
{
    for (size_t i = 0; i < KEYS; i++)
        if (!strcmp(keys[i].name, name))
            return &keys[i];
    return NULL;
}

static const char *leaf_of(const char *key)
{
    const char *dot = strrchr(key, '.');
    return dot ? dot + 1 : key;
}

/* An option by its name, '_' for '-' allowed; NULL: none, or one that no file can set. */
static const struct option_entry *find_option(const struct usage *usage, const char *key)
{
    struct option_group *group;
    char name[64];
    if (strlen(key) >= sizeof name)
        return NULL;
    strcpy(name, key);
    for (char *at = name; *at; at++)
        if (*at == '_')
            *at = '-';
    const struct option_entry *entry = options_find(usage, name, &group);
    return entry && !entry->meta ? entry : NULL;
}

/* The option that a key stands for, be it in other words; NULL: none, or several. */
static const char *option_of(const struct config *config, const char *name)
{
    const struct key *key = find_key(name);
    const struct option_entry *entry = find_option(config->usage, name);
    if (key)
        return key->option ? key->option : key->check && *key->check ? key->check : NULL;
    return entry ? entry->name : NULL;
}

int config_covers(const struct config *config, const char *key, const char *other)
{
    const char *option = option_of(config, key), *same = option_of(config, other);
    const struct key *known = find_key(other);
    size_t length = strlen(key);
    return !strcmp(key, other) || (option && same && !strcmp(option, same)) ||
           (option && known && known->makes && !strcmp(option, known->makes)) ||
           (config_is_section(key) && !strncmp(key, other, length) && other[length] == '.');
}

static void offer_options(const struct usage *usage, struct suggestion *suggestion)
{
    for (size_t g = 0; g < usage->group_count; g++)
        for (size_t i = 0; i < usage->groups[g].count; i++)
            if (!usage->groups[g].options[i].meta)
                suggestion_offer(suggestion, usage->groups[g].options[i].name);
    suggestion_offer(suggestion, "input");
}

/* Keys and sections inside `section` ("": the top level), without its name. */
static void offer_section(const char *section, struct suggestion *suggestion)
{
    size_t length = strlen(section);
    for (size_t i = 0; i < KEYS + SECTIONS; i++) {
        const char *name = i < KEYS ? keys[i].name : sections[i - KEYS];
        const char *leaf = leaf_of(name);
        size_t before = leaf == name ? 0 : (size_t)(leaf - name) - 1;
        if (before == length && !memcmp(name, section, length))
            suggestion_offer(suggestion, leaf);
    }
}

/* The same word in another place. */
static const char *elsewhere(const struct usage *usage, const char *leaf)
{
    for (size_t i = 0; i < KEYS; i++)
        if (!strcmp(leaf_of(keys[i].name), leaf))
            return keys[i].name;
    const struct option_entry *entry = find_option(usage, leaf);
    return entry ? entry->name : NULL;
}

static int unknown(const struct config *config, const struct setting *setting)
{
    const char *leaf = leaf_of(setting->key);
    char section[64] = "";
    struct suggestion suggestion = {.meant = leaf};
    if (leaf != setting->key)
        snprintf(section, sizeof section, "%.*s", (int)(leaf - setting->key - 1), setting->key);
    if (!*section)
        offer_options(config->usage, &suggestion);
    offer_section(section, &suggestion);
    const char *other = suggestion.name ? NULL : elsewhere(config->usage, leaf);
    if (suggestion.name)
        return config_wrong(setting->place, "unknown key '%s': did you mean '%s'?", leaf, suggestion.name);
    if (other && strchr(other, '.'))
        return config_wrong(setting->place, "unknown key '%s': did you mean %s?", leaf, other);
    if (other)
        return config_wrong(setting->place, "unknown key '%s' in %s: it stands at the top level", leaf, section);
    return config_wrong(setting->place, "unknown key '%s'%s%s", leaf, *section ? " in " : "", section);
}

/* Also what changes nothing is no nonsense. */
static int check_value(struct config *config, const struct key *key, const struct setting *setting)
{
    if (!key->check || setting->shape == SETTING_NULL)
        return OPTIONS_GO_ON;
    if (*key->check)
        return config_check(config, key->check, setting);
    return config_one(setting, "a text") ? OPTIONS_GO_ON : EXIT_WRONG;
}

static int apply_one(struct config *config, struct setting *setting)
{
    const struct key *key = find_key(setting->key);
    const struct option_entry *entry = find_option(config->usage, setting->key);
    if (!strcmp(setting->key, "image.colors") && setting->shape != SETTING_NULL)
        return config_apply_colors(setting);
    if (config_is_section(setting->key) && setting->shape == SETTING_NULL)
        return OPTIONS_GO_ON;
    if (config_is_section(setting->key))
        return config_wrong(setting->place, "found a single value, expected a key of %s, like %s.KEY", setting->key,
                            setting->key);
    if (key && !key->option)
        return check_value(config, key, setting);
    if (!key && !entry && strcmp(setting->key, "input"))
        return unknown(config, setting);
    setting->used = 1;
    if (!key && !entry)
        return OPTIONS_GO_ON;
    return config_put_setting(config, key ? key->option : entry->name, setting);
}

/* The INPUTs, where the command line names none. */
static int apply_input(struct config *config, struct paths *paths)
{
    const struct setting *input = config_take(config, "input");
    if (!input || paths->count)
        return OPTIONS_GO_ON;
    if (input->shape == SETTING_OTHER || !input->count)
        return config_wrong(input->value_place, "input: found %s, expected a file or a list of files",
                            input->count || input->shape == SETTING_OTHER ? "nested keys" : "an empty list");
    for (size_t i = 0; i < input->count; i++)
        if (!config_add_input(config, input->items[i]))
            return EXIT_FAILED;
    *paths = (struct paths){config->inputs, config->input_count};
    return OPTIONS_GO_ON;
}

int config_apply_keys(struct config *config, struct paths *paths)
{
    int exit_code = OPTIONS_GO_ON;
    for (size_t i = 0; i < config->setting_count && exit_code == OPTIONS_GO_ON; i++)
        exit_code = apply_one(config, &config->settings[i]);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = apply_input(config, paths);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = config_apply_values(config);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = config_apply_storage(config);
    if (exit_code == OPTIONS_GO_ON)
        config_settle(config);
    return exit_code == OPTIONS_GO_ON ? config_apply_dumps(config, paths) : exit_code;
}

void config_tell(const struct config *config, struct console *console)
{
    char list[400] = "";
    size_t used = 0, left = 0;
    for (size_t i = 0; i < config->setting_count; i++) {
        const struct setting *setting = &config->settings[i];
        if (setting->used || setting->shape == SETTING_NULL)
            continue;
        if (used + strlen(setting->key) + 3 < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", setting->key);
        else
            left++;
    }
    if (left)
        console_say(console, PLOTMILL_LOG_INFO, "%s: change nothing here: %s and %zu more", config->file, list, left);
    else if (used)
        console_say(console, PLOTMILL_LOG_INFO, "%s: change nothing here: %s", config->file ? config->file : "--set",
                    list);
}
