/* The order of preference among the devices of a list, and what follows from it whatever was asked for. */
#ifndef DEVICE_RANK_H
#define DEVICE_RANK_H

#include <stdbool.h>
#include <stddef.h>

#include "device/discover.h"

/* What a text asks for. */
struct device_wish {
    const char *text; /* found in a device's or platform's name; NULL: any */
    int type;         /* an enum plotmill_device_type; -1: any */
};

/* The best of those that fit, and how it came about. */
struct device_ranking {
    size_t best, second; /* SIZE_MAX: none */
    size_t count;        /* that fit and can be used */
    size_t same_type;    /* of these, how many are of the best one's type */
    size_t refused;      /* one that fits, but cannot be used; SIZE_MAX: none */
};

const char *device_type_name(enum plotmill_device_type type);

/* The device fits, can be used, and is not a later sight of a chip that does so too. */
bool device_is_candidate(const struct device_list *list, size_t index, const struct device_wish *wish);
bool device_comes_before(const struct plotmill_device *a, const struct plotmill_device *b);
struct device_ranking device_rank(const struct device_list *list, const struct device_wish *wish);

/* Why the best one stands before the second; why "auto" means the best one. */
void device_explain_rank(const struct device_list *list, const struct device_ranking *r, char *text, size_t size);
void device_explain_auto(const struct device_list *list, const struct device_ranking *r, char *text, size_t size);

/* The usable chips beside the devices chosen[0..count-1], each once and none of theirs under another index, in the
 * order of "auto". Fills others[0..] with at most `most`, and returns how many. */
size_t device_choose_others(const struct device_list *list, const size_t *chosen, size_t count, size_t *others,
                            size_t most);

/* Sets is_default and reason of the device that "auto" means, if there is one. */
void device_mark_default(struct device_list *list);

#endif
