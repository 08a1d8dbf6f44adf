/* An HDF5 file that is being written: its datasets and their attributes. Every function expects the lock. */
#ifndef FORMATS_HDF5_FILE_H
#define FORMATS_HDF5_FILE_H

#include "base/output.h"
#include "formats/hdf5/common.h"

/* Bytes per chunk of /sequences, if a row takes no more: several chunks fit into HDF5's cache of 1 MiB, so that batches
 * may end within one. */
#define HDF5_SEQUENCE_BYTES ((uint64_t)256 << 10)

struct hdf5_file {
    const char *path;           /* the final name, for messages */
    const char *temporary;      /* the name to build under */
    struct pixel_format pixels; /* resolved when the file is created */
    uint32_t chunk_images;      /* at least 1 */
    bool compressed;
    bool store_sequences;
    const struct log *log;
    int failure; /* errno of the first write that failed, which HDF5 itself does not see (hdf5_driver_use) */
    hid_t file, images, window_start, y_range, sequences; /* negative: not open */
};

/* Opens nothing. `output` must outlive the file. */
void hdf5_file_init(struct hdf5_file *file, const struct output *output, const struct sink_options *options);

/* PLOTMILL_IO_FAILED with the reason of the system, or else of HDF5. */
enum plotmill_status hdf5_write_failed(const struct hdf5_file *file, struct plotmill_error *error);

#define TRY_WRITE(file, call)                      \
    do {                                           \
        if ((call) < 0)                            \
            TRY(hdf5_write_failed((file), error)); \
    } while (0)

/* Creates the file with /images, /window_start and /y_range, /sequences if samples are stored, and the attributes. */
enum plotmill_status hdf5_file_create(struct hdf5_file *file, const struct dataset_info *info,
                                      struct plotmill_error *error);

/* The parts of it for a file with other datasets: the empty file, and the attributes of file->images. */
enum plotmill_status hdf5_file_start(struct hdf5_file *file, struct plotmill_error *error);
enum plotmill_status hdf5_file_describe(struct hdf5_file *file, const struct dataset_info *info,
                                        struct plotmill_error *error);

/* Whether the parts of a split are too many runs for virtual data sets, which is then said to the log. */
bool hdf5_too_many_runs(const struct hdf5_file *file, uint64_t runs);

/* Closes what is open, the file last. A full disk may only show now. */
enum plotmill_status hdf5_file_close(struct hdf5_file *file, struct plotmill_error *error);

#endif
