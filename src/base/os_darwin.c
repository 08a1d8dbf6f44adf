#include "base/os.h"

#include <dlfcn.h>
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
    return getrusage(RUSAGE_SELF, &usage) == 0 && usage.ru_maxrss > 0 ? (uint64_t)usage.ru_maxrss : 0;
}

bool os_cache_folder(char *path, size_t size)
{
    const char *home = getenv("HOME");
    return home && *home && snprintf(path, size, "%s/Library/Caches", home) < (int)size;
}

bool os_sync_system(const char *path)
{
    (void)path;
    sync();
    return true;
}

bool os_function_file(const void *function, char *path, size_t size)
{
    Dl_info info;
    return dladdr(function, &info) && info.dli_fname && snprintf(path, size, "%s", info.dli_fname) < (int)size;
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
