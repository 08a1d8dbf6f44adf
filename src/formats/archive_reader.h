/* One file that libarchive unpacks, images in order: tar and npz. Going back begins anew. */
#ifndef FORMATS_ARCHIVE_READER_H
#define FORMATS_ARCHIVE_READER_H

#include "formats/format.h"
#include "formats/metadata.h"

struct archive;

struct archive_reader {
    char *path;
    struct metadata metadata;
    size_t image_bytes;
    struct archive *archive; /* NULL: not open */
    uint64_t next;           /* the image that comes next in it */
};

/* Copies the path, opens nothing. archive_reader_free frees it, also where this call fails. */
enum plotmill_status archive_reader_init(struct archive_reader *reader, const char *path, struct plotmill_error *error);
void archive_reader_free(struct archive_reader *reader);

/* From the beginning of the file on, open or not. `format`: libarchive's function for it; `name`: its name in a
 * message, as in "the tar". */
enum plotmill_status archive_reader_begin(struct archive_reader *reader, int (*format)(struct archive *),
                                          const char *name, struct plotmill_error *error);
void archive_reader_close(struct archive_reader *reader);

/* PLOTMILL_BAD_INPUT, with libarchive's reason: `what`, a member or the whole, cannot be read. */
enum plotmill_status archive_reader_damaged(const struct archive_reader *reader, const char *what,
                                            struct plotmill_error *error);

/* Makes *opened own `self`, of which `reader` is a part. */
void archive_reader_finish(struct archive_reader *reader, const char *format, const struct reader_impl *impl,
                           void *self, struct reader *opened);

#endif
