#include "device/choose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "base/try.h"
#include "device/rank.h"
#include "device/visible.h"

/* "0 NVIDIA H200 (NVIDIA CUDA), 1 ..." */
static void list_devices(const struct device_list *list, char *text, size_t size)
{
    size_t used = 0;
    text[0] = 0;
    for (size_t i = 0; i < list->count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%zu: %s (%s, %s)", i ? "; " : "", i,
                                 list->entries[i].info.name, device_type_name(list->entries[i].info.type),
                                 list->entries[i].info.platform);
}

/* `asked` is the option or variable with its value. */
static enum plotmill_status fail_no_match(const struct device_list *list, const char *asked, size_t refused,
                                          struct plotmill_error *error)
{
    char devices[2500];
    if (refused != SIZE_MAX)
        return plotmill_error_set(error, PLOTMILL_NO_DEVICE, "%s: device %zu, %s (%s), cannot be used: %s", asked,
                                  refused, list->entries[refused].info.name, list->entries[refused].info.platform,
                                  list->entries[refused].unusable);
    list_devices(list, devices, sizeof devices);
    return plotmill_error_set(error, PLOTMILL_NO_DEVICE, "%s fits no device; there are: %s", asked, devices);
}

static enum plotmill_status choose_index(const struct device_list *list, const char *asked, const char *digits,
                                         size_t *index, struct plotmill_error *error)
{
    /* Too many digits saturate, beyond any list. */
    const unsigned long long wanted = strtoull(digits, NULL, 10);
    if (wanted >= list->count)
        return fail_no_match(list, asked, SIZE_MAX, error);
    *index = (size_t)wanted;
    return list->entries[*index].unusable ? fail_no_match(list, asked, *index, error) : PLOTMILL_OK;
}

static enum plotmill_status choose_auto(const struct device_list *list, const char *asked, size_t *index, char *reason,
                                        size_t size, struct plotmill_error *error)
{
    const struct device_wish any = {NULL, -1};
    const struct device_ranking r = device_rank(list, &any);
    if (r.best == SIZE_MAX)
        return fail_no_match(list, asked, r.refused, error);
    *index = r.best;
    device_explain_auto(list, &r, reason, size);
    return PLOTMILL_OK;
}

static enum plotmill_status choose_match(const struct device_list *list, const char *asked, const char *text,
                                         size_t *index, char *reason, size_t size, struct plotmill_error *error)
{
    struct device_wish wish = {text, -1};
    if (string_same(text, "gpu"))
        wish = (struct device_wish){NULL, PLOTMILL_DEVICE_GPU};
    else if (string_same(text, "cpu"))
        wish = (struct device_wish){NULL, PLOTMILL_DEVICE_CPU};
    const struct device_ranking r = device_rank(list, &wish);
    if (r.best == SIZE_MAX) {
        enum plotmill_status status = fail_no_match(list, asked, r.refused, error);
        char hint[1000];
        if (error && wish.type == PLOTMILL_DEVICE_GPU && visible_gpu_hint(list, hint, sizeof hint)) {
            const size_t used = strlen(error->message);
            snprintf(error->message + used, sizeof error->message - used, "; %s", hint);
        }
        return status;
    }
    *index = r.best;
    if (r.count > 1) {
        const size_t used = strlen(reason);
        char why[200];
        device_explain_rank(list, &r, why, sizeof why);
        snprintf(reason + used, size - used, ", which fits %zu: %s", r.count, why);
    }
    return PLOTMILL_OK;
}

/* What was asked for, and where. */
struct request {
    const char *text;
    bool by_variable;
    char told[300]; /* the option or variable with its value */
};

static enum plotmill_status read_request(const struct device_list *list, const char *text, struct request *request,
                                         struct plotmill_error *error)
{
    const char *variable = getenv("PLOTMILL_DEVICE");
    request->by_variable = !text && variable && *variable;
    request->text = text ? text : request->by_variable ? variable : "auto";
    if (list->count == 0) {
        char advice[2000];
        missing_device_advice(list, advice, sizeof advice);
        return plotmill_error_set(error, PLOTMILL_NO_DEVICE, "%s", advice);
    }
    if (!*request->text)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "--device is empty: expected auto, gpu, cpu, an index or part of a name");
    snprintf(request->told, sizeof request->told, "%s%s", request->by_variable ? "PLOTMILL_DEVICE=" : "--device ",
             request->text);
    return PLOTMILL_OK;
}

/* One device. `text` is the whole of what was asked for, or a part of it. */
static enum plotmill_status choose_one(const struct device_list *list, const struct request *request, const char *text,
                                       struct device_choice *choice, struct plotmill_error *error)
{
    const bool whole = !strcmp(text, request->text);
    char asked[600];
    snprintf(asked, sizeof asked, whole ? "%s" : "%s: %.200s", request->told, text);
    if (string_same(text, "auto"))
        return choose_auto(list, asked, &choice->index, choice->reason, sizeof choice->reason, error);
    if (whole)
        snprintf(choice->reason, sizeof choice->reason, "asked for by %.200s", request->told);
    else
        snprintf(choice->reason, sizeof choice->reason, "asked for by %.60s in %.130s", text, request->told);
    if (strspn(text, "0123456789") == strlen(text))
        return choose_index(list, asked, text, &choice->index, error);
    return choose_match(list, asked, text, &choice->index, choice->reason, sizeof choice->reason, error);
}

/* Keeps the order of "auto": by insertion, which leaves equal ones as they stand in the list. */
static enum plotmill_status choose_all(const struct device_list *list, const struct request *request,
                                       struct device_choice *choices, size_t most, size_t *count,
                                       struct plotmill_error *error)
{
    const struct device_wish any = {NULL, -1};
    const struct device_ranking r = device_rank(list, &any);
    if (r.best == SIZE_MAX)
        return fail_no_match(list, request->told, r.refused, error);
    if (r.count > most)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s means %zu: expected at most %zu device%s",
                                  request->told, r.count, most, most == 1 ? "" : "s");
    for (size_t i = 0; i < list->count; i++) {
        if (!device_is_candidate(list, i, &any))
            continue;
        size_t at = (*count)++;
        for (; at && device_comes_before(&list->entries[i].info, &list->entries[choices[at - 1].index].info); at--)
            choices[at] = choices[at - 1];
        choices[at].index = i;
    }
    for (size_t k = 0; k < *count; k++)
        snprintf(choices[k].reason, sizeof choices[k].reason,
                 r.count > 1 ? "asked for by %s: chip %zu of %zu" : "asked for by %s: the only chip", request->told,
                 k + 1, r.count);
    return PLOTMILL_OK;
}

/* A part of a text, between commas, without the blanks around it. No name of a device is longer. */
struct part {
    char text[512];
};

static struct part read_part(const char *text, size_t length)
{
    struct part part;
    while (length && *text == ' ')
        text++, length--;
    while (length && text[length - 1] == ' ')
        length--;
    snprintf(part.text, sizeof part.text, "%.*s", (int)(length < sizeof part.text ? length : sizeof part.text), text);
    return part;
}

/* Up to the next comma, or further where a device's name holds commas. */
static size_t part_length(const struct device_list *list, const char *text)
{
    const size_t shortest = strcspn(text, ",");
    for (size_t length = strlen(text); length > shortest; length--) {
        if (text[length] && text[length] != ',')
            continue;
        const struct part part = read_part(text, length);
        const struct device_wish wish = {part.text, -1};
        const struct device_ranking r = device_rank(list, &wish);
        if (r.best != SIZE_MAX || r.refused != SIZE_MAX)
            return length;
    }
    return shortest;
}

static enum plotmill_status refuse_second(const struct device_list *list, const struct request *request,
                                          const struct device_choice *choices, size_t count,
                                          struct plotmill_error *error)
{
    for (size_t k = 0; k + 1 < count; k++)
        if (choices[k].index == choices[count - 1].index)
            return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s means device %zu, %s, twice: expected it once",
                                      request->told, choices[k].index, list->entries[choices[k].index].info.name);
    return PLOTMILL_OK;
}

static enum plotmill_status choose_parts(const struct device_list *list, const struct request *request,
                                         struct device_choice *choices, size_t most, size_t *count,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const char *rest = request->text;
    for (bool more = true; more;) {
        const size_t length = part_length(list, rest);
        const struct part part = read_part(rest, length);
        if (!*part.text)
            FAIL(error, PLOTMILL_BAD_INPUT,
                 "%s: device %zu is empty: expected auto, gpu, cpu, an index or part of a name", request->told,
                 *count + 1);
        if (*count == most)
            FAIL(error, PLOTMILL_BAD_INPUT, "%s means more than %zu: expected at most %zu device%s", request->told,
                 most, most, most == 1 ? "" : "s");
        TRY(choose_one(list, request, rest[length] || rest > request->text ? part.text : request->text,
                       &choices[*count], error));
        ++*count;
        TRY(refuse_second(list, request, choices, *count, error));
        more = rest[length] == ',';
        rest += length + more;
    }
done:
    return status;
}

enum plotmill_status device_choose_several(const struct device_list *list, const char *text,
                                           struct device_choice *choices, size_t most, size_t *count,
                                           struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct request request;
    *count = 0;
    TRY(read_request(list, text, &request, error));
    if (string_same(request.text, "all"))
        TRY(choose_all(list, &request, choices, most, count, error));
    else
        TRY(choose_parts(list, &request, choices, most, count, error));
done:
    *count = status ? 0 : *count;
    return status;
}

enum plotmill_status device_choose(const struct device_list *list, const char *text, size_t *index, char *reason,
                                   size_t reason_size, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct device_choice *choices = NULL;
    size_t count;
    TRY_ALLOCATE(error, choices, list->count, sizeof *choices);
    TRY(device_choose_several(list, text, choices, text ? 1 : list->count, &count, error));
    *index = choices[0].index;
    snprintf(reason, reason_size, "%s", choices[0].reason);
done:
    free(choices);
    return status;
}
