#include "device/choose.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "device/drivers.h"

#define EXPECTED "expected auto, gpu, cpu, an index or part of a name"

/* Which devices match. */
struct filter {
    const char *text; /* contained in the device's or the platform's name; NULL: any */
    int type;         /* an enum device_type; -1: any */
};
static const struct filter any = {NULL, -1};

/* The best of the usable devices that match. */
struct ranking {
    size_t best, second; /* SIZE_MAX: none */
    size_t count;        /* usable matches */
    size_t same_type;    /* of these, those of the best one's type */
    size_t unusable;     /* a match that cannot be used; SIZE_MAX: none */
};

static bool matches(const struct device_entry *entry, const struct filter *filter)
{
    if (filter->type >= 0 && (int)entry->info.type != filter->type)
        return false;
    return !filter->text || string_contains(entry->info.name, filter->text) ||
           string_contains(entry->info.platform, filter->text);
}

/* It matches, can be used, and is not a chip that an earlier candidate offers. */
static bool is_candidate(const struct device_list *list, size_t index, const struct filter *filter)
{
    const struct device_entry *entry = &list->entries[index];
    if (entry->unusable || !matches(entry, filter))
        return false;
    for (const struct device_entry *earlier = list->entries; earlier < entry; earlier++)
        if (device_same_chip(&earlier->identity, &entry->identity) && !earlier->unusable && matches(earlier, filter))
            return false;
    return true;
}

/* The order of preference. */
static bool precedes(const struct device_list *list, size_t a, size_t b)
{
    const struct device_info *x = &list->entries[a].info, *y = &list->entries[b].info;
    if (x->type != y->type) /* the enum is in the order of preference */
        return x->type < y->type;
    if (!x->discrete != !y->discrete)
        return x->discrete;
    return x->memory != y->memory ? x->memory > y->memory : a < b;
}

/* The first candidate after `previous` (SIZE_MAX: of all) in the order of preference; SIZE_MAX: none. */
static size_t next_candidate(const struct device_list *list, const struct filter *filter, size_t previous)
{
    size_t next = SIZE_MAX;
    for (size_t i = 0; i < list->count; i++)
        if ((previous == SIZE_MAX || precedes(list, previous, i)) && (next == SIZE_MAX || precedes(list, i, next)) &&
            is_candidate(list, i, filter))
            next = i;
    return next;
}

static struct ranking rank(const struct device_list *list, const struct filter *filter)
{
    struct ranking r = {.best = next_candidate(list, filter, SIZE_MAX), .second = SIZE_MAX, .unusable = SIZE_MAX};
    for (size_t i = r.best; i != SIZE_MAX; i = next_candidate(list, filter, i)) {
        r.second = r.count == 1 ? i : r.second;
        r.same_type += list->entries[i].info.type == list->entries[r.best].info.type;
        r.count++;
    }
    for (size_t i = list->count; i-- > 0;)
        if (list->entries[i].unusable && matches(&list->entries[i], filter))
            r.unusable = i;
    return r;
}

/* Why the best one is preferred over the second. */
static void explain_rank(const struct device_list *list, const struct ranking *r, char *text, size_t size)
{
    const struct device_info *best = &list->entries[r->best].info, *second = &list->entries[r->second].info;
    const char *type = best->type == DEVICE_TYPE_OTHER ? "device" : device_type_name(best->type);
    if (best->type != second->type)
        snprintf(text, size, "%s is preferred over %s", device_type_name(best->type), device_type_name(second->type));
    else if (best->discrete && !second->discrete)
        snprintf(text, size, "a discrete GPU is preferred over an integrated one");
    else if (best->memory > second->memory)
        snprintf(text, size, "the %s with the most memory of %zu", type, r->same_type);
    else
        snprintf(text, size, "the first of %zu equal %ss", r->same_type, type);
}

/* Why "auto" selects the best one. */
static void explain_auto(const struct device_list *list, const struct ranking *r, char *text, size_t size)
{
    static const char *const only[] = {"the only GPU", "no GPU: the only accelerator", "no GPU or accelerator found",
                                       "no GPU, accelerator or CPU: the only device"};
    const struct device_info *best = &list->entries[r->best].info;
    if (r->same_type > 1)
        explain_rank(list, r, text, size);
    else
        snprintf(text, size, "%s", only[best->type]);
    /* A better device that cannot be used is what its owner will ask about. */
    const size_t used = strlen(text);
    if (r->unusable != SIZE_MAX && list->entries[r->unusable].info.type < best->type)
        snprintf(text + used, size - used, " (device %zu, %.80s, cannot be used: %s)", r->unusable,
                 list->entries[r->unusable].info.name, list->entries[r->unusable].unusable);
}

void device_mark_default(struct device_list *list)
{
    const struct ranking r = rank(list, &any);
    if (r.best == SIZE_MAX)
        return;
    struct device_info *info = &list->entries[r.best].info;
    info->is_default = 1;
    explain_auto(list, &r, info->reason, sizeof info->reason);
}

size_t device_choose_others(const struct device_list *list, const size_t *chosen, size_t count, size_t *others,
                            size_t most)
{
    size_t found = 0, i = SIZE_MAX;
    while (found < most && (i = next_candidate(list, &any, i)) != SIZE_MAX) {
        bool other = true;
        for (size_t k = 0; k < count; k++)
            other = other && chosen[k] != i &&
                    !device_same_chip(&list->entries[chosen[k]].identity, &list->entries[i].identity);
        if (other)
            others[found++] = i;
    }
    return found;
}

/* What was requested, and how messages show it. */
struct request {
    const struct device_list *list;
    const char *text;
    char shown[300]; /* "device=TEXT" or "PLOTMILL_DEVICE=TEXT" */
};

/* `entry` is the whole text of the request, or an entry of it; `unusable` a match that cannot be used, or SIZE_MAX. */
static enum plotmill_status fail_no_match(const struct request *request, const char *entry, size_t unusable,
                                          struct plotmill_error *error)
{
    const struct device_list *list = request->list;
    struct text_list devices = {0};
    char asked[600];
    snprintf(asked, sizeof asked, strcmp(entry, request->text) ? "%s: %.200s" : "%s", request->shown, entry);
    for (size_t i = 0; i < list->count; i++)
        text_list_add(&devices, "%zu: %s (%s, %s)", i, list->entries[i].info.name,
                      device_type_name(list->entries[i].info.type), list->entries[i].info.platform);
    text_list_end(&devices);
    if (unusable == SIZE_MAX)
        plotmill_error_set(error, PLOTMILL_NO_DEVICE, "%s matches no device; available: %s", asked, devices.text);
    else
        plotmill_error_set(error, PLOTMILL_NO_DEVICE, "%s: device %zu, %s (%s), cannot be used: %s", asked, unusable,
                           list->entries[unusable].info.name, list->entries[unusable].info.platform,
                           list->entries[unusable].unusable);
    if (error && string_same(entry, "gpu")) {
        const struct system_view view = system_view_here();
        const size_t length = strlen(error->message);
        char hint[1000];
        if (visible_gpu_hint(&view, list, hint, sizeof hint))
            snprintf(error->message + length, sizeof error->message - length, "; %s", hint);
    }
    return PLOTMILL_NO_DEVICE;
}

/* `entry` is the whole text of the request, or an entry of it. */
static enum plotmill_status choose_one(const struct request *request, const char *entry, struct device_info *chosen,
                                       struct plotmill_error *error)
{
    const struct device_list *list = request->list;
    struct filter filter = {entry, -1};
    char reason[1200];
    if (strcmp(entry, request->text))
        snprintf(reason, sizeof reason, "selected by %s in %s", entry, request->shown);
    else
        snprintf(reason, sizeof reason, "selected by %s", request->shown);
    if (*entry && entry[strspn(entry, "0123456789")] == 0) {
        const unsigned long long index = strtoull(entry, NULL, 10); /* too many digits: ULLONG_MAX */
        if (index >= list->count || list->entries[index].unusable)
            return fail_no_match(request, entry, index < list->count ? (size_t)index : SIZE_MAX, error);
        *chosen = list->entries[index].info;
    } else {
        if (string_same(entry, "auto"))
            filter = any;
        else if (string_same(entry, "gpu"))
            filter = (struct filter){NULL, DEVICE_TYPE_GPU};
        else if (string_same(entry, "cpu"))
            filter = (struct filter){NULL, DEVICE_TYPE_CPU};
        const struct ranking r = rank(list, &filter);
        size_t used = strlen(reason);
        if (r.best == SIZE_MAX)
            return fail_no_match(request, entry, r.unusable, error);
        *chosen = list->entries[r.best].info;
        if (string_same(entry, "auto")) {
            explain_auto(list, &r, reason, sizeof reason);
        } else if (r.count > 1) {
            used += (size_t)snprintf(reason + used, sizeof reason - used, ", the best of %zu matches: ", r.count);
            explain_rank(list, &r, reason + used, sizeof reason - used);
        }
    }
    snprintf(chosen->reason, sizeof chosen->reason, "%.*s", (int)sizeof chosen->reason - 1, reason);
    return PLOTMILL_OK;
}

static enum plotmill_status choose_all(const struct request *request, struct device_info *chosen, size_t most,
                                       size_t *count, struct plotmill_error *error)
{
    const struct device_list *list = request->list;
    const struct ranking r = rank(list, &any);
    if (r.best == SIZE_MAX)
        return fail_no_match(request, request->text, r.unusable, error);
    if (r.count > most)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s selects %zu devices: expected at most %zu",
                                  request->shown, r.count, most);
    for (size_t i = r.best; i != SIZE_MAX; i = next_candidate(list, &any, i)) {
        struct device_info *device = &chosen[(*count)++];
        *device = list->entries[i].info;
        snprintf(device->reason, sizeof device->reason,
                 r.count > 1 ? "selected by %.150s: chip %zu of %zu" : "selected by %.150s: the only chip",
                 request->shown, *count, r.count);
    }
    return PLOTMILL_OK;
}

/* No device name is longer. */
#define ENTRY_SIZE 512

/* Copies an entry without the blanks around it. */
static void copy_entry(char entry[ENTRY_SIZE], const char *text, size_t length)
{
    for (; length && *text == ' '; length--)
        text++;
    while (length && text[length - 1] == ' ')
        length--;
    snprintf(entry, ENTRY_SIZE, "%.*s", (int)MIN(length, ENTRY_SIZE), text);
}

/* Up to the next comma, or further where a device's name contains commas. */
static size_t entry_length(const struct device_list *list, const char *text)
{
    const size_t shortest = strcspn(text, ",");
    char entry[ENTRY_SIZE];
    for (size_t length = strlen(text); length > shortest; length--) {
        if (text[length] && text[length] != ',')
            continue;
        copy_entry(entry, text, length);
        const struct ranking r = rank(list, &(struct filter){entry, -1});
        if (r.best != SIZE_MAX || r.unusable != SIZE_MAX)
            return length;
    }
    return shortest;
}

static enum plotmill_status choose_entries(const struct request *request, struct device_info *chosen, size_t most,
                                           size_t *count, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const char *rest = request->text;
    char entry[ENTRY_SIZE];
    for (bool more = true; more;) {
        const size_t length = entry_length(request->list, rest);
        copy_entry(entry, rest, length);
        if (!*entry)
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: entry %zu is empty: " EXPECTED, request->shown, *count + 1);
        if (*count == most)
            FAIL(error, PLOTMILL_BAD_INPUT, "%s selects more than %zu device%s: expected at most %zu", request->shown,
                 most, most == 1 ? "" : "s", most);
        TRY(choose_one(request, entry, &chosen[*count], error));
        const uint32_t index = chosen[*count].index;
        for (size_t k = 0; k < *count; k++)
            if (chosen[k].index == index)
                FAIL(error, PLOTMILL_BAD_INPUT, "%s selects device %u, %s, twice: expected it once", request->shown,
                     (unsigned)index, request->list->entries[index].info.name);
        ++*count;
        more = rest[length] == ',';
        rest += length + more;
    }
done:
    return status;
}

enum plotmill_status device_choose_several(const struct device_list *list, const char *text, struct device_info *chosen,
                                           size_t most, size_t *count, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const char *variable = getenv("PLOTMILL_DEVICE");
    const bool by_variable = !text && variable && *variable;
    struct request request = {.list = list, .text = text ? text : by_variable ? variable : "auto"};
    *count = 0;
    if (list->count == 0) {
        const struct system_view view = system_view_here();
        char advice[2000];
        missing_device_advice(&view, list, advice, sizeof advice);
        FAIL(error, PLOTMILL_NO_DEVICE, "%s", advice);
    }
    if (!*request.text)
        FAIL(error, PLOTMILL_BAD_INPUT, "the option device is empty: " EXPECTED);
    snprintf(request.shown, sizeof request.shown, "%s=%s", by_variable ? "PLOTMILL_DEVICE" : "device", request.text);
    if (string_same(request.text, "all"))
        TRY(choose_all(&request, chosen, most, count, error));
    else
        TRY(choose_entries(&request, chosen, most, count, error));
done:
    *count = status ? 0 : *count;
    return status;
}

enum plotmill_status device_choose(const struct device_list *list, const char *text, struct device_info *chosen,
                                   struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct device_info *devices = NULL;
    size_t count;
    TRY_ALLOCATE(error, devices, list->count, sizeof *devices);
    TRY(device_choose_several(list, text, devices, text ? 1 : list->count, &count, error));
    *chosen = devices[0];
done:
    free(devices);
    return status;
}
