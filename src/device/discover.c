#include "device/discover.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/opencl.h"
#include "device/rank.h"

#define NO_PLATFORM (-1001) /* CL_PLATFORM_NOT_FOUND_KHR, of cl_khr_icd */

/* What fills struct plotmill_device, in one place. */
static const struct query {
    cl_device_info name;
    size_t offset;
    enum { QUERY_TEXT, QUERY_UINT, QUERY_ULONG, QUERY_SIZE } kind;
} queries[] = {
    {CL_DEVICE_NAME, offsetof(struct plotmill_device, name), QUERY_TEXT},
    {CL_DEVICE_VENDOR, offsetof(struct plotmill_device, vendor), QUERY_TEXT},
    {CL_DRIVER_VERSION, offsetof(struct plotmill_device, driver), QUERY_TEXT},
    {CL_DEVICE_VERSION, offsetof(struct plotmill_device, version), QUERY_TEXT},
    {CL_DEVICE_MAX_COMPUTE_UNITS, offsetof(struct plotmill_device, compute_units), QUERY_UINT},
    {CL_DEVICE_GLOBAL_MEM_SIZE, offsetof(struct plotmill_device, memory), QUERY_ULONG},
    {CL_DEVICE_MAX_MEM_ALLOC_SIZE, offsetof(struct plotmill_device, max_allocation), QUERY_ULONG},
    {CL_DEVICE_MAX_WORK_GROUP_SIZE, offsetof(struct plotmill_device, max_work_group), QUERY_SIZE},
};

/* Drivers pad names with spaces, and a name must not break a table's line. */
static void copy_trimmed(char *to, size_t size, const char *from)
{
    from += strspn(from, " \t\r\n");
    snprintf(to, size, "%s", from);
    for (char *c = to; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = ' ';
    for (size_t end = strlen(to); end > 0 && to[end - 1] == ' ';)
        to[--end] = 0;
}

static cl_int read_text(cl_device_id id, cl_device_info name, char *to, size_t to_size)
{
    size_t size = 0;
    cl_int code = clGetDeviceInfo(id, name, 0, NULL, &size);
    if (code != CL_SUCCESS)
        return code;
    char *text = calloc(size + 1, 1);
    if (!text)
        return CL_OUT_OF_HOST_MEMORY;
    code = clGetDeviceInfo(id, name, size, text, NULL);
    if (code == CL_SUCCESS)
        copy_trimmed(to, to_size, text);
    free(text);
    return code;
}

static cl_int read_query(struct plotmill_device *info, cl_device_id id, const struct query *query)
{
    char *field = (char *)info + query->offset;
    size_t size = 0;
    cl_int code = CL_SUCCESS;
    switch (query->kind) {
    case QUERY_TEXT: /* all text fields have one size */
        return read_text(id, query->name, field, sizeof info->name);
    case QUERY_UINT:
        return clGetDeviceInfo(id, query->name, sizeof(cl_uint), field, NULL);
    case QUERY_ULONG:
        return clGetDeviceInfo(id, query->name, sizeof(cl_ulong), field, NULL);
    case QUERY_SIZE:
        code = clGetDeviceInfo(id, query->name, sizeof size, &size, NULL);
        *(uint64_t *)(void *)field = size;
    }
    return code;
}

static enum plotmill_device_type type_of(cl_device_type type, const char *name)
{
    /* Simulators claim several types at once, and Mesa's software rasteriser has called itself a GPU: neither may come
     * before real hardware. */
    if (type & CL_DEVICE_TYPE_CPU || strstr(name, "llvmpipe") || strstr(name, "softpipe"))
        return PLOTMILL_DEVICE_CPU;
    if (type & CL_DEVICE_TYPE_GPU)
        return PLOTMILL_DEVICE_GPU;
    return type & CL_DEVICE_TYPE_ACCELERATOR ? PLOTMILL_DEVICE_ACCELERATOR : PLOTMILL_DEVICE_OTHER;
}

static bool is_false(cl_device_id id, cl_device_info name)
{
    cl_bool value = CL_TRUE;
    return clGetDeviceInfo(id, name, sizeof value, &value, NULL) == CL_SUCCESS && !value;
}

static const char *why_unusable(cl_device_id id, const char *version)
{
    char profile[32] = "";
    unsigned major = 0, minor = 0;
    if (is_false(id, CL_DEVICE_AVAILABLE))
        return "it is not available";
    if (is_false(id, CL_DEVICE_COMPILER_AVAILABLE))
        return "its driver has no compiler";
    if (sscanf(version, "OpenCL %u.%u", &major, &minor) == 2 && major * 10 + minor < 12)
        return "it is older than OpenCL 1.2";
    /* The embedded profile may round otherwise, so that its images could differ from all others. */
    if (!clGetDeviceInfo(id, CL_DEVICE_PROFILE, sizeof profile, profile, NULL) && !strcmp(profile, "EMBEDDED_PROFILE"))
        return "it has OpenCL's embedded profile only";
    return NULL;
}

static void describe(struct device_entry *entry, const struct log *log)
{
    struct plotmill_device *info = &entry->info;
    cl_device_type type = 0;
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        cl_int code = read_query(info, entry->id, &queries[i]);
        if (code == CL_SUCCESS)
            continue;
        entry->unusable = "its driver does not describe it";
        log_line(log, PLOTMILL_LOG_DETAIL, "device %u of %s: query 0x%x: %s (%d)", (unsigned)info->index,
                 info->platform, (unsigned)queries[i].name, cl_error_name(code), code);
    }
    if (clGetDeviceInfo(entry->id, CL_DEVICE_TYPE, sizeof type, &type, NULL) != CL_SUCCESS)
        type = CL_DEVICE_TYPE_CUSTOM;
    info->type = type_of(type, info->name);
    info->discrete = info->type == PLOTMILL_DEVICE_GPU && is_false(entry->id, CL_DEVICE_HOST_UNIFIED_MEMORY);
    if (!entry->unusable)
        entry->unusable = why_unusable(entry->id, info->version);
    if (entry->unusable)
        log_line(log, PLOTMILL_LOG_WARNING, "device %u, %s (%s), cannot be used: %s", (unsigned)info->index, info->name,
                 info->platform, entry->unusable);
    entry->identity.is_cpu = info->type == PLOTMILL_DEVICE_CPU;
    device_identity_read(&entry->identity, entry->id);
}

static int find_duplicate(const struct device_list *list, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (device_same_chip(&list->entries[i].identity, &list->entries[index].identity))
            return (int)i;
    return -1;
}

static enum plotmill_status list_devices(cl_platform_id platform, cl_device_id **ids, cl_uint *count,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    cl_uint found = 0;
    *count = 0;
    cl_int code = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, NULL, &found);
    if (code == CL_DEVICE_NOT_FOUND || (code == CL_SUCCESS && found == 0))
        goto done;
    if (code != CL_SUCCESS)
        CL_FAIL(error, code, "clGetDeviceIDs");
    TRY_ALLOCATE(error, *ids, found, sizeof(cl_device_id));
    CL_TRY(error, clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, found, *ids, count));
    *count = *count < found ? *count : found;
done:
    return status;
}

static enum plotmill_status add_devices(struct device_list *list, cl_platform_id platform, const char *name,
                                        const struct log *log, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    cl_device_id *ids = NULL;
    cl_uint count = 0;
    TRY(list_devices(platform, &ids, &count, error));
    if (count == 0)
        goto done;
    struct device_entry *entries = realloc(list->entries, (list->count + count) * sizeof *entries);
    if (!entries)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory: a list of %zu devices", list->count + count);
    list->entries = entries;
    for (cl_uint i = 0; i < count; i++, list->count++) {
        struct device_entry *entry = &list->entries[list->count];
        *entry = (struct device_entry){.platform = platform, .id = ids[i], .identity = {.platform = list->platforms}};
        entry->info.index = (uint32_t)list->count;
        snprintf(entry->info.platform, sizeof entry->info.platform, "%s", name);
        describe(entry, log);
        entry->info.duplicate_of = find_duplicate(list, list->count);
    }
done:
    list->pocl_is_silent = list->pocl_is_silent || (count == 0 && !strcmp(name, "Portable Computing Language"));
    free(ids);
    return status;
}

static enum plotmill_status add_platform(struct device_list *list, cl_platform_id platform, const struct log *log,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char name[sizeof list->entries->info.platform];
    char *text = NULL;
    size_t size = 0;
    CL_TRY(error, clGetPlatformInfo(platform, CL_PLATFORM_NAME, 0, NULL, &size));
    TRY_ALLOCATE(error, text, size + 1, 1);
    CL_TRY(error, clGetPlatformInfo(platform, CL_PLATFORM_NAME, size, text, NULL));
    copy_trimmed(name, sizeof name, text);
    TRY(add_devices(list, platform, name, log, error));
done:
    free(text);
    return status;
}

enum plotmill_status device_list_find(struct device_list *list, const struct log *log, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    cl_platform_id *platforms = NULL;
    cl_uint found = 0, filled = 0;
    *list = (struct device_list){0};
    const cl_int code = clGetPlatformIDs(0, NULL, &found);
    if (code == NO_PLATFORM || (code == CL_SUCCESS && found == 0))
        goto done;
    if (code != CL_SUCCESS)
        CL_FAIL(error, code, "clGetPlatformIDs");
    TRY_ALLOCATE(error, platforms, found, sizeof(cl_platform_id));
    CL_TRY(error, clGetPlatformIDs(found, platforms, &filled));
    for (cl_uint i = 0; i < found && i < filled; i++, list->platforms++) {
        struct plotmill_error failure = {0};
        status = add_platform(list, platforms[i], log, &failure);
        /* One broken driver must not take the others' devices away. */
        if (status == PLOTMILL_DEVICE_FAILED) {
            log_line(log, PLOTMILL_LOG_WARNING, "an OpenCL platform is left out: %s", failure.message);
            snprintf(list->left_out, sizeof list->left_out, "%.*s", (int)sizeof list->left_out - 1, failure.message);
        } else if (status != PLOTMILL_OK)
            FAIL(error, status, "%s", failure.message);
    }
    status = PLOTMILL_OK;
    if (list->pocl_is_silent && list->count > 0)
        log_line(log, PLOTMILL_LOG_WARNING, "PoCL offers no device: is its cache folder writable? (POCL_CACHE_DIR)");
    device_mark_default(list);
done:
    free(platforms);
    if (status != PLOTMILL_OK)
        device_list_free(list);
    return status;
}

void device_list_free(struct device_list *list)
{
    free(list->entries);
    *list = (struct device_list){0};
}

bool device_ends_loops(const struct plotmill_device *device)
{
    return strstr(device->name, "llvmpipe") != NULL;
}
