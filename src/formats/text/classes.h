/* Different texts, and their numbers in the order in which they came. */
#ifndef FORMATS_TEXT_CLASSES_H
#define FORMATS_TEXT_CLASSES_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct class_text {
    size_t at, length; /* in bytes */
    uint64_t hash;
};

/* Starts as {0}. */
struct classes {
    struct class_text *items; /* (count) */
    size_t count, capacity;
    uint32_t *slots; /* (slot_count, a power of two) 1 + the number of a class, at its hash; 0: free */
    size_t slot_count;
    char *bytes;
    size_t used, size;
};

/* The number of a text, which is added if it is new. */
enum plotmill_status classes_add(struct classes *classes, const char *text, size_t length, uint32_t *number,
                                 struct plotmill_error *error);
void classes_clear(struct classes *classes); /* keeps the memory */
void classes_free(struct classes *classes);

/* The texts in ascending order of their bytes: *sorted (count), owned by the caller with each text; and the new numbers
 * of the old ones: *ranks (count), owned by the caller. */
enum plotmill_status classes_sort(const struct classes *classes, char ***sorted, uint32_t **ranks,
                                  struct plotmill_error *error);

#endif
