/* What is behind an array in memory; for the files of memory sources only. */
#ifndef SOURCE_MEMORY_PARTS_H
#define SOURCE_MEMORY_PARTS_H

#include "source/memory_sides.h"

#define MEMORY_NAME "array" /* in messages */

struct memory {
    struct source_ops ops;
    const char *data; /* the first element */
    enum plotmill_type type;
    uint64_t sequences, length; /* of one series: 1, and its length */
    bool ready;                 /* ready sequences */
    bool cut;                   /* windows are cut inside of them: each is a range */
    int64_t outer, inner;       /* bytes from sequence to sequence, and from sample to sample */
    size_t fields;              /* values of a sample */
    int64_t *offsets;           /* (fields): of each value from the first element of its sample, bytes */
    bool rows;                  /* the values of a sequence lie one after another */
    const int64_t *times;       /* (sequences, length); NULL: none */
    struct memory_sides sides;
    char (*labels)[120]; /* (fields), for messages: ", field 4 (close)"; "": the array has no axis F */
    struct source_range *ranges;
    size_t range_count, range_capacity;
};

/* The place of a sample, or of one of its values. `field` is of its labels, or "". */
struct memory_place {
    char text[256];
};
struct memory_place memory_place(const struct memory *memory, uint64_t sample, const char *field);

/* Examines the times of rows, or of sequences. *used: whether each is inside the period; NULL: all are. Freed by the
 * caller. */
struct period;
enum plotmill_status memory_examine(struct source *source, const struct memory *memory, const struct period *period,
                                    const struct log *log, bool **used, struct plotmill_error *error);

/* Where windows are cut inside of sequences, each sequence is a range; of its rows inside the period, each run is. */
enum plotmill_status memory_cut(struct source *source, struct memory *memory, const bool *used,
                                const struct source_options *options, struct plotmill_error *error);

#endif
