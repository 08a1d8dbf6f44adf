/* Data sets in every dtype and layout, for the tests of array sinks and their readers. */
#ifndef UNIT_ARRAY_FIXTURE_H
#define UNIT_ARRAY_FIXTURE_H

#include "chart/pixel_format.h"
#include "formats/sidecar.h"
#include "full_disk.h"

#if HAVE_ZLIB
#include <zlib.h>
#endif

static const struct pixel_format array_formats[] = {
    {DTYPE_U8, LAYOUT_NHW, 0},    {DTYPE_U8, LAYOUT_NCHW, 1},   {DTYPE_U8, LAYOUT_NCHW, 3},
    {DTYPE_U8, LAYOUT_NHWC, 1},   {DTYPE_U8, LAYOUT_NHWC, 3},   {DTYPE_F32, LAYOUT_NHW, 1},
    {DTYPE_F32, LAYOUT_NCHW, 3},  {DTYPE_F32, LAYOUT_NHWC, 3},  {DTYPE_F16, LAYOUT_NHW, 0},
    {DTYPE_F16, LAYOUT_NCHW, 3},  {DTYPE_F16, LAYOUT_NHWC, 1},  {DTYPE_BITS, LAYOUT_NHW, 0},
    {DTYPE_BITS, LAYOUT_NCHW, 1}, {DTYPE_BITS, LAYOUT_NCHW, 3},
};
#define FORMATS (sizeof array_formats / sizeof *array_formats)

static const struct pixel_shape array_shape = {WIDTH, HEIGHT, 250, 5};

/* The images of the fixture; for bits, only the two values of the data set. */
static inline void fill_formatted(const struct pixel_format *format, uint8_t *pixels, uint64_t first, uint64_t count)
{
    fill_images(pixels, first, count, IMAGE_BYTES);
    for (size_t i = 0; format->dtype == DTYPE_BITS && i < (size_t)count * IMAGE_BYTES; i++)
        pixels[i] = pixels[i] == 255 ? 250 : 5;
}

static inline struct sink_options array_options(const struct pixel_format *format, bool compressed, bool force,
                                                uint32_t chunk_images)
{
    struct sink_options options = sink_options(NULL, compressed, force);
    options.pixels = *format;
    options.chunk_images = chunk_images;
    return options;
}

static inline void open_array(struct sink *sink, const char *path, const struct pixel_format *format, bool compressed,
                              bool force, uint32_t chunk_images, uint64_t images)
{
    struct plotmill_error error = {0};
    struct sink_options options = array_options(format, compressed, force, chunk_images);
    struct dataset_info info = dataset(images);
    assert_ok(sink_create(sink, path, &options, NULL, &error), &error);
    cr_assert(!memcmp(&sink->ops->pixels, format, sizeof *format));
    assert_ok(sink->ops->open(sink->self, &info, &error), &error);
}

#if HAVE_ZLIB
/* Makes streams of `each` images; the last one of the data set is padded with images of 0. Returns their number. */
static inline size_t make_streams(const uint8_t *stored, uint64_t count, size_t image_bytes, uint32_t each,
                                  struct image_stream *streams)
{
    size_t made = 0;
    for (uint64_t at = 0; at < count; at += each, made++) {
        uint64_t there = count - at < each ? count - at : each;
        uint8_t *whole = calloc(each, image_bytes);
        memcpy(whole, stored + at * image_bytes, (size_t)there * image_bytes);
        uLongf size = compressBound((uLong)(each * image_bytes));
        uint8_t *stream = malloc(size);
        cr_assert_eq(compress2(stream, &size, whole, (uLong)(each * image_bytes), 1), Z_OK);
        streams[made] = (struct image_stream){stream, size};
        free(whole);
    }
    return made;
}
#endif

static inline enum plotmill_status write_formatted(struct sink *sink, uint64_t first, uint64_t count,
                                                   struct plotmill_error *error)
{
    const struct pixel_format *format = &sink->ops->pixels; /* of one channel as drawn */
    size_t image_bytes = (size_t)pixel_format_image_bytes(format, WIDTH, HEIGHT);
    uint8_t *pixels = malloc((size_t)count * IMAGE_BYTES), *stored = malloc((size_t)count * image_bytes);
    int64_t *starts = malloc((size_t)count * sizeof *starts);
    double *ranges = malloc((size_t)count * 2 * sizeof *ranges);
    struct image_stream *streams = calloc((size_t)count + 1, sizeof *streams);
    fill_formatted(format, pixels, first, count);
    pixel_format_store(format, &array_shape, pixels, count, stored);
    for (uint64_t i = 0; i < count; i++) {
        starts[i] = start_of(first + i);
        ranges[2 * i] = range_of(first + i, 0);
        ranges[2 * i + 1] = range_of(first + i, 1);
    }
    struct image_batch batch = {first, count, stored, NULL, starts, ranges};
    size_t made = 0;
#if HAVE_ZLIB
    if (sink->ops->payload == PAYLOAD_ZLIB) {
        uint32_t each = sink->ops->images_per_stream ? sink->ops->images_per_stream : 1;
        cr_assert_eq(first % each, 0);
        made = make_streams(stored, count, image_bytes, each, streams);
        batch.data = NULL;
        batch.streams = streams;
    }
#endif
    enum plotmill_status status = sink->ops->write(sink->self, &batch, error);
    for (size_t i = 0; i < made; i++)
        free((void *)streams[i].data);
    free(streams);
    free(pixels);
    free(stored);
    free(starts);
    free(ranges);
    return status;
}

/* Writes a whole data set in batches of whole chunks. */
static inline enum plotmill_status try_array(const char *path, const struct pixel_format *format, bool compressed,
                                             bool force, uint32_t chunk_images, uint64_t images,
                                             struct plotmill_error *error)
{
    struct sink_options options = array_options(format, compressed, force, chunk_images);
    struct dataset_info info = dataset(images);
    struct sink sink = {0};
    uint64_t step = chunk_images ? 2 * chunk_images : 3;
    assert_ok(sink_create(&sink, path, &options, NULL, error), error);
    enum plotmill_status status = sink.ops->open(sink.self, &info, error);
    bool opened = !status;
    for (uint64_t first = 0; first < images && !status; first += step)
        status = write_formatted(&sink, first, images - first < step ? images - first : step, error);
    if (!status)
        status = sink.ops->finish(sink.self, error);
    if (status && opened)
        sink.ops->abort(sink.self);
    sink_close(&sink);
    return status;
}

static inline void make_array(const char *path, const struct pixel_format *format, bool compressed, bool force,
                              uint32_t chunk_images, uint64_t images)
{
    struct plotmill_error error = {0};
    assert_ok(try_array(path, format, compressed, force, chunk_images, images, &error), &error);
}

/* Tries limits from zero to the size of the file: each gives a clear failure and leaves no file. */
static inline void check_full_disk(const char *path, const struct pixel_format *format, bool compressed,
                                   uint32_t chunk_images)
{
    struct plotmill_error error = {0};
    assert_ok(try_array(path, format, compressed, false, chunk_images, IMAGES, &error), &error);
    uint64_t size = os_file_size(path);
    leave_folder();
    enter_folder();
    for (int i = 0; i < 12; i++) {
        uint64_t limit = i < 3 ? size - 1 - (uint64_t)i * 7 : size * (uint64_t)(i - 3) / 9;
        limit_files((rlim_t)limit);
        enum plotmill_status status = try_array(path, format, compressed, false, chunk_images, IMAGES, &error);
        limit_files(RLIM_INFINITY);
        assert_disk_was_full(path, limit, status, &error);
    }
}

#endif
