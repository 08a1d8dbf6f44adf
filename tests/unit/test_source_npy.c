#include "test_source_files.h"

#include <float.h>

TestSuite(source_npy, .init = enter_folder, .fini = leave_folder);

#define LIST(...)                                                  \
    (sizeof((double[]){__VA_ARGS__}) / sizeof(double)), (double[]) \
    {                                                              \
        __VA_ARGS__                                                \
    }
#define N NAN

/* Version 1.0 has a length of 2 bytes, the later ones of 4. */
static void put_npy(const char *name, int version, const char *header, const void *data, size_t size)
{
    static unsigned char bytes[100000];
    size_t length = strlen(header), at = version == 1 ? 10 : 12;
    memcpy(bytes, "\x93NUMPY", 6);
    bytes[6] = (unsigned char)version;
    bytes[7] = 0;
    bytes[8] = length & 255;
    bytes[9] = (unsigned char)(length >> 8);
    bytes[10] = bytes[11] = 0;
    memcpy(bytes + at, header, length);
    if (size)
        memcpy(bytes + at + length, data, size);
    put(name, bytes, at + length + size);
}

/* `count` elements, given as bits, of `size` bytes each in either byte order. */
static void put_elements(const char *dtype, const char *shape, bool fortran, size_t count, const uint64_t *bits,
                         unsigned size, bool big)
{
    static unsigned char data[50000];
    char header[200];
    for (size_t i = 0; i < count; i++)
        for (unsigned k = 0; k < size; k++)
            data[i * size + k] = (unsigned char)(bits[i] >> 8 * (big ? size - 1 - k : k));
    snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n", dtype,
             fortran ? "True" : "False", shape);
    put_npy("a.npy", 1, header, data, count * size);
}

static bool host_is_big(void)
{
    const uint16_t one = 1;
    return *(const unsigned char *)&one == 0;
}

/* Four elements of a type named without byte order, in every order. */
static void expect_type(const char *name, unsigned size, const uint64_t bits[4], const double values[4])
{
    char dtype[8];
    for (const char *order = size == 1 ? "|<>=" : "<>="; *order; order++) {
        bool big = *order == '>' || (*order == '=' && host_is_big());
        snprintf(dtype, sizeof dtype, "%c%s", *order, name);
        put_elements(dtype, "(4,)", false, 4, bits, size, big);
        expect_file(NULL, "a.npy", 4, values);
    }
}

#define BITS(...)   \
    (uint64_t[])    \
    {               \
        __VA_ARGS__ \
    }
#define VALUES(...) \
    (double[])      \
    {               \
        __VA_ARGS__ \
    }

Test(source_npy, reads_integers)
{
    expect_type("i1", 1, BITS(0, 1, 0x80, 0xff), VALUES(0, 1, -128, -1));
    expect_type("u1", 1, BITS(0, 1, 0x80, 0xff), VALUES(0, 1, 128, 255));
    expect_type("i2", 2, BITS(1, 0x1234, 0x8000, 0xfffe), VALUES(1, 0x1234, -32768, -2));
    expect_type("u2", 2, BITS(1, 0x1234, 0x8000, 0xfffe), VALUES(1, 0x1234, 0x8000, 0xfffe));
    expect_type("i4", 4, BITS(1, 0x12345678, 0x80000000, 0xfffffffe), VALUES(1, 0x12345678, -2147483648., -2));
    expect_type("u4", 4, BITS(1, 0x12345678, 0x80000000, 0xfffffffe), VALUES(1, 0x12345678, 2147483648., 4294967294.));
    expect_type("i8", 8, BITS(1, 0x0123456789abcd00, 0x8000000000000000, 0xfffffffffffffffe),
                VALUES(1, (double)0x0123456789abcd00, -9223372036854775808., -2));
    expect_type("u8", 8, BITS(1, 0x0123456789abcd00, 0x8000000000000000, 0xfffffffffffff800),
                VALUES(1, (double)0x0123456789abcd00, 9223372036854775808., 18446744073709549568.));
}

static void expect_far(const char *dtype, const uint64_t bits[4], const char *message)
{
    put_elements(dtype, "(4,)", false, 4, bits, 8, dtype[0] == '>');
    struct source source = open_good(NULL, NULL, "a.npy");
    expect_unreadable(&source, message);
}

Test(source_npy, wide_integers_that_no_float64_equals)
{
    expect_type("i8", 8, BITS(9007199254740992, 9007199254740994, (uint64_t)-9007199254740994, INT64_MAX - 1023),
                VALUES(9007199254740992., 9007199254740994., -9007199254740994., 9223372036854774784.));
    expect_far("<i8", BITS(1, 9007199254740993, 2, 3), "a.npy, row 1: found 9007199254740993" NOT_FLOAT64);
    expect_far(">i8", BITS(1, 2, 3, (uint64_t)-9007199254740993), "a.npy, row 3: found -9007199254740993" NOT_FLOAT64);
    expect_far(">i8", BITS(INT64_MAX, 2, 3, 4), "a.npy, row 0: found 9223372036854775807" NOT_FLOAT64);
    expect_far("<u8", BITS(1, 2, UINT64_MAX, 4), "a.npy, row 2: found 18446744073709551615" NOT_FLOAT64);
}

Test(source_npy, reads_floats)
{
    expect_type("f8", 8, BITS(0x3ff8000000000000, 0x8000000000000000, 1, 0x7ff8000000000000),
                VALUES(1.5, -0.0, 4.9406564584124654e-324, N));
    expect_type("f8", 8, BITS(0x7ff0000000000000, 0xfff0000000000000, 0x7fefffffffffffff, 0x40f86a0a3d70a3d7),
                VALUES(INFINITY, -INFINITY, DBL_MAX, 100000.64));
    expect_type("f4", 4, BITS(0x3fc00000, 0x80000000, 1, 0x7fc00000), VALUES(1.5, -0.0, 1.401298464324817e-45, N));
    expect_type("f4", 4, BITS(0x7f800000, 0xff800000, 0x7f7fffff, 0x3dcccccd),
                VALUES(INFINITY, -INFINITY, FLT_MAX, 0.1f));
    expect_type("f2", 2, BITS(0x3e00, 0x8000, 1, 0x7e00), VALUES(1.5, -0.0, 1 / 16777216., N));
    expect_type("f2", 2, BITS(0x7c00, 0xfc00, 0x7bff, 0x0400), VALUES(INFINITY, -INFINITY, 65504, 1 / 16384.));
    expect_type("f2", 2, BITS(0x03ff, 0xbc01, 0x3555, 0xd640),
                VALUES(1023 / 16777216., -1.0009765625, 1365 / 4096., -100));
}

Test(source_npy, reads_every_version_and_spelling)
{
    static const unsigned char data[] = {1, 2, 3};
    put_npy("a.npy", 1, "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }     \n", data, 3);
    expect_file(NULL, "a.npy", LIST(1, 2, 3));
    put_npy("a.npy", 2, "{'shape':(3,),'fortran_order':True,'descr':'|u1'}", data, 3);
    expect_file(NULL, "a.npy", LIST(1, 2, 3));
    put_npy("a.npy", 3, " { \"descr\" : \"u1\" , \"shape\" : ( 3L , ) , \"fortran_order\" : False } \n", data, 3);
    expect_file(NULL, "a.npy", LIST(1, 2, 3));
}

Test(source_npy, reads_ready_sequences)
{
    struct source source;
    put_elements("<i2", "(2, 3)", false, 6, BITS(1, 2, 3, 4, 5, 6), 2, false);
    source = open_good(NULL, NULL, "a.npy");
    expect_place(&source, 4, "a.npy, row 1, sample 1");
    expect_samples(&source, 3, LIST(1, 2, 3, 4, 5, 6));
    put_elements(">i2", "(2, 3)", true, 6, BITS(1, 4, 2, 5, 3, 6), 2, true);
    source = open_good(NULL, NULL, "a.npy");
    expect_place(&source, 4, "a.npy, row 1, sample 1");
    expect_samples(&source, 3, LIST(1, 2, 3, 4, 5, 6));
    put_elements("<i2", "(4, 1)", true, 4, BITS(1, 2, 3, 4), 2, false);
    source = open_good(NULL, NULL, "a.npy"); /* a column is a series */
    expect_samples(&source, 0, LIST(1, 2, 3, 4));
    put_elements("<i2", "(1, 4)", true, 4, BITS(1, 2, 3, 4), 2, false);
    source = open_good(NULL, NULL, "a.npy");
    expect_samples(&source, 4, LIST(1, 2, 3, 4));
}

Test(source_npy, reads_fortran_order_in_pieces)
{
    enum { ROWS = 37, LENGTH = 11 };
    uint64_t bits[ROWS * LENGTH];
    double expected[ROWS * LENGTH];
    for (int n = 0; n < ROWS; n++)
        for (int t = 0; t < LENGTH; t++) {
            bits[t * ROWS + n] = (uint64_t)(1000 * n + t);
            expected[n * LENGTH + t] = 1000 * n + t;
        }
    test_axes = "NT";
    put_elements("<u4", "(37, 11)", true, ROWS * LENGTH, bits, 4, false);
    struct source source = open_good(NULL, NULL, "a.npy");
    expect_samples(&source, LENGTH, ROWS * LENGTH, expected);
}

/* More than one block of the reader, in both orders. */
Test(source_npy, reads_large_files)
{
    enum { ROWS = 70001, LENGTH = 3 };
    test_axes = "NT";
    int16_t *data = malloc(ROWS * LENGTH * sizeof *data);
    double *read = malloc(ROWS * LENGTH * sizeof *read);
    for (int fortran = 0; fortran < 2; fortran++) {
        char header[118];
        snprintf(header, sizeof header, "\x93NUMPY\1%cd%c{'descr': '=i2', 'fortran_order': %s, 'shape': (%d, %d)}", 0,
                 0, fortran ? "True" : "False", ROWS, LENGTH);
        for (int n = 0; n < ROWS; n++)
            for (int t = 0; t < LENGTH; t++)
                data[fortran ? t * ROWS + n : n * LENGTH + t] = (int16_t)(n * 7 + t);
        int length = snprintf(header + 10, 100, "{'descr': '=i2', 'fortran_order': %s, 'shape': (%d, %d)}",
                              fortran ? "True" : "False", ROWS, LENGTH);
        memset(header + 10 + length, ' ', (size_t)(100 - length));
        FILE *file = fopen("a.npy", "wb");
        cr_assert(fwrite(header, 1, 110, file) == 110 && fwrite(data, 2, ROWS * LENGTH, file) == ROWS * LENGTH);
        fclose(file);
        struct source source = open_good(NULL, NULL, "a.npy");
        cr_assert_eq(source.shape.samples, ROWS * LENGTH);
        uint64_t first = 100, count = ROWS * LENGTH - 200;
        cr_assert_eq(source.ops->read(source.self, first, count, read, &test_error), PLOTMILL_OK);
        for (uint64_t i = 0; i < count; i++)
            cr_assert_eq(read[i], (int16_t)((i + first) / LENGTH * 7 + (i + first) % LENGTH));
        source_close(&source);
    }
    free(data);
    free(read);
}

static void expect_bad_header(const char *header, const char *message)
{
    static const unsigned char data[8] = {0};
    put_npy("a.npy", 1, header, data, sizeof data);
    expect_bad(message, NULL, "a.npy");
}

#define DTYPES ", expected float16, float32, float64, or integers of 8 to 64 bits"

Test(source_npy, refuses_unsupported_dtypes)
{
    static const char *const dtypes[] = {"|b1",  "<c16", "|S8", "<U4", "|O", "<M8[s]",
                                         "<f16", "|i2",  "f1",  "",    "<",  "i3"};
    char header[100], message[200];
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++) {
        snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (1,)}", dtypes[i]);
        snprintf(message, sizeof message, "a.npy: found dtype %s" DTYPES, dtypes[i]);
        expect_bad_header(header, message);
    }
    expect_bad_header("{'descr': [('a', '<f8'), ('b', 'O')], 'fortran_order': False, 'shape': (1,)}",
                      "a.npy: found dtype O" DTYPES);
    expect_bad_header("{'descr': [('', '|V8')], 'fortran_order': False, 'shape': (1,)}",
                      "a.npy: found dtype [('', '|V8')], 'fortran_order': False, '..." DTYPES);
}

Test(source_npy, refuses_malformed_headers)
{
    static const struct {
        const char *header, *message;
    } cases[] = {
        {"", "offset 10: malformed NPY header: found \"\", expected {"},
        {"[1]", "offset 10: malformed NPY header: found \"[1]\", expected {"},
        {"{'descr': '<f8', 'fortran_order': False}",
         "offset 49: malformed NPY header: found \"}\", expected 'descr', 'fortran_order' and 'shape', each once"},
        {"{'descr': '<f8', 'descr': '<f8'}", "offset 27: malformed NPY header: found \"'descr': '<f8'}\", "
                                             "expected 'descr', 'fortran_order' and 'shape', each once"},
        {"{'color': 1}", "offset 11: malformed NPY header: found \"'color': 1}\", "
                         "expected 'descr', 'fortran_order' and 'shape', each once"},
        {"{descr: '<f8'}", "offset 11: malformed NPY header: found \"descr: '<f8'}\", "
                           "expected 'descr', 'fortran_order' or 'shape'"},
        {"{'descr' '<f8'}", "offset 19: malformed NPY header: found \"'<f8'}\", expected :"},
        {"{'descr': 8}", "offset 20: malformed NPY header: found \"8}\", expected a dtype such as '<f8'"},
        {"{'descr': '<f8}", "offset 20: malformed NPY header: found \"'<f8}\", expected a dtype such as '<f8'"},
        {"{'fortran_order': 0}", "offset 28: malformed NPY header: found \"0}\", expected True or False"},
        {"{'shape': 3}", "offset 20: malformed NPY header: found \"3}\", expected a shape such as (1000,)"},
        {"{'shape': (3)}", "offset 22: malformed NPY header: found \")}\", expected , or )"},
        {"{'shape': (-3,)}", "offset 21: malformed NPY header: found \"-3,)}\", expected a length or )"},
        {"{'shape': (3", "offset 22: malformed NPY header: found \"\", expected , or )"},
        {"{'shape': (99999999999999999999,)}",
         "offset 39: malformed NPY header: found \"99,)}\", expected a length below 2^63"},
        {"{'shape': (3,) 'descr': '<f8'}",
         "offset 25: malformed NPY header: found \"'descr': '<f8'}\", expected , or }"},
        {"{'descr': '|u1', 'fortran_order': False, 'shape': (1,)} x",
         "offset 66: malformed NPY header: found \"x\", expected spaces up to the end of the header"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char message[300];
        snprintf(message, sizeof message, "a.npy, %s", cases[i].message);
        expect_bad_header(cases[i].header, message);
    }
}

#define HEADER(shape) "{'descr': '<f8', 'fortran_order': False, 'shape': " shape "}"

Test(source_npy, refuses_other_shapes)
{
    expect_bad_header(HEADER("()"), "a.npy: found 0 dimensions, expected 1 (one long series), 2 (ready sequences, "
                                    "or rows of fields) or 3 (sequences of rows of fields)");
    expect_bad_header(HEADER("(1, 1, 1, 1)"),
                      "a.npy: found 4 dimensions, expected 1 (one long series), 2 (ready sequences, or rows of fields) "
                      "or 3 (sequences of rows of fields)");
    expect_bad_header("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1, 1, 1)}",
                      "a.npy: records in 3 dimensions, expected 1 (one long series), 2 (ready sequences, or rows of "
                      "fields) or 3 (sequences of rows of fields)");
    expect_bad_header(HEADER("(0,)"), "a.npy: holds no samples");
    expect_bad_header(HEADER("(5, 0)"), "a.npy: holds no samples");
}

Test(source_npy, refuses_truncated_files)
{
    expect_bad_header(HEADER("(2,)"), "a.npy: truncated: found 1 samples after offset 65, expected 2 x 1 of 8 bytes");
    expect_bad_header(HEADER("(1, 2)"), "a.npy: truncated: found 1 samples after offset 67, expected 1 x 2 of 8 bytes");
    put("b.npy", "\x93NUMPY\1\0\x76\0{'descr'", 18);
    expect_bad("b.npy: truncated within the NPY header", NULL, "b.npy");
    put("b.npy", "\x93NUMPY\1", 7);
    expect_bad("b.npy: truncated within the NPY header", NULL, "b.npy");
    put("b.npy", "\x93NUMPY\2\0\x76\0", 10);
    expect_bad("b.npy: truncated within the NPY header", NULL, "b.npy");
    put("b.npy", "\x93NUMPY\2\0\xff\xff\xff\xff", 12);
    expect_bad("b.npy, offset 8: found an NPY header of 4294967295 bytes, expected at most 1000000", NULL, "b.npy");
}

/* Products of these lengths wrap around to small numbers. */
Test(source_npy, refuses_lengths_that_overflow)
{
    expect_bad_header(HEADER("(4, 4611686018427387904)"), "a.npy: truncated: found 1 samples after offset 85, expected "
                                                          "4 x 4611686018427387904 of 8 bytes");
    expect_bad_header(HEADER("(4294967296, 4294967296)"), "a.npy: truncated: found 1 samples after offset 85, expected "
                                                          "4294967296 x 4294967296 of 8 bytes");
    expect_bad_header(HEADER("(2305843009213693952,)"), "a.npy: truncated: found 1 samples after offset 83, expected "
                                                        "2305843009213693952 x 1 of 8 bytes");
}

Test(source_npy, refuses_other_files)
{
    put("a.npy", "\x93NUM\0\1", 6); /* what a file is shows by its content */
    expect_bad("a.npy: found binary data, expected text (CSV), NPY, NPZ or HDF5: convert it to CSV or NPY", NULL,
               "a.npy");
    put("a.npy", "\x93NUMPY\4\0\1\0{", 11);
    expect_bad("a.npy, offset 6: found NPY version 4.0, expected 1.0, 2.0 or 3.0", NULL, "a.npy");
    put_text("empty.npy", "");
    expect_bad("empty.npy: empty file", NULL, "empty.npy");
    expect_bad("none.npy: no such file", NULL, "none.npy");
    cr_assert_eq(mkdir("folder.npy", 0777), 0);
    expect_bad("folder.npy: the folder holds no file (those in its folders are not searched for): expected a folder "
               "with files, or a list of files",
               NULL, "folder.npy");
}

Test(source_npy, reports_a_file_that_shrinks)
{
    double read[8000];
    static uint64_t zeros[5000];
    put_elements("<f8", "(5000,)", false, 5000, zeros, 8, false);
    struct source source = open_good(NULL, NULL, "a.npy");
    cr_assert_eq(truncate("a.npy", 100), 0);
    cr_assert_eq(source.ops->read(source.self, 0, 5000, read, &test_error), PLOTMILL_IO_FAILED);
    cr_assert_str_eq(test_error.message, "a.npy, offset 71: reading failed: the file has become shorter");
    source_close(&source);
}
