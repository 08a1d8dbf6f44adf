/* Numbers of any type in memory, as float64. */
#ifndef SOURCE_ELEMENTS_H
#define SOURCE_ELEMENTS_H

#include "plotmill/source.h"

/* Bytes of a number; 0: there is no such type. */
unsigned element_size(enum plotmill_type type);

/* Converts `count` numbers that are `stride` bytes apart, aligned or not, to out[0], out[step], ... Returns how many;
 * fewer: no float64 equals the next one. */
uint64_t elements_convert(enum plotmill_type type, const char *from, int64_t stride, uint64_t count, double *out,
                          uint64_t step);

#endif
