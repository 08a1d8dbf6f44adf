/* Which device of a list a text means. Nothing here talks to OpenCL. */
#ifndef DEVICE_CHOOSE_H
#define DEVICE_CHOOSE_H

#include <stddef.h>

#include "device/discover.h"

/* `text` as in plotmill_device_choose (NULL: $PLOTMILL_DEVICE, else auto; of several that the variable names, the
 * first: it is set for all commands, and some take one device alone). The order of "auto", and among several that fit:
 * GPU, accelerator, CPU; discrete before integrated; more memory; first in the list. A chip that two platforms offer
 * counts once, under its first index; an index or a text that fits the later one alone still means that one. Fills
 * *index and one line of why. PLOTMILL_NO_DEVICE when nothing fits: the message lists the devices, or says what to
 * install. */
enum plotmill_status device_choose(const struct device_list *list, const char *text, size_t *index, char *reason,
                                   size_t reason_size, struct plotmill_error *error);

/* One device of the list, and one line of why. */
struct device_choice {
    size_t index;
    char reason[sizeof((struct plotmill_device *)0)->reason];
};

/* The devices that share a job: `text` as above, or several with commas between them, or "all": every usable chip once,
 * in the order of "auto". A name may hold commas itself: the longest part of the text that fits a device counts as one.
 * Fills choices[0..*count-1], at most `most` of them, in the order of the text. PLOTMILL_BAD_INPUT when a part is
 * empty, when two mean one device, and when there are more than `most`. */
enum plotmill_status device_choose_several(const struct device_list *list, const char *text,
                                           struct device_choice *choices, size_t most, size_t *count,
                                           struct plotmill_error *error);

#endif
