/* Columns beside the fields of an array in memory: its sides, its groups, and fields that are labels or groups too. */
#ifndef SOURCE_MEMORY_SIDES_H
#define SOURCE_MEMORY_SIDES_H

#include "formats/fields.h"
#include "formats/format.h"
#include "plotmill/source.h"

/* Values of the columns of the source, 8 bytes each. Starts as {0}. */
struct memory_sides {
    double **values; /* (count), each of rows, or of sequences */
    size_t count;
};

/* What has a value in each column: the rows of a series, or sequences. */
struct memory_rows {
    uint64_t count;
    bool sequences;
    const struct field_list *fields; /* of the array */
    int64_t row_stride, field_stride;
    const bool *used; /* (count) the values of others say nothing of a label's type and classes; NULL: all are used */
};

/* The name by which the option group-by calls plotmill_array.groups. */
#define MEMORY_GROUPS "groups"

/* Reads options->sides, which are sides or, of rows, fields of the array; MEMORY_GROUPS as the last one is its groups
 * where it has them. Fills in source->sides. Free *sides with memory_sides_free, also after a failure. */
enum plotmill_status memory_sides_open(struct memory_sides *sides, struct source *source,
                                       const struct plotmill_array *array, const struct memory_rows *rows,
                                       const struct source_options *options, struct plotmill_error *error);
void memory_sides_free(struct memory_sides *sides);

/* Refuses sides and names of groups that are malformed. */
enum plotmill_status memory_sides_check(const struct plotmill_array *array, struct plotmill_error *error);

#endif
