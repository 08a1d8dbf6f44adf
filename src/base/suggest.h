/* The known name nearest to a misspelt one. */
#ifndef BASE_SUGGEST_H
#define BASE_SUGGEST_H

#include <stddef.h>

struct suggestion {
    const char *meant; /* what was typed */
    const char *name;  /* the nearest name so far, or NULL */
    size_t distance;
};

/* Start with {.meant = text}; offer every name; then `name` is the nearest, NULL if none is near. */
void suggestion_offer(struct suggestion *suggestion, const char *name);

#endif
