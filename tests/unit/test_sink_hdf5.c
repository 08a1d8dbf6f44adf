/* HDF5 in every dtype and layout, with chunks of several images, checked through the HDF5 library. */
#include "array_fixture.h"

#if HAVE_HDF5

#include <hdf5.h>
#include <stdatomic.h>
#include <time.h>

#include "base/thread.h"
#include "formats/hdf5/common.h"

TestSuite(sink_hdf5, .init = enter_folder, .fini = leave_folder);

#define CHUNK 4 /* images; the last chunk of 11 images holds three */

static hid_t open_images(const char *path, hid_t *file)
{
    *file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    cr_assert(*file >= 0);
    hid_t images = H5Dopen2(*file, "images", H5P_DEFAULT);
    cr_assert(images >= 0);
    return images;
}

static void check_shape(hid_t images, const struct pixel_format *format, uint32_t chunk_images, int filters)
{
    hsize_t shape[4], most[4], chunk[4];
    uint64_t axes[4];
    int rank = pixel_format_axes(format, IMAGES, WIDTH, HEIGHT, axes);
    hid_t space = H5Dget_space(images), properties = H5Dget_create_plist(images);
    cr_assert_eq(H5Sget_simple_extent_dims(space, shape, most), rank);
    cr_assert_eq(H5Pget_chunk(properties, 4, chunk), rank);
    cr_assert_eq(H5Pget_nfilters(properties), filters);
    for (int i = 0; i < rank; i++) {
        cr_assert_eq(shape[i], axes[i]);
        cr_assert_eq(most[i], i ? axes[i] : H5S_UNLIMITED);
        cr_assert_eq(chunk[i], i ? axes[i] : chunk_images);
    }
    H5Pclose(properties);
    H5Sclose(space);
}

/* h5py reads a float of 2 bytes with these fields as np.float16. */
static void check_type(hid_t images, enum pixel_dtype dtype)
{
    hid_t type = H5Dget_type(images);
    size_t sign, exponent_at, exponent, significand_at, significand;
    if (dtype == DTYPE_U8 || dtype == DTYPE_BITS)
        cr_assert(H5Tequal(type, H5T_STD_U8LE) > 0);
    if (dtype == DTYPE_F32)
        cr_assert(H5Tequal(type, H5T_NATIVE_FLOAT) > 0);
    if (dtype == DTYPE_F16) {
        cr_assert(H5Tget_class(type) == H5T_FLOAT && H5Tget_size(type) == 2 && H5Tget_precision(type) == 16);
        cr_assert(H5Tget_fields(type, &sign, &exponent_at, &exponent, &significand_at, &significand) >= 0);
        cr_assert(sign == 15 && exponent_at == 10 && exponent == 5 && significand_at == 0 && significand == 10);
        cr_assert(H5Tget_ebias(type) == 15 && H5Tget_norm(type) == H5T_NORM_IMPLIED && H5Tget_offset(type) == 0);
        cr_assert_eq(H5Tget_order(type), H5Tget_order(H5T_NATIVE_FLOAT));
    }
    H5Tclose(type);
}

static void check_text(hid_t images, const char *name, const char *expected)
{
    cr_assert_eq(H5Aexists(images, name) > 0, expected != NULL, "%s", name);
    if (!expected)
        return;
    hid_t attribute = H5Aopen(images, name, H5P_DEFAULT), type = H5Aget_type(attribute);
    char *text = NULL;
    cr_assert(H5Aread(attribute, type, &text) >= 0);
    cr_assert_str_eq(text, expected);
    H5free_memory(text);
    H5Tclose(type);
    H5Aclose(attribute);
}

static void check_attributes(hid_t images, const struct pixel_format *format)
{
    bool bits = format->dtype == DTYPE_BITS;
    check_text(images, "layout", pixel_layout_name(format->layout));
    check_text(images, "dtype", format->dtype ? pixel_dtype_name(format->dtype) : NULL);
    cr_assert_eq(H5Aexists(images, "width") > 0, bits);
    if (bits) {
        hid_t attribute = H5Aopen(images, "width", H5P_DEFAULT);
        int width = 0;
        cr_assert(H5Aread(attribute, H5T_NATIVE_INT, &width) >= 0);
        cr_assert_eq(width, WIDTH);
        H5Aclose(attribute);
    }
}

/* Read through HDF5's own filters. */
static void check_numbers(hid_t images, const struct pixel_format *format)
{
    size_t bytes = IMAGES * (size_t)pixel_format_image_bytes(format, WIDTH, HEIGHT);
    uint8_t *found = malloc(bytes), *expected = malloc(bytes), *pixels = malloc(IMAGES * IMAGE_BYTES);
    hid_t type = H5Dget_type(images);
    cr_assert(H5Dread(images, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, found) >= 0);
    fill_formatted(format, pixels, 0, IMAGES);
    pixel_format_store(format, &array_shape, pixels, IMAGES, expected);
    cr_assert(!memcmp(found, expected, bytes));
    H5Tclose(type);
    free(found);
    free(expected);
    free(pixels);
}

Test(sink_hdf5, every_format)
{
    for (size_t f = 0; f < FORMATS; f++)
        for (int compressed = 0; compressed < 2; compressed++)
            for (uint32_t chunk = 0; chunk <= 2 * CHUNK * 4; chunk = chunk ? chunk * 2 : CHUNK) {
                hid_t file;
                make_array("a.h5", &array_formats[f], compressed, true, chunk, IMAGES);
                cr_assert_eq(entries("."), 1);
                hid_t images = open_images("a.h5", &file);
                check_shape(images, &array_formats[f], chunk ? chunk : 1, compressed);
                check_type(images, array_formats[f].dtype);
                check_attributes(images, &array_formats[f]);
                check_numbers(images, &array_formats[f]);
                H5Dclose(images);
                cr_assert(H5Fclose(file) >= 0);
            }
}

/* Without a filter, batches start and end anywhere; with one, where chunks do. */
Test(sink_hdf5, batches_in_any_order)
{
    const uint64_t firsts[2][4] = {{5, 0, 10, 4}, {4, 8, 0, 0}}, counts[2][4] = {{5, 4, 1, 1}, {4, 3, 4, 0}};
    for (size_t f = 0; f < FORMATS; f++)
        for (int compressed = 0; compressed < 2; compressed++) {
            struct plotmill_error error = {0};
            struct sink sink = {0};
            hid_t file;
            open_array(&sink, "a.h5", &array_formats[f], compressed, true, CHUNK, IMAGES);
            cr_assert_eq(sink.ops->images_per_stream, compressed ? CHUNK : 0);
            bool as_drawn = f < 4; /* each value once, or in three planes */
            cr_assert(sink.ops->thread_safe && sink.ops->ordered == as_drawn, "format %zu", f);
            for (int i = 0; i < 4; i++)
                if (counts[compressed][i])
                    assert_ok(write_formatted(&sink, firsts[compressed][i], counts[compressed][i], &error), &error);
            assert_ok(sink.ops->finish(sink.self, &error), &error);
            sink_close(&sink);
            hid_t images = open_images("a.h5", &file);
            check_numbers(images, &array_formats[f]);
            H5Dclose(images);
            H5Fclose(file);
        }
}

Test(sink_hdf5, streams_start_where_chunks_do)
{
    struct plotmill_error error = {0};
    struct image_stream stream = {NULL, 0};
    struct image_batch batch = {.first = 2, .count = 4, .streams = &stream};
    struct sink sink = {0};
    open_array(&sink, "a.h5", &array_formats[0], true, false, CHUNK, IMAGES);
    assert_fails(sink.ops->write(sink.self, &batch, &error), PLOTMILL_BAD_INPUT, &error,
                 "starts at image 2, expected a multiple of 4");
    sink_close(&sink);
    cr_assert_eq(entries("."), 0);
}

/* Images that were never written are background, in the stored form. */
Test(sink_hdf5, files_can_grow)
{
    for (size_t f = 0; f < FORMATS; f++) {
        const struct pixel_format *format = &array_formats[f];
        hid_t file;
        uint64_t axes[4];
        hsize_t shape[4];
        int rank = pixel_format_axes(format, IMAGES + 2 * CHUNK, WIDTH, HEIGHT, axes);
        for (int i = 0; i < rank; i++)
            shape[i] = axes[i];
        make_array("a.h5", format, true, true, CHUNK, IMAGES);
        hid_t images = open_images("a.h5", &file), type = H5Dget_type(images);
        cr_assert(H5Dset_extent(images, shape) >= 0);
        size_t image_bytes = (size_t)pixel_format_image_bytes(format, WIDTH, HEIGHT);
        uint8_t *found = malloc(image_bytes * shape[0]), pixels[IMAGE_BYTES], *blank = malloc(image_bytes);
        memset(pixels, 250, sizeof pixels);
        pixel_format_store(format, &array_shape, pixels, 1, blank);
        cr_assert(H5Dread(images, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, found) >= 0);
        /* The padding of a row of bits is as in the blank byte. */
        const uint8_t *last = found + image_bytes * (shape[0] - 1);
        cr_assert(!memcmp(last, blank, WIDTH / 8));
        cr_assert(format->dtype == DTYPE_BITS || !memcmp(last, blank, image_bytes));
        free(found);
        free(blank);
        H5Tclose(type);
        H5Dclose(images);
        hid_t starts = H5Dopen2(file, "window_start", H5P_DEFAULT), ranges = H5Dopen2(file, "y_range", H5P_DEFAULT);
        cr_assert(H5Dset_extent(starts, shape) >= 0);
        cr_assert(H5Dset_extent(ranges, (hsize_t[]){shape[0], 2}) >= 0);
        H5Dclose(starts);
        H5Dclose(ranges);
        cr_assert(H5Fclose(file) >= 0);
    }
}

/* The time of writing is not stored. */
Test(sink_hdf5, same_bytes_at_any_time)
{
    size_t size, again;
    make_array("a.h5", &array_formats[0], true, false, CHUNK, IMAGES);
    uint8_t *first = read_file("a.h5", &size);
    sleep(2);
    make_array("b.h5", &array_formats[0], true, false, CHUNK, IMAGES);
    uint8_t *second = read_file("b.h5", &again);
    cr_assert(size == again && !memcmp(first, second, size));
    free(first);
    free(second);
}

static void refuse_chunk(const struct pixel_format *format, uint32_t side, uint32_t chunk, const char *piece)
{
    struct plotmill_error error = {0};
    struct sink_options options = array_options(format, true, false, chunk);
    struct dataset_info info = dataset(5);
    struct sink sink = {0};
    info.width = info.height = side;
    assert_ok(sink_create(&sink, "a.h5", &options, NULL, &error), &error);
    assert_fails(sink.ops->open(sink.self, &info, &error), PLOTMILL_BAD_INPUT, &error, piece);
    sink_close(&sink);
    cr_assert_eq(entries("."), 0);
}

Test(sink_hdf5, chunks_of_four_gigabytes)
{
    const struct pixel_format plain = {0}, f32 = {.dtype = DTYPE_F32};
    refuse_chunk(&plain, 65535, 2, "chunks of 2 images of 65535x65535 pixels, 4294836225 bytes each: expected");
    refuse_chunk(&f32, 40000, 1, "chunks of 1 image of 40000x40000 pixels, 6400000000 bytes each");
    refuse_chunk(&plain, 257, 65535, "chunks of 65535 images of 257x257");
}

Test(sink_hdf5, full_disk)
{
    for (size_t f = 0; f < FORMATS; f += 3)
        for (uint32_t chunk = 0; chunk <= CHUNK; chunk += CHUNK)
            for (int compressed = 0; compressed < 2; compressed++)
                check_full_disk("a.h5", &array_formats[f], compressed, chunk);
}

/* Two files at a time, each written by two threads. */
struct writer {
    struct sink *sink;
    uint64_t first;
    enum plotmill_status status;
};

static void write_some(void *user)
{
    struct writer *writer = user;
    struct plotmill_error error;
    for (uint64_t first = writer->first; first < 400 && !writer->status; first += 2 * CHUNK)
        writer->status = write_formatted(writer->sink, first, CHUNK, &error);
}

Test(sink_hdf5, several_threads)
{
    struct plotmill_error error = {0};
    struct sink sinks[2] = {{0}};
    struct thread threads[4];
    struct writer writers[4];
    for (int i = 0; i < 2; i++)
        open_array(&sinks[i], i ? "b.h5" : "a.h5", &array_formats[i ? 5 : 0], i, false, CHUNK, 400);
    for (int i = 0; i < 4; i++) {
        writers[i] = (struct writer){&sinks[i / 2], i % 2 ? CHUNK : 0, PLOTMILL_OK};
        assert_ok(thread_start(&threads[i], write_some, &writers[i], &error), &error);
    }
    for (int i = 0; i < 4; i++)
        thread_join(&threads[i]);
    for (int i = 0; i < 2; i++) {
        struct reader reader;
        uint8_t pixels[IMAGE_BYTES], expected[IMAGE_BYTES];
        cr_assert(!writers[2 * i].status && !writers[2 * i + 1].status);
        assert_ok(sinks[i].ops->finish(sinks[i].self, &error), &error);
        sink_close(&sinks[i]);
        assert_ok(reader_open(&reader, i ? "b.h5" : "a.h5", &error), &error);
        for (uint64_t image = 0; image < 400; image++) {
            assert_ok(reader_read(&reader, image, 1, pixels, NULL, NULL, &error), &error);
            fill_formatted(&array_formats[0], expected, image, 1);
            cr_assert(!memcmp(pixels, expected, IMAGE_BYTES), "image %d", (int)image);
        }
        reader_close(&reader);
    }
}

/* A thread-safe build of HDF5 would hide a missing lock. So this checks that sink and reader wait for it. */
struct caller {
    struct sink *sink;
    struct reader *reader;
    atomic_int done;
};

static void call(void *user)
{
    struct caller *caller = user;
    struct plotmill_error error;
    uint8_t pixels[IMAGE_BYTES];
    enum plotmill_status status = caller->sink ? write_formatted(caller->sink, 0, CHUNK, &error)
                                               : reader_read(caller->reader, 0, 1, pixels, NULL, NULL, &error);
    atomic_store(&caller->done, status ? 2 : 1);
}

Test(sink_hdf5, all_wait_for_the_lock)
{
    struct plotmill_error error = {0};
    struct sink sink = {0};
    struct reader reader;
    make_array("a.h5", &array_formats[0], true, false, CHUNK, IMAGES);
    assert_ok(reader_open(&reader, "a.h5", &error), &error);
    open_array(&sink, "b.h5", &array_formats[0], true, false, CHUNK, IMAGES);
    for (int i = 0; i < 2; i++) {
        struct caller caller = {.sink = i ? NULL : &sink, .reader = &reader};
        struct thread thread;
        hdf5_lock();
        assert_ok(thread_start(&thread, call, &caller, &error), &error);
        nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
        cr_assert_eq(atomic_load(&caller.done), 0, "it did not wait");
        hdf5_unlock();
        thread_join(&thread);
        cr_assert_eq(atomic_load(&caller.done), 1);
    }
    reader_close(&reader);
    sink_close(&sink);
}

#endif
