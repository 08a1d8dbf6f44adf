/* Files that libarchive writes and reads, images in order: what tar and npz share. */
#ifndef FORMATS_ARCHIVE_H
#define FORMATS_ARCHIVE_H

#include <stdio.h>

#include "base/output.h"
#include "formats/format.h"
#include "formats/image_counter.h"
#include "formats/metadata.h"

struct archive;
struct archive_entry;

struct archive_reason {
    char text[200]; /* one line */
};

/* Why a call of libarchive failed; `otherwise` where libarchive gives no reason. */
struct archive_reason archive_reason(struct archive *archive, const char *otherwise);

/* The metadata of a data set as JSON, freed by the caller. */
enum plotmill_status archive_metadata(char **text, const struct dataset_info *info, const char *format,
                                      struct plotmill_error *error);

/* The first member of a sink. The sink calls output_init and image_counter_start. */
struct archive_writer {
    struct output output;
    struct image_counter counter;
    FILE *file; /* NULL: not open */
    struct archive *archive;
    struct archive_entry *entry; /* attributes that all members share */
    int error_number;            /* errno of the first write that failed; 0: none */
};

/* Creates the temporary file. PLOTMILL_BAD_INPUT where the disk has fewer than `room` bytes free. `format` is
 * libarchive's function that selects the format, `options` are the options of that format. */
enum plotmill_status archive_writer_open(struct archive_writer *writer, uint64_t room, int (*format)(struct archive *),
                                         const char *options, struct plotmill_error *error);

/* Counts the batch. PLOTMILL_BAD_INPUT unless it begins with the next image. */
enum plotmill_status archive_writer_count(struct archive_writer *writer, const struct image_batch *batch,
                                          struct plotmill_error *error);

/* Begins a member of `size` bytes, which archive_writer_write then takes in one or more pieces. */
enum plotmill_status archive_writer_begin(struct archive_writer *writer, const char *name, uint64_t size,
                                          struct plotmill_error *error);
enum plotmill_status archive_writer_write(struct archive_writer *writer, const void *bytes, size_t size,
                                          struct plotmill_error *error);

/* Completes the file under its temporary name; `output` is not committed. */
enum plotmill_status archive_writer_close(struct archive_writer *writer, struct plotmill_error *error);

/* As the calls of sink_ops; `writer` is the sink. */
enum plotmill_status archive_writer_finish(void *writer, struct plotmill_error *error);
void archive_writer_abort(void *writer);

/* Closes the file and releases all members but `output`. */
void archive_writer_release(struct archive_writer *writer);

/* Aborts a file that is open and releases the members of the writer. */
void archive_writer_free(struct archive_writer *writer);

/* The first member of a reader. libarchive reads forwards only: an earlier image needs a new beginning. */
struct archive_reader {
    char *path;
    struct metadata metadata;
    size_t image_bytes;
    struct archive *archive; /* NULL: not open */
    uint64_t next;           /* index of the image that follows */
};

/* Opens the file at its beginning, whether or not it was open. `format` is libarchive's function for the format. */
enum plotmill_status archive_reader_begin(struct archive_reader *reader, int (*format)(struct archive *),
                                          struct plotmill_error *error);
void archive_reader_close(struct archive_reader *reader);

/* PLOTMILL_BAD_INPUT with libarchive's reason. `what`: the member, or "the archive". */
enum plotmill_status archive_reader_damaged(const struct archive_reader *reader, const char *what,
                                            struct plotmill_error *error);

/* Checks and keeps the metadata in `text`, read from `place` ("plotmill.json"), which is for messages. */
enum plotmill_status archive_reader_describe(struct archive_reader *reader, const char *text, const char *place,
                                             struct plotmill_error *error);
void archive_reader_free(struct archive_reader *reader);

#endif
