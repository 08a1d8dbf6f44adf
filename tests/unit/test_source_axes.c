/* NPY arrays of every order of axes, and structured arrays. */
#include "test_source_files.h"

TestSuite(source_axes, .init = enter_folder, .fini = leave_folder);

#define SEQUENCES 5
#define SAMPLES 7
#define FIELDS 3
#define VALUES (SEQUENCES * SAMPLES * FIELDS)
#define NAMES(...)                                \
    .fields = (const char *const[]){__VA_ARGS__}, \
    .field_count = sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)

static void put_array(const char *name, const char *descr, bool fortran, const char *shape, const void *data,
                      size_t size)
{
    static unsigned char bytes[20000];
    char header[600];
    snprintf(header, sizeof header, "{'descr': %s, 'fortran_order': %s, 'shape': (%s), }\n", descr,
             fortran ? "True" : "False", shape);
    const size_t length = strlen(header);
    memcpy(bytes, "\x93NUMPY\x01\x00", 8);
    bytes[8] = length & 255;
    bytes[9] = (unsigned char)(length >> 8);
    memcpy(bytes + 10, header, length);
    memcpy(bytes + 10 + length, data, size);
    put(name, bytes, 10 + length + size);
}

static enum plotmill_status open_with(struct source *source, struct source_options options)
{
    const char *path = "a.npy";
    memset(&test_error, 0, sizeof test_error);
    *source = (struct source){0};
    *logged = 0;
    return source_open(source, &path, 1, &options, &test_log, &test_error);
}

static void expect_refusal(struct source_options options, const char *message)
{
    struct source source;
    cr_assert_eq(open_with(&source, options), PLOTMILL_BAD_INPUT, "not refused: %s", message);
    cr_assert_str_eq(test_error.message, message);
    cr_assert(!source.ops && !source.self && !source.about.names);
}

/* Values n*100 + t*10 + f, in this order of axes; `lengths` in the order N, T, F. */
static size_t put_values(const char *axes, bool fortran, const uint64_t lengths[3])
{
    double values[VALUES];
    uint64_t size[3] = {1, 1, 1}, count = 1;
    char shape[60] = "";
    for (int k = 0; axes[k]; k++) {
        size[k] = lengths[strchr("NTF", axes[k]) - "NTF"];
        count *= size[k];
        snprintf(shape + strlen(shape), sizeof shape - strlen(shape), "%llu,", (unsigned long long)size[k]);
    }
    for (uint64_t i = 0; i < count; i++) {
        uint64_t left = i, at[3] = {0, 0, 0};
        const int rank = (int)strlen(axes);
        for (int k = 0; k < rank; k++) {
            const int axis = fortran ? k : rank - 1 - k;
            at[strchr("NTF", axes[axis]) - "NTF"] = left % size[axis];
            left /= size[axis];
        }
        values[i] = (double)(100 * at[0] + 10 * at[1] + at[2]);
    }
    put_array("a.npy", "'<f8'", fortran, shape, values, count * sizeof *values);
    return count;
}

/* Reads in pieces of every size. `fields` are the fields that a read returns. */
static void expect_values(struct source *source, bool ready, const uint64_t lengths[3], size_t count,
                          const uint64_t *fields)
{
    double read[VALUES + 1];
    const uint64_t samples = lengths[0] * lengths[1];
    cr_assert_eq(source->shape.samples, samples);
    cr_assert_eq(source->shape.row_length, ready ? lengths[1] : 0);
    cr_assert_eq(source_fields(source->shape), count);
    for (uint64_t n = 1; n <= samples; n++)
        for (uint64_t first = 0; first + n <= samples; first++) {
            read[n * count] = 12345;
            cr_assert_eq(source->ops->read(source->self, first, n, read, &test_error), PLOTMILL_OK);
            for (uint64_t i = 0; i < n * count; i++) {
                const uint64_t sample = first + i / count;
                const double wanted =
                    (double)(100 * (sample / lengths[1]) + 10 * (sample % lengths[1]) + fields[i % count]);
                cr_assert_eq(read[i], wanted, "sample %llu: %g, expected %g", (unsigned long long)sample, read[i],
                             wanted);
            }
            cr_assert_eq(read[n * count], 12345);
        }
}

Test(source_axes, in_every_order)
{
    static const char *const all[] = {"T", "TF", "FT", "NT", "TN", "NTF", "NFT", "TNF", "TFN", "FNT", "FTN"};
    static const uint64_t shapes[][3] = {
        {SEQUENCES, SAMPLES, FIELDS}, {1, SAMPLES, FIELDS}, {SEQUENCES, 1, FIELDS}, {SEQUENCES, SAMPLES, 1}};
    for (size_t s = 0; s < 4; s++)
        for (size_t i = 0; i < sizeof all / sizeof *all; i++)
            for (int fortran = 0; fortran < 2; fortran++) {
                struct source source;
                const char *axes = all[i];
                const bool ready = strchr(axes, 'N'), several = strchr(axes, 'F');
                const uint64_t lengths[3] = {ready ? shapes[s][0] : 1, shapes[s][1], several ? shapes[s][2] : 1};
                put_values(axes, fortran, lengths);
                struct source_options options = {.axes = axes, .column = several ? "0" : NULL};
                cr_assert_eq(open_with(&source, options), PLOTMILL_OK, "%s: %s", axes, test_error.message);
                expect_values(&source, ready, lengths, 1, (uint64_t[]){0});
                source_close(&source);
                if (lengths[2] != FIELDS)
                    continue;
                options = (struct source_options){.axes = axes, .columns = "a,b,c", NAMES("c", "A", "c")};
                cr_assert_eq(open_with(&source, options), PLOTMILL_OK, "%s: %s", axes, test_error.message);
                expect_values(&source, ready, lengths, 3, (uint64_t[]){2, 0, 2});
                source_close(&source);
            }
}

Test(source_axes, that_the_shape_alone_tells)
{
    struct source source;
    put_values("TF", false, (uint64_t[]){1, SAMPLES, 1});
    for (int cut = 0; cut < 2; cut++) { /* (T, 1) */
        cr_assert_eq(open_with(&source, (struct source_options){.window = cut ? 3 : 0}), PLOTMILL_OK, "%s",
                     test_error.message);
        expect_values(&source, false, (uint64_t[]){1, SAMPLES, 1}, 1, (uint64_t[]){0});
        source_close(&source);
    }
    put_values("NTF", false, (uint64_t[]){SEQUENCES, SAMPLES, FIELDS});
    cr_assert_eq(open_with(&source, (struct source_options){.column = "1"}), PLOTMILL_OK);
    expect_values(&source, true, (uint64_t[]){SEQUENCES, SAMPLES, FIELDS}, 1, (uint64_t[]){1});
    cr_assert_str_eq(logged, "I: a.npy: an array of 5 x 7 x 3 is read as axes NTF: 5 sequences of 7 samples with 3 "
                             "fields\n");
    source_close(&source);
}

Test(source_axes, that_can_be_read_in_two_ways_are_refused)
{
    struct source source;
    put_values("NT", false, (uint64_t[]){SEQUENCES, SAMPLES, 1});
    expect_refusal((struct source_options){.window = 3},
                   "a.npy: with a window, an array of 5 x 7 may be one series of 5 samples with 7 fields (axes TF), or "
                   "5 sequences of 7 samples (axes NT): set the option axes");
    cr_assert_eq(open_with(&source, (struct source_options){0}), PLOTMILL_OK);
    expect_values(&source, true, (uint64_t[]){SEQUENCES, SAMPLES, 1}, 1, (uint64_t[]){0});
    source_close(&source);
}

Test(source_axes, are_checked)
{
    put_values("NT", false, (uint64_t[]){SEQUENCES, SAMPLES, 1});
    static const char *const wrong[] = {"", "N", "NF", "TT", "TX", "tf", "NTFT", "T F"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char message[200];
        snprintf(message, sizeof message,
                 "axes: found \"%s\", expected T, TF, NT or NTF, the letters in the order of the axes", wrong[i]);
        expect_refusal((struct source_options){.axes = wrong[i]}, message);
    }
    expect_refusal((struct source_options){.axes = "T"},
                   "a.npy: axes: found T, expected 2 letters: the array is 5 x 7");
    expect_refusal((struct source_options){.axes = "NTF"},
                   "a.npy: axes: found NTF, expected 2 letters: the array is 5 x 7");
    expect_refusal((struct source_options){.axes = "TF"},
                   "a.npy: 7 numeric columns, expected the option column to name one: 0, 1, 2, 3, 4, 5, 6");
    expect_refusal((struct source_options){.axes = "TF", NAMES("close")},
                   "a.npy: the chart needs the field close, but the columns have no names: expected the option columns "
                   "with 7 names, in their order, or with NAME=NUMBER for each field");
    expect_refusal((struct source_options){NAMES("close")},
                   "a.npy: the chart needs the field close, but the columns have no names: expected the option columns "
                   "with 1 name, in their order, or with NAME=NUMBER for each field");
}

/* Padding, numbers in either byte order, text, a record and an array inside of the record. */
#define RECORD                                                                                           \
    "[('t', '<i4'), ('', '|V2'), (('The close', 'Close'), '>f8'), ('name', '|S3'), ('x', '<f4', (2,)), " \
    "('r', [('a', '<i2'), ('b', '|u1')]), ('volume', '>u2'), ]"

static void put_records(const char *shape, int count)
{
    unsigned char data[20 * 50] = {0}, *at = data;
    for (int i = 0; i < count; i++, at += 30) {
        const double close = 1.5 + i;
        uint64_t bits;
        memcpy(&bits, &close, sizeof bits);
        at[0] = (unsigned char)i;
        for (int k = 0; k < 8; k++)
            at[6 + k] = (unsigned char)(bits >> (56 - 8 * k));
        memcpy(at + 14, "abc", 3);
        at[28] = (unsigned char)i;
        at[29] = 7;
    }
    put_array("a.npy", RECORD, false, shape, data, (size_t)count * 30);
}

Test(source_axes, of_records)
{
    struct source source;
    double read[24];
    const double expected[] = {1.5, 0, 7, 2.5, 1, 263, 3.5, 2, 519, 4.5, 3, 775};
    for (int ready = 0; ready < 2; ready++) {
        put_records(ready ? "2, 2" : "4,", 4);
        cr_assert_eq(open_with(&source, (struct source_options){NAMES("close", "T", "volume")}), PLOTMILL_OK, "%s",
                     test_error.message);
        cr_assert_eq(source.shape.row_length, ready ? 2 : 0);
        cr_assert_eq(source.ops->read(source.self, 0, 4, read, &test_error), PLOTMILL_OK);
        cr_assert(!memcmp(read, expected, sizeof expected));
        cr_assert_eq(source.ops->read(source.self, 1, 2, read, &test_error), PLOTMILL_OK);
        cr_assert(!memcmp(read, expected + 3, 6 * sizeof *read));
        expect_place(&source, 3, ready ? "a.npy, row 1, sample 1" : "a.npy, row 3");
        source_close(&source);
    }
    /* A field in the other byte order that is wanted twice is turned once. */
    cr_assert_eq(open_with(&source, (struct source_options){NAMES("close", "close")}), PLOTMILL_OK);
    cr_assert_eq(source.ops->read(source.self, 0, 4, read, &test_error), PLOTMILL_OK);
    cr_assert(read[6] == 4.5 && read[7] == 4.5);
    source_close(&source);
    expect_refusal((struct source_options){0}, "a.npy: 3 numeric columns, expected the option column to name one: 0 "
                                               "(t), 1 (Close), 5 (volume)");
    expect_refusal((struct source_options){.column = "name"},
                   "a.npy: field 2 (name) holds |S3, expected float16, float32, float64, or integers of 8 to 64 bits");
    expect_refusal(
        (struct source_options){.column = "r"},
        "a.npy: field 4 (r) holds a record, expected float16, float32, float64, or integers of 8 to 64 bits");
    expect_refusal(
        (struct source_options){.column = "x"},
        "a.npy: field 3 (x) holds arrays of <f4, expected float16, float32, float64, or integers of 8 to 64 bits");
    expect_refusal((struct source_options){.axes = "NF", .column = "t"},
                   "axes: found \"NF\", expected T, TF, NT or NTF, the letters in the order of the axes");
    expect_refusal((struct source_options){.axes = "TF", .column = "t"},
                   "a.npy: axes: found TF, expected no F: the elements are records of fields");
}
