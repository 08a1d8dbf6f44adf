/* Integers of 64 bits as float64. Those that no float64 equals are refused where they are read as values: 2^53 + 1 and
 * others beyond 2^53. */
#ifndef FORMATS_EXACT_H
#define FORMATS_EXACT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define EXACT_MOST ((uint64_t)1 << 53)

/* Beyond 2^53. This is cheap: of other integers nothing else need be asked. */
static inline bool int64_is_far(int64_t value)
{
    return (uint64_t)value + EXACT_MOST > 2 * EXACT_MOST;
}

static inline bool uint64_is_far(uint64_t value)
{
    return value > EXACT_MOST;
}

/* Whether a float64 equals it. */
static inline bool int64_is_exact(int64_t value)
{
    const double number = (double)value;
    return number < 0x1p63 && (int64_t)number == value;
}

static inline bool uint64_is_exact(uint64_t value)
{
    const double number = (double)value;
    return number < 0x1p64 && (uint64_t)number == value;
}

/* PLOTMILL_BAD_INPUT. `place`: of the value, with its column. `at`: its 8 bytes; is_signed: of an int64_t. */
enum plotmill_status exact_refuse(const char *place, const void *at, bool is_signed, struct plotmill_error *error);

#endif
