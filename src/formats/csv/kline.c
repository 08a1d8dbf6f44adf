#include "formats/csv/kline.h"

#include <math.h>

#include "formats/csv/times.h"

enum { OPEN_TIME, OPEN, HIGH, LOW, CLOSE, VOLUME, CLOSE_TIME, QUOTE_VOLUME, TRADES, BUY_BASE, BUY_QUOTE };

const char *const kline_names[KLINE_COLUMNS] = {
    "open_time",       "open",       "high",         "low",    "close",
    "volume",          "close_time", "quote_volume", "trades", "taker_buy_base",
    "taker_buy_quote", "ignore"};

/* The longest klines are those of months. */
#define LONGEST 2678400e6 /* us */

static bool has_times(const double *row)
{
    double open = row[OPEN_TIME], close = row[CLOSE_TIME];
    return isfinite(open) && isfinite(close) && times_from_epoch(&open) && times_from_epoch(&close) && close >= open &&
           close - open <= LONGEST;
}

/* A comparison with a missing number is false. */
static bool is_possible(const double *row)
{
    const bool prices = !(row[LOW] > row[HIGH] || row[OPEN] > row[HIGH] || row[CLOSE] > row[HIGH] ||
                          row[OPEN] < row[LOW] || row[CLOSE] < row[LOW]);
    const bool volumes = !(row[VOLUME] < 0 || row[QUOTE_VOLUME] < 0 || row[BUY_BASE] < 0 || row[BUY_QUOTE] < 0);
    const bool trades = !(row[TRADES] < 0 || row[TRADES] != rint(row[TRADES])) || isnan(row[TRADES]);
    return has_times(row) && prices && volumes && trades;
}

void kline_examine(struct kline *kline)
{
    const double *row = kline->row;
    kline->refused |= !is_possible(row);
    kline->complete |= isfinite(row[OPEN] + row[HIGH] + row[LOW] + row[CLOSE]);
}

bool kline_is(const struct kline *kline)
{
    return kline->complete && !kline->refused;
}
