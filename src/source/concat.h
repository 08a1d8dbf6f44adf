/* Several sources, one after another, as one. */
#ifndef SOURCE_CONCAT_H
#define SOURCE_CONCAT_H

#include "formats/format.h"

/* All parts are long series, or all are ready sequences of one length. `names` (count) are those of the inputs in
 * messages. Rows count on from part to part, by about.rows, or by the samples where that is 0. Times are there if all
 * parts have them. The classes of a side column of texts are those of all parts, ascending; PLOTMILL_BAD_INPUT where
 * one part has texts and another numbers. Of the parts' about the fields and columns are those of the first; counts are
 * sums; `reading` and `columns` stay with the parts. Takes the parts over when it succeeds; a later source_close frees
 * them. */
enum plotmill_status concat_open(struct source *source, const struct source *parts, const char *const *names,
                                 size_t count, struct plotmill_error *error);

#endif
