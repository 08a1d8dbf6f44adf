/* An NPY file as a source; for the files of NPY sources only. */
#ifndef FORMATS_NPY_PARTS_H
#define FORMATS_NPY_PARTS_H

#include "formats/array_columns.h"
#include "formats/axes.h"
#include "formats/fields.h"
#include "formats/format.h"
#include "formats/input.h"
#include "formats/npy.h"

/* Where the values of a sample are, from where the sample is. */
struct npy_value {
    struct npy_type type;
    uint64_t offset; /* bytes */
    char label[120]; /* in messages: ", field 4 (close)"; "": the array has no fields */
};

/* A unit is what lies together of a sample: all its values, or the element of one field where the axis of fields is not
 * the fastest. Units that follow each other in the file belong to the next sample, or to the same sample of the next
 * sequence. */
struct npy {
    struct array_columns columns; /* first */
    struct source_ops ops;
    FILE *file;
    char *path; /* its name in messages */
    uint64_t size;
    struct npy_header header;
    uint64_t length;          /* samples of a sequence; of one series: all */
    uint64_t outer, inner;    /* bytes from sequence to sequence, and from sample to sample */
    struct npy_value *values; /* (value_count) that a read returns */
    size_t value_count;
    bool together; /* a unit has all values */
    size_t unit;   /* bytes */
    bool ready;
    void *block; /* of at least one unit */
    size_t block_units;
};

/* The column of what an array has beside its fields: a field of its elements, or another array. */
struct npy_column {
    struct npy_type type;
    uint64_t offset; /* in an element, or in `beside` */
    FILE *beside;    /* another array, owned; NULL: a field */
};

struct npy_columns {
    struct npy *npy;
    struct npy_column *from;
    struct array_column_list list;
};

/* Bytes from one element to the next along an axis; 0: there is no such axis. */
uint64_t npy_stride(const struct npy_header *header, unsigned rank, int axis);

/* out[k * step] = the element at in + k * stride. Returns how many; fewer: no float64 equals the next one. */
size_t npy_convert(struct npy_type type, const char *in, size_t stride, size_t count, double *out, uint64_t step);

/* Lists the fields of records, or those along an axis, and the arrays beside the input. columns->npy is set, all else
 * 0. *fields_listed: how many are fields. Free with npy_columns_free, also after a failure. */
enum plotmill_status npy_columns_list(struct npy_columns *columns, const struct array_axes *axes,
                                      const struct array_shape *shape, const struct field_list *fields,
                                      const struct input *input, const struct source_options *options,
                                      size_t *fields_listed, struct plotmill_error *error);
void npy_columns_free(struct npy_columns *columns);

#endif
