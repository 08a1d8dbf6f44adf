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

/* Of charts: the fixture of the message, and the one that differs from it. */
#define CHART_OF(size, antialias, panels)                                                                       \
    "{\"adjust\":null,\"antialias\":" antialias ",\"background\":255,\"channels\":1,\"flip\":false,\"origin\":" \
    "\"bottom\",\"panels\":[" panels "],\"rounding\":\"even\",\"size\":" size "}"
#define SPEC_OF(chart, stride, window) "{\"chart\":" chart ",\"stride\":" stride ",\"window\":" window "}"
#define PANEL_OF(layers, margin, rect, range)                                                                    \
    "{\"layers\":[" layers "],\"margin\":" margin ",\"rect\":" rect ",\"x\":\"point\",\"y\":{\"fields\":[null]," \
    "\"outside\":\"clamp\",\"range\":" range "}}"
#define LINE_OF(ink, missing, width)                            \
    "{\"ink\":" ink ",\"mark\":\"line\",\"missing\":\"" missing \
    "\",\"shape\":\"stroke\",\"whole\":false,\"width\":" width ",\"y\":null}"
#define LINE LINE_OF("0", "gap", "3")
#define COLUMN "{\"ink\":0,\"mark\":\"column\",\"width\":5,\"y\":\"v\"}"
#define WHOLE "[0,0,800,500]"
#define ONE_LINE(size, layer, margin, rect, range) CHART_OF(size, "false", PANEL_OF(layer, margin, rect, range))
#define USUAL ONE_LINE("[800,500]", LINE, "0", WHOLE, "\"minmax\"")

Test(compare, specs)
{
    const char *usual = SPEC_OF(USUAL, "1", "100");
    expect_spec(usual, usual, NULL);
    expect_spec("{\"b\":2,\"a\": 1}", "{\"a\": 1, \"b\": 2}", NULL);
    expect_spec(usual, SPEC_OF(USUAL, "1", "50"), "a.h5: was made with window 100, this job has 50");
    expect_spec(usual, SPEC_OF(USUAL, "2", "100"), "a.h5: was made with stride 1, this job has 2");
    expect_spec(usual, SPEC_OF(CHART_OF("[800,500]", "true", PANEL_OF(LINE, "0", WHOLE, "\"minmax\"")), "1", "100"),
                "a.h5: was made with antialias false, this job has true");
    expect_spec(usual, SPEC_OF(ONE_LINE("[80,50]", LINE, "0", "[0,0,80,50]", "\"minmax\""), "1", "100"),
                "a.h5: was made with size 800x500, this job has 80x50");
    expect_spec(SPEC_OF(ONE_LINE("[800,500]", LINE, "0", WHOLE, "[0,1]"), "1", "100"), usual,
                "a.h5: was made with range 0:1, this job has minmax");
    expect_spec(SPEC_OF(ONE_LINE("[800,500]", LINE, "2.5", WHOLE, "\"minmax\""), "1", "100"), usual,
                "a.h5: was made with margin 2.5, this job has 0");
    expect_spec(SPEC_OF(ONE_LINE("[800,500]", LINE_OF("0", "gap", "1.5"), "0", WHOLE, "\"minmax\""), "1", "100"), usual,
                "a.h5: was made with line-width 1.5, this job has 3");
    expect_spec(
        SPEC_OF(ONE_LINE("[800,500]", LINE_OF("\"#ff0000\"", "gap", "3"), "0", WHOLE, "\"minmax\""), "1", "100"), usual,
        "a.h5: was made with foreground #ff0000, this job has 0");
    expect_spec(SPEC_OF(ONE_LINE("[800,500]", LINE_OF("0", "bridge", "3"), "0", WHOLE, "\"minmax\""), "1", "100"),
                usual, "a.h5: was made with missing bridge, this job has gap");
    expect_spec("{\"a\": 1, \"b\": 3}", "{\"a\": 1}", "a.h5: was made with b 3, this job has nothing");
    expect_spec("", "{}", "a.h5: does not record the options it was made with");
}

Test(compare, charts)
{
    const char *two =
        SPEC_OF(CHART_OF("[800,500]", "false", PANEL_OF(LINE "," LINE, "0", WHOLE, "\"minmax\"")), "1", "100");
    expect_spec(SPEC_OF(USUAL, "1", "100"), two, "a.h5: was made with 1 layer in panels[0], this job has 2");
    expect_spec(two,
                SPEC_OF(CHART_OF("[800,500]", "false",
                                 PANEL_OF(LINE "," LINE_OF("\"#1f77b4\"", "gap", "3"), "0", WHOLE, "\"minmax\"")),
                        "1", "100"),
                "a.h5: was made with panels[0].layers[1].ink 0, this job has #1f77b4");
    expect_spec(
        two, SPEC_OF(CHART_OF("[800,500]", "false", PANEL_OF(LINE "," COLUMN, "0", WHOLE, "\"minmax\"")), "1", "100"),
        "a.h5: was made with panels[0].layers[1].mark line, this job has column");
    expect_spec(SPEC_OF(USUAL, "1", "100"),
                SPEC_OF(CHART_OF("[800,500]", "false",
                                 PANEL_OF(LINE, "0", WHOLE, "\"minmax\"") "," PANEL_OF(LINE, "0", WHOLE, "\"minmax\"")),
                        "1", "100"),
                "a.h5: was made with 1 panel, this job has 2");
}

#define OLD(window, width, line_width, range)                                                          \
    "{\"chart\": \"line\", \"window\": " window ", \"stride\": 1, \"width\": " width                   \
    ", \"height\": 500, \"line_width\": " line_width                                                   \
    ", \"antialias\": false, \"margin\": 0, \"background\": 255, \"foreground\": 0, \"range\": " range \
    ", \"missing\": \"gap\"}"

Test(compare, specs_of_the_first_edition)
{
    const char *usual = SPEC_OF(USUAL, "1", "100");
    expect_spec(OLD("100", "800", "3", "\"minmax\""), usual, NULL);
    expect_spec(usual, OLD("100", "800", "3", "\"minmax\""), NULL);
    expect_spec(OLD("100", "800", "3", "[1e-05, 2]"),
                SPEC_OF(ONE_LINE("[800,500]", LINE, "0", WHOLE, "[0.00001,2]"), "1", "100"), NULL);
    expect_spec(OLD("100", "800", "3", "\"minmax\""), OLD("50", "800", "3", "\"minmax\""),
                "a.h5: was made with window 100, this job has 50");
    expect_spec(OLD("100", "801", "3", "\"minmax\""), usual, "a.h5: was made with size 801x500, this job has 800x500");
    expect_spec(OLD("100", "800", "2.5", "\"minmax\""), usual, "a.h5: was made with line-width 2.5, this job has 3");
    expect_spec("{\"chart\": \"line\", \"window\": 100}", usual,
                "a.h5: was made with chart line, this job has {\"adjust\":null,\"antialias\":false,\"background\":255,"
                "\"channels\":1,\"flip\":false,\"ori");
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
