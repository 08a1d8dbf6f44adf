/* The file beside an array that tells what the array alone does not: NAME.dat.json, NAME.npy.json. */
#ifndef FORMATS_SIDECAR_H
#define FORMATS_SIDECAR_H

#include <stdbool.h>

#include "base/output.h"
#include "plotmill/sink.h"

struct sidecar {
    struct output output;
    bool written; /* under the temporary name */
};

/* For the array at `path`. An existing side file is refused unless `force`: any where this array will have one
 * (`expected`), else one that plotmill made, which would tell something false from then on. Creates nothing. */
enum plotmill_status sidecar_init(struct sidecar *side, const char *path, bool expected, bool force,
                                    struct plotmill_error *error);

/* Under the temporary name. `format`: "npy" or "raw". */
enum plotmill_status sidecar_write(struct sidecar *side, const struct plotmill_dataset_info *info,
                                     const char *format, const struct plotmill_pixel_format *pixels,
                                     struct plotmill_error *error);

/* Puts the array in place, and before it the side file if it was written: both or, where that fails, none. One that
 * plotmill made for an array that is being replaced goes. */
enum plotmill_status sidecar_commit(struct sidecar *side, struct output *array, struct plotmill_error *error);

void sidecar_discard(struct sidecar *side); /* removes what was written */
void sidecar_free(struct sidecar *side);

/* "PATH.json"; NULL: no memory. Freed by the caller. */
char *sidecar_path(const char *path);

/* The JSON object that a file is; NULL where it is none or cannot be read. Freed by the caller. */
char *sidecar_read(const char *path);

#endif
