/* The files that a joint HDF5 file takes its images from. */
#ifndef FORMATS_HDF5_SOURCES_H
#define FORMATS_HDF5_SOURCES_H

#include "plotmill_config.h"

#if HAVE_HDF5

#include <hdf5.h>
#include <stdint.h>

#include "plotmill/status.h"

/* HDF5 gives blank images where such a file is missing or cannot be read, and says nothing. PLOTMILL_BAD_INPUT, with
 * the first such file, where /images of the file at `path` joins others; nothing where it holds images itself. */
enum plotmill_status hdf5_sources_check(const char *path, hid_t images, struct plotmill_error *error);

/* Images that the first of these files gives; 0 where /images joins none. */
uint64_t hdf5_sources_rows(hid_t images);

#endif
#endif
