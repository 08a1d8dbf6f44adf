/* A folder of image files named by index, with index.csv (where each window begins, its lo and hi) and the
 * plotmill.json that describes the data set: what the sinks of image files share. */
#ifndef FORMATS_FOLDER_SINK_H
#define FORMATS_FOLDER_SINK_H

#include "base/output.h"
#include "formats/folder/names.h"
#include "formats/image_counter.h"
#include "formats/image_index.h"
#include "formats/metadata.h"

struct folder {
    const char *format;    /* as plotmill.json has it */
    const char *extension; /* ".png" */
    struct output output;
    struct image_counter counter;
    struct folder_names names;
    struct labels labels;
    struct metadata metadata;
};

/* Refuses an existing output; creates nothing. `format` and `extension` must outlive the folder. */
enum plotmill_status folder_init(struct folder *folder, const char *path, const char *format, const char *extension,
                                 bool force, struct plotmill_error *error);

/* Creates it under a temporary name. A failure leaves nothing. */
enum plotmill_status folder_open(struct folder *folder, const struct plotmill_dataset_info *info,
                                 struct plotmill_error *error);

/* These three may be called by several threads at once: first _count, then _write for each image, then _label. */
enum plotmill_status folder_count(struct folder *folder, const struct plotmill_batch *batch,
                                  struct plotmill_error *error);
enum plotmill_status folder_write(const struct folder *folder, uint64_t index, const uint8_t *bytes, size_t size,
                                  struct plotmill_error *error);
enum plotmill_status folder_label(const struct folder *folder, const struct plotmill_batch *batch,
                                  struct plotmill_error *error);

/* What goes wrong with one image: "FOLDER/NAME: cannot be written: WHY". */
enum plotmill_status folder_failed(const struct folder *folder, uint64_t index, const char *why,
                                   struct plotmill_error *error);

/* Writes index.csv and plotmill.json, puts the folder in place. Fails unless all images came. */
enum plotmill_status folder_finish(struct folder *folder, struct plotmill_error *error);
void folder_abort(struct folder *folder);
void folder_free(struct folder *folder); /* aborts what was neither finished nor aborted */

#endif
