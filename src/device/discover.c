#include "device/discover.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "device/choose.h"
#include "device/library.h"
#include "device/process.h"

const char *device_type_name(enum device_type type)
{
    static const char *const names[] = {"GPU", "accelerator", "CPU", "other"};
    return names[type];
}

/* Longer than any driver's texts, lists of extensions included. Too large for the stack of some threads. */
#define TEXT_SIZE 16384

/* Drivers pad names with spaces, and control characters would break a table. All text fields have one size. */
static void copy_text(char *to, const char *from)
{
    from += strspn(from, " \t\r\n");
    snprintf(to, sizeof((struct device_info *)0)->name, "%s", from);
    for (char *c = to; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = ' ';
    for (size_t end = strlen(to); end > 0 && to[end - 1] == ' ';)
        to[--end] = 0;
}

/* Is the parameter present and false? */
static bool is_false(const struct opencl *cl, cl_device_id id, cl_device_info name)
{
    cl_bool value = CL_TRUE;
    return cl->clGetDeviceInfo(id, name, sizeof value, &value, NULL) == CL_SUCCESS && !value;
}

static const char *find_obstacle(const struct opencl *cl, cl_device_id id, const char *version)
{
    char profile[32] = "";
    unsigned major = 0, minor = 0;
    if (is_false(cl, id, CL_DEVICE_AVAILABLE))
        return "it is not available";
    if (is_false(cl, id, CL_DEVICE_COMPILER_AVAILABLE))
        return "its driver has no compiler";
    if (sscanf(version, "OpenCL %u.%u", &major, &minor) == 2 && major * 10 + minor < 12)
        return "it is older than OpenCL 1.2";
    /* The embedded profile may round differently, so its images could differ from all others. */
    if (!cl->clGetDeviceInfo(id, CL_DEVICE_PROFILE, sizeof profile, profile, NULL) &&
        !strcmp(profile, "EMBEDDED_PROFILE"))
        return "it supports OpenCL's embedded profile only";
    return NULL;
}

static enum device_type type_of(const struct opencl *cl, cl_device_id id, const char *name)
{
    cl_device_type type = CL_DEVICE_TYPE_CUSTOM;
    cl->clGetDeviceInfo(id, CL_DEVICE_TYPE, sizeof type, &type, NULL);
    /* Simulators claim several types at once, and Mesa's software rasterizer has called itself a GPU: neither may be
     * preferred over real hardware. */
    if (type & CL_DEVICE_TYPE_CPU || strstr(name, "llvmpipe") || strstr(name, "softpipe"))
        return DEVICE_TYPE_CPU;
    if (type & CL_DEVICE_TYPE_GPU)
        return DEVICE_TYPE_GPU;
    return type & CL_DEVICE_TYPE_ACCELERATOR ? DEVICE_TYPE_ACCELERATOR : DEVICE_TYPE_OTHER;
}

/* text: room for TEXT_SIZE bytes. */
static void describe(struct device_entry *entry, char *text, const struct log *log)
{
    const struct opencl *cl = entry->cl;
    struct device_info *info = &entry->info;
    size_t work_group = 0;
    const struct {
        cl_device_info name;
        void *value;
        size_t size; /* 0: a text */
    } queries[] = {
        {CL_DEVICE_NAME, info->name, 0},
        {CL_DEVICE_VENDOR, info->vendor, 0},
        {CL_DRIVER_VERSION, info->driver, 0},
        {CL_DEVICE_VERSION, info->version, 0},
        {CL_DEVICE_MAX_COMPUTE_UNITS, &info->compute_units, sizeof(cl_uint)},
        {CL_DEVICE_GLOBAL_MEM_SIZE, &info->memory, sizeof(cl_ulong)},
        {CL_DEVICE_MAX_MEM_ALLOC_SIZE, &info->max_allocation, sizeof(cl_ulong)},
        {CL_DEVICE_MAX_WORK_GROUP_SIZE, &work_group, sizeof work_group},
    };
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        const size_t size = queries[i].size;
        memset(text, 0, TEXT_SIZE);
        const cl_int code = cl->clGetDeviceInfo(entry->id, queries[i].name, size ? size : TEXT_SIZE - 1,
                                                size ? queries[i].value : text, NULL);
        if (!size)
            copy_text(queries[i].value, text);
        if (code == CL_SUCCESS)
            continue;
        entry->unusable = "its driver does not describe it";
        log_line(log, PLOTMILL_LOG_DETAIL, "device %u of %s: query 0x%x failed: %s (%d)", (unsigned)info->index,
                 info->platform, (unsigned)queries[i].name, cl_error_name(code), code);
    }
    info->max_work_group = work_group;
    info->type = type_of(cl, entry->id, info->name);
    info->discrete = info->type == DEVICE_TYPE_GPU && is_false(cl, entry->id, CL_DEVICE_HOST_UNIFIED_MEMORY);
    if (!entry->unusable)
        entry->unusable = find_obstacle(cl, entry->id, info->version);
    if (entry->unusable)
        log_line(log, PLOTMILL_LOG_WARNING, "device %u, %s (%s), cannot be used: %s", (unsigned)info->index, info->name,
                 info->platform, entry->unusable);
}

/* From extensions that some OpenCL headers lack. */
#define QUERY_PCI_BUS_INFO 0x410F /* cl_khr_pci_bus_info */
#define QUERY_UUID 0x106A         /* cl_khr_device_uuid */
#define QUERY_NV_BUS 0x4008       /* cl_nv_device_attribute_query */
#define QUERY_NV_SLOT 0x4009
#define QUERY_NV_DOMAIN 0x400A
#define QUERY_AMD_TOPOLOGY 0x4037 /* cl_amd_device_attribute_query */
#define AMD_TOPOLOGY_PCIE 1

static bool query(const struct opencl *cl, cl_device_id id, cl_device_info name, void *value, size_t size)
{
    return cl->clGetDeviceInfo(id, name, size, value, NULL) == CL_SUCCESS;
}

static void identify(struct device_identity *identity, const struct opencl *cl, cl_device_id id, char *extensions)
{
    static const unsigned char no_uuid[sizeof identity->uuid];
    struct pci_address *pci = &identity->pci;
    cl_uint slot, type;
    unsigned char topology[24]; /* a type of 4 bytes, 17 unused, then bus, device and function of a byte each */
    memset(extensions, 0, TEXT_SIZE);
    if (!query(cl, id, CL_DEVICE_EXTENSIONS, extensions, TEXT_SIZE - 1))
        return;
    if (strstr(extensions, "cl_khr_pci_bus_info") && query(cl, id, QUERY_PCI_BUS_INFO, pci, sizeof *pci)) {
        identity->has_pci = true;
    } else if (strstr(extensions, "cl_nv_device_attribute_query") &&
               query(cl, id, QUERY_NV_BUS, &pci->bus, sizeof pci->bus) &&
               query(cl, id, QUERY_NV_SLOT, &slot, sizeof slot)) {
        identity->has_pci = true;
        pci->slot = slot >> 3; /* packed as PCI does */
        pci->function = slot & 7;
        if (!query(cl, id, QUERY_NV_DOMAIN, &pci->domain, sizeof pci->domain))
            pci->domain = PCI_DOMAIN_UNKNOWN;
    } else if (strstr(extensions, "cl_amd_device_attribute_query") &&
               query(cl, id, QUERY_AMD_TOPOLOGY, topology, sizeof topology)) {
        memcpy(&type, topology, sizeof type);
        identity->has_pci = type == AMD_TOPOLOGY_PCIE;
        *pci = (struct pci_address){PCI_DOMAIN_UNKNOWN, topology[21], topology[22], topology[23]};
    }
    identity->has_uuid = strstr(extensions, "cl_khr_device_uuid") &&
                         query(cl, id, QUERY_UUID, identity->uuid, sizeof identity->uuid) &&
                         memcmp(identity->uuid, no_uuid, sizeof no_uuid) != 0;
}

bool device_same_chip(const struct device_identity *a, const struct device_identity *b)
{
    if (a->is_cpu || b->is_cpu)
        return a->is_cpu && b->is_cpu;
    if (a->platform == b->platform)
        return false;
    /* The address first: two drivers may invent two UUIDs for one chip. */
    const struct pci_address *x = &a->pci, *y = &b->pci;
    if (a->has_pci && b->has_pci)
        return (x->domain == y->domain || x->domain == PCI_DOMAIN_UNKNOWN || y->domain == PCI_DOMAIN_UNKNOWN) &&
               x->bus == y->bus && x->slot == y->slot && x->function == y->function;
    return a->has_uuid && b->has_uuid && memcmp(a->uuid, b->uuid, sizeof a->uuid) == 0;
}

static enum plotmill_status add_platform(struct device_list *list, const struct opencl_platform *platform,
                                         const struct log *log, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct opencl *cl = platform->cl;
    char *text = NULL, name[sizeof list->entries->info.platform];
    cl_device_id *ids = NULL;
    cl_uint found = 0, count = 0;
    TRY_ALLOCATE(error, text, TEXT_SIZE, 1);
    CL_TRY(error, cl->clGetPlatformInfo(platform->id, CL_PLATFORM_NAME, TEXT_SIZE - 1, text, NULL));
    copy_text(name, text);
    const cl_int code = cl->clGetDeviceIDs(platform->id, CL_DEVICE_TYPE_ALL, 0, NULL, &found);
    if (code != CL_SUCCESS && code != CL_DEVICE_NOT_FOUND)
        CL_FAIL(error, code, "clGetDeviceIDs");
    if (code == CL_SUCCESS && found) {
        TRY_ALLOCATE(error, ids, found, sizeof(cl_device_id));
        CL_TRY(error, cl->clGetDeviceIDs(platform->id, CL_DEVICE_TYPE_ALL, found, ids, &count));
        count = MIN(count, found);
    }
    list->pocl_is_silent = list->pocl_is_silent || (count == 0 && !strcmp(name, "Portable Computing Language"));
    struct device_entry *entries = realloc(list->entries, (list->count + count + 1) * sizeof *entries);
    if (!entries)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory: a list of %zu devices", list->count + count);
    list->entries = entries;
    for (cl_uint i = 0; i < count; i++) {
        struct device_entry *entry = &entries[list->count];
        *entry = (struct device_entry){
            .cl = cl, .platform = platform->id, .id = ids[i], .identity = {.platform = list->platforms}};
        entry->info.index = (uint32_t)list->count;
        snprintf(entry->info.platform, sizeof entry->info.platform, "%s", name);
        snprintf(entry->info.library, sizeof entry->info.library, "%s", cl->library);
        describe(entry, text, log);
        entry->identity.is_cpu = entry->info.type == DEVICE_TYPE_CPU;
        identify(&entry->identity, entry->cl, entry->id, text);
        entry->info.duplicate_of = -1;
        for (size_t k = list->count; k-- > 0;)
            if (device_same_chip(&entries[k].identity, &entry->identity))
                entry->info.duplicate_of = (int)k;
        list->count++;
    }
done:
    free(text);
    free(ids);
    return status;
}

enum plotmill_status device_list_find(struct device_list *list, const struct log *log, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct opencl_platform *platforms = NULL;
    size_t found;
    *list = (struct device_list){0};
    status = opencl_enter(error);
    if (status)
        return status;
    TRY(opencl_find_platforms(&platforms, &found, log, error));
    opencl_list_libraries(list->opened, sizeof list->opened);
    list->no_library = !*list->opened;
    snprintf(list->left_out, sizeof list->left_out, "%s", opencl_left_out());
    for (size_t i = 0; i < found; i++, list->platforms++) {
        struct plotmill_error failure = {0};
        status = add_platform(list, &platforms[i], log, &failure);
        /* The devices of other drivers stay usable where one driver is broken. */
        if (status == PLOTMILL_DEVICE_FAILED) {
            log_line(log, PLOTMILL_LOG_WARNING, "an OpenCL platform was left out: %s", failure.message);
            snprintf(list->left_out, sizeof list->left_out, "%.*s", (int)sizeof list->left_out - 1, failure.message);
        } else if (status != PLOTMILL_OK)
            FAIL(error, status, "%s", failure.message);
    }
    status = PLOTMILL_OK;
    if (list->pocl_is_silent && list->count > 0)
        log_line(log, PLOTMILL_LOG_WARNING, "PoCL offers no device: is its cache folder writable? (POCL_CACHE_DIR)");
    device_mark_default(list);
done:
    opencl_leave();
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

bool device_ends_loops(const struct device_info *device)
{
    return strstr(device->name, "llvmpipe") != NULL;
}
