/* Columns of times, labels and groups of HDF5 inputs: members of records, fields along an axis, and data sets of one
 * axis beside the one that is read. Every function expects the lock, the list's read too. */
#ifndef FORMATS_HDF5_COLUMNS_H
#define FORMATS_HDF5_COLUMNS_H

#include "formats/array_columns.h"
#include "formats/axes.h"
#include "formats/hdf5/common.h"

struct hdf5_columns {
    struct array_column_list list;
    struct hdf5_column *from; /* (list.count), owned */
    const struct array_axes *axes;
    hid_t file;
    const char *name;            /* of the data set */
    uint64_t samples, sequences; /* 0 sequences: one series */
};

/* `fields`: the names of the data set's members or fields along an axis; it has none where `count` is 0. The data set,
 * its file, `axes` and `name` must outlive the columns. Data sets beside it are added where the options name them, or
 * where their name means a time. Free with hdf5_columns_free, also after a failure. */
enum plotmill_status hdf5_columns_init(struct hdf5_columns *columns, hid_t dataset, bool records,
                                       const struct field_list *fields, size_t count,
                                       const struct source_options *options, struct plotmill_error *error);
void hdf5_columns_free(struct hdf5_columns *columns);

#endif
