#include "tools/common/rate.h"

#define MARK_SECONDS 1.0

void rate_add(struct rate *rate, double seconds, uint64_t done)
{
    const struct rate_mark *newest = &rate->marks[(rate->count + RATE_MARKS - 1) % RATE_MARKS];
    rate->last = (struct rate_mark){seconds, done};
    if (rate->count == 0)
        rate->first = rate->last;
    if (rate->count == 0 || seconds - newest->seconds >= MARK_SECONDS)
        rate->marks[rate->count++ % RATE_MARKS] = rate->last;
}

static double between(const struct rate_mark *from, const struct rate_mark *to)
{
    return to->seconds > from->seconds ? (double)(to->done - from->done) / (to->seconds - from->seconds) : 0;
}

double rate_now(const struct rate *rate)
{
    return between(&rate->marks[rate->count > RATE_MARKS ? rate->count % RATE_MARKS : 0], &rate->last);
}

double rate_average(const struct rate *rate)
{
    return between(&rate->first, &rate->last);
}
