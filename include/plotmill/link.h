/* plotmill: several files of one data set become one. */
#ifndef PLOTMILL_LINK_H
#define PLOTMILL_LINK_H

#include <stdint.h>

#include "plotmill/context.h"
#include "plotmill/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct plotmill_link_summary {
    uint64_t files;
    uint64_t images;
};

/* Writes `path` (images.h5) over the files beside it (images-00000.h5 and on) that jobs with images_per_file and shards
 * made, as a job without shards does at its end: an HDF5 file whose datasets take their rows from those. Every file is
 * read first. PLOTMILL_BAD_INPUT when one is missing, damaged or of another job; the message names it (of missing ones,
 * the first few). An existing `path` is refused unless `force` is 1. `summary` may be NULL. */
PLOTMILL_API enum plotmill_status plotmill_link(plotmill *pm, const char *path, int force,
                                                struct plotmill_link_summary *summary);

#ifdef __cplusplus
}
#endif
#endif
