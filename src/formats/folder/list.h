/* The image files in a folder. */
#ifndef FORMATS_FOLDER_LIST_H
#define FORMATS_FOLDER_LIST_H

#include <stddef.h>

#include "formats/folder/names.h"
#include "plotmill/status.h"

struct folder_list {
    char **names; /* in natural order: 2.png before 10.png */
    size_t count;
};

/* Those of a folder that holds PNG and JPEG files and nothing else but hidden ones. Freed with folder_list_free. */
enum plotmill_status folder_list_read(struct folder_list *list, const char *path, struct plotmill_error *error);
void folder_list_free(struct folder_list *list);

/* How many files with such names are in plotmill's own folder of `images` images (0: unknown), or in its subfolders;
 * what else is there is left aside. */
enum plotmill_status folder_list_count(const char *path, const struct folder_names *names, uint64_t images,
                                       uint64_t *count, struct plotmill_error *error);

#endif
