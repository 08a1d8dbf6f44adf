#include "test_source_files.h"

TestSuite(source_csv, .init = enter_folder, .fini = leave_folder);

#define N NAN
#define LEFT_OUT " (bad-rows skip leaves such rows out)"
#define LIST(...)                                                  \
    (sizeof((double[]){__VA_ARGS__}) / sizeof(double)), (double[]) \
    {                                                              \
        __VA_ARGS__                                                \
    }

Test(source_csv, reads_one_column)
{
    put_text("a.csv", "close\n1.5\n-2\n3e2\n");
    expect_file(NULL, "a.csv", LIST(1.5, -2, 300));
    expect_file("close", "a.csv", LIST(1.5, -2, 300));
    expect_file("CLOSE", "a.csv", LIST(1.5, -2, 300));
    expect_file("0", "a.csv", LIST(1.5, -2, 300));
}

Test(source_csv, reads_without_header_and_without_last_line_end)
{
    put_text("a.csv", "1\n2\n3");
    expect_file(NULL, "a.csv", LIST(1, 2, 3));
    put_text("A.CSV", "5");
    expect_file(NULL, "A.CSV", LIST(5));
    put_text("b.csv", "nan,1\n2,NA\n"); /* missing marks make no header */
    expect_file("0", "b.csv", LIST(N, 2));
    expect_file("1", "b.csv", LIST(1, N));
}

Test(source_csv, reads_the_only_numeric_column)
{
    put_text("a.csv", "date,close,note\n2024-01-01,5,x\n2024-01-02,6,\n");
    expect_file(NULL, "a.csv", LIST(5, 6));
}

Test(source_csv, detects_separators)
{
    put_text("a.tsv", "a\tb\n1\t2\n\t4\n5\t\n");
    expect_file("b", "a.tsv", LIST(2, 4, N));
    expect_file("a", "a.tsv", LIST(1, N, 5));
    put_text("semicolon.csv", "a;b\n1;2\n3;4\n");
    expect_file("b", "semicolon.csv", LIST(2, 4));
    put_text("tab.csv", "\n\na\tb\n1\t2\n3\t4\n");
    expect_file("b", "tab.csv", LIST(2, 4));
    put_text("comma.csv", "a,\"x;y;z\"\n1,2\n3,4\n");
    expect_file("a", "comma.csv", LIST(1, 3));
    put_text("quoted.csv", "\"a,b\";\"c\nd\"\n1;2\n3;4\n");
    expect_file("a,b", "quoted.csv", LIST(1, 3));
}

Test(source_csv, takes_byte_order_mark_and_line_ends)
{
    put_text("bom.csv", "\xef\xbb\xbf"
                        "close,x\r\n1,2\r\n3,4\r\n");
    expect_file("close", "bom.csv", LIST(1, 3));
    put_text("cr.csv", "close\r1\r2\r");
    expect_file(NULL, "cr.csv", LIST(1, 2));
}

Test(source_csv, takes_quotes_blank_lines_and_blanks)
{
    put_text("a.csv",
             "\"the \"\"close\"\"\",note\n\n\"1.5\",\"a,b\"\n  \n\" 2 \",\"line\nend\"\n\r\n 3 , x\n\"\",\n\n");
    struct source source = open_good("the \"close\"", NULL, "a.csv");
    expect_place(&source, 0, "a.csv, line 3");
    expect_place(&source, 1, "a.csv, line 5");
    expect_place(&source, 2, "a.csv, line 8");
    expect_place(&source, 3, "a.csv, line 9");
    expect_samples(&source, 0, LIST(1.5, 2, 3, N));
}

Test(source_csv, keeps_missing_and_infinite_samples)
{
    put_text("a.csv", "x,y\n,1\nnan,1\nNA,1\nnull,1\ninf,1\n-inf,1\n7,1\n");
    expect_file("x", "a.csv", LIST(N, N, N, N, INFINITY, -INFINITY, 7));
    put_text("b.csv", "x,y\n,1\n,2\n"); /* a column without a number is fine when it is asked for */
    expect_file("x", "b.csv", LIST(N, N));
    expect_file(NULL, "b.csv", LIST(1, 2));
}

Test(source_csv, keeps_64_bits)
{
    put_text("a.csv", "0.1000000000000000055\n123456789.123456789\n9007199254740993\n98765.432109876543\n");
    expect_file(NULL, "a.csv", LIST(0.1, 123456789.123456789, 9007199254740992., 98765.432109876543));
}

static void put_kline(bool header)
{
    FILE *file = fopen("kline.csv", "w");
    if (header)
        fputs("open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,"
              "taker_buy_quote_volume,ignore\n",
              file);
    for (int i = 0; i < 3; i++)
        fprintf(file, "%lld,%d1.5,%d5.5,%d0.5,%d4.5,5,%lld,7,8,9,10,0\n", 1704067200000 + i * 60000LL, i, i, i, i,
                1704067259999 + i * 60000LL);
    fclose(file);
}

Test(source_csv, detects_kline_files)
{
    for (int header = 0; header < 2; header++) {
        put_kline(header);
        expect_file("close", "kline.csv", LIST(4.5, 14.5, 24.5));
        expect_file("Open", "kline.csv", LIST(1.5, 11.5, 21.5));
        expect_file("open_time", "kline.csv", LIST(1704067200000., 1704067260000., 1704067320000.));
        expect_file("ignore", "kline.csv", LIST(0, 0, 0));
        struct source source = open_good("close", NULL, "kline.csv");
        expect_place(&source, 2, header ? "kline.csv, line 4" : "kline.csv, line 3");
        source_close(&source);
    }
}

#define KLINE "1704067200000,2,5,1,3,5,1704067259999,7,8,9,10,0\n"

/* Twelve columns that are no klines: without times, that close before they open or after months; or whose prices are
 * mostly of another order. */
Test(source_csv, takes_nothing_else_for_a_kline_file)
{
    static const char *const others[] = {
        "0.1,0.2,0.3,0.1,0.2,0.5,0.6,0.7,0.8,0.9,0.10,0.11\n",
        KLINE "1,2,5,1,3,5,1704067259999,7,8,9,10,0\n",
        KLINE "1704067200000,2,5,1,3,5,1704067199999,7,8,9,10,0\n",
        KLINE "1704067200000,2,5,1,3,5,1714067259999,7,8,9,10,0\n",
        KLINE "1704067200000,2,5,1,3,5,,7,8,9,10,0\n",
        KLINE "1704067200000,1,2,3,4,5,1704067259999,7,8,9,10,0\n",
        KLINE "1704067200000,6,5,1,3,5,1704067259999,7,8,9,10,0\n",
        "1704067200000,2,5,1,,5,1704067259999,7,8,9,10,0\n",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        put_text("a.csv", others[i]);
        expect_bad("a.csv: no column \"close\", expected one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11", "close",
                   "a.csv");
    }
    put_text("a.csv", KLINE "1704067200000,6,5,7,3,-5,1704067259999,7,8,9,10,0\n" KLINE
                            "1704067260000,2,5,1,,5,1704067319999,7,8,9,10,0\n");
    expect_file("close", "a.csv", LIST(3, 3, 3, N));
}

Test(source_csv, requires_a_column_if_there_are_several)
{
    put_kline(false);
    expect_bad("kline.csv: 11 numeric columns, expected the option column to name one: 1 (open), 2 (high), "
               "3 (low), 4 (close), 5 (volume), 6 (close_time), 7 (quote_volume), 8 (trades), 9 (taker_buy_base), "
               "10 (taker_buy_quote), 11 (ignore)",
               NULL, "kline.csv");
    put_text("a.csv", "time,close\n1,2\n"); /* times are no series */
    expect_file(NULL, "a.csv", LIST(2));
    put_text("b.csv", "1.5,2\n3,4\n");
    expect_bad("b.csv: 2 numeric columns, expected the option column to name one: 0, 1", NULL, "b.csv");
    put_text("c.csv", "a,b\nx,y\n");
    expect_bad("c.csv: found no numeric column among 0 (a), 1 (b)", NULL, "c.csv");
}

Test(source_csv, lists_columns_when_one_is_unknown)
{
    put_text("a.csv", "date,close\n2024-01-01,2\n");
    expect_bad("a.csv: no column \"open\", expected one of 0 (date), 1 (close)", "open", "a.csv");
    expect_bad("a.csv: no column \"2\", expected one of 0 (date), 1 (close)", "2", "a.csv");
    expect_bad("a.csv: no column \"-1\", expected one of 0 (date), 1 (close)", "-1", "a.csv");
    expect_bad("a.csv: no column \"\", expected one of 0 (date), 1 (close)", "", "a.csv");
    put_text("b.csv", "1.5,2\n");
    expect_bad("b.csv: no column \"close\", expected one of 0, 1", "close", "b.csv");
}

Test(source_csv, looks_names_up)
{
    put_text("a.csv", "x,1,0\n1,2,3\n");
    expect_bad("a.csv, line 1: \"x, 1, 0\" may be names of columns or data: expected the option header: 1 where they "
               "are names, none where they are data",
               "0", "a.csv");
    put_text("b.csv", "Close,close\n1,2\n");
    expect_file("close", "b.csv", LIST(2));
    expect_file("Close", "b.csv", LIST(1));
    expect_bad("b.csv: several columns are named \"CLOSE\", expected the number of one: 0 (Close), 1 (close)", "CLOSE",
               "b.csv");
    put_text("c.csv", "a,close,close\n1,2,3\n");
    expect_bad("c.csv: several columns are named \"close\", expected the number of one: 1 (close), 2 (close)", "close",
               "c.csv");
    expect_file("2", "c.csv", LIST(3));
}

Test(source_csv, refuses_text_that_is_not_a_number)
{
    put_text("prices.csv", "time,a,b,c,d,close\n1,2,3,4,5,6\n\n1,2,3,4,5,abc\n");
    expect_bad("prices.csv, line 4, column 5 (close): found \"abc\", expected a number" LEFT_OUT, "close",
               "prices.csv");
    put_text("a.csv", "1,x\n0x10,y\n");
    expect_bad("a.csv, line 2, column 0 (1): found \"0x10\", expected a number" LEFT_OUT, "1", "a.csv");
    put_text("b.csv", "1\n2\nthree\n");
    expect_bad("b.csv, line 3, column 0: found \"three\", expected a number" LEFT_OUT, NULL, "b.csv");
    expect_bad("b.csv, line 3, column 0: found \"three\", expected a number" LEFT_OUT, "0", "b.csv");
    put_text("c.csv", "day,close\n1,2\n2,three\n3,4\n");
    expect_bad("c.csv: 2 numeric columns, expected the option column to name one: 0 (day), 1 (close)", NULL, "c.csv");
}

Test(source_csv, refuses_ragged_records)
{
    put_text("a.csv", "a,b\n1,2\n3,4,5\n");
    expect_bad("a.csv, line 3: found 3 fields, expected 2 as in line 1" LEFT_OUT, "a", "a.csv");
    put_text("b.csv", "\na,b\n1,2\n\n3\n");
    expect_bad("b.csv, line 5: found 1 field, expected 2 as in line 2" LEFT_OUT, "a", "b.csv");
    FILE *file = fopen("late.csv", "w"); /* after the records that are examined first, in a later block */
    for (int i = 0; i < 300000; i++)
        fputs("1.5,2\r\n", file);
    fputs("1.5,2,\r\n", file);
    fclose(file);
    expect_bad("late.csv, line 300001: found 3 fields, expected 2 as in line 1" LEFT_OUT, "0", "late.csv");
}

Test(source_csv, refuses_files_without_data)
{
    put_text("empty.csv", "");
    expect_bad("empty.csv: empty file", NULL, "empty.csv");
    put_text("blank.csv", "\n \n\r\n");
    expect_bad("blank.csv: no data", NULL, "blank.csv");
    put_text("bom.csv", "\xef\xbb\xbf");
    expect_bad("bom.csv: no data", NULL, "bom.csv");
    put_text("header.csv", "a,b\n");
    expect_bad("header.csv: no data after the header", "a", "header.csv");
    expect_bad("missing.csv: no such file", NULL, "missing.csv");
    cr_assert_eq(mkdir("folder.csv", 0777), 0);
    expect_bad("folder.csv: the folder holds no file (those in its folders are not searched for): expected a folder "
               "with files, or a list of files",
               NULL, "folder.csv");
}

Test(source_csv, reads_utf16_and_refuses_binary_files)
{
    put("a.csv",
        "\xff\xfe"
        "1\0\n\0",
        6);
    expect_file(NULL, "a.csv", LIST(1));
    put("b.csv", "1\n2\0\n", 5);
    expect_bad("b.csv, line 2, offset 3: found a zero byte, expected UTF-8 text: the option encoding names another, "
               "such as ISO-8859-1 or WINDOWS-1252",
               NULL, "b.csv");
}

Test(source_csv, takes_long_fields)
{
    FILE *file = fopen("a.csv", "w");
    fputs("a,b\n1,\"", file);
    for (int i = 0; i < 1000000; i++)
        fputs("x\n", file);
    fputs("\"\n2,\n", file);
    fclose(file);
    struct source source = open_good("a", NULL, "a.csv");
    expect_place(&source, 1, "a.csv, line 1000003");
    expect_samples(&source, 0, LIST(1, 2));
}

Test(source_csv, refuses_an_open_quote)
{
    put_text("a.csv", "a,b\n1,2\n\"3,4\n5,6\n");
    expect_bad("a.csv, line 3: found a quote that is not closed in its field, expected a second \"" LEFT_OUT, "a",
               "a.csv");
    FILE *file = fopen("b.csv", "w"); /* memory stays bounded */
    fputs("a,b\n1,2\n\"3,4\n", file);
    for (int i = 0; i < 5000000; i++)
        fputs("1,2\n3,4\n", file);
    fclose(file);
    expect_bad("b.csv, line 3: found a quote that is not closed in its field, expected a second \"" LEFT_OUT, "a",
               "b.csv");
}

Test(source_csv, loses_no_row_to_a_header)
{
    put_text("a.csv", "2024-01-01,5.5\n2024-01-02,6\n");
    expect_file(NULL, "a.csv", LIST(5.5, 6));
    put_text("b.csv", "x,1\na,2\n");
    expect_file("1", "b.csv", LIST(1, 2));
}

/* Fields, records and line ends of every length cross the block's edge somewhere. */
Test(source_csv, reads_across_blocks)
{
    enum { ROWS = 400000 };
    double *expected = malloc(ROWS * sizeof *expected);
    FILE *file = fopen("a.csv", "w");
    fputs("x,value,\"te\"\"xt\"\r\n", file);
    for (int i = 0; i < ROWS; i++) {
        expected[i] = i % 7 == 0 ? NAN : i * 1.25 - 1e5;
        if (i % 7 == 0)
            fprintf(file, "%d,,\"a\"\"\r\nb\"\r\n", i);
        else
            fprintf(file, "%d,\"%.2f\",%s\r\n", i, expected[i], i % 3 ? "" : "\"x,y\"");
    }
    fclose(file);
    struct source source = open_good("value", NULL, "a.csv");
    double *read = malloc(ROWS * sizeof *read);
    cr_assert_eq(source.shape.samples, ROWS);
    cr_assert_eq(source.ops->read(source.self, 0, ROWS, read, &test_error), PLOTMILL_OK);
    for (int i = 0; i < ROWS; i++)
        cr_assert(same_number(read[i], expected[i]), "sample %d", i);
    cr_assert_eq(source.ops->read(source.self, 65530, 131083, read, &test_error), PLOTMILL_OK);
    for (int i = 0; i < 131083; i++)
        cr_assert(same_number(read[i], expected[65530 + i]), "sample %d", 65530 + i);
    /* Each seventh record spans two lines, and its second field ends in the first of them. */
    expect_place(&source, 399999, "a.csv, line 457144");
    source_close(&source);
    free(read);
    free(expected);
}
