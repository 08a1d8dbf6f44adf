/* What inputs hold, without drawing anything: for `plotmill inspect`. */
#ifndef SOURCE_INSPECT_H
#define SOURCE_INSPECT_H

#include "base/log.h"
#include "formats/source.h"

/* *json, freed by the caller, is an object:
 *
 *     inputs     for each of the first 64: name, kind ("text", "npy", "hdf5"), bytes of the file, packed (compressed,
 * or in an archive); of text reading (its dialect in words), dialect, rows, columns (formats/text/profile.h); of NPY
 * shape, type, fields count      of all inputs read       how the rows lie in time, as the report of a job has it;
 * null: see problem samples, row_length, groups, first_time, last_time   of all inputs together, where they can be
 * opened problem    why they cannot be opened as they are, with the option that decides; null: they can options    an
 * array of the options of `render` that fit them, such as "--column", "close"; null: unknown
 *
 * PLOTMILL_BAD_INPUT where an input is not understood at all. */
enum plotmill_status source_inspect(char **json, const char *const *paths, size_t count,
                                    const struct source_options *options, struct plotmill_error *error);

#endif
