/* What files are by their first bytes, lists of inputs, and the decoding of text. */
#include "test_source_files.h"

#include "formats/inputs/kind.h"
#include "formats/text/text_stream.h"

TestSuite(inputs, .init = enter_folder, .fini = leave_folder);

static void expect_kind(const char *bytes, size_t size, enum kind_class class, const char *what)
{
    const struct kind kind = kind_of(bytes, size, "a.csv");
    cr_assert_eq(kind.class, class, "%.20s: class %d, %s", bytes, (int)kind.class, kind.what ? kind.what : "");
    cr_assert(!what || !strcmp(kind.what, what), "%.20s: %s", bytes, kind.what);
}

/* Any part of the beginning of a file, down to nothing, is looked at without reading beyond it. */
Test(inputs, kinds_of_any_length)
{
    static const char *const texts[] = {"<!doctype html>",
                                        "{\"a\": 1}",
                                        "[1, 2]",
                                        "{\\rtf1",
                                        "version https://git",
                                        "PAR1",
                                        "PK\3\4",
                                        "\x1f\x8b",
                                        "\xef\xbb\xbf<html>",
                                        "\xff\xfe"
                                        "a",
                                        "\x93NUMPY\1",
                                        "1,2\n3,4\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        for (size_t size = 0; size <= strlen(texts[i]); size++) {
            char *exact = malloc(size ? size : 1); /* sanitizers see what is read beyond it */
            memcpy(exact, texts[i], size);
            kind_of(exact, size, "a.hea");
            free(exact);
        }
    expect_kind("<!doctype html>", 15, KIND_OTHER, "an HTML page");
    expect_kind("\xef\xbb\xbf<html>", 9, KIND_OTHER, "an HTML page");
    expect_kind("[1, 2]", 6, KIND_OTHER, "JSON");
    expect_kind("[x]\n1", 5, KIND_INPUT, NULL); /* a header in brackets is no JSON */
    expect_kind("1,2\n3,4\n", 8, KIND_INPUT, NULL);
    expect_kind("a\0,\0b\0\n\0"
                "1\0,\0"
                "2\0\n\0",
                16, KIND_INPUT, NULL); /* UTF-16 */
}

/* The text of a file through a stream that is read in pieces of `piece` bytes. */
static void expect_text(const char *encoding, size_t piece, const char *expected, size_t size, const char *found)
{
    struct input input = {.name = (char *)"a.csv", .path = (char *)"a.csv"};
    struct text_stream *stream = NULL;
    char *text = calloc(size + piece + 1, 1);
    size_t got = piece, all = 0;
    cr_assert_eq(text_stream_open(&stream, &input, encoding, &test_error), PLOTMILL_OK, "%s", test_error.message);
    cr_assert_str_eq(text_stream_encoding(stream), found);
    while (got == piece && all <= size) {
        cr_assert_eq(text_stream_read(stream, text + all, piece, &got, &test_error), PLOTMILL_OK, "%s",
                     test_error.message);
        all += got;
    }
    cr_assert_eq(all, size, "%zu bytes in pieces of %zu, expected %zu", all, piece, size);
    cr_assert_eq(memcmp(text, expected, size), 0, "pieces of %zu", piece);
    text_stream_close(stream);
    free(text);
}

/* Characters of 1 to 4 bytes, over the ends of blocks of every size. */
Test(inputs, decodes_in_pieces)
{
    enum { LINES = 9000 };
    static const char line[] = "1,\xc3\xa9,\xe2\x82\xac,\xf0\x9f\x98\x80\n"; /* e acute, euro, a smiling face */
    static const char wide[] = "1\0,\0\xe9\0,\0\xac\x20,\0\x3d\xd8\x00\xde\n\0";
    const size_t size = LINES * (sizeof line - 1), wide_size = LINES * (sizeof wide - 1);
    static const size_t pieces[] = {1, 7, 4096, 65535, 65536, 65537, 1 << 20};
    char *text = malloc(size), *bytes = malloc(wide_size + 2);
    for (size_t i = 0; i < LINES; i++) {
        memcpy(text + i * (sizeof line - 1), line, sizeof line - 1);
        memcpy(bytes + 2 + i * (sizeof wide - 1), wide, sizeof wide - 1);
    }
    memcpy(bytes, "\xff\xfe", 2);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        put("a.csv", text, size);
        expect_text(NULL, pieces[i], text, size, "UTF-8");
        put("a.csv", bytes, wide_size + 2);
        expect_text(NULL, pieces[i], text, size, "UTF-16LE");
        put("a.csv", bytes + 2, wide_size);
        expect_text("UTF-16LE", pieces[i], text, size, "UTF-16LE");
    }
    free(text);
    free(bytes);
}

static void expect_text_failure(const char *bytes, size_t size, const char *encoding, const char *message)
{
    struct input input = {.name = (char *)"a.csv", .path = (char *)"a.csv"};
    struct text_stream *stream = NULL;
    char text[500];
    size_t got;
    put("a.csv", bytes, size);
    enum plotmill_status status = text_stream_open(&stream, &input, encoding, &test_error);
    if (!status)
        status = text_stream_read(stream, text, sizeof text, &got, &test_error);
    cr_assert_eq(status, PLOTMILL_BAD_INPUT, "%s", message);
    cr_assert(strstr(test_error.message, message), "%s", test_error.message);
    text_stream_close(stream);
}

Test(inputs, certain_western_text_alone)
{
    static const char *const certain[][2] = {{"Gr\xf6\xdf"
                                              "e",
                                              "Gr\xc3\xb6\xc3\x9f"
                                              "e"},
                                             {"\xb0"
                                              "C",
                                              "\xc2\xb0"
                                              "C"},
                                             {"m\xb3/h", "m\xc2\xb3/h"},
                                             {"\xb5V", "\xc2\xb5V"},
                                             {"(\x80)", "(\xe2\x82\xac)"},
                                             {"Temp\xe9rature", "Temp\xc3\xa9rature"}};
    for (size_t i = 0; i < sizeof certain / sizeof *certain; i++) {
        char bytes[100], text[100];
        snprintf(bytes, sizeof bytes, "t,%s\n1,2\n", certain[i][0]);
        snprintf(text, sizeof text, "t,%s\n1,2\n", certain[i][1]);
        put("a.csv", bytes, strlen(bytes));
        expect_text(NULL, 100, text, strlen(text), "WINDOWS-1252");
    }
    /* Other letters in Central Europe; Russian; Japanese; Chinese. */
    static const char *const doubts[] = {"pr\xe8"
                                         "s\n1\n",
                                         "\xf6\xe5\xed\xe0\n1\n", "\x89\xbf\x8a\x69\n1\n", "\xbc\xdb\xb8\xf1\n1\n",
                                         "\xed\xe9\xf4\n1\n"};
    for (size_t i = 0; i < sizeof doubts / sizeof *doubts; i++)
        expect_text_failure(doubts[i], strlen(doubts[i]), NULL, "a.csv, line 1");
    expect_text_failure("a,\xc3\xa9\n1,\xe9x\xe9\n", 11, NULL, "a.csv, line 2, offset 7");
    expect_text_failure("a\n\0\n", 4, NULL, "a.csv, line 2, offset 2: found a zero byte");
    expect_text_failure("a\n1\n", 4, "UTF-8//IGNORE", "encoding: found 'UTF-8//IGNORE'");
    expect_text_failure("a\n\xff\n", 4, "ASCII", "a.csv, line 2");
}

Test(inputs, are_listed)
{
    struct input_list list;
    struct source_options options = {.group_by = "file"};
    cr_assert(mkdir("t", 0700) == 0);
    put_text("t/b.csv", "1\n2\n");
    put_text("t/BRK.B.csv", "1\n2\n");
    put_text("t/notes.md", "1\n2\n");
    put_text("t/.hidden.csv", "1\n2\n");
    put_text("c.us.txt", "1\n2\n");
    const char *const paths[] = {"t/", "c.us.txt"};
    cr_assert_eq(inputs_find(&list, paths, 2, &options, &test_error), PLOTMILL_OK, "%s", test_error.message);
    cr_assert_eq(list.count, 3);
    cr_assert_str_eq(list.items[0].name, "t/BRK.B.csv");
    cr_assert_str_eq(list.items[0].group, "BRK.B");
    cr_assert_str_eq(list.items[1].name, "t/b.csv");
    cr_assert_str_eq(list.items[1].group, "b");
    cr_assert_str_eq(list.items[2].group, "c.us");
    inputs_free(&list);
    cr_assert_eq(inputs_find(&list, paths, 1, NULL, &test_error), PLOTMILL_BAD_INPUT);
    cr_assert(strstr(test_error.message, "t/: the folder holds 2 files"), "%s", test_error.message);
    inputs_free(&list);
}
