#include "formats/text/classes.h"

#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"

/* FNV-1a, with the high bits folded down to those that choose a slot. */
static uint64_t hash_text(const char *text, size_t length)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (uint8_t)text[i]) * 0x100000001b3u;
    return hash ^ hash >> 32;
}

static void put_slot(struct classes *classes, uint64_t hash, size_t number)
{
    size_t slot = (size_t)hash & (classes->slot_count - 1);
    while (classes->slots[slot])
        slot = (slot + 1) & (classes->slot_count - 1);
    classes->slots[slot] = (uint32_t)number + 1;
}

static enum plotmill_status grow(struct classes *classes, size_t length, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (classes->count == classes->capacity) {
        const size_t capacity = classes->capacity ? 2 * classes->capacity : 16;
        struct class_text *items = realloc(classes->items, capacity * sizeof *items);
        TRY_MEMORY(error, items);
        classes->items = items;
        classes->capacity = capacity;
        free(classes->slots);
        classes->slot_count = 2 * capacity;
        TRY_ALLOCATE(error, classes->slots, classes->slot_count, sizeof *classes->slots);
        for (size_t i = 0; i < classes->count; i++)
            put_slot(classes, items[i].hash, i);
    }
    /* An empty text needs a place as well. */
    if (!classes->bytes || length > classes->size - classes->used) {
        const size_t size = MAX(2 * classes->size, classes->used + length + 64);
        char *bytes = realloc(classes->bytes, size);
        TRY_MEMORY(error, bytes);
        classes->bytes = bytes;
        classes->size = size;
    }
done:
    if (status)
        classes->slot_count = classes->capacity = 0;
    return status;
}

static bool is_class(const struct classes *classes, size_t number, const char *text, size_t length, uint64_t hash)
{
    const struct class_text *item = &classes->items[number];
    return item->hash == hash && item->length == length && !memcmp(classes->bytes + item->at, text, length);
}

enum plotmill_status classes_add(struct classes *classes, const char *text, size_t length, uint32_t *number,
                                 struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const uint64_t hash = hash_text(text, length);
    if (classes->slot_count) {
        size_t slot = (size_t)hash & (classes->slot_count - 1);
        for (; classes->slots[slot]; slot = (slot + 1) & (classes->slot_count - 1)) {
            *number = classes->slots[slot] - 1;
            if (is_class(classes, *number, text, length, hash))
                return PLOTMILL_OK;
        }
    }
    if (classes->count >= UINT32_MAX - 1)
        FAIL(error, PLOTMILL_UNSUPPORTED, "a column holds over %u different texts", UINT32_MAX - 1);
    TRY(grow(classes, length, error));
    memcpy(classes->bytes + classes->used, text, length);
    classes->items[classes->count] = (struct class_text){classes->used, length, hash};
    classes->used += length;
    *number = (uint32_t)classes->count++;
    put_slot(classes, hash, *number);
done:
    return status;
}

void classes_clear(struct classes *classes)
{
    classes->count = classes->used = 0;
    if (classes->slots)
        memset(classes->slots, 0, classes->slot_count * sizeof *classes->slots);
}

void classes_free(struct classes *classes)
{
    free(classes->items);
    free(classes->slots);
    free(classes->bytes);
    *classes = (struct classes){0};
}

struct ranked {
    char *text;
    uint32_t number;
};

static int compare(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    return strcmp(x->text, y->text);
}

enum plotmill_status classes_sort(const struct classes *classes, char ***sorted, uint32_t **ranks,
                                  struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct ranked *items = NULL;
    *sorted = NULL;
    *ranks = NULL;
    TRY_ALLOCATE(error, items, classes->count, sizeof *items);
    TRY_ALLOCATE(error, *sorted, classes->count, sizeof **sorted);
    TRY_ALLOCATE(error, *ranks, classes->count, sizeof **ranks);
    for (size_t i = 0; i < classes->count; i++) {
        items[i].number = (uint32_t)i;
        items[i].text = string_start(classes->bytes + classes->items[i].at, classes->items[i].length);
        TRY_MEMORY(error, items[i].text);
    }
    qsort(items, classes->count, sizeof *items, compare);
    for (size_t i = 0; i < classes->count; i++) {
        (*sorted)[i] = items[i].text;
        (*ranks)[items[i].number] = (uint32_t)i;
    }
done:
    if (status) {
        for (size_t i = 0; items && i < classes->count; i++)
            free(items[i].text);
        free(*sorted);
        free(*ranks);
        *sorted = NULL;
        *ranks = NULL;
    }
    free(items);
    return status;
}
