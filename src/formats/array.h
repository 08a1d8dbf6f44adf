/* One file of images, one after another, with or without a header: what npy, raw and jkx share. A sidecar
 * (formats/sidecar.h) says what the file itself does not, and a label table what is known of each image. */
#ifndef FORMATS_ARRAY_H
#define FORMATS_ARRAY_H

#include <stdbool.h>
#include <stdio.h>

#include "formats/column_arrays.h"
#include "formats/format.h"
#include "formats/image_table.h"
#include "formats/metadata.h"
#include "formats/stored.h"

struct array_kind {
    const char *format;  /* "npy", "raw", "jkx" */
    size_t header_bytes; /* before the images */
    /* Returns false with errno. NULL: no header. `pixels` is resolved. */
    bool (*write_header)(FILE *file, const struct pixel_format *pixels, const struct dataset_info *info);
    /* Whether the file cannot be understood without a sidecar. `info` NULL: whether that is possible. NULL: always. */
    bool (*needs_sidecar)(const struct pixel_format *pixels, const struct dataset_info *info);
    /* The path of the label table of the array at `path`, freed by the caller. NULL: there is none. */
    char *(*labels_path)(const char *path);
    /* Refuses images that the array at `path` cannot hold. NULL: it takes all. */
    enum plotmill_status (*check)(const char *path, const struct dataset_info *info, struct plotmill_error *error);
};

enum plotmill_status array_sink_create(struct sink *sink, const char *path, const struct sink_options *options,
                                       const struct array_kind *kind, struct plotmill_error *error);

struct array_reader {
    char *path;
    FILE *file;
    uint64_t start; /* offset of the first image */
    struct stored stored;
    struct metadata metadata;     /* of the sidecar */
    char *labels;                 /* path of the label table, owned; NULL: there is none, or it has been read */
    struct image_rows rows;       /* of that table or of NAME.labels.npz, when it has been read */
    char *table;                  /* path of the label table, which has the columns; NULL: there is none */
    char *labels_file;            /* path of NAME.labels.npz; NULL: there is none */
    struct column_arrays columns; /* values NULL: not read yet */
};

/* Opens the file. Freed with array_reader_destroy, even where this fails. */
enum plotmill_status array_reader_create(struct array_reader **array, const char *path, struct plotmill_error *error);
void array_reader_destroy(void *array);

/* Whether the file at `path` has a sidecar of plotmill for this format. */
bool array_is_described(const char *path, const char *format);

/* Reads the sidecar. Its shape has *rank axes, 3 or 4. */
enum plotmill_status array_reader_describe(struct array_reader *array, struct stored_hints *hints, unsigned *rank,
                                           uint64_t axes[4], struct plotmill_error *error);

/* Checks that all images are there. Then *reader owns the array. */
enum plotmill_status array_reader_finish(struct array_reader *array, const char *format, struct reader *reader,
                                         struct plotmill_error *error);

#endif
