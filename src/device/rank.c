#include "device/rank.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/strings.h"

static const char *const type_names[] = {"GPU", "accelerator", "CPU", "other"};

const char *device_type_name(enum plotmill_device_type type)
{
    return type_names[type];
}

static bool fits(const struct device_entry *entry, const struct device_wish *wish)
{
    if (wish->type >= 0 && (int)entry->info.type != wish->type)
        return false;
    return !wish->text || string_contains(entry->info.name, wish->text) ||
           string_contains(entry->info.platform, wish->text);
}

bool device_is_candidate(const struct device_list *list, size_t index, const struct device_wish *wish)
{
    const struct device_entry *entry = &list->entries[index];
    if (entry->unusable || !fits(entry, wish))
        return false;
    /* A later sight of a chip stands back only where an earlier one can take its place. */
    for (size_t i = 0; i < index; i++)
        if (device_same_chip(&list->entries[i].identity, &entry->identity) && !list->entries[i].unusable &&
            fits(&list->entries[i], wish))
            return false;
    return true;
}

bool device_comes_before(const struct plotmill_device *a, const struct plotmill_device *b)
{
    if (a->type != b->type) /* the enum's order is the order of preference */
        return a->type < b->type;
    if (!a->discrete != !b->discrete)
        return a->discrete;
    return a->memory > b->memory;
}

struct device_ranking device_rank(const struct device_list *list, const struct device_wish *wish)
{
    struct device_ranking r = {SIZE_MAX, SIZE_MAX, 0, 0, SIZE_MAX};
    for (size_t i = 0; i < list->count; i++) {
        const struct plotmill_device *info = &list->entries[i].info;
        if (list->entries[i].unusable && r.refused == SIZE_MAX && fits(&list->entries[i], wish))
            r.refused = i;
        if (!device_is_candidate(list, i, wish))
            continue;
        r.count++;
        if (r.best == SIZE_MAX || device_comes_before(info, &list->entries[r.best].info)) {
            r.second = r.best;
            r.best = i;
        } else if (r.second == SIZE_MAX || device_comes_before(info, &list->entries[r.second].info)) {
            r.second = i;
        }
    }
    for (size_t i = 0; i < list->count; i++)
        r.same_type +=
            device_is_candidate(list, i, wish) && list->entries[i].info.type == list->entries[r.best].info.type;
    return r;
}

void device_explain_rank(const struct device_list *list, const struct device_ranking *r, char *text, size_t size)
{
    const struct plotmill_device *best = &list->entries[r->best].info, *second = &list->entries[r->second].info;
    const char *type = best->type == PLOTMILL_DEVICE_OTHER ? "device" : type_names[best->type];
    if (best->type != second->type)
        snprintf(text, size, "%s comes before %s", type_names[best->type], type_names[second->type]);
    else if (best->discrete && !second->discrete)
        snprintf(text, size, "a discrete GPU comes before an integrated one");
    else if (best->memory > second->memory)
        snprintf(text, size, "the %s with the most memory of %zu", type, r->same_type);
    else
        snprintf(text, size, "the first of %zu equal %ss", r->same_type, type);
}

void device_explain_auto(const struct device_list *list, const struct device_ranking *r, char *text, size_t size)
{
    static const char *const only[] = {"the only GPU", "no GPU: the only accelerator", "no GPU or accelerator: the CPU",
                                       "no GPU, accelerator or CPU: the only device"};
    const struct plotmill_device *best = &list->entries[r->best].info;
    if (r->same_type > 1)
        device_explain_rank(list, r, text, size);
    else
        snprintf(text, size, "%s", only[best->type]);
    /* A better device that cannot be used is what its owner will ask about. */
    size_t used = strlen(text);
    if (r->refused != SIZE_MAX && list->entries[r->refused].info.type < best->type)
        snprintf(text + used, size - used, " (device %zu, %.80s, cannot be used: %s)", r->refused,
                 list->entries[r->refused].info.name, list->entries[r->refused].unusable);
}

void device_mark_default(struct device_list *list)
{
    const struct device_wish any = {NULL, -1};
    const struct device_ranking r = device_rank(list, &any);
    if (r.best == SIZE_MAX)
        return;
    struct plotmill_device *info = &list->entries[r.best].info;
    info->is_default = 1;
    device_explain_auto(list, &r, info->reason, sizeof info->reason);
}

static bool is_one_of(const struct device_list *list, size_t index, const size_t *chosen, size_t count)
{
    for (size_t k = 0; k < count; k++)
        if (chosen[k] == index || device_same_chip(&list->entries[chosen[k]].identity, &list->entries[index].identity))
            return true;
    return false;
}

size_t device_choose_others(const struct device_list *list, const size_t *chosen, size_t count, size_t *others,
                            size_t most)
{
    const struct device_wish any = {NULL, -1};
    size_t found = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (!device_is_candidate(list, i, &any) || is_one_of(list, i, chosen, count))
            continue;
        if (found == most &&
            (!most || !device_comes_before(&list->entries[i].info, &list->entries[others[most - 1]].info)))
            continue;
        found += found < most;
        size_t at = found - 1;
        for (; at && device_comes_before(&list->entries[i].info, &list->entries[others[at - 1]].info); at--)
            others[at] = others[at - 1];
        others[at] = i;
    }
    return found;
}
