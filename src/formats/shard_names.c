#include "formats/shard_names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/strings.h"

/* More digits for many files; 19 of them are below 2^64. */
#define DIGITS 5
#define DIGITS_MAX 19

/* Bytes of the path before its extension. */
static size_t stem_of(const char *path)
{
    const char *name = path_name(path), *dot = strrchr(name, '.');
    return dot && dot != name ? (size_t)(dot - path) : strlen(path);
}

void shard_name(const char *path, uint64_t number, char *name, size_t size)
{
    size_t stem = stem_of(path);
    snprintf(name, size, "%.*s-%0*llu%s", (int)stem, path, DIGITS, (unsigned long long)number, path + stem);
}

bool shard_number(const char *path, const char *name, uint64_t *number, const char **rest)
{
    const char *base = path_name(path), *extension = path + stem_of(path);
    size_t stem = (size_t)(extension - base);
    if (strncmp(name, base, stem) || name[stem] != '-')
        return false;
    const char *digits = name + stem + 1;
    size_t count = strspn(digits, "0123456789");
    if (count < DIGITS || count > DIGITS_MAX || (count > DIGITS && *digits == '0'))
        return false;
    *number = 0;
    for (size_t i = 0; i < count; i++)
        *number = *number * 10 + (uint64_t)(digits[i] - '0');
    if (strncmp(digits + count, extension, strlen(extension)))
        return false;
    *rest = digits + count + strlen(extension);
    return true;
}

struct lowest {
    const char *path;
    bool found;
    uint64_t number;
};

static bool take_entry(void *user, const char *entry)
{
    struct lowest *lowest = user;
    uint64_t number;
    const char *rest;
    if (shard_number(lowest->path, entry, &number, &rest) && !*rest && (!lowest->found || number < lowest->number)) {
        lowest->found = true;
        lowest->number = number;
    }
    return true;
}

bool shard_lowest(const char *path, bool *found, uint64_t *number)
{
    struct lowest lowest = {.path = path};
    char *folder = path_folder(path);
    bool read = folder && os_list_folder(folder, take_entry, &lowest);
    int why = errno;
    free(folder);
    errno = why;
    *found = lowest.found;
    *number = lowest.number;
    return read;
}
