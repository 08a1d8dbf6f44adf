/* The types that pixels have in HDF5 files. */
#ifndef FORMATS_HDF5_TYPE_H
#define FORMATS_HDF5_TYPE_H

#include "plotmill_config.h"

#if HAVE_HDF5

#include <hdf5.h>

#include "plotmill/sink.h"

/* In this machine's byte order; closed by the caller. Negative: failed, as with every HDF5 call. */
hid_t hdf5_pixel_type(enum plotmill_dtype dtype);

#endif
#endif
