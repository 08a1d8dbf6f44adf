/* Recognizing one chip that several platforms offer. */
#include <criterion/criterion.h>

#include "device/discover.h"

Test(duplicates, by_address)
{
    struct device_identity a = {.platform = 0, .has_pci = true, .pci = {0, 3, 1, 0}};
    struct device_identity b = a;
    cr_assert(!device_same_chip(&a, &b), "one platform lists a GPU once");
    b.platform = 1;
    cr_assert(device_same_chip(&a, &b));
    b.pci.domain = 1;
    cr_assert(!device_same_chip(&a, &b));
    b.pci.domain = PCI_DOMAIN_UNKNOWN;
    cr_assert(device_same_chip(&a, &b) && device_same_chip(&b, &a));
    b.pci.bus = 4;
    cr_assert(!device_same_chip(&a, &b));
    b.pci.bus = 3, b.pci.slot = 2;
    cr_assert(!device_same_chip(&a, &b));
    b.pci.slot = 1, b.pci.function = 1;
    cr_assert(!device_same_chip(&a, &b));
}

Test(duplicates, by_uuid)
{
    struct device_identity a = {.platform = 0, .has_uuid = true, .uuid = {1, 2, 3}};
    struct device_identity b = {.platform = 1, .has_uuid = true, .uuid = {1, 2, 3}};
    cr_assert(device_same_chip(&a, &b));
    b.uuid[15] = 9;
    cr_assert(!device_same_chip(&a, &b));
    a.has_pci = b.has_pci = true; /* the address decides where both have one */
    cr_assert(device_same_chip(&a, &b));
    a.pci.bus = 1, b.uuid[15] = 0;
    cr_assert(!device_same_chip(&a, &b));
    a.has_pci = false;
    cr_assert(device_same_chip(&a, &b));
    a.has_uuid = false;
    cr_assert(!device_same_chip(&a, &b), "nothing known is not the same");
}

Test(duplicates, processors)
{
    struct device_identity cpu = {.is_cpu = true}, other = {.is_cpu = true, .platform = 1}, gpu = {.platform = 2};
    cr_assert(device_same_chip(&cpu, &other));
    cr_assert(device_same_chip(&cpu, &cpu), "also on one platform");
    cr_assert(!device_same_chip(&cpu, &gpu) && !device_same_chip(&gpu, &cpu));
}
