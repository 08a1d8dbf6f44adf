#include <stdlib.h>
#include <string.h>

#include "api/handles.h"
#include "base/numbers.h"
#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"

/* No struct of the public API will be larger: more is a size that was not set. */
#define STRUCT_SIZE_MAX 4096

plotmill *plotmill_create(void)
{
    return calloc(1, sizeof(plotmill));
}

void plotmill_destroy(plotmill *pm)
{
    if (!pm)
        return;
    open_devices_close(pm);
    free(pm->cache_folder);
    free(pm->result);
    free(pm);
}

const char *plotmill_message(const plotmill *pm)
{
    return pm ? pm->error.message : "there is no handle: plotmill_create ran out of memory, or was not called";
}

void clear_message(plotmill *pm)
{
    pm->error = (struct plotmill_error){0};
}

enum plotmill_status call_begin(plotmill *pm)
{
    if (!pm)
        return PLOTMILL_BAD_INPUT;
    const uint64_t process = os_process_id();
    uint64_t other = 0;
    if (!atomic_compare_exchange_strong(&pm->busy, &other, process)) {
        if (other == process)
            return PLOTMILL_BUSY;
        /* The thread of that call, which may have changed anything half-way, is not in this process. */
        return plotmill_error_set(&pm->error, PLOTMILL_DEVICE_FAILED,
                                  "this process was forked while another thread used the handle: make another handle, "
                                  "or start processes by spawn instead of fork");
    }
    clear_message(pm);
    return PLOTMILL_OK;
}

enum plotmill_status call_end(plotmill *pm, enum plotmill_status status)
{
    atomic_store(&pm->busy, 0);
    return status;
}

enum plotmill_status take_struct(plotmill *pm, const char *name, void *own, size_t own_size, const void *given,
                                 size_t least)
{
    enum plotmill_status status = PLOTMILL_OK;
    const unsigned char *bytes = given;
    size_t size;
    memcpy(&size, given, sizeof size);
    if (size < least || size > STRUCT_SIZE_MAX)
        FAIL(&pm->error, PLOTMILL_BAD_INPUT, "%s: size is %zu, expected sizeof(%s): %zu", name, size, name, own_size);
    for (size_t i = own_size; i < size; i++)
        if (bytes[i])
            FAIL(&pm->error, PLOTMILL_UNSUPPORTED,
                 "%s: sets a member that this library, version %s, does not have: install a newer one", name,
                 version_text());
    memset(own, 0, own_size);
    memcpy(own, given, MIN(size, own_size));
    memcpy(own, &own_size, sizeof own_size);
done:
    return status;
}

const char *keep_result(plotmill *pm, char *text)
{
    free(pm->result);
    return pm->result = text;
}

enum plotmill_status give_result(plotmill *pm, char *text, const char **result)
{
    keep_result(pm, text);
    if (result)
        *result = text;
    return text ? PLOTMILL_OK : plotmill_error_set(&pm->error, PLOTMILL_NO_MEMORY, "out of memory");
}

void plotmill_set_log(plotmill *pm, plotmill_log_fn log, void *user)
{
    if (pm)
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
