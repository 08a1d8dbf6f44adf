/* Chooses devices of a list by a text. No OpenCL calls.
 *
 * The order of preference, for "auto" and among several matches: GPU, accelerator, CPU; discrete before integrated;
 * more memory; first in the list. A chip that two platforms offer counts once, under its first index; an index, or a
 * text that matches only the later one, still selects that one. */
#ifndef DEVICE_CHOOSE_H
#define DEVICE_CHOOSE_H

#include <stddef.h>

#include "device/discover.h"

/* The devices that share a job. `text` is a list of device texts (see api_device_choose) separated by commas, or
 * "all": every usable chip once, in the order of preference. NULL: $PLOTMILL_DEVICE, else auto. A name may contain
 * commas: the longest part of the text that matches a device is one entry. Fills chosen[0..*count-1], at most `most`,
 * in the order of the text, each with the reason of its choice. PLOTMILL_BAD_INPUT when an entry is empty, when two
 * entries select one device, and when there are more than `most`; PLOTMILL_NO_DEVICE when an entry matches no device:
 * the message lists the devices, or says what to install. */
enum plotmill_status device_choose_several(const struct device_list *list, const char *text, struct device_info *chosen,
                                           size_t most, size_t *count, struct plotmill_error *error);

/* One device. Of several that $PLOTMILL_DEVICE names, the first: it is set for all commands, and some take one device.
 */
enum plotmill_status device_choose(const struct device_list *list, const char *text, struct device_info *chosen,
                                   struct plotmill_error *error);

/* The usable chips other than those of the devices chosen[0..count-1], in the order of preference. Fills others[0..]
 * with at most `most`, and returns how many. */
size_t device_choose_others(const struct device_list *list, const size_t *chosen, size_t count, size_t *others,
                            size_t most);

/* Sets is_default and reason of the device that "auto" selects, if there is one. */
void device_mark_default(struct device_list *list);

#endif
