/* POSIX systems without a file of their own, such as the BSDs. */
#include "base/os.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

unsigned os_cores(void)
{
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (unsigned)online : 1;
}

uint64_t os_free_memory(void)
{
    return 0;
}

uint64_t os_peak_memory(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 && usage.ru_maxrss > 0 ? (uint64_t)usage.ru_maxrss * 1024 : 0;
}

bool os_cache_folder(char *path, size_t size)
{
    const char *home = getenv("HOME"), *caches = getenv("XDG_CACHE_HOME");
    if (caches && *caches == '/')
        return snprintf(path, size, "%s", caches) < (int)size;
    return home && *home && snprintf(path, size, "%s/.cache", home) < (int)size;
}

bool os_sync_system(const char *path)
{
    (void)path;
    sync();
    return true;
}

bool os_function_file(const void *function, char *path, size_t size)
{
    (void)function, (void)path, (void)size;
    return false;
}

bool os_path_of_open_file(FILE *file, char *path, size_t size)
{
    (void)file, (void)path, (void)size;
    return false;
}

int os_unnamed_file(const char *folder)
{
    (void)folder;
    return -1;
}
