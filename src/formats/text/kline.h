/* An exchange's dump of klines (bars), which often has no header: it is recognised by what its columns must hold. */
#ifndef FORMATS_TEXT_KLINE_H
#define FORMATS_TEXT_KLINE_H

#include <stdbool.h>

#define KLINE_COLUMNS 12
extern const char *const kline_names[KLINE_COLUMNS];

/* Starts as {0}. Set `row` to the numbers of a record, NaN where there is none, and call kline_examine. */
struct kline {
    double row[KLINE_COLUMNS];
    bool refused;       /* a record cannot be a kline */
    unsigned good, bad; /* records */
};

void kline_examine(struct kline *kline);

/* Whether most records are klines: they open and close at times, and low <= open, close <= high. Records that lack a
 * price do not count. A few may be wrong: these are refused by their line when they are used. */
bool kline_is(const struct kline *kline);

#endif
