#include "tools/config/config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/formats.h"
#include "base/os.h"
#include "base/strings.h"
#include "tools/common/suggest.h"
#include "tools/common/text.h"

struct memory {
    struct memory *next;
    max_align_t bytes[];
};

static void *checked(void *memory)
{
    if (!memory) {
        fputs("plotmill: out of memory\n", stderr);
        exit(EXIT_FAILED);
    }
    return memory;
}

void *config_allocate(struct config *config, size_t size)
{
    struct memory *memory = checked(calloc(1, sizeof *memory + size));
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
    *config = (struct config){0};
}

int config_wrong(const char *place, const char *key, const char *format, ...)
{
    va_list arguments;
    fprintf(stderr, "plotmill: %s: %s%s", place, key ? key : "", key ? ": " : "");
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return EXIT_WRONG;
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
    return options_find(config->usage, name, &entry) && !entry->meta ? entry : NULL;
}

struct setting *config_add(struct config *config, const char *key, enum option_origin origin)
{
    size_t size = (config->setting_count + 1) * sizeof *config->settings;
    config->settings = checked(realloc(config->settings, size));
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

const char *config_one(const struct setting *setting, const char *expected)
{
    if (setting->shape == SETTING_PLAIN || setting->shape == SETTING_QUOTED)
        return setting->items[0];
    config_wrong(setting->value_place, setting->key, "found %s, expected %s",
                 setting->shape == SETTING_LIST ? "a list" : "nested keys", expected);
    return NULL;
}

const char *config_text_for(struct config *config, const struct option_entry *entry, const struct setting *setting)
{
    uint64_t scratch[8]; /* larger than the value of any kind */
    char expected[200];
    /* [800, 500] for 800x500, [0, 1] for 0:1, and several devices. */
    const char *between = entry->kind == OPTION_SIZE           ? "x"
                          : entry->kind == OPTION_RANGE        ? ":"
                          : strcmp(entry->name, "device") == 0 ? ","
                                                               : NULL;
    option_expected(entry, expected, sizeof expected);
    const char *text = NULL;
    if (setting->shape == SETTING_LIST && setting->count && between)
        for (size_t i = 0; i < setting->count; i++)
            text = i ? config_text(config, "%s%s%s", text, between, setting->items[i]) : setting->items[0];
    else
        text = config_one(setting, expected);
    if (!text)
        return NULL;
    int is_number = entry->kind == OPTION_FLAG || entry->kind == OPTION_WHOLE || entry->kind == OPTION_REAL;
    int is_quoted = setting->shape == SETTING_QUOTED && is_number && !(entry->word && !strcmp(entry->word, text));
    if (is_quoted || !option_store(entry, text, scratch)) {
        config_wrong(setting->value_place, setting->key, "found '%s'%s, expected %s", text,
                     is_quoted ? " in quotes" : "", expected);
        return NULL;
    }
    return entry->kind == OPTION_FLAG ? option_truth(text) ? "true" : "false" : text;
}

int config_assign(struct config *config, const char *option, const char *text, struct setting *setting)
{
    struct option_value *value = options_find(config->usage, option, NULL);
    enum option_origin origin = setting ? setting->origin : FROM_FILE;
    if (setting)
        setting->used = 1;
    if (origin < value->origin)
        return OPTIONS_GO_ON;
    if (origin == FROM_FILE && setting && value->setting && !foreign_are_parts(setting->key, value->setting->key))
        return config_wrong(setting->place, NULL, "%s sets --%s, which %s at %s already sets", setting->key, option,
                            value->setting->key, value->setting->place);
    *value = (struct option_value){.text = text, .origin = origin, .setting = setting};
    return OPTIONS_GO_ON;
}

const char *config_value(const struct config *config, const char *option)
{
    return options_find(config->usage, option, NULL)->text;
}

/* Keys. */

static int unknown_key(const struct config *config, const struct setting *setting)
{
    const char *dot = strrchr(setting->key, '.'), *leaf = dot ? dot + 1 : setting->key;
    char section[64] = "";
    struct suggestion suggestion = {.meant = leaf};
    snprintf(section, sizeof section, "%.*s", dot ? (int)(dot - setting->key) : 0, setting->key);
    for (size_t g = 0; !dot && g < config->usage->group_count; g++)
        for (size_t i = 0; i < config->usage->groups[g].count; i++)
            if (!config->usage->groups[g].options[i].meta)
                suggestion_offer(&suggestion, config->usage->groups[g].options[i].name);
    if (!dot)
        suggestion_offer(&suggestion, "input");
    foreign_offer(section, &suggestion);
    if (suggestion.name)
        return config_wrong(setting->place, NULL, "unknown key '%s': did you mean '%s'?", leaf, suggestion.name);
    if (foreign_find(leaf))
        return config_wrong(setting->place, NULL, "unknown key '%s': did you mean %s?", leaf, foreign_find(leaf));
    if (find_option(config, leaf))
        return config_wrong(setting->place, NULL, "unknown key '%s' in %s: it belongs at the top level", leaf, section);
    return config_wrong(setting->place, NULL, "unknown key '%s'%s%s", leaf, dot ? " in " : "", section);
}

static int apply_setting(struct config *config, struct setting *setting)
{
    int known;
    if (setting->entry && setting->shape != SETTING_NULL) {
        const char *text = config_text_for(config, setting->entry, setting);
        return text ? config_assign(config, setting->entry->name, text, setting) : EXIT_WRONG;
    }
    if (setting->entry || !strcmp(setting->key, "input"))
        return OPTIONS_GO_ON;
    int exit_code = foreign_apply(config, setting, &known);
    return known ? exit_code : unknown_key(config, setting);
}

/* The INPUTs, if the command line names none. */
static int apply_input(struct config *config, struct paths *paths)
{
    struct setting *input = config_take(config, "input");
    if (!input || paths->count)
        return OPTIONS_GO_ON;
    if (input->shape == SETTING_NESTED || !input->count)
        return config_wrong(input->value_place, input->key, "found %s, expected a file or a list of files",
                            input->shape == SETTING_NESTED ? "nested keys" : "an empty list");
    *paths = (struct paths){input->items, input->count};
    return OPTIONS_GO_ON;
}

/* Values of the file that do not apply to what the command line or --set asks for. */

static int is_asked(const struct config *config, const char *option)
{
    const struct option_value *value = options_find(config->usage, option, NULL);
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
    struct option_value *value = options_find(config->usage, option, &entry);
    const char *standard = entry->default_text ? entry->default_text : "false";
    if (value->origin != FROM_FILE || (!entry->implied && !strcmp(value->text, standard)))
        return;
    if (value->setting)
        value->setting->used = 0;
    *value = (struct option_value){0};
}

static void drop_overridden(struct config *config)
{
    static const char *const options[] = {"compress",     "dtype",           "layout", "channels", "quality",
                                          "chunk-images", "images-per-file", "resume", "shard",    "store-sequences"};
    const char *format = config_asked_format(config);
    const char *output = is_asked(config, "output") ? config_value(config, "output") : "";
    int is_stdout = !strcmp(output, "-");
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
static int take_set(struct config *config, const char *text)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text || !equals[1])
        return config_wrong("--set", NULL, "found '%s', expected KEY=VALUE", text);
    const char *key = config_text(config, "%.*s", (int)(equals - text), text);
    struct setting *setting = config_add(config, key, FROM_SET);
    setting->place = setting->value_place = config_text(config, "--set %s", key);
    setting->items = config_allocate(config, sizeof *setting->items);
    setting->items[setting->count++] = config_text(config, "%s", equals + 1);
    setting->shape = config_is_null(equals + 1) ? SETTING_NULL : SETTING_PLAIN;
    if (setting->shape == SETTING_NULL)
        for (struct setting *at = config->settings; at < setting; at++)
            if (foreign_covers(setting, at))
                at->shape = SETTING_NULL;
    return OPTIONS_GO_ON;
}

int config_apply(struct config *config, struct usage *usage, struct paths *paths, const char *file,
                 const struct option_texts *sets)
{
    *config = (struct config){.usage = usage, .file = file};
    int exit_code = file ? config_read_file(config, file) : OPTIONS_GO_ON;
    for (size_t i = 0; i < sets->count && exit_code == OPTIONS_GO_ON; i++)
        exit_code = take_set(config, sets->items[i]);
    for (size_t i = 0; i < config->setting_count && exit_code == OPTIONS_GO_ON; i++)
        exit_code = apply_setting(config, &config->settings[i]);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = apply_input(config, paths);
    if (exit_code == OPTIONS_GO_ON && config->setting_count)
        exit_code = foreign_finish(config, paths);
    if (exit_code == OPTIONS_GO_ON)
        drop_overridden(config);
    return exit_code;
}

/* Output. */

int config_make_folder(const char *folder, struct console *console)
{
    if (!folder || os_make_folders(folder, os_make_folder))
        return OPTIONS_GO_ON;
    return console_fail(console, PLOTMILL_BAD_INPUT, "%s: cannot create the folder: %s", folder, strerror(errno));
}

void config_report_unused(const struct config *config, struct console *console)
{
    struct text_list list = {0};
    for (size_t i = 0; i < config->setting_count; i++)
        if (!config->settings[i].used && config->settings[i].shape != SETTING_NULL)
            text_list_add(&list, "%.80s", config->settings[i].key);
    text_list_end(&list);
    if (list.items)
        console_say(console, PLOTMILL_LOG_INFO, "%s: these keys have no effect here: %s",
                    config->file ? config->file : "--set", list.text);
}

/* Quoted: a text may look like a number, a truth value or anything else. YAML reads JSON's escapes. */
static void print_quoted(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            printf("\\u%04x", c);
        else
            putchar(c);
    }
    putchar('"');
}

void config_print(const struct usage *usage, const struct paths *inputs)
{
    fputs("input: [", stdout);
    for (size_t i = 0; i < inputs->count; i++) {
        fputs(i ? ", " : "", stdout);
        print_quoted(inputs->items[i]);
    }
    fputs("]\n", stdout);
    for (size_t g = 0; g < usage->group_count; g++)
        for (size_t i = 0; i < usage->groups[g].count; i++) {
            const struct option_entry *entry = &usage->groups[g].options[i];
            const char *text = usage->values[g][i].text;
            if (!text && !entry->implied)
                text = entry->kind == OPTION_FLAG ? "false" : entry->default_text;
            if (!text || entry->meta)
                continue;
            printf("%s: ", entry->name);
            if (entry->kind == OPTION_TEXT)
                print_quoted(text);
            else
                fputs(text, stdout);
            putchar('\n');
        }
}
