/* src/base: strings, paths, numbers, dates, JSON and files. */
#include <criterion/criterion.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/numbers.h"
#include "base/os.h"
#include "base/output.h"
#include "base/strings.h"

static void expect_text(char *got, const char *expected)
{
    cr_assert(got != NULL);
    cr_expect_str_eq(got, expected);
    free(got);
}

Test(strings, case_of_ascii_only)
{
    cr_expect(string_same("Close", "cLOSE") && string_same("", ""));
    cr_expect(!string_same("close", "closed") && !string_same("closed", "close") && !string_same("[", "{"));
    cr_expect(!string_same("\xc4", "\xe4"), "letters beyond ASCII differ");
    cr_expect(string_contains("NVIDIA H200", "nvidia") && string_contains("NVIDIA H200", "h200"));
    cr_expect(!string_contains("NVIDIA H200", "H2000") && string_contains("aab", "ab"));
}

Test(strings, folder_and_name_of_a_path)
{
    cr_expect_str_eq(path_name("a/b.h5"), "b.h5");
    cr_expect_str_eq(path_name("b.h5"), "b.h5");
    cr_expect_str_eq(path_name("/b.h5"), "b.h5");
    expect_text(path_folder("a/c/b.h5"), "a/c");
    expect_text(path_folder("b.h5"), ".");
    expect_text(path_folder("/b.h5"), "/");
    expect_text(path_trimmed("a/images//"), "a/images");
    expect_text(path_trimmed("//"), "/");
    expect_text(path_trimmed(""), "");
}

Test(strings, copies)
{
    char *kept = NULL;
    struct plotmill_error error;
    expect_text(string_start("volume,close", 6), "volume");
    expect_text(string_start(NULL, 0), "");
    expect_text(string_join("a", "b"), "ab");
    expect_text(path_join("a", "b"), "a/b");
    cr_assert(string_keep(&kept, NULL, &error) == PLOTMILL_OK);
    expect_text(kept, "");
}

Test(strings, utf8)
{
    const char *const good[] = {"a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x99\x82"};
    const char *const bad[] = {"\x80", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xe2\x82", "\xf5\x80\x80\x80", "\xff"};
    for (size_t i = 0; i < 4; i++)
        cr_expect_eq(utf8_length(good[i]), i + 1);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect(!utf8_length(bad[i]) && !utf8_is_valid(bad[i]), "%zu", i);
    cr_expect(utf8_is_valid("Z\xc3\xbcrich") && utf8_is_valid(""));
}

static void check_decimal(double value, const char *expected)
{
    char text[DECIMAL_SIZE];
    double back = 0;
    decimal_write(text, value);
    if (expected)
        cr_assert_str_eq(text, expected);
    cr_assert_eq(decimal_read(text, &back), text + strlen(text), "%s", text);
    cr_assert(back == value || (isnan(back) && isnan(value)), "%s", text);
}

Test(decimal, round_trip)
{
    check_decimal(0.1, "0.1");
    check_decimal(-0.0, "-0");
    check_decimal(100000.25, "100000.25");
    check_decimal(1.0 / 3, "0.3333333333333333");
    check_decimal(0.1 + 0.2, "0.30000000000000004");
    check_decimal(DBL_MAX, "1.7976931348623157e+308");
    check_decimal(-DBL_TRUE_MIN, NULL);
    check_decimal((double)NAN, "nan");
    check_decimal((double)INFINITY, "inf");
    check_decimal(-(double)INFINITY, "-inf");
    for (uint64_t seed = 1; seed < 20000; seed++) {
        uint64_t bits = seed * UINT64_C(0x9e3779b97f4a7c15);
        double value;
        memcpy(&value, &bits, sizeof value);
        check_decimal(value, NULL);
    }
}

Test(decimal, rejects_other_text)
{
    double value;
    const char *const texts[] = {"", ",", "abc", "1e", "--1", "1.2.3", "e5", " 1", "0x10", "nan(1)"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        cr_assert_null(decimal_read(texts[i], &value), "\"%s\"", texts[i]);
    const char *text = "1.5,2";
    cr_assert_eq(decimal_read(text, &value), text + 3);
    cr_assert_eq(value, 1.5);
    /* Halfway between two doubles except for the last digit. */
    text = "9007199254740993.00000000000000000000000000000000000000000000000000000000000000000000000000000000000001;";
    cr_assert_eq(decimal_read(text, &value), text + strlen(text) - 1);
    cr_assert_eq(value, 9007199254740994.0);
}

static void check_value(const char *text, bool good)
{
    const char *end = json_value_end(text);
    cr_assert_eq(end && !*end, good, "%s", text);
}

Test(json, values)
{
    const char *const good[] = {
        "1", "-1.5e-7", "\"\"", "\"a\\\"b\"", "true", "null", "[]", "[ 1 , [2], {} ]", "{ \"a\" : 1 , \"b\":[false] }"};
    const char *const bad[] = {"",     "-",     "\"a",     "\"\\",     "\"a\nb\"", "tru",        "[1",
                               "[1,]", "[1 2]", "{\"a\"}", "{\"a\":}", "{a:1}",    "{\"a\":1,}", "{",
                               "[",    "01x",   "1.",      ".5",       "1e",       "\"\\x\"",    "\"\\u00g0\""};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        check_value(good[i], true);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check_value(bad[i], false);
    char deep[400];
    memset(deep, '[', 399);
    deep[399] = 0;
    check_value(deep, false);
}

Test(json, members)
{
    const char *object = "{\"ab\": {\"a\": 1}, \"a\": 12, \"b\" : \"x\\u00e9\\n\\/\" , \"c\": -1}";
    uint64_t number = 0;
    cr_assert(json_is_object(object));
    cr_assert(json_read_uint(json_member(object, "a"), &number));
    cr_assert_eq(number, 12);
    cr_assert(!json_read_uint(json_member(object, "c"), &number));
    cr_assert_null(json_member(object, "abc"));
    cr_assert_null(json_read_string(json_member(object, "a")));
    cr_assert_null(json_read_string(NULL));
    char *text = json_read_string(json_member(object, "b"));
    cr_assert_str_eq(text, "x\xc3\xa9\n/");
    free(text);
    cr_assert_null(json_read_string("\"\\ud83d\\ude00\""));
    cr_assert_null(json_read_string("\"\\u00g0\""));
    cr_assert_null(json_read_string("\"\\u0000\""));
}

static void write_object(struct json *json)
{
    json_open(json, NULL, '{');
    json_string(json, "text", "a\"\n\xc3\xa9\xe9");
    json_open(json, "numbers", '[');
    json_uint(json, NULL, UINT64_MAX);
    json_int(json, NULL, -1);
    json_number(json, NULL, 0.1);
    json_number(json, NULL, (double)NAN);
    json_close(json, ']');
    json_object(json, "object", "{\"b\": true}");
    json_object(json, "other", "[1]");
    json_open(json, "empty", '{');
    json_close(json, '}');
    json_close(json, '}');
}

Test(json, writer)
{
    struct json json = {0};
    write_object(&json);
    char *text = json_finish(&json);
    cr_assert_str_eq(text, "{\n  \"text\": \"a\\\"\\u000a\xc3\xa9\\ufffd\",\n  \"numbers\": [\n"
                           "    18446744073709551615,\n    -1,\n    0.1,\n    null\n  ],\n"
                           "  \"object\": {\"b\": true},\n  \"other\": \"[1]\",\n  \"empty\": {}\n}\n");
    free(text);
    json = (struct json){.one_line = true, .keep_bytes = true};
    write_object(&json);
    text = json_finish(&json);
    cr_assert_str_eq(text,
                     "{\"text\": \"a\\\"\\u000a\xc3\xa9\xe9\", \"numbers\": [18446744073709551615, -1, 0.1, null], "
                     "\"object\": {\"b\": true}, \"other\": \"[1]\", \"empty\": {}}");
    cr_assert(json_is_object(text));
    cr_assert(json_string_is(json_member(text, "text"), "a\"\n\xc3\xa9\xe9"));
    cr_assert_eq(json_read_number(json_element(json_member(text, "numbers"), 2), 0), 0.1);
    cr_assert_null(json_element(json_member(text, "numbers"), 4));
    cr_assert_null(json_member(json_member(text, "other"), "b"));
    free(text);
}

Test(dates, read)
{
    struct date date;
    const char *text = "2024-02-29T12:00";
    cr_assert_eq(date_read(text, &date), text + 10);
    cr_assert(date.year == 2024 && date.month == 2 && date.day == 29);
    text = "1999-12";
    cr_assert_eq(date_read(text, &date), text + 7);
    cr_assert(date.year == 1999 && date.month == 12 && date.day == 0);
    const char *const bad[] = {"",           "2023",       "2023-1-01",  "2023-13",
                               "2023-00-01", "2023-02-29", "2023-04-31", "2023-01-0"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_null(date_read(bad[i], &date), "%s", bad[i]);
    cr_assert_eq(date_days(1970, 1, 1), 0);
    cr_assert_eq(date_days(2000, 3, 1), 11017);
    cr_assert(date_month_length(1900, 2) == 28 && date_month_length(2000, 2) == 29 &&
              date_month_length(2023, 12) == 31);
}

Test(dates, written)
{
    static const struct {
        int64_t ns;
        const char *text;
    } known[] = {{0, "1970-01-01T00:00:00Z"},
                 {-1, "1969-12-31T23:59:59.999999999Z"},
                 {INT64_C(1709164800000000000), "2024-02-29T00:00:00Z"},
                 {INT64_C(1735689599500000000), "2024-12-31T23:59:59.5Z"},
                 {INT64_MAX, "2262-04-11T23:47:16.854775807Z"},
                 {INT64_MIN, "1677-09-21T00:12:43.145224192Z"}};
    char text[TIME_SIZE];
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        time_write(text, known[i].ns);
        cr_expect_str_eq(text, known[i].text);
    }
    for (int year = 1700; year <= 2200; year++)
        for (int month = 1; month <= 12; month++)
            for (int day = 1; day <= date_month_length(year, month); day++) {
                char expected[TIME_SIZE];
                snprintf(expected, sizeof expected, "%04d-%02d-%02dT06:07:08Z", year, month, day);
                time_write(text, (date_days(year, month, day) * 86400 + 6 * 3600 + 7 * 60 + 8) * 1000000000);
                cr_assert_str_eq(text, expected);
            }
}

Test(files, reads_pipes_to_the_end)
{
    size_t size;
    char *text = (char *)os_read_file("/proc/self/cmdline", &size); /* a file with a reported size of 0 */
    cr_assert(text && size > 5);
    free(text);
    cr_assert_null(os_read_file("/no/such/file", &size));
}

Test(files, replaces_an_output_atomically)
{
    char folder[] = "/tmp/plotmill-base-XXXXXX";
    struct output output;
    struct plotmill_error error;
    size_t size;
    cr_assert(mkdtemp(folder) && !chdir(folder));
    cr_assert_eq(output_init(&output, "no/a.json", false, true, &error), PLOTMILL_BAD_INPUT);
    cr_assert_eq(output_init(&output, "a.json", false, true, &error), PLOTMILL_OK);
    for (int i = 0; i < 2; i++)
        cr_assert_eq(output_write(&output, i ? "two" : "one", 3, &error), PLOTMILL_OK, "%s", error.message);
    char *text = (char *)os_read_file("a.json", &size);
    cr_assert_str_eq(text, "two");
    cr_assert(!os_exists(output.temporary));
    free(text);
    output_free(&output);
    cr_assert_eq(output_init(&output, "a.json", false, false, &error), PLOTMILL_BAD_INPUT);
    cr_assert(os_same_file("a.json", "./a.json") && os_same_file("new", "./new") && !os_same_file("new", "a.json"));
    cr_assert(!os_make_folders("", os_make_folder) && errno == ENOENT);
    cr_assert(os_make_folders("x/y/z", os_make_folder) && os_is_folder("x/y/z") && os_remove_tree("x") &&
              !os_exists("x"));
    cr_assert(!chdir("/") && os_remove_tree(folder));
}

Test(files, temporary_names_are_recognised)
{
    const char *const bad[] = {
        "", ".partial-", ".partial-1", ".partial-1-", ".partial-1-2x", ".partial--1", "x.partial-1-2"};
    cr_assert(output_is_temporary(".partial-12-0"));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_not(output_is_temporary(bad[i]), "%s", bad[i]);
}
