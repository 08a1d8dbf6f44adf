#include <stdlib.h>

#include "api/handles.h"
#include "base/os.h"
#include "base/strings.h"

plotmill *plotmill_create(void)
{
    return calloc(1, sizeof(plotmill));
}

void plotmill_destroy(plotmill *pm)
{
    if (pm)
        free(pm->cache_folder);
    free(pm);
}

const char *plotmill_message(const plotmill *pm)
{
    return pm->error.message;
}

void clear_message(plotmill *pm)
{
    pm->error = (struct plotmill_error){0};
}

void plotmill_set_log(plotmill *pm, plotmill_log_fn log, void *user)
{
    pm->log = (struct log){log, user};
}

enum plotmill_status api_set_cache(plotmill *pm, const char *folder)
{
    char *copy = folder ? string_copy(folder) : NULL;
    clear_message(pm);
    if (folder && !copy)
        return plotmill_error_set(&pm->error, PLOTMILL_NO_MEMORY, "out of memory");
    free(pm->cache_folder);
    pm->cache_folder = copy;
    return PLOTMILL_OK;
}

unsigned api_host_cores(void)
{
    return os_cores();
}
