#include "formats/exact.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum plotmill_status exact_refuse(const char *place, const void *at, bool is_signed, struct plotmill_error *error)
{
    int64_t integer;
    uint64_t natural;
    char found[24];
    memcpy(&integer, at, sizeof integer);
    memcpy(&natural, at, sizeof natural);
    if (is_signed)
        snprintf(found, sizeof found, "%" PRId64, integer);
    else
        snprintf(found, sizeof found, "%" PRIu64, natural);
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                              "%s: found %s, which no float64 equals: expected integers up to 2^53: convert them to "
                              "float64, which rounds them, or subtract what all have in common",
                              place, found);
}
