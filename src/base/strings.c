#include "base/strings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *join(const char *first, const char *between, const char *second)
{
    size_t size = strlen(first) + strlen(between) + strlen(second) + 1;
    char *text = malloc(size);
    if (text)
        snprintf(text, size, "%s%s%s", first, between, second);
    return text;
}

char *string_copy(const char *text)
{
    return string_start(text, strlen(text));
}

char *string_start(const char *text, size_t length)
{
    char *copy = malloc(length + 1);
    if (copy) {
        if (length)
            memcpy(copy, text, length);
        copy[length] = 0;
    }
    return copy;
}

char *string_join(const char *first, const char *second)
{
    return join(first, "", second);
}

enum plotmill_status string_keep(char **kept, const char *text, struct plotmill_error *error)
{
    *kept = string_copy(text ? text : "");
    return *kept ? PLOTMILL_OK : plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* How far two texts are the same. */
static size_t same_length(const char *a, const char *b)
{
    size_t length = 0;
    while (a[length] && lower(a[length]) == lower(b[length]))
        length++;
    return length;
}

bool string_same(const char *a, const char *b)
{
    size_t length = same_length(a, b);
    return !a[length] && !b[length];
}

bool string_contains(const char *text, const char *part)
{
    for (; *text; text++)
        if (!part[same_length(text, part)])
            return true;
    return false;
}

char *path_join(const char *folder, const char *name)
{
    return join(folder, "/", name);
}

char *path_trimmed(const char *path)
{
    char *copy = string_copy(path);
    for (size_t n = copy ? strlen(copy) : 0; n > 1 && copy[n - 1] == '/'; n--)
        copy[n - 1] = 0;
    return copy;
}

const char *path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *path_folder(const char *path)
{
    size_t length = (size_t)(path_name(path) - path);
    if (!length)
        return string_copy(".");
    return string_start(path, length > 1 ? length - 1 : 1);
}
