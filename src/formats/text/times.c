#include "formats/text/times.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "formats/text/number.h"

bool times_is_name(const char *name)
{
    static const char *const names[] = {"open_time", "time", "timestamp", "date", "datetime", "unix"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (string_same(name, names[i]))
            return true;
    return false;
}

/* [:SS[.fraction]] in seconds, or 0 if there is none. */
static double take_seconds(const char **p)
{
    if (**p != ':')
        return 0;
    (*p)++;
    double seconds = digits_read(p, 2), unit = 0.1;
    if (**p == '.')
        for ((*p)++; **p >= '0' && **p <= '9'; (*p)++, unit /= 10)
            seconds += unit * (**p - '0');
    return seconds;
}

/* [Z|+HH[:]MM] in minutes. */
static int take_zone(const char **p)
{
    if (**p == 'Z')
        (*p)++;
    if (**p != '+' && **p != '-')
        return 0;
    int sign = *(*p)++ == '-' ? -1 : 1;
    int hours = digits_read(p, 2);
    if (**p == ':')
        (*p)++;
    int minutes = **p ? digits_read(p, 2) : 0;
    return sign * (60 * hours + minutes);
}

/* YYYY-MM-DD[(T| )HH:MM[:SS[.fraction]][zone]] in us since 1970. */
static bool parse_date(const char *text, double *value)
{
    struct date date;
    int hour = 0, minute = 0, zone = 0;
    double seconds = 0;
    const char *p = date_read(text, &date);
    if (!p || !date.day)
        return false;
    if (*p == 'T' || *p == ' ') {
        p++;
        hour = digits_read(&p, 2);
        if (hour < 0 || *p++ != ':')
            return false;
        minute = digits_read(&p, 2);
        seconds = take_seconds(&p);
        if (minute < 0 || seconds < 0)
            return false;
        if (*p == ' ')
            p++;
        zone = take_zone(&p);
    }
    if (*p && *p != ' ')
        return false;
    const double days = (double)date_days(date.year, date.month, date.day);
    *value = 1e6 * (86400.0 * days + 3600.0 * hour + 60.0 * (minute - zone) + seconds);
    return true;
}

/* The unit may change within a series: some exchanges changed from ms to us. */
bool times_from_epoch(double *value)
{
    for (double unit = 1e6; unit > 1e-4; unit /= 1e3) {
        double us = *value * unit;
        if (us >= 6.3e14 && us <= 4.1e15) {
            *value = us;
            return true;
        }
    }
    return false;
}

enum clock_kind times_parse(const char *text, size_t length, double *value)
{
    enum field_kind kind = field_parse(text, length, value);
    if (kind == FIELD_NUMBER && isfinite(*value))
        return times_from_epoch(value) ? CLOCK_EPOCH : CLOCK_COUNTER;
    return kind == FIELD_OTHER && parse_date(text, value) ? CLOCK_EPOCH : CLOCK_NONE;
}

void times_add(struct times *times, const char *text, size_t length, uint64_t line)
{
    struct time_span *span = &times->span;
    double time;
    enum clock_kind clock = times_parse(text, length, &time);
    if (clock == CLOCK_NONE || (span->clock && clock != span->clock))
        return;
    if (!span->clock) {
        span->clock = clock;
        span->first = span->earliest = span->latest = time;
    } else {
        double step = time - span->last;
        if (step < 0 && !span->back_line)
            span->back_line = line;
        if (step > 0 && times->step_count < TIMES_STEPS)
            times->steps[times->step_count++] = step;
    }
    span->last = time;
    span->earliest = fmin(span->earliest, time);
    span->latest = fmax(span->latest, time);
    if (times->previous && times->previous->clock == clock && time <= times->previous->last)
        span->repeated++;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The step is fixed if most steps are within 1% of the median, so a few gaps do not matter. In an irregular series no
 * row can be missing. */
void times_finish(struct times *times)
{
    size_t alike = 0, count = times->step_count;
    if (!count)
        return;
    qsort(times->steps, count, sizeof *times->steps, compare);
    double middle = times->steps[count / 2];
    for (size_t i = 0; i < count; i++)
        alike += fabs(times->steps[i] - middle) <= 0.01 * middle;
    times->span.step = 2 * alike > count ? middle : -1;
}

void times_describe(const struct time_span *span, struct source_about *about)
{
    const double most = 9.2e15; /* us: what int64 ns can hold */
    if (span->clock != CLOCK_EPOCH || span->earliest < -most || span->latest > most)
        return;
    about->has_times = true;
    about->first_time = (int64_t)span->earliest * 1000;
    about->last_time = (int64_t)span->latest * 1000;
}

void times_report_seam(const struct log *log, const char *previous_path, const struct time_span *previous,
                       const char *next_path, const struct time_span *next)
{
    if (!previous->clock || previous->clock != next->clock || previous->back_line || next->back_line)
        return;
    double gap = next->first - previous->last;
    double step = previous->step != 0 ? previous->step : next->step;
    double missing = step > 0 ? rint(gap / step) - 1 : 0;
    if (next->last < previous->first)
        log_line(log, PLOTMILL_LOG_WARNING, "%s is earlier in time than %s; give the files in the order of time",
                 next_path, previous_path);
    else if (next->repeated)
        log_line(log, PLOTMILL_LOG_WARNING, "%s -> %s: %" PRIu64 " row%s repeated at the seam", previous_path,
                 next_path, next->repeated, next->repeated == 1 ? "" : "s");
    else if (step > 0 && gap > 1.5 * step)
        log_line(log, PLOTMILL_LOG_WARNING, "%s -> %s: about %.0f row%s missing at the seam", previous_path, next_path,
                 missing, missing == 1 ? "" : "s");
    else if (step > 0)
        log_line(log, PLOTMILL_LOG_DETAIL, "%s -> %s: no row missing or repeated at the seam", previous_path,
                 next_path);
}
