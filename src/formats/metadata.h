/* What a data set is, as one JSON object: plotmill.json in a folder or an npz, an attribute in a tar, the file beside
 * an array (formats/sidecar.h). */
#ifndef FORMATS_METADATA_H
#define FORMATS_METADATA_H

#include <stdbool.h>
#include <stdint.h>

#include "plotmill/sink.h"

struct mark {
    uint64_t images;            /* 0: not told, as with width and height */
    uint64_t first;             /* index of the first image, nonzero in one of several files */
    uint64_t images_per_folder; /* 0: no subfolders */
    uint32_t width;             /* px */
    uint32_t height;            /* px */
    int background;             /* 0..255; -1: not told */
    int foreground;             /* likewise */
    bool lossy;                 /* decoded pixels are not those that were drawn, whose hash is pixel_hash */
    uint64_t pixel_hash;
    int quality;  /* of JPEG: 1..100; 0: not told */
    char *format; /* owned; NULL: not told, as with the next two */
    char *spec;
    char *input;    /* what was drawn (plotmill_dataset_info); "": not known */
    char *producer; /* plotmill version */
};

/* Copies what `info` tells. Freed with mark_free. */
enum plotmill_status mark_init(struct mark *mark, const struct plotmill_dataset_info *info, const char *format,
                               struct plotmill_error *error);

/* As JSON, freed by the caller; NULL: out of memory. */
char *mark_text(const struct mark *mark);

/* The other way; false where `text` is not one JSON object, and nothing is to be freed. What it does not tell, or
 * not in a way that can be understood, is not told. */
bool mark_parse(struct mark *mark, const char *text);
void mark_free(struct mark *mark);

/* To a reader's info; the strings stay the mark's. */
void mark_tell(const struct mark *mark, struct plotmill_dataset_info *info);

#endif
