#include "test_source_files.h"

TestSuite(source_open, .init = enter_folder, .fini = leave_folder);

#define LIST(...)                                                  \
    (sizeof((double[]){__VA_ARGS__}) / sizeof(double)), (double[]) \
    {                                                              \
        __VA_ARGS__                                                \
    }

/* uint8 of the given shape, counting up from `first`. */
static void put_npy(const char *name, const char *shape, int count, int first)
{
    char header[128], bytes[400];
    int length = snprintf(header, sizeof header, "{'descr': '|u1', 'fortran_order': False, 'shape': %s}", shape);
    memcpy(bytes, "\x93NUMPY\1\0", 8);
    bytes[8] = (char)length;
    bytes[9] = 0;
    memcpy(bytes + 10, header, (size_t)length);
    for (int i = 0; i < count; i++)
        bytes[10 + length + i] = (char)(first + i);
    put(name, bytes, (size_t)(10 + length + count));
}

static void expect_bad_files(const char *message, size_t count, const char *const *paths)
{
    struct source source;
    cr_assert_eq(open_files(&source, NULL, NULL, count, paths), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(test_error.message, message);
    cr_assert(!source.ops);
}

Test(source_open, detects_formats_by_content)
{
    put_text("a.txt", "1\n2\n");
    expect_file(NULL, "a.txt", LIST(1, 2));
    put_text("csv", "1\n2\n");
    expect_file(NULL, "csv", LIST(1, 2));
    put_npy("a.NPY", "(3,)", 3, 1);
    expect_file(NULL, "a.NPY", LIST(1, 2, 3));
    put_npy("array.csv", "(3,)", 3, 1);
    expect_file(NULL, "array.csv", LIST(1, 2, 3));
    expect_bad_files("no input file", 0, NULL);
}

Test(source_open, refuses_options_of_other_formats)
{
    put_npy("a.npy", "(3,)", 3, 1);
    expect_bad("a.npy: the option column applies to csv, and to arrays with fields (axes TF or NTF, or records)",
               "close", "a.npy");
    expect_failure(PLOTMILL_BAD_INPUT, "a.npy: the option dataset applies to hdf5", NULL, "/x", "a.npy");
    put_text("a.csv", "1\n2\n");
    expect_failure(PLOTMILL_BAD_INPUT, "a.csv: the option dataset applies to hdf5", NULL, "/x", "a.csv");
}

Test(source_open, takes_no_options)
{
    struct source source = {0};
    put_npy("a.npy", "(3,)", 3, 1);
    cr_assert_eq(source_open(&source, (const char *[]){"a.npy"}, 1, NULL, NULL, NULL), PLOTMILL_OK);
    expect_samples(&source, 0, LIST(1, 2, 3));
    cr_assert_eq(source_open(&source, (const char *[]){"b.npy"}, 1, NULL, NULL, NULL), PLOTMILL_BAD_INPUT);
    source_close(&source); /* closing twice is allowed */
}

Test(source_open, joins_long_series)
{
    struct source source;
    put_npy("a.npy", "(3,)", 3, 1);
    put_npy("b.npy", "(1,)", 1, 4);
    put_npy("c.npy", "(5,)", 5, 5);
    cr_assert_eq(open_files(&source, NULL, NULL, 3, (const char *[]){"a.npy", "b.npy", "c.npy"}), PLOTMILL_OK);
    expect_place(&source, 0, "a.npy, row 0");
    expect_place(&source, 2, "a.npy, row 2");
    expect_place(&source, 3, "b.npy, row 0");
    expect_place(&source, 4, "c.npy, row 0");
    expect_place(&source, 8, "c.npy, row 4");
    expect_samples(&source, 0, LIST(1, 2, 3, 4, 5, 6, 7, 8, 9));
}

Test(source_open, joins_ready_sequences)
{
    struct source source;
    put_npy("a.npy", "(2, 3)", 6, 1);
    put_npy("b.npy", "(1, 3)", 3, 7);
    cr_assert_eq(open_files(&source, NULL, NULL, 2, (const char *[]){"a.npy", "b.npy"}), PLOTMILL_OK);
    expect_place(&source, 7, "b.npy, row 0, sample 1");
    expect_samples(&source, 3, LIST(1, 2, 3, 4, 5, 6, 7, 8, 9));
}

Test(source_open, refuses_unlike_files)
{
    put_npy("long.npy", "(6,)", 6, 1);
    put_npy("by3.npy", "(2, 3)", 6, 1);
    put_npy("by2.npy", "(2, 2)", 4, 1);
    expect_bad_files("by3.npy holds ready sequences, expected one long series as in long.npy", 2,
                     (const char *[]){"long.npy", "by3.npy"});
    expect_bad_files("long.npy holds one long series, expected ready sequences as in by3.npy", 2,
                     (const char *[]){"by3.npy", "long.npy"});
    expect_bad_files("by2.npy holds sequences of 2 samples, expected 3 as in by3.npy", 3,
                     (const char *[]){"by3.npy", "by3.npy", "by2.npy"});
    expect_bad_files("none.npy: no such file", 2, (const char *[]){"by3.npy", "none.npy"});
}

Test(source_open, joins_csv_and_npy)
{
    struct source source;
    put_npy("a.npy", "(3,)", 3, 1);
    put_text("b.csv", "date,x,y\nd,4,0\n\nd,5,0\n");
    cr_assert_eq(open_files(&source, "x", NULL, 2, (const char *[]){"a.npy", "b.csv"}), PLOTMILL_OK);
    expect_place(&source, 4, "b.csv, line 4");
    expect_samples(&source, 0, LIST(1, 2, 3, 4, 5));
}
