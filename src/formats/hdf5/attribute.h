/* Single texts and numbers beside a dataset. Under the lock of base/hdf5_lock.h, as all of HDF5. */
#ifndef FORMATS_HDF5_ATTRIBUTE_H
#define FORMATS_HDF5_ATTRIBUTE_H

#include "plotmill_config.h"

#if HAVE_HDF5

#include <hdf5.h>
#include <stdint.h>

/* Negative: failed, as with every HDF5 call. */
herr_t hdf5_write_text(hid_t object, const char *name, const char *text);
herr_t hdf5_write_number(hid_t object, const char *name, hid_t type, int64_t number);

/* A string attribute of either kind, freed by the caller; NULL where it is not there. */
char *hdf5_read_text(hid_t object, const char *name);

/* 0..most; -1 where there is no such number. */
int64_t hdf5_read_number(hid_t object, const char *name, int64_t most);

#endif
#endif
