/* What a format of files may give: a source of samples, a sink of images, a reader of stored images. One constructor
 * per format and direction; formats/ holds each format's both directions in one place. */
#ifndef FORMATS_FORMAT_H
#define FORMATS_FORMAT_H

#include "base/log.h"
#include "plotmill/reader.h"
#include "plotmill/sink.h"
#include "plotmill/source.h"

/* Files and arrays -> samples. plotmill_source_ops is the vtable. */
struct source {
    const struct plotmill_source_ops *ops;
    void *self;
    struct plotmill_source_shape shape;
    char *input; /* of files: what they are (source/fingerprint.h); owned; NULL elsewhere */
};

/* One opener per format (that of CSV is in source/csv.h); each fills *source or leaves nothing behind. They check
 * everything that can be checked without reading all samples (CSV is read whole). */
enum plotmill_status source_open_npy(struct source *source, const char *path, struct plotmill_error *error);
enum plotmill_status source_open_hdf5(struct source *source, const char *path, const char *dataset,
                                      struct plotmill_error *error);

/* Images -> files. plotmill_sink_ops is the vtable. */
struct sink {
    const struct plotmill_sink_ops *ops;
    void *self;
};

/* One constructor per format; `path` and options are copied. Each refuses an existing output here, before any work
 * (base/output.h), and creates nothing before ops->open. */
typedef enum plotmill_status sink_constructor(struct sink *sink, const char *path,
                                              const struct plotmill_sink_options *options,
                                              struct plotmill_error *error);
sink_constructor sink_create_hdf5, sink_create_npy, sink_create_raw, sink_create_tar, sink_create_npz, sink_create_png,
    sink_create_jpeg, sink_create_null, sink_create_hash;

/* Stored images -> pixels. */
struct reader_impl {
    /* As plotmill_reader_read; first and count lie inside the data set. */
    enum plotmill_status (*read)(void *self, uint64_t first, uint64_t count, uint8_t *pixels, int64_t *window_start,
                                 double *y_range, struct plotmill_error *error);
    void (*destroy)(void *self);
};

struct reader {
    const struct reader_impl *impl;
    void *self;
    struct plotmill_dataset_info info; /* strings owned by self */
    const uint64_t *drawn_hash; /* of a lossy format, where it tells: the hash of the pixels as they were drawn; owned
                                   by self. NULL: the hash is that of the pixels read */
};

enum plotmill_status reader_open_hdf5(struct reader *reader, const char *path, struct plotmill_error *error);
enum plotmill_status reader_open_npy(struct reader *reader, const char *path, struct plotmill_error *error);
enum plotmill_status reader_open_raw(struct reader *reader, const char *path, struct plotmill_error *error);
enum plotmill_status reader_open_folder(struct reader *reader, const char *path, struct plotmill_error *error);
enum plotmill_status reader_open_npz(struct reader *reader, const char *path, struct plotmill_error *error);
enum plotmill_status reader_open_tar(struct reader *reader, const char *path, struct plotmill_error *error);

#endif
