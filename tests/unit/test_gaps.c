/* Gaps in time: counted, and where windows do not span them. */
#include "arrange_fixture.h"

TestSuite(gaps, .init = begin);

Test(gaps, breaks_at_gaps)
{
    for (int turn = 0; turn < 20; turn++) {
        static uint64_t breaks[MOST];
        size_t count = 0;
        make(0, 3000, START, MINUTE);
        for (uint64_t i = 1; i < 3000; i++) {
            const int64_t step = random_number(20) ? MINUTE : MINUTE * (int64_t)random_number(5);
            fakes[0].times[i] = fakes[0].times[i - 1] + step;
            if (step > 2 * MINUTE)
                breaks[count++] = i;
        }
        struct source source = arranged(&(struct source_options){.gap_factor = 2}, 0);
        cr_assert_eq(source.shape.break_count, count);
        cr_assert(!memcmp(source.shape.breaks, breaks, count * sizeof *breaks));
        source_close(&source);
    }
}

static void add_row(int64_t time)
{
    fakes[0].times[fakes[0].count++] = time;
}

static int week_day(int64_t day)
{
    return (int)(day % 7); /* 0: Monday, day 0 is START */
}

Test(gaps, nights_weekends_and_holidays_are_no_gaps)
{
    make(0, 0, 0, 0); /* a year of days, without weekends and three holidays */
    for (int64_t day = 0; day < 365; day++)
        if (week_day(day) < 5 && day != 0 && day != 88 && day != 91 && day != 359)
            add_row(START + day * DAY);
    expect_log("");
    make(0, 0, 0, 0); /* minutes of a stock exchange with a pause at noon; summer time from day 30 on */
    for (int64_t day = 0; day < 60; day++)
        for (int64_t minute = 0; minute < 390 && week_day(day) < 5 && day != 15; minute++)
            if (minute < 120 || minute >= 180)
                add_row(START + day * DAY + (day < 30 ? 14 : 13) * HOUR + 30 * MINUTE + minute * MINUTE);
    expect_log("");
    make(0, 0, 0, 0); /* hours of currencies: closed from Friday 22:00 to Sunday 22:00, and on a Thursday */
    for (int64_t hour = 0; hour < 24 * 7 * 20; hour++)
        if ((hour % 168 < 118 || hour % 168 >= 166) && (hour < 24 * 52 || hour >= 24 * 53))
            add_row(START + hour * HOUR);
    expect_log("");
}

#define HINT "; the option break-at-gaps keeps windows from spanning gaps\n"

Test(gaps, gaps_are_reported)
{
    make(0, 400, START, MINUTE);
    for (uint64_t i = 200; i < 400; i++)
        fakes[0].times[i] += 6 * HOUR;
    expect_log("W: a.csv: 1 gap in time, of 6 hours before line 202, where rows are 1 minute apart" HINT);
    make(0, 0, 0, 0); /* days of a market that never closes */
    for (int64_t day = 0; day < 300; day++)
        if (day != 100)
            add_row(START + day * DAY);
    expect_log("W: a.csv: 1 gap in time, of 2 days before line 102, where rows are 1 day apart" HINT);
    make(0, 0, 0, 0); /* any times */
    for (int64_t row = 0, time = START; row < 500; row++, time += (1 + random_number(1000)) * INT64_C(1000000))
        add_row(time);
    expect_log("");
    make(0, 0, 0, 0);
    for (int64_t row = 0; row < 300; row++)
        if (row != 10 && row != 20 && row != 21)
            add_row(START + row * MINUTE);
    expect_log(
        "W: a.csv: 2 gaps in time, about 3 rows missing; the longest is 3 minutes before line 21, where rows are 1 "
        "minute apart" HINT);
    make(0, 100, START, MINUTE);
    make(1, 100, START + 110 * MINUTE, MINUTE);
    expect_log(
        "W: a.csv and 1 more: 1 gap in time, of 11 minutes before b.csv, line 2, where rows are 1 minute apart" HINT);
}
