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

Test(number, parses_numbers)
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

Test(number, detects_missing_and_other_values)
{
    static const char *const missing[] = {"",    " ",   "nan",  "NaN",    "-nan", "NA",   "na",     "null", "NULL",
                                          "N/A", "n/a", "#N/A", "<NA>",   "None", "-",    ".",      "?",    "\\N",
                                          "NaT", "#NA", "-NaN", "1.#IND", " - ",  "none", " Null\t"};
    static const char *const others[] = {"abc",   "0x10",  "1.5x", "1,5",  "1 2",  "--1",  "+",      "--",
                                         "5-",    "e5",    "1e",   "1e+",  "+NA",  "5%",   "$5",     "(5)",
                                         "infin", "1_000", "1K",   "true", "1.2.", "1e5.", "nan(1)", "2024-01-01"};
    double value;
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++) {
        value = 1;
        cr_expect_eq(parse(missing[i], &value), FIELD_MISSING, "%s", missing[i]);
        cr_expect(isnan(value));
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_expect_eq(parse(others[i], &value), FIELD_OTHER, "%s", others[i]);
    cr_expect_eq(field_parse("1\0002", 3, &value), FIELD_OTHER);
    /* What follows the length is not read. */
    cr_expect_eq(field_parse("1234567890", 2, &value), FIELD_NUMBER);
    cr_expect_eq(value, 12);
    cr_expect_eq(field_parse("0.12345678901234567890123999", 25, &value), FIELD_NUMBER);
    cr_expect_eq(value, 0.12345678901234567890123);
    cr_expect_eq(field_parse("nano", 3, &value), FIELD_MISSING);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void compare_with_strtod(const char *text)
{
    double parsed;
    cr_assert_eq(parse(text, &parsed), FIELD_NUMBER, "%s", text);
    cr_assert_eq(parsed, strtod(text, NULL), "%s gives %.17g", text, parsed);
}

/* Every way of writing a float64 reads back as strtod reads it, and 17 digits as the value itself. */
Test(number, rounds_exactly)
{
    uint64_t state = 88172645463325252u;
    for (int i = 0; i < 200000; i++) {
        char text[64];
        double value, parsed;
        uint64_t bits = next_random(&state);
        int digits = 1 + (int)(next_random(&state) % 19);
        memcpy(&value, &bits, sizeof value);
        if (i & 1) /* of everyday size */
            value = (double)(int64_t)(bits >> 20) / pow(10, (double)(bits % 20));
        if (!isfinite(value))
            continue;
        snprintf(text, sizeof text, i & 2 ? "%.*g" : "%.*e", digits, value);
        compare_with_strtod(text);
        snprintf(text, sizeof text, "%.17g", value);
        cr_assert_eq(parse(text, &parsed), FIELD_NUMBER);
        cr_assert_eq(parsed, value, "%s gives %.17g", text, parsed);
    }
}

/* Digits without a value behind them: up to 40, with zeros before and after them. */
Test(number, rounds_random_digits_exactly)
{
    uint64_t state = 1234567890123456789u;
    for (int i = 0; i < 200000; i++) {
        char text[64];
        size_t used = 0;
        const size_t before = next_random(&state) % 24, after = next_random(&state) % 24;
        for (size_t k = 0; k <= before; k++)
            text[used++] = (char)('0' + next_random(&state) % 10 * (i % 7 != 0));
        text[used++] = '.';
        for (size_t k = 0; k < after; k++)
            text[used++] = (char)('0' + next_random(&state) % 10 * (i % 5 != 0));
        snprintf(text + used, sizeof text - used, i & 1 ? "e%d" : "", (int)(next_random(&state) % 60) - 30);
        compare_with_strtod(text);
    }
}

/* Halfway between two float64 values, a digit below and above, and beyond what any number of digits can be cut to. */
Test(number, rounds_ties_to_even)
{
    static const char *const halves[] = {"9007199254740993",
                                         "9007199254740995",
                                         "4503599627370497.5",
                                         "4503599627370498.5",
                                         "0.500000000000000166533453693773481063544750213623046875",
                                         "1.00000000000000011102230246251565404236316680908203125"};
    static char text[4000];
    uint64_t state = 99;
    for (size_t i = 0; i < sizeof halves / sizeof *halves; i++) {
        compare_with_strtod(halves[i]);
        for (size_t zeros = 0; zeros < 1200; zeros += 1 + zeros / 3) {
            const size_t length = (size_t)sprintf(text, "%s%s", halves[i], strchr(halves[i], '.') ? "" : ".");
            memset(text + length, '0', zeros);
            strcpy(text + length + zeros, "1");
            compare_with_strtod(text);
        }
    }
    /* The exact digits of halves between neighbours of float64, normal and not. */
    for (int i = 0; i < 2000; i++) {
        double value;
        uint64_t bits = next_random(&state) >> (i & 1 ? 1 : 14);
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value) || !isfinite(nextafter(value, INFINITY)))
            continue;
        const int length = snprintf(text, sizeof text, "%.1100Lf",
                                    (long double)value / 2 + (long double)nextafter(value, INFINITY) / 2);
        if (length < (int)sizeof text - 1)
            compare_with_strtod(text);
    }
}

Test(number, ignores_the_locale)
{
    double value;
    if (!set_comma_locale())
        cr_skip_test("no locale with a decimal comma on this machine");
    cr_assert_eq(parse("1.5", &value), FIELD_NUMBER);
    cr_expect_eq(value, 1.5);
    cr_assert_eq(parse("0.12345678901234567", &value), FIELD_NUMBER);
    cr_expect_eq(value, 0.12345678901234567);
    cr_assert_eq(parse("0.1000000000000000055511151231257827", &value), FIELD_NUMBER);
    cr_expect_eq(value, 0.1);
    cr_assert_eq(parse("1.5e-300", &value), FIELD_NUMBER);
    cr_expect_eq(value, 1.5e-300);
    cr_expect_eq(parse("1,5", &value), FIELD_OTHER);
    cr_expect_str_eq(localeconv()->decimal_point, ",");
}

Test(number, parses_column_numbers)
{
    uint64_t index;
    cr_expect(index_parse("0", &index) && index == 0);
    cr_expect(index_parse("12", &index) && index == 12);
    cr_expect(!index_parse("", &index));
    cr_expect(!index_parse("-1", &index));
    cr_expect(!index_parse("1a", &index));
    cr_expect(!index_parse("99999999999999999999999", &index));
}

Test(number, quotes_and_lists)
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
