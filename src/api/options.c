/* Options as text. What plotmill_options_set was given counts as a command line, a document as a job file. Both are
 * kept as they came; after each change the values in effect are computed anew from them, as the command does it. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "api/handles.h"
#include "api/settings.h"
#include "base/strings.h"
#include "base/try.h"
#include "options/config.h"
#include "base/suggest.h"
#include "options/table.h"

/* What options are computed from. All texts are owned. */
struct given {
    char *texts[SCOPES][OPTIONS_PER_GROUP]; /* by group and row; NULL: not set */
    char *input;                            /* NULL: not set */
    char *document, *name;                  /* NULL: none */
    size_t size;
};

struct plotmill_options {
    plotmill *pm;
    struct given given;
    /* In effect. */
    struct option_values values;
    struct option_group groups[SCOPES];
    struct option_set set;
    struct config config;
    struct paths inputs;
};

static void clear(struct plotmill_options *o)
{
    config_free(&o->config);
    options_free(&o->set);
    memset(&o->values, 0, sizeof o->values);
    memset(&o->set, 0, sizeof o->set);
    option_groups_init(o->groups, &o->values);
    o->set.groups = o->groups;
    o->set.count = SCOPES;
}

static enum plotmill_status compute(struct plotmill_options *o, struct plotmill_error *error)
{
    static const struct option_texts no_sets;
    const struct config_document document = {o->given.name, o->given.document, o->given.size};
    clear(o);
    o->inputs = (struct paths){&o->given.input, o->given.input != NULL};
    for (size_t g = 0; g < SCOPES; g++)
        for (size_t i = 0; i < OPTIONS_PER_GROUP; i++)
            if (o->given.texts[g][i])
                o->set.values[g][i] = (struct option_value){.text = o->given.texts[g][i], .origin = FROM_ARGUMENTS};
    enum plotmill_status status = config_apply(&o->config, &o->set, &o->inputs, &document, &no_sets, error);
    if (!status)
        options_store(&o->set);
    return status;
}

enum plotmill_status plotmill_options_create(plotmill *pm, plotmill_options **options)
{
    enum plotmill_status status = call_begin(pm);
    if (status)
        return status;
    struct plotmill_options *made = NULL;
    REQUIRE(pm, options);
    *options = NULL;
    TRY_ALLOCATE(&pm->error, made, 1, sizeof *made);
    made->pm = pm;
    TRY(compute(made, &pm->error));
    *options = made;
    made = NULL;
done:
    free(made);
    return call_end(pm, status);
}

plotmill *options_owner(const plotmill_options *options)
{
    return options->pm;
}

void plotmill_options_destroy(plotmill_options *options)
{
    if (!options)
        return;
    clear(options);
    for (size_t g = 0; g < SCOPES; g++)
        for (size_t i = 0; i < OPTIONS_PER_GROUP; i++)
            free(options->given.texts[g][i]);
    free(options->given.input);
    free(options->given.document);
    free(options->given.name);
    free(options);
}

/* The row of that name and where its text is kept. NULL: there is none. */
static const struct option_entry *find(struct plotmill_options *o, const char *name, char ***text)
{
    const struct option_entry *entry;
    if (!strcmp(name, input_option.name)) {
        *text = &o->given.input;
        return &input_option;
    }
    const struct option_value *value = options_find(&o->set, name, &entry);
    if (!value)
        return NULL;
    const size_t place = (size_t)(value - o->set.values[0]);
    *text = &o->given.texts[place / OPTIONS_PER_GROUP][place % OPTIONS_PER_GROUP];
    return entry;
}

static enum plotmill_status unknown(const struct plotmill_options *o, const char *name)
{
    struct suggestion suggestion = {.meant = name};
    suggestion_offer(&suggestion, input_option.name);
    for (size_t g = 0; g < SCOPES; g++)
        for (size_t i = 0; i < o->groups[g].count; i++)
            if (!o->groups[g].options[i].command)
                suggestion_offer(&suggestion, o->groups[g].options[i].name);
    if (suggestion.name)
        return plotmill_error_set(&o->pm->error, PLOTMILL_BAD_INPUT, "unknown option '%s': did you mean %s?", name,
                                  suggestion.name);
    return plotmill_error_set(&o->pm->error, PLOTMILL_BAD_INPUT, "unknown option '%s'", name);
}

enum plotmill_status plotmill_options_set(plotmill_options *options, const char *name, const char *value)
{
    enum plotmill_status status = call_begin(options ? options->pm : NULL);
    if (status)
        return status;
    struct plotmill_error *error = &options->pm->error;
    const struct option_entry *entry;
    uint64_t scratch[OPTION_STORE_WORDS];
    char *copy = NULL, **text = NULL, *former;
    REQUIRE(options->pm, name);
    entry = find(options, name, &text);
    if (!entry)
        TRY(unknown(options, name));
    if (entry->command)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: belongs to the command, not to the library", name);
    if (value) {
        /* A list is one text here, which is not stored yet. */
        if (entry->kind == OPTION_TEXTS ? !*value : !option_store(entry, value, scratch))
            TRY(option_wrong(entry, value, error));
        if (entry->kind == OPTION_FLAG)
            value = option_truth(value) ? "true" : "false";
        TRY(string_keep(&copy, value, error));
    }
    former = *text;
    *text = copy;
    status = compute(options, error);
    if (status) { /* it contradicts the document */
        *text = former;
        compute(options, NULL);
        former = copy;
    }
    free(former);
done:
    return call_end(options->pm, status);
}

/* The document's options that only the command has. */
static void report_of_command(struct plotmill_options *o)
{
    struct text_list list = {0};
    for (size_t i = 0; i < o->config.setting_count; i++) {
        const struct setting *setting = &o->config.settings[i];
        if (setting->entry && setting->entry->command && setting->shape != SETTING_NULL)
            text_list_add(&list, "%.80s", setting->key);
    }
    text_list_end(&list);
    if (list.items)
        log_line(&o->pm->log, PLOTMILL_LOG_INFO, "%s: these options of the command have no effect here: %s",
                 o->given.name, list.text);
}

enum plotmill_status plotmill_options_parse(plotmill_options *options, const char *text, size_t size, const char *name)
{
    enum plotmill_status status = call_begin(options ? options->pm : NULL);
    if (status)
        return status;
    struct plotmill_error *error = &options->pm->error;
    struct given *given = &options->given, former = options->given;
    char *document = NULL, *copy = NULL;
    REQUIRE(options->pm, text);
    REQUIRE(options->pm, name);
    TRY_ALLOCATE(error, document, size + 1, 1);
    memcpy(document, text, size);
    TRY(string_keep(&copy, name, error));
    given->document = document;
    given->name = copy;
    given->size = size;
    status = compute(options, error);
    if (status) {
        *given = former;
        compute(options, NULL);
    } else {
        report_of_command(options);
        document = former.document;
        copy = former.name;
    }
done:
    free(document);
    free(copy);
    return call_end(options->pm, status);
}

const char *plotmill_options_get(const plotmill_options *options, const char *name)
{
    const struct option_entry *entry;
    if (!options || !name)
        return NULL;
    if (!strcmp(name, input_option.name))
        return options->inputs.count ? options->inputs.items[0] : "";
    const struct option_value *value = options_find((struct option_set *)&options->set, name, &entry);
    if (!value || entry->command)
        return NULL;
    if (value->text)
        return value->text;
    return entry->default_text ? entry->default_text : entry->kind == OPTION_FLAG ? "false" : "";
}

enum plotmill_status plotmill_options_print(plotmill_options *options, const char **text)
{
    enum plotmill_status status = call_begin(options ? options->pm : NULL);
    if (status)
        return status;
    REQUIRE(options->pm, text);
    *text = keep_result(options->pm, config_print(&options->set, &options->inputs, false));
    TRY_MEMORY(&options->pm->error, *text);
done:
    return call_end(options->pm, status);
}

const char *plotmill_options_describe(void)
{
    static _Atomic(char *) table;
    char *known = atomic_load(&table), *made = known ? NULL : options_table_json();
    if (made && !atomic_compare_exchange_strong(&table, &known, made))
        free(made); /* another thread was faster */
    else if (made)
        known = made;
    return known;
}

enum plotmill_status settings_get(struct settings *settings, const plotmill_options *options, const struct log *log,
                                  struct plotmill_error *error)
{
    struct plotmill_options defaults = {0};
    enum plotmill_status status = options ? PLOTMILL_OK : compute(&defaults, error);
    const struct plotmill_options *o = options ? options : &defaults;
    if (!status)
        status = settings_fill(settings, &o->values, o->groups, &o->inputs, &o->config, log, error);
    if (!options)
        clear(&defaults);
    return status;
}
