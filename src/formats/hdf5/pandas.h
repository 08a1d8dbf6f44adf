/* Tables of pandas in HDF5 files. Both expect the lock. */
#ifndef FORMATS_HDF5_PANDAS_H
#define FORMATS_HDF5_PANDAS_H

#include "formats/format.h"
#include "formats/hdf5/common.h"

/* The kind of the table under this key ("frame", "frame_table", ...), freed by the caller; NULL: there is none. */
char *hdf5_pandas_kind(hid_t file, const char *name);

/* Opens it as a source, which keeps the file open. Its columns are fields, its index is the time where it has dates,
 * and columns of texts may be groups and labels. PLOTMILL_BAD_INPUT also for columns that are Python objects. */
enum plotmill_status hdf5_pandas_open(struct source *source, hid_t file, const char *kind, const char *path,
                                      const char *name, const struct source_context *context,
                                      struct plotmill_error *error);

#endif
