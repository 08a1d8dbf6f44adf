/* Forms of times in text, and text to times: ns since 1970 UTC. */
#ifndef FORMATS_TEXT_TIME_FORMAT_H
#define FORMATS_TEXT_TIME_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "formats/source.h"

#define TIME_PATTERN_SIZE 48

/* A form: of numbers since 1970, of a counter, of Excel's days, or a pattern such as "%Y-%m-%d %H:%M:%S". */
struct time_format {
    enum {
        TIME_NONE = 0,
        TIME_ISO,   /* YYYY-MM-DD[(T| )HH:MM[:SS[.fraction]][zone]] */
        TIME_EPOCH, /* a number: s, ms, us or ns since 1970, by `unit` (ns of a unit), or by its size where unit is 0 */
        TIME_COUNTER, /* other numbers, which are no dates: seconds, rows; ordered, but without a place in time */
        TIME_EXCEL,   /* days since 1899-12-30 */
        TIME_PATTERN  /* `pattern`, as strptime's, and %f for a fraction of a second */
    } kind;
    int64_t unit; /* of TIME_EPOCH and TIME_COUNTER */
    char pattern[TIME_PATTERN_SIZE];
};

/* Reads one time; blanks around it are ignored. A date and a time of day in two columns are joined with a blank before.
 * false: it is not one of this form, or int64 ns cannot hold it (1677 to 2262). *ns is SOURCE_NO_TIME for a missing one
 * (number_is_missing), which is true. Of TIME_COUNTER *ns is the number times `unit` (0: 10^9), rounded. text need not
 * be ended by 0; thread-safe. */
bool time_read(const struct time_format *format, const char *text, size_t length, int64_t *ns);

/* Finds the form of all `texts`, but for a few that have none (at most a tenth, or one): those are refused where they
 * are read. `said`: the option time-format (a pattern, or s, ms, us, ns, excel), NULL: not given; malformed ones are
 * PLOTMILL_BAD_INPUT. format->kind is TIME_NONE where no form fits. Where patterns fit that differ in the order of day,
 * month and year, *open is set to the other pattern ("": none), and the caller, who sees all rows, decides by them;
 * with open NULL, or three such patterns, PLOTMILL_BAD_INPUT names two, with an example and the option time-format.
 * `where` names file and column. Days of Excel and years alone are only found where they are said. */
enum plotmill_status time_format_find(struct time_format *format, const char *const *texts, size_t count,
                                      const char *said, const char *where, char open[TIME_PATTERN_SIZE],
                                      struct plotmill_error *error);

/* "YYYY-MM-DD HH:MM:SS", "ms since 1970", "%d.%m.%Y", ...: for reports. */
struct time_format_name {
    char text[64];
};
struct time_format_name time_format_name(const struct time_format *format);

/* Whether the number is a time from 1990 to 2100 in s, ms, us or ns since 1970; it becomes us. */
bool time_from_epoch(double *value);

/* Whether a column of this name means times, in any letter case. */
bool time_is_name(const char *name);

#endif
