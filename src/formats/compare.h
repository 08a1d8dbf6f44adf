/* Whether an output that is there is the one a job would make. */
#ifndef FORMATS_COMPARE_H
#define FORMATS_COMPARE_H

#include "plotmill/sink.h"

/* Compares the specs, JSON objects of every option that shapes pixels. PLOTMILL_BAD_INPUT: the message begins with
 * `path`, names the first option that differs and tells both its values. */
enum plotmill_status match_spec(const char *path, const char *found, const char *wanted, struct plotmill_error *error);

/* Compares what inputs are (plotmill_source_input), their names and, unless both tell it, their shape aside. The
 * message names the file that differs, and how. One that is not told ("") matches none. */
enum plotmill_status match_input(const char *path, const char *found, const char *wanted, struct plotmill_error *error);

/* All of it, how the numbers are stored, and how many images there are and where they begin; what `found` holds stands
 * as a reader tells it. */
enum plotmill_status match_dataset(const char *path, const struct plotmill_dataset_info *found,
                                   const struct plotmill_dataset_info *wanted, struct plotmill_error *error);

#endif
