/* What the image files of a folder are called: 00000042.png; of more than 10,000 images, 0004/00042137.png. */
#ifndef FORMATS_FOLDER_NAMES_H
#define FORMATS_FOLDER_NAMES_H

#include <stdbool.h>
#include <stdint.h>

/* Images in a subfolder; a data set of more is spread over several. */
#define FOLDER_IMAGES 10000
/* Of any name, with its terminator. */
#define FOLDER_NAME_SIZE 64

struct folder_names {
    const char *extension; /* ".png" */
    int digits;            /* of an index; 8 or more, so that names sort */
    bool nested;
};

/* images > 0; nested: over subfolders. */
void folder_names_init(struct folder_names *names, uint64_t images, bool nested, const char *extension);
void folder_names_get(const struct folder_names *names, uint64_t index, char name[FOLDER_NAME_SIZE]);

/* The subfolder of an image; "" where there is none. */
void folder_names_subfolder(const struct folder_names *names, uint64_t index, char name[FOLDER_NAME_SIZE]);

#endif
