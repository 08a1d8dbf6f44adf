/* The file that the HDF5 sink writes: what it holds before the first image, and rows of its datasets. */
#ifndef FORMATS_HDF5_FILE_H
#define FORMATS_HDF5_FILE_H

#include "plotmill_config.h"

#if HAVE_HDF5

#include <hdf5.h>
#include <stdbool.h>

#include "base/output.h"
#include "plotmill/sink.h"

struct hdf5_file {
    const char *path;      /* the final name, for messages */
    const char *temporary; /* the name to build under */
    struct plotmill_pixel_format pixels;
    uint32_t chunk_images; /* at least 1 */
    bool compressed;
    int failure; /* errno of the first write that failed: HDF5 itself is not told (sink/hdf5_driver.h) */
    hid_t file, images, window_start, y_range, sequences; /* -1: not open */
    bool store_sequences;
    uint64_t window; /* samples of a row of /sequences */
};

/* Of a file that is to be put where `output`, which outlives it, says: nothing is open, and nothing compressed. */
void hdf5_file_init(struct hdf5_file *file, const struct output *output, const struct plotmill_sink_options *options);

/* What could not be written, by the system or by HDF5. */
enum plotmill_status hdf5_write_failed(const struct hdf5_file *file, struct plotmill_error *error);

#define TRY_HDF5(call)                           \
    do {                                         \
        if ((call) < 0)                          \
            TRY(hdf5_write_failed(file, error)); \
    } while (0)

/* Makes the file, its three datasets and what is told of the images. Under the lock of base/hdf5_lock.h, as all. */
enum plotmill_status hdf5_file_create(struct hdf5_file *file, const struct plotmill_dataset_info *info,
                                      struct plotmill_error *error);

/* The parts of it, for a file whose datasets are others: the file alone, and what is told beside file->images. */
enum plotmill_status hdf5_file_start(struct hdf5_file *file, struct plotmill_error *error);
enum plotmill_status hdf5_file_describe(struct hdf5_file *file, const struct plotmill_dataset_info *info,
                                        struct plotmill_error *error);

/* Rows first..first+count-1 of a dataset, along its first axis. */
enum plotmill_status hdf5_file_write_rows(const struct hdf5_file *file, hid_t dataset, hid_t type, uint64_t first,
                                          uint64_t count, const void *values, struct plotmill_error *error);

/* Closes what is open, the file last. A full disk may show only now. */
enum plotmill_status hdf5_file_close(struct hdf5_file *file, struct plotmill_error *error);

#endif
#endif
