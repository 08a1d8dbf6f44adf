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
    return join(text, "", "");
}

char *string_join(const char *first, const char *second)
{
    return join(first, "", second);
}

char *path_join(const char *folder, const char *name)
{
    return join(folder, "/", name);
}

enum plotmill_status string_keep(char **kept, const char *text, struct plotmill_error *error)
{
    *kept = string_copy(text ? text : "");
    return *kept ? PLOTMILL_OK : plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
}
