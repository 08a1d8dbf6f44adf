/* JPEG files against libjpeg's own encoder, and folders of them read again. */
#include "sink_fixture.h"

#if HAVE_JPEG

#include <jpeglib.h>

#include "formats/folder.h"
#include "formats/jpeg.h"

TestSuite(jpeg, .init = enter_folder, .fini = leave_folder);

/* A thick curve with soft edges, on a ground of one value; `noise`: all pixels at random. */
static void draw(uint8_t *pixels, uint32_t width, uint32_t height, bool noise)
{
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++) {
            double curve = 0.5 * height * (1 + 0.8 * sin(x * 0.07) * cos(x * 0.013));
            double covered = 2.5 - fabs(y - curve) / (1 + 3 * fabs(cos(x * 0.07)));
            double ink = covered < 0 ? 0 : covered > 1 ? 1 : covered;
            pixels[(size_t)y * width + x] = noise ? (uint8_t)(rand() >> 7) : (uint8_t)(255 - 255 * ink + 0.5);
        }
}

static void encode_by_libjpeg(const uint8_t *pixels, uint32_t width, uint32_t height, int quality, uint8_t **bytes,
                              unsigned long *size)
{
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    *bytes = NULL;
    *size = 0;
    jpeg_mem_dest(&jpeg, bytes, size);
    jpeg.image_width = width;
    jpeg.image_height = height;
    jpeg.input_components = 1;
    jpeg.in_color_space = JCS_GRAYSCALE;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, quality, TRUE);
    jpeg_start_compress(&jpeg, TRUE);
    while (jpeg.next_scanline < height) {
        JSAMPROW row = (JSAMPROW)pixels + (size_t)jpeg.next_scanline * width;
        jpeg_write_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
}

/* dB; every file is decoded by libjpeg. */
static double psnr(const uint8_t *bytes, size_t size, const uint8_t *pixels, uint32_t width, uint32_t height)
{
    struct plotmill_error error = {0};
    struct encoded file = {"file", bytes, size};
    uint8_t *decoded = malloc((size_t)width * height);
    double sum = 0;
    assert_ok(decode_image(&file, &(struct image_size){width, height, 1}, decoded, &error), &error);
    for (size_t i = 0; i < (size_t)width * height; i++)
        sum += ((double)decoded[i] - pixels[i]) * ((double)decoded[i] - pixels[i]);
    free(decoded);
    return sum > 0 ? 10 * log10(255.0 * 255.0 * width * height / sum) : 100;
}

static void compare(uint32_t width, uint32_t height, int quality, bool noise)
{
    uint8_t *pixels = malloc((size_t)width * height), *theirs;
    const uint8_t *ours;
    size_t size;
    unsigned long their_size;
    struct jpeg_encoder *encoder = jpeg_encoder_create(width, height, 1, quality);
    draw(pixels, width, height, noise);
    cr_assert(encoder && !jpeg_encode(encoder, pixels, &ours, &size));
    encode_by_libjpeg(pixels, width, height, quality, &theirs, &their_size);
    double found = psnr(ours, size, pixels, width, height), expected = psnr(theirs, their_size, pixels, width, height);
    /* At quality 100 only rounding differs, and libjpeg's two transforms round alike. */
    double share = quality == 100 ? 0.02 : 0.01;
    cr_assert(fabs(found - expected) <= share * expected, "%ux%u, quality %d%s: %.3f dB, libjpeg %.3f", width, height,
              quality, noise ? ", noise" : "", found, expected);
    cr_assert(fabs((double)size - (double)their_size) <= 0.02 * (double)their_size + 16, "%zu bytes, libjpeg %lu", size,
              their_size);
    jpeg_encoder_destroy(encoder);
    free(theirs);
    free(pixels);
}

Test(jpeg, is_as_good_as_libjpeg)
{
    const uint32_t sizes[][2] = {{800, 500}, {640, 64}, {127, 63}, {129, 65}, {64, 8}};
    const int qualities[] = {1, 10, 50, 75, 90, 95, 100};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (size_t q = 0; q < sizeof qualities / sizeof *qualities; q++)
            for (int noise = 0; noise < 2; noise++)
                compare(sizes[s][0], sizes[s][1], qualities[q], noise);
}

/* Blocks of one value are coded without a transform; the result is the same. */
Test(jpeg, blocks_of_one_value_come_back)
{
    uint8_t pixels[40 * 24];
    const uint8_t *bytes;
    size_t size;
    struct jpeg_encoder *encoder = jpeg_encoder_create(40, 24, 1, 100);
    for (int value = 0; value < 256; value++) {
        memset(pixels, value, sizeof pixels);
        cr_assert(!jpeg_encode(encoder, pixels, &bytes, &size));
        cr_assert_eq(psnr(bytes, size, pixels, 40, 24), 100, "value %d", value);
    }
    jpeg_encoder_destroy(encoder);
}

/* The transform against its definition, in double precision. */
Test(jpeg, transform_is_the_cosine_transform)
{
    const double turn = acos(-1.0) / 16;
    struct jpeg_blocks blocks;
    uint8_t pixels[64];
    int16_t found[1][64];
    uint16_t quantum[64];
    for (int i = 0; i < 64; i++)
        quantum[i] = 1;
    jpeg_blocks_init(&blocks, quantum);
    for (int round = 0; round < 50; round++) {
        for (int i = 0; i < 64; i++)
            pixels[i] = round < 25 ? (uint8_t)(rand() >> 7) : rand() & 64 ? 255 : 0;
        jpeg_blocks_row(&blocks, pixels, 8, 8, 0, found);
        for (int v = 0; v < 8; v++)
            for (int u = 0; u < 8; u++) {
                double sum = 0;
                for (int i = 0; i < 64; i++)
                    sum += (pixels[i] - 128) * cos((2 * (i % 8) + 1) * u * turn) * cos((2 * (i / 8) + 1) * v * turn);
                sum *= (u ? 1 : sqrt(0.5)) * (v ? 1 : sqrt(0.5)) / 4;
                cr_assert(fabs(found[0][8 * v + u] - sum) < 0.501, "%d,%d: %d, expected %f", u, v, found[0][8 * v + u],
                          sum);
            }
    }
}

/* Noise at the highest quality needs more than the first buffer. */
Test(jpeg, files_larger_than_the_buffer)
{
    compare(1000, 700, 100, true);
}

static void check_unreadable(const char *piece)
{
    struct plotmill_error error = {0};
    struct reader reader;
    uint64_t hash;
    assert_ok(reader_open(&reader, "a", &error), &error);
    assert_fails(reader_hash(&reader, &hash, &error), PLOTMILL_BAD_INPUT, &error, piece);
    reader_close(&reader);
}

/* The recorded hash is reported only if all files of the folder are there and complete. */
Test(jpeg, damaged_folders)
{
    struct plotmill_error error = {0};
    struct reader reader;
    size_t size;
    make_output("a", "jpeg", true, false, 4);
    uint8_t *bytes = read_file("a/00000002.jpg", &size);
    for (size_t cut = 3; cut < size; cut += 41) {
        write_file("a/00000002.jpg", bytes, cut);
        check_unreadable("a/00000002.jpg: cannot be read as JPEG");
    }
    struct jpeg_encoder *encoder = jpeg_encoder_create(8, 8, 1, 90);
    const uint8_t *other, pixels[64] = {0};
    size_t other_size;
    cr_assert(!jpeg_encode(encoder, pixels, &other, &other_size));
    write_file("a/00000002.jpg", other, other_size);
    jpeg_encoder_destroy(encoder);
    check_unreadable("a/00000002.jpg: has 8x8 pixels, expected 37x23 like the others");
    cr_assert(os_remove_file("a/00000002.jpg"));
    assert_fails(reader_open(&reader, "a", &error), PLOTMILL_BAD_INPUT, &error,
                 "a: holds 3 images, expected 4 by its plotmill.json");
    write_file("a/00000002.jpg", bytes, size);
    assert_ok(reader_open(&reader, "a", &error), &error);
    cr_assert_str_eq(reader.info.format, "jpeg");
    cr_assert(reader.drawn_hash);
    reader_close(&reader);
    free(bytes);
}

/* Without plotmill.json the hash is that of the decoded files. */
Test(jpeg, folders_from_elsewhere)
{
    struct plotmill_error error = {0};
    struct reader reader;
    uint8_t pixels[2 * IMAGE_BYTES];
    uint64_t hash;
    make_output("a", "jpeg", true, false, 2);
    cr_assert(os_remove_file("a/plotmill.json") && os_remove_file("a/index.csv"));
    assert_ok(reader_open(&reader, "a", &error), &error);
    cr_assert_str_eq(reader.info.format, "jpeg");
    assert_ok(reader_read(&reader, 0, 2, pixels, NULL, NULL, &error), &error);
    assert_ok(reader_hash(&reader, &hash, &error), &error);
    cr_assert_eq(hash, hash_finish(hash_images(pixels, IMAGE_BYTES, 0, 2), 2, WIDTH, HEIGHT));
    reader_close(&reader);
}

Test(jpeg, images_too_large_for_a_file)
{
    struct plotmill_error error = {0};
    struct sink_options options = sink_options("jpeg", true, false);
    struct dataset_info info = {1, 65501, 2, 255, 0, ""};
    struct sink sink = {0};
    assert_ok(sink_create(&sink, "a", &options, NULL, &error), &error);
    assert_fails(sink.ops->open(sink.self, &info, &error), PLOTMILL_BAD_INPUT, &error,
                 "a: images of 65501x2 pixels, expected at most 65500 on a side of a JPEG file");
    sink_close(&sink);
    cr_assert_eq(entries("."), 0);
}

#endif
