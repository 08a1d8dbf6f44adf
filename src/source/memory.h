/* An array in memory as a source. */
#ifndef SOURCE_MEMORY_H
#define SOURCE_MEMORY_H

#include "formats/format.h"
#include "plotmill/source.h"

/* `array` is not trusted. Its data, times and groups must outlive the source; the rest is copied. Of the options,
 * column and, with times, from and to apply. Rows that these leave out keep their numbers. A ready sequence is left out
 * unless all its rows lie in the period. `options` may be NULL. */
enum plotmill_status source_open_memory(struct source *source, const struct plotmill_array *array,
                                        const struct source_options *options, const struct log *log,
                                        struct plotmill_error *error);

#endif
