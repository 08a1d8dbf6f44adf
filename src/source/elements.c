#include "source/elements.h"

#include <string.h>

#include "formats/exact.h"

typedef uint64_t converter(const char *from, int64_t stride, uint64_t count, double *out, uint64_t step);

#define CONVERTER(name, type)                                                                                \
    static uint64_t convert_##name(const char *from, int64_t stride, uint64_t n, double *out, uint64_t step) \
    {                                                                                                        \
        for (uint64_t i = 0; i < n; i++) {                                                                   \
            type value;                                                                                      \
            memcpy(&value, from + (int64_t)i * stride, sizeof value);                                        \
            out[i * step] = (double)value;                                                                   \
        }                                                                                                    \
        return n;                                                                                            \
    }

#define CHECKED_CONVERTER(name, type)                                                                        \
    static uint64_t convert_##name(const char *from, int64_t stride, uint64_t n, double *out, uint64_t step) \
    {                                                                                                        \
        bool far = false;                                                                                    \
        type value;                                                                                          \
        for (uint64_t i = 0; i < n; i++) {                                                                   \
            memcpy(&value, from + (int64_t)i * stride, sizeof value);                                        \
            out[i * step] = (double)value;                                                                   \
            far |= name##_is_far(value);                                                                     \
        }                                                                                                    \
        for (uint64_t i = 0; far && i < n; i++) {                                                            \
            memcpy(&value, from + (int64_t)i * stride, sizeof value);                                        \
            if (!name##_is_exact(value))                                                                     \
                return i;                                                                                    \
        }                                                                                                    \
        return n;                                                                                            \
    }

CONVERTER(float64, double)
CONVERTER(float32, float)
CHECKED_CONVERTER(int64, int64_t)
CONVERTER(int32, int32_t)
CONVERTER(int16, int16_t)
CONVERTER(int8, int8_t)
CHECKED_CONVERTER(uint64, uint64_t)
CONVERTER(uint32, uint32_t)
CONVERTER(uint16, uint16_t)
CONVERTER(uint8, uint8_t)

static const struct {
    unsigned size;
    converter *convert;
} types[] = {
    [PLOTMILL_FLOAT64] = {8, convert_float64}, [PLOTMILL_FLOAT32] = {4, convert_float32},
    [PLOTMILL_INT64] = {8, convert_int64},     [PLOTMILL_INT32] = {4, convert_int32},
    [PLOTMILL_INT16] = {2, convert_int16},     [PLOTMILL_INT8] = {1, convert_int8},
    [PLOTMILL_UINT64] = {8, convert_uint64},   [PLOTMILL_UINT32] = {4, convert_uint32},
    [PLOTMILL_UINT16] = {2, convert_uint16},   [PLOTMILL_UINT8] = {1, convert_uint8},
};
#define TYPES (sizeof types / sizeof *types)

unsigned element_size(enum plotmill_type type)
{
    return (unsigned)type < TYPES ? types[type].size : 0;
}

uint64_t elements_convert(enum plotmill_type type, const char *from, int64_t stride, uint64_t count, double *out,
                          uint64_t step)
{
    if (type != PLOTMILL_FLOAT64 || stride != (int64_t)sizeof *out || step != 1)
        return types[type].convert(from, stride, count, out, step);
    memcpy(out, from, (size_t)count * sizeof *out);
    return count;
}
