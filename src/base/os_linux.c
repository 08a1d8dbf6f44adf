#define _GNU_SOURCE /* sched_getaffinity, syncfs */

#include "base/os.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/numbers.h"

unsigned os_cores(void)
{
    cpu_set_t set;
    if (!sched_getaffinity(0, sizeof set, &set))
        return (unsigned)CPU_COUNT(&set);
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (unsigned)online : 1;
}

int os_unnamed_file(const char *folder)
{
    return access("/proc/self/fd", X_OK) ? -1 : open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

bool os_path_of_open_file(FILE *file, char *path, size_t size)
{
    snprintf(path, size, "/proc/self/fd/%d", fileno(file));
    return !access(path, R_OK);
}

/* The number in a file that holds one, or after `name` in a file of lines; 0: none. */
static uint64_t read_number(const char *path, const char *name)
{
    char line[256];
    unsigned long long number = 0;
    size_t length = strlen(name);
    FILE *file = fopen(path, "r");
    while (file && !number && fgets(line, sizeof line, file))
        if (strncmp(line, name, length) || sscanf(line + length, "%llu", &number) != 1)
            number = 0;
    if (file)
        fclose(file);
    return number;
}

uint64_t os_free_memory(void)
{
    uint64_t available = read_number("/proc/meminfo", "MemAvailable:") * 1024;
    /* The limit of a container (cgroup 2), whose files are seen here from inside it. */
    uint64_t limit = read_number("/sys/fs/cgroup/memory.max", "");
    uint64_t used = read_number("/sys/fs/cgroup/memory.current", "");
    used -= MIN(used, read_number("/sys/fs/cgroup/memory.stat", "inactive_file "));
    return limit ? MIN(available, limit - MIN(limit, used)) : available;
}

uint64_t os_peak_memory(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 && usage.ru_maxrss > 0 ? (uint64_t)usage.ru_maxrss * 1024 : 0;
}

/* The XDG base directory specification: a relative $XDG_CACHE_HOME counts as not set. */
bool os_cache_folder(char *path, size_t size)
{
    const char *home = getenv("HOME"), *caches = getenv("XDG_CACHE_HOME");
    if (caches && *caches == '/')
        return snprintf(path, size, "%s", caches) < (int)size;
    return home && *home && snprintf(path, size, "%s/.cache", home) < (int)size;
}

bool os_sync_system(const char *path)
{
    int folder = open(path, O_RDONLY);
    bool done = folder >= 0 && syncfs(folder) == 0;
    int why = errno;
    if (folder >= 0)
        close(folder);
    errno = why;
    return done;
}

bool os_function_file(const void *function, char *path, size_t size)
{
    Dl_info info;
    return dladdr(function, &info) && info.dli_fname && snprintf(path, size, "%s", info.dli_fname) < (int)size;
}
