/* Fingerprints, which identify inputs. */
#include "test_source_files.h"

#include "base/json.h"

TestSuite(fingerprint, .init = enter_folder, .fini = leave_folder);

static char *print_of(const char *column, size_t count, const char *const *paths)
{
    struct source source;
    cr_assert_eq(open_files(&source, column, NULL, count, paths), PLOTMILL_OK, "%s", test_error.message);
    char *text = source.input;
    source.input = NULL;
    source_close(&source);
    cr_assert(json_is_object(text), "%s", text);
    return text;
}

static char *print_of_one(const char *path)
{
    return print_of(NULL, 1, &path);
}

static uint64_t number_of(const char *text, const char *name)
{
    uint64_t number;
    const char *value = json_member(text, name);
    cr_assert(value && json_read_uint(value, &number), "%s in %s", name, text);
    return number;
}

static bool same_member(const char *a, const char *b, const char *name)
{
    char *x = json_read_string(json_member(a, name)), *y = json_read_string(json_member(b, name));
    cr_assert(x && y, "%s in %s and %s", name, a, b);
    bool same = !strcmp(x, y);
    free(x);
    free(y);
    return same;
}

Test(fingerprint, describes_the_input)
{
    put_text("a.csv", "t,v\n1,10\n2,20\n3,30\n");
    put_text("b.csv", "t,v\n4,40\n");
    char *text = print_of("v", 2, (const char *const[]){"a.csv", "b.csv"});
    cr_assert_eq(number_of(text, "files"), 2);
    cr_assert_eq(number_of(text, "bytes"), 19 + 9);
    cr_assert_eq(number_of(text, "samples"), 4);
    cr_assert_eq(number_of(text, "row_length"), 0);
    cr_assert(strstr(text, "\"column\": \"v\", \"dataset\": null"), "%s", text);
    cr_assert(strstr(text, "{\"name\": \"a.csv\", \"bytes\": 19, "), "%s", text);
    free(text);
}

/* Every byte and the order of files matter; names and folders do not. */
Test(fingerprint, depends_on_contents)
{
    put_text("a.csv", "1\n2\n3\n");
    put_text("b.csv", "1\n2\n4\n");
    cr_assert(mkdir("folder", 0700) == 0);
    put_text("folder/other.csv", "1\n2\n3\n");
    char *a = print_of_one("a.csv"), *b = print_of_one("b.csv"), *again = print_of_one("a.csv");
    char *moved = print_of_one("folder/other.csv");
    char *ab = print_of(NULL, 2, (const char *const[]){"a.csv", "b.csv"});
    char *ba = print_of(NULL, 2, (const char *const[]){"b.csv", "a.csv"});
    cr_assert_str_eq(a, again);
    cr_assert(!same_member(a, b, "hash"));
    cr_assert(same_member(a, moved, "hash"));
    cr_assert(!strstr(moved, "folder"), "%s", moved);
    cr_assert(!same_member(ab, ba, "hash"));
    for (char **text = (char *[]){a, b, again, moved, ab, ba, NULL}; *text; text++)
        free(*text);
}

/* A large file is sampled: both ends and the size matter. */
Test(fingerprint, samples_large_files)
{
    const unsigned count = 70u << 20;
    char *prints[4];
    for (int k = 0; k < 4; k++) {
        char text[200] = "\x93NUMPY\x01";
        int length =
            10 + snprintf(text + 10, 100, "{'descr': '|i1', 'fortran_order': False, 'shape': (%u,), }\n", count);
        text[8] = (char)(length - 10);
        FILE *file = fopen("large.npy", "wb");
        cr_assert(file && fwrite(text, 1, (size_t)length, file) == (size_t)length);
        cr_assert(os_set_size(file, (uint64_t)length + count));
        /* one byte changed at the beginning, or the end */
        if (k == 1)
            cr_assert(os_seek(file, (uint64_t)length) == 0 && fputc(1, file) == 1);
        if (k == 2)
            cr_assert(os_seek(file, (uint64_t)length + count - 1) == 0 && fputc(1, file) == 1);
        cr_assert(fclose(file) == 0);
        prints[k] = print_of_one("large.npy");
    }
    cr_assert_str_eq(prints[0], prints[3]);
    cr_assert(!same_member(prints[0], prints[1], "hash"));
    cr_assert(!same_member(prints[0], prints[2], "hash"));
    cr_assert(!same_member(prints[1], prints[2], "hash"));
    for (int k = 0; k < 4; k++)
        free(prints[k]);
}

/* More files than the list holds are still distinguished. */
Test(fingerprint, many_files)
{
    const char *paths[100];
    put_text("a.csv", "1\n");
    put_text("b.csv", "2\n");
    for (int i = 0; i < 100; i++)
        paths[i] = "a.csv";
    char *all = print_of(NULL, 100, paths);
    paths[99] = "b.csv";
    char *but_one = print_of(NULL, 100, paths);
    cr_assert(strstr(all, "\"list\": []"), "%s", all);
    cr_assert_eq(number_of(all, "files"), 100);
    cr_assert(!same_member(all, but_one, "hash"));
    free(all);
    free(but_one);
}
