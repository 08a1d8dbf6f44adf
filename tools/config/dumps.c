/* data of a job file: monthly dumps, SYMBOL-INTERVAL-YYYY-MM.zip or .csv in paths.raw_data. */
#include <stdio.h>
#include <string.h>

#include "base/os.h"
#include "tools/common/exits.h"
#include "tools/config/values.h"

struct month {
    int year, month;
    int day; /* 0: not told */
};

static int digits(const char *text, int count, int *value)
{
    *value = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return 0;
        *value = *value * 10 + (text[i] - '0');
    }
    return 1;
}

static int days_of(const struct month *month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int leap = month->year % 4 == 0 && (month->year % 100 != 0 || month->year % 400 == 0);
    return days[month->month - 1] + (month->month == 2 && leap);
}

/* YYYY-MM or YYYY-MM-DD. */
static int parse_month(const char *text, struct month *month)
{
    size_t length = strlen(text);
    *month = (struct month){0};
    if ((length != 7 && length != 10) || !digits(text, 4, &month->year) || text[4] != '-' ||
        !digits(text + 5, 2, &month->month) || month->month < 1 || month->month > 12)
        return 0;
    if (length == 7)
        return 1;
    return text[7] == '-' && digits(text + 8, 2, &month->day) && month->day >= 1 && month->day <= days_of(month);
}

static int is_before(const struct month *a, const struct month *b)
{
    int months = a->year * 12 + a->month, others = b->year * 12 + b->month;
    return months < others || (months == others && a->day && a->day < b->day);
}

/* A later --set from=null: the months stay, uncut. */
static int is_taken_back(const struct config *config, const char *option, const struct setting *date)
{
    for (const struct setting *at = date + 1; at < config->settings + config->setting_count; at++)
        if (at->level == CONFIG_SET && at->shape == SETTING_NULL && !strcmp(at->key, option))
            return 1;
    return 0;
}

/* Of a dump that is cut by a date the rows on its one side are left out. */
static int take_month(struct config *config, const struct setting *date, int at_end, struct month *month)
{
    const char *text = config_one(date, "YYYY-MM-DD or YYYY-MM");
    if (!text)
        return EXIT_WRONG;
    if (!parse_month(text, month))
        return config_wrong(date->value_place, "%s: found '%s', expected YYYY-MM-DD or YYYY-MM", date->key, text);
    const char *option = at_end ? "to" : "from";
    int border = at_end ? days_of(month) : 1;
    if (month->day && month->day != border && !is_taken_back(config, option, date))
        return config_put(config, option, text, date, date->level);
    return OPTIONS_GO_ON;
}

static int add_month(struct config *config, const struct setting *from, const char *folder, const char *name,
                     const struct month *month)
{
    static const char *const extensions[] = {"zip", "csv"};
    char *path = NULL;
    for (int i = 0; i < 2; i++) {
        path = config_text(config, "%s/%s-%04d-%02d.%s", folder, name, month->year, month->month, extensions[i]);
        if (!path)
            return EXIT_FAILED;
        if (os_exists(path))
            return config_add_input(config, path) ? OPTIONS_GO_ON : EXIT_FAILED;
    }
    return config_wrong(from->place, "the dump %s/%s-%04d-%02d.zip is not there, nor as .csv", folder, name,
                        month->year, month->month);
}

struct dumps {
    const struct setting *symbol, *interval, *start, *end, *folder;
};

static int add_months(struct config *config, const struct dumps *dumps)
{
    struct month month, last;
    const char *symbol = config_one(dumps->symbol, "one symbol"), *folder = config_one(dumps->folder, "a folder");
    const char *interval = config_one(dumps->interval, "one interval, as in 1m");
    const char *name = symbol && interval ? config_text(config, "%s-%s", symbol, interval) : NULL;
    if (!name || !folder)
        return EXIT_WRONG;
    int exit_code = take_month(config, dumps->start, 0, &month);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = take_month(config, dumps->end, 1, &last);
    if (exit_code == OPTIONS_GO_ON && is_before(&last, &month))
        exit_code = config_wrong(dumps->end->value_place, "%s: %s is before %s: %s", dumps->end->key,
                                 dumps->end->items[0], dumps->start->key, dumps->start->items[0]);
    while (exit_code == OPTIONS_GO_ON && month.year * 12 + month.month <= last.year * 12 + last.month) {
        exit_code = add_month(config, dumps->start, folder, name, &month);
        month.year += month.month == 12;
        month.month = month.month % 12 + 1;
    }
    return exit_code;
}

int config_apply_dumps(struct config *config, struct paths *paths)
{
    struct dumps dumps = {0};
    const struct {
        const char *key;
        const struct setting **to;
    } needed[] = {{"data.symbol", &dumps.symbol},
                  {"data.interval", &dumps.interval},
                  {"data.start_date", &dumps.start},
                  {"data.end_date", &dumps.end},
                  {"paths.raw_data", &dumps.folder}};
    if (paths->count)
        return OPTIONS_GO_ON;
    for (int i = 0; i < 5; i++) {
        *needed[i].to = config_take(config, needed[i].key);
        if (!*needed[i].to && !dumps.symbol)
            return OPTIONS_GO_ON; /* no dumps are meant */
        if (!*needed[i].to)
            return config_wrong(dumps.symbol->place, "data.symbol needs %s, which is not there", needed[i].key);
    }
    int exit_code = add_months(config, &dumps);
    *paths = (struct paths){config->inputs, config->input_count};
    if (exit_code == OPTIONS_GO_ON && config_level_of(config, "column") == CONFIG_DEFAULT)
        exit_code = config_put(config, "column", "close", NULL, CONFIG_IMPLIED);
    return exit_code;
}
