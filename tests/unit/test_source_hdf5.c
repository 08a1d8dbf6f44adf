#include "test_source_files.h"

TestSuite(source_hdf5, .init = enter_folder, .fini = leave_folder);

#if HAVE_HDF5

#include <hdf5.h>

#define LIST(...)                                                  \
    (sizeof((double[]){__VA_ARGS__}) / sizeof(double)), (double[]) \
    {                                                              \
        __VA_ARGS__                                                \
    }

static hid_t create(const char *path)
{
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    cr_assert(file >= 0);
    return file;
}

/* `memory` is the type of `data`; the file holds `type`. */
static void add(hid_t file, const char *name, hid_t type, int rank, const hsize_t *shape, hid_t memory,
                const void *data)
{
    hid_t space = rank ? H5Screate_simple(rank, shape, NULL) : H5Screate(H5S_SCALAR);
    hid_t dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    cr_assert(dataset >= 0);
    if (data)
        cr_assert(H5Dwrite(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
}

static void expect_dataset(const char *name, uint64_t row_length, uint64_t count, const double *expected)
{
    struct source source = open_good(NULL, name, "a.h5");
    expect_samples(&source, row_length, count, expected);
}

static void expect_bad_dataset(const char *name, const char *message)
{
    expect_failure(PLOTMILL_BAD_INPUT, message, NULL, name, "a.h5");
}

Test(source_hdf5, reads_every_type)
{
    const hid_t types[] = {H5T_STD_I8LE,   H5T_STD_I16BE, H5T_STD_I16LE,  H5T_STD_I32BE,  H5T_STD_I32LE,
                           H5T_STD_I64BE,  H5T_STD_I64LE, H5T_IEEE_F32BE, H5T_IEEE_F32LE, H5T_IEEE_F64BE,
                           H5T_IEEE_F64LE, H5T_STD_U8LE,  H5T_STD_U16BE,  H5T_STD_U32LE,  H5T_STD_U64BE};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        bool natural = i >= 11;
        const double values[4] = {0, 1, natural ? 200 : -100, 77};
        hid_t file = create("a.h5");
        add(file, "x", types[i], 1, (hsize_t[]){4}, H5T_NATIVE_DOUBLE, values);
        H5Fclose(file);
        expect_dataset("/x", 0, 4, values);
        expect_dataset("x", 0, 4, values);
    }
}

Test(source_hdf5, wide_integers_that_no_float64_equals)
{
    const int64_t exact[] = {9007199254740992, 9007199254740994, INT64_MIN}, far[] = {1, -9007199254740993, 3};
    const uint64_t naturals[] = {9007199254740994, 18446744073709549568u}, far_naturals[] = {1, UINT64_MAX};
    static const char *const names[] = {"far_le", "far_be", "far_ube"};
    hid_t file = create("a.h5");
    add(file, "le", H5T_STD_I64LE, 1, (hsize_t[]){3}, H5T_NATIVE_INT64, exact);
    add(file, "be", H5T_STD_I64BE, 1, (hsize_t[]){3}, H5T_NATIVE_INT64, exact);
    add(file, "ube", H5T_STD_U64BE, 1, (hsize_t[]){2}, H5T_NATIVE_UINT64, naturals);
    add(file, names[0], H5T_STD_I64LE, 1, (hsize_t[]){3}, H5T_NATIVE_INT64, far);
    add(file, names[1], H5T_STD_I64BE, 1, (hsize_t[]){3}, H5T_NATIVE_INT64, far);
    add(file, names[2], H5T_STD_U64BE, 1, (hsize_t[]){2}, H5T_NATIVE_UINT64, far_naturals);
    H5Fclose(file);
    expect_dataset("le", 0, LIST(9007199254740992., 9007199254740994., -9223372036854775808.));
    expect_dataset("be", 0, LIST(9007199254740992., 9007199254740994., -9223372036854775808.));
    expect_dataset("ube", 0, LIST(9007199254740994., 18446744073709549568.));
    for (int i = 0; i < 3; i++) {
        struct source source = open_good(NULL, names[i], "a.h5");
        expect_unreadable(&source, i < 2 ? "a.h5, row 1: found -9007199254740993" NOT_FLOAT64
                                         : "a.h5, row 1: found 18446744073709551615" NOT_FLOAT64);
    }
}

Test(source_hdf5, keeps_special_values)
{
    const double values[] = {NAN, INFINITY, -INFINITY, -0.0, 4.9406564584124654e-324, 100000.64};
    hid_t file = create("a.h5");
    add(file, "le", H5T_IEEE_F64LE, 1, (hsize_t[]){6}, H5T_NATIVE_DOUBLE, values);
    add(file, "be", H5T_IEEE_F64BE, 1, (hsize_t[]){6}, H5T_NATIVE_DOUBLE, values);
    H5Fclose(file);
    expect_dataset("le", 0, 6, values);
    expect_dataset("be", 0, 6, values);
}

Test(source_hdf5, reads_ready_sequences)
{
    enum { ROWS = 13, LENGTH = 7 };
    double values[ROWS * LENGTH];
    for (int i = 0; i < ROWS * LENGTH; i++)
        values[i] = 0.5 * i;
    hid_t file = create("a.h5");
    hid_t group = H5Gcreate2(file, "train", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    add(group, "x", H5T_IEEE_F32LE, 2, (hsize_t[]){ROWS, LENGTH}, H5T_NATIVE_DOUBLE, values);
    H5Gclose(group);
    H5Fclose(file);
    test_axes = "NT";
    struct source source = open_good(NULL, "train/x", "a.h5");
    expect_place(&source, 15, "a.h5, row 2, sample 1");
    expect_samples(&source, LENGTH, ROWS * LENGTH, values);
    cr_assert_eq(rename("a.h5", "A.HDF5"), 0);
    source = open_good(NULL, "/train/x", "A.HDF5");
    expect_samples(&source, LENGTH, ROWS * LENGTH, values);
}

Test(source_hdf5, reads_compressed_chunks)
{
    enum { COUNT = 5000 };
    static double values[COUNT];
    for (int i = 0; i < COUNT; i++)
        values[i] = sin(i);
    hid_t file = create("a.h5"), list = H5Pcreate(H5P_DATASET_CREATE);
    hid_t space = H5Screate_simple(1, (hsize_t[]){COUNT}, NULL);
    H5Pset_chunk(list, 1, (hsize_t[]){300});
    H5Pset_shuffle(list);
    H5Pset_deflate(list, 5);
    hid_t dataset = H5Dcreate2(file, "x", H5T_IEEE_F64LE, space, H5P_DEFAULT, list, H5P_DEFAULT);
    cr_assert(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
    H5Pclose(list);
    H5Fclose(file);
    struct source source = open_good(NULL, "x", "a.h5");
    expect_place(&source, 299, "a.h5, row 299");
    expect_samples(&source, 0, COUNT, values);
}

Test(source_hdf5, lists_data_sets)
{
    hid_t file = create("a.h5");
    expect_failure(PLOTMILL_BAD_INPUT, "none.h5: no such file", NULL, "x", "none.h5");
    H5Fclose(file);
    expect_bad_dataset(NULL, "a.h5: expected the option dataset to name a data set; those in the file: none");
    file = create("a.h5");
    hid_t group = H5Gcreate2(file, "prices", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    add(group, "close", H5T_IEEE_F64LE, 1, (hsize_t[]){5}, 0, NULL);
    add(group, "bars", H5T_IEEE_F32LE, 2, (hsize_t[]){5, 4}, 0, NULL);
    add(file, "answer", H5T_STD_I32LE, 0, NULL, 0, NULL);
    cr_assert(H5Lcreate_soft("/nowhere", file, "broken", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    cr_assert(H5Lcreate_hard(file, "/prices", file, "prices/circle", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    H5Gclose(group);
    H5Fclose(file);
    struct source source;
    cr_assert_eq(open_files(&source, NULL, NULL, 1, (const char *[]){"a.h5"}), PLOTMILL_BAD_INPUT);
    const char *beginning = "a.h5: expected the option dataset to name a data set; those in the file: /answer (), "
                            "/prices/bars (5, 4), /prices/circle/bars (5, 4), ";
    cr_assert_eq(strncmp(test_error.message, beginning, strlen(beginning)), 0, "%s", test_error.message);
    cr_assert_eq(open_files(&source, NULL, "open", 1, (const char *[]){"a.h5"}), PLOTMILL_BAD_INPUT);
    beginning = "a.h5: no data set \"open\"; those in the file: /answer (), ";
    cr_assert_eq(strncmp(test_error.message, beginning, strlen(beginning)), 0, "%s", test_error.message);
}

Test(source_hdf5, lists_twenty_data_sets)
{
    hid_t file = create("a.h5");
    for (int i = 0; i < 30; i++) {
        char name[16];
        snprintf(name, sizeof name, "x%02d", i);
        add(file, name, H5T_STD_I8LE, 1, (hsize_t[]){1}, 0, NULL);
    }
    H5Fclose(file);
    struct source source;
    cr_assert_eq(open_files(&source, NULL, "/", 1, (const char *[]){"a.h5"}), PLOTMILL_BAD_INPUT);
    cr_assert(strstr(test_error.message, "/x18 (1), /x19 (1)") && !strstr(test_error.message, "/x20"), "%s",
              test_error.message);
}

Test(source_hdf5, refuses_other_types_and_shapes)
{
    hid_t file = create("a.h5");
    hid_t text = H5Tcopy(H5T_C_S1), choice = H5Tenum_create(H5T_NATIVE_INT8);
    hid_t pair = H5Tcreate(H5T_COMPOUND, 8);
    H5Tset_size(text, 4);
    H5Tenum_insert(choice, "TRUE", (int8_t[]){1});
    H5Tinsert(pair, "a", 0, H5T_NATIVE_FLOAT);
    H5Tinsert(pair, "b", 4, text);
    add(file, "text", text, 1, (hsize_t[]){5}, 0, NULL);
    add(file, "bool", choice, 1, (hsize_t[]){5}, 0, NULL);
    add(file, "pair", pair, 1, (hsize_t[]){5}, 0, NULL);
    add(file, "scalar", H5T_IEEE_F64LE, 0, NULL, 0, NULL);
    add(file, "cube", H5T_IEEE_F64LE, 4, (hsize_t[]){2, 2, 2, 2}, 0, NULL);
    add(file, "none", H5T_IEEE_F64LE, 2, (hsize_t[]){0, 5}, 0, NULL);
    H5Tclose(text);
    H5Tclose(choice);
    H5Tclose(pair);
    H5Fclose(file);
    expect_bad_dataset("text", "a.h5: data set text holds strings, expected floats, or integers of 8 to 64 bits");
    expect_bad_dataset("bool",
                       "a.h5: data set bool holds enumerated values, expected floats, or integers of 8 to 64 bits");
    expect_failure(PLOTMILL_BAD_INPUT,
                   "a.h5: data set pair, field 1 (b) holds strings, expected floats, or integers of 8 to 64 bits", "B",
                   "pair", "a.h5");
    expect_bad_dataset("scalar", "a.h5: data set scalar: found 0 dimensions, expected 1 (one long series), 2 (ready "
                                 "sequences, or rows of fields) or 3 (sequences of rows of fields)");
    expect_bad_dataset("cube", "a.h5: data set cube: found 4 dimensions, expected 1 (one long series), 2 (ready "
                               "sequences, or rows of fields) or 3 (sequences of rows of fields)");
    expect_bad_dataset("none", "a.h5: data set none holds no samples");
}

static enum plotmill_status open_with(struct source *source, struct source_options options)
{
    const char *path = "a.h5";
    memset(&test_error, 0, sizeof test_error);
    *source = (struct source){0};
    return source_open(source, &path, 1, &options, &test_log, &test_error);
}

#define NAMES(...)                                \
    .fields = (const char *const[]){__VA_ARGS__}, \
    .field_count = sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)

/* Values 1000n + 10t + f in this order of axes, of n < 3, t < 11 and f < 4. */
static void put_axes(const char *axes, hid_t type)
{
    static const hsize_t lengths[3] = {3, 11, 4};
    const int rank = (int)strlen(axes);
    int values[3 * 11 * 4];
    hsize_t shape[3] = {1, 1, 1}, count = 1;
    for (int k = 0; k < rank; k++)
        count *= shape[k] = lengths[strchr("NTF", axes[k]) - "NTF"];
    for (hsize_t i = 0; i < count; i++) {
        hsize_t left = i;
        values[i] = 0;
        for (int k = rank - 1; k >= 0; left /= shape[k--])
            values[i] += (int)(left % shape[k]) * (axes[k] == 'N' ? 1000 : axes[k] == 'T' ? 10 : 1);
    }
    hid_t file = create("a.h5");
    add(file, "x", type, rank, shape, H5T_NATIVE_INT, values);
    H5Fclose(file);
}

Test(source_hdf5, reads_every_order_of_axes)
{
    static const char *const all[] = {"T", "TF", "FT", "NT", "TN", "NTF", "NFT", "TNF", "TFN", "FNT", "FTN"};
    static const int picks[][3] = {{0, 1, 2}, {3, 1, 3}, {2, 2, 2}, {1, 2, 3}};
    const hid_t types[] = {H5T_IEEE_F32LE, H5T_STD_I16BE, H5T_STD_U64LE};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        for (size_t p = 0; p < 4; p++) {
            const bool several = strchr(all[i], 'F'), ready = strchr(all[i], 'N');
            const size_t fields = several ? 3 : 1;
            const char *const names[] = {(const char *[]){"a", "b", "c", "d"}[picks[p][0]],
                                         (const char *[]){"A", "B", "C", "D"}[picks[p][1]],
                                         (const char *[]){"a", "b", "c", "d"}[picks[p][2]]};
            const struct source_options options = {.dataset = "x",
                                                   .axes = all[i],
                                                   .columns = several ? "a,b,c,d" : NULL,
                                                   .fields = names,
                                                   .field_count = several ? 3 : 0};
            struct source source;
            double read[3 * 11 * 3 + 1];
            put_axes(all[i], types[p % 3]);
            cr_assert_eq(open_with(&source, options), PLOTMILL_OK, "%s: %s", all[i], test_error.message);
            const uint64_t samples = ready ? 33 : 11;
            cr_assert(source.shape.samples == samples && source.shape.row_length == (ready ? 11 : 0));
            for (uint64_t n = 1; n <= samples; n++)
                for (uint64_t first = 0; first + n <= samples; first += 1 + n / 2) {
                    read[n * fields] = 12345;
                    cr_assert_eq(source.ops->read(source.self, first, n, read, &test_error), PLOTMILL_OK);
                    for (uint64_t k = 0; k < n * fields; k++) {
                        const uint64_t sample = first + k / fields;
                        const double wanted =
                            (double)(sample / 11 * 1000 + sample % 11 * 10) + (several ? picks[p][k % fields] : 0);
                        cr_assert_eq(read[k], wanted, "%s, sample %d: %g, expected %g", all[i], (int)sample, read[k],
                                     wanted);
                    }
                    cr_assert_eq(read[n * fields], 12345);
                }
            source_close(&source);
        }
}

Test(source_hdf5, asks_for_axes_that_the_shape_does_not_tell)
{
    struct source source;
    put_axes("NT", H5T_IEEE_F32LE);
    cr_assert_eq(open_with(&source, (struct source_options){.dataset = "x", .window = 2}), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(
        test_error.message,
        "a.h5: data set x: with a window, an array of 3 x 11 may be one series of 3 samples with 11 fields "
        "(axes TF), or 3 sequences of 11 samples (axes NT): set the option axes");
    cr_assert_eq(open_with(&source, (struct source_options){.dataset = "x", NAMES("close")}), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(test_error.message,
                     "a.h5: data set x: the chart needs the field close, but the columns have no names: expected the "
                     "option columns with 1 name, in their order, or with NAME=NUMBER for each field");
}

/* Integers that float64 holds, but float32 does not, beside floats and text. */
Test(source_hdf5, reads_records)
{
    struct record {
        int64_t time;
        char text[4];
        float close;
        uint16_t volume;
    };
    const struct record rows[] = {{9007199254740991, "a", 1.5f, 65535}, {-5, "b", -2, 0}, {7, "c", 0.25f, 3}};
    const double expected[] = {65535, 1.5, 9007199254740991., 1.5, 0, -2, -5, -2, 3, 0.25, 7, 0.25};
    hid_t text = H5Tcopy(H5T_C_S1), type = H5Tcreate(H5T_COMPOUND, sizeof *rows), file = create("a.h5");
    H5Tset_size(text, 4);
    H5Tinsert(type, "time", offsetof(struct record, time), H5T_NATIVE_INT64);
    H5Tinsert(type, "text", offsetof(struct record, text), text);
    H5Tinsert(type, "Close", offsetof(struct record, close), H5T_NATIVE_FLOAT);
    H5Tinsert(type, "Volume", offsetof(struct record, volume), H5T_NATIVE_UINT16);
    add(file, "x", type, 1, (hsize_t[]){3}, type, rows);
    add(file, "y", type, 2, (hsize_t[]){1, 3}, type, rows);
    H5Fclose(file);
    H5Tclose(type);
    H5Tclose(text);
    for (int ready = 0; ready < 2; ready++) {
        struct source source;
        double read[12];
        cr_assert_eq(open_with(&source, (struct source_options){.dataset = ready ? "y" : "x",
                                                                NAMES("volume", "close", "time", "close")}),
                     PLOTMILL_OK, "%s", test_error.message);
        cr_assert(source.shape.samples == 3 && source.shape.row_length == (ready ? 3 : 0));
        cr_assert_eq(source.ops->read(source.self, 0, 3, read, &test_error), PLOTMILL_OK);
        cr_assert(!memcmp(read, expected, sizeof read));
        cr_assert_eq(source.ops->read(source.self, 1, 2, read, &test_error), PLOTMILL_OK);
        cr_assert(!memcmp(read, expected + 4, 8 * sizeof *read));
        cr_assert_str_eq(source.about.fields, "[\"time\", \"text\", \"Close\", \"Volume\"]");
        source_close(&source);
    }
    struct source source = open_good("volume", "x", "a.h5");
    expect_samples(&source, 0, LIST(65535, 0, 3));
    expect_bad_dataset("x", "a.h5: data set x: 3 numeric columns, expected the option column to name one: 0 (time), 2 "
                            "(Close), 3 (Volume)");
}

/* A filter that is unregistered after writing, as in a file from another machine. */
static size_t pass(unsigned flags, size_t count, const unsigned settings[], size_t bytes, size_t *size, void **buffer)
{
    (void)flags, (void)count, (void)settings, (void)size, (void)buffer;
    return bytes;
}

Test(source_hdf5, refuses_unknown_compression)
{
    static const H5Z_class2_t filter = {H5Z_CLASS_T_VERS, 300, 1, 1, "lzfoo", NULL, NULL, pass};
    cr_assert(H5Zregister(&filter) >= 0);
    hid_t file = create("a.h5"), list = H5Pcreate(H5P_DATASET_CREATE),
          space = H5Screate_simple(1, (hsize_t[]){4}, NULL);
    H5Pset_chunk(list, 1, (hsize_t[]){4});
    H5Pset_filter(list, 300, 0, 0, NULL);
    H5Dclose(H5Dcreate2(file, "x", H5T_IEEE_F64LE, space, H5P_DEFAULT, list, H5P_DEFAULT));
    H5Sclose(space);
    H5Pclose(list);
    H5Fclose(file);
    cr_assert(H5Zunregister(300) >= 0);
    expect_bad_dataset("x", "a.h5: data set x is compressed with filter 300 (lzfoo), which this HDF5 lacks");
}

Test(source_hdf5, refuses_damaged_files_silently)
{
    static double values[2000];
    fflush(stderr);
    cr_assert(freopen("stderr.txt", "w", stderr) != NULL);
    hid_t file = create("a.h5");
    add(file, "x", H5T_IEEE_F64LE, 1, (hsize_t[]){2000}, H5T_NATIVE_DOUBLE, values);
    H5Fclose(file);
    cr_assert_eq(truncate("a.h5", 5000), 0);
    expect_bad_dataset("x", "a.h5: cannot be opened: the HDF5 file is truncated or damaged");
    expect_bad_dataset(NULL, "a.h5: cannot be opened: the HDF5 file is truncated or damaged");
    put_text("b.h5", "1,2,3\n");
    expect_failure(PLOTMILL_BAD_INPUT, "b.h5: the option dataset applies to hdf5", NULL, "x", "b.h5");
    put_text("c.h5", "");
    expect_failure(PLOTMILL_BAD_INPUT, "c.h5: empty file", NULL, "x", "c.h5");
    fflush(stderr);
    cr_assert_eq(os_file_size("stderr.txt"), 0);
    /* The program's own error handler is restored. */
    H5E_auto2_t function = NULL;
    void *data;
    H5Eget_auto2(H5E_DEFAULT, &function, &data);
    cr_assert(function != NULL);
}

#else

Test(source_hdf5, is_reported_as_missing)
{
    put_text("a.h5", "x");
    expect_failure(PLOTMILL_UNSUPPORTED, "a.h5: this plotmill was built without HDF5", NULL, "x", "a.h5");
}

#endif
