/* Which device of a list a text means. Nothing here talks to OpenCL. */
#ifndef DEVICE_CHOOSE_H
#define DEVICE_CHOOSE_H

#include <stddef.h>

#include "device/discover.h"

/* `text` as in plotmill_device_choose (NULL: $PLOTMILL_DEVICE, else auto). The order of "auto", and among several that
 * fit: GPU, accelerator, CPU; discrete before integrated; more memory; first in the list. A chip that two platforms
 * offer counts once, under its first index; an index or a text that fits the later one alone still means that one.
 * Fills *index and one line of why. PLOTMILL_NO_DEVICE when nothing fits: the message lists the devices, or says what
 * to install. */
enum plotmill_status device_choose(const struct device_list *list, const char *text, size_t *index, char *reason,
                                   size_t reason_size, struct plotmill_error *error);

/* Sets is_default and reason of the device that "auto" means, if there is one. */
void device_mark_default(struct device_list *list);

#endif
