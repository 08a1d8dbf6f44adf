/* Folders of image files: 00000042.png and index.csv, and in plotmill.json what the data set is. There are no
 * subfolders, which ImageFolder of torchvision would take for classes, unless they are those of parts and classes
 * (formats/class_folders.h). The sinks of PNG and JPEG share the writing; one reader serves both, and also the folders
 * of earlier versions, which hold more than 10,000 images as 0004/00042137.png. */
#ifndef FORMATS_FOLDER_H
#define FORMATS_FOLDER_H

#include "base/output.h"
#include "formats/class_folders.h"
#include "formats/format.h"
#include "formats/image_counter.h"
#include "formats/metadata.h"

#define FOLDER_NAME_SIZE 384 /* of a name, terminator included */
#define FOLDER_INDEX "index.csv"
#define FOLDER_LABELS "labels.csv"

struct folder_names {
    const char *extension; /* ".png" */
    int digits;            /* of an index: at least 8, and the same in all names */
};

/* images > 0 */
void folder_names_init(struct folder_names *names, uint64_t images, const char *extension);

/* subfolder: of the image; "": none. */
void folder_names_get(const struct folder_names *names, const char *subfolder, uint64_t index,
                      char name[FOLDER_NAME_SIZE]);

/* The first member of a sink. */
struct folder {
    const char *format;    /* as in the metadata */
    const char *extension; /* ".png" */
    struct output output;
    struct image_counter counter;
    struct folder_names names;
    FILE *records; /* window_start and y_range of each image, by index; NULL: not open */
    struct metadata metadata;
    enum image_folders how;
    struct class_folders classes;
    const struct log *log;
};

/* Refuses an existing output; creates nothing. `format` and `extension` must outlive the folder. */
enum plotmill_status folder_init(struct folder *folder, const char *path, const char *format, const char *extension,
                                 const struct sink_options *options, struct plotmill_error *error);

/* Refuses what folder_open would: classes that the images do not have. */
enum plotmill_status folder_check(void *folder, const struct dataset_info *info, struct plotmill_error *error);

/* Creates the folder under its temporary name. A failure leaves nothing. */
enum plotmill_status folder_open(struct folder *folder, const struct dataset_info *info, struct plotmill_error *error);

/* Image i of the batch as a file, which is valid until the next call. Returns NULL, or why it failed. */
typedef const char *folder_encoder(void *user, const struct image_batch *batch, uint64_t i, const uint8_t **bytes,
                                   size_t *size);

/* Writes a batch. Several threads may do so at once. */
enum plotmill_status folder_write(struct folder *folder, const struct image_batch *batch, folder_encoder *encode,
                                  void *user, struct plotmill_error *error);

/* As the calls of sink_ops; `folder` is the sink. */
enum plotmill_status folder_finish(void *folder, struct plotmill_error *error);
void folder_abort(void *folder);
uint64_t folder_outside(void *folder);
void folder_destroy(void *folder);

/* An image file in memory. `name` is for messages. */
struct encoded {
    const char *name;
    const uint8_t *bytes;
    size_t size;
};

struct image_size {
    uint32_t width, height; /* px */
    uint32_t channels;      /* 1: grey; 3: red, green, blue */
};

/* Fills pixels, uint8 (height, width, channels), from a PNG or JPEG file; colours of a palette become red, green and
 * blue. PLOTMILL_BAD_INPUT where it is neither, or is damaged, has more than 8 bits per channel, fewer without a
 * palette, transparency, or another size; PLOTMILL_UNSUPPORTED where the build lacks the library. pixels NULL: sets
 * only *size. */
typedef enum plotmill_status decoder(const struct encoded *file, struct image_size *size, uint8_t *pixels,
                                     struct plotmill_error *error);
decoder decode_image;

/* The same for a file on disk. */
enum plotmill_status decode_file(const char *path, struct image_size *size, uint8_t *pixels,
                                 struct plotmill_error *error);

/* The decoder of each kind. */
decoder decode_png, decode_jpeg;

/* For decoders: sets *size where pixels is NULL, else refuses a file of another size. */
enum plotmill_status decode_take_size(const struct encoded *file, const struct image_size *found,
                                      struct image_size *size, const uint8_t *pixels, struct plotmill_error *error);

#endif
