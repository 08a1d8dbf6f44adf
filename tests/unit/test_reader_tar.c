/* Tar files of images: plotmill's own, damaged, and others. */
#include "sink_fixture.h"

#if HAVE_PNG && HAVE_ARCHIVE

#include <archive.h>
#include <archive_entry.h>

TestSuite(reader_tar, .init = enter_folder, .fini = leave_folder);

static const char mark[] = "{\"images\": 2, \"first\": 7, \"width\": 37, \"height\": 23, \"background\": 9}";
static const char label[] = "{\"index\":7,\"window_start\":70,\"y_range\":[null,2.5]}";

struct member {
    const char *name;
    const char *text; /* NULL: a PNG file */
};

/* A PNG file of image 0, from a folder that plotmill made. */
static uint8_t *png_bytes(size_t *size)
{
    if (!os_exists("pngs"))
        make_output("pngs", "png", true, false, 1);
    return read_file("pngs/00000000.png", size);
}

static void make_tar(const char *path, const char *attribute, const struct member *members, size_t count)
{
    size_t png_size;
    uint8_t *png = png_bytes(&png_size);
    struct archive *archive = archive_write_new();
    cr_assert_eq(archive_write_set_format_pax_restricted(archive), ARCHIVE_OK);
    cr_assert_eq(archive_write_open_filename(archive, path), ARCHIVE_OK);
    for (size_t i = 0; i < count; i++) {
        const void *data = members[i].text ? (const void *)members[i].text : png;
        size_t size = members[i].text ? strlen(members[i].text) : png_size;
        struct archive_entry *entry = archive_entry_new();
        archive_entry_set_pathname(entry, members[i].name);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0600);
        archive_entry_set_size(entry, (la_int64_t)size);
        if (attribute && i == 0)
            archive_entry_xattr_add_entry(entry, "user.plotmill", attribute, strlen(attribute));
        cr_assert_eq(archive_write_header(archive, entry), ARCHIVE_OK);
        cr_assert_eq(archive_write_data(archive, data, size), (la_ssize_t)size);
        archive_entry_free(entry);
    }
    cr_assert_eq(archive_write_free(archive), ARCHIVE_OK);
    free(png);
}

static void check_refused_mark(const char *attribute, const char *piece)
{
    make_tar("a.tar", attribute, &(struct member){"000000007.png", NULL}, 1);
    assert_refused("a.tar", piece);
}

Test(reader_tar, files_of_other_programs)
{
    check_refused_mark(NULL, "a.tar: not a tar file of plotmill: its first member has no attribute user.plotmill");
    check_refused_mark("", "a.tar: the attribute user.plotmill is malformed, expected one JSON object with");
    check_refused_mark("{} x", "a.tar: the attribute user.plotmill is malformed");
    check_refused_mark(
        "{\"images\": 0}",
        "a.tar: the attribute user.plotmill is malformed, expected one JSON object with images, width and height");
}

static enum plotmill_status read_both(const struct member *members, size_t count, struct plotmill_error *error)
{
    uint8_t pixels[2 * IMAGE_BYTES];
    struct reader reader;
    make_tar("a.tar", mark, members, count);
    assert_ok(reader_open(&reader, "a.tar", error), error);
    enum plotmill_status status = reader_read(&reader, 0, 2, pixels, NULL, NULL, error);
    reader_close(&reader);
    return status;
}

static void check_members(const struct member *members, size_t count, const char *piece)
{
    struct plotmill_error error = {0};
    assert_fails(read_both(members, count, &error), PLOTMILL_BAD_INPUT, &error, piece);
}

Test(reader_tar, members_that_are_not_expected)
{
    const struct member right[] = {
        {"000000007.png", NULL}, {"000000007.json", label}, {"000000008.png", NULL}, {"000000008.json", label}};
    struct plotmill_error error = {0};
    assert_ok(read_both(right, 4, &error), &error);
    check_members(right, 3, "a.tar: ends before 000000008.json, expected 2 images");
    check_members(right + 2, 2, "a.tar: found the member \"000000008.png\", expected 000000007.png");
    const struct member swapped[] = {right[0], right[2]};
    check_members(swapped, 2, "a.tar: found the member \"000000008.png\", expected 000000007.json");
    const struct member more[] = {right[0], right[1], right[2], right[3], {"x", "x"}};
    check_members(more, 5, "a.tar: found the member \"x\", expected the end after 2 images");
    const struct member text[] = {right[0], right[1], {"000000008.png", "hello"}, right[3]};
    check_members(text, 4, "a.tar: 000000008.png: cannot be read as PNG");
    const char *const labels[] = {"",
                                  "{}",
                                  "{\"window_start\":1}",
                                  "{\"window_start\":1,\"y_range\":[1]}",
                                  "{\"window_start\":1,\"y_range\":[1,2,3]}",
                                  "{\"window_start\":1,\"y_range\":[1,\"2\"]}",
                                  "{\"window_start\":1,\"y_range\":[true,2]}",
                                  "{\"window_start\":null,\"y_range\":[1,2]}"};
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        const struct member wrong[] = {right[0], {"000000007.json", labels[i]}};
        check_members(wrong, 2, "expected an object with window_start and y_range");
    }
}

Test(reader_tar, values_and_seeking_back)
{
    const struct member right[] = {
        {"000000007.png", NULL}, {"000000007.json", label}, {"000000008.png", NULL}, {"000000008.json", label}};
    struct plotmill_error error = {0};
    uint8_t pixels[IMAGE_BYTES], expected[IMAGE_BYTES];
    int64_t start;
    double range[2];
    struct reader reader;
    make_tar("a.tar", mark, right, 4);
    assert_ok(reader_open(&reader, "a.tar", &error), &error);
    cr_assert_eq(reader.info.images, 2);
    cr_assert_eq(reader.info.first, 7);
    cr_assert_eq(reader.info.background, 9);
    cr_assert_eq(reader.info.foreground, -1);
    fill_images(expected, 0, 1, IMAGE_BYTES);
    const uint64_t order[] = {1, 0, 0, 1, 1};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        memset(pixels, 1, sizeof pixels);
        assert_ok(reader_read(&reader, order[i], 1, pixels, &start, range, &error), &error);
        cr_assert(!memcmp(pixels, expected, sizeof pixels));
        cr_assert(start == 70 && isnan(range[0]) && range[1] == 2.5);
    }
    reader_close(&reader);
}

/* A truncated file is refused wherever it ends; only the zeros at its end may be missing. */
Test(reader_tar, truncated_anywhere)
{
    size_t size;
    make_output("a.tar", NULL, true, false, 2);
    uint8_t *bytes = read_file("a.tar", &size);
    for (size_t cut = 0; cut + 1024 < size; cut += 97) {
        struct plotmill_error error = {0};
        struct reader reader = {0};
        uint64_t hash;
        write_file("b.tar", bytes, cut);
        enum plotmill_status status = reader_open(&reader, "b.tar", &error);
        if (!status)
            status = reader_hash(&reader, &hash, &error);
        assert_fails(status, PLOTMILL_BAD_INPUT, &error, "b.tar: ");
        reader_close(&reader);
    }
    free(bytes);
}

Test(reader_tar, batches_out_of_order_are_refused)
{
    struct plotmill_error error = {0};
    struct sink_options options = sink_options(NULL, true, false);
    struct dataset_info info = dataset(IMAGES);
    struct sink sink = {0};
    assert_ok(sink_create(&sink, "a.tar", &options, NULL, &error), &error);
    cr_assert_eq(sink.ops->ordered, 1);
    assert_ok(sink.ops->open(sink.self, &info, &error), &error);
    assert_fails(write_range(&sink, 1, 1, &error), PLOTMILL_BAD_INPUT, &error,
                 "a.tar: found image 1, expected image 0: this format is written in order");
    sink.ops->abort(sink.self);
    sink_close(&sink);
    cr_assert_eq(entries("."), 0);
}

#endif
