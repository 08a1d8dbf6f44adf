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

struct found {
    struct number_format format;
    bool numbers;
};

static struct plotmill_error found_error;

static struct found find_form(const char *const *texts, char decimal, const struct text_options *options)
{
    struct found found;
    size_t count = 0;
    while (texts[count])
        count++;
    const enum plotmill_status status = number_format_find(&found.format, &found.numbers, texts, count, decimal,
                                                           options, "a.csv, column x", &found_error);
    cr_assert_eq(status, PLOTMILL_OK, "%s: %s", texts[0], found_error.message);
    return found;
}

/* The form is found from all texts; each then has the value beside it. */
static void expect_values(const char *const *texts, const double *values, char decimal,
                          const struct text_options *options)
{
    const struct found found = find_form(texts, decimal, options);
    cr_expect(found.numbers, "%s", texts[0]);
    for (size_t i = 0; texts[i]; i++) {
        double value;
        const enum field_kind kind = number_read(&found.format, texts[i], strlen(texts[i]), &value);
        cr_expect_eq(kind, isnan(values[i]) ? FIELD_MISSING : FIELD_NUMBER, "%s", texts[i]);
        cr_expect(value == values[i] || (isnan(value) && isnan(values[i])), "%s is read as %.17g", texts[i], value);
    }
}

#define TEXTS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define VALUES(...) ((const double[]){__VA_ARGS__})

Test(number, forms_of_columns)
{
    expect_values(TEXTS("1.5", "-2e3", "7", "N/A"), VALUES(1.5, -2000, 7, NAN), 0, NULL);
    expect_values(TEXTS("1227,88", "1e3", "-0,5", ""), VALUES(1227.88, 1000, -0.5, NAN), 0, NULL);
    expect_values(TEXTS("1.234,56", "999,1", "1.000.000"), VALUES(1234.56, 999.1, 1e6), 0, NULL);
    expect_values(TEXTS("1,226.77", "12,345,678.9", "5"), VALUES(1226.77, 12345678.9, 5), 0, NULL);
    expect_values(TEXTS("1,234", "12.5", "-1,000"), VALUES(1234, 12.5, -1000), 0, NULL);
    expect_values(TEXTS("1,234,567", "12,345"), VALUES(1234567, 12345), 0, NULL);
    expect_values(TEXTS("12,34,567.5", "1,23,456"), VALUES(1234567.5, 123456), 0, NULL);
    expect_values(TEXTS("1 234,5",
                        "12\xc2\xa0"
                        "345,5",
                        "1\xe2\x80\xaf"
                        "000,25"),
                  VALUES(1234.5, 12345.5, 1000.25), 0, NULL);
    expect_values(TEXTS("1'234.5", "12\xe2\x80\x99"
                                   "345.5"),
                  VALUES(1234.5, 12345.5), 0, NULL);
    expect_values(TEXTS("0,123", "0,456"), VALUES(0.123, 0.456), 0, NULL);
    /* A point alone is a decimal point, unless other columns have decimal commas. */
    expect_values(TEXTS("77.691", "77.693"), VALUES(77.691, 77.693), 0, NULL);
    expect_values(TEXTS("77.691", "77.693"), VALUES(77691, 77693), ',', NULL);
    expect_values(TEXTS("1,234", "5,678"), VALUES(1234, 5678), '.', NULL);
    expect_values(TEXTS("1,234", "5,678"), VALUES(1.234, 5.678), ',', NULL);
}

Test(number, marks_of_columns)
{
    expect_values(TEXTS("$122.68", "-$1,000.5", "$-5", "$ 7", "($1.5)", "(2)", "3", "+$4", "-"),
                  VALUES(122.68, -1000.5, -5, 7, -1.5, -2, 3, 4, NAN), 0, NULL);
    expect_values(TEXTS("1.234,50 €", "-2,5€", "€ 3,5"), VALUES(1234.5, -2.5, 3.5), 0, NULL);
    expect_values(TEXTS("5%", "-0.48%", "1 %", "0"), VALUES(5, -0.48, 1, 0), 0, NULL);
    expect_values(TEXTS("1.20K", "3.4M", "5B", "2T", "950", "-"), VALUES(1200, 3.4e6, 5e9, 2e12, 950, NAN), 0, NULL);
    expect_values(TEXTS("0.3k", "1.1m", "4.35K", "0.29M"), VALUES(300, 1.1e6, 4350, 290000), 0, NULL);
    /* What is not so in the whole column is no number in it. */
    double value;
    struct found found = find_form(TEXTS("1M", "3M", "12M"), 0, NULL);
    cr_expect(!found.numbers);
    found = find_form(TEXTS("note 1", "note 2"), 0, NULL);
    cr_expect(!found.numbers);
    found = find_form(TEXTS("5%", "6%", "7"), 0, NULL);
    cr_expect(found.numbers);
    cr_expect_eq(number_read(&found.format, "7", 1, &value), FIELD_OTHER);
    cr_expect(isnan(value));
    found = find_form(TEXTS("$5", "€6"), 0, NULL);
    cr_expect(!found.numbers);
    found = find_form(TEXTS("(5)", "(6)"), 0, NULL);
    cr_expect(!found.numbers);
    found = find_form(TEXTS("1.5", "2.5"), 0, NULL);
    cr_expect_eq(number_read(&found.format, "1,234.5", 7, &value), FIELD_OTHER);
}

Test(number, groups_that_are_none)
{
    static const char *const others[] = {"12,34",       "1,2345",   "1234,567.5", ",123.5",       "1,234,56",
                                         "0,123.5",     "1,,234.5", "1,234,.5",   "123,45,678.5", "1,23,4567",
                                         "1 234,567.5", "5-",       "5.5 5",      "1,234.5,6",    "--5",
                                         "$5",          "-(5)",     "1,234.567,8"};
    const struct number_format format = {.decimal = '.', .thousands = ", "};
    double value;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_expect_eq(number_read(&format, others[i], strlen(others[i]), &value), FIELD_OTHER, "%s: %g", others[i],
                     value);
}

Test(number, refuses_what_can_be_read_in_two_ways)
{
    static const char *const texts[] = {"1,234", "5,678"};
    struct number_format format;
    bool numbers;
    cr_assert_eq(number_format_find(&format, &numbers, texts, 2, 0, NULL, "a.csv, column x", &found_error),
                 PLOTMILL_BAD_INPUT);
    cr_expect_str_eq(found_error.message,
                     "a.csv, column x: found \"1,234\", which is 1234 with a decimal point and 1.234 with a decimal "
                     "comma, and no field decides; expected the option decimal: . or ,");
    expect_values(TEXTS("1,234", "5,678"), VALUES(1.234, 5.678), 0, &(struct text_options){.decimal = ","});
    expect_values(TEXTS("1,234", "5,678"), VALUES(1234, 5678), 0, &(struct text_options){.decimal = "."});
    expect_values(TEXTS("1,234", "5,678"), VALUES(1234, 5678), 0, &(struct text_options){.thousands = ","});
    expect_values(TEXTS("1,234", "5,678"), VALUES(1.234, 5.678), 0, &(struct text_options){.thousands = "none"});
    expect_values(TEXTS("1_234", "5_678.5"), VALUES(1234, 5678.5), 0, &(struct text_options){.thousands = "_"});
}

Test(number, said_options)
{
    static const struct {
        struct text_options options;
        const char *message;
    } refused[] = {
        {{.decimal = ";"}, "decimal: found \";\", expected . or ,"},
        {{.thousands = "5"}, "thousands: found \"5\""},
        {{.thousands = "."}, "thousands: found \".\", expected other characters than decimal, ."},
        {{.missing = "1,2,3,4,5,6,7,8,9"}, "missing-values: found more than 8 numbers"},
    };
    struct number_format format;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct text_options options = refused[i].options;
        if (i == 2)
            options.decimal = ".";
        cr_assert_eq(number_format_said(&format, &options, &found_error), PLOTMILL_BAD_INPUT);
        cr_expect(strstr(found_error.message, refused[i].message), "%s", found_error.message);
    }
    expect_values(TEXTS("-9999", "-9999.0", "-200.00", "5", "Bad", "n.v.", "-9.999e3"),
                  VALUES(NAN, NAN, NAN, 5, NAN, NAN, NAN), 0,
                  &(struct text_options){.missing = "-9999, -200,bad,n.v."});
    expect_values(TEXTS("-9999", "-200"), VALUES(-9999, -200), 0, NULL);
}

Test(number, decimal_signs)
{
    cr_expect_eq(number_decimal(TEXTS("1.5", "2"), 2), '.');
    cr_expect_eq(number_decimal(TEXTS("1,5", "2"), 2), ',');
    cr_expect_eq(number_decimal(TEXTS("1.234", "5.678"), 2), 0);
    cr_expect_eq(number_decimal(TEXTS("1,234", "5,678"), 2), 0);
    cr_expect_eq(number_decimal(TEXTS("1,234", "5,678.25"), 2), '.');
    cr_expect_eq(number_decimal(TEXTS("1", "2"), 2), 0);
    cr_expect_eq(number_decimal(TEXTS("a.b", "c"), 2), 0);
    cr_expect_eq(number_decimal(TEXTS("0.23%", "-1.5%"), 2), '.');
}
