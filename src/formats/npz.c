/* One .npz file that numpy.load reads: uint8 images (N, height, width) or (N, height, width, channels), window_start
 * (N) and y_range (N, 2) or (N, panels, 2), and the metadata. */
#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "chart/pixel_format.h"
#include "formats/column_arrays.h"
#include "formats/npy.h"

#define METADATA "plotmill.json"
#define IMAGES "images.npy"
#define STARTS "window_start.npy"
#define RANGES "y_range.npy"

#define LEVEL 1 /* of deflate */
#define METADATA_MAX ((uint64_t)1 << 20)
#define SKIP_BYTES ((size_t)1 << 20)

struct npz_sink {
    struct archive_writer writer;
    struct sink_ops ops;
    int64_t *window_start; /* (images): kept, because members follow one another */
    double *y_range;       /* (images, panels, 2) */
    struct column_arrays arrays;
    struct metadata metadata; /* of which columns are used */
};

/* The axes of y_range. Returns their number. */
static int range_axes(uint64_t images, uint32_t panels, uint64_t axes[3])
{
    axes[0] = images;
    axes[1] = panels > 1 ? panels : 2;
    axes[2] = 2;
    return panels > 1 ? 3 : 2;
}

/* What one member takes; 0: out of memory. */
static uint64_t deflated_bytes(const void *data, size_t size)
{
    uLongf deflated = compressBound((uLong)size);
    uint8_t *bytes = malloc(deflated);
    if (!bytes || compress2(bytes, &deflated, data, (uLong)size, LEVEL) != Z_OK)
        deflated = 0;
    free(bytes);
    return deflated;
}

static uint64_t stored_bytes(void *self, const struct dataset_info *info, const struct image_batch *batch)
{
    (void)self;
    const size_t count = (size_t)batch->count, pairs = count * (info->panels ? info->panels : 1);
    const size_t image_bytes = (size_t)info->width * info->height * (info->channels ? info->channels : 1);
    const uint64_t images = deflated_bytes(batch->data, count * image_bytes);
    const uint64_t starts = deflated_bytes(batch->window_start, count * sizeof *batch->window_start);
    const uint64_t ranges = deflated_bytes(batch->y_range, 2 * pairs * sizeof *batch->y_range);
    const uint64_t columns = batch->count * columns_row_bytes(info->columns, info->column_count);
    return images && starts && ranges ? images + starts + ranges + columns : 0;
}

static enum plotmill_status open_sink(void *self, const struct dataset_info *info, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct npz_sink *sink = self;
    struct archive_writer *writer = &sink->writer;
    char *text = NULL;
    uint64_t axes[4];
    const char *options =
        sink->ops.stored_bytes ? "zip:compression=deflate,zip:compression-level=1" : "zip:compression=store";
    TRY(image_counter_start(&writer->counter, info, NULL, error));
    TRY_ALLOCATE(error, sink->window_start, info->images, sizeof *sink->window_start);
    TRY_ALLOCATE(error, sink->y_range, info->images, 2 * writer->counter.panels * sizeof *sink->y_range);
    TRY(metadata_init(&sink->metadata, info, "npz", error));
    TRY(column_arrays_create(&sink->arrays, info, error));
    TRY(archive_metadata(&text, info, "npz", error));
    TRY(archive_writer_open(writer, image_counter_room(&writer->counter, info, &sink->ops),
                            archive_write_set_format_zip, options, error));
    TRY(archive_writer_begin(writer, METADATA, strlen(text), error));
    TRY(archive_writer_write(writer, text, strlen(text), error));
    const int rank = pixel_format_axes(&writer->counter.pixels, info->images, info->width, info->height, axes);
    TRY(array_member_begin(writer, IMAGES, "|u1", rank, axes, info->images * writer->counter.image_bytes, error));
done:
    free(text);
    if (status)
        archive_writer_abort(writer);
    return status;
}

static enum plotmill_status write_sink(void *self, const struct image_batch *batch, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct npz_sink *sink = self;
    const size_t image_bytes = sink->writer.counter.image_bytes;
    TRY(archive_writer_count(&sink->writer, batch, error));
    for (uint64_t i = 0; i < batch->count; i++)
        TRY(archive_writer_write(&sink->writer, (const uint8_t *)batch->data + (size_t)i * image_bytes, image_bytes,
                                 error));
    memcpy(sink->window_start + batch->first, batch->window_start, (size_t)batch->count * sizeof(int64_t));
    column_arrays_take(&sink->arrays, sink->metadata.info.columns, batch);
    const size_t pairs = sink->writer.counter.panels;
    memcpy(sink->y_range + 2 * pairs * batch->first, batch->y_range, (size_t)batch->count * pairs * 2 * sizeof(double));
done:
    return status;
}

static enum plotmill_status finish_sink(void *self, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct npz_sink *sink = self;
    struct archive_writer *writer = &sink->writer;
    const uint64_t images = writer->counter.images, pairs = images * writer->counter.panels;
    uint64_t axes[3];
    const int rank = range_axes(images, writer->counter.panels, axes);
    TRY(array_member_begin(writer, STARTS, NPY_INT64, 1, axes, images * 8, error));
    TRY(archive_writer_write(writer, sink->window_start, (size_t)images * 8, error));
    TRY(array_member_begin(writer, RANGES, NPY_FLOAT64, rank, axes, pairs * 16, error));
    TRY(archive_writer_write(writer, sink->y_range, (size_t)pairs * 16, error));
    TRY(column_arrays_write(&sink->arrays, writer, sink->metadata.info.columns, images, error));
    TRY(archive_writer_finish(writer, error));
done:
    return status;
}

static void destroy_sink(void *self)
{
    struct npz_sink *sink = self;
    archive_writer_free(&sink->writer);
    free(sink->window_start);
    free(sink->y_range);
    column_arrays_free(&sink->arrays);
    metadata_free(&sink->metadata);
    free(sink);
}

enum plotmill_status sink_create_npz(struct sink *sink, const char *path, const struct sink_options *options,
                                     struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct npz_sink *self = NULL;
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    self->ops = (struct sink_ops){.ordered = 1,
                                  .open = open_sink,
                                  .write = write_sink,
                                  .finish = finish_sink,
                                  .abort = archive_writer_abort,
                                  .destroy = destroy_sink};
    if (options->compress == COMPRESS_DEFLATE)
        self->ops.stored_bytes = stored_bytes; /* else it is the size of the pixels */
    TRY(output_init(&self->writer.output, path, false, options->force, error));
    *sink = (struct sink){&self->ops, self};
done:
    if (status)
        free(self);
    return status;
}

struct npz_reader {
    struct archive_reader archive; /* where open: at image archive.next */
    int64_t *window_start;
    double *y_range;
    void *column; /* all values of column `column_index`; NULL: none is kept */
    size_t column_index;
    uint8_t *skipped; /* SKIP_BYTES for images that are passed over */
};

static void destroy_reader(void *self)
{
    struct npz_reader *reader = self;
    archive_reader_free(&reader->archive);
    free(reader->window_start);
    free(reader->y_range);
    free(reader->column);
    free(reader->skipped);
    free(reader);
}

static enum plotmill_status read_metadata(struct npz_reader *reader, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t size;
    char *text = NULL;
    TRY(npz_member_open(&reader->archive, METADATA, &size, error));
    if (size > METADATA_MAX)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: " METADATA " has %llu bytes, expected at most 1 MiB", reader->archive.path,
             (unsigned long long)size);
    TRY_ALLOCATE(error, text, size + 1, 1);
    TRY(npz_member_bytes(&reader->archive, METADATA, text, (size_t)size, error));
    TRY(archive_reader_describe(&reader->archive, strlen(text) == size ? text : "", METADATA, error));
done:
    free(text);
    return status;
}

static enum plotmill_status read_companions(struct npz_reader *reader, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct dataset_info *info = &reader->archive.metadata.info;
    uint64_t axes[3];
    const int rank = range_axes(info->images, info->panels, axes);
    TRY(npz_array_read(&reader->archive, STARTS, NPY_INT64, 1, axes, (void **)&reader->window_start, error));
    TRY(npz_array_read(&reader->archive, RANGES, NPY_FLOAT64, rank, axes, (void **)&reader->y_range, error));
done:
    return status;
}

static enum plotmill_status open_images(struct npz_reader *reader, struct plotmill_error *error)
{
    const struct dataset_info *info = &reader->archive.metadata.info;
    uint64_t axes[4];
    const int rank = pixel_format_axes(&info->stored, info->images, info->width, info->height, axes);
    return npz_array_open(&reader->archive, IMAGES, "|u1", rank, axes, info->images * reader->archive.image_bytes,
                          error);
}

/* The whole array is read, since zip members are not divided into pieces, and kept until another one is asked for. */
static enum plotmill_status read_column(void *self, size_t index, uint64_t first, uint64_t count, void *values,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct npz_reader *reader = self;
    const struct dataset_info *info = &reader->archive.metadata.info;
    const size_t row_bytes = column_row_bytes(&info->columns[index]);
    if (!reader->column || reader->column_index != index) {
        free(reader->column);
        reader->column = NULL;
        status = npz_column_read(&reader->archive, &info->columns[index], info->images, &reader->column, error);
        archive_reader_close(&reader->archive);
        TRY(status);
        reader->column_index = index;
    }
    memcpy(values, (const uint8_t *)reader->column + first * row_bytes, (size_t)count * row_bytes);
done:
    return status;
}

static enum plotmill_status read_pixels(struct npz_reader *reader, uint64_t first, uint64_t count, uint8_t *pixels,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct archive_reader *archive = &reader->archive;
    if (!archive->archive || first < archive->next)
        TRY(open_images(reader, error));
    for (uint64_t left = (first - archive->next) * archive->image_bytes; left;) {
        size_t size = (size_t)MIN(left, SKIP_BYTES);
        TRY(npz_member_bytes(archive, IMAGES, reader->skipped, size, error));
        left -= size;
    }
    for (uint64_t i = 0; i < count; i++)
        TRY(npz_member_bytes(archive, IMAGES, pixels + (size_t)i * archive->image_bytes, archive->image_bytes, error));
    archive->next = first + count;
    /* libarchive compares the checksum when it reads past the last image. */
    if (archive->next == archive->metadata.info.images && archive_read_data(archive->archive, reader->skipped, 1) != 0)
        TRY(archive_reader_damaged(archive, IMAGES, error));
done:
    return status;
}

/* A failure leaves the archive inside an image, so it is closed. */
static enum plotmill_status read_images(void *self, uint64_t first, uint64_t count, uint8_t *pixels,
                                        int64_t *window_start, double *y_range, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct npz_reader *reader = self;
    struct archive_reader *archive = &reader->archive;
    const size_t pairs = archive->metadata.info.panels;
    if (pixels)
        TRY(read_pixels(reader, first, count, pixels, error));
    if (window_start)
        memcpy(window_start, reader->window_start + first, (size_t)count * sizeof *window_start);
    if (y_range)
        memcpy(y_range, reader->y_range + 2 * pairs * first, (size_t)count * 2 * pairs * sizeof *y_range);
done:
    if (status)
        archive_reader_close(archive);
    return status;
}

enum plotmill_status reader_open_npz(struct reader *reader, const char *path, struct plotmill_error *error)
{
    static const struct reader_impl impl = {read_images, destroy_reader, read_column};
    enum plotmill_status status = PLOTMILL_OK;
    struct npz_reader *self = NULL;
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    TRY_ALLOCATE(error, self->skipped, SKIP_BYTES, 1);
    TRY(string_keep(&self->archive.path, path, error));
    TRY(read_metadata(self, error));
    TRY(read_companions(self, error));
    TRY(open_images(self, error));
    *reader = (struct reader){&impl, self, self->archive.metadata.info};
    reader->info.format = "npz";
done:
    if (status && self)
        destroy_reader(self);
    return status;
}
