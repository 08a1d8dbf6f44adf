/* Whether a stored output is the one that a job would write: for --skip-existing, --resume and link. */
#ifndef DATASET_COMPARE_H
#define DATASET_COMPARE_H

#include "formats/metadata.h"

/* All return PLOTMILL_BAD_INPUT with the first difference; the message starts with `path`, and gives the option that
 * differs and both values. */

/* Inputs as api_source_input describes them. File names are not compared; samples and sequence length only if both
 * are known. */
enum plotmill_status compare_input(const char *path, const char *found, const char *expected,
                                   struct plotmill_error *error);

/* Spec, input, pixel format, and which images there are. The input is not compared if both are unknown. Of `expected`,
 * these are not compared if 0 or "": format, quality, window, whole, panels, and width (with height, background and
 * foreground).
 */
enum plotmill_status compare_dataset(const char *path, const struct dataset_info *found,
                                     const struct dataset_info *expected, struct plotmill_error *error);

/* The same for a file that must be stored exactly as expected: also compression, chunks, samples, and the whole. */
enum plotmill_status compare_stored(const char *path, const struct metadata *found, const struct metadata *expected,
                                    struct plotmill_error *error);

#endif
