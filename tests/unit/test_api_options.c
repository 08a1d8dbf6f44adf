/* The options of the library: texts, documents, and what is refused. tests/cli/test_every_option.py sets each option.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "plotmill/plotmill.h"

static plotmill *pm;
static plotmill_options *options;
static char logged[1000];

static void keep_log(void *user, enum plotmill_log_level level, const char *text)
{
    (void)user;
    (void)level;
    snprintf(logged, sizeof logged, "%s", text);
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
    cr_assert_null(plotmill_options_get(options, "line_with"));
    cr_assert_null(plotmill_options_get(options, NULL));
    cr_assert_null(plotmill_options_get(NULL, "size"));
}

Test(api_options, refusals_change_nothing)
{
    set("window", "100", "");
    set("window", "1", "window: found '1', expected a whole number from 2 to 16777216");
    set("missing", "ignore", "missing: found 'ignore', expected gap, bridge or error");
    set("windo", "3", "unknown option 'windo': did you mean window?");
    set("frobnicate", "3", "unknown option 'frobnicate'");
    set("quiet", "true", "quiet: belongs to the command, not to the library");
    set("config", "job.yaml", "config: belongs to the command, not to the library");
    check("window", "100");
    cr_assert_eq(plotmill_options_set(options, NULL, "1"), PLOTMILL_BAD_INPUT);
    cr_assert_eq(plotmill_options_set(NULL, "window", "1"), PLOTMILL_BAD_INPUT);
    cr_assert_eq(plotmill_options_parse(options, NULL, 0, "job"), PLOTMILL_BAD_INPUT);
    cr_assert_eq(plotmill_options_print(options, NULL), PLOTMILL_BAD_INPUT);
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
    cr_assert(strstr(logged, "quiet"), "%s", logged);
}

Test(api_options, a_document_of_over_1_mib)
{
    static char text[(1 << 20) + 100];
    memset(text, ' ', sizeof text);
    memcpy(text, "window: 5\n", 10);
    cr_assert_eq(plotmill_options_parse(options, text, sizeof text, "job"), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm), "job: is larger than 1 MiB, expected a job as YAML");
}

Test(api_options, what_is_printed_can_be_parsed)
{
    const char *text;
    char first[4000];
    set("input", "a \"b\".csv", "");
    set("window", "50", "");
    set("range", "-1:1", "");
    cr_assert_eq(plotmill_options_print(options, &text), PLOTMILL_OK);
    snprintf(first, sizeof first, "%s", text);
    cr_assert(strstr(first, "range: -1:1\n") && !strstr(first, "quiet"), "%s", first);
    end();
    begin();
    parse(first, "");
    cr_assert_eq(plotmill_options_print(options, &text), PLOTMILL_OK);
    cr_assert_str_eq(text, first);
}

Test(api_options, the_table_is_json)
{
    const char *table = plotmill_options_describe(), *end_of_table = json_value_end(table);
    cr_assert(end_of_table && strspn(end_of_table, "\n") == strlen(end_of_table));
    cr_assert_eq(plotmill_options_describe(), table);
    size_t count = 0;
    for (; json_element(table, count); count++)
        cr_assert(json_member(json_element(table, count), "help"));
    cr_assert_gt(count, 30);
}
