/* Input files -> one source of samples. */
#ifndef SOURCE_SOURCE_H
#define SOURCE_SOURCE_H

#include "formats/format.h"

/* Opens files by their extensions as one source, in the order given. */
enum plotmill_status source_open(struct source *source, const char *const *paths, size_t path_count,
                                 const struct source_options *options, const struct log *log,
                                 struct plotmill_error *error);

/* Opens a table in memory, `array` without data, which is not trusted, as one input. */
struct plotmill_array;
enum plotmill_status source_open_table(struct source *source, const struct plotmill_array *array,
                                       const struct source_options *options, const struct log *log,
                                       struct plotmill_error *error);

/* The name of an option for text alone that is given; NULL: none is. */
const char *text_option_given(const struct text_options *text);

/* The rows of the input that samples (or ready sequences) first..first+count-1 are. */
void source_rows(const struct source *source, uint64_t first, uint64_t count, uint64_t *out);

/* Calls ops->destroy, frees what is owned, and clears *source. */
void source_close(struct source *source);

#endif
