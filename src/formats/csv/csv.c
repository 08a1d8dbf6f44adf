#include "formats/csv/period.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/csv/columns.h"
#include "formats/csv/number.h"
#include "formats/csv/records.h"
#include "formats/csv/times.h"
#include "formats/format.h"

#define BLOCK_SAMPLES 65536u

/* Samples are kept in blocks, so that growing never copies them. */
struct csv {
    char *path;
    double **blocks;
    size_t block_count;
    uint64_t count; /* of samples */
    bool header;
    bool whole;          /* every row is a sample; otherwise --from and --to leave some out */
    bool even;           /* one record per line: sample k is in line first_line + k */
    uint64_t first_line; /* of the first sample */
};

/* A record is judged at its end, because its time may come after its value. */
struct loader {
    struct csv *csv;
    const struct columns *columns;
    const struct period *period;
    struct times times;
    struct plotmill_error *error;
    bool inside; /* the current record lies in the period */
    bool refused;
    struct plotmill_error why; /* refused: the value is not a number */
    double value;
    uint64_t line;
};

static bool push_sample(struct csv *csv, double value)
{
    size_t at = (size_t)(csv->count % BLOCK_SAMPLES);
    if (at == 0) {
        /* The list of blocks doubles whenever its length is a power of two. */
        if ((csv->block_count & (csv->block_count - 1)) == 0) {
            size_t capacity = csv->block_count ? 2 * csv->block_count : 1;
            double **blocks = realloc(csv->blocks, capacity * sizeof *blocks);
            if (!blocks)
                return false;
            csv->blocks = blocks;
        }
        double *block = malloc(BLOCK_SAMPLES * sizeof *block);
        if (!block)
            return false;
        csv->blocks[csv->block_count++] = block;
    }
    csv->blocks[csv->block_count - 1][at] = value;
    csv->count++;
    return true;
}

static enum plotmill_status read_samples(void *self, uint64_t first, uint64_t count, double *out,
                                         struct plotmill_error *error)
{
    const struct csv *csv = self;
    (void)error;
    while (count) {
        size_t at = (size_t)(first % BLOCK_SAMPLES);
        size_t n = (size_t)MIN(BLOCK_SAMPLES - at, count);
        memcpy(out, csv->blocks[first / BLOCK_SAMPLES] + at, n * sizeof *out);
        out += n;
        first += n;
        count -= n;
    }
    return PLOTMILL_OK;
}

static void destroy(void *self)
{
    struct csv *csv = self;
    for (size_t i = 0; i < csv->block_count; i++)
        free(csv->blocks[i]);
    free(csv->blocks);
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
    (void)text, (void)length;
    if (place->record != finder->record)
        return RECORDS_CONTINUE;
    finder->line = place->line;
    return RECORDS_STOP;
}

/* Where lines and records differ, the file is read again: that is rare, and storing the lines would double the memory.
 */
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
        snprintf(text, size, "%s, row %" PRIu64 "%s", csv->path, sample, csv->whole ? "" : " of the selected rows");
}

static enum records_next refuse(const struct loader *loader, const struct records_place *place, const char *text,
                                size_t length, const char *expected, struct plotmill_error *error)
{
    plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s, line %" PRIu64 ", column %s: found \"%s\", expected %s",
                       loader->csv->path, place->line, columns_label(loader->columns, place->column).text,
                       text_quote(text, length).text, expected);
    return RECORDS_FAILED;
}

static enum records_next load_field(void *user, const struct records_place *place, const char *text, size_t length)
{
    struct loader *loader = user;
    if (place->record == 0 && loader->csv->header)
        return RECORDS_CONTINUE;
    if (place->column == loader->columns->time) {
        int has = loader->csv->whole ? 1 : period_has(loader->period, text, length);
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
    return RECORDS_CONTINUE;
}

static enum records_next load_end(void *user, const struct records_place *place)
{
    struct loader *loader = user;
    struct csv *csv = loader->csv;
    if ((place->record == 0 && csv->header) || !loader->inside)
        return RECORDS_CONTINUE;
    if (loader->refused) {
        if (loader->error)
            *loader->error = loader->why;
        return RECORDS_FAILED;
    }
    if (csv->count == 0)
        csv->first_line = loader->line;
    csv->even &= loader->line == csv->first_line + csv->count;
    if (push_sample(csv, loader->value))
        return RECORDS_CONTINUE;
    plotmill_error_set(loader->error, PLOTMILL_NO_MEMORY, "%s: out of memory after %" PRIu64 " samples", csv->path,
                       csv->count);
    return RECORDS_FAILED;
}

static void report(const struct loader *loader, const struct log *log)
{
    const struct csv *csv = loader->csv;
    uint64_t back = loader->times.span.back_line;
    log_line(log, PLOTMILL_LOG_DETAIL, "%s: %" PRIu64 " samples of column %s", csv->path, csv->count,
             columns_label(loader->columns, loader->columns->chosen).text);
    if (back)
        log_line(log, PLOTMILL_LOG_WARNING,
                 "%s, line %" PRIu64 ": time goes back in column %s; the rows are used in the order of the file",
                 csv->path, back, columns_label(loader->columns, loader->columns->time).text);
}

enum plotmill_status source_open_csv(struct source *source, const char *path, const struct source_context *context,
                                     struct plotmill_error *error)
{
    static const struct source_ops ops = {read_samples, locate, destroy};
    static const struct records_visitor visitor = {load_field, load_end};
    enum plotmill_status status = PLOTMILL_OK;
    struct columns columns = {0};
    struct loader loader = {.columns = &columns,
                            .period = context->period,
                            .times.previous = context->previous,
                            .error = error,
                            .inside = true};
    struct source_about about = {0};
    struct csv *csv = NULL;
    TRY_ALLOCATE(error, csv, 1, sizeof *csv);
    csv->path = string_copy(path);
    TRY_MEMORY(error, csv->path);
    TRY(columns_find(&columns, path, context->options ? context->options->column : NULL, context->log, error));
    csv->header = columns.header;
    csv->even = true;
    csv->whole = period_is_all(context->period);
    if (!csv->whole && columns.time == COLUMNS_NO_TIME)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: has no time column, which the options from and to need: expected a column named open_time, time, "
             "timestamp, "
             "date, datetime or unix",
             path);
    loader.csv = csv;
    TRY(records_walk(path, &visitor, &loader, error));
    times_finish(&loader.times);
    report(&loader, context->log);
    *context->span = loader.times.span;
    times_describe(&loader.times.span, &about);
    TRY(columns_describe(&columns, &about, error));
    *source = (struct source){.ops = &ops, .self = csv, .shape = {.samples = csv->count}, .about = about};
done:
    columns_free(&columns);
    if (status && csv)
        destroy(csv);
    return status;
}
