/* Images in an .npz file that plotmill made. */
#include "base/try.h"
#include "formats/format.h"
#include "plotmill_config.h"

#if HAVE_ARCHIVE

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

#include "formats/archive_reader.h"
#include "formats/npy/header_write.h"
#include "formats/npz.h"

#define MARK_LIMIT ((size_t)1 << 20)
#define SKIP_BYTES ((size_t)1 << 20)

struct npz_reader {
    struct archive_reader file; /* where open, inside the images */
    int64_t *window_start;
    double *y_range;
    uint8_t *skipped; /* room for what is passed over */
};

static void destroy(void *self)
{
    struct npz_reader *reader = self;
    archive_reader_free(&reader->file);
    free(reader->window_start);
    free(reader->y_range);
    free(reader->skipped);
    free(reader);
}

static enum plotmill_status read_bytes(struct npz_reader *reader, const char *member, void *bytes, size_t size,
                                       struct plotmill_error *error)
{
    if (archive_read_data(reader->file.archive, bytes, size) == (la_ssize_t)size)
        return PLOTMILL_OK;
    return archive_reader_damaged(&reader->file, member, error);
}

/* From the beginning to the member of that name. */
static enum plotmill_status open_member(struct npz_reader *reader, const char *name, uint64_t *size,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct archive_entry *entry;
    int found;
    TRY(archive_reader_begin(&reader->file, archive_read_support_format_zip_seekable, "the zip", error));
    while ((found = archive_read_next_header(reader->file.archive, &entry)) >= ARCHIVE_WARN && found != ARCHIVE_EOF) {
        const char *path = archive_entry_pathname(entry);
        if (path && !strcmp(path, name)) {
            *size = (uint64_t)archive_entry_size(entry);
            goto done;
        }
    }
    if (found != ARCHIVE_EOF)
        TRY(archive_reader_damaged(&reader->file, "the zip", error));
    FAIL(error, PLOTMILL_BAD_INPUT, "%s: not an npz that plotmill made: it has no member %s", reader->file.path, name);
done:
    return status;
}

/* The array's numbers follow. */
static enum plotmill_status open_array(struct npz_reader *reader, const char *name, const char *type, int rank,
                                       const uint64_t *axes, uint64_t bytes, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char found[NPY_HEADER_BYTES], expected[NPY_HEADER_BYTES];
    uint64_t size;
    npy_header(expected, type, rank, axes);
    TRY(open_member(reader, name, &size, error));
    TRY(read_bytes(reader, name, found, sizeof found, error));
    if (memcmp(found, expected, sizeof found) || size != sizeof found + bytes)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: %s is no array of the type and shape that " NPZ_MARK " tells",
             reader->file.path, name);
done:
    return status;
}

static enum plotmill_status read_metadata(struct npz_reader *reader, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t size;
    char *text = NULL;
    TRY(open_member(reader, NPZ_MARK, &size, error));
    if (size > MARK_LIMIT)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: " NPZ_MARK " has %llu bytes, expected at most 1 MiB", reader->file.path,
             (unsigned long long)size);
    TRY_ALLOCATE(error, text, size + 1, 1);
    TRY(read_bytes(reader, NPZ_MARK, text, (size_t)size, error));
    if (strlen(text) != size || !metadata_parse(&reader->file.metadata, text) || !reader->file.metadata.info.images ||
        !reader->file.metadata.info.width || !reader->file.metadata.info.height)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: " NPZ_MARK " is malformed, expected one JSON object with images, width "
             "and height",
             reader->file.path);
    if (reader->file.metadata.info.images > SIZE_MAX / 16 || reader->file.metadata.info.width > 65535 ||
        reader->file.metadata.info.height > 65535)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: " NPZ_MARK " tells of too many images, or too large ones",
             reader->file.path);
done:
    free(text);
    return status;
}

/* All of an array of 8-byte numbers, in this machine's order: others do not fit the header. */
static enum plotmill_status read_numbers(struct npz_reader *reader, const char *name, char type, int rank, void **to,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const uint16_t one = 1;
    const char descr[4] = {*(const uint8_t *)&one ? '<' : '>', type, '8', 0};
    const uint64_t axes[2] = {reader->file.metadata.info.images, 2},
                   bytes = reader->file.metadata.info.images * 8 * (rank == 2 ? 2 : 1);
    TRY(open_array(reader, name, descr, rank, axes, bytes, error)); /* the member has that many bytes */
    TRY_ALLOCATE(error, *to, bytes, 1);
    TRY(read_bytes(reader, name, *to, (size_t)bytes, error));
done:
    return status;
}

static enum plotmill_status open_images(struct npz_reader *reader, struct plotmill_error *error)
{
    const struct metadata *metadata = &reader->file.metadata;
    const uint64_t axes[3] = {metadata->info.images, metadata->info.height, metadata->info.width};
    return open_array(reader, NPZ_IMAGES, "|u1", 3, axes, metadata->info.images * reader->file.image_bytes, error);
}

/* What is packed can be passed over by unpacking alone. */
static enum plotmill_status seek_image(struct npz_reader *reader, uint64_t index, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (!reader->file.archive || index < reader->file.next)
        TRY(open_images(reader, error));
    for (uint64_t left = (index - reader->file.next) * reader->file.image_bytes; left;) {
        size_t size = left < SKIP_BYTES ? (size_t)left : SKIP_BYTES;
        TRY(read_bytes(reader, NPZ_IMAGES, reader->skipped, size, error));
        left -= size;
    }
    reader->file.next = index;
done:
    return status;
}

static enum plotmill_status read_images(void *self, uint64_t first, uint64_t count, uint8_t *pixels,
                                        int64_t *window_start, double *y_range, struct plotmill_error *error)
{
    struct npz_reader *reader = self;
    enum plotmill_status status = PLOTMILL_OK;
    TRY(seek_image(reader, first, error));
    for (uint64_t i = 0; i < count; i++)
        TRY(read_bytes(reader, NPZ_IMAGES, pixels + (size_t)i * reader->file.image_bytes, reader->file.image_bytes,
                       error));
    reader->file.next += count;
    /* Past the last one, libarchive compares the checksum. */
    if (reader->file.next == reader->file.metadata.info.images &&
        archive_read_data(reader->file.archive, reader->skipped, 1) != 0)
        TRY(archive_reader_damaged(&reader->file, NPZ_IMAGES, error));
    if (window_start)
        memcpy(window_start, reader->window_start + first, (size_t)count * sizeof *window_start);
    if (y_range)
        memcpy(y_range, reader->y_range + 2 * first, (size_t)count * 2 * sizeof *y_range);
done:
    if (status)
        archive_reader_close(&reader->file); /* it stands somewhere inside an image */
    return status;
}

static const struct reader_impl npz_impl = {read_images, destroy};

enum plotmill_status reader_open_npz(struct reader *reader, const char *path, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct npz_reader *self = NULL;
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    TRY_ALLOCATE(error, self->skipped, SKIP_BYTES, 1);
    TRY(archive_reader_init(&self->file, path, error));
    TRY(read_metadata(self, error));
    self->file.image_bytes = (size_t)self->file.metadata.info.width * self->file.metadata.info.height;
    TRY(read_numbers(self, NPZ_STARTS, 'i', 1, (void **)&self->window_start, error));
    TRY(read_numbers(self, NPZ_RANGES, 'f', 2, (void **)&self->y_range, error));
    TRY(open_images(self, error));
    archive_reader_finish(&self->file, "npz", &npz_impl, self, reader);
done:
    if (status && self)
        destroy(self);
    return status;
}

#else

enum plotmill_status reader_open_npz(struct reader *reader, const char *path, struct plotmill_error *error)
{
    (void)reader;
    return plotmill_error_set(error, PLOTMILL_UNSUPPORTED,
                              "%s: this build of plotmill cannot read npz: libarchive is missing", path);
}

#endif
