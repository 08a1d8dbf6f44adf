/* Images of several channels and panels in every format: written to the sinks, read back, and hashed. */
#include "array_fixture.h"
#include "chart/png_rows.h"
#include "formats/folder.h"
#include "formats/shard.h"

TestSuite(colour, .init = enter_folder, .fini = leave_folder);

#define SEQUENCE 6 /* samples */
#define CHANNELS_MAX 7
#define PANELS_MAX 4

/* A data set. colours: that its images have; 0: any. */
struct set {
    uint32_t channels, panels, fields, colours;
    bool two_values;
};

static struct ink colour(uint32_t i)
{
    return (struct ink){(uint8_t)(255 - 83 * i), (uint8_t)(17 * i), (uint8_t)(i * i)};
}

/* The value of channel c of pixel p of an image. */
static uint8_t value_of(const struct set *set, uint64_t image, size_t p, size_t c)
{
    const size_t random = (p * 31 + (size_t)image * 977) * 2654435761u >> 9;
    if (set->two_values)
        return random >> c & 1 ? 255 : 0;
    if (!set->colours)
        return (uint8_t)(random >> c);
    const struct ink ink = colour((uint32_t)(random % set->colours));
    return c == 0 ? ink.red : c == 1 ? ink.green : ink.blue;
}

static size_t bytes_of(const struct set *set)
{
    return IMAGE_BYTES * set->channels;
}

static uint8_t *pixels_of(const struct set *set, uint64_t first, uint64_t count)
{
    uint8_t *pixels = malloc((size_t)count * bytes_of(set));
    for (uint64_t i = 0; i < count; i++)
        for (size_t k = 0; k < bytes_of(set); k++)
            pixels[i * bytes_of(set) + k] = value_of(set, first + i, k / set->channels, k % set->channels);
    return pixels;
}

static double limit_of(const struct set *set, uint64_t image, uint32_t panel, int end)
{
    return range_of(image, end) * (panel + 1) + (set->panels > 1 ? panel : 0);
}

static double sample_of(uint64_t image, size_t k)
{
    return k % 5 ? (double)image + (double)k / 8 : (double)NAN;
}

static uint64_t hash_of(const struct set *set)
{
    uint8_t *pixels = pixels_of(set, 0, IMAGES);
    const uint64_t sum = hash_images(pixels, bytes_of(set), 0, IMAGES);
    free(pixels);
    return hash_of_channels(hash_finish(sum, IMAGES, WIDTH, HEIGHT), set->channels);
}

static struct dataset_info info_of(const struct set *set, struct png_form *form)
{
    struct dataset_info info = dataset(IMAGES);
    info.background = info.foreground = -1;
    if (set->two_values) {
        info.background = 0;
        info.foreground = 255;
    }
    info.channels = set->channels;
    info.panels = set->panels;
    info.fields = set->fields;
    info.window = SEQUENCE;
    info.field_names = set->fields == 3 ? "[\"open\", \"ma(close,20)\", \"\xc3\xa4\"]" : NULL;
    if (!set->colours)
        return info;
    *form = (struct png_form){.channels = 1, .colours = set->colours};
    form->bits = set->colours <= 2 ? 1 : set->colours <= 4 ? 2 : set->colours <= 16 ? 4 : 8;
    for (uint32_t i = 0; i < set->colours; i++)
        form->palette[i] = colour(i);
    info.png = form;
    return info;
}

/* The streams of a batch as the sink takes them; *count: their number. */
static struct image_stream *streams_of(const struct sink_ops *ops, const struct set *set,
                                       const struct dataset_info *info, const uint8_t *pixels, const uint8_t *stored,
                                       size_t image_bytes, uint64_t images, size_t *count)
{
    struct image_stream *streams = calloc((size_t)images + 1, sizeof *streams);
    struct plotmill_error error = {0};
    const uint32_t each = ops->images_per_stream ? ops->images_per_stream : 1;
    *count = (size_t)((images + each - 1) / each);
#if HAVE_ZLIB
    if (ops->payload == PAYLOAD_ZLIB)
        make_streams(stored, images, image_bytes, each, streams);
#endif
    (void)stored, (void)image_bytes;
    const struct png_form *form = png_form_of(info);
    const size_t row = png_row_bytes(form, WIDTH);
    uint8_t *rows = malloc(row * HEIGHT);
    for (uint64_t i = 0; i < images && ops->payload == PAYLOAD_PNG; i++) {
        uint8_t *bytes;
        cr_assert(png_rows_pack(form, pixels + i * bytes_of(set), WIDTH, HEIGHT, rows));
        assert_ok(host_deflate(rows, row, HEIGHT, HOST_DEFLATE_PNG, true, &bytes, &streams[i].size, &error), &error);
        streams[i].data = bytes;
    }
    free(rows);
    return streams;
}

static enum plotmill_status write_part(struct sink *sink, const struct set *set, const struct dataset_info *info,
                                       uint64_t first, uint64_t count, struct plotmill_error *error)
{
    const struct pixel_shape shape = {WIDTH, HEIGHT, info->background, info->foreground, set->channels};
    struct pixel_format format;
    assert_ok(pixel_format_resolve(&sink->ops->pixels, set->channels, &format, error), error);
    const size_t image_bytes = (size_t)pixel_format_image_bytes(&format, WIDTH, HEIGHT);
    const size_t pairs = set->panels, row = SEQUENCE * (size_t)set->fields;
    uint8_t *pixels = pixels_of(set, first, count), *stored = malloc((size_t)count * image_bytes);
    int64_t *starts = malloc((size_t)count * sizeof *starts);
    double *ranges = malloc((size_t)count * pairs * 2 * sizeof *ranges);
    double *samples = malloc((size_t)count * row * sizeof *samples);
    size_t made = 0;
    pixel_format_store(&format, &shape, pixels, count, stored);
    for (uint64_t i = 0; i < count; i++) {
        starts[i] = start_of(first + i);
        for (size_t k = 0; k < 2 * pairs; k++)
            ranges[i * 2 * pairs + k] = limit_of(set, first + i, (uint32_t)k / 2, k % 2);
        for (size_t k = 0; k < row; k++)
            samples[i * row + k] = sample_of(first + i, k);
    }
    struct image_stream *streams = NULL;
    if (sink->ops->payload != PAYLOAD_PIXELS)
        streams = streams_of(sink->ops, set, info, pixels, stored, image_bytes, count, &made);
    const struct image_batch batch = {.first = first,
                                      .count = count,
                                      .data = streams ? NULL : stored,
                                      .streams = streams,
                                      .window_start = starts,
                                      .y_range = ranges,
                                      .samples = samples,
                                      .sample_stride = SEQUENCE,
                                      .fields = set->fields,
                                      .window = SEQUENCE};
    enum plotmill_status status = sink->ops->write(sink->self, &batch, error);
    for (size_t i = 0; i < made; i++)
        free((void *)streams[i].data);
    free(streams);
    free(samples);
    free(ranges);
    free(starts);
    free(stored);
    free(pixels);
    return status;
}

/* Writes the data set in two batches. Returns the hash that the sink computed, if it does. */
static uint64_t store(const char *path, const struct set *set, struct sink_options options)
{
    struct plotmill_error error = {0};
    struct png_form form;
    struct dataset_info info = info_of(set, &form);
    struct sink sink = {0};
    uint64_t hash = 0;
    options.force = 1;
    assert_ok(sink_create(&sink, path, &options, NULL, &error), &error);
    assert_ok(sink.ops->open(sink.self, &info, &error), &error);
    assert_ok(write_part(&sink, set, &info, 0, 4, &error), &error);
    assert_ok(write_part(&sink, set, &info, 4, IMAGES - 4, &error), &error);
    assert_ok(sink.ops->finish(sink.self, &error), &error);
    if (sink.ops->hash)
        cr_assert_eq(sink.ops->hash(sink.self, &hash), 1);
    sink_close(&sink);
    return hash;
}

static void check_images(struct reader *reader, const struct set *set, bool companions, uint64_t first, uint64_t count)
{
    struct plotmill_error error = {0};
    const size_t values = 2 * (size_t)reader->info.panels;
    uint8_t *found = malloc((size_t)count * bytes_of(set)), *expected = pixels_of(set, first, count);
    int64_t starts[IMAGES];
    double ranges[IMAGES * 2 * PANELS_MAX];
    assert_ok(reader_read(reader, first, count, found, starts, ranges, &error), &error);
    cr_assert(!memcmp(found, expected, (size_t)count * bytes_of(set)));
    for (uint64_t i = 0; i < count; i++) {
        cr_assert_eq(starts[i], companions ? start_of(first + i) : -1);
        for (size_t k = 0; k < values; k++) {
            const double wanted = companions ? limit_of(set, first + i, (uint32_t)k / 2, k % 2) : (double)NAN;
            const double is = ranges[i * values + k];
            cr_assert(is == wanted || (isnan(is) && isnan(wanted)), "image %d: %g, expected %g", (int)i, is, wanted);
        }
    }
    free(found);
    free(expected);
}

static void check(const char *path, const struct set *set, bool companions)
{
    struct plotmill_error error = {0};
    struct reader reader;
    uint64_t hash;
    assert_ok(reader_open(&reader, path, &error), &error);
    cr_assert(reader.info.images == IMAGES && reader.info.width == WIDTH && reader.info.height == HEIGHT);
    cr_assert_eq(reader.info.channels, set->channels);
    cr_assert_eq(reader.info.stored.channels, set->channels);
    if (companions) {
        cr_assert_eq(reader.info.panels, set->panels);
        cr_assert_eq(reader.info.background, set->two_values ? 0 : -1);
        cr_assert_eq(reader.info.foreground, set->two_values ? 255 : -1);
    }
    check_images(&reader, set, companions, 0, IMAGES);
    check_images(&reader, set, companions, 5, 3);
    check_images(&reader, set, companions, 2, 1);
    assert_ok(reader_hash(&reader, &hash, &error), &error);
    cr_assert_eq(hash, hash_of(set), "%s", path);
    reader_close(&reader);
}

static const uint32_t channel_counts[] = {1, 2, 3, CHANNELS_MAX};

Test(colour, the_hash_counts_channels)
{
    uint64_t hashes[4];
    for (int i = 0; i < 4; i++) {
        const struct set set = {channel_counts[i], 1, 1, 0, false};
        hashes[i] = hash_of(&set);
        cr_assert_eq(store("hash:", &set, (struct sink_options){0}), hashes[i]);
        for (int k = 0; k < i; k++)
            cr_assert_neq(hashes[i], hashes[k]);
    }
    /* The same bytes in another shape. */
    cr_assert_neq(hash_of_channels(hash_finish(5, 1, 30, 10), 2), hash_finish(5, 1, 60, 10));
    cr_assert_eq(hash_of_channels(7, 1), 7);
    cr_assert_eq(hash_of_channels(7, 0), 7);
    store("null:", &(struct set){CHANNELS_MAX, 3, 1, 0, false}, (struct sink_options){0});
}

/* In every dtype and layout that pixels of `channels` channels have. */
static void check_arrays(const char *path, bool companions, bool compressed, uint32_t chunk)
{
    struct plotmill_error ignored;
    int stored = 0;
    for (int n = 1; n < 4; n++)
        for (int dtype = DTYPE_U8; dtype <= DTYPE_BITS; dtype++)
            for (int layout = LAYOUT_AUTO; layout <= LAYOUT_NHWC; layout++) {
                const struct set set = {channel_counts[n], n == 1 ? 1 : PANELS_MAX, 1, 0, dtype == DTYPE_BITS};
                struct pixel_format format = {(enum pixel_dtype)dtype, (enum pixel_layout)layout, 0}, made;
                if (pixel_format_resolve(&format, set.channels, &made, &ignored))
                    continue;
                store(path, &set, array_options(&format, compressed, true, chunk));
                check(path, &set, companions);
                stored++;
            }
    cr_assert_eq(stored, 3 * (3 * 3 + 1));
}

Test(colour, npy)
{
    check_arrays("a.npy", false, true, 0);
}

Test(colour, raw)
{
    check_arrays("a.dat", false, true, 0);
}

#if HAVE_HDF5
Test(colour, hdf5)
{
    check_arrays("a.h5", true, true, 0);
    check_arrays("a.h5", true, false, 0);
    check_arrays("a.h5", true, true, 4);
    check_arrays("a.h5", true, false, 3);
}

/* Several files, their virtual data set, and what each file says of its contents. */
Test(colour, hdf5_files_with_sequences)
{
    for (uint32_t fields = 1; fields <= 3; fields += 2)
        for (int compressed = 0; compressed < 2; compressed++) {
            const struct set set = {3, fields, fields, 0, false};
            struct sink_options options = sink_options("hdf5", compressed, true);
            char reason[SHARD_REASON_SIZE];
            struct metadata metadata;
            options.images_per_file = 4;
            options.store_sequences = 1;
            store("s.h5", &set, options);
            check("s.h5", &set, true);
            cr_assert_eq(hdf5_shards.describe("s-00002.h5", &metadata, reason), SHARD_COMPLETE);
            cr_assert_eq(metadata.info.fields, fields);
            cr_assert_eq(metadata.info.panels, fields);
            cr_assert_str_eq(metadata.info.field_names, fields > 1 ? "[\"open\", \"ma(close,20)\", \"\xc3\xa4\"]" : "");
            cr_assert_eq(hdf5_shards.verify("s-00002.h5", &metadata, reason), SHARD_COMPLETE, "%s", reason);
            metadata_free(&metadata);
            cr_assert_eq(hdf5_shards.describe("s.h5", &metadata, reason), SHARD_COMPLETE);
            cr_assert(metadata.is_virtual && metadata.info.fields == fields);
            metadata_free(&metadata);
        }
}
#endif

static void check_every_set(const char *path, const char *format, bool compressed, const uint32_t *colours, int count)
{
    for (int i = 0; i < count; i++)
        for (uint32_t panels = 1; panels <= PANELS_MAX; panels += PANELS_MAX - 1) {
            const struct set set = {3, panels, 1, colours[i], false}, grey = {1, panels, 1, 0, false};
            store(path, &set, sink_options(format, compressed, true));
            check(path, &set, true);
            store(path, &grey, sink_options(format, compressed, true));
            check(path, &grey, true);
        }
}

#if HAVE_ARCHIVE
Test(colour, npz)
{
    static const uint32_t any[] = {0};
    for (int compressed = 0; compressed < 2; compressed++) {
        const struct set set = {CHANNELS_MAX, 2, 1, 0, false};
        check_every_set("a.npz", NULL, compressed, any, 1);
        store("a.npz", &set, sink_options(NULL, compressed, true));
        check("a.npz", &set, true);
    }
}
#endif

#if HAVE_PNG
/* Truecolour, and palettes of every depth. */
static const uint32_t palettes[] = {0, 1, 2, 3, 4, 5, 16, 17, 256};
#define PALETTES (sizeof palettes / sizeof *palettes)

Test(colour, png)
{
    for (int compressed = 0; compressed < 2; compressed++)
        check_every_set("a", "png", compressed, palettes, PALETTES);
}

#if HAVE_ARCHIVE
Test(colour, tar)
{
    check_every_set("a.tar", NULL, true, palettes, PALETTES);
}
#endif

/* Colours that the palette lacks are an error, not another colour. */
Test(colour, a_colour_that_is_not_in_the_palette)
{
    struct plotmill_error error = {0};
    const struct set any = {3, 1, 1, 0, false}, few = {3, 1, 1, 5, false};
    struct sink_options options = sink_options("png", false, true);
    struct png_form form;
    struct dataset_info info = info_of(&few, &form);
    struct sink sink = {0};
    assert_ok(sink_create(&sink, "a", &options, NULL, &error), &error);
    assert_ok(sink.ops->open(sink.self, &info, &error), &error);
    assert_fails(write_part(&sink, &any, &info, 0, 4, &error), PLOTMILL_IO_FAILED, &error,
                 "a/00000000.png: cannot be written: it has a colour that is not in the palette");
    sink.ops->abort(sink.self);
    sink_close(&sink);
}

/* An image of another kind than the first one. */
Test(colour, grey_among_colours)
{
    struct plotmill_error error = {0};
    const struct set coloured = {3, 1, 1, 2, false}, grey = {1, 1, 1, 0, false};
    struct reader reader;
    uint8_t pixels[IMAGE_BYTES * 3];
    size_t size;
    store("a", &coloured, sink_options("png", true, true));
    store("b", &grey, sink_options("png", true, true));
    uint8_t *bytes = read_file("b/00000003.png", &size);
    write_file("a/00000003.png", bytes, size);
    assert_ok(reader_open(&reader, "a", &error), &error);
    assert_fails(reader_read(&reader, 3, 1, pixels, NULL, NULL, &error), PLOTMILL_BAD_INPUT, &error,
                 "a/00000003.png: is a grey image, expected colour like the others");
    reader_close(&reader);
    write_file("a/00000000.png", bytes, size);
    assert_refused("a", "a: the first image has 1 channel, expected 3 by plotmill.json");
    free(bytes);
}
#endif

#if HAVE_JPEG
/* Each channel comes back nearly as it was. */
Test(colour, jpeg)
{
    struct plotmill_error error = {0};
    const struct set set = {3, PANELS_MAX, 1, 3, false};
    struct sink_options options = sink_options("jpeg", true, true);
    struct reader reader;
    uint64_t hash, wrong = 0;
    uint8_t *pixels = malloc(IMAGES * bytes_of(&set)), *expected = pixels_of(&set, 0, IMAGES);
    double ranges[IMAGES * 2 * PANELS_MAX];
    options.quality = 100;
    store("a", &set, options);
    assert_ok(reader_open(&reader, "a", &error), &error);
    cr_assert(reader.info.channels == 3 && reader.info.panels == PANELS_MAX);
    assert_ok(reader_read(&reader, 0, IMAGES, pixels, NULL, ranges, &error), &error);
    for (size_t i = 0; i < IMAGES * bytes_of(&set); i++)
        wrong += abs(pixels[i] - expected[i]) > 8;
    cr_assert_eq(wrong, 0, "%d values differ by more than 8", (int)wrong);
    cr_assert_eq(ranges[3 * 2 * PANELS_MAX + 5], limit_of(&set, 3, 2, 1));
    assert_ok(reader_hash(&reader, &hash, &error), &error);
    cr_assert_eq(hash, hash_of(&set));
    reader_close(&reader);
    free(pixels);
    free(expected);
}
#endif

/* By sinks that learn of the channels only when they are opened. */
static void check_refusal(const char *path, const char *format, uint32_t channels, struct pixel_format pixels,
                          const char *piece)
{
    struct plotmill_error error = {0};
    struct sink_options options = sink_options(format, true, true);
    struct dataset_info info = dataset(IMAGES);
    struct sink sink = {0};
    options.pixels = pixels;
    info.channels = channels;
    assert_ok(sink_create(&sink, path, &options, NULL, &error), &error);
    assert_fails(sink.ops->open(sink.self, &info, &error), PLOTMILL_BAD_INPUT, &error, piece);
    sink_close(&sink);
    cr_assert_eq(entries("."), 0);
}

Test(colour, refusals)
{
    static const struct pixel_format plain;
#if HAVE_PNG
    check_refusal("a", "png", 2, plain, "format png: images have 2 channels, expected 1 or 3");
#if HAVE_ARCHIVE
    check_refusal("a.tar", NULL, 5, plain, "format tar: images have 5 channels, expected 1 or 3");
#endif
#endif
#if HAVE_JPEG
    check_refusal("a", "jpeg", 4, plain, "format jpeg: images have 4 channels, expected 1 or 3");
#endif
    check_refusal("a.npy", NULL, 3, (struct pixel_format){.layout = LAYOUT_NHW},
                  "channels 3: layout NHW has no channels");
    check_refusal("a.dat", NULL, 3, (struct pixel_format){.channels = 1}, "channels 1: the chart has 3 channels");
#if HAVE_HDF5
    check_refusal("a.h5", NULL, 5, (struct pixel_format){.channels = 3}, "channels 3: the chart has 5 channels");
    check_refusal("a.h5", NULL, 3, (struct pixel_format){.dtype = DTYPE_BITS}, "expected the layout NCHW, not NHWC");
#endif
}
