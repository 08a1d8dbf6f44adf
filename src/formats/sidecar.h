/* The file beside an array that says what the array itself does not: NAME.dat.json, NAME.npy.json. */
#ifndef FORMATS_SIDECAR_H
#define FORMATS_SIDECAR_H

#include <stdbool.h>

#include "base/output.h"
#include "formats/sink.h"

struct sidecar {
    struct output output; /* freed by the owner */
    bool written;         /* under the temporary name */
};

/* For the array at `path`; creates nothing. Unless `force`, refuses an existing sidecar: any file where the array will
 * have one (`expected`), else one of plotmill's, which would describe the new array wrongly. */
enum plotmill_status sidecar_init(struct sidecar *sidecar, const char *path, bool expected, bool force,
                                  struct plotmill_error *error);

/* Writes it under the temporary name. `format`: "npy", "raw" or "jkx". */
enum plotmill_status sidecar_write(struct sidecar *sidecar, const struct dataset_info *info, const char *format,
                                   const struct pixel_format *pixels, struct plotmill_error *error);

/* Puts the label table (NULL: none), the sidecar, if written, and the array in place: all or, on failure, none. A
 * sidecar of plotmill's that belongs to a replaced array is removed. */
enum plotmill_status sidecar_commit(struct sidecar *sidecar, struct output *labels, struct output *array,
                                    struct plotmill_error *error);

void sidecar_discard(struct sidecar *sidecar); /* removes what was written */

/* "PATH.json"; NULL: out of memory. Freed by the caller. */
char *sidecar_path(const char *path);

/* The JSON object in a file, freed by the caller; NULL where it holds no such object or cannot be read. */
char *sidecar_read(const char *path);

#endif
