#include "test_source_files.h"

TestSuite(source_packed, .init = enter_folder, .fini = leave_folder);

#if HAVE_ARCHIVE

#include <archive.h>
#include <archive_entry.h>

#define LIST(...)                                                  \
    (sizeof((double[]){__VA_ARGS__}) / sizeof(double)), (double[]) \
    {                                                              \
        __VA_ARGS__                                                \
    }

struct member {
    const char *name; /* ends with / for a folder */
    const char *text;
};

static void put_zip(const char *path, size_t count, const struct member *members)
{
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    archive_write_set_format_zip(archive);
    cr_assert_eq(archive_write_open_filename(archive, path), ARCHIVE_OK);
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(members[i].text);
        bool folder = members[i].name[strlen(members[i].name) - 1] == '/';
        archive_entry_clear(entry);
        archive_entry_set_pathname(entry, members[i].name);
        archive_entry_set_filetype(entry, folder ? AE_IFDIR : AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, (la_int64_t)size);
        cr_assert_eq(archive_write_header(archive, entry), ARCHIVE_OK);
        cr_assert_eq(archive_write_data(archive, members[i].text, size), (la_ssize_t)size);
    }
    archive_entry_free(entry);
    cr_assert_eq(archive_write_free(archive), ARCHIVE_OK);
}

static void put_gzip(const char *path, const char *text)
{
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    archive_write_add_filter_gzip(archive);
    archive_write_set_format_raw(archive);
    cr_assert_eq(archive_write_open_filename(archive, path), ARCHIVE_OK);
    archive_entry_set_filetype(entry, AE_IFREG);
    cr_assert_eq(archive_write_header(archive, entry), ARCHIVE_OK);
    cr_assert_eq(archive_write_data(archive, text, strlen(text)), (la_ssize_t)strlen(text));
    archive_entry_free(entry);
    cr_assert_eq(archive_write_free(archive), ARCHIVE_OK);
}

static size_t load(const char *path, char *bytes, size_t size)
{
    FILE *file = fopen(path, "rb");
    size_t got = fread(bytes, 1, size, file);
    fclose(file);
    return got;
}

Test(source_packed, reads_gzip)
{
    put_gzip("a.csv.gz", "x,close\na,1\nb,2\n");
    expect_file("close", "a.csv.gz", LIST(1, 2));
    put_gzip("a.TSV.GZ", "x,\tclose\na\t1\nb\t2\n"); /* a comma in the first line, yet tabs separate */
    expect_file("close", "a.TSV.GZ", LIST(1, 2));
    put_gzip("a.gz", "1\n2\n");
    expect_file(NULL, "a.gz", LIST(1, 2));
}

Test(source_packed, reads_gzip_of_several_members)
{
    char bytes[1000];
    put_gzip("a.gz", "1\n2\n");
    size_t one = load("a.gz", bytes, 500);
    memcpy(bytes + one, bytes, one);
    put("b.gz", bytes, 2 * one);
    expect_file(NULL, "b.gz", LIST(1, 2, 1, 2));
}

Test(source_packed, reads_zip)
{
    put_zip("a.zip", 1, (struct member[]){{"prices.csv", "close\n1\n2\n"}});
    expect_file(NULL, "a.zip", LIST(1, 2));
    put_zip("a.csv.zip", 4,
            (struct member[]){{"dump/", ""},
                              {"dump/readme.txt", "hello"},
                              {"dump/PRICES.TSV", "a\tb\n1\t2\n"},
                              {"__MACOSX/dump/._PRICES.TSV", "junk"}});
    struct source source = open_good("b", NULL, "a.csv.zip");
    expect_place(&source, 0, "a.csv.zip/dump/PRICES.TSV, line 2");
    expect_samples(&source, 0, LIST(2));
}

Test(source_packed, requires_one_table_in_a_zip)
{
    put_zip("two.zip", 3, (struct member[]){{"jan.csv", "1\n"}, {"notes.txt", "hello"}, {"feb.csv", "2\n"}});
    expect_bad("two.zip: holds 2 tables, jan.csv, feb.csv: expected the option member, the one to read, or group-by "
               "file, which reads all of them, each as a group",
               NULL, "two.zip");
    put_zip("none.zip", 1, (struct member[]){{"__MACOSX/._a.csv", "1\n"}});
    expect_bad("none.zip: holds no file", NULL, "none.zip");
    put_zip("empty.zip", 1, (struct member[]){{"a.csv", ""}});
    expect_bad("empty.zip/a.csv: empty file", NULL, "empty.zip");
    put_gzip("empty.csv.gz", "");
    expect_bad("empty.csv.gz: holds no file", NULL, "empty.csv.gz");
}

/* The reason comes from libarchive, so only the text before it is compared. */
static void expect_beginning(const char *path, const char *beginning)
{
    struct source source;
    cr_assert_eq(open_files(&source, NULL, NULL, 1, &path), PLOTMILL_BAD_INPUT, "%s", path);
    cr_assert_eq(strncmp(test_error.message, beginning, strlen(beginning)), 0, "%s", test_error.message);
    cr_assert(strlen(test_error.message) > strlen(beginning) && !strchr(test_error.message, '\n'));
}

Test(source_packed, refuses_damaged_files)
{
    static char text[60001], bytes[60000];
    for (size_t i = 0; i < 60000; i += 6) {
        char line[16];
        snprintf(line, sizeof line, "%05u\n", (unsigned)(i * 2654435761u >> 8) % 100000);
        memcpy(text + i, line, 6);
    }
    put_text("plain.csv.gz", "1\n2\n");
    expect_file(NULL, "plain.csv.gz", LIST(1, 2));
    put_text("plain.zip", "1\n2\n");
    expect_file(NULL, "plain.zip", LIST(1, 2));
    put_gzip("a.csv.gz", text);
    size_t size = load("a.csv.gz", bytes, sizeof bytes);
    put("cut.csv.gz", bytes, size / 2);
    expect_beginning("cut.csv.gz", "cut.csv.gz: damaged or truncated: ");
    put_zip("a.zip", 1, (struct member[]){{"a.csv", text}});
    size = load("a.zip", bytes, sizeof bytes);
    put("cut.zip", bytes, size / 2);
    expect_beginning("cut.zip", "cut.zip: damaged or truncated: ");
    for (size_t i = size / 2; i < size / 2 + 200;
         i++) /* inside the packed data: found by the decoder or its checksum */
        bytes[i] ^= 0x10;
    put("hit.zip", bytes, size);
    expect_beginning("hit.zip", "hit.zip: damaged or truncated: ");
}

/* Stored without packing, so that a damaged digit unpacks to another digit: only the checksum detects it. libarchive
 * does not check it. */
Test(source_packed, checks_the_checksum_of_gzip)
{
    enum { ROWS = 400000, SIZE = 6 * ROWS };
    char *text = malloc(SIZE + 1), *bytes = malloc(SIZE + 1000);
    for (int i = 0; i < ROWS; i++)
        snprintf(text + 6 * i, 7, "%05u\n", (unsigned)i % 100000u);
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    archive_write_add_filter_gzip(archive);
    cr_assert_eq(archive_write_set_filter_option(archive, "gzip", "compression-level", "0"), ARCHIVE_OK);
    archive_write_set_format_raw(archive);
    cr_assert_eq(archive_write_open_filename(archive, "b.csv.gz"), ARCHIVE_OK);
    archive_entry_set_filetype(entry, AE_IFREG);
    cr_assert_eq(archive_write_header(archive, entry), ARCHIVE_OK);
    cr_assert_eq(archive_write_data(archive, text, SIZE), SIZE);
    archive_entry_free(entry);
    cr_assert_eq(archive_write_free(archive), ARCHIVE_OK);
    struct source source = open_good(NULL, NULL, "b.csv.gz");
    cr_assert_eq(source.shape.samples, ROWS);
    source_close(&source);
    size_t size = load("b.csv.gz", bytes, SIZE + 1000);
    cr_assert(size > SIZE && size < SIZE + 1000);
    for (size_t i = size / 2; i < size; i++)
        if (bytes[i] == '0') {
            bytes[i] = '1';
            break;
        }
    put("b.csv.gz", bytes, size);
    expect_bad("b.csv.gz: damaged: the checksum is wrong", NULL, "b.csv.gz");
    free(text);
    free(bytes);
}

#else

Test(source_packed, is_reported_as_missing)
{
    put("a.csv", "\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
    put("a", "PK\3\4\0\0", 6);
    for (int i = 0; i < 2; i++) {
        const char *name = i ? "a" : "a.csv";
        char message[200];
        snprintf(message, sizeof message,
                 "%s: compressed files and archives need libarchive and zlib, which this build of plotmill lacks: "
                 "decompress it first",
                 name);
        expect_failure(PLOTMILL_UNSUPPORTED, message, NULL, NULL, name);
    }
}

#endif
