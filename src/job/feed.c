#include "job/feed.h"

#include <math.h>
#include <string.h>

#include "base/try.h"

uint64_t feed_stride(const struct windows *windows)
{
    return windows->step < windows->window ? windows->step : windows->window;
}

uint64_t feed_samples(const struct windows *windows, uint64_t batch)
{
    return (batch - 1) * feed_stride(windows) + windows->window;
}

static enum plotmill_status refuse_missing(const struct feed *feed, const double *samples, uint64_t first,
                                           uint64_t count, struct plotmill_error *error)
{
    for (uint64_t i = 0; i < count; i++) {
        if (isfinite(samples[i]))
            continue;
        char place[512] = "";
        if (feed->source->ops->locate)
            feed->source->ops->locate(feed->source->self, first + i, place, sizeof place);
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s%ssample %llu is missing: expected a number "
                                  "(--missing error)",
                                  place, *place ? ": " : "", (unsigned long long)(first + i));
    }
    return PLOTMILL_OK;
}

static enum plotmill_status read_run(struct feed *feed, uint64_t first, uint64_t count, double *out,
                                     struct plotmill_error *error)
{
    enum plotmill_status status = feed->source->ops->read(feed->source->self, first, count, out, error);
    if (!status && feed->refuse_missing)
        status = refuse_missing(feed, out, first, count, error);
    return status;
}

/* Windows that overlap or touch are one run of samples, of which the last call's tail is kept. */
static enum plotmill_status read_together(struct feed *feed, uint64_t first, uint64_t count, double *samples,
                                          struct plotmill_error *error)
{
    uint64_t begin = first * feed->windows.step;
    uint64_t length = (count - 1) * feed->windows.step + feed->windows.window;
    uint64_t held_end = feed->held_first + feed->held_count, kept = 0;
    if (begin >= feed->held_first && begin < held_end) {
        kept = held_end - begin < length ? held_end - begin : length;
        memmove(samples, feed->held + (begin - feed->held_first), (size_t)kept * sizeof *samples);
    }
    feed->held_count = 0;
    enum plotmill_status status = PLOTMILL_OK;
    if (kept < length)
        status = read_run(feed, begin + kept, length - kept, samples + kept, error);
    feed->held = samples;
    feed->held_first = begin;
    feed->held_count = status ? 0 : length;
    return status;
}

enum plotmill_status feed_read(struct feed *feed, uint64_t first, uint64_t count, double *samples,
                               struct plotmill_error *error)
{
    const struct windows *w = &feed->windows;
    enum plotmill_status status = PLOTMILL_OK;
    if (w->step <= w->window)
        return read_together(feed, first, count, samples, error);
    for (uint64_t k = 0; k < count && !status; k++)
        status = read_run(feed, (first + k) * w->step, w->window, samples + k * w->window, error);
    return status;
}
