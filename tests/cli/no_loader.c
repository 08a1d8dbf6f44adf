/* Preloaded, it makes a system without OpenCL's loader: a library with libOpenCL in its name cannot be opened. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>

void *dlopen(const char *path, int flags)
{
    void *found = dlsym(RTLD_NEXT, "dlopen");
    void *(*open)(const char *, int);
    memcpy(&open, &found, sizeof open);
    return open(path && strstr(path, "libOpenCL") ? "/nonexistent/libOpenCL.so.1" : path, flags);
}
