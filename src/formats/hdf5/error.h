/* What HDF5 says went wrong, in one line. HDF5 must be quiet meanwhile: call inside H5E_BEGIN_TRY. */
#ifndef FORMATS_HDF5_ERROR_H
#define FORMATS_HDF5_ERROR_H

#include "plotmill/status.h"

/* Sets "PATH: ACTION: the innermost cause", e.g. "a.h5: cannot be written: No space left on device", from the error
 * stack of the HDF5 call that failed last; returns `status`. */
enum plotmill_status hdf5_error_set(struct plotmill_error *error, enum plotmill_status status, const char *path,
                                    const char *action);

#endif
