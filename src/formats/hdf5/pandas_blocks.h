/* A table of pandas while it is opened and read; for the files of this folder only. Every function expects the lock. */
#ifndef FORMATS_HDF5_PANDAS_BLOCKS_H
#define FORMATS_HDF5_PANDAS_BLOCKS_H

#include "formats/array_columns.h"
#include "formats/fields.h"
#include "formats/hdf5/pandas.h"

/* Names of columns, owned. */
struct text_names {
    char **items;
    size_t count;
};
void text_names_free(struct text_names *names);

/* Columns of one type. */
struct block {
    hid_t dataset;
    int member;      /* of records; negative: the data set is (rows, width), or (rows) */
    uint64_t width;  /* columns */
    hid_t type;      /* of a value in memory; negative: it cannot be read */
    hid_t in_memory; /* of a row in memory: of records one that has nothing else */
    enum array_column_kind kind;
    size_t size; /* bytes of a value in memory */
    int64_t unit;
};

/* A column: a place in a block. */
struct place {
    size_t block;
    uint64_t at;
};

struct pandas {
    struct array_columns columns; /* first */
    struct source_ops ops;
    char *path, *name; /* in messages */
    hid_t file, group;
    uint64_t rows;
    struct block *blocks; /* (block_count) */
    size_t block_count;
    struct place *places; /* (list.count), and the index */
    struct array_column_list list;
    struct field_list fields; /* without the index */
    struct place *values;     /* (value_count) of what a read returns */
    size_t value_count;
    char *buffer;
};

/* Opens the blocks of a table of this kind. *names starts as {0}: those of the columns, in the order of the blocks.
 * *index: the block of the index; block_count or more: none is known. */
enum plotmill_status pandas_open_blocks(struct pandas *pandas, const char *kind, struct text_names *names,
                                        size_t *index, struct plotmill_error *error);

#endif
