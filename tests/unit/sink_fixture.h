/* Data sets for the tests of sinks and readers, in a temporary folder. */
#ifndef UNIT_SINK_FIXTURE_H
#define UNIT_SINK_FIXTURE_H

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/os.h"
#include "dataset/reader.h"
#include "dataset/sheet.h"
#include "dataset/sink.h"
#include "plotmill_config.h"
#include "render/host_deflate.h"

#define IMAGES 11
#define WIDTH 37
#define HEIGHT 23
#define IMAGE_BYTES ((size_t)WIDTH * HEIGHT)
#define SPEC "{\"line_width\": 3, \"range\": [-1.5, 2e3], \"missing\": \"gap\"}"

static char test_folder[512];

/* Every test runs in a new folder, which is removed at its end. */
static inline void enter_folder(void)
{
    const char *place = getenv("TMPDIR");
    snprintf(test_folder, sizeof test_folder, "%s/plotmill-test-XXXXXX", place ? place : "/tmp");
    cr_assert(mkdtemp(test_folder));
    cr_assert(chdir(test_folder) == 0);
}

static inline void leave_folder(void)
{
    cr_assert(chdir("/") == 0);
    cr_assert(os_remove_tree(test_folder));
}

static inline uint8_t pixel_of(uint64_t image, size_t at)
{
    return (at * 7 + (size_t)image * 31) % 5 ? 255 : (uint8_t)(at + (size_t)image);
}

static inline void fill_images(uint8_t *pixels, uint64_t first, uint64_t count, size_t image_bytes)
{
    for (uint64_t i = 0; i < count; i++)
        for (size_t at = 0; at < image_bytes; at++)
            pixels[(size_t)i * image_bytes + at] = pixel_of(first + i, at);
}

static inline int64_t start_of(uint64_t image)
{
    return image == 3 ? INT64_C(9007199254740993) : (int64_t)image * 10;
}

/* Values that need 17 digits, and an image without a sample. */
static inline double range_of(uint64_t image, int end)
{
    return image == 4 ? (double)NAN : (end ? 0.1 : -1e300) * (double)(image + 1) / 3;
}

static inline struct dataset_info dataset(uint64_t images)
{
    return (struct dataset_info){images, WIDTH, HEIGHT, 250, 5, SPEC, NULL, NULL};
}

static inline enum plotmill_status write_range(struct sink *sink, uint64_t first, uint64_t count,
                                               struct plotmill_error *error)
{
    uint8_t *pixels = malloc((size_t)count * IMAGE_BYTES);
    int64_t *starts = malloc((size_t)count * sizeof *starts);
    double *ranges = malloc((size_t)count * 2 * sizeof *ranges);
    fill_images(pixels, first, count, IMAGE_BYTES);
    for (uint64_t i = 0; i < count; i++) {
        starts[i] = start_of(first + i);
        ranges[2 * i] = range_of(first + i, 0);
        ranges[2 * i + 1] = range_of(first + i, 1);
    }
    struct image_stream *streams = calloc((size_t)count + 1, sizeof *streams);
    bool wants_streams = sink->ops->payload != PAYLOAD_PIXELS;
    for (uint64_t i = 0; wants_streams && i < count; i++) {
        uint8_t *bytes;
        enum plotmill_status made =
            host_deflate(pixels + (size_t)i * IMAGE_BYTES, WIDTH, HEIGHT,
                         sink->ops->payload == PAYLOAD_PNG ? HOST_DEFLATE_PNG : HOST_DEFLATE_ZLIB, true, &bytes,
                         &streams[i].size, error);
        cr_assert_eq(made, PLOTMILL_OK);
        streams[i].data = bytes;
    }
    struct image_batch batch = {first,  count, wants_streams ? NULL : pixels, wants_streams ? streams : NULL,
                                starts, ranges};
    enum plotmill_status status = sink->ops->write(sink->self, &batch, error);
    for (uint64_t i = 0; i < count; i++)
        free((void *)streams[i].data);
    free(streams);
    free(pixels);
    free(starts);
    free(ranges);
    return status;
}

static inline struct sink_options sink_options(const char *format, bool compressed, bool force)
{
    return (struct sink_options){format, compressed ? COMPRESS_DEFLATE : COMPRESS_NONE, force};
}

static inline void assert_ok(enum plotmill_status status, const struct plotmill_error *error)
{
    cr_assert_eq(status, PLOTMILL_OK, "%s: %s", plotmill_status_str(status), error->message);
}

/* Checks the status and a part of the message. */
static inline void assert_fails(enum plotmill_status found, enum plotmill_status expected,
                                const struct plotmill_error *error, const char *piece)
{
    cr_assert_eq(found, expected, "%s: %s", plotmill_status_str(found), error->message);
    cr_assert(strstr(error->message, piece), "\"%s\" lacks \"%s\"", error->message, piece);
    cr_assert(!strchr(error->message, '\n'), "more than a line: %s", error->message);
}

/* Writes a whole data set. */
static inline void make_output(const char *path, const char *format, bool compressed, bool force, uint64_t images)
{
    struct plotmill_error error = {0};
    struct sink_options options = sink_options(format, compressed, force);
    struct dataset_info info = dataset(images);
    struct sink sink = {0};
    assert_ok(sink_create(&sink, path, &options, NULL, &error), &error);
    assert_ok(sink.ops->open(sink.self, &info, &error), &error);
    assert_ok(write_range(&sink, 0, images, &error), &error);
    assert_ok(sink.ops->finish(sink.self, &error), &error);
    sink_close(&sink);
}

static inline bool count_entry(void *user, const char *name)
{
    (void)name;
    ++*(int *)user;
    return true;
}

static inline int entries(const char *folder)
{
    int count = 0;
    cr_assert(os_list_folder(folder, count_entry, &count));
    return count;
}

static inline void write_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    cr_assert(file);
    cr_assert_eq(fwrite(bytes, 1, size, file), size);
    cr_assert_eq(fclose(file), 0);
}

/* The whole file, with a terminator after it; freed by the caller. */
static inline uint8_t *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    cr_assert(file, "%s", path);
    *size = (size_t)os_file_size(path);
    uint8_t *bytes = calloc(*size + 1, 1);
    cr_assert_eq(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

/* The reader refuses the path with a message that contains `piece`. */
static inline void assert_refused(const char *path, const char *piece)
{
    struct plotmill_error error = {0};
    struct reader reader;
    assert_fails(reader_open(&reader, path, &error), PLOTMILL_BAD_INPUT, &error, piece);
    cr_assert_eq(strncmp(error.message, path, strlen(path)), 0, "%s", error.message);
    cr_assert_null(reader.impl);
    reader_close(&reader);
}

#endif
