/* Numbers and JSON as the index and the mark of a folder hold them. */
#include "sink_fixture.h"

#include <float.h>

#include "base/json.h"
#include "base/numbers.h"

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

Test(decimal, values_come_back)
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

Test(decimal, what_is_no_number)
{
    double value;
    const char *const texts[] = {"", ",", "abc", "1e", "--1", "1.2.3", "e5", " 1", "0x10", "nan(1)"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        cr_assert_null(decimal_read(texts[i], &value), "\"%s\"", texts[i]);
    const char *text = "1.5,2";
    cr_assert_eq(decimal_read(text, &value), text + 3);
    cr_assert_eq(value, 1.5);
    /* Half-way between two doubles but for the last digit. */
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
