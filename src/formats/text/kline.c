#include "formats/text/kline.h"

#include <math.h>

#include "formats/text/time_format.h"

enum { OPEN_TIME, OPEN, HIGH, LOW, CLOSE, CLOSE_TIME = 6 };

const char *const kline_names[KLINE_COLUMNS] = {
    "open_time",       "open",       "high",         "low",    "close",
    "volume",          "close_time", "quote_volume", "trades", "taker_buy_base",
    "taker_buy_quote", "ignore"};

/* The longest klines are those of months. */
#define LONGEST 2678400e6 /* us */

static bool has_times(const double *row)
{
    double open = row[OPEN_TIME], close = row[CLOSE_TIME];
    return isfinite(open) && isfinite(close) && time_from_epoch(&open) && time_from_epoch(&close) && close >= open &&
           close - open <= LONGEST;
}

void kline_examine(struct kline *kline)
{
    const double *row = kline->row, open = row[OPEN], high = row[HIGH], low = row[LOW], close = row[CLOSE];
    const bool ordered = low <= open && low <= close && open <= high && close <= high;
    const bool complete = isfinite(open) && isfinite(high) && isfinite(low) && isfinite(close);
    const bool times = has_times(row);
    kline->good += times && complete && ordered;
    kline->bad += !times || (complete && !ordered);
}

bool kline_is(const struct kline *kline)
{
    return kline->good > kline->bad;
}
