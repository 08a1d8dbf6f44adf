#include "device/duplicates.h"

#include <stdlib.h>
#include <string.h>

#include "device/opencl.h"

/* From extensions that not every set of headers knows. */
#define QUERY_PCI_BUS_INFO 0x410F /* cl_khr_pci_bus_info */
#define QUERY_UUID 0x106A         /* cl_khr_device_uuid */
#define QUERY_NV_BUS 0x4008       /* cl_nv_device_attribute_query */
#define QUERY_NV_SLOT 0x4009
#define QUERY_NV_DOMAIN 0x400A
#define QUERY_AMD_TOPOLOGY 0x4037 /* cl_amd_device_attribute_query */
#define AMD_TOPOLOGY_PCIE 1

static bool ask(void *id, cl_device_info query, void *value, size_t size)
{
    return clGetDeviceInfo(id, query, size, value, NULL) == CL_SUCCESS;
}

static void read_khr_pci(struct device_identity *identity, void *id)
{
    cl_uint address[4]; /* domain, bus, device, function */
    if (!ask(id, QUERY_PCI_BUS_INFO, address, sizeof address))
        return;
    identity->has_pci = true;
    identity->domain = address[0];
    identity->bus = address[1];
    identity->slot = address[2];
    identity->function = address[3];
}

static void read_nv_pci(struct device_identity *identity, void *id)
{
    cl_uint bus, slot, domain;
    if (identity->has_pci || !ask(id, QUERY_NV_BUS, &bus, sizeof bus) || !ask(id, QUERY_NV_SLOT, &slot, sizeof slot))
        return;
    identity->has_pci = true;
    identity->domain = ask(id, QUERY_NV_DOMAIN, &domain, sizeof domain) ? domain : DEVICE_DOMAIN_UNKNOWN;
    identity->bus = bus;
    identity->slot = slot >> 3; /* the slot's number stands above three bits of function, as PCI packs them */
    identity->function = slot & 7;
}

static void read_amd_pci(struct device_identity *identity, void *id)
{
    /* a type of 4 bytes, 17 unused, then bus, device and function of a byte each */
    unsigned char topology[24];
    cl_uint type;
    if (identity->has_pci || !ask(id, QUERY_AMD_TOPOLOGY, topology, sizeof topology))
        return;
    memcpy(&type, topology, sizeof type);
    if (type != AMD_TOPOLOGY_PCIE)
        return;
    identity->has_pci = true;
    identity->domain = DEVICE_DOMAIN_UNKNOWN;
    identity->bus = topology[21];
    identity->slot = topology[22];
    identity->function = topology[23];
}

static void read_uuid(struct device_identity *identity, void *id)
{
    static const unsigned char none[sizeof identity->uuid];
    identity->has_uuid =
        ask(id, QUERY_UUID, identity->uuid, sizeof identity->uuid) && memcmp(identity->uuid, none, sizeof none) != 0;
}

void device_identity_read(struct device_identity *identity, void *id)
{
    size_t size = 0;
    if (clGetDeviceInfo(id, CL_DEVICE_EXTENSIONS, 0, NULL, &size) != CL_SUCCESS || size == 0)
        return;
    char *extensions = calloc(size + 1, 1);
    if (extensions && ask(id, CL_DEVICE_EXTENSIONS, extensions, size)) {
        if (strstr(extensions, "cl_khr_pci_bus_info"))
            read_khr_pci(identity, id);
        if (strstr(extensions, "cl_nv_device_attribute_query"))
            read_nv_pci(identity, id);
        if (strstr(extensions, "cl_amd_device_attribute_query"))
            read_amd_pci(identity, id);
        if (strstr(extensions, "cl_khr_device_uuid"))
            read_uuid(identity, id);
    }
    free(extensions);
}

static bool same_address(const struct device_identity *a, const struct device_identity *b)
{
    bool same_domain =
        a->domain == b->domain || a->domain == DEVICE_DOMAIN_UNKNOWN || b->domain == DEVICE_DOMAIN_UNKNOWN;
    return same_domain && a->bus == b->bus && a->slot == b->slot && a->function == b->function;
}

bool device_same_chip(const struct device_identity *a, const struct device_identity *b)
{
    if (a->is_cpu || b->is_cpu)
        return a->is_cpu && b->is_cpu;
    if (a->platform == b->platform)
        return false;
    /* The address first: two drivers may make up two UUIDs for one chip. */
    if (a->has_pci && b->has_pci)
        return same_address(a, b);
    return a->has_uuid && b->has_uuid && memcmp(a->uuid, b->uuid, sizeof a->uuid) == 0;
}
