/* The published set: images without a header, a label table beside them, and what the name of the file states. */
#include "array_fixture.h"
#include "formats/image_table.h"

TestSuite(jkx, .init = enter_folder, .fini = leave_folder);

#define SET "20d_month_has_vb_[20]_ma_1993_images.dat"
#define TABLE "20d_month_has_vb_[20]_ma_1993_labels.csv"
#define HEAD "index,window_start,y_lo,y_hi\n"

static enum plotmill_status open_set(struct sink *sink, const char *path, const struct dataset_info *info, bool force,
                                     struct plotmill_error *error)
{
    struct sink_options options = sink_options("jkx", true, force);
    enum plotmill_status status = sink_create(sink, path, &options, NULL, error);
    return status ? status : sink->ops->open(sink->self, info, error);
}

/* Images 0 to count - 1 of the fixture, under a name without a size. */
static enum plotmill_status try_set(const char *path, uint64_t count, bool force, struct plotmill_error *error)
{
    struct sink sink = {0};
    struct dataset_info info = dataset(count);
    enum plotmill_status status = open_set(&sink, path, &info, force, error);
    const bool opened = !status;
    for (uint64_t first = 0; first < count && !status; first += 4)
        status = write_range(&sink, first, count - first < 4 ? count - first : 4, error);
    if (!status)
        status = sink.ops->finish(sink.self, error);
    if (status && opened)
        sink.ops->abort(sink.self);
    sink_close(&sink);
    return status;
}

static void make_set(const char *path, uint64_t count, bool force)
{
    struct plotmill_error error = {0};
    assert_ok(try_set(path, count, force, &error), &error);
}

static void write_text(const char *path, const char *text)
{
    write_file(path, text, strlen(text));
}

/* Of the fixture's images, as an independent parser reads it. */
static void check_table(const char *path, uint64_t count)
{
    size_t size;
    char *text = (char *)read_file(path, &size), *at = text;
    cr_assert(!strncmp(at, HEAD, strlen(HEAD)), "%s", text);
    at += strlen(HEAD);
    for (uint64_t i = 0; i < count; i++) {
        unsigned long long index;
        long long start;
        double lo, hi;
        int used = 0;
        cr_assert_eq(sscanf(at, "%llu,%lld,%lf,%lf\n%n", &index, &start, &lo, &hi, &used), 4, "%s", at);
        cr_assert(index == i && start == start_of(i), "%.80s", at);
        cr_assert(lo == range_of(i, 0) || (isnan(lo) && i == 4), "%.80s", at);
        cr_assert(hi == range_of(i, 1) || (isnan(hi) && i == 4), "%.80s", at);
        at += used;
    }
    cr_assert(!*at, "%s", at);
    free(text);
}

static void check_images(const char *path, uint64_t count)
{
    size_t size;
    uint8_t *bytes = read_file(path, &size), *expected = malloc((size_t)count * IMAGE_BYTES);
    fill_images(expected, 0, count, IMAGE_BYTES);
    cr_assert_eq(size, count * IMAGE_BYTES);
    cr_assert(!memcmp(bytes, expected, size));
    free(expected);
    free(bytes);
}

Test(jkx, images_labels_and_sidecar)
{
    struct plotmill_error error = {0};
    struct reader reader;
    make_set("a_images.dat", IMAGES, false);
    cr_assert_eq(entries("."), 3);
    check_images("a_images.dat", IMAGES);
    check_table("a_labels.csv", IMAGES);
    char *side = sidecar_read("a_images.dat.json");
    cr_assert(side && strstr(side, "\"format\": \"jkx\"") && strstr(side, SPEC), "%s", side);
    free(side);
    assert_ok(reader_open(&reader, "a_images.dat", &error), &error);
    cr_assert_str_eq(reader.info.format, "jkx");
    cr_assert_str_eq(reader.info.spec, SPEC);
    cr_assert(reader.info.images == IMAGES && reader.info.width == WIDTH && reader.info.height == HEIGHT);
    cr_assert(reader.info.background == 250 && reader.info.foreground == 5);
    reader_close(&reader);
}

/* Rows follow one another, so batches must. */
Test(jkx, batches_in_order)
{
    struct plotmill_error error = {0};
    struct dataset_info info = dataset(IMAGES);
    struct sink sink = {0};
    assert_ok(open_set(&sink, "a_images.dat", &info, false, &error), &error);
    cr_assert_eq(sink.ops->ordered, 1);
    assert_ok(write_range(&sink, 0, 4, &error), &error);
    assert_fails(write_range(&sink, 5, 1, &error), PLOTMILL_BAD_INPUT, &error, "found image 5, expected image 4");
    assert_ok(write_range(&sink, 4, IMAGES - 4, &error), &error);
    assert_ok(sink.ops->finish(sink.self, &error), &error);
    sink_close(&sink);
    check_images("a_images.dat", IMAGES);
    check_table("a_labels.csv", IMAGES);
}

static void refuse(const char *path, struct dataset_info info, const char *piece)
{
    struct plotmill_error error = {0};
    struct sink sink = {0};
    assert_fails(open_set(&sink, path, &info, false, &error), PLOTMILL_BAD_INPUT, &error, piece);
    sink_close(&sink);
}

Test(jkx, what_is_no_such_set)
{
    struct dataset_info colour = dataset(1), of60 = dataset(1);
    colour.channels = 3;
    of60.width = 96;
    of60.height = 180;
    refuse("a.dat", dataset(1), "a.dat: expected a name that ends in _images.dat for format jkx");
    refuse("a_images.dat/", dataset(1), "expected a name that ends in _images.dat");
    refuse("-", dataset(1), "standard output takes the format raw, not jkx");
    refuse("a_images.dat", colour, "a_images.dat: format jkx holds images of one channel, found 3");
    refuse(SET, dataset(1), "a name that begins with 20d_ means images of 60x64 pixels, found size 37x23");
    refuse("5d_images.dat", dataset(1), "begins with 5d_ means images of 15x32 pixels");
    refuse("60d_x_images.dat", of60, "begins with 60d_ means images of 180x96 pixels, found size 96x180");
    refuse("none/a_images.dat", dataset(1), "no such folder: none");
    cr_assert_eq(entries("."), 0);
    make_set("10d_images.dat", 1, false); /* a size of nobody's */
    make_set("x60d_images.dat", 1, false);
}

Test(jkx, each_of_the_three_files_is_refused_and_replaced)
{
    static const char *const files[] = {"a_images.dat", "a_images.dat.json", "a_labels.csv"};
    for (int i = 0; i < 3; i++) {
        char piece[60];
        write_text(files[i], "mine");
        snprintf(piece, sizeof piece, "%s: exists already", files[i]);
        refuse("a_images.dat", dataset(1), piece);
        cr_assert_eq(entries("."), 1);
        make_set("a_images.dat", 2, true);
        make_set("a_images.dat", IMAGES, true);
        cr_assert_eq(entries("."), 3);
        check_images("a_images.dat", IMAGES);
        check_table("a_labels.csv", IMAGES);
        for (int k = 0; k < 3; k++)
            cr_assert(os_remove_file(files[k]));
    }
}

Test(jkx, failure_keeps_the_old_files)
{
    struct plotmill_error error = {0};
    struct dataset_info info = dataset(5);
    struct sink sink = {0};
    make_set("a_images.dat", IMAGES, false);
    assert_ok(open_set(&sink, "a_images.dat", &info, true, &error), &error);
    assert_ok(write_range(&sink, 0, 4, &error), &error);
    cr_assert_eq(sink.ops->finish(sink.self, &error), PLOTMILL_IO_FAILED);
    sink.ops->abort(sink.self);
    sink_close(&sink);
    check_images("a_images.dat", IMAGES);
    check_table("a_labels.csv", IMAGES);
    cr_assert_eq(entries("."), 3);
}

/* One of the files cannot be placed: those that were are removed again, and what they replaced is back. */
Test(jkx, failed_commit_leaves_none)
{
    static const char *const files[] = {"a_labels.csv", "a_images.dat.json", "a_images.dat"};
    struct plotmill_error error = {0};
    struct dataset_info info = dataset(1);
    for (int force = 0; force < 2; force++)
        for (int bad = 0; bad < 3; bad++) {
            struct sink sink = {0};
            char piece[60];
            for (int k = 0; force && k < 3; k++)
                if (k != bad)
                    write_text(files[k], "old");
            assert_ok(open_set(&sink, "a_images.dat", &info, force, &error), &error);
            assert_ok(write_range(&sink, 0, 1, &error), &error);
            cr_assert(os_make_folder(files[bad]));
            snprintf(piece, sizeof piece, "%s: ", files[bad]);
            assert_fails(sink.ops->finish(sink.self, &error), PLOTMILL_BAD_INPUT, &error, piece);
            sink.ops->abort(sink.self);
            sink_close(&sink);
            cr_assert_eq(entries("."), force ? 3 : 1, "force %d, %s", force, files[bad]);
            for (int k = 0; k < 3; k++)
                cr_assert_eq(os_file_size(files[k]) == 3, force && k != bad, "force %d: %s", force, files[k]);
            for (int k = 0; k < 3; k++)
                os_is_folder(files[k]) ? os_remove_tree(files[k]) : os_remove_file(files[k]);
        }
}

Test(jkx, abort_at_any_time)
{
    struct plotmill_error error = {0};
    struct dataset_info info = dataset(IMAGES);
    for (int written = 0; written < 2; written++) {
        struct sink sink = {0};
        assert_ok(open_set(&sink, "a_images.dat", &info, false, &error), &error);
        cr_assert_eq(entries("."), 3);
        if (written)
            assert_ok(write_range(&sink, 0, 3, &error), &error);
        sink.ops->abort(sink.self);
        sink_close(&sink);
        cr_assert_eq(entries("."), 0);
    }
}

/* Limits from zero to the size of the images: they or, where the images are small, the labels do not fit. */
Test(jkx, disk_that_fills_up)
{
    struct plotmill_error error = {0};
    const uint64_t size = IMAGES * IMAGE_BYTES;
    for (uint64_t limit = 0; limit < size; limit += size / 9) {
        limit_files((rlim_t)limit);
        enum plotmill_status status = try_set("a_images.dat", IMAGES, false, &error);
        limit_files(RLIM_INFINITY);
        assert_disk_was_full("a_", limit, status, &error);
    }
}

Test(jkx, labels_that_do_not_fit)
{
    enum { MANY = 2000 };
    struct plotmill_error error = {0};
    struct dataset_info info = dataset(MANY);
    struct sink sink = {0};
    static uint8_t pixels[MANY];
    static int64_t starts[MANY];
    static double ranges[2 * MANY];
    struct image_batch batch = {.count = MANY, .data = pixels, .window_start = starts, .y_range = ranges};
    info.width = info.height = 1;
    for (int i = 0; i < MANY; i++)
        ranges[2 * i] = ranges[2 * i + 1] = (double)(i + 1) / 3;
    for (rlim_t limit = 3000; limit < 60000; limit += 19000) {
        limit_files(limit);
        enum plotmill_status status = open_set(&sink, "a_images.dat", &info, false, &error);
        if (!status)
            status = sink.ops->write(sink.self, &batch, &error);
        if (!status)
            status = sink.ops->finish(sink.self, &error);
        sink.ops->abort(sink.self);
        sink_close(&sink);
        limit_files(RLIM_INFINITY);
        assert_disk_was_full("a_labels.csv", limit, status, &error);
    }
}

/* `images` images of that size without plotmill's sidecar, and their hash. */
static uint64_t write_published(const char *path, uint32_t width, uint32_t height, uint64_t images)
{
    const size_t image_bytes = (size_t)width * height;
    uint8_t *pixels = malloc((size_t)images * image_bytes);
    for (size_t i = 0; i < images * image_bytes; i++)
        pixels[i] = (i * 7 + i / image_bytes * 31) % 5 ? 0 : 255;
    write_file(path, pixels, (size_t)images * image_bytes);
    const uint64_t hash = hash_finish(hash_images(pixels, image_bytes, 0, images), images, width, height);
    free(pixels);
    return hash;
}

Test(jkx, published_files)
{
    static const struct {
        const char *path;
        uint32_t width, height;
    } sets[] = {{"5d_week_has_vb_[5]_ma_2001_images.dat", 15, 32},
                {"5d_week_no_vb_[5]_ma_2001_images.dat", 15, 32},
                {SET, 60, 64},
                {"./20d_month_no_vb_[20]_ma_1993_images.dat", 60, 64},
                {"60d_quarter_has_vb_[60]_ma_2019_images.dat", 180, 96}};
    for (size_t s = 0; s < sizeof sets / sizeof *sets; s++) {
        struct plotmill_error error = {0};
        struct reader reader;
        uint8_t pixels[180 * 96];
        int64_t start = 7;
        double range[2] = {7, 7};
        uint64_t hash, expected = write_published(sets[s].path, sets[s].width, sets[s].height, 9);
        assert_ok(reader_open(&reader, sets[s].path, &error), &error);
        cr_assert_str_eq(reader.info.format, "jkx");
        cr_assert_eq(reader.info.images, 9);
        cr_assert(reader.info.width == sets[s].width && reader.info.height == sets[s].height);
        cr_assert_str_eq(reader.info.spec, "");
        assert_ok(reader_read(&reader, 8, 1, pixels, &start, range, &error), &error);
        cr_assert(start == -1 && isnan(range[0]) && isnan(range[1]));
        cr_assert_eq(pixels[0], 8 * 31 % 5 + 8 * (size_t)sets[s].width * sets[s].height * 7 % 5 == 5 ? 255 : 0);
        assert_ok(reader_hash(&reader, &hash, &error), &error);
        cr_assert_eq(hash, expected);
        reader_close(&reader);
    }
}

Test(jkx, sizes_that_are_not_known)
{
    write_published(SET, 60, 64, 2);
    size_t size;
    uint8_t *bytes = read_file(SET, &size);
    write_file(SET, bytes, size - 1);
    assert_refused(SET, "found 7679 bytes, expected a multiple of 3840: by its name it holds images of 60x64 pixels");
    write_file(SET, bytes, 0);
    assert_refused(SET, "found 0 bytes, expected a multiple of 3840");
    static const char *const names[] = {"a_images.dat", "10d_images.dat", "x20d_month_images.dat", "_images.dat"};
    for (int i = 0; i < 4; i++) {
        write_file(names[i], bytes, size);
        assert_refused(names[i], "expected a name that begins with 5d_, 20d_ or 60d_, or plotmill's ");
    }
    write_file("20d_month.dat", bytes, size);
    assert_refused("20d_month.dat", "or a name of the published set: 5d_..., 20d_... or 60d_..._images.dat");
    free(bytes);
}

/* With plotmill's sidecar the name needs no size, and does not decide. */
Test(jkx, sidecar_before_name)
{
    struct plotmill_error error = {0};
    struct reader reader;
    make_set("a_images.dat", IMAGES, false);
    cr_assert(os_rename("a_images.dat", "20d_images.dat") && os_rename("a_images.dat.json", "20d_images.dat.json"));
    assert_refused("20d_images.dat", "20d_images.dat: its label table 20d_labels.csv is missing");
    write_text("20d_labels.csv", "Date\n20010131\n");
    assert_ok(reader_open(&reader, "20d_images.dat", &error), &error);
    cr_assert(reader.info.images == IMAGES && reader.info.width == WIDTH && reader.info.height == HEIGHT);
    reader_close(&reader);
    cr_assert(os_rename("20d_images.dat", "b.dat") && os_rename("20d_images.dat.json", "b.dat.json"));
    assert_ok(reader_open(&reader, "b.dat", &error), &error);
    cr_assert_str_eq(reader.info.format, "jkx");
    reader_close(&reader);
}

/* Reads image 1 of a set of two images with this label table; a message if they are refused. */
static void check_labels(const char *table, int64_t expected_start, double expected_hi, const char *piece)
{
    struct plotmill_error error = {0};
    struct reader reader;
    uint8_t pixels[60 * 64];
    int64_t start;
    double range[2];
    write_text(TABLE, table);
    assert_ok(reader_open(&reader, SET, &error), &error);
    enum plotmill_status status = reader_read(&reader, 1, 1, pixels, &start, range, &error);
    if (piece) {
        assert_fails(status, PLOTMILL_BAD_INPUT, &error, piece);
        cr_assert_eq(strncmp(error.message, TABLE, strlen(TABLE)), 0, "%s", error.message);
        assert_ok(reader_read(&reader, 1, 1, pixels, NULL, NULL, &error), &error);
    } else {
        assert_ok(status, &error);
        cr_assert_eq(start, expected_start, "%s", table);
        cr_assert(isnan(expected_hi) ? isnan(range[1]) : range[1] == expected_hi, "%s", table);
    }
    reader_close(&reader);
}

Test(jkx, label_tables)
{
    const double none = (double)NAN;
    write_published(SET, 60, 64, 2);
    check_labels(HEAD "0,5,1,2\n1,6,3,4.5\n", 6, 4.5, NULL);
    check_labels("index,Date,y_hi,StockID,y_lo,window_start\r\n0,19930129,2,\"a,b\",1,5\r\n1,,4.5,c,nan,-6\r\n", -6,
                 4.5, NULL);
    check_labels("Date,StockID\n19930129,10001\n", -1, none, NULL); /* of another program */
    check_labels("", -1, none, NULL);
    check_labels("indexes,y_lo\n", -1, none, NULL);
    check_labels(
        "index,window_start,y_lo\n0,5,1\n1,6,3\n", 0, 0,
        "line 1: found \"index,window_start,y_lo\", expected the columns index, window_start and y_lo to y_hi");
    check_labels(HEAD "0,5,1,2\n", 0, 0, "ends after 1 images, expected 2");
    check_labels(HEAD "0,5,1,2\n1,6,3,4\n2,7,3,4\n", 0, 0, "line 4: expected the end after 2 images");
    check_labels(HEAD "0,5,1,2\n2,6,3,4\n", 0, 0, "line 3: found \"2,6,3,4\", expected the row of image 1");
    check_labels(HEAD "0,5,1,2\n1,6,3\n", 0, 0, "line 3: found \"1,6,3\"");
    check_labels(HEAD "0,5,1,2\n1,6,3,4,5\n", 0, 0, "line 3: found \"1,6,3,4,5\"");
    check_labels(HEAD "0,5,1,2\n1,6.5,3,4\n", 0, 0, "line 3: found");
    check_labels(HEAD "0,5,1,x\n1,6,3,4\n", 0, 0, "line 2: found");
    check_labels(HEAD "0,5,,2\n1,6,3,4\n", 0, 0, "line 2: found");
}

/* Without a sidecar, the number of panels comes from the columns of the table. */
Test(jkx, panels_without_a_sidecar)
{
    struct plotmill_error error = {0};
    struct reader reader;
    static uint8_t pixels[2 * 60 * 64];
    int64_t starts[2];
    double ranges[2 * 3 * 2];
    write_published(SET, 60, 64, 2);
    write_text(TABLE, "index,window_start,y_lo_0,y_hi_0,y_lo_1,y_hi_1,y_lo_2,y_hi_2,y_lo_\n"
                      "0,7,1,2,3,4,5,6,x\n1,8,9,10,11,12,13,14,\n");
    assert_ok(reader_open(&reader, SET, &error), &error);
    cr_assert_eq(reader.info.panels, 3);
    assert_ok(reader_read(&reader, 0, 2, pixels, starts, ranges, &error), &error);
    cr_assert(starts[0] == 7 && starts[1] == 8 && ranges[5] == 6 && ranges[6] == 9 && ranges[11] == 14);
    reader_close(&reader);
}

/* A pair of columns for each panel. */
Test(jkx, panels_of_label_tables)
{
    struct plotmill_error error = {0};
    struct image_rows rows;
    const int64_t starts[2] = {4, 5};
    const double ranges[2 * 3 * 2] = {1, 2, 3, 4, 5, 6, 0.1, -1e300, (double)NAN, 10, 11, 12};
    struct image_batch batch = {.count = 2, .window_start = starts, .y_range = ranges};
    size_t size;
    FILE *file = fopen("t.csv", "wb");
    cr_assert(file);
    image_table_head(file, "file", 3);
    image_table_row(file, 0, "x.png", &batch, 0, 3);
    image_table_row(file, 1, "y.png", &batch, 1, 3);
    cr_assert_eq(fclose(file), 0);
    char *text = (char *)read_file("t.csv", &size);
    cr_assert_str_eq(text, "index,file,window_start,y_lo_0,y_hi_0,y_lo_1,y_hi_1,y_lo_2,y_hi_2\n"
                           "0,x.png,4,1,2,3,4,5,6\n1,y.png,5,0.1,-1e+300,nan,10,11,12\n");
    free(text);
    cr_assert_eq(image_table_panels("t.csv"), 3);
    cr_assert_eq(image_table_panels("none.csv"), 0);
    assert_ok(image_table_read(&rows, "t.csv", 2, 3, false, &error), &error);
    cr_assert(rows.window_start[0] == 4 && rows.window_start[1] == 5);
    for (int i = 0; i < 12; i++)
        cr_assert(rows.y_range[i] == ranges[i] || (i == 8 && isnan(rows.y_range[i])), "%d", i);
    int64_t start;
    double range[6];
    image_rows_copy(&rows, 1, 1, 3, &start, range);
    cr_assert(start == 5 && !memcmp(range, ranges + 6, 2 * sizeof *range) && range[5] == 12);
    image_rows_copy(&rows, 0, 2, 3, NULL, NULL);
    image_rows_free(&rows);
    assert_fails(image_table_read(&rows, "t.csv", 2, 1, false, &error), PLOTMILL_BAD_INPUT, &error,
                 "expected the columns index, window_start and y_lo to y_hi");
    assert_fails(image_table_read(&rows, "t.csv", 2, 4, false, &error), PLOTMILL_BAD_INPUT, &error,
                 "expected the columns index, window_start and y_lo_0 to y_hi_3");
    cr_assert_null(rows.window_start);
}
