/* What an HDF5 file holds, for messages. */
#ifndef FORMATS_HDF5_LIST_H
#define FORMATS_HDF5_LIST_H

#include <hdf5.h>

#include "base/strings.h"

/* At most 20 data sets, with their shapes, in the order of their names. */
void hdf5_list_datasets(hid_t file, struct text_list *list);

const char *hdf5_class_name(H5T_class_t class);

#endif
