/* Forms of times in text, and text to times: ns since 1970 UTC. */
#ifndef FORMATS_TEXT_TIME_FORMAT_H
#define FORMATS_TEXT_TIME_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "formats/source.h"

/* A form: of numbers since 1970, of a counter, of Excel's days, or a pattern such as "%Y-%m-%d %H:%M:%S". */
struct time_format {
    enum {
        TIME_NONE = 0,
        TIME_ISO,   /* YYYY-MM-DD[(T| )HH:MM[:SS[.fraction]][zone]] */
        TIME_EPOCH, /* a number: s, ms, us or ns since 1970, by `unit` (ns of a unit), or by its size where unit is 0 */
        TIME_COUNTER, /* any other numbers, which are no dates: seconds, rows; ordered, but without a place in time */
        TIME_EXCEL,   /* days since 1899-12-30 */
        TIME_PATTERN  /* `pattern`, as strptime's, and %f for a fraction of a second */
    } kind;
    int64_t unit;
    char pattern[48];
};

/* Reads one time; blanks around it are ignored. A date and a time of day in two columns are joined with a blank before.
 * false: it is not one of this form. *ns is SOURCE_NO_TIME for a missing one (empty, NaN, ...), which is true. Of
 * TIME_COUNTER *ns is the number times 10^9, rounded. */
bool time_read(const struct time_format *format, const char *text, size_t length, int64_t *ns);

/* Finds the form that all `texts` have. `said`: the option time-format (a pattern, or s, ms, us, ns, excel), NULL: not
 * given. PLOTMILL_BAD_INPUT where several forms fit and differ (day or month first): the message names both, with an
 * example and the option time-format; `where` names the column. format->kind is TIME_NONE where no form fits.
 * The result of a pattern that fits both ways may depend on later rows: *open is set to the other pattern ("" for
 * none), and the caller, who sees all rows, decides by them. */
enum plotmill_status time_format_find(struct time_format *format, const char *const *texts, size_t count,
                                      const char *said, const char *where, char open[48], struct plotmill_error *error);

/* "YYYY-MM-DD HH:MM:SS", "ms since 1970", ...: for reports. */
struct time_format_name {
    char text[64];
};
struct time_format_name time_format_name(const struct time_format *format);

/* Whether a column of this name means times, in any letter case. */
bool time_is_name(const char *name);

#endif
