/* One file that libarchive fills, images in order: tar and npz. */
#ifndef FORMATS_ARCHIVE_FILE_H
#define FORMATS_ARCHIVE_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/output.h"
#include "formats/image_counter.h"

struct archive;
struct archive_entry;

struct archive_file {
    struct output output;         /* by output_init */
    struct image_counter counter; /* by image_counter_start */
    FILE *file;                   /* NULL: not open */
    struct archive *archive;
    struct archive_entry *entry; /* what all members share; what is changed in it holds for the next one */
    uint64_t bytes;              /* that libarchive has made */
    bool failed;                 /* a write to the file, and why */
    int why;
};

/* Refused where the disk has less than `room` bytes free. `format`: a function of libarchive that sets it; `options`:
 * of that format. */
enum plotmill_status archive_file_open(struct archive_file *file, uint64_t room, int (*format)(struct archive *),
                                       const char *options, struct plotmill_error *error);

/* The same with no file behind it, to learn how large one would be: archive_file_rehearsed tells that, after all
 * members, and releases it. 0: not known. */
enum plotmill_status archive_file_rehearse(struct archive_file *file, int (*format)(struct archive *),
                                           const char *options, struct plotmill_error *error);
uint64_t archive_file_rehearsed(struct archive_file *file);

/* Counts the batch. PLOTMILL_BAD_INPUT unless it is the next one; `kind`, as in "a tar", is for that message. */
enum plotmill_status archive_file_take(struct archive_file *file, const struct plotmill_batch *batch, const char *kind,
                                       struct plotmill_error *error);

/* A member of `size` bytes, which archive_file_write then gets in one or more pieces. */
enum plotmill_status archive_file_begin(struct archive_file *file, const char *name, uint64_t size,
                                        struct plotmill_error *error);
enum plotmill_status archive_file_write(struct archive_file *file, const void *bytes, size_t size,
                                        struct plotmill_error *error);

/* Puts the file under its final name if all images are in it. */
enum plotmill_status archive_file_finish(struct archive_file *file, struct plotmill_error *error);
void archive_file_abort(struct archive_file *file);
void archive_file_free(struct archive_file *file); /* aborts what is open */

#endif
