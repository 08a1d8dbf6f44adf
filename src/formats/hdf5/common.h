/* What the files of this folder share. Only they include it.
 *
 * Most builds of HDF5 are not thread-safe, not even for different files. So every call of it happens under one lock of
 * the process. The lock is not recursive: whatever is called from outside this folder takes it, and everything declared
 * here but the lock itself expects it to be held. */
#ifndef FORMATS_HDF5_COMMON_H
#define FORMATS_HDF5_COMMON_H

#include <hdf5.h>
#include <stdbool.h>

#include "base/log.h"
#include "formats/metadata.h"
#include "formats/stored.h"

/* While the lock is held, HDF5 prints no errors. Unlocking restores the program's own error handler. */
void hdf5_lock(void);
void hdf5_unlock(void);

/* Sets "PATH: ACTION: the innermost cause", e.g. "a.h5: cannot be written: No space left on device", from the HDF5 call
 * that failed last; returns `status`. */
enum plotmill_status hdf5_error_set(struct plotmill_error *error, enum plotmill_status status, const char *path,
                                    const char *action);

/* Opens a file for reading, by the driver below. Negative: failed. */
struct hdf5_opening {
    bool system;      /* it failed for a reason of the system, which says nothing about the contents */
    char reason[280]; /* why it failed: "cannot be opened: Permission denied" */
};
hid_t hdf5_open_file(const char *path, struct hdf5_opening *opening);

/* Releases any HDF5 object whose closing cannot fail in a way that matters; takes negative ids. */
void hdf5_release(hid_t id);

/* An HDF5 file driver whose writes never report a failure to HDF5.
 *
 * When a disk is full, HDF5 cannot close a file: H5Fclose fails, the file's memory leaks, and the library crashes or
 * loops when the program ends. This driver records the first failure for the sink and drops every later write, so that
 * the file closes like any other and is then removed.
 *
 * Makes a file access property list use the driver. *failure becomes the errno of the first failure; it must be 0 now
 * and live as long as the file. Negative: failed, as with every HDF5 call. */
herr_t hdf5_driver_use(hid_t access, int *failure);

/* A driver for reading, which files that links and virtual datasets lead to inherit. It takes HDF5's shared lock, but
 * where the file system has no locks, it reads without one. Negative: failed. */
herr_t hdf5_driver_read(hid_t access);

/* The errno of the first file that could not be opened or locked since the last call, other than for being missing; 0:
 * none. *locked: another program holds its lock. HDF5 reads fill values for such a source of a virtual dataset. */
int hdf5_driver_failure(bool *locked);

/* The type of stored pixels in this machine's byte order; released by the caller. Negative: failed. */
hid_t hdf5_pixel_type(enum pixel_dtype dtype);

/* Scalar attributes. Writing: negative if it failed. A text read is freed by the caller, NULL if there is none; a
 * number is 0..maximum, or `otherwise`. */
herr_t hdf5_write_text(hid_t object, const char *name, const char *text);
herr_t hdf5_write_number(hid_t object, const char *name, hid_t type, int64_t number);
char *hdf5_read_text(hid_t object, const char *name);
int64_t hdf5_read_number(hid_t object, const char *name, int64_t maximum, int64_t otherwise);

/* An attribute of texts, from and to a JSON array of strings. Reading: freed by the caller, NULL if there is none. */
herr_t hdf5_write_texts(hid_t object, const char *name, const char *texts);
herr_t hdf5_write_list(hid_t object, const char *name, size_t count, const char *const *texts);
hid_t hdf5_text_type(void); /* of such texts: of any length, in UTF-8; released by the caller */

/* An attribute of float64 numbers. */
herr_t hdf5_write_reals(hid_t object, const char *name, size_t count, const double *numbers);
char *hdf5_read_texts(hid_t object, const char *name);

/* Opens a dataset whose chunks are read in parts. With HDF5's default of 1 MB for the cache of chunks, larger ones are
 * unpacked again for every read. Negative: failed. */
hid_t hdf5_open_cached(hid_t file, const char *name);

/* Opens a file and a data set of it for reading, as hdf5_open_cached does. The data set must be negative before; the
 * file, unless it is open already. Both are to be
 * released, also after a failure: PLOTMILL_BAD_INPUT, which lists the data sets of the file. */
enum plotmill_status hdf5_open_named(hid_t *file, hid_t *dataset, const char *path, const char *name,
                                     struct plotmill_error *error);

/* What values of another type are, for messages: "strings". */
const char *hdf5_class_name(H5T_class_t class);

/* Whether its filters are there: a data set may be packed with one that this HDF5 lacks (h5py's lzf). */
enum plotmill_status hdf5_check_filters(hid_t dataset, const char *path, const char *name,
                                        struct plotmill_error *error);

/* HDF5 silently reads fill values where a source of a virtual dataset is missing, cannot be read or is too small, or
 * where an external file is. PLOTMILL_BAD_INPUT, with the first such file, if `dataset` of the file at `path` has one.
 */
enum plotmill_status hdf5_check_sources(const char *path, hid_t dataset, struct plotmill_error *error);

/* The same for a dataset of samples, called `name`, and where no part of it was ever written. Chunks that were not are
 * reported to the log, and counted in *unwritten. */
enum plotmill_status hdf5_check_holes(const char *path, const char *name, hid_t dataset, const struct log *log,
                                      uint64_t *unwritten, struct plotmill_error *error);

/* Names the link on the way to `name` that leads nowhere: to another file that is missing, or that lacks it.
 * PLOTMILL_OK: there is none. */
enum plotmill_status hdf5_check_links(hid_t file, const char *path, const char *name, struct plotmill_error *error);

/* A dataset of the root group; negative if there is none. */
hid_t hdf5_open_dataset(hid_t file, const char *name);

/* H5Dread, which also fails where a source of a virtual dataset could not be opened. */
herr_t hdf5_read(hid_t dataset, hid_t type, hid_t in_memory, hid_t in_file, void *values);

/* Rows first..first+count-1 along the first axis of a dataset of any rank. Negative: failed. Reading also fails unless
 * a row takes `row_bytes` in memory. */
herr_t hdf5_read_rows(hid_t dataset, hid_t type, uint64_t first, uint64_t count, size_t row_bytes, void *values);
herr_t hdf5_write_rows(hid_t dataset, hid_t type, uint64_t first, uint64_t count, const void *values);

/* Describes /images of the file at `path` by its type, shape and attributes, and by the shapes of /y_range and
 * /sequences. PLOTMILL_BAD_INPUT if it does not hold
 * images. Overwrites *metadata, which is to be freed in either case. */
enum plotmill_status hdf5_describe(const char *path, hid_t images, struct metadata *metadata, struct stored *stored,
                                   struct plotmill_error *error);

#endif
