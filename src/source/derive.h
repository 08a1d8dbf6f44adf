/* Derived fields: the values of expressions (chart/expression.h), computed row after row over a group, in float64.
 *
 *     ma(f,N)   the sum of the last N values, added from the oldest to the newest, divided by N
 *     sd(f,N)   the standard deviation of a sample of these, with N-1 as the divisor: the square root of the sum of
 *               (value - mean)^2 / (N-1), in the same order
 *     ema(f,N)  begins with the first value that is present, and then is alpha * value + (1 - alpha) * the one before,
 *               alpha = 2/(N+1); where the value is missing it is missing, and goes on after
 *
 * A field that is NaN or infinite is missing (NaN) from here on. ma and sd are missing where one of the values is
 * missing, or where there are fewer than N rows. */
#ifndef SOURCE_DERIVE_H
#define SOURCE_DERIVE_H

#include "chart/expression.h"

struct derivation;

/* Freed with derivation_free. `expression` must outlive it. fields (name_count) says where the row has the field of
 * each name. `longest`: rows of the longest group. */
enum plotmill_status derivation_create(struct derivation **derivation, const struct expression *expression,
                                       const size_t *fields, uint64_t longest, struct plotmill_error *error);
void derivation_free(struct derivation *derivation); /* takes NULL */

/* Before the first row of each group. */
void derivation_begin(struct derivation *derivation);

/* The value for the next row of the group. */
double derivation_next(struct derivation *derivation, const double *row);

#endif
