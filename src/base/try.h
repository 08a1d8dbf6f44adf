/* The one error idiom: `status` starts PLOTMILL_OK, handles start NULL, releases take NULL, cleaning up stands once
 * under `done:`. */
#ifndef BASE_TRY_H
#define BASE_TRY_H

#include "plotmill/status.h"

#define TRY(call)                  \
    do {                           \
        status = (call);           \
        if (status != PLOTMILL_OK) \
            goto done;             \
    } while (0)

/* Fails with a message. */
#define FAIL(error, code, ...)                                     \
    do {                                                           \
        status = plotmill_error_set((error), (code), __VA_ARGS__); \
        goto done;                                                 \
    } while (0)

#define TRY_ALLOCATE(error, pointer, count, size)                                                            \
    do {                                                                                                     \
        (pointer) = calloc((size_t)(count) > 0 ? (size_t)(count) : 1, (size));                               \
        if (!(pointer))                                                                                      \
            FAIL((error), PLOTMILL_NO_MEMORY, "out of memory: %zu bytes", (size_t)(count) * (size_t)(size)); \
    } while (0)

#endif
