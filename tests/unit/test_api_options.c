/* The options of the library: texts, documents, and what is refused. tests/cli/test_every_option.py sets each option.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "comma_locale.h"
#include "plotmill/plotmill.h"

static plotmill *pm;
static plotmill_options *options;
static char logged[1000];

static void keep_log(void *user, enum plotmill_log_level level, const char *text)
{
    (void)user;
    snprintf(logged, sizeof logged, "%d %s", (int)level, text);
}

static void begin(void)
{
    pm = plotmill_create();
    cr_assert(pm && !plotmill_options_create(pm, &options));
    plotmill_set_log(pm, keep_log, NULL);
}

static void end(void)
{
    plotmill_options_destroy(options);
    plotmill_destroy(pm);
}

TestSuite(api_options, .init = begin, .fini = end);

static void set(const char *name, const char *value, const char *message)
{
    enum plotmill_status status = plotmill_options_set(options, name, value);
    cr_assert_eq(status, *message ? PLOTMILL_BAD_INPUT : PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert_str_eq(plotmill_message(pm), message);
}

static void parse(const char *text, const char *message)
{
    enum plotmill_status status = plotmill_options_parse(options, text, strlen(text), "job");
    cr_assert_eq(status, *message ? PLOTMILL_BAD_INPUT : PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert_str_eq(plotmill_message(pm), message);
}

static void check(const char *name, const char *value)
{
    const char *found = plotmill_options_get(options, name);
    cr_assert(found && !strcmp(found, value), "%s: found %s, expected %s", name, found, value);
}

Test(api_options, values_and_defaults)
{
    check("size", "800x500");
    check("window", "");
    check("antialias", "false");
    set("line-width", "3pt", "");
    check("line-width", "3pt");
    set("line-width", NULL, "");
    check("line-width", "3");
    set("antialias", "YES", "");
    check("antialias", "true");
    set("antialias", "off", "");
    check("antialias", "false");
    cr_assert_null(plotmill_options_get(options, "line_with"));
    cr_assert_null(plotmill_options_get(options, "quiet"));
    cr_assert_null(plotmill_options_get(options, NULL));
    cr_assert_null(plotmill_options_get(NULL, "size"));
}

Test(api_options, refusals_change_nothing)
{
    set("window", "100", "");
    set("window", "1", "window: found '1', expected a whole number from 2 to 16777216");
    set("missing", "ignore", "missing: found 'ignore', expected gap, bridge or error");
    set("windo", "3", "unknown option 'windo': did you mean window?");
    set("line_width", "3", "unknown option 'line_width': did you mean line-width?");
    set("inputs", "a.csv", "unknown option 'inputs': did you mean input?");
    set("frobnicate", "3", "unknown option 'frobnicate'");
    set("jso", "true", "unknown option 'jso'"); /* not one that would be refused in turn */
    set("input", "", "input: found '', expected FILE");
    set("antialias", "maybe", "antialias: found 'maybe', expected true or false");
    set("margin", "1,5", "margin: found '1,5', expected a number from 0 to 32767");
    set("quiet", "true", "quiet: belongs to the command, not to the library");
    set("config", "job.yaml", "config: belongs to the command, not to the library");
    check("window", "100");
}

static void refused(enum plotmill_status status, const char *message)
{
    cr_assert_eq(status, PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm), message);
}

Test(api_options, null)
{
    const char *text;
    refused(plotmill_options_create(pm, NULL), "plotmill_options_create: options is NULL, expected a value");
    refused(plotmill_options_set(options, NULL, "1"), "plotmill_options_set: name is NULL, expected a value");
    refused(plotmill_options_parse(options, NULL, 0, "job"), "plotmill_options_parse: text is NULL, expected a value");
    refused(plotmill_options_parse(options, "{}", 2, NULL), "plotmill_options_parse: name is NULL, expected a value");
    refused(plotmill_options_print(options, NULL), "plotmill_options_print: text is NULL, expected a value");
    cr_assert_eq(plotmill_options_create(NULL, &options), PLOTMILL_BAD_INPUT);
    cr_assert_eq(plotmill_options_set(NULL, "window", "10"), PLOTMILL_BAD_INPUT);
    cr_assert_eq(plotmill_options_parse(NULL, "{}", 2, "job"), PLOTMILL_BAD_INPUT);
    cr_assert_eq(plotmill_options_print(NULL, &text), PLOTMILL_BAD_INPUT);
    plotmill_options_destroy(NULL);
}

Test(api_options, values_of_a_program_win_over_documents)
{
    set("window", "100", "");
    parse("window: 50\nstride: 7\nimage: {line_width: 2}\n", "");
    check("window", "100");
    check("stride", "7");
    check("line-width", "2");
    set("window", NULL, "");
    check("window", "50");
    parse("{\"size\": [64, 48], \"input\": [\"a.csv\", \"b.csv\"]}", ""); /* replaces the first */
    check("window", "");
    check("stride", "1");
    check("size", "64x48");
    check("input", "a.csv");
    const char *text;
    cr_assert_eq(plotmill_options_print(options, &text), PLOTMILL_OK);
    cr_assert(strstr(text, "input: [\"a.csv\", \"b.csv\"]\n"), "%s", text);
    set("input", "c.csv", "");
    check("input", "c.csv");
    set("input", NULL, "");
    check("input", "a.csv");
}

Test(api_options, keys_of_other_pipelines)
{
    parse("image: {seq_len: 60, resolution: {width: 64, height: 48}, colors: {background: \"#ffffff\", line: black}}",
          "");
    check("window", "60");
    check("size", "64x48");
    check("background", "255");
    check("foreground", "0");
    parse("image: {seq_len: 60}\nwindow: 50\n",
          "job:2:1: window sets window, which image.seq_len at job:1:9 already sets");
    parse("image: {seq_lenn: 60}", "job:1:9: unknown key 'seq_lenn': did you mean 'seq_len'?");
    parse("image: {resolution: {dpi: -4}}",
          "job:1:27: image.resolution.dpi: found '-4', expected a number from 1 to 10000");
    check("window", "60");
    /* A program's choice is not contradicted by the document. */
    set("fallback", "true", "");
    parse("image: {rendering: {fallback_on_error: false}}", "");
    check("fallback", "true");
    check("no-fallback", "false");
}

Test(api_options, a_document_is_taken_as_a_whole)
{
    parse("window: 50\n", "");
    parse("stride: 2\nwindow: 1\n", "job:2:9: window: found '1', expected a whole number from 2 to 16777216");
    check("window", "50");
    check("stride", "1");
    parse("window: [\n", "job:2:1: not YAML: did not find expected node content while parsing a flow node");
    parse("windo: 5\n", "job:1:1: unknown key 'windo': did you mean 'window'?");
    check("window", "50");
    parse("quiet: true\nstride: 3\n", "");
    check("stride", "3");
    cr_assert_str_eq(logged, "1 job: these options of the command have no effect here: quiet"); /* 1: information */
    cr_assert_eq(PLOTMILL_LOG_INFO, 1);
}

Test(api_options, malformed_documents)
{
    parse("{\"window\": 50", "job:2:1: not YAML: did not find expected ',' or '}' while parsing a flow mapping");
    parse("{\"window\": 50}}", "job:1:15: not YAML: did not find expected <document start>");
    parse("{\"window\": \"50\"}", "job:1:12: window: found '50' in quotes, expected a whole number from 2 to 16777216");
    parse("[50]", "job:1:1: found a list, expected keys and values like window: 100");
    parse("", "job: is empty, expected keys and values like window: 100");
    parse("\xff", "job: offset 0: invalid leading UTF-8 octet");
    parse("config: other.yaml", "job:1:1: unknown key 'config'");
    parse("input: []", "job:1:8: input: found an empty list, expected a file or a list of files");
    parse("input: [a.csv, \"\"]", "job:1:8: input: found an empty text, expected a file");
    parse("output: \"a\\0.h5\"", "job:1:9: output: found a text with the character U+0000, expected one without it");
    parse("input: [a, \"b\\0c\"]", "job:1:12: input: found a text with the character U+0000, expected one without it");
    check("input", "");
    check("output", "");
    check("window", "");
}

Test(api_options, a_document_of_1_mib)
{
    static char text[(1 << 20) + 1];
    memset(text, ' ', sizeof text);
    memcpy(text, "window: 5\n", 10);
    cr_assert_eq(plotmill_options_parse(options, text, sizeof text, "job"), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm), "job: is larger than 1 MiB, expected a job as YAML");
    cr_assert_eq(plotmill_options_parse(options, text, sizeof text - 1, "job"), PLOTMILL_OK);
    check("window", "5");
}

Test(api_options, what_is_printed_can_be_parsed)
{
    const char *text;
    char first[4000];
    set("input", "a \"b\".csv", "");
    set("window", "50", "");
    set("range", "-1:1", "");
    set("dry-run", "true", "");
    cr_assert_eq(plotmill_options_print(options, &text), PLOTMILL_OK);
    snprintf(first, sizeof first, "%s", text);
    cr_assert(strstr(first, "range: -1:1\n") && !strstr(first, "quiet"), "%s", first);
    end();
    begin();
    parse(first, "");
    cr_assert_eq(plotmill_options_print(options, &text), PLOTMILL_OK);
    cr_assert_str_eq(text, first);
    check("dry-run", "true");
}

Test(api_options, defaults_that_are_printed_can_be_parsed)
{
    const char *text;
    char first[4000];
    cr_assert_eq(plotmill_options_print(options, &text), PLOTMILL_OK);
    snprintf(first, sizeof first, "%s", text);
    cr_assert(!strstr(first, "input") && strstr(first, "dry-run: false\n"), "%s", first);
    parse(first, "");
    cr_assert_eq(plotmill_options_print(options, &text), PLOTMILL_OK);
    cr_assert_str_eq(text, first);
}

Test(api_options, a_decimal_point_in_every_locale)
{
    const char *text;
    if (!set_comma_locale())
        cr_skip_test("no locale with a decimal comma on this machine");
    set("line-width", "1.5", "");
    set("range", "-0.25:1.5e3", "");
    set("line-width", "0.25", "line-width: found '0.25', expected a number from 0.5 to 64, or points like 3pt");
    set("margin", "1,5", "margin: found '1,5', expected a number from 0 to 32767");
    parse("margin: 2.5", "");
    check("margin", "2.5");
    cr_assert_eq(plotmill_options_print(options, &text), PLOTMILL_OK);
    cr_assert(strstr(text, "line-width: 1.5\n") && strstr(text, "range: -0.25:1.5e3\n") &&
                  strstr(text, "margin: 2.5\n"),
              "%s", text);
    cr_assert(strstr(plotmill_options_describe(), "from 0.5 to 64, or points"));
    cr_expect_str_eq(localeconv()->decimal_point, ",");
}

/* Every member is there; what the library takes has its default, or nothing. */
static void check_row(const char *row)
{
    static const char *const members[] = {"name",          "letter",     "scope",    "type",    "argument", "default",
                                          "default_words", "least",      "most",     "word",    "choices",  "expected",
                                          "unit",          "positional", "document", "library", "help"};
    char *name = json_read_string(json_member(row, "name"));
    char *standard = json_read_string(json_member(row, "default"));
    const bool taken = !strncmp(json_member(row, "library"), "true", 4);
    cr_assert(name);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        cr_assert(json_member(row, members[i]), "%s has no %s", name, members[i]);
    if (taken)
        check(name, standard ? standard : json_string_is(json_member(row, "type"), "flag") ? "false" : "");
    else
        cr_assert_null(plotmill_options_get(options, name));
    if (taken && standard)
        set(name, standard, "");
    free(name);
    free(standard);
}

Test(api_options, the_table_is_json)
{
    const char *table = plotmill_options_describe(), *end_of_table = json_value_end(table);
    cr_assert(end_of_table && strspn(end_of_table, "\n") == strlen(end_of_table));
    cr_assert_eq(plotmill_options_describe(), table);
    size_t count = 0;
    for (; json_element(table, count); count++)
        check_row(json_element(table, count));
    cr_assert_gt(count, 30);
}
