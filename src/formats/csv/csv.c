#include "formats/csv/csv.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/strings.h"
#include "base/text.h"
#include "base/try.h"
#include "formats/csv/columns.h"
#include "formats/csv/number.h"
#include "formats/csv/records.h"
#include "formats/csv/samples.h"

struct csv {
    char *path;
    struct samples samples;
    bool header;
    bool whole;          /* all its rows are samples */
    bool even;           /* one record a line: sample k stands in line first_line + k */
    uint64_t first_line; /* of the first sample */
};

struct loader {
    struct csv *csv;
    const struct columns *columns;
    const struct period *period;
    struct times times;
    struct plotmill_error *error;
    /* With a period, a record is looked at when it is whole: its time may stand behind its sample. */
    bool inside;
    bool refused;
    struct plotmill_error why;
    double value;
    uint64_t line;
};

static enum plotmill_status read_samples(void *self, uint64_t first, uint64_t count, double *out,
                                         struct plotmill_error *error)
{
    (void)error;
    samples_copy(&((struct csv *)self)->samples, first, count, out);
    return PLOTMILL_OK;
}

static void destroy(void *self)
{
    struct csv *csv = self;
    samples_free(&csv->samples);
    free(csv->path);
    free(csv);
}

struct finder {
    uint64_t record;
    uint64_t line; /* 0: not found */
};

static enum records_next find_record(void *user, const struct records_place *place, const char *text, size_t length)
{
    struct finder *finder = user;
    (void)text;
    (void)length;
    if (place->record != finder->record)
        return RECORDS_GO_ON;
    finder->line = place->line;
    return RECORDS_STOP;
}

/* Lines of uneven files are found by reading again: that is rare, and keeping them would double the memory. */
static void locate(void *self, uint64_t sample, char *text, size_t size)
{
    static const struct records_visitor visitor = {find_record, NULL};
    const struct csv *csv = self;
    struct finder finder = {.record = sample + csv->header, .line = csv->even ? csv->first_line + sample : 0};
    struct plotmill_error ignored;
    if (!csv->even && csv->whole)
        records_walk(csv->path, &visitor, &finder, &ignored);
    if (finder.line)
        snprintf(text, size, "%s, line %" PRIu64, csv->path, finder.line);
    else
        snprintf(text, size, "%s, row %" PRIu64 "%s", csv->path, sample, csv->whole ? "" : " of those asked for");
}

static enum records_next refuse(const struct loader *loader, const struct records_place *place, const char *text,
                                size_t length, const char *expected, struct plotmill_error *error)
{
    plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s, line %" PRIu64 ", column %s: found \"%s\", expected %s",
                       loader->csv->path, place->line, columns_label(loader->columns, place->column).text,
                       text_quote(text, length).text, expected);
    return RECORDS_FAILED;
}

static enum records_next add_sample(struct loader *loader, uint64_t line, double value)
{
    struct csv *csv = loader->csv;
    if (csv->samples.count == 0)
        csv->first_line = line;
    csv->even &= line == csv->first_line + csv->samples.count;
    if (!samples_push(&csv->samples, value)) {
        plotmill_error_set(loader->error, PLOTMILL_NO_MEMORY, "%s: out of memory after %" PRIu64 " samples", csv->path,
                           csv->samples.count);
        return RECORDS_FAILED;
    }
    return RECORDS_GO_ON;
}

static enum records_next load_field(void *user, const struct records_place *place, const char *text, size_t length)
{
    struct loader *loader = user;
    if (place->record == 0 && loader->csv->header)
        return RECORDS_GO_ON;
    if (place->column == loader->columns->time)
        times_add(&loader->times, text, length, place->line);
    if (place->column != loader->columns->chosen)
        return RECORDS_GO_ON;
    if (field_parse(text, length, &loader->value) == FIELD_OTHER)
        return refuse(loader, place, text, length, "a number", loader->error);
    return add_sample(loader, place->line, loader->value);
}

static enum records_next load_field_of_period(void *user, const struct records_place *place, const char *text,
                                              size_t length)
{
    struct loader *loader = user;
    if (place->record == 0 && loader->csv->header)
        return RECORDS_GO_ON;
    if (place->column == loader->columns->time) {
        int has = period_has(loader->period, text, length);
        if (has < 0)
            return refuse(loader, place, text, length, "a time: a date, or s, ms, us or ns since 1970", loader->error);
        loader->inside = has > 0;
        if (loader->inside)
            times_add(&loader->times, text, length, place->line);
    }
    if (place->column == loader->columns->chosen) {
        loader->line = place->line;
        loader->refused = field_parse(text, length, &loader->value) == FIELD_OTHER;
        if (loader->refused)
            refuse(loader, place, text, length, "a number", &loader->why);
    }
    return RECORDS_GO_ON;
}

static enum records_next load_end_of_period(void *user, const struct records_place *place)
{
    struct loader *loader = user;
    if ((place->record == 0 && loader->csv->header) || !loader->inside)
        return RECORDS_GO_ON;
    if (!loader->refused)
        return add_sample(loader, loader->line, loader->value);
    if (loader->error)
        *loader->error = loader->why;
    return RECORDS_FAILED;
}

static void report(const struct loader *loader, const struct log *log)
{
    const struct csv *csv = loader->csv;
    uint64_t back = loader->times.span.back_line;
    log_line(log, PLOTMILL_LOG_DETAIL, "%s: %" PRIu64 " samples of column %s", csv->path, csv->samples.count,
             columns_label(loader->columns, loader->columns->chosen).text);
    if (back)
        log_line(log, PLOTMILL_LOG_WARNING,
                 "%s, line %" PRIu64 ": time goes back in column %s: rows are taken as they stand", csv->path, back,
                 columns_label(loader->columns, loader->columns->time).text);
}

enum plotmill_status csv_open(struct source *source, const char *path, const struct plotmill_source_options *options,
                              const struct period *period, const struct log *log, const struct time_span *previous,
                              struct time_span *span, struct plotmill_error *error)
{
    static const struct plotmill_source_ops ops = {read_samples, locate, destroy};
    static const struct records_visitor visitors[] = {{load_field_of_period, load_end_of_period}, {load_field, NULL}};
    enum plotmill_status status = PLOTMILL_OK;
    struct columns columns = {0};
    struct loader loader = {.columns = &columns, .period = period, .times.previous = previous, .error = error};
    struct csv *csv = NULL;
    TRY_ALLOCATE(error, csv, 1, sizeof *csv);
    csv->path = string_copy(path);
    if (!csv->path)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory");
    TRY(columns_find(&columns, path, options ? options->column : NULL, log, error));
    csv->header = columns.header;
    csv->even = true;
    csv->whole = period_is_all(period);
    if (!csv->whole && columns.time == COLUMNS_NO_TIME)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: has no column of times, which --from and --to need: expected one named open_time, time, timestamp, "
             "date, datetime or unix",
             path);
    loader.csv = csv;
    TRY(records_walk(path, &visitors[csv->whole], &loader, error));
    times_finish(&loader.times);
    report(&loader, log);
    *span = loader.times.span;
    *source = (struct source){.ops = &ops, .self = csv, .shape = {.samples = csv->samples.count}};
done:
    columns_free(&columns);
    if (status && csv)
        destroy(csv);
    return status;
}
