/* The subfolders of image files by part and class, as ImageFolder of torchvision reads them: train/up. Every part that
 * has images gets a folder for every class, also an empty one, so that the numbers that ImageFolder gives to classes
 * agree. Images without a part or a class lie beside the subfolders, where ImageFolder does not look. */
#ifndef FORMATS_CLASS_FOLDERS_H
#define FORMATS_CLASS_FOLDERS_H

#include "base/log.h"
#include "formats/columns.h"
#include "formats/sink.h"

/* "split", "label", "split/label"; "" for FOLDERS_NONE. */
const char *image_folders_name(enum image_folders how);

/* Starts as {0}, which is that of FOLDERS_NONE. */
struct class_folders {
    enum image_folders how;
    size_t split;             /* the index of the column */
    struct class_label label; /* the same */
    size_t class_count;       /* at least 1 */
    char **paths;             /* (count): path of each; NULL: the part has no images */
    uint64_t *images;         /* (count) */
    size_t count;
    uint64_t outside; /* images in none of them */
};

/* PLOTMILL_BAD_INPUT where the images have no split, or no label with classes. */
enum plotmill_status class_folders_init(struct class_folders *folders, enum image_folders how,
                                        const struct dataset_info *info, struct plotmill_error *error);

/* Makes them in the folder at `root`; `name`: its name in messages. */
enum plotmill_status class_folders_make(const struct class_folders *folders, const char *root, const char *name,
                                        struct plotmill_error *error);

/* The number of the folder that image `at` belongs into; folders->count: none. columns: as in image_batch. */
size_t class_folders_find(const struct class_folders *folders, const struct dataset_info *info,
                          const void *const *columns, uint64_t at);

/* "" for none. */
const char *class_folders_path(const struct class_folders *folders, size_t number);

void class_folders_count(struct class_folders *folders, size_t number);

/* Says how many images lie outside, and which folders are empty. */
void class_folders_report(const struct class_folders *folders, const char *name, const struct log *log);
void class_folders_free(struct class_folders *folders);

/* The name of a class as that of a folder: bytes that names of files do not have everywhere, a dot at the start or end,
 * a space there and % become % and two hexadecimal digits; no text at all becomes %00. NULL: out of memory. */
char *class_folder_name(const char *class);

#endif
