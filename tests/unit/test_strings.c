#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/strings.h"

static void expect_text(char *got, const char *expected)
{
    cr_assert(got != NULL);
    cr_expect_str_eq(got, expected);
    free(got);
}

Test(strings, case_is_ascii_s)
{
    cr_expect(string_same("Close", "cLOSE") && string_same("", ""));
    cr_expect(!string_same("close", "closed") && !string_same("closed", "close") && !string_same("[", "{"));
    cr_expect(!string_same("\xc4", "\xe4"), "letters beyond ASCII are themselves");
    cr_expect(string_contains("NVIDIA H200", "nvidia") && string_contains("NVIDIA H200", "h200"));
    cr_expect(!string_contains("NVIDIA H200", "H2000") && string_contains("aab", "ab"));
}

Test(strings, folder_and_name_of_a_path)
{
    cr_expect_str_eq(path_name("a/b.h5"), "b.h5");
    cr_expect_str_eq(path_name("b.h5"), "b.h5");
    cr_expect_str_eq(path_name("/b.h5"), "b.h5");
    expect_text(path_folder("a/c/b.h5"), "a/c");
    expect_text(path_folder("b.h5"), ".");
    expect_text(path_folder("/b.h5"), "/");
    expect_text(path_trimmed("a/images//"), "a/images");
    expect_text(path_trimmed("//"), "/");
    expect_text(path_trimmed(""), "");
}

Test(strings, copies)
{
    char *kept = NULL;
    struct plotmill_error error;
    expect_text(string_start("volume,close", 6), "volume");
    expect_text(string_start(NULL, 0), "");
    expect_text(string_join("a", "b"), "ab");
    expect_text(path_join("a", "b"), "a/b");
    cr_assert(string_keep(&kept, NULL, &error) == PLOTMILL_OK);
    expect_text(kept, "");
}
