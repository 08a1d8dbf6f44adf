/* Folders of image files: written by several threads, spread over the folders of classes, read again. */
#include "sink_fixture.h"

#include <pthread.h>

#include "formats/columns.h"

TestSuite(image_folder, .init = enter_folder, .fini = leave_folder);

#if HAVE_PNG

#define TINY 3 /* px on a side */

struct piece {
    uint64_t first, count;
};

struct writer {
    struct sink *sink;
    const struct piece *pieces;
    size_t count;
    uint32_t side;
    struct plotmill_error error;
    enum plotmill_status status;
};

/* Images of side x side that fill_images makes. */
static enum plotmill_status write_squares(struct sink *sink, uint32_t side, uint64_t first, uint64_t count,
                                          struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    size_t bytes = (size_t)side * side;
    uint8_t *pixels = malloc(bytes);
    for (uint64_t i = first; i < first + count && !status; i++) {
        struct image_stream stream = {0};
        uint8_t *encoded = NULL;
        int64_t start = start_of(i);
        double range[2] = {range_of(i, 0), range_of(i, 1)};
        fill_images(pixels, i, 1, bytes);
        struct image_batch batch = {.first = i, .count = 1, .window_start = &start, .y_range = range};
        if (sink->ops->payload == PAYLOAD_PNG) {
            assert_ok(host_deflate(pixels, side, side, HOST_DEFLATE_PNG, true, &encoded, &stream.size, error), error);
            stream.data = encoded;
            batch.streams = &stream;
        } else {
            batch.data = pixels;
        }
        status = sink->ops->write(sink->self, &batch, error);
        free(encoded);
    }
    free(pixels);
    return status;
}

static void *write_pieces(void *user)
{
    struct writer *writer = user;
    for (size_t i = 0; i < writer->count && !writer->status; i++)
        writer->status =
            write_squares(writer->sink, writer->side, writer->pieces[i].first, writer->pieces[i].count, &writer->error);
    return NULL;
}

/* Two threads write half of the pieces each, out of order. */
static void write_by_two(struct sink *sink, uint32_t side, uint64_t images, uint64_t piece)
{
    size_t count = (size_t)((images + piece - 1) / piece);
    struct piece *pieces = malloc(count * sizeof *pieces);
    for (size_t i = 0; i < count; i++)
        pieces[i] = (struct piece){i * piece, images - i * piece < piece ? images - i * piece : piece};
    srand(7);
    for (size_t i = count - 1; i; i--) {
        size_t other = (size_t)rand() % (i + 1);
        struct piece kept = pieces[i];
        pieces[i] = pieces[other];
        pieces[other] = kept;
    }
    struct writer writers[2] = {{.sink = sink, .pieces = pieces, .count = count / 2, .side = side},
                                {.sink = sink, .pieces = pieces + count / 2, .count = count - count / 2, .side = side}};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, write_pieces, &writers[i]), 0);
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
        assert_ok(writers[i].status, &writers[i].error);
    }
    free(pieces);
}

static void open_squares(struct sink *sink, const char *format, bool compressed, uint32_t side, uint64_t images)
{
    struct plotmill_error error = {0};
    struct sink_options options = sink_options(format, compressed, false);
    struct dataset_info info = {images, side, side, 250, 5, SPEC};
    assert_ok(sink_create(sink, "a", &options, NULL, &error), &error);
    cr_assert_eq(sink->ops->thread_safe, 1);
    cr_assert_eq(sink->ops->ordered, 0);
    assert_ok(sink->ops->open(sink->self, &info, &error), &error);
}

static uint64_t hash_of_squares(uint32_t side, uint64_t images)
{
    size_t bytes = (size_t)side * side;
    uint8_t *pixels = malloc(bytes);
    uint64_t sum = 0;
    for (uint64_t i = 0; i < images; i++) {
        fill_images(pixels, i, 1, bytes);
        sum += hash_images(pixels, bytes, i, 1);
    }
    free(pixels);
    return hash_finish(sum, images, side, side);
}

/* JPEG returns other pixels than were drawn, but the hash of the drawn ones. */
static void check_squares(uint32_t side, uint64_t images, uint64_t look_at)
{
    struct plotmill_error error = {0};
    struct reader reader;
    uint64_t hash;
    int64_t start;
    double range[2];
    uint8_t *pixels = malloc((size_t)side * side);
    assert_ok(reader_open(&reader, "a", &error), &error);
    cr_assert_eq(reader.info.images, images);
    assert_ok(reader_hash(&reader, &hash, &error), &error);
    cr_assert_eq(hash, hash_of_squares(side, images));
    assert_ok(reader_read(&reader, look_at, 1, pixels, &start, range, &error), &error);
    cr_assert_eq(start, start_of(look_at));
    cr_assert_eq(range[1], range_of(look_at, 1));
    reader_close(&reader);
    free(pixels);
}

static void check_threads(const char *format, bool compressed)
{
    struct plotmill_error error = {0};
    struct sink sink = {0};
    open_squares(&sink, format, compressed, 33, 301);
    write_by_two(&sink, 33, 301, 7);
    assert_ok(sink.ops->finish(sink.self, &error), &error);
    sink_close(&sink);
    cr_assert_eq(entries("a"), 303);
    check_squares(33, 301, 150);
}

Test(image_folder, two_threads_write_png)
{
    check_threads("png", true);
}

Test(image_folder, two_threads_write_plain_png)
{
    check_threads("png", false);
}

static const char old_mark[] =
    "{\"format\": \"png\", \"images\": 20005, \"images_per_folder\": 10000, \"width\": 3, \"height\": 3}";

/* More than 10,000 images stay in one folder; those of earlier versions lie in subfolders. */
static void check_many(const char *format, const char *extension, bool old)
{
    struct plotmill_error error = {0};
    struct sink sink = {0};
    char name[64], moved[64];
    uint64_t images = 20005;
    open_squares(&sink, format, true, TINY, images);
    write_by_two(&sink, TINY, images, 50);
    assert_ok(sink.ops->finish(sink.self, &error), &error);
    sink_close(&sink);
    cr_assert_eq(entries("a"), 20007, "the images, index.csv and the mark");
    for (uint64_t i = 0; old && i < images; i++) {
        snprintf(name, sizeof name, "a/%04d", (int)(i / 10000));
        cr_assert(i % 10000 || os_make_folder(name));
        snprintf(name, sizeof name, "a/%08d%s", (int)i, extension);
        snprintf(moved, sizeof moved, "a/%04d/%08d%s", (int)(i / 10000), (int)i, extension);
        cr_assert(os_rename(name, moved));
    }
    if (old)
        write_file("a/plotmill.json", old_mark, sizeof old_mark - 1);
    check_squares(TINY, images, 12345);
    snprintf(name, sizeof name, old ? "a/0001/00012345%s" : "a/00012345%s", extension);
    cr_assert(os_remove_file(name), "%s", name);
    struct reader reader;
    assert_fails(reader_open(&reader, "a", &error), PLOTMILL_BAD_INPUT, &error,
                 "a: holds 20004 images, expected 20005 by its plotmill.json");
    if (!old)
        return;
    cr_assert(os_remove_tree("a/0001"));
    assert_fails(reader_open(&reader, "a", &error), PLOTMILL_BAD_INPUT, &error, "a: holds 10005 images");
}

Test(image_folder, many_png)
{
    check_many("png", ".png", false);
}

Test(image_folder, png_in_subfolders_of_earlier_versions)
{
    check_many("png", ".png", true);
}

#if HAVE_JPEG
Test(image_folder, two_threads_write_jpeg)
{
    check_threads("jpeg", true);
}

Test(image_folder, many_jpeg)
{
    check_many("jpeg", ".jpg", false);
}
#endif

static const char *const texts[] = {"", "..", ".up", "a/b", "down", "up."};

/* Images of a job with a split and a label, number i with part i % 4 (3: none) and class i % 7 (6: missing). */
static enum plotmill_status open_sorted(struct sink *sink, enum image_folders how, const char *const *classes,
                                        size_t class_count, struct plotmill_error *error)
{
    static const struct split_run runs[] = {{0, 1, SPLIT_TRAIN}, {1, 1, SPLIT_VAL}, {2, 1, SPLIT_TEST}};
    const struct image_column columns[] = {
        {.name = "split", .type = COLUMN_UINT8, .width = 1},
        {.name = "labels/x", .type = COLUMN_INT64, .width = 1, .classes = classes, .class_count = class_count}};
    struct sink_options options = sink_options("png", false, false);
    options.folders = how;
    const struct dataset_info info = {.images = 28,
                                      .width = TINY,
                                      .height = TINY,
                                      .background = 250,
                                      .foreground = 5,
                                      .spec = SPEC,
                                      .columns = columns,
                                      .column_count = class_count ? 2 : 1,
                                      .runs = runs,
                                      .run_count = 3};
    assert_ok(sink_create(sink, "a", &options, NULL, error), error);
    return sink->ops->open(sink->self, &info, error);
}

Test(image_folder, classes_become_names_of_folders)
{
    static const char *const paths[] = {"%00", "%2E%2E", "%2Eup", "a%2Fb", "down", "up%2E"};
    struct plotmill_error error = {0};
    struct sink sink = {0};
    struct reader reader;
    uint64_t hash;
    char name[64];
    assert_ok(open_sorted(&sink, FOLDERS_SPLIT_LABEL, texts, 6, &error), &error);
    for (uint64_t i = 0; i < 28; i++) {
        uint8_t pixels[TINY * TINY], split = i % 4 == 3 ? SPLIT_NONE : i % 4;
        const int64_t start = start_of(i), class = i % 7 == 6 ? INT64_MIN : (int64_t)(i % 7);
        const double range[2] = {0, 1};
        const void *columns[] = {&split, &class};
        fill_images(pixels, i, 1, sizeof pixels);
        const struct image_batch batch = {
            .first = i, .count = 1, .data = pixels, .window_start = &start, .y_range = range, .columns = columns};
        assert_ok(sink.ops->write(sink.self, &batch, &error), &error);
    }
    assert_ok(sink.ops->finish(sink.self, &error), &error);
    cr_assert_eq(sink.ops->outside(sink.self), 10);
    sink_close(&sink);
    cr_assert_eq(entries("a"), 3 + 10 + 3, "three parts, ten images, two tables and the mark");
    for (int i = 0; i < 28; i++) {
        const char *const part = split_name(i % 4);
        snprintf(name, sizeof name, "a/%08d.png", i);
        if (i % 4 < 3 && i % 7 < 6)
            snprintf(name, sizeof name, "a/%s/%s/%08d.png", part, paths[i % 7], i);
        cr_assert(os_is_file(name), "%s", name);
    }
    assert_ok(reader_open(&reader, "a", &error), &error);
    assert_ok(reader_hash(&reader, &hash, &error), &error);
    cr_assert_eq(hash, hash_of_squares(TINY, 28));
    cr_assert_str_eq(reader.info.folders, "split/label");
    reader_close(&reader);
    cr_assert(os_remove_file("a/train/down/00000004.png"));
    assert_fails(reader_open(&reader, "a", &error), PLOTMILL_BAD_INPUT, &error,
                 "a/index.csv: names the file \"train/down/00000004.png\" of image 4, which is not in the folder");
}

Test(image_folder, abort_removes_class_folders)
{
    struct plotmill_error error = {0};
    struct sink sink = {0};
    assert_ok(open_sorted(&sink, FOLDERS_LABEL, texts, 6, &error), &error);
    sink.ops->abort(sink.self);
    sink_close(&sink);
    cr_assert_eq(entries("."), 0);
}

Test(image_folder, classes_that_are_no_folders)
{
    static const char *const taken[] = {"a", "labels.csv"};
    char longest[300];
    const char *const too_long[] = {longest};
    struct plotmill_error error = {0};
    struct sink sink = {0};
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = 0;
    assert_fails(open_sorted(&sink, FOLDERS_LABEL, NULL, 0, &error), PLOTMILL_BAD_INPUT, &error,
                 "folders label: the images have no label with classes");
    sink_close(&sink);
    assert_fails(open_sorted(&sink, FOLDERS_LABEL, taken, 2, &error), PLOTMILL_BAD_INPUT, &error,
                 "folders label: the class \"labels.csv\" is called as a file of the output");
    sink_close(&sink);
    assert_fails(open_sorted(&sink, FOLDERS_LABEL, too_long, 1, &error), PLOTMILL_BAD_INPUT, &error,
                 "takes 299 bytes as the name of a folder, expected at most 255");
    sink_close(&sink);
    cr_assert_eq(entries("."), 0);
}

#endif
