/* Whether an output is the one of a job, and the message that gives the first difference. */
#include <criterion/criterion.h>

#include "dataset/compare.h"

#define SPEC(window, range) "{\"chart\": \"line\", \"window\": " window ", \"line_width\": 3, \"range\": " range "}"
#define FILE_OF(name, bytes, hash) "{\"name\": \"" name "\", \"bytes\": " bytes ", \"hash\": \"" hash "\"}"
#define INPUT(files, bytes, hash, column, list, samples)                                       \
    "{\"files\": " files ", \"bytes\": " bytes ", \"hash\": \"" hash "\", \"column\": " column \
    ", \"dataset\": null, \"list\": [" list "], \"samples\": " samples ", \"row_length\": 0}"

static struct plotmill_error error;

static void expect_spec(const char *found, const char *expected, const char *message)
{
    const struct dataset_info a = {.spec = found}, b = {.spec = expected};
    enum plotmill_status status = compare_dataset("a.h5", &a, &b, &error);
    cr_assert_eq(status, message ? PLOTMILL_BAD_INPUT : PLOTMILL_OK, "%s", error.message);
    if (message)
        cr_assert_str_eq(error.message, message);
}

Test(compare, specs)
{
    expect_spec(SPEC("100", "\"minmax\""), SPEC("100", "\"minmax\""), NULL);
    expect_spec("{\"b\":2,\"a\": 1}", "{\"a\": 1, \"b\": 2}", NULL);
    expect_spec(SPEC("100", "\"minmax\""), SPEC("50", "\"minmax\""), "a.h5: was made with window 100, this job has 50");
    expect_spec(SPEC("100", "[0, 1]"), SPEC("100", "\"minmax\""),
                "a.h5: was made with range [0, 1], this job has minmax");
    expect_spec("{\"a\": 1}", "{\"a\": 1, \"line_width\": 2}",
                "a.h5: was made with line-width nothing, this job has 2");
    expect_spec("{\"a\": 1, \"b\": 3}", "{\"a\": 1}", "a.h5: was made with b 3, this job has nothing");
    expect_spec("{\"width\": 80}", "{\"width\": 81}", "a.h5: was made with size: width 80, this job has 81");
    expect_spec("", "{}", "a.h5: does not record the options it was made with");
}

static void expect_input(const char *found, const char *expected, const char *message)
{
    enum plotmill_status status = compare_input("a.h5", found, expected, &error);
    cr_assert_eq(status, message ? PLOTMILL_BAD_INPUT : PLOTMILL_OK, "%s", error.message);
    if (message)
        cr_assert_str_eq(error.message, message);
}

Test(compare, inputs)
{
    const char *one = INPUT("1", "20", "ab", "\"close\"", FILE_OF("a.csv", "20", "cd"), "5");
    expect_input(one, one, NULL);
    expect_input(one, INPUT("1", "20", "ab", "\"close\"", FILE_OF("b.csv", "20", "cd"), "5"), NULL);
    expect_input(one, INPUT("2", "30", "ab", "\"close\"", FILE_OF("a.csv", "20", "cd"), "5"),
                 "a.h5: was made from an input of 1 file, this job's has 2");
    expect_input(one, INPUT("1", "30", "ab", "\"close\"", FILE_OF("b.csv", "30", "cd"), "5"),
                 "a.h5: was made from a.csv of 20 bytes, this job has b.csv of 30 bytes");
    expect_input(one, INPUT("1", "20", "ef", "\"close\"", FILE_OF("b.csv", "20", "ce"), "5"),
                 "a.h5: was made from a.csv, this job has b.csv with other contents");
    expect_input(one, INPUT("1", "20", "ef", "\"close\"", "", "5"), "a.h5: was made from an input with other contents");
    expect_input(one, INPUT("1", "20", "ab", "\"open\"", FILE_OF("a.csv", "20", "cd"), "5"),
                 "a.h5: was made with column close, this job has open");
    expect_input(one, INPUT("1", "20", "ab", "null", FILE_OF("a.csv", "20", "cd"), "5"),
                 "a.h5: was made with column close, this job has none");
    expect_input(one, INPUT("1", "20", "ab", "\"close\"", FILE_OF("a.csv", "20", "cd"), "6"),
                 "a.h5: was made from an input of 5 samples, this job's has 6");
    expect_input(INPUT("1", "20", "ab", "null", FILE_OF("a.csv", "20", "cd"), "5"), one,
                 "a.h5: was made without column, this job has close");
    expect_input("", one, "a.h5: does not record the input it was made from");
    expect_input(one, "", "a.h5: cannot be compared with this job, whose input is not a file");
}

Test(compare, data_sets)
{
    const char *spec = SPEC("100", "\"minmax\""),
               *input = INPUT("1", "20", "ab", "null", FILE_OF("a.csv", "20", "cd"), "5");
    struct dataset_info one = {.images = 7, .spec = spec, .input = input, .format = "hdf5"}, other = one;
    cr_assert_eq(compare_dataset("a.h5", &one, &other, &error), PLOTMILL_OK);
    other.format = "";
    cr_assert_eq(compare_dataset("a.h5", &one, &other, &error), PLOTMILL_OK);
    other.format = "npy";
    cr_assert_eq(compare_dataset("a.h5", &one, &other, &error), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(error.message, "a.h5: was made with format hdf5, this job has npy");
    other = one;
    other.images = 8;
    cr_assert_eq(compare_dataset("a.h5", &one, &other, &error), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(error.message, "a.h5: holds 7 images, expected 8");
    other = one;
    other.first = 3;
    cr_assert_eq(compare_dataset("a.h5", &one, &other, &error), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(error.message, "a.h5: starts with image 0, expected 3 (images-per-file)");
    other = one;
    other.stored.dtype = DTYPE_F16;
    cr_assert_eq(compare_dataset("a.h5", &one, &other, &error), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(error.message, "a.h5: was made with dtype u8, this job has f16");
    other = one;
    other.stored.channels = 1;
    cr_assert_eq(compare_dataset("a.h5", &one, &other, &error), PLOTMILL_OK);
    other.stored = (struct pixel_format){.layout = LAYOUT_NCHW, .channels = 3};
    cr_assert_eq(compare_dataset("a.h5", &one, &other, &error), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(error.message, "a.h5: was made with layout NHW, this job has NCHW");
}
