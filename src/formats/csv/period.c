#include "formats/csv/period.h"

#include <math.h>
#include <string.h>

#include "base/strings.h"
#include "base/try.h"
#include "formats/csv/times.h"

#define DAY 86400e6 /* us */

static bool take_number(const char *text, size_t digits, int *value)
{
    *value = 0;
    for (size_t i = 0; i < digits; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *value = *value * 10 + (text[i] - '0');
    }
    return true;
}

/* YYYY-MM-DD or YYYY-MM: where that day or month begins, and where it is over. */
static bool parse_days(const char *text, double *begin, double *end)
{
    const size_t length = strlen(text);
    int year, month, day = 0;
    if ((length != 7 && length != 10) || !take_number(text, 4, &year) || text[4] != '-' ||
        !take_number(text + 5, 2, &month) || month < 1 || month > 12)
        return false;
    const int64_t first = times_day(year, month, 1), next = times_day(year + month / 12, month % 12 + 1, 1);
    if (length == 10 && (text[7] != '-' || !take_number(text + 8, 2, &day) || day < 1 || first + day > next))
        return false;
    *begin = DAY * (double)(day ? first + day - 1 : first);
    *end = DAY * (double)(day ? first + day : next);
    return true;
}

enum plotmill_status period_init(struct period *period, const struct plotmill_source_options *options,
                                 struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const char *texts[2] = {options ? options->from : NULL, options ? options->to : NULL};
    double begins[2] = {-INFINITY, -INFINITY}, ends[2] = {INFINITY, INFINITY};
    for (int i = 0; i < 2; i++)
        if (texts[i] && !parse_days(texts[i], &begins[i], &ends[i]))
            FAIL(error, PLOTMILL_BAD_INPUT, "--%s: found \"%s\", expected a day as YYYY-MM-DD, or YYYY-MM",
                 i ? "to" : "from", text_quote(texts[i], strlen(texts[i])).text);
    *period = (struct period){begins[0], ends[1]};
    if (period->begin >= period->end)
        FAIL(error, PLOTMILL_BAD_INPUT, "--to %s: lies before --from %s", texts[1], texts[0]);
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
