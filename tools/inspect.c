/* plotmill inspect: what inputs hold, and the command that renders them. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/numbers.h"
#include "base/strings.h"
#include "tools/common/commands.h"
#include "tools/common/setup.h"
#include "tools/common/text.h"

#define COLUMNS_SHOWN 100
#define VALUES_SHOWN 6

enum { GROUP_DATA, GROUP_TEXT, GROUP_GENERAL, GROUPS };

static uint64_t whole(const char *object, const char *name)
{
    uint64_t number = 0;
    json_read_uint(json_member(object, name), &number);
    return number;
}

/* A member that is a string; "" where it is not. */
struct member_text {
    char text[3000];
};
static struct member_text member(const char *object, const char *name)
{
    struct member_text shown = {""};
    char *text = json_read_string(json_member(object, name));
    snprintf(shown.text, sizeof shown.text, "%s", text ? text : "");
    free(text);
    return shown;
}

static bool is_true(const char *object, const char *name)
{
    const char *value = json_member(object, name);
    return value && !strncmp(value, "true", 4);
}

static void print_strings(const char *array, size_t most)
{
    size_t count = 0;
    for (; count < most && json_element(array, count); count++) {
        char *text = json_read_string(json_element(array, count));
        printf("%s%s", count ? ", " : "", text ? text : "?");
        free(text);
    }
    if (json_element(array, count))
        printf(", ...");
}

static void print_range(const char *column)
{
    char least[DECIMAL_SIZE], most[DECIMAL_SIZE];
    decimal_write(least, json_read_number(json_member(column, "least"), NAN));
    decimal_write(most, json_read_number(json_member(column, "most"), NAN));
    if (strcmp(least, "nan") != 0)
        printf("; %s to %s", least, most);
}

static void print_column(const char *column, uint64_t rows)
{
    const char *values = json_member(column, "values");
    const uint64_t missing = whole(column, "missing"), others = whole(column, "others");
    const char *holds = member(column, "holds").text;
    const bool numbers = !strcmp(holds, "numbers");
    printf("  %4" PRIu64 "  %-20s %-8s ", whole(column, "index"), member(column, "name").text,
           member(column, "holds").text);
    print_strings(json_member(column, "first"), 3);
    print_range(column);
    if (missing)
        printf("; %.3g %% missing", rows ? 100.0 * (double)missing / (double)rows : 0);
    if (numbers && others)
        printf("; %" PRIu64 " not a number", others);
    if (values && json_element(values, 1) && !is_true(column, "more_values")) {
        printf("; values: ");
        print_strings(values, VALUES_SHOWN);
    }
    putchar('\n');
}

static void print_table(const char *input)
{
    const char *columns = json_member(input, "columns");
    const uint64_t rows = whole(input, "rows"), bad = whole(input, "bad_rows");
    printf("text      %s\n", member(input, "reading").text);
    printf("rows      %" PRIu64 "\n", rows);
    if (bad)
        printf("bad rows  %" PRIu64 " with another number of fields; the first is line %" PRIu64 "\n", bad,
               whole(input, "first_bad_line"));
    printf("columns\n");
    for (size_t i = 0; i < COLUMNS_SHOWN && json_element(columns, i); i++)
        print_column(json_element(columns, i), rows);
    if (json_element(columns, COLUMNS_SHOWN))
        printf("        ... (--json lists all)\n");
}

static void print_array(const char *input)
{
    const char *shape = json_member(input, "shape"), *fields = json_member(input, "fields");
    uint64_t length;
    if (!shape)
        return;
    printf("array     ");
    for (size_t i = 0; json_read_uint(json_element(shape, i), &length); i++)
        printf("%s%" PRIu64, i ? " x " : "", length);
    printf(" of %s\n", member(input, "type").text);
    if (json_element(fields, 0)) {
        printf("fields    ");
        print_strings(fields, COLUMNS_SHOWN);
        putchar('\n');
    }
}

static void print_input(const char *input)
{
    char bytes[32];
    text_bytes(whole(input, "bytes"), bytes, sizeof bytes);
    printf("input     %s\n", member(input, "name").text);
    printf("kind      %s, %s%s\n", member(input, "kind").text, bytes,
           is_true(input, "packed") ? ", compressed or in an archive" : "");
    if (json_member(input, "columns"))
        print_table(input);
    print_array(input);
    putchar('\n');
}

/* "1 d", "4.02 h", "250 ms". */
static void print_duration(double seconds)
{
    static const struct {
        double seconds;
        const char *name;
    } units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}, {1e-3, "ms"}, {1e-6, "us"}};
    const size_t count = sizeof units / sizeof *units;
    size_t i = 0;
    while (i + 1 < count && seconds < units[i].seconds)
        i++;
    printf("%.3g %s", seconds / units[i].seconds, units[i].name);
}

static void print_times(const char *json)
{
    const char *read = json_member(json, "read"), *part;
    uint64_t gaps = 0, closings = 0, duplicates = 0;
    double longest = 0;
    if (*member(json, "first_time").text)
        printf("time      %s to %s", member(json, "first_time").text, member(json, "last_time").text);
    else
        printf("time      none");
    part = json_element(read, 0);
    const double step = json_read_number(json_member(part, "step_seconds"), NAN);
    if (step > 0) {
        printf(", a row each ");
        print_duration(step);
    }
    if (part && *member(json, "first_time").text)
        printf("; order: %s", member(part, "order").text);
    putchar('\n');
    for (size_t i = 0; (part = json_element(read, i)); i++) {
        gaps += whole(part, "gaps");
        closings += whole(part, "closings");
        duplicates += whole(part, "duplicates");
        longest = fmax(longest, json_read_number(json_member(part, "longest_gap_seconds"), 0));
    }
    if (gaps) {
        printf("gaps      %" PRIu64 ", the longest of ", gaps);
        print_duration(longest);
        putchar('\n');
    }
    if (closings)
        printf("closings  %" PRIu64 " regular ones, such as nights and weekends\n", closings);
    if (duplicates)
        printf("repeated  %" PRIu64 " rows have the time of another one\n", duplicates);
}

static bool is_plain(const char *text)
{
    return *text &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,%@") == strlen(text);
}

static void print_word(const char *word)
{
    if (is_plain(word)) {
        printf(" %s", word);
        return;
    }
    printf(" '");
    for (; *word; word++)
        *word == '\'' ? (void)fputs("'\\''", stdout) : (void)putchar(*word);
    putchar('\'');
}

/* The command, with the options that were given and those that fit. */
static void print_command(const char *json, const struct option_set *set, const struct paths *paths)
{
    const char *options = json_member(json, "options");
    if (!options || *options != '[') {
        printf("problem   %s\n", member(json, "problem").text);
        return;
    }
    printf("render    plotmill render");
    for (size_t i = 0; i < paths->count && i < 3; i++)
        print_word(paths->items[i]);
    if (paths->count > 3)
        printf(" ...");
    for (int g = GROUP_DATA; g <= GROUP_TEXT; g++)
        for (size_t i = 0; i < set->groups[g].count; i++)
            if (set->values[g][i].text) {
                printf(" --%s", set->groups[g].options[i].name);
                if (set->groups[g].options[i].kind != OPTION_FLAG)
                    print_word(set->values[g][i].text);
            }
    for (size_t i = 0; json_element(options, i); i++) {
        char *word = json_read_string(json_element(options, i));
        print_word(word ? word : "?");
        free(word);
    }
    printf(" -o images.h5\n");
}

static void print_text(const char *json, const struct option_set *set, const struct paths *paths)
{
    const char *inputs = json_member(json, "inputs");
    size_t shown = 0;
    for (; shown < 3 && json_element(inputs, shown); shown++)
        print_input(json_element(inputs, shown));
    if (whole(json, "count") > shown)
        printf("... and %" PRIu64 " further inputs (--json lists up to 64)\n\n", whole(json, "count") - shown);
    if (!*member(json, "problem").text) {
        print_times(json);
        if (whole(json, "groups"))
            printf("groups    %" PRIu64 "\n", whole(json, "groups"));
        if (whole(json, "row_length"))
            printf("sequences %" PRIu64 " of %" PRIu64 " samples\n", whole(json, "samples") / whole(json, "row_length"),
                   whole(json, "row_length"));
        else
            printf("samples   %" PRIu64 "\n", whole(json, "samples"));
    }
    print_command(json, set, paths);
    if (*member(json, "note").text)
        printf("note      %s\n", member(json, "note").text);
}

static int inspect(plotmill *pm, struct console *console, const struct option_set *set, const struct paths *paths,
                   int as_json)
{
    plotmill_options *options = NULL;
    char *json = NULL;
    enum plotmill_status status = plotmill_options_create(pm, &options);
    for (int g = GROUP_DATA; g <= GROUP_TEXT && !status; g++)
        for (size_t i = 0; i < set->groups[g].count && !status; i++)
            if (set->values[g][i].text)
                status = plotmill_options_set(options, set->groups[g].options[i].name, set->values[g][i].text);
    if (!status)
        status = api_inspect(pm, (const char *const *)paths->items, paths->count, options, &json);
    if (!status && as_json)
        puts(json);
    else if (!status)
        print_text(json, set, paths);
    plotmill_options_destroy(options);
    free(json);
    return status ? console_fail(console, status, "%s", plotmill_message(pm)) : EXIT_DONE;
}

int inspect_main(int argc, char **argv)
{
    struct data_settings data = {0};
    struct text_settings text = {0};
    struct general_settings general = {0};
    struct console console;
    struct paths paths;
    struct option_group groups[GROUPS] = {
        {"Data", data_options, DATA_ALL, &data, 0},
        {"Text", text_options, TEXT_ALL, &text, 0},
        {"General", json_option, 1, &general, 0},
    };
    struct usage usage = {
        .command = "inspect",
        .arguments = "INPUT...",
        .summary = "Describes inputs without drawing anything: their kind by content, how text is read, columns with "
                   "their first values, range and missing share, times, order, gaps and groups; and the render command "
                   "that fits, or what keeps them from being read.",
        .examples = "  plotmill inspect prices.csv\n"
                    "  plotmill inspect dump.zip --member prices.csv --json\n"
                    "  zcat prices.csv.gz | plotmill inspect -\n",
        .set = {.groups = groups, .count = GROUPS},
        .path_name = "INPUT",
        .most_paths = SIZE_MAX,
    };
    int exit_code = options_parse(&usage, argc, argv, &paths);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    console_open(&console, 1, 0);
    plotmill *pm = open_library(&console, NULL);
    exit_code = pm ? inspect(pm, &console, &usage.set, &paths, general.json) : EXIT_FAILED;
    plotmill_destroy(pm);
    return exit_code;
}
