#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "formats/text/time_format.h"

#define SECOND INT64_C(1000000000)
#define NOON_OF_LEAP_DAY INT64_C(1709208000) /* 2024-02-29 12:00:00 */

static struct plotmill_error error;
static char open_pattern[TIME_PATTERN_SIZE];

static struct time_format find(const char *const *texts, size_t count, const char *said)
{
    struct time_format format;
    cr_assert_eq(time_format_find(&format, texts, count, said, "a.csv, column 0", open_pattern, &error), PLOTMILL_OK,
                 "%s: %s", texts[0], error.message);
    return format;
}

/* The time of a single text, in the form that is found for it. */
static int64_t read_alone(const char *text)
{
    const char *texts[] = {text};
    const struct time_format format = find(texts, 1, NULL);
    int64_t ns = 1;
    cr_assert(time_read(&format, text, strlen(text), &ns), "%s as %s", text, time_format_name(&format).text);
    return ns;
}

Test(time_format, forms_that_are_recognised)
{
    static const struct {
        const char *text;
        int64_t milliseconds; /* after noon of the leap day */
    } cases[] = {
        {"2024-02-29T12:00:00", 0},
        {"2024-02-29 12:00", 0},
        {"2024-02-29T12", 0},
        {" 2024-02-29 12:00:00.5\t", 500},
        {"2024-02-29 12:00:00,250", 250},
        {"2024-02-29T12:00:00Z", 0},
        {"2024-02-29T12:00:00.125Z", 125},
        {"2024-02-29T14:00:00+02:00", 0},
        {"2024-02-29T06:30:00-0530", 0},
        {"2024-02-29 13:00:00 +01", 0},
        {"2024-02-29 12:00:00 UTC", 0},
        {"2024-02-29 12:00:00.001 GMT", 1},
        {"2024-02-29T12:00+00:00", 0},
        {"2024-02-29", -43200000},
        {"1709208000", 0},
        {"1709208000.125", 125},
        {"1.709208e9", 0},
        {"1.709208000000000000e+09", 0},
        {"1709208000,125", 125},
        {"1709208000001", 1},
        {"1709208000001000", 1},
        {"1709208000001000000", 1},
        {"29.02.2024 12:00:00.007", 7},
        {"29.2.2024 12:00", 0},
        {"02/29/2024 12:00", 0},
        {"29/02/2024 12:00:00", 0},
        {"2/29/2024 12:00:00 PM", 0},
        {"2/29/2024, 12:00:00\xe2\x80\xafPM", 0},
        {"02/29/2024 01:00pm", 3600000},
        {"02/29/2024 12:30 a.m.", -41400000},
        {"2024/02/29 12:00", 0},
        {"2024/2/29", -43200000},
        {"2024-2-29 12:00:00", 0},
        {"2024.02.29 12:00", 0},
        {"2024/02-29", -43200000},
        {"29-Feb-24", -43200000},
        {"29-FEB-2024 12:00", 0},
        {"29FEB2024", -43200000},
        {"Feb 29, 2024", -43200000},
        {"february 29, 2024 12:00", 0},
        {"29 Feb 2024 12:00:00", 0},
        {"Thu, 29 Feb 2024 12:00:00 GMT", 0},
        {"Thu Feb 29 2024 13:00:00 GMT+0100", 0},
        {"29/Feb/2024:12:00:00 +0000", 0},
        {"20240229", -43200000},
        {"20240229 120000", 0},
        {"20240229 120000123", 123},
        {"20240229120000", 0},
        {"202402291200", 0},
        {"2024022912", 0},
        {"20240229T120000Z", 0},
        {"29/02/2024 12.00.00", 0},
        {"2024-02-29 12:00:00:250", 250},
        {"02/29/24", -43200000},
        {"29-02-2024 12:00", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int64_t found = read_alone(cases[i].text);
        cr_expect_eq(found, NOON_OF_LEAP_DAY * SECOND + cases[i].milliseconds * 1000000, "%s: %" PRId64, cases[i].text,
                     found - NOON_OF_LEAP_DAY * SECOND);
        cr_expect_str_eq(open_pattern, "", "%s", cases[i].text);
    }
    cr_expect_eq(read_alone("2024-02"), INT64_C(1706745600) * SECOND);
    cr_expect_eq(read_alone("Feb 2024"), INT64_C(1706745600) * SECOND);
    cr_expect_eq(read_alone("2024-02-29 12:00:00.1234567899"), NOON_OF_LEAP_DAY * SECOND + 123456789);
    cr_expect_eq(read_alone("1709208000.123456789"), NOON_OF_LEAP_DAY * SECOND + 123456789);
    cr_expect_eq(read_alone("1709208000123.456789"), NOON_OF_LEAP_DAY * SECOND + 123456789);
}

Test(time_format, texts_that_are_no_times)
{
    static const char *const texts[] = {"2024-02-30",
                                        "2023-02-29",
                                        "1900-02-29",
                                        "2024-13-01",
                                        "2024-00-10",
                                        "2024-01-00",
                                        "2024-01-01 24:00",
                                        "2024-01-01 10:60",
                                        "2024-01-01 10:00:60",
                                        "2024-01-01x",
                                        "2024-01-01 ",
                                        "2024-01-01T",
                                        "2024-01-01 10:00:00.",
                                        "2024-01-01 10:00 ABC",
                                        "30.02.2024",
                                        "31/04/2024 10:00",
                                        "32/01/2024",
                                        "12:00:00",
                                        "abc",
                                        "31-Foo-24",
                                        "2024-01-01 10:00+25:00",
                                        "0001-01-01",
                                        "2300-01-01",
                                        "13/32/2024"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (i == 10)
            continue; /* blanks around a time are ignored */
        const struct time_format format = find(&texts[i], 1, NULL);
        cr_expect_eq(format.kind, TIME_NONE, "%s is read as %s", texts[i], time_format_name(&format).text);
    }
    /* What follows the length is not read. */
    const struct time_format iso = {.kind = TIME_ISO};
    int64_t ns;
    cr_expect(time_read(&iso, "2024-02-29 12:00:00", 10, &ns) && ns == (NOON_OF_LEAP_DAY - 43200) * SECOND);
    cr_expect(!time_read(&iso, "2024-02-29", 9, &ns));
    cr_expect(time_read(&iso, "NaT", 3, &ns) && ns == SOURCE_NO_TIME);
    cr_expect(time_read(&iso, "", 0, &ns) && ns == SOURCE_NO_TIME);
}

/* A calendar of its own, day by day. */
Test(time_format, every_day)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const struct time_format iso = {.kind = TIME_ISO};
    const struct time_format point = {.kind = TIME_PATTERN, .pattern = "%d.%m.%Y %H:%M:%S"};
    const struct time_format named = {.kind = TIME_PATTERN, .pattern = "%b %d, %Y %I:%M:%S %p"};
    const struct time_format compact = {.kind = TIME_PATTERN, .pattern = "%Y%m%d%H%M%S"};
    const struct time_format ordinal = {.kind = TIME_PATTERN, .pattern = "%Y-%jT%H:%M:%S"};
    const struct time_format epoch = {.kind = TIME_EPOCH, .unit = SECOND};
    int64_t days = -106650; /* 1678-01-01; the year 1969 must end on day 0 */
    int second = 0;
    for (int year = 1678; year < 2262; year++) {
        const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        int day_of_year = 0;
        for (int month = 0; month < 12; month++)
            for (int day = 1; day <= lengths[month] + (month == 1 && leap); day++, days++) {
                char text[64];
                second = (second * 7 + 12345) % 86400;
                day_of_year++;
                const int h = second / 3600, m = second / 60 % 60, s = second % 60;
                const int64_t expected = (days * 86400 + second) * SECOND;
                int64_t ns;
#define CHECK(format, ...)                                                                              \
    do {                                                                                                \
        const size_t length = (size_t)snprintf(text, sizeof text, __VA_ARGS__);                         \
        cr_assert(time_read(&(format), text, length, &ns) && ns == expected, "%s: %" PRId64, text, ns); \
    } while (0)
                CHECK(iso, "%04d-%02d-%02dT%02d:%02d:%02d", year, month + 1, day, h, m, s);
                CHECK(point, "%d.%d.%d %d:%02d:%02d", day, month + 1, year, h, m, s);
                CHECK(named, "%s %d, %d %d:%02d:%02d %s", months[month], day, year, (h + 11) % 12 + 1, m, s,
                      h < 12 ? "AM" : "pm");
                CHECK(compact, "%d%02d%02d%02d%02d%02d", year, month + 1, day, h, m, s);
                CHECK(ordinal, "%d-%03dT%02d:%02d:%02d", year, day_of_year, h, m, s);
                CHECK(epoch, "%" PRId64, days * 86400 + second);
            }
        cr_assert_eq(days == 0, year == 1969, "%d ends on day %" PRId64, year, days);
    }
}

Test(time_format, order_of_day_and_month)
{
    const char *open_days[] = {"01/02/2024", "02/02/2024", "12/11/2024"};
    const char *day_first[] = {"01/02/2024", "13/02/2024", "12/11/2024"};
    const char *month_first[] = {"01-02-2024 10:00", "02-13-2024 10:00"};
    const char *short_years[] = {"01/02/03", "02/03/04"};
    const char *certain[] = {"24-01-31", "24-02-01"};
    struct time_format format = find(open_days, 3, NULL);
    cr_expect_str_eq(format.pattern, "%d/%m/%Y");
    cr_expect_str_eq(open_pattern, "%m/%d/%Y");
    cr_assert_eq(time_format_find(&format, open_days, 3, NULL, "a.csv, column Date", NULL, &error), PLOTMILL_BAD_INPUT);
    cr_expect_str_eq(error.message,
                     "a.csv, column Date: found \"01/02/2024\", which may be %d/%m/%Y or %m/%d/%Y, and no "
                     "row decides: expected the option time-format to say which");
    format = find(open_days, 3, "%m/%d/%Y");
    cr_expect_str_eq(format.pattern, "%m/%d/%Y");
    cr_expect_str_eq(open_pattern, "");
    cr_expect_str_eq(find(day_first, 3, NULL).pattern, "%d/%m/%Y");
    cr_expect_str_eq(open_pattern, "");
    cr_expect_str_eq(find(month_first, 2, NULL).pattern, "%m-%d-%Y %H:%M");
    cr_expect_str_eq(open_pattern, "");
    cr_assert_eq(time_format_find(&format, short_years, 2, NULL, "a.csv", open_pattern, &error), PLOTMILL_BAD_INPUT);
    cr_expect(strstr(error.message, "%d/%m/%y or %m/%d/%y"), "%s", error.message);
    find(certain, 2, NULL);
    const char *points[] = {"01.02.2024"};
    cr_expect_str_eq(find(points, 1, NULL).pattern, "%d.%m.%Y");
    cr_expect_str_eq(open_pattern, "");
}

Test(time_format, numbers)
{
    const char *counter[] = {"0", "1", "2.5"}, *uptime[] = {"49105962326000", "49106012326000"};
    const char *days[] = {"45292", "45292.5"}, *mixed[] = {"1735689599000", "1735689600000000"};
    const char *negative[] = {"-1.5"};
    int64_t ns;
    struct time_format format = find(counter, 3, NULL);
    cr_expect_eq(format.kind, TIME_COUNTER);
    cr_expect(time_read(&format, "2.5", 3, &ns) && ns == 5 * SECOND / 2);
    cr_expect(time_read(&format, "0,5", 3, &ns) && ns == SECOND / 2);
    format = find(uptime, 2, NULL);
    cr_expect_eq(format.kind, TIME_COUNTER);
    cr_expect(time_read(&format, uptime[1], strlen(uptime[1]), &ns) && ns == INT64_C(49106012326000));
    cr_expect(!time_read(&format, "99999999999999999999", 20, &ns));
    cr_expect_eq(find(days, 2, NULL).kind, TIME_COUNTER);
    format = find(days, 2, "excel");
    cr_expect(time_read(&format, "45292.5", 7, &ns) && ns == INT64_C(1704110400) * SECOND);
    cr_expect(time_read(&format, "45292.041666666664", 18, &ns) && ns == INT64_C(1704070800) * SECOND);
    format = find(mixed, 2, NULL);
    cr_expect_eq(format.kind, TIME_EPOCH);
    cr_expect(time_read(&format, mixed[1], strlen(mixed[1]), &ns) && ns == INT64_C(1735689600) * SECOND);
    format = find(negative, 1, "s");
    cr_expect(time_read(&format, "-1.5", 4, &ns) && ns == -3 * SECOND / 2);
    format = find(negative, 1, "ms");
    cr_expect(time_read(&format, "-0.0000014", 10, &ns) && ns == -1);
    cr_expect_str_eq(time_format_name(&format).text, "ms since 1970");
    cr_expect_eq(find(days, 2, "%Y-%m-%d").kind, TIME_NONE);
}

/* A footer does not change what a column is; half of the rows do. */
Test(time_format, a_few_other_texts)
{
    const char *footer[] = {"2024-01-01", "", "2024-01-02", "2024-01-03", "Total"};
    const char *half[] = {"2024-01-01", "2024-01-02", "x", "y"};
    const char *missing[] = {"", "NaN"};
    cr_expect_eq(find(footer, 5, NULL).kind, TIME_ISO);
    cr_expect_eq(find(half, 4, NULL).kind, TIME_NONE);
    cr_expect_eq(find(missing, 2, NULL).kind, TIME_NONE);
}

Test(time_format, said_patterns)
{
    static const struct {
        const char *pattern, *text;
        int64_t seconds;
    } cases[] = {
        {"%D %T", "02/29/24 12:00:00", 0},
        {"%F %R", "2024-02-29 12:00", 0},
        {"%Y%m%d%H%M%S%f", "20240229120000000", 0},
        {"%d de %B de %Y", "29 de February de 2024", -43200},
        {"%Y-%j %H", "2024-060 12", 0},
        {"%d/%m/%Y %I:%M %p %Z", "29/02/2024 01:00 PM UTC", 3600},
        {"%A %d %b %Y %H:%M %z", "Thursday 29 Feb 2024 12:00 +0100", -3600},
        {"%Y", "2024", -43200 - 59 * 86400},
        {"%%%Y-%m-%d", "%2024-02-29", -43200},
    };
    static const struct {
        const char *said, *message;
    } refused[] = {
        {"", "expected s, ms, us or ns"},
        {"minutes", "expected s, ms, us or ns"},
        {"%Q", "found %Q in"},
        {"%Y-%m-%", "found % in"},
        {"%m/%d", "expected a year"},
        {"%Y %d", "expected a month and a day"},
        {"%H:%M %Y", "expected a month"},
        {"%Y-%m-%d %Y", "says the same part"},
        {"%Y-%m-%d %I:%M", "%I and %p"},
        {"%Y-%m-%d %H:%M:%S aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "more than 47"},
        {"%Y-%m-%d %H %p", "%I and %p"},
    };
    const char *texts[] = {"2024-01-01"};
    struct time_format format;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t ns = 0;
        format = find(&cases[i].text, 1, cases[i].pattern);
        cr_expect(time_read(&format, cases[i].text, strlen(cases[i].text), &ns), "%s", cases[i].pattern);
        cr_expect_eq(ns, (NOON_OF_LEAP_DAY + cases[i].seconds) * SECOND, "%s: %" PRId64, cases[i].pattern,
                     ns / SECOND - NOON_OF_LEAP_DAY);
    }
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        cr_assert_eq(time_format_find(&format, texts, 1, refused[i].said, "a.csv", open_pattern, &error),
                     PLOTMILL_BAD_INPUT, "%s", refused[i].said);
        cr_expect(strstr(error.message, refused[i].message), "%s: %s", refused[i].said, error.message);
    }
}
