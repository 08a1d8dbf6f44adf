/* The description of a stored data set. As JSON: plotmill.json in a folder or an npz, an attribute in a tar, the
 * sidecar of an array (formats/sidecar.h). HDF5 files hold the same as attributes of /images. */
#ifndef FORMATS_METADATA_H
#define FORMATS_METADATA_H

#include <stdbool.h>

#include "formats/columns.h"
#include "formats/sink.h"

#define METADATA_HASH_SIZE 17 /* 16 hexadecimal digits and a terminator */
#define METADATA_PANELS_MAX 65536

/* What is unknown is 0, -1 (background, foreground), 1 (channels, panels, fields) or "". */
struct metadata {
    struct dataset_info info;   /* its strings: those below, or "" */
    uint64_t images_per_folder; /* of earlier versions; 0: no subfolders */
    bool lossy;                 /* decoded pixels differ from the drawn ones, whose hash is pixel_hash */
    uint64_t pixel_hash;
    uint64_t chunk_images;                  /* HDF5: images per chunk; 0: not chunked */
    bool compressed;                        /* HDF5 */
    bool is_virtual;                        /* HDF5: the images lie in other files */
    char content_hash[METADATA_HASH_SIZE];  /* of one of several HDF5 files (formats/hdf5/shards.h) */
    char *format, *spec, *input, *producer; /* owned; NULL: unknown */
    char *field_names;                      /* the same; info.field_names */
    char *windows, *train;                  /* the same */
    struct owned_columns columns;           /* info.columns */
};

#define METADATA_UNKNOWN                          \
    ((struct metadata){.info = {.background = -1, \
                                .foreground = -1, \
                                .spec = "",       \
                                .input = "",      \
                                .format = "",     \
                                .producer = "",   \
                                .windows = "",    \
                                .train = "",      \
                                .channels = 1,    \
                                .panels = 1,      \
                                .fields = 1}})

/* Copies `info`; the producer is this version. Freed with metadata_free. */
enum plotmill_status metadata_init(struct metadata *metadata, const struct dataset_info *info, const char *format,
                                   struct plotmill_error *error);

/* Takes these heap strings over, NULL for unknown ones; earlier ones are not freed. */
void metadata_own(struct metadata *metadata, char *format, char *spec, char *input, char *producer);

/* Takes these over in the same way. */
void metadata_own_windows(struct metadata *metadata, char *windows, char *train);
void metadata_own_columns(struct metadata *metadata, struct owned_columns columns);

/* Removes the columns that `has` is not true of; NULL: all. */
void metadata_keep_columns(struct metadata *metadata, bool (*has)(const struct image_column *column));

/* As JSON, freed by the caller; NULL: out of memory. */
char *metadata_json(const struct metadata *metadata);

/* The members "windows" and "train", where there are such. */
void metadata_write_windows(struct json *json, const struct dataset_info *info);

/* The inverse. false: `text` is not one JSON object, and nothing is to be freed. Missing and invalid members are
 * unknown. */
bool metadata_parse(struct metadata *metadata, const char *text);
void metadata_free(struct metadata *metadata);

#endif
