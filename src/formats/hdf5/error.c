#include "formats/hdf5/error.h"

#include "plotmill_config.h"

#if HAVE_HDF5

#include <hdf5.h>
#include <stdio.h>
#include <string.h>

#define REASON_SIZE 400

static herr_t take_innermost(unsigned depth, const H5E_error2_t *entry, void *user)
{
    char *reason = user;
    if (depth == 0 && entry->desc)
        snprintf(reason, REASON_SIZE, "%s", entry->desc);
    return 0;
}

/* The file drivers tell time, name and pointers around the system's own words: keep those alone. */
static void keep_system_message(char *reason)
{
    static const char mark[] = "error message = '";
    char *start = strstr(reason, mark);
    char *end = start ? strchr(start + strlen(mark), '\'') : NULL;
    if (!end)
        return;
    start += strlen(mark);
    memmove(reason, start, (size_t)(end - start));
    reason[end - start] = 0;
}

enum plotmill_status hdf5_error_set(struct plotmill_error *error, enum plotmill_status status, const char *path,
                                    const char *action)
{
    char reason[REASON_SIZE] = "HDF5 gives no reason";
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_innermost, reason);
    keep_system_message(reason);
    return plotmill_error_set(error, status, "%s: %s: %s", path, action, reason);
}

#endif
