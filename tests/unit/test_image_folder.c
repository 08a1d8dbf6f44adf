/* Folders of image files: written by several threads, spread over subfolders, read again. */
#include "sink_fixture.h"

#include <pthread.h>

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

static void check_subfolders(const char *format, const char *extension)
{
    struct plotmill_error error = {0};
    struct sink sink = {0};
    char name[64];
    uint64_t images = 20005;
    open_squares(&sink, format, true, TINY, images);
    write_by_two(&sink, TINY, images, 50);
    assert_ok(sink.ops->finish(sink.self, &error), &error);
    sink_close(&sink);
    cr_assert_eq(entries("a"), 5, "three folders, index.csv and the mark");
    cr_assert_eq(entries("a/0000"), 10000);
    cr_assert_eq(entries("a/0002"), 5);
    snprintf(name, sizeof name, "a/0001/00012345%s", extension);
    cr_assert(os_exists(name), "%s", name);
    check_squares(TINY, images, 12345);
    cr_assert(os_remove_file(name));
    struct reader reader;
    assert_fails(reader_open(&reader, "a", &error), PLOTMILL_BAD_INPUT, &error,
                 "a: holds 20004 images, expected 20005 by its plotmill.json");
    cr_assert(os_remove_tree("a/0001"));
    assert_fails(reader_open(&reader, "a", &error), PLOTMILL_BAD_INPUT, &error, "a: holds 10005 images");
}

Test(image_folder, png_in_subfolders)
{
    check_subfolders("png", ".png");
}

#if HAVE_JPEG
Test(image_folder, two_threads_write_jpeg)
{
    check_threads("jpeg", true);
}

Test(image_folder, jpeg_in_subfolders)
{
    check_subfolders("jpeg", ".jpg");
}
#endif

Test(image_folder, ten_thousand_images_stay_flat)
{
    struct plotmill_error error = {0};
    struct sink sink = {0};
    open_squares(&sink, "png", true, TINY, 10000);
    write_by_two(&sink, TINY, 10000, 500);
    assert_ok(sink.ops->finish(sink.self, &error), &error);
    sink_close(&sink);
    cr_assert_eq(entries("a"), 10002);
    check_squares(TINY, 10000, 9999);
}

Test(image_folder, abort_removes_subfolders)
{
    struct plotmill_error error = {0};
    struct sink sink = {0};
    open_squares(&sink, "png", true, TINY, 30000);
    assert_ok(write_squares(&sink, TINY, 29990, 10, &error), &error);
    assert_ok(write_squares(&sink, TINY, 5, 10, &error), &error);
    sink.ops->abort(sink.self);
    sink_close(&sink);
    cr_assert_eq(entries("."), 0);
}

/* If a subfolder cannot be made, the message names the image that needed it. */
Test(image_folder, subfolders_that_cannot_be_made)
{
    struct plotmill_error error = {0};
    struct sink sink = {0};
    char path[128];
    open_squares(&sink, "png", true, TINY, 30000);
    snprintf(path, sizeof path, "a.partial-%llu-0/0002", (unsigned long long)os_process_id());
    write_file(path, "x", 1);
    assert_fails(write_squares(&sink, TINY, 29990, 1, &error), PLOTMILL_IO_FAILED, &error,
                 "a/0002/00029990.png: cannot be written: Not a directory");
    sink.ops->abort(sink.self);
    sink_close(&sink);
    cr_assert_eq(entries("."), 0);
}

#endif
