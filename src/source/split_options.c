/* The options split, split-at and split-by, as texts. */
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/text/period.h"
#include "source/split.h"

#define SHARE_DIGITS 9

bool split_wanted(const struct window_options *options)
{
    return options->split || options->split_at || options->split_by;
}

static const char *read_share(const char *text, uint64_t *share)
{
    uint64_t unit = SHARE_ONE;
    const char *at = text + strspn(text, " "), *begin = at;
    for (*share = 0; *at >= '0' && *at <= '9'; at++)
        *share = MIN(*share * 10 + (uint64_t)(*at - '0') * SHARE_ONE, 2 * SHARE_ONE);
    if (*at == '.')
        for (at++; *at >= '0' && *at <= '9'; at++) {
            if (unit == 1 && *at != '0')
                return NULL;
            unit = MAX(unit / 10, 1);
            *share += (uint64_t)(*at - '0') * unit;
        }
    return at == begin || (at == begin + 1 && *begin == '.') ? NULL : at + strspn(at, " ");
}

enum plotmill_status split_read_shares(const char *text, uint64_t shares[3], struct plotmill_error *error)
{
    const char *at = text;
    uint64_t sum = 0;
    for (int i = 0; i < 3 && at; i++) {
        at = read_share(at, &shares[i]);
        sum += at ? shares[i] : 0;
        if (at && *at != (i < 2 ? ',' : 0))
            at = NULL;
        else if (at && i < 2)
            at++;
    }
    if (!at || !sum || sum > SHARE_ONE)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "split: found \"%s\", expected three shares, for train, val and test, of at most "
                                  "1 together, each with at most %d decimals, such as 0.7,0.15,0.15",
                                  text_quote(text, strlen(text)).text, SHARE_DIGITS);
    return PLOTMILL_OK;
}
static bool read_time(const char *text, int64_t *ns)
{
    const struct source_options options = {.from = text};
    struct plotmill_error ignored;
    struct period period;
    if (period_init(&period, &options, &ignored))
        return false;
    *ns = period.first;
    return true;
}

enum plotmill_status split_read_times(const char *text, int64_t times[2], struct plotmill_error *error)
{
    const char *comma = strchr(text, ',');
    const size_t length = comma ? (size_t)(comma - text) : 0;
    char first[64] = "";
    if (length < sizeof first)
        memcpy(first, text, length);
    if (!comma || !read_time(first, &times[0]) || !read_time(comma + 1 + strspn(comma + 1, " "), &times[1]) ||
        times[0] > times[1])
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "split-at: found \"%s\", expected two days (YYYY-MM-DD), months (YYYY-MM) or times "
                                  "(YYYY-MM-DD HH:MM:SS), UTC, at which val and test begin, the earlier one first",
                                  text_quote(text, strlen(text)).text);
    return PLOTMILL_OK;
}

enum plotmill_status split_check(const struct window_options *options, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t shares[3];
    int64_t times[2];
    if (options->split)
        TRY(split_read_shares(options->split, shares, error));
    if (options->split_at)
        TRY(split_read_times(options->split_at, times, error));
    if (options->split && options->split_at)
        FAIL(error, PLOTMILL_BAD_INPUT, "split and split-at: expected only one of them");
    if (options->split_by && strcmp(options->split_by, "group"))
        FAIL(error, PLOTMILL_BAD_INPUT, "split-by: found \"%s\", expected group",
             text_quote(options->split_by, strlen(options->split_by)).text);
    if (options->split_by && !options->split)
        FAIL(error, PLOTMILL_BAD_INPUT, "split-by: expected the option split beside it, with the shares of the groups");
done:
    return status;
}
