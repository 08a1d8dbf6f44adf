/* Input files -> one source of samples. */
#ifndef SOURCE_SOURCE_H
#define SOURCE_SOURCE_H

#include "formats/format.h"

/* Opens files by their extensions as one source, in the order given. */
enum plotmill_status source_open(struct source *source, const char *const *paths, size_t path_count,
                                 const struct source_options *options, const struct log *log,
                                 struct plotmill_error *error);

/* Calls ops->destroy, frees what is owned, and clears *source. */
void source_close(struct source *source);

#endif
