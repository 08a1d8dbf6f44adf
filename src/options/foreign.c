/* The keys of the chart pipelines for exchange data whose files plotmill reads: all of them, and what each means here.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/os.h"
#include "base/strings.h"
#include "options/chart_request.h"
#include "options/config.h"
#include "options/formats.h"
#include "base/suggest.h"

static const char *const sections[] = {"data",          "image",        "image.resolution", "image.rendering",
                                       "image.storage", "image.colors", "pipeline",         "paths"};
#define SECTIONS (sizeof sections / sizeof *sections)

enum use {
    SAME,  /* the option by another name */
    LATER, /* takes the option's values, and is applied with others (foreign_finish) */
    TEXT,  /* a text, applied with others or not at all */
    TEXTS, /* one or several, likewise */
    GREY,
    DEVICE,
    WORKERS,
    WIDTH,
    HEIGHT
};

static const struct key {
    const char *name;
    enum use use;
    const char *option; /* that it sets, perhaps with others; NULL: none */
    const char *also;   /* another such option */
} keys[] = {
    {"data.symbol", TEXT, NULL, NULL},
    {"data.interval", TEXT, NULL, NULL},
    {"data.start_date", TEXT, NULL, NULL},
    {"data.end_date", TEXT, NULL, NULL},
    {"data.columns", TEXTS, NULL, NULL},
    {"data.max_sequences", SAME, "limit", NULL},
    {"image.seq_len", SAME, "window", NULL},
    {"image.line_width", SAME, "line-width", NULL},
    {"image.batch_size", SAME, "batch", NULL},
    {"image.colors.background", GREY, "background", NULL},
    {"image.colors.foreground", GREY, "foreground", NULL},
    {"image.colors.line", GREY, "foreground", NULL},
    {"image.colors.bullish", TEXT, NULL, NULL},
    {"image.colors.bearish", TEXT, NULL, NULL},
    {"image.resolution.width", WIDTH, "size", NULL},
    {"image.resolution.height", HEIGHT, "size", NULL},
    {"image.resolution.dpi", LATER, "dpi", NULL},
    {"image.rendering.mode", DEVICE, "device", NULL},
    {"image.rendering.gpu_batch_size", SAME, "batch", NULL},
    {"image.rendering.fallback_on_error", LATER, "fallback", "no-fallback"},
    {"image.storage.format", TEXT, "format", NULL},
    {"image.storage.mode", TEXT, NULL, NULL},
    {"image.storage.images_per_file", LATER, "images-per-file", NULL},
    {"pipeline.skip_existing_images", SAME, "skip-existing", NULL},
    {"pipeline.num_workers", WORKERS, "jobs", NULL},
    {"paths.raw_data", TEXT, NULL, NULL},
    {"paths.processed_data", TEXT, "output", NULL},
    {"paths.models", TEXT, NULL, NULL},
    {"paths.logs", TEXT, "log-file", NULL},
};
#define KEYS (sizeof keys / sizeof *keys)

/* Names. */

static const struct key *find_key(const char *name)
{
    for (size_t i = 0; i < KEYS; i++)
        if (!strcmp(keys[i].name, name))
            return &keys[i];
    return NULL;
}

int foreign_is_section(const char *key)
{
    for (size_t i = 0; i < SECTIONS; i++)
        if (!strcmp(sections[i], key))
            return 1;
    return 0;
}

void foreign_offer(const char *section, struct suggestion *suggestion)
{
    for (size_t i = 0; i < KEYS + SECTIONS; i++) {
        const char *name = i < KEYS ? keys[i].name : sections[i - KEYS], *dot = strrchr(name, '.');
        size_t length = dot ? (size_t)(dot - name) : 0;
        if (length == strlen(section) && !memcmp(name, section, length))
            suggestion_offer(suggestion, dot ? dot + 1 : name);
    }
}

const char *foreign_find(const char *leaf)
{
    for (size_t i = 0; i < KEYS; i++)
        if (!strcmp(strrchr(keys[i].name, '.') + 1, leaf))
            return keys[i].name;
    return NULL;
}

static int is_same(const char *a, const char *b)
{
    return a && b && !strcmp(a, b);
}

int foreign_covers(const struct setting *setting, const struct setting *other)
{
    const struct key *key = find_key(setting->key), *its = find_key(other->key);
    const char *option = setting->entry ? setting->entry->name : key && key->use <= LATER ? key->option : NULL;
    size_t length = strlen(setting->key);
    return !strcmp(setting->key, other->key) || (other->entry && is_same(option, other->entry->name)) ||
           (its && (is_same(option, its->option) || is_same(option, its->also))) ||
           (foreign_is_section(setting->key) && !strncmp(setting->key, other->key, length) &&
            other->key[length] == '.');
}

int foreign_are_parts(const char *key, const char *other)
{
    const struct key *mine = find_key(key), *its = find_key(other);
    return mine && its && mine->use + its->use == WIDTH + HEIGHT;
}

/* Single keys. Each function returns the text of the option, or NULL after a message. */

struct word {
    const char *word, *value;
};

/* The value of a word, ignoring case; NULL: none of the words, which end with NULL. */
static const char *find_word(const struct word *words, const char *word)
{
    while (words->word && !string_same(words->word, word))
        words++;
    return words->value;
}

const char *foreign_grey(struct config *config, const char *text)
{
    static const struct word greys[] = {
        {"white", "255"},     {"w", "255"},         {"black", "0"},        {"k", "0"},
        {"gray", "128"},      {"grey", "128"},      {"silver", "192"},     {"lightgray", "211"},
        {"lightgrey", "211"}, {"darkgray", "169"},  {"darkgrey", "169"},   {"dimgray", "105"},
        {"dimgrey", "105"},   {"gainsboro", "220"}, {"whitesmoke", "245"}, {NULL, NULL}};
    const size_t length = strlen(text), digits = strspn(text, "0123456789");
    if (*text == '#' && (length == 7 || length == 4) && strspn(text + 1, "0123456789abcdefABCDEF") == length - 1) {
        unsigned long rgb = strtoul(text + 1, NULL, 16), one = rgb & (length == 7 ? 0xff : 0xf);
        return rgb != one * (length == 7 ? 0x010101 : 0x111)
                   ? NULL
                   : config_text(config, "%lu", length == 7 ? one : one * 0x11);
    }
    if (length > 0 && length < 4 && digits == length && atoi(text) <= 255)
        return config_text(config, "%d", atoi(text));
    return find_word(greys, text);
}

/* Also [255, 255, 255]. */
static const char *grey_text(struct config *config, const struct setting *setting)
{
    int same = setting->shape != SETTING_NESTED && (setting->count == 1 || setting->count == 3);
    for (size_t i = 1; same && i < setting->count; i++)
        same = !strcmp(setting->items[0], setting->items[i]);
    const char *text = same ? foreign_grey(config, setting->items[0]) : NULL;
    if (!text)
        config_wrong(config, setting->value_place, setting->key,
                     "found '%s%s', expected a grey: 0 to 255, white, black, or #rrggbb with three equal parts",
                     setting->shape == SETTING_NESTED ? "nested keys"
                     : setting->count                 ? setting->items[0]
                                                      : "",
                     setting->count > 1 ? ", ..." : "");
    return text;
}

/* The value of a setting's word. */
static const char *word_text(struct config *config, const struct setting *setting, const struct word *words,
                             const char *expected)
{
    const char *text = config_one(config, setting, expected), *value = text ? find_word(words, text) : NULL;
    if (text && !value)
        config_wrong(config, setting->value_place, setting->key, "found '%s', expected %s", text, expected);
    return value;
}

/* -1: all cores but one. */
static const char *workers_text(struct config *config, const struct setting *setting)
{
    static const struct option_entry workers = {.name = "workers", .kind = OPTION_WHOLE, .most = 1024, .word = "-1"};
    const char *text = config_text_for(config, &workers, setting);
    if (text && !strcmp(text, "-1"))
        text = config_text(config, "%d", (int)os_cores() - 1);
    return text && atoi(text) < 1 ? "1" : text;
}

/* The size so far, with another width or height. */
static const char *size_text(struct config *config, const struct setting *setting, int is_height)
{
    static const struct option_entry side = {.name = "side", .kind = OPTION_WHOLE, .least = 1, .most = 65535};
    const struct option_entry *entry;
    struct option_size size;
    const char *now = options_find(config->set, "size", &entry)->text;
    const char *text = config_text_for(config, &side, setting);
    option_store(entry, now ? now : entry->default_text, &size);
    if (!text)
        return NULL;
    return is_height ? config_text(config, "%ux%s", (unsigned)size.width, text)
                     : config_text(config, "%sx%u", text, (unsigned)size.height);
}

static int is_set(const struct config *config, const char *key)
{
    int set = 0;
    for (size_t i = 0; i < config->setting_count; i++)
        if (!strcmp(config->settings[i].key, key))
            set = config->settings[i].shape != SETTING_NULL;
    return set;
}

enum plotmill_status foreign_apply(struct config *config, struct setting *setting, int *known)
{
    static const struct word devices[] = {{"auto", "auto"}, {"gpu", "gpu"}, {"cpu", "cpu"}, {NULL, NULL}};
    static const struct word grayscale[] = {{"grayscale", ""}, {"greyscale", ""}, {"gray", ""},
                                            {"grey", ""},      {"bw", ""},        {NULL, NULL}};
    const struct key *key = find_key(setting->key);
    const struct option_entry *entry = NULL;
    const char *text = NULL;
    *known = key || foreign_is_section(setting->key);
    if (!*known || setting->shape == SETTING_NULL)
        return PLOTMILL_OK;
    if (!key && !strcmp(setting->key, "image.colors")) {
        setting->used = 1;
        return word_text(config, setting, grayscale, "grayscale, or keys and values") ? PLOTMILL_OK
                                                                                      : PLOTMILL_BAD_INPUT;
    }
    if (!key)
        return config_wrong(config, setting->value_place, NULL,
                            "found a single value, expected a key of %s, like %s.KEY", setting->key, setting->key);
    if (key->option)
        options_find(config->set, key->option, &entry);
    switch (key->use) {
    case TEXT:
        text = config_one(config, setting, "a text");
        if (text && !*text)
            return config_wrong(config, setting->value_place, setting->key, "found an empty text, expected a text");
        break;
    case TEXTS:
        if (setting->shape == SETTING_NESTED || !setting->count)
            return config_wrong(config, setting->value_place, setting->key,
                                "found %s, expected a text or a list of texts",
                                setting->count ? "nested keys" : "nothing");
        text = setting->items[0];
        break;
    case SAME:
    case LATER:
        text = config_text_for(config, entry, setting);
        break;
    case GREY:
        text = grey_text(config, setting);
        break;
    case DEVICE:
        text = word_text(config, setting, devices, "auto, gpu or cpu");
        break;
    case WORKERS:
        text = workers_text(config, setting);
        break;
    case WIDTH:
    case HEIGHT:
        text = size_text(config, setting, key->use == HEIGHT);
        break;
    }
    if (!text)
        return PLOTMILL_BAD_INPUT;
    /* The batch for GPUs takes precedence. */
    int is_other_batch = !strcmp(key->name, "image.batch_size") && is_set(config, "image.rendering.gpu_batch_size");
    if (key->use == LATER || key->use == TEXT || key->use == TEXTS || is_other_batch)
        return PLOTMILL_OK;
    return config_assign(config, key->option, text, setting);
}

/* image.rendering.fallback_on_error. An option of either name that was set beside the key wins. */
static enum plotmill_status apply_fallback(struct config *config)
{
    struct setting *setting = config_take(config, "image.rendering.fallback_on_error");
    if (!setting)
        return PLOTMILL_OK;
    int truth = option_truth(setting->items[0]);
    const struct option_value *other = options_find(config->set, truth ? "no-fallback" : "fallback", NULL);
    if (other->origin >= setting->origin)
        return PLOTMILL_OK;
    return config_assign(config, truth ? "fallback" : "no-fallback", "true", setting);
}

/* image.storage and paths: what is written, and where. */

static const struct word storage_formats[] = {{"hdf5", "hdf5"}, {"h5", "hdf5"},  {"npz", "npz"},
                                              {"jpeg", "jpeg"}, {"jpg", "jpeg"}, {"png", "png"},
                                              {"npy", "npy"},   {"tar", "tar"},  {NULL, NULL}};

static int is_folder(const char *format)
{
    return !strcmp(format, "png") || !strcmp(format, "jpeg");
}

/* A folder's name without slashes at its end. */
static char *folder_of(struct config *config, const struct setting *path)
{
    const char *text = path->items[0];
    int length = (int)strlen(text);
    while (length > 1 && text[length - 1] == '/')
        length--;
    return config_text(config, "%.*s", length, text);
}

/* An output named by an option stays; its extension then determines the format. `stored` is that of the file. */
static enum plotmill_status apply_output(struct config *config, struct setting *format, const char *stored)
{
    const char *output = config_value(config, "output"), *asked = config_asked_format(config);
    const char *named = output ? formats_of_output(output) : "";
    if (output && format && strcmp(named, stored)) {
        if (!*named && !asked)
            return config_assign(config, "format", stored, format);
        if (!asked && !formats_is_pseudo(output))
            return config_wrong(config, format->value_place, NULL, "%s %s: contradicts the name of the output, %s",
                                format->key, format->items[0], output);
        format->used = 0;
    }
    if (output)
        return PLOTMILL_OK;
    if (format && asked && strcmp(asked, stored))
        format->used = 0;
    if (asked && find_word(storage_formats, asked))
        stored = asked;
    struct setting *place = config_take(config, "paths.processed_data");
    if (!place)
        return PLOTMILL_OK;
    config->output_folder = folder_of(config, place);
    const char *extension = is_folder(stored) ? "" : !strcmp(stored, "hdf5") ? "h5" : stored;
    const char *path = config_text(config, "%s/images%s%s", config->output_folder, *extension ? "." : "", extension);
    enum plotmill_status status = config_assign(config, "output", path, place);
    if (status == PLOTMILL_OK && is_folder(stored) && !asked)
        status = config_assign(config, "format", stored, format);
    return status;
}

/* image.storage.mode: one file or several; in a folder there is one file per image. */
static enum plotmill_status apply_files(struct config *config, const char *stored)
{
    static const struct word modes[] = {{"single", "one"},
                                        {"single_file", "one"},
                                        {"multiple", "several"},
                                        {"multi_file", "several"},
                                        {"batch", "several"},
                                        {"batched", "several"},
                                        {"chunked", "several"},
                                        {"sharded", "several"},
                                        {"individual", "each"},
                                        {"separate", "each"},
                                        {NULL, NULL}};
    struct setting *mode = is_folder(stored) ? NULL : config_take(config, "image.storage.mode"), *count = NULL;
    const char *files = mode ? find_word(modes, mode->items[0]) : "several";
    if (is_folder(stored))
        return PLOTMILL_OK;
    if (!files)
        return config_wrong(config, mode->value_place, mode->key, "found '%s', expected single or multiple",
                            mode->items[0]);
    if (!strcmp(files, "each"))
        return config_wrong(config, mode->value_place, mode->key,
                            "found '%s', expected single or multiple: %s holds many images", mode->items[0], stored);
    if (!strcmp(files, "several"))
        count = config_take(config, "image.storage.images_per_file");
    if (mode && !strcmp(files, "several") && !count)
        return config_wrong(config, mode->place, NULL, "%s %s: requires image.storage.images_per_file", mode->key,
                            mode->items[0]);
    return count ? config_assign(config, "images-per-file", count->items[0], count) : PLOTMILL_OK;
}

static enum plotmill_status apply_storage(struct config *config)
{
    struct setting *format = config_take(config, "image.storage.format"), *logs = config_take(config, "paths.logs");
    const char *stored = find_word(storage_formats, format ? format->items[0] : "hdf5");
    if (!stored)
        return config_wrong(
            config, format->value_place, format->key, "found '%s'%s, expected hdf5, jpeg, npz, png, npy or tar",
            format->items[0],
            strcmp(format->items[0], "zarr") ? "" : ", which is not supported (hdf5 also stores images in chunks)");
    enum plotmill_status status = apply_output(config, format, stored);
    if (status == PLOTMILL_OK)
        status = apply_files(config, stored);
    if (status != PLOTMILL_OK || !logs || options_find(config->set, "log-file", NULL)->origin >= logs->origin)
        return status;
    config->log_folder = folder_of(config, logs);
    return config_assign(config, "log-file", config_text(config, "%s/plotmill.log", config->log_folder), logs);
}

/* data: monthly dumps, SYMBOL-INTERVAL-YYYY-MM.zip or .csv in paths.raw_data. */

/* A later --set from=null: the months stay, uncut. */
static int is_taken_back(const struct config *config, const char *option, const struct setting *date)
{
    for (const struct setting *at = date + 1; at < config->settings + config->setting_count; at++)
        if (at->origin == FROM_SET && at->shape == SETTING_NULL && !strcmp(at->key, option))
            return 1;
    return 0;
}

/* A date within a month also sets --from or --to, which cuts the month. */
static enum plotmill_status take_month(struct config *config, struct setting *date, int is_end, struct date *month)
{
    const char *text = date->items[0], *option = is_end ? "to" : "from", *rest = date_read(text, month);
    if (!rest || *rest)
        return config_wrong(config, date->value_place, date->key, "found '%s', expected YYYY-MM-DD or YYYY-MM", text);
    if (!month->day || month->day == (is_end ? date_month_length(month->year, month->month) : 1) ||
        is_taken_back(config, option, date))
        return PLOTMILL_OK;
    return config_assign(config, option, text, date);
}

static enum plotmill_status apply_dumps(struct config *config, struct paths *paths)
{
    static const char *const names[] = {"data.symbol", "data.interval", "data.start_date", "data.end_date",
                                        "paths.raw_data"};
    struct setting *found[5], *symbol = NULL;
    struct date at, last;
    if (paths->count)
        return PLOTMILL_OK;
    for (int i = 0; i < 5; i++) {
        found[i] = config_take(config, names[i]);
        symbol = found[0];
        if (!symbol)
            return PLOTMILL_OK; /* no dumps are meant */
        if (!found[i])
            return config_wrong(config, symbol->place, NULL, "data.symbol requires %s, which is missing", names[i]);
    }
    struct setting *start = found[2], *end = found[3];
    enum plotmill_status status = take_month(config, start, 0, &at);
    if (status == PLOTMILL_OK)
        status = take_month(config, end, 1, &last);
    if (status != PLOTMILL_OK)
        return status;
    int months = 12 * (last.year - at.year) + last.month - at.month + 1;
    if (months < 1 || (months == 1 && last.day && last.day < at.day))
        return config_wrong(config, end->value_place, end->key, "%s is before %s: %s", end->items[0], start->key,
                            start->items[0]);
    *paths = (struct paths){.items = config_allocate(config, (size_t)months * sizeof *paths->items)};
    for (; months > 0; months--) {
        char *stem = config_text(config, "%s/%s-%s-%04d-%02d", found[4]->items[0], symbol->items[0], found[1]->items[0],
                                 at.year, at.month);
        char *zip = config_text(config, "%s.zip", stem), *csv = config_text(config, "%s.csv", stem);
        if (!os_exists(zip) && !os_exists(csv))
            return config_wrong(config, start->place, NULL, "neither %s nor %s.csv exists", zip, stem);
        paths->items[paths->count++] = os_exists(zip) ? zip : csv;
        at.year += at.month == 12;
        at.month = at.month % 12 + 1;
    }
    return config_value(config, "column") || !chart_is_line(config_value(config, "chart"))
               ? PLOTMILL_OK
               : config_assign(config, "column", "close", NULL);
}

enum plotmill_status foreign_finish(struct config *config, struct paths *paths)
{
    /* Dots per inch matter only to a width in points. */
    const char *width = config_value(config, "line-width");
    struct setting *dpi = width && strstr(width, "pt") ? config_take(config, "image.resolution.dpi") : NULL;
    enum plotmill_status status = dpi ? config_assign(config, "dpi", dpi->items[0], dpi) : PLOTMILL_OK;
    if (status == PLOTMILL_OK)
        status = apply_fallback(config);
    if (status == PLOTMILL_OK)
        status = apply_storage(config);
    if (status == PLOTMILL_OK)
        status = foreign_chart(config, !paths->count && is_set(config, "data.symbol"));
    return status == PLOTMILL_OK ? apply_dumps(config, paths) : status;
}
