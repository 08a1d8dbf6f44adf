#include "test_source_files.h"

TestSuite(source_seams, .init = enter_folder, .fini = leave_folder);

#define MINUTE 60000LL
#define START 1704067200000LL /* 2024-01-01, in ms */

/* `count` rows from `first` on, `step` apart: a time and the row's number. */
static void put_rows(const char *name, const char *header, long long first, long long step, int count)
{
    FILE *file = fopen(name, "w");
    fprintf(file, "%s\n", header);
    for (int i = 0; i < count; i++)
        fprintf(file, "%lld,%d\n", first + i * step, i);
    fclose(file);
}

/* Each line of the log, but for those on how a file was read, contains the expected text; "" expects none. */
static void expect_log(const char *expected, size_t count, const char *const *paths)
{
    struct source source;
    bool found = !*expected;
    logged[0] = 0;
    cr_assert_eq(open_files(&source, "1", NULL, count, paths), PLOTMILL_OK, "%s", test_error.message);
    source_close(&source);
    for (char *line = strtok(logged, "\n"); line; line = strtok(NULL, "\n")) {
        if (strstr(line, "; column "))
            continue;
        cr_assert(*expected && strstr(line, expected), "found \"%s\", expected \"%s\"", line, expected);
        found = true;
    }
    cr_assert(found, "expected \"%s\"", expected);
}

#define SEAM(expected) expect_log(expected, 2, (const char *[]){"a.csv", "b.csv"})

Test(source_seams, are_seamless)
{
    put_rows("a.csv", "open_time,close", START, MINUTE, 10);
    put_rows("b.csv", "open_time,close", START + 10 * MINUTE, MINUTE, 10);
    SEAM("");
}

Test(source_seams, miss_rows)
{
    put_rows("a.csv", "Time,close", START, MINUTE, 10);
    put_rows("b.csv", "TIMESTAMP,close", START + 15 * MINUTE, MINUTE, 10);
    SEAM("1 gap in time");
    put_rows("b.csv", "unix,close", START + 11 * MINUTE, MINUTE, 10);
    SEAM("1 gap in time");
    put_rows("a.csv", "time,close", 0, 1, 10); /* any counter */
    put_rows("b.csv", "time,close", 20, 1, 10);
    SEAM("1 gap in time");
}

Test(source_seams, repeat_rows)
{
    put_rows("a.csv", "open_time,close", START, MINUTE, 10);
    put_rows("b.csv", "open_time,close", START + 9 * MINUTE, MINUTE, 10);
    SEAM("1 row");
    put_rows("b.csv", "open_time,close", START + 7 * MINUTE, MINUTE, 10);
    struct source source;
    cr_assert_eq(open_files(&source, "1", NULL, 2, (const char *[]){"a.csv", "b.csv"}), PLOTMILL_BAD_INPUT);
    cr_assert(strstr(test_error.message, "a.csv and b.csv overlap in time"));
}

Test(source_seams, are_out_of_order)
{
    put_rows("b.csv", "open_time,close", START, MINUTE, 10);
    put_rows("a.csv", "open_time,close", START + 10 * MINUTE, MINUTE, 10);
    SEAM("I: a.csv and 1 more: the inputs are given in another order than that of time");
}

Test(source_seams, follow_from_file_to_file)
{
    static const char *const paths[] = {"a.csv", "b.csv", "c.csv"};
    put_rows("a.csv", "open_time,close", START, MINUTE, 10);
    put_rows("b.csv", "open_time,close", START + 12 * MINUTE, MINUTE, 10);
    put_rows("c.csv", "open_time,close", START + 22 * MINUTE, MINUTE, 10);
    expect_log("1 gap in time, of 3 minutes before b.csv, line 2", 3, paths);
    put_rows("b.csv", "open_time,close", START + 10 * MINUTE, MINUTE, 10);
    put_rows("c.csv", "open_time,close", START + 19 * MINUTE, MINUTE, 10);
    expect_log("1 row has the time of the row before, the first in c.csv, line 2", 3, paths);
}

/* Seconds, milli-, micro- and nanoseconds and dates are read as one clock. */
Test(source_seams, mix_units)
{
    static const struct {
        long long unit;
        const char *expected;
    } units[] = {{1, "s"}, {1000, "ms"}, {1000000, "us"}, {1000000000, "ns"}};
    for (size_t i = 0; i < 4; i++) {
        long long second = START / 1000 * units[i].unit;
        put_rows("a.csv", "open_time,close", START, MINUTE, 10);
        put_rows("b.csv", "open_time,close", second + 600 * units[i].unit, 60 * units[i].unit, 10);
        SEAM("");
        put_rows("b.csv", "open_time,close", second + 720 * units[i].unit, 60 * units[i].unit, 10);
        SEAM("1 gap in time");
    }
    put_text("b.csv", "date,close\n2024-01-01 00:10,1\n2024-01-01T00:11:00,2\n2024-01-01 00:12:00.0 +00:00,3\n"
                      "2024-01-01 02:13:00+02:00,4\n2024-01-01T00:14:00.000Z,5\n");
    SEAM("");
    put_text("a.csv", "date,close\n2024-02-27,1\n2024-02-28,2\n");
    put_text("b.csv", "date,close\n2024-02-29,1\n2024-03-01,2\n");
    SEAM("");
    put_text("b.csv", "date,close\n2024-03-01,1\n2024-03-02,2\n");
    SEAM("1 gap in time");
}

/* A file that changes from ms to us does not go back in time. */
Test(source_seams, mix_units_in_one_file)
{
    put_text("a.csv", "open_time,close\n1735689540000,1\n1735689600000000,2\n1735689660000000,3\n");
    put_text("b.csv", "open_time,close\n1735689720000000,1\n1735689780000000,2\n");
    SEAM("");
}

Test(source_seams, detect_kline_files_without_header)
{
    for (int k = 0; k < 2; k++) {
        FILE *file = fopen(k ? "b.csv" : "a.csv", "w");
        for (int i = 0; i < 5; i++)
            fprintf(file, "%lld,3,4,1,2,5,%lld,7,8,9,10,0\n", START + (i + 8 * k) * MINUTE,
                    START + (i + 8 * k + 1) * MINUTE - 1);
        fclose(file);
    }
    SEAM("1 gap in time");
}

/* Gaps in a file do not affect the usual step, and count as those between files. */
Test(source_seams, count_gaps_inside_a_file)
{
    put_text("a.csv", "time,close\n0,1\n10,1\n20,1\n500,1\n510,1\n520,1\n");
    put_text("b.csv", "time,close\n530,1\n540,1\n");
    SEAM("1 gap in time, of 480 before a.csv, line 5, where rows are 10 apart");
    put_text("b.csv", "time,close\n560,1\n570,1\n");
    SEAM("2 gaps in time");
}

Test(source_seams, report_nothing_without_a_usual_step)
{
    put_text("a.csv", "time,close\n0,1\n3,1\n4,1\n11,1\n13,1\n29,1\n");
    put_text("b.csv", "time,close\n99,1\n104,1\n112,1\n");
    SEAM("");
    put_text("b.csv", "time,close\n29,1\n104,1\n112,1\n");
    SEAM("1 row");
}

Test(source_seams, report_nothing_without_a_time_column)
{
    put_rows("a.csv", "index,close", 0, 1, 10);
    put_rows("b.csv", "index,close", 50, 1, 10);
    SEAM("");
    put_text("a.csv", "date,close\nfirst,1\nsecond,2\n");
    put_text("b.csv", "date,close\nthird,1\nfourth,2\n");
    SEAM("");
    put_rows("a.csv", "time,close", START, MINUTE, 10); /* clocks that can't be compared */
    put_rows("b.csv", "time,close", 0, 1, 10);
    SEAM("");
}

Test(source_seams, refuse_time_that_goes_back)
{
    put_text("a.csv", "time,close\n5,1\n\n4,1\n3,1\n7,1\n");
    expect_bad("a.csv, line 4: time goes back: expected the option order: time (rows are sorted) or file (rows stay as "
               "they lie), or group-by: COLUMN if the rows are of several series",
               "1", "a.csv");
}
