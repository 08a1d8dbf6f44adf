/* An HDF5 file driver whose writes never fail towards HDF5.
 *
 * When a disk is full, HDF5 cannot close a file: H5Fclose fails, what belongs to the file leaks, and the library
 * crashes or loops when the program ends. This driver notes the first failure where the sink looks for it and drops
 * every later write, so that the file closes like any other and is then removed. */
#ifndef FORMATS_HDF5_DRIVER_H
#define FORMATS_HDF5_DRIVER_H

#include "plotmill_config.h"

#if HAVE_HDF5

#include <hdf5.h>

/* Makes a file access property list use the driver. *failure becomes the errno of the first failure; it must be 0
 * now and live as long as the file. Negative: failed, as with every HDF5 call. */
herr_t hdf5_driver_use(hid_t access, int *failure);

#endif
#endif
