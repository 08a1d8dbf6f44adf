/* The kernel cache returns what was stored under a key, or nothing. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utime.h>

#include "base/os.h"
#include "device/cache.h"

static char folder[96], above[32];
static struct plotmill_error error;

static void begin(void)
{
    strcpy(above, "/tmp/plotmill-cache-XXXXXX");
    cr_assert(mkdtemp(above));
    snprintf(folder, sizeof folder, "%s/cache", above);
}

static void end(void)
{
    chmod(folder, 0700);
    os_remove_tree(above);
}

TestSuite(cache, .init = begin, .fini = end);

static const char key[] = "device x\nkernel source";

static void store(const char *under, const char *data)
{
    cr_assert_eq(cache_store(folder, under, data, strlen(data), &error), PLOTMILL_OK, "%s", error.message);
}

static void expect_at(const char *line, const char *under, const char *data)
{
    void *found = NULL;
    size_t size = 0;
    enum plotmill_status status = cache_load(folder, under, &found, &size, &error);
    cr_assert_eq(status, PLOTMILL_OK, "%s: %s", line, error.message);
    cr_assert_eq(!found, !data, "%s: found %s", line, found ? "something" : "nothing");
    if (data)
        cr_assert(size == strlen(data) && !memcmp(found, data, size), "%s: other data", line);
    free(found);
}
#define TEXT_OF(x) #x
#define LINE_TEXT(x) TEXT_OF(x)
#define EXPECT(under, data) expect_at("line " LINE_TEXT(__LINE__), (under), (data))

static void expect_refusal(const char *what, const char *why)
{
    void *found = &error;
    size_t size = 0;
    error.message[0] = 0;
    enum plotmill_status status = cache_load(folder, key, &found, &size, &error);
    cr_assert_eq(status, PLOTMILL_IO_FAILED, "%s was taken", what);
    cr_assert_null(found);
    cr_assert(strstr(error.message, why), "%s: '%s' lacks '%s'", what, error.message, why);
}

struct found {
    char path[600];
    size_t count, partial;
};

static bool see(void *user, const char *name)
{
    struct found *found = user;
    const char *end = strstr(name, ".bin");
    found->count += end && !end[4];
    found->partial += end && end[4];
    if (end && !end[4])
        snprintf(found->path, sizeof found->path, "%s/%s", folder, name);
    return true;
}

static struct found look(void)
{
    struct found found = {0};
    os_list_folder(folder, see, &found);
    return found;
}

static size_t read_file(const char *path, unsigned char *bytes, size_t most)
{
    FILE *file = fopen(path, "rb");
    cr_assert(file);
    size_t size = fread(bytes, 1, most, file);
    fclose(file);
    return size;
}

static void write_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    cr_assert(file && fwrite(bytes, 1, size, file) == size);
    fclose(file);
}

Test(cache, returns_stored_data)
{
    EXPECT(key, NULL);
    store(key, "binary");
    EXPECT(key, "binary");
    EXPECT("device y\nkernel source", NULL);
    store("device y\nkernel source", "other");
    store(key, "");
    EXPECT(key, "");
    store(key, "a longer binary");
    EXPECT(key, "a longer binary");
    EXPECT("device y\nkernel source", "other");
    cr_assert(look().count == 2 && look().partial == 0);
    struct stat info;
    cr_assert_eq(stat(folder, &info), 0);
    cr_assert_eq(info.st_mode & 0777, 0700, "others may look in");
}

Test(cache, makes_the_folders_above)
{
    snprintf(folder, sizeof folder, "%s/a/b/c", above);
    EXPECT(key, NULL);
    store(key, "binary");
    EXPECT(key, "binary");
}

Test(cache, refuses_every_truncation_and_every_flipped_byte)
{
    unsigned char bytes[300];
    store(key, "binary");
    const struct found found = look();
    const size_t size = read_file(found.path, bytes, sizeof bytes);
    cr_assert_eq(size, 32 + strlen(key) + 6 + 8);
    for (size_t length = 0; length < size; length++) {
        write_file(found.path, bytes, length);
        expect_refusal("a truncated file", length < 40 ? "not a file of plotmill's kernel cache" : "truncated");
    }
    for (size_t i = 0; i < size; i++)
        for (int bit = 0; bit < 9; bit++) {
            const unsigned char kept = bytes[i];
            bytes[i] ^= bit == 8 ? 0xff : 1 << bit;
            write_file(found.path, bytes, size);
            expect_refusal("a flipped byte", found.path);
            bytes[i] = kept;
        }
    bytes[size] = 0;
    write_file(found.path, bytes, size + 1);
    expect_refusal("a file with a byte too many", "truncated or damaged");
    write_file(found.path, bytes, size);
    EXPECT(key, "binary");
}

Test(cache, refuses_foreign_files)
{
    unsigned char bytes[300];
    store(key, "binary");
    const struct found found = look();
    const size_t size = read_file(found.path, bytes, sizeof bytes);
    write_file(found.path, "#!/bin/sh\necho a script of more than forty bytes\n", 49);
    expect_refusal("a script", "not a file of plotmill's kernel cache");
    bytes[8] = CACHE_FORMAT + 1;
    write_file(found.path, bytes, size);
    expect_refusal("another format", "of another format");
    /* A whole, intact file of another key under this key's name. */
    store("something else entirely", "poison");
    struct found all = {0};
    os_list_folder(folder, see, &all);
    cr_assert_eq(all.count, 2);
    os_remove_file(found.path);
    const struct found other = look();
    cr_assert(os_rename(other.path, found.path));
    expect_refusal("another key", "built from or for something else");
    os_remove_file(found.path);
    cr_assert(os_make_folder(found.path));
    expect_refusal("a folder", found.path);
    cr_assert_neq(cache_store(folder, key, "x", 1, &error), PLOTMILL_OK);
}

Test(cache, refuses_what_others_may_write)
{
    store(key, "binary");
    const struct found found = look();
    chmod(found.path, 0666);
    expect_refusal("a file open to all", "others can write to it");
    chmod(found.path, 0600);
    EXPECT(key, "binary");
    if (geteuid() == 0) {
        cr_assert_eq(chown(found.path, 12345, 12345), 0);
        expect_refusal("another user's file", "others can write to it");
    }
    store(key, "again"); /* replaces it */
    EXPECT(key, "again");
}

Test(cache, folder_that_cannot_be_used)
{
    write_file(folder, "a file", 6);
    EXPECT(key, NULL);
    cr_assert_eq(cache_store(folder, key, "x", 1, &error), PLOTMILL_IO_FAILED);
    cr_assert(strstr(error.message, "not a folder"), "%s", error.message);
    snprintf(folder, sizeof folder, "%s/cache/below", above);
    EXPECT(key, NULL);
    cr_assert_eq(cache_store(folder, key, "x", 1, &error), PLOTMILL_IO_FAILED);
    snprintf(folder, sizeof folder, "/proc/plotmill-cache"); /* where even root cannot create files */
    EXPECT(key, NULL);
    cr_assert_eq(cache_store(folder, key, "x", 1, &error), PLOTMILL_IO_FAILED);
    snprintf(folder, sizeof folder, "%s/cache", above);
}

/* Many write and read at once; each finds one of the whole versions. */
static void write_and_read(int number)
{
    char data[20000];
    for (int i = 0; i < 60; i++) {
        memset(data, 'a' + (number + i) % 20, sizeof data);
        if (cache_store(folder, key, data, (size_t)1000 * ((number + i) % 20 + 1), &error))
            _exit(1);
        void *found = NULL;
        size_t size = 0;
        if (cache_load(folder, key, &found, &size, &error) || !found)
            _exit(2);
        const char *bytes = found;
        if (size != (size_t)1000 * (size_t)(bytes[0] - 'a' + 1) || bytes[0] != bytes[size - 1])
            _exit(3);
        free(found);
    }
    _exit(0);
}

Test(cache, concurrent_writers)
{
    pid_t writers[6];
    for (int i = 0; i < 6; i++)
        if ((writers[i] = fork()) == 0)
            write_and_read(i);
    for (int i = 0; i < 6; i++) {
        int how;
        cr_assert_eq(waitpid(writers[i], &how, 0), writers[i]);
        cr_assert(WIFEXITED(how) && WEXITSTATUS(how) == 0, "writer %d: %d", i, how);
    }
    cr_assert(look().count == 1 && look().partial == 0);
}

/* All ages in a test are relative to one moment, so that their order does not depend on the test's duration. */
static void set_age(const char *name, double seconds)
{
    static double now;
    char path[200];
    now = now > 0 ? now : os_wall_seconds();
    snprintf(path, sizeof path, "%s/%s", folder, name);
    const time_t when = (time_t)(now - seconds);
    cr_assert_eq(utime(path, &(struct utimbuf){when, when}), 0);
}

static void put(const char *name, size_t size, double age)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    write_file(path, "x", 1);
    cr_assert_eq(truncate(path, (off_t)size), 0);
    set_age(name, age);
}

static bool is_there(const char *name)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return os_exists(path);
}

Test(cache, limits_files)
{
    char name[40];
    store("first", "1");
    const struct found first = look();
    set_age(strrchr(first.path, '/') + 1, 5000); /* the clock of a file system may be behind */
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "%016x.bin", i);
        put(name, 10, 10 + i);
    }
    put("not-ours.bin", 10, 1e6);
    put("0123456789abcdef.txt", 10, 1e6);
    put("0123456789abcdef.bin.partial-7-0", 10, 1e6);
    put("0123456789abcdef.bin.partial-8-0", 10, 60);
    store(key, "binary");
    EXPECT(key, "binary");
    EXPECT("first", NULL);
    cr_assert(is_there("0000000000000000.bin") && is_there("000000000000003e.bin"), "the newest 63 stay");
    cr_assert(!is_there("000000000000003f.bin") && !is_there("0000000000000063.bin"));
    cr_assert(is_there("not-ours.bin") && is_there("0123456789abcdef.txt"));
    cr_assert(!is_there("0123456789abcdef.bin.partial-7-0") && is_there("0123456789abcdef.bin.partial-8-0"));
}

Test(cache, limits_bytes)
{
    cr_assert(os_make_folder(folder));
    put("0000000000000001.bin", CACHE_BYTES_MOST / 2, 30);
    put("0000000000000002.bin", CACHE_BYTES_MOST / 2, 20);
    put("0000000000000003.bin", 1000, 10);
    store(key, "binary");
    EXPECT(key, "binary");
    cr_assert(is_there("0000000000000003.bin") && !is_there("0000000000000001.bin"));
    cr_assert(is_there("0000000000000002.bin"));
    put("0000000000000004.bin", CACHE_BYTES_MOST, -1000); /* newer than the one being stored */
    store("another", "binary");
    EXPECT("another", "binary");
    cr_assert(!is_there("0000000000000004.bin"));
}

static void expect_folder(const char *cache, const char *expected)
{
    char *found = cache_folder(cache);
    cr_assert_eq(!found, !expected, "found %s", found ? found : "none");
    if (expected)
        cr_assert_str_eq(found, expected);
    free(found);
}

Test(cache, chooses_the_folder)
{
    setenv("PLOTMILL_CACHE_DIR", "/x/cache", 1);
    setenv("XDG_CACHE_HOME", "/x/xdg", 1);
    setenv("HOME", "/x/home", 1);
    expect_folder("there", "there");
    expect_folder("", NULL);
    expect_folder(NULL, "/x/cache");
    setenv("PLOTMILL_CACHE_DIR", "", 1);
#if !defined(__APPLE__)
    expect_folder(NULL, "/x/xdg/plotmill");
    setenv("XDG_CACHE_HOME", "relative", 1); /* its specification requires an absolute path, so it is ignored */
    expect_folder(NULL, "/x/home/.cache/plotmill");
    unsetenv("XDG_CACHE_HOME");
    expect_folder(NULL, "/x/home/.cache/plotmill");
#else
    expect_folder(NULL, "/x/home/Library/Caches/plotmill");
#endif
    unsetenv("PLOTMILL_CACHE_DIR");
    unsetenv("XDG_CACHE_HOME");
    unsetenv("HOME");
    expect_folder(NULL, NULL);
}
