/* Several sources, one after the other, as one. */
#ifndef SOURCE_CONCAT_H
#define SOURCE_CONCAT_H

#include "source/source.h"

/* All parts are long series, or all are ready sequences of one length; `paths` name them in messages. Takes the parts
 * over when it succeeds. */
enum plotmill_status source_concat(struct source *source, const struct source *parts, const char *const *paths,
                                   size_t count, struct plotmill_error *error);

#endif
