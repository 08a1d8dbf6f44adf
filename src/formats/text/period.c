#include "formats/text/period.h"

#include <math.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/text/times.h"

#define DAY 86400e6 /* us */

/* YYYY-MM-DD or YYYY-MM: when that day or month begins and ends. */
static bool parse_days(const char *text, double *begin, double *end)
{
    struct date date;
    const char *rest = date_read(text, &date);
    if (!rest || *rest)
        return false;
    const int64_t first = date_days(date.year, date.month, date.day ? date.day : 1);
    *begin = DAY * (double)first;
    *end = DAY * (double)(first + (date.day ? 1 : date_month_length(date.year, date.month)));
    return true;
}

enum plotmill_status period_init(struct period *period, const struct source_options *options,
                                 struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const char *texts[2] = {options ? options->from : NULL, options ? options->to : NULL};
    double begins[2] = {-INFINITY, -INFINITY}, ends[2] = {INFINITY, INFINITY};
    for (int i = 0; i < 2; i++)
        if (texts[i] && !parse_days(texts[i], &begins[i], &ends[i]))
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: found \"%s\", expected a day as YYYY-MM-DD, or YYYY-MM",
                 i ? "to" : "from", text_quote(texts[i], strlen(texts[i])).text);
    *period = (struct period){begins[0], ends[1]};
    if (period->begin >= period->end)
        FAIL(error, PLOTMILL_BAD_INPUT, "to: %s is before from, %s", texts[1], texts[0]);
done:
    return status;
}

bool period_is_all(const struct period *period)
{
    return isinf(period->begin) && isinf(period->end);
}

int period_has(const struct period *period, const char *text, size_t length)
{
    double time;
    if (times_parse(text, length, &time) != CLOCK_EPOCH)
        return -1;
    return time >= period->begin && time < period->end;
}
