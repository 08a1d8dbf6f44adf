#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/numbers.h"
#include "base/strings.h"
#include "source/arrangement.h"

/* "1 minute", "2.5 days"; of a counter its number. */
struct duration {
    char text[64];
};

static struct duration duration_of(const struct arrangement *arrangement, double ns)
{
    static const struct {
        double ns;
        const char *name;
    } units[] = {{86400e9, "day"}, {3600e9, "hour"}, {60e9, "minute"}, {1e9, "second"},
                 {1e6, "ms"},      {1e3, "us"},      {1, "ns"}};
    struct duration duration;
    size_t at = 0;
    if (!arrangement->dated) {
        snprintf(duration.text, sizeof duration.text, "%.6g", ns / 1e9);
        return duration;
    }
    while (units[at].ns > 1 && ns < units[at].ns)
        at++;
    const double value = round(ns / units[at].ns * 10) / 10;
    snprintf(duration.text, sizeof duration.text, "%.10g %s%s", value, units[at].name, at < 4 && value != 1 ? "s" : "");
    return duration;
}

/* "prices.csv", or "a.csv and 11 more". */
struct inputs_name {
    char text[256];
};

static struct inputs_name inputs_name(const struct arrangement *arrangement)
{
    struct inputs_name name;
    if (arrangement->part_count == 1)
        snprintf(name.text, sizeof name.text, "%s", arrangement->parts[0].input->name);
    else
        snprintf(name.text, sizeof name.text, "%s and %zu more", arrangement->parts[0].input->name,
                 arrangement->part_count - 1);
    return name;
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void report_order(const struct arrangement *arrangement, const char *name)
{
    uint64_t moved = 0, sorted = 0, falls = 0, fall_at = 0;
    size_t reversed = 0;
    for (size_t i = 0; i < arrangement->part_count; i++) {
        const struct part_report *report = &arrangement->reports[i];
        moved += report->moved;
        sorted += report->sorted;
        fall_at = report->falls && !falls ? report->fall_at : fall_at;
        falls += report->falls;
        reversed += report->reversed != 0;
    }
    if (reversed && reversed < arrangement->part_count)
        log_line(arrangement->log, PLOTMILL_LOG_INFO,
                 "%s: the rows of %zu input%s lie newest first; they are put in the order of time", name, reversed,
                 plural(reversed));
    else if (reversed)
        log_line(arrangement->log, PLOTMILL_LOG_INFO, "%s: rows lie newest first; they are put in the order of time",
                 name);
    if (moved && (!reversed || reversed < arrangement->part_count))
        log_line(arrangement->log, PLOTMILL_LOG_INFO,
                 "%s: the inputs are given in another order than that of time; they are put in it", name);
    if (sorted)
        log_line(arrangement->log, PLOTMILL_LOG_INFO, "%s: %llu rows are sorted by time", name,
                 (unsigned long long)sorted);
    if (falls)
        log_line(
            arrangement->log, PLOTMILL_LOG_WARNING,
            "%s: time goes back at %llu row%s, first at %s; the rows stay as they lie: the option order: time sorts "
            "them, group-by separates several series",
            name, (unsigned long long)falls, plural(falls), arrangement_place(arrangement, fall_at).text);
}

static void report_groups(const struct arrangement *arrangement, const char *name)
{
    struct text_list list = {0};
    const char *by = arrangement->options ? arrangement->options->group_by : NULL;
    if (!arrangement->names || arrangement_has_numbers(arrangement))
        return;
    for (size_t i = 0; i < arrangement->name_count && i < 8; i++)
        text_list_add(&list, "%s", text_quote(arrangement->names[i], strlen(arrangement->names[i])).text);
    text_list_end(&list);
    log_line(arrangement->log, PLOTMILL_LOG_INFO, "%s: %zu group%s by %s: %s%s%s", name, arrangement->name_count,
             plural(arrangement->name_count), by, list.text, arrangement->name_count > 8 ? ", ..." : "",
             arrangement->order.at && !arrangement->row_length ? "; the rows of each were put together" : "");
}

/* The place of a row, without the name of the input where there is only one. */
static struct row_place place_of(const struct arrangement *arrangement, uint64_t row)
{
    struct row_place place = arrangement_place(arrangement, row);
    const char *name = arrangement->parts[0].input->name;
    const size_t length = strlen(name);
    if (arrangement->part_count == 1 && !strncmp(place.text, name, length) && !strncmp(place.text + length, ", ", 2))
        memmove(place.text, place.text + length + 2, strlen(place.text + length + 2) + 1);
    return place;
}

static void report_duplicates(const struct arrangement *arrangement, const char *name)
{
    const struct gap_report *gaps = &arrangement->gaps;
    if (gaps->duplicates)
        log_line(arrangement->log, PLOTMILL_LOG_WARNING,
                 "%s: %llu row%s the time of the row before%s, the first in %s; all are used", name,
                 (unsigned long long)gaps->duplicates, gaps->duplicates == 1 ? " has" : "s have",
                 arrangement->names ? " in the group" : "", place_of(arrangement, gaps->duplicate_at).text);
}

static void report_gaps(const struct arrangement *arrangement, const char *name)
{
    const struct gap_report *gaps = &arrangement->gaps;
    const char *hint = arrangement->break_count ? "" : "; the option break-at-gaps keeps windows from spanning gaps";
    const struct duration longest = duration_of(arrangement, (double)gaps->longest);
    const struct row_place place = place_of(arrangement, gaps->longest_at);
    char groups[64] = "";
    if (arrangement->names)
        snprintf(groups, sizeof groups, " in %llu group%s", (unsigned long long)gaps->groups, plural(gaps->groups));
    if (gaps->gaps == 1)
        log_line(arrangement->log, PLOTMILL_LOG_WARNING,
                 "%s: 1 gap in time%s, of %s before %s, where rows are %s apart%s", name, groups, longest.text,
                 place.text, duration_of(arrangement, gaps->longest_step).text, hint);
    else if (gaps->gaps)
        log_line(arrangement->log, PLOTMILL_LOG_WARNING,
                 "%s: %llu gaps in time%s, about %.0f rows missing; the longest is %s before %s, where rows are %s "
                 "apart%s",
                 name, (unsigned long long)gaps->gaps, groups, gaps->missing, longest.text, place.text,
                 duration_of(arrangement, gaps->longest_step).text, hint);
    if (gaps->closings)
        log_line(arrangement->log, PLOTMILL_LOG_DETAIL, "%s: %llu pauses recur, as nights and weekends do", name,
                 (unsigned long long)gaps->closings);
    if (arrangement->break_count)
        log_line(arrangement->log, PLOTMILL_LOG_INFO,
                 "%s: windows break at %llu step%s longer than %g times the usual one", name,
                 (unsigned long long)arrangement->break_count, plural(arrangement->break_count),
                 arrangement->options->gap_factor);
}

void arrangement_report(const struct arrangement *arrangement)
{
    const struct inputs_name name = inputs_name(arrangement);
    series_report(arrangement);
    report_groups(arrangement, name.text);
    report_order(arrangement, name.text);
    report_duplicates(arrangement, name.text);
    report_gaps(arrangement, name.text);
}

static const char *order_name(const struct arrangement *arrangement, const struct part_report *report)
{
    return !arrangement->inner.ops->times ? "unknown"
           : report->falls                ? "as it lies"
           : report->sorted               ? "sorted"
           : report->reversed             ? "newest first, reversed"
           : report->moved                ? "moved"
                                          : "time";
}

static void write_seconds(struct json *json, const struct arrangement *arrangement, const char *key, double ns)
{
    if (arrangement->dated && ns > 0)
        json_number(json, key, ns / 1e9);
    else
        json_null(json, key);
}

char *arrangement_json(const struct arrangement *arrangement)
{
    struct json json = {.one_line = true};
    json_open(&json, NULL, '[');
    for (size_t i = 0; i < arrangement->part_count && i < ARRANGE_LIST; i++) {
        const struct arrange_part *part = &arrangement->parts[i];
        const struct source_about *about = part->about;
        const struct part_report *report = &arrangement->reports[i];
        json_open(&json, NULL, '{');
        json_string(&json, "input", part->input->name);
        json_uint(&json, "rows", about ? MAX(about->rows, part->count) : part->count);
        json_uint(&json, "left_out", (about ? about->left_out : 0) + report->left_out);
        json_uint(&json, "bad_rows", about ? about->bad_rows : 0);
        if (about && about->reading)
            json_raw(&json, "reading", about->reading);
        else
            json_null(&json, "reading");
        json_string(&json, "order", order_name(arrangement, report));
        write_seconds(&json, arrangement, "step_seconds", report->step);
        json_uint(&json, "gaps", report->gaps);
        json_uint(&json, "closings", report->closings);
        write_seconds(&json, arrangement, "longest_gap_seconds", (double)report->longest);
        json_uint(&json, "duplicates", report->duplicates);
        json_close(&json, '}');
    }
    json_close(&json, ']');
    return json_finish(&json);
}
