/* Which form the times of a column have. */
#include <stdio.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/text/number.h"
#include "formats/text/time_pattern.h"

/* Patterns of dates. Those with the same family differ in the order of the parts alone. Between points the day comes
 * before the month in every country that writes such dates, if the year has four digits. */
static const struct date_pattern {
    const char *pattern;
    int family; /* 0: none */
} dates[] = {
    /* clang-format off */
    {"%Y-%m-%d", 0},       {"%Y/%m/%d", 0},       {"%Y.%m.%d", 0},       {"%Y/%m-%d", 0},
    {"%Y%m%d", 0},         {"%d.%m.%Y", 0},       {"%m.%d.%Y", 0},       {"%d/%m/%Y", 1},
    {"%m/%d/%Y", 1},       {"%d-%m-%Y", 2},       {"%m-%d-%Y", 2},       {"%d/%m/%y", 3},
    {"%m/%d/%y", 3},       {"%y/%m/%d", 3},       {"%d-%m-%y", 4},       {"%m-%d-%y", 4},
    {"%y-%m-%d", 4},       {"%d.%m.%y", 5},       {"%y.%m.%d", 5},       {"%d-%b-%Y", 0},
    {"%d-%b-%y", 0},       {"%d %b %Y", 0},       {"%d %b %y", 0},       {"%d/%b/%Y", 0},
    {"%d/%b/%y", 0},       {"%d.%b.%Y", 0},       {"%d. %b %Y", 0},      {"%d%b%Y", 0},
    {"%d%b%y", 0},         {"%d %b, %Y", 0},      {"%b %d, %Y", 0},      {"%b %d %Y", 0},
    {"%b-%d-%Y", 0},       {"%b/%d/%Y", 0},       {"%Y-%b-%d", 0},       {"%Y %b %d", 0},
    {"%Y/%b/%d", 0},       {"%a, %d %b %Y", 0},   {"%a %d %b %Y", 0},    {"%a %b %d %Y", 0},
    {"%a, %b %d, %Y", 0},  {"%Y-%m", 0},          {"%Y/%m", 0},          {"%m/%Y", 0},
    {"%b %Y", 0},          {"%b-%Y", 0},          {"%b-%y", 0},          {"%Y-%b", 0},
    {"%Y-%j", 0},          {"%H:%M:%S %d.%m.%Y", 0}, {"%H:%M %d.%m.%Y", 0}, {"%H:%M:%S %Y-%m-%d", 0},
    {"%a %b %d %H:%M:%S %Y", 0},
    /* clang-format on */
};
static const char *const clocks[] = {
    "",           " %H:%M:%S",    " %H:%M",       "T%H:%M:%S",
    "T%H:%M",     " %I:%M:%S %p", " %I:%M %p",    " %I:%M:%S%p",
    " %I:%M%p",   " %I %p",       " %I%p",        ", %I:%M:%S %p",
    ", %I:%M %p", ", %H:%M:%S",   ", %H:%M",      ":%H:%M:%S",
    " %H.%M.%S",  " %H.%M",       " %H:%M:%S:%f", " %H%M%S",
    " %H%M%S%f",  " %H%M",        "T%H%M%S",      "T%H%M",
    "_%H%M%S",    "-%H%M%S",      "%H%M%S",       "%H%M",
    "%H",         "%H%M%S%f",     " %p %I:%M:%S", " %H-%M-%S",
    "_%H-%M-%S",  " %I-%p",       "-%H-%M-%S",    "-%H-%M",
};
static const char *const zones[] = {"", "%z", " %z"};

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define LOOKED_AT 4 /* texts that show whether a pattern is worth trying */
#define BEST_MOST 3

struct candidate {
    struct time_format format;
    int family;
};

struct finder {
    const char *const *texts;
    size_t count;
    size_t present;          /* texts that are not missing */
    size_t first[LOOKED_AT]; /* the first of them */
    size_t misfits;          /* of the best candidates */
    size_t best_count;       /* at least */
    struct candidate best[BEST_MOST];
};

static bool fits(const struct time_format *format, const char *text, bool century)
{
    /* Numbers such as 20240131 are dates only from 1900 to 2100. */
    const int64_t first = INT64_C(-2208988800000000000), end = INT64_C(4133980800000000000);
    int64_t ns;
    if (!time_read(format, text, strlen(text), &ns))
        return false;
    return ns == SOURCE_NO_TIME || !century || (ns >= first && ns < end);
}

/* Stops beyond `most`. */
static size_t count_misfits(const struct finder *finder, const struct time_format *format, size_t most)
{
    const bool century = format->kind == TIME_PATTERN && !strncmp(format->pattern, "%Y%m%d", 6);
    size_t misfits = 0;
    for (size_t i = 0; i < finder->count && misfits <= most; i++)
        misfits += !fits(format, finder->texts[i], century);
    return misfits;
}

static size_t tolerated(const struct finder *finder)
{
    return MAX(finder->present / 10, finder->present >= LOOKED_AT);
}

static void consider(struct finder *finder, const struct time_format *format, int family)
{
    bool any = false;
    for (size_t i = 0; i < MIN(finder->present, LOOKED_AT) && !any; i++)
        any = fits(format, finder->texts[finder->first[i]], false);
    if (!any)
        return;
    const size_t misfits = count_misfits(finder, format, finder->misfits);
    if (misfits > finder->misfits)
        return;
    if (misfits < finder->misfits)
        finder->best_count = 0;
    finder->misfits = misfits;
    if (finder->best_count < BEST_MOST)
        finder->best[finder->best_count++] = (struct candidate){*format, family};
}

static void consider_kind(struct finder *finder, int kind, int64_t unit)
{
    struct time_format format = {.unit = unit};
    format.kind = kind;
    consider(finder, &format, 0);
}

static void consider_patterns(struct finder *finder)
{
    struct time_format format = {.kind = TIME_PATTERN};
    for (size_t i = 0; i < COUNT(dates); i++)
        for (size_t k = 0; k < COUNT(clocks); k++)
            for (size_t z = 0; z < COUNT(zones); z++) {
                if (!*clocks[k] && *zones[z])
                    continue;
                snprintf(format.pattern, sizeof format.pattern, "%s%s%s", dates[i].pattern, clocks[k], zones[z]);
                consider(finder, &format, dates[i].family);
            }
}

/* Whole numbers beyond 9e8 are ns or the like: int64 holds them as they are. */
static int64_t counter_unit(const struct finder *finder)
{
    for (size_t i = 0; i < finder->count; i++) {
        double value;
        if (field_parse(finder->texts[i], strlen(finder->texts[i]), &value) == FIELD_NUMBER &&
            (value > 9e8 || value < -9e8))
            return 1;
    }
    return 1000000000;
}

static enum plotmill_status take_said(struct time_format *format, const char *said, struct plotmill_error *error)
{
    static const struct {
        const char *name;
        int64_t unit;
    } units[] = {{"s", 1000000000}, {"ms", 1000000}, {"us", 1000}, {"ns", 1}};
    enum plotmill_status status = PLOTMILL_OK;
    *format = (struct time_format){0};
    for (size_t i = 0; i < COUNT(units); i++)
        if (string_same(said, units[i].name)) {
            format->kind = TIME_EPOCH;
            format->unit = units[i].unit;
        }
    if (string_same(said, "excel"))
        format->kind = TIME_EXCEL;
    if (format->kind)
        return PLOTMILL_OK;
    if (!strchr(said, '%'))
        FAIL(error, PLOTMILL_BAD_INPUT,
             "time-format: found \"%s\", expected s, ms, us or ns since 1970, excel, or a pattern such as %%d/%%m/%%Y "
             "%%H:%%M",
             text_quote(said, strlen(said)).text);
    format->kind = TIME_PATTERN;
    TRY(time_pattern_take(format->pattern, said, error));
done:
    return status;
}

/* One of the texts that the patterns read differently. */
static const char *find_example(const struct finder *finder)
{
    for (size_t i = 0; i < finder->count; i++) {
        int64_t one, other;
        const char *text = finder->texts[i];
        if (time_read(&finder->best[0].format, text, strlen(text), &one) &&
            time_read(&finder->best[1].format, text, strlen(text), &other) && one != other)
            return text;
    }
    return finder->texts[finder->first[0]];
}

/* The best ones beside the first one that differ from it in the order of the parts. */
static size_t count_others(const struct finder *finder)
{
    size_t others = 0;
    while (finder->best[0].family && 1 + others < finder->best_count &&
           finder->best[1 + others].family == finder->best[0].family)
        others++;
    return others;
}

enum plotmill_status time_format_find(struct time_format *format, const char *const *texts, size_t count,
                                      const char *said, const char *where, char open[TIME_PATTERN_SIZE],
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct finder finder = {.texts = texts, .count = count};
    *format = (struct time_format){0};
    if (open)
        *open = 0;
    for (size_t i = 0; i < count; i++)
        if (!number_is_missing(texts[i], strlen(texts[i]))) {
            if (finder.present < LOOKED_AT)
                finder.first[finder.present] = i;
            finder.present++;
        }
    finder.misfits = tolerated(&finder);
    if (said) {
        struct time_format wanted;
        TRY(take_said(&wanted, said, error));
        if (finder.present && count_misfits(&finder, &wanted, finder.misfits) <= finder.misfits)
            *format = wanted;
        return PLOTMILL_OK;
    }
    consider_kind(&finder, TIME_ISO, 0);
    if (!finder.best_count || finder.misfits) {
        consider_patterns(&finder);
        consider_kind(&finder, TIME_EPOCH, 0);
        consider_kind(&finder, TIME_COUNTER, counter_unit(&finder));
    }
    if (!finder.best_count)
        return PLOTMILL_OK;
    const size_t others = count_others(&finder);
    if (others && (others > 1 || !open)) {
        const char *example = find_example(&finder);
        FAIL(
            error, PLOTMILL_BAD_INPUT,
            "%s: found \"%s\", which may be %s or %s, and no row decides: expected the option time-format to say which",
            where, text_quote(example, strlen(example)).text, finder.best[0].format.pattern,
            finder.best[1].format.pattern);
    }
    if (others)
        strcpy(open, finder.best[1].format.pattern);
    *format = finder.best[0].format;
done:
    return status;
}
