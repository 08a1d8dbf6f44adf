/* Error handling: `status` starts as PLOTMILL_OK and handles as NULL; the macros jump to the only `done:` label, under
 * which everything is released by functions that take NULL. */
#ifndef BASE_TRY_H
#define BASE_TRY_H

#include "base/error.h"

#define TRY(call)                  \
    do {                           \
        status = (call);           \
        if (status != PLOTMILL_OK) \
            goto done;             \
    } while (0)

/* Fails with `code` and a message. */
#define FAIL(error, code, ...)                                     \
    do {                                                           \
        status = plotmill_error_set((error), (code), __VA_ARGS__); \
        goto done;                                                 \
    } while (0)

/* Fails if `pointer`, the result of an allocation, is NULL. */
#define TRY_MEMORY(error, pointer)                              \
    do {                                                        \
        if (!(pointer))                                         \
            FAIL((error), PLOTMILL_NO_MEMORY, "out of memory"); \
    } while (0)

/* Allocates zeroed memory. */
#define TRY_ALLOCATE(error, pointer, count, size)                                                            \
    do {                                                                                                     \
        (pointer) = calloc((size_t)(count) > 0 ? (size_t)(count) : 1, (size));                               \
        if (!(pointer))                                                                                      \
            FAIL((error), PLOTMILL_NO_MEMORY, "out of memory: %zu bytes", (size_t)(count) * (size_t)(size)); \
    } while (0)

#endif
