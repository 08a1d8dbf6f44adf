#include "formats/folder/names.h"

#include <stdio.h>

#define DIGITS_MIN 8
/* FOLDER_IMAGES takes the last four digits of an index; those before them are its subfolder. */
#define DIGITS_INSIDE 4

void folder_names_init(struct folder_names *names, uint64_t images, bool nested, const char *extension)
{
    *names = (struct folder_names){extension, DIGITS_MIN, nested};
    for (uint64_t rest = (images - 1) / 100000000; rest; rest /= 10)
        names->digits++;
}

void folder_names_subfolder(const struct folder_names *names, uint64_t index, char name[FOLDER_NAME_SIZE])
{
    name[0] = 0;
    if (names->nested)
        snprintf(name, FOLDER_NAME_SIZE, "%0*llu", names->digits - DIGITS_INSIDE,
                 (unsigned long long)(index / FOLDER_IMAGES));
}

void folder_names_get(const struct folder_names *names, uint64_t index, char name[FOLDER_NAME_SIZE])
{
    char subfolder[FOLDER_NAME_SIZE];
    folder_names_subfolder(names, index, subfolder);
    snprintf(name, FOLDER_NAME_SIZE, "%.20s%s%0*llu%s", subfolder, names->nested ? "/" : "", names->digits,
             (unsigned long long)index, names->extension);
}
