/* Memory, as only the system itself can tell: belongs to base/os.h. */
#include "base/os.h"

#if defined(_WIN32)

#include <windows.h>

#include <psapi.h>

uint64_t os_free_memory(void)
{
    MEMORYSTATUSEX memory = {.dwLength = sizeof memory};
    return GlobalMemoryStatusEx(&memory) ? memory.ullAvailPhys : 0;
}

uint64_t os_peak_memory(void)
{
    PROCESS_MEMORY_COUNTERS counters = {.cb = sizeof counters};
    return K32GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters) ? counters.PeakWorkingSetSize : 0;
}

#else

#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(__linux__)

/* The number in a file that holds one, or after `name` in one of many lines; 0: none. */
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

/* What a container may still take, where it has a limit (cgroup 2; its files lie there as a container sees them). */
static uint64_t container_room(void)
{
    uint64_t limit = read_number("/sys/fs/cgroup/memory.max", "");
    uint64_t used = read_number("/sys/fs/cgroup/memory.current", "");
    uint64_t cached = read_number("/sys/fs/cgroup/memory.stat", "inactive_file ");
    used = used > cached ? used - cached : 0;
    return !limit ? UINT64_MAX : limit > used ? limit - used : 0;
}

uint64_t os_free_memory(void)
{
    uint64_t kib = read_number("/proc/meminfo", "MemAvailable:"), room = container_room();
    return kib && kib * 1024 < room ? kib * 1024 : kib ? room : 0;
}

#elif defined(_SC_AVPHYS_PAGES)

uint64_t os_free_memory(void)
{
    long pages = sysconf(_SC_AVPHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    return pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : 0;
}

#else

uint64_t os_free_memory(void)
{
    return 0;
}

#endif

uint64_t os_peak_memory(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0 || usage.ru_maxrss < 0)
        return 0;
#if defined(__APPLE__)
    return (uint64_t)usage.ru_maxrss;
#else
    return (uint64_t)usage.ru_maxrss * 1024;
#endif
}

#endif
