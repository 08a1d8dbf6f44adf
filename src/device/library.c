#include "device/library.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "device/driver_paths.h"

#if defined(__has_include)
#if __has_include(<CL/cl_icd.h>)
#include <CL/cl_icd.h>
#define CHECK_PLACE(name, place) \
    _Static_assert(offsetof(cl_icd_dispatch, name) == (place) * sizeof(void *), "the place of " #name);
OPENCL_FUNCTIONS(CHECK_PLACE)
#endif
#endif

#define NO_PLATFORM (-1001) /* CL_PLATFORM_NOT_FOUND_KHR, of cl_khr_icd */

/* The library that serves all drivers of the system, by name. */
#if defined(__APPLE__)
static const char *const loaders[] = {"/System/Library/Frameworks/OpenCL.framework/OpenCL", "libOpenCL.1.dylib"};
#else
static const char *const loaders[] = {"libOpenCL.so.1", "libOpenCL.so"};
#endif

static const struct {
    const char *name;
    size_t place, offset;
} functions[] = {
#define FUNCTION(name, place) {#name, place, offsetof(struct opencl, name)},
    OPENCL_FUNCTIONS(FUNCTION)
#undef FUNCTION
};
#define FUNCTIONS (sizeof functions / sizeof functions[0])

typedef cl_int(CL_API_CALL *platform_ids)(cl_uint, cl_platform_id *, cl_uint *);
typedef void *(CL_API_CALL *extension_function)(const char *);

struct library {
    char path[1024];
    platform_ids find;
    bool exports; /* `cl` has its functions; else those of a platform are in its table */
    struct opencl cl;
};

/* A platform of a driver, with the functions of its table. */
struct table {
    struct table *next;
    cl_platform_id platform;
    struct opencl cl;
};

/* Guarded by opencl_enter. */
static struct library libraries[1 + DRIVER_PATHS_MOST];
static size_t library_count;
static struct table *tables;
static char left_out[300];

static void put_function(struct opencl *cl, size_t index, void *function)
{
    memcpy((char *)cl + functions[index].offset, &function, sizeof function);
}

/* Takes the functions that the library exports. The first that it lacks; NULL: none. */
static const char *take_exports(struct library *library, void *handle)
{
    for (size_t i = 0; i < FUNCTIONS; i++) {
        void *function = os_library_function(handle, functions[i].name);
        if (!function)
            return functions[i].name;
        put_function(&library->cl, i, function);
    }
    library->find = library->cl.clGetPlatformIDs;
    library->exports = true;
    return NULL;
}

/* A driver need export one function alone, which returns clIcdGetPlatformIDsKHR. */
static bool take_driver(struct library *library, void *handle)
{
    static const char name[] = "clIcdGetPlatformIDsKHR";
    void *found = os_library_function(handle, name),
         *get = os_library_function(handle, "clGetExtensionFunctionAddress");
    if (!found && get) {
        extension_function find;
        memcpy(&find, &get, sizeof find);
        found = find(name);
    }
    memcpy(&library->find, &found, sizeof found);
    return found != NULL;
}

/* Keeps an opened library if it is OpenCL's; else fills `reason`. */
static bool keep(void *handle, const char *path, char *reason, size_t size)
{
    struct library *library = &libraries[library_count];
    *library = (struct library){.exports = false};
    const char *lacks = take_exports(library, handle);
    if (lacks && !take_driver(library, handle)) {
        snprintf(reason, size, "it is not a library of OpenCL 1.2: it lacks %s", lacks);
        return false;
    }
    void *function;
    memcpy(&function, &library->find, sizeof function);
    if (!os_function_file(function, library->path, sizeof library->path))
        snprintf(library->path, sizeof library->path, "%s", path);
    library->cl.library = library->path;
    library_count++;
    return true;
}

static bool open_library(const char *path, char *reason, size_t size)
{
    void *handle = os_open_library(path, reason, size);
    return handle && keep(handle, path, reason, size);
}

static enum plotmill_status open_named(const char *path, struct plotmill_error *error)
{
    char reason[600];
    if (open_library(path, reason, sizeof reason))
        return PLOTMILL_OK;
    return plotmill_error_set(error, PLOTMILL_NO_DEVICE,
                              "PLOTMILL_OPENCL_LIBRARY=%s cannot be used: %s; expected the path of an OpenCL loader or "
                              "driver, or the variable unset",
                              path, reason);
}

static bool open_loader(const struct log *log)
{
    char reason[600];
    void *program = os_open_library(NULL, reason, sizeof reason);
    if (program && os_library_function(program, "clGetPlatformIDs") &&
        keep(program, "this program", reason, sizeof reason))
        return true;
    for (size_t i = 0; i < sizeof loaders / sizeof loaders[0]; i++) {
        if (open_library(loaders[i], reason, sizeof reason))
            return true;
        log_line(log, PLOTMILL_LOG_DETAIL, "%s was not opened: %s", loaders[i], reason);
    }
    return false;
}

static void leave_out(const struct log *log, const char *driver, const char *origin, const char *reason)
{
    snprintf(left_out, sizeof left_out, "%.120s (%s): %.120s", driver, origin, reason);
    log_line(log, PLOTMILL_LOG_WARNING, "the OpenCL driver %s (%s) was left out: %s", driver, origin, reason);
}

static void open_drivers(bool loader, const struct log *log)
{
    const struct system_view view = system_view_here();
    struct driver_paths *found = calloc(1, sizeof *found);
    char reason[600];
    if (found)
        driver_paths_find(&view, loader, found);
    for (size_t i = 0; found && i < found->count; i++) {
        const struct driver_path *driver = &found->paths[i];
        if (open_library(driver->path, reason, sizeof reason))
            log_line(log, PLOTMILL_LOG_INFO, "OpenCL: opened the driver %s (%s)", driver->path, driver->origin);
        else
            leave_out(log, driver->path, driver->origin, reason);
    }
    free(found);
}

static enum plotmill_status open_libraries(const struct log *log, struct plotmill_error *error)
{
    const char *named = getenv("PLOTMILL_OPENCL_LIBRARY");
    if (named && *named)
        return open_named(named, error);
    open_drivers(open_loader(log), log);
    return PLOTMILL_OK;
}

/* The functions of a platform of a driver. NULL: out of memory. */
static const struct opencl *table_of(const struct library *library, cl_platform_id platform)
{
    void *const *places;
    for (struct table *table = tables; table; table = table->next)
        if (table->platform == platform)
            return &table->cl;
    struct table *made = calloc(1, sizeof *made);
    if (!made)
        return NULL;
    memcpy(&places, platform, sizeof places);
    for (size_t i = 0; i < FUNCTIONS; i++)
        put_function(&made->cl, i, places[functions[i].place]);
    made->cl.library = library->path;
    made->platform = platform;
    made->next = tables;
    tables = made;
    return &made->cl;
}

/* Appends the platforms of a library that are not there yet: a loader and OCL_ICD_FILENAMES may offer the same. */
static enum plotmill_status append(struct opencl_platform **platforms, size_t *count, const struct library *library,
                                   struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct opencl_platform *longer;
    cl_platform_id *ids = NULL;
    cl_uint most = 0, filled = 0;
    cl_int code = library->find(0, NULL, &most);
    if (code == NO_PLATFORM || (code == CL_SUCCESS && most == 0))
        return PLOTMILL_OK;
    if (code != CL_SUCCESS)
        CL_FAIL(error, code, "clGetPlatformIDs");
    TRY_ALLOCATE(error, ids, most, sizeof *ids);
    code = library->find(most, ids, &filled);
    if (code != CL_SUCCESS)
        CL_FAIL(error, code, "clGetPlatformIDs");
    longer = realloc(*platforms, (*count + most) * sizeof **platforms);
    TRY_MEMORY(error, longer);
    *platforms = longer;
    for (cl_uint i = 0; i < most && i < filled; i++) {
        bool known = false;
        for (size_t k = 0; k < *count; k++)
            known = known || longer[k].id == ids[i];
        if (known)
            continue;
        const struct opencl *cl = library->exports ? &library->cl : table_of(library, ids[i]);
        TRY_MEMORY(error, cl);
        longer[(*count)++] = (struct opencl_platform){cl, ids[i]};
    }
done:
    free(ids);
    return status;
}

enum plotmill_status opencl_find_platforms(struct opencl_platform **platforms, size_t *count, const struct log *log,
                                           struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    *platforms = NULL;
    *count = 0;
    if (!library_count)
        TRY(open_libraries(log, error));
    for (size_t i = 0; i < library_count; i++) {
        struct plotmill_error failure;
        status = append(platforms, count, &libraries[i], &failure);
        /* The other libraries stay usable where one is broken. */
        if (status == PLOTMILL_DEVICE_FAILED && library_count > 1)
            log_line(log, PLOTMILL_LOG_WARNING, "the platforms of %s were left out: %s", libraries[i].path,
                     failure.message);
        else if (status)
            FAIL(error, status, "%s", failure.message);
    }
    status = PLOTMILL_OK;
done:
    if (status) {
        free(*platforms);
        *platforms = NULL;
        *count = 0;
    }
    return status;
}

const char *opencl_left_out(void)
{
    return left_out;
}

void opencl_list_libraries(char *text, size_t size)
{
    size_t used = 0;
    *text = 0;
    for (size_t i = 0; i < library_count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "", libraries[i].path);
}
