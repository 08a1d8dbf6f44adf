#if defined(__linux__)
#define _GNU_SOURCE /* sched_getaffinity */
#endif

#include "base/os.h"

#include <locale.h>
#include <stdlib.h>
#include <time.h>

#if defined(_WIN32)
#include <process.h>
#include <windows.h>
#else
#include <unistd.h>
#endif

#if defined(__APPLE__)
#include <xlocale.h>
#endif
#if defined(__linux__)
#include <sched.h>
#endif

#if defined(_WIN32)

double os_seconds(void)
{
    LARGE_INTEGER count, rate;
    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&rate);
    return (double)count.QuadPart / (double)rate.QuadPart;
}

unsigned os_cores(void)
{
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    return info.dwNumberOfProcessors ? (unsigned)info.dwNumberOfProcessors : 1;
}

uint64_t os_memory(void)
{
    MEMORYSTATUSEX memory = {.dwLength = sizeof memory};
    return GlobalMemoryStatusEx(&memory) ? memory.ullTotalPhys : 0;
}

uint64_t os_process_id(void)
{
    return (uint64_t)_getpid();
}

double os_strtod(const char *text, char **end)
{
    _locale_t c = _create_locale(LC_NUMERIC, "C");
    double value = c ? _strtod_l(text, end, c) : strtod(text, end);
    if (c)
        _free_locale(c);
    return value;
}

#else

double os_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

unsigned os_cores(void)
{
    long online = 1;
#if defined(__linux__)
    cpu_set_t set;
    if (!sched_getaffinity(0, sizeof set, &set))
        return (unsigned)CPU_COUNT(&set);
#endif
#if defined(_SC_NPROCESSORS_ONLN)
    online = sysconf(_SC_NPROCESSORS_ONLN);
#endif
    return online > 0 ? (unsigned)online : 1;
}

uint64_t os_memory(void)
{
#if defined(_SC_PHYS_PAGES)
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    return pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : 0;
#else
    return 0;
#endif
}

uint64_t os_process_id(void)
{
    return (uint64_t)getpid();
}

/* The locale belongs to this thread alone, so that the program's own is not touched. */
double os_strtod(const char *text, char **end)
{
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t before = c ? uselocale(c) : (locale_t)0;
    double value = strtod(text, end);
    if (c) {
        uselocale(before);
        freelocale(c);
    }
    return value;
}

#endif

double os_wall_seconds(void)
{
    return (double)time(NULL);
}
