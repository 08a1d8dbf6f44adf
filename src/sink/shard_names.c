#include "sink/shard_names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strings.h"

/* More digits for many files; 19 of them are below 2^64. */
#define DIGITS 5
#define DIGITS_MAX 19

const char *shard_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *shard_folder(const char *path)
{
    char *folder = string_copy(path);
    size_t length = (size_t)(shard_base(path) - path);
    if (!folder || !length)
        return free(folder), string_copy(".");
    folder[length > 1 ? length - 1 : 1] = 0;
    return folder;
}

/* Bytes of the path before its extension. */
static size_t stem_of(const char *path)
{
    const char *name = shard_base(path), *dot = strrchr(name, '.');
    return dot && dot != name ? (size_t)(dot - path) : strlen(path);
}

void shard_name(const char *path, uint64_t number, char *name, size_t size)
{
    size_t stem = stem_of(path);
    snprintf(name, size, "%.*s-%0*llu%s", (int)stem, path, DIGITS, (unsigned long long)number, path + stem);
}

bool shard_number(const char *path, const char *name, uint64_t *number, const char **rest)
{
    const char *base = shard_base(path), *extension = path + stem_of(path);
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
