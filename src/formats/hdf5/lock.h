/* HDF5 as most systems build it is not for several threads at once, not even on different files: every call of it
 * happens under this one lock of the process. Not recursive: it is taken where others call in (open, read, write,
 * finish, abort, destroy), around all that happens there. */
#ifndef FORMATS_HDF5_LOCK_H
#define FORMATS_HDF5_LOCK_H

void hdf5_lock(void);
void hdf5_unlock(void);

#endif
