/* One file of numbers, images one after another, batches in any order: npy and raw. */
#ifndef FORMATS_ARRAY_FILE_H
#define FORMATS_ARRAY_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "formats/format.h"

struct array_kind {
    const char *format;  /* "npy", "raw" */
    size_t header_bytes; /* before the numbers */
    /* false: errno says why. NULL: no header. */
    bool (*write_header)(FILE *file, const struct plotmill_pixel_format *pixels,
                         const struct plotmill_dataset_info *info);
    /* Whether the file needs one beside it (formats/sidecar.h) to be understood. `info` NULL: whether any may. */
    bool (*needs_sidecar)(const struct plotmill_pixel_format *pixels, const struct plotmill_dataset_info *info);
};

enum plotmill_status array_file_create(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                       const struct array_kind *kind, struct plotmill_error *error);

#endif
