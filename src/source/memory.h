/* An array in memory as a source. */
#ifndef SOURCE_MEMORY_H
#define SOURCE_MEMORY_H

#include "formats/format.h"
#include "plotmill/source.h"

/* `array` is not trusted. Its data and times must outlive the source; the rest is copied. Rows are grouped and ordered
 * as those of files (source/arrange.h), without moving the data. `options` may be NULL. */
enum plotmill_status source_open_memory(struct source *source, const struct plotmill_array *array,
                                        const struct source_options *options, const struct log *log,
                                        struct plotmill_error *error);

#endif
