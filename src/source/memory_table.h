/* Tables in memory: the sides of a struct plotmill_array without data, as the columns of an input. */
#ifndef SOURCE_MEMORY_TABLE_H
#define SOURCE_MEMORY_TABLE_H

#include "formats/format.h"
#include "plotmill/source.h"

/* What a source is made of where it is no file. */
struct memory_table {
    const struct plotmill_array *array;
    const char *name; /* in messages */
};

/* As a source_opener. Reads columns by the rules of the fields of records in files (formats/array_columns.h). */
enum plotmill_status memory_table_open(struct source *source, const struct memory_table *table,
                                       const struct source_context *context, struct plotmill_error *error);

/* The bytes of its columns, and their hash: of all, or of parts of a long one. */
enum plotmill_status memory_table_hash(const struct memory_table *table, uint64_t *bytes, uint64_t *hash,
                                       struct plotmill_error *error);

#endif
