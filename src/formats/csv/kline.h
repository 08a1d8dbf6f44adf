/* An exchange's dump of klines (bars), which often has no header: it is recognised by what its columns must hold. */
#ifndef FORMATS_CSV_KLINE_H
#define FORMATS_CSV_KLINE_H

#include <stdbool.h>

#define KLINE_COLUMNS 12
extern const char *const kline_names[KLINE_COLUMNS];

/* Starts as {0}. Set `row` to the numbers of a record, NaN where there is none, and call kline_examine. */
struct kline {
    double row[KLINE_COLUMNS];
    bool refused;  /* a record cannot be a kline */
    bool complete; /* one has all prices */
};

void kline_examine(struct kline *kline);

/* Whether all records could be klines: they open and close at times, low <= open, close <= high, and neither volumes
 * nor the number of trades are negative. A price or a volume may be missing, but not in all records. */
bool kline_is(const struct kline *kline);

#endif
