/* Samples of several fields from CSV files: which columns they are, by name, number, and the option columns. */
#include "test_source_files.h"

TestSuite(source_fields, .init = enter_folder, .fini = leave_folder);

#define N NAN
#define NAMES(...)                                \
    .fields = (const char *const[]){__VA_ARGS__}, \
    .field_count = sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)
#define LIST(...)                                                  \
    (sizeof((double[]){__VA_ARGS__}) / sizeof(double)), (double[]) \
    {                                                              \
        __VA_ARGS__                                                \
    }

static enum plotmill_status open_with(struct source *source, struct source_options options, const char *path)
{
    memset(&test_error, 0, sizeof test_error);
    *source = (struct source){0};
    return source_open(source, &path, 1, &options, &test_log, &test_error);
}

static void expect_rows(struct source_options options, const char *path, size_t count, const double *values)
{
    struct source source;
    const size_t fields = options.field_count;
    const uint64_t samples = count / fields;
    double read[100];
    cr_assert_eq(open_with(&source, options, path), PLOTMILL_OK, "%s", test_error.message);
    cr_assert_eq(source_fields(source.shape), fields);
    cr_assert_eq(source.shape.samples, samples);
    for (uint64_t n = 1; n <= samples; n++)
        for (uint64_t first = 0; first + n <= samples; first++) {
            read[n * fields] = 12345;
            cr_assert_eq(source.ops->read(source.self, first, n, read, &test_error), PLOTMILL_OK);
            for (size_t i = 0; i < n * fields; i++)
                cr_assert(same_number(read[i], values[first * fields + i]), "value %zu of %llu+%llu: %g, expected %g",
                          i, (unsigned long long)first, (unsigned long long)n, read[i], values[first * fields + i]);
            cr_assert_eq(read[n * fields], 12345);
        }
    source_close(&source);
}

static void expect_refusal(struct source_options options, const char *path, const char *message)
{
    struct source source;
    cr_assert_eq(open_with(&source, options, path), PLOTMILL_BAD_INPUT, "not refused: %s", message);
    cr_assert_str_eq(test_error.message, message);
    cr_assert(!source.ops && !source.self && !source.about.names && !source.about.fields);
}

#define PRICES "Date,Open,HIGH,low,Close,text\n2024-01-01,1,4,0.5,2,a\n2024-01-02,2,5,1,,b\n2024-01-03,3,6,2,4,c\n"

Test(source_fields, are_columns_by_name_in_any_letter_case)
{
    put_text("a.csv", PRICES);
    expect_rows((struct source_options){NAMES("open", "high", "low", "close")}, "a.csv",
                LIST(1, 4, 0.5, 2, 2, 5, 1, N, 3, 6, 2, 4));
    expect_rows((struct source_options){NAMES("close", "open")}, "a.csv", LIST(2, 1, N, 2, 4, 3));
    expect_rows((struct source_options){NAMES("low", "low", "HIGH", "low")}, "a.csv",
                LIST(0.5, 0.5, 4, 0.5, 1, 1, 5, 1, 2, 2, 6, 2));
    expect_rows((struct source_options){NAMES("", "high"), .column = "close"}, "a.csv", LIST(2, 4, N, 5, 4, 6));
    put_text("b.csv", "x,X,y\n1,2,3\n");
    expect_rows((struct source_options){NAMES("X", "x")}, "b.csv", LIST(2, 1));
}

Test(source_fields, that_are_missing_are_named_in_one_line)
{
    put_text("a.csv", PRICES);
    expect_refusal((struct source_options){NAMES("open", "volume")}, "a.csv",
                   "a.csv: the chart needs the field volume; found the columns 0 (Date), 1 (Open), 2 (HIGH), 3 (low), "
                   "4 (Close), 5 (text): the option columns can name them, as in volume=NUMBER");
    expect_refusal((struct source_options){NAMES("volume", "open", "ret")}, "a.csv",
                   "a.csv: the chart needs the fields volume, ret; found the columns 0 (Date), 1 (Open), 2 (HIGH), 3 "
                   "(low), 4 (Close), 5 (text): the option columns can name them, as in NAME=NUMBER");
    put_text("b.csv", "1,2,3\n4,5,6\n");
    expect_refusal((struct source_options){NAMES("open", "high")}, "b.csv",
                   "b.csv: the chart needs the fields open, high, but the columns have no names: expected the option "
                   "columns with 3 names, in their order, or with NAME=NUMBER for each field");
    expect_refusal((struct source_options){NAMES("open", "high", "low", "close")}, "b.csv",
                   "b.csv: the chart needs the fields open, high, low, close, but found 3 columns, without names: "
                   "expected a column for each field, and the option columns with their names");
    put_text("c.csv", "close,Close\n1,2\n");
    expect_refusal((struct source_options){NAMES("CLOSE")}, "c.csv",
                   "c.csv: several columns are named \"CLOSE\", expected the number of one: 0 (close), 1 (Close)");
    expect_refusal((struct source_options){NAMES("close"), .column = "1"}, "c.csv",
                   "c.csv: column: does not apply to this chart, which names its fields: expected the option columns");
}

Test(source_fields, of_text_are_refused_by_line_and_column)
{
    put_text("a.csv", PRICES);
    expect_refusal(
        (struct source_options){NAMES("open", "text")}, "a.csv",
        "a.csv, line 2, column 5 (text): found \"a\", expected a number (bad-rows skip leaves such rows out)");
    put_text("b.csv", "open,close\n1,2\n3,4\n5,oops\n");
    expect_refusal(
        (struct source_options){NAMES("close", "open")}, "b.csv",
        "b.csv, line 4, column 1 (close): found \"oops\", expected a number (bad-rows skip leaves such rows out)");
    expect_rows((struct source_options){NAMES("open")}, "b.csv", LIST(1, 3, 5));
}

Test(source_fields, are_named_by_the_option_columns)
{
    put_text("a.csv", "1,2,3\n4,5,6\n");
    expect_rows((struct source_options){NAMES("low", "high"), .columns = "high,low,x"}, "a.csv", LIST(2, 1, 5, 4));
    expect_rows((struct source_options){NAMES("low", "high"), .columns = " high = 2 ,low=0"}, "a.csv",
                LIST(1, 3, 4, 6));
    expect_rows((struct source_options){NAMES(""), .columns = "1"}, "a.csv", LIST(2, 5));
    put_text("b.csv", "time,Adj Close,close\n1,2,3\n4,5,6\n");
    expect_rows((struct source_options){NAMES("close"), .columns = "close=Adj Close"}, "b.csv", LIST(2, 5));
    expect_rows((struct source_options){NAMES(""), .columns = "CLOSE"}, "b.csv", LIST(3, 6));
    expect_rows((struct source_options){NAMES(""), .columns = "1"}, "b.csv", LIST(2, 5));
    put_text("c.csv", "close,b,close\n1,2,3\n");
    expect_rows((struct source_options){NAMES("close"), .columns = "b,2"}, "c.csv", LIST(3));
}

Test(source_fields, and_the_option_columns_are_checked)
{
    put_text("a.csv", "1,2,3\n4,5,6\n");
    expect_refusal((struct source_options){NAMES("high"), .columns = "high,low"}, "a.csv",
                   "a.csv: columns: the input has 3 columns without names: expected as many names in their order, or "
                   "numbers from 0, or NAME=NUMBER for each; found 2 of which 2 are names");
    expect_refusal((struct source_options){NAMES("high"), .columns = "high,1,2"}, "a.csv",
                   "a.csv: columns: the input has 3 columns without names: expected as many names in their order, or "
                   "numbers from 0, or NAME=NUMBER for each; found 3 of which 1 is a name");
    expect_refusal((struct source_options){NAMES(""), .columns = "3"}, "a.csv",
                   "a.csv: no column \"3\", expected one of 0, 1, 2");
    expect_refusal((struct source_options){NAMES(""), .columns = "1,,2"}, "a.csv",
                   "columns: found \"1,,2\", expected names or numbers, separated by single commas");
    expect_refusal((struct source_options){NAMES(""), .columns = "x=1,1"}, "a.csv",
                   "a.csv: columns: column 1 (x) is listed twice");
    expect_refusal((struct source_options){NAMES(""), .columns = "0,2"}, "a.csv",
                   "a.csv: 2 numeric columns, expected the option column to name one: 0, 2");
    expect_refusal((struct source_options){NAMES(""), .columns = "0,2", .column = "1"}, "a.csv",
                   "a.csv: no column \"1\", expected one of 0, 2");
    put_text("b.csv", "open,close\n1,2\n");
    expect_refusal((struct source_options){NAMES("open"), .columns = "opne,close"}, "b.csv",
                   "b.csv: no column \"opne\", expected one of 0 (open), 1 (close): did you mean \"open\"?");
    expect_refusal((struct source_options){NAMES("open"), .columns = "close"}, "b.csv",
                   "b.csv: the chart needs the field open; found the columns 1 (close): the option columns can name "
                   "them, as in open=NUMBER");
}

/* Dumps without a header, also in several files, have the names of klines. */
Test(source_fields, of_kline_dumps_are_known)
{
    const char *const paths[] = {"a.csv", "b.csv"};
    const struct source_options options = {NAMES("close", "volume")};
    struct source source;
    double read[8];
    put_text("a.csv", "1704067200000,2,5,1,3,10,1704067259999,7,8,9,10,0\n"
                      "1704067260000,3,5,1,4,20,1704067319999,7,8,9,10,0\n");
    put_text("b.csv", "1704067320000,2,5,1,5,30,1704067379999,7,8,9,10,0\n");
    cr_assert_eq(source_open(&source, paths, 2, &options, &test_log, &test_error), PLOTMILL_OK, "%s",
                 test_error.message);
    cr_assert(source.shape.samples == 3 && source_fields(source.shape) == 2);
    cr_assert(strstr(
        logged,
        "I: a.csv to b.csv (2 inputs): UTF-8, separated by commas, no header, the columns of klines, 12 columns"));
    cr_assert_eq(source.ops->read(source.self, 0, 3, read, &test_error), PLOTMILL_OK);
    cr_assert(!memcmp(read, (double[]){3, 10, 4, 20, 5, 30}, 6 * sizeof *read));
    cr_assert_eq(source.ops->read(source.self, 2, 1, read, &test_error), PLOTMILL_OK);
    cr_assert(read[0] == 5 && read[1] == 30);
    cr_assert(source.about.name_count == 2 && !strcmp(source.about.names[1], "volume") &&
              source.about.selected == SOURCE_NONE_SELECTED);
    expect_place(&source, 2, "b.csv, line 1");
    source_close(&source);
}

/* Many fields, many blocks; 8 bytes a value. */
Test(source_fields, across_blocks)
{
    enum { ROWS = 30000, FIELDS = 7 };
    static const char *const names[] = {"g", "f", "e", "d", "c", "b", "a"};
    FILE *file = fopen("a.csv", "w");
    fputs("a,b,c,d,e,f,g\n", file);
    for (int i = 0; i < ROWS; i++)
        fprintf(file, "%d,%d,%d,%d,%d,%d,%d\n", 7 * i, 7 * i + 1, 7 * i + 2, 7 * i + 3, 7 * i + 4, 7 * i + 5,
                7 * i + 6);
    fclose(file);
    struct source source;
    double *read = malloc((size_t)ROWS * FIELDS * sizeof *read);
    cr_assert_eq(open_with(&source, (struct source_options){.fields = names, .field_count = FIELDS}, "a.csv"),
                 PLOTMILL_OK);
    cr_assert_eq(source.ops->read(source.self, 3, ROWS - 3, read, &test_error), PLOTMILL_OK);
    for (int i = 0; i < (ROWS - 3) * FIELDS; i++)
        cr_assert_eq(read[i], 7 * (3 + i / 7) + 6 - i % 7);
    free(read);
    source_close(&source);
}
