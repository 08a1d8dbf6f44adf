#include <criterion/criterion.h>
#include <float.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "comma_locale.h"
#include "formats/text/number.h"

static enum field_kind parse(const char *text, double *value)
{
    return field_parse(text, strlen(text), value);
}

Test(source_number, parses_numbers)
{
    static const struct {
        const char *text;
        double value;
    } cases[] = {{"0", 0},
                 {"-0", -0.0},
                 {"42283.58000000", 42283.58},
                 {"+1.5", 1.5},
                 {".5", .5},
                 {"5.", 5},
                 {"-1e3", -1000},
                 {"1E+2", 100},
                 {"1e-2", 0.01},
                 {" \t7 ", 7},
                 {"9007199254740993", 9007199254740992.},
                 {"9007199254740995", 9007199254740996.},
                 {"9223372036854775807", 9223372036854775808.},
                 {"0.1000000000000000055511151231257827", 0.1},
                 {"123456789012345678901234567890", 123456789012345678901234567890.},
                 {"100000000000000000000000000000000000000000", 1e41},
                 {"0.00000000000000000000000000000000000000001", 1e-41},
                 {"1.7976931348623157e308", DBL_MAX},
                 {"4.9e-324", 4.9e-324},
                 {"2.2250738585072011e-308", 2.2250738585072011e-308},
                 {"8.5e22", 8.5e22},
                 {"9007199254740993e1", 90071992547409930.},
                 {"1e999", INFINITY},
                 {"1e99999999999", INFINITY},
                 {"1e-99999999999", 0},
                 {"inf", INFINITY},
                 {"-Inf", -INFINITY},
                 {"+INFINITY", INFINITY}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double value = 1;
        cr_expect_eq(parse(cases[i].text, &value), FIELD_NUMBER, "%s", cases[i].text);
        cr_expect(value == cases[i].value && !signbit(value) == !signbit(cases[i].value), "%s: %.17g", cases[i].text,
                  value);
    }
}

Test(source_number, detects_missing_and_other_values)
{
    static const char *const missing[] = {"", " ", "nan", "NaN", "-nan", "NA", "na", "null", "NULL", " Null\t"};
    static const char *const others[] = {"abc",   "0x10",  "1.5x", "1,5",  "1 2",       "--1", "+",
                                         "-",     ".",     "e5",   "1e",   "1e+",       "+NA", "nan(1)",
                                         "infin", "1_000", "N/A",  "true", "2024-01-01"};
    double value;
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++) {
        value = 1;
        cr_expect_eq(parse(missing[i], &value), FIELD_MISSING, "%s", missing[i]);
        cr_expect(isnan(value));
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_expect_eq(parse(others[i], &value), FIELD_OTHER, "%s", others[i]);
    cr_expect_eq(field_parse("1\0002", 3, &value), FIELD_OTHER);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Every way of writing a float64 reads back as strtod reads it, and 17 digits as the value itself. */
Test(source_number, rounds_exactly)
{
    uint64_t state = 88172645463325252u;
    for (int i = 0; i < 200000; i++) {
        char text[64];
        double value, parsed;
        uint64_t bits = next_random(&state);
        int digits = 1 + (int)(next_random(&state) % 17);
        memcpy(&value, &bits, sizeof value);
        if (i & 1) /* of everyday size */
            value = (double)(int64_t)(bits >> 20) / pow(10, (double)(bits % 12));
        if (!isfinite(value))
            continue;
        snprintf(text, sizeof text, i & 2 ? "%.*g" : "%.*e", digits, value);
        cr_assert_eq(parse(text, &parsed), FIELD_NUMBER, "%s", text);
        cr_assert_eq(parsed, strtod(text, NULL), "%s gives %.17g", text, parsed);
        snprintf(text, sizeof text, "%.17g", value);
        cr_assert_eq(parse(text, &parsed), FIELD_NUMBER);
        cr_assert_eq(parsed, value, "%s gives %.17g", text, parsed);
    }
}

Test(source_number, ignores_the_locale)
{
    double value;
    if (!set_comma_locale())
        cr_skip_test("no locale with a decimal comma on this machine");
    cr_assert_eq(parse("1.5", &value), FIELD_NUMBER);
    cr_expect_eq(value, 1.5);
    cr_assert_eq(parse("0.12345678901234567", &value), FIELD_NUMBER);
    cr_expect_eq(value, 0.12345678901234567);
    cr_expect_eq(parse("1,5", &value), FIELD_OTHER);
    cr_expect_str_eq(localeconv()->decimal_point, ",");
}

Test(source_number, parses_column_numbers)
{
    uint64_t index;
    cr_expect(index_parse("0", &index) && index == 0);
    cr_expect(index_parse("12", &index) && index == 12);
    cr_expect(!index_parse("", &index));
    cr_expect(!index_parse("-1", &index));
    cr_expect(!index_parse("1a", &index));
    cr_expect(!index_parse("99999999999999999999999", &index));
}

Test(source_number, quotes_and_lists)
{
    cr_expect_str_eq(text_quote("a\tb", 3).text, "a?b");
    cr_expect_str_eq(text_quote("0123456789012345678901234567890123456789x", 41).text,
                     "0123456789012345678901234567890123456789...");
    /* A cut never leaves half a character: byte 40 is the second of an umlaut. */
    cr_expect_str_eq(text_quote("012345678901234567890123456789012345678\xc3\xa4x", 42).text,
                     "012345678901234567890123456789012345678...");
    struct text_list list = {0};
    for (int i = 0; i < 43; i++)
        text_list_add(&list, "%d", i);
    text_list_end(&list);
    cr_expect(strstr(list.text, "38, 39 and 3 more"), "%s", list.text);
    cr_expect(text_ends("A.CSV", ".csv") && !text_ends("csv", ".csv"));
}
