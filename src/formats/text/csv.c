#include "formats/text/period.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/format.h"
#include "formats/text/columns.h"
#include "formats/text/number.h"
#include "formats/text/records.h"
#include "formats/text/times.h"

#define BLOCK_VALUES 65536u

/* Samples are kept in blocks, so that growing never copies them. */
struct csv {
    char *path;
    double **blocks; /* (block_samples, fields) each */
    size_t block_count, block_samples;
    size_t fields;
    uint64_t count; /* of samples */
    bool header;
    bool whole;          /* every row is a sample; otherwise --from and --to leave some out */
    bool even;           /* one record per line: sample k is in line first_line + k */
    uint64_t first_line; /* of the first sample */
};

/* Where the value of a column goes. */
struct slot {
    size_t first; /* the first value of a sample that is from this column; NO_SLOT: none is */
    size_t next;  /* of a value: the next one from the same column */
};
#define NO_SLOT SIZE_MAX

/* A record is judged at its end, because its time may come after its values. */
struct loader {
    struct csv *csv;
    struct slot *slots; /* (max of columns and fields) */
    const struct columns *columns;
    const struct period *period;
    struct times times;
    struct plotmill_error *error;
    bool inside; /* the current record lies in the period */
    bool refused;
    struct plotmill_error why; /* refused: the first value that is not a number */
    double *values;            /* (fields) of the current record */
    uint64_t line;
};

static bool push_sample(struct csv *csv, const double *values)
{
    size_t at = (size_t)(csv->count % csv->block_samples);
    if (at == 0) {
        /* The list of blocks doubles whenever its length is a power of two. */
        if ((csv->block_count & (csv->block_count - 1)) == 0) {
            size_t capacity = csv->block_count ? 2 * csv->block_count : 1;
            double **blocks = realloc(csv->blocks, capacity * sizeof *blocks);
            if (!blocks)
                return false;
            csv->blocks = blocks;
        }
        double *block = malloc(csv->block_samples * csv->fields * sizeof *block);
        if (!block)
            return false;
        csv->blocks[csv->block_count++] = block;
    }
    memcpy(csv->blocks[csv->block_count - 1] + at * csv->fields, values, csv->fields * sizeof *values);
    csv->count++;
    return true;
}

static enum plotmill_status read_samples(void *self, uint64_t first, uint64_t count, double *out,
                                         struct plotmill_error *error)
{
    const struct csv *csv = self;
    (void)error;
    while (count) {
        const size_t at = (size_t)(first % csv->block_samples), left = csv->block_samples - at;
        const size_t n = (size_t)MIN(left, count), values = n * csv->fields;
        memcpy(out, csv->blocks[first / csv->block_samples] + at * csv->fields, values * sizeof *out);
        out += values;
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
                       loader->csv->path, place->line, field_label(&loader->columns->list, place->column).text,
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
    if (place->column >= loader->columns->list.count || loader->slots[place->column].first == NO_SLOT)
        return RECORDS_CONTINUE;
    double value;
    const bool refused = field_parse(text, length, &value) == FIELD_OTHER;
    loader->line = place->line;
    if (refused && !loader->refused)
        refuse(loader, place, text, length, "a number", &loader->why);
    loader->refused |= refused;
    for (size_t i = loader->slots[place->column].first; i != NO_SLOT; i = loader->slots[i].next)
        loader->values[i] = value;
    return RECORDS_CONTINUE;
}

static enum records_next load_end(void *user, const struct records_place *place)
{
    struct loader *loader = user;
    struct csv *csv = loader->csv;
    const bool refused = loader->refused;
    loader->refused = false;
    if ((place->record == 0 && csv->header) || !loader->inside)
        return RECORDS_CONTINUE;
    if (refused) {
        if (loader->error)
            *loader->error = loader->why;
        return RECORDS_FAILED;
    }
    if (csv->count == 0)
        csv->first_line = loader->line;
    csv->even &= loader->line == csv->first_line + csv->count;
    if (push_sample(csv, loader->values))
        return RECORDS_CONTINUE;
    plotmill_error_set(loader->error, PLOTMILL_NO_MEMORY, "%s: out of memory after %" PRIu64 " samples", csv->path,
                       csv->count);
    return RECORDS_FAILED;
}

static void report(const struct loader *loader, const struct log *log)
{
    const struct csv *csv = loader->csv;
    uint64_t back = loader->times.span.back_line;
    const struct field_choice *choice = &loader->columns->choice;
    const struct field_list *list = &loader->columns->list;
    struct text_list read = {0};
    if (loader->columns->kline)
        log_line(log, PLOTMILL_LOG_DETAIL, "%s: no header; the 12 columns are those of klines", csv->path);
    for (size_t i = 0; i < choice->count; i++)
        text_list_add(&read, "%s", field_label(list, choice->at[i]).text);
    text_list_end(&read);
    log_line(log, PLOTMILL_LOG_DETAIL, "%s: %" PRIu64 " samples of column%s %s", csv->path, csv->count,
             choice->count == 1 ? "" : "s", read.text);
    if (back)
        log_line(log, PLOTMILL_LOG_WARNING,
                 "%s, line %" PRIu64 ": time goes back in column %s; the rows are used in the order of the file",
                 csv->path, back, field_label(list, loader->columns->time).text);
}

/* Where the values of each column go. */
static enum plotmill_status map_columns(struct loader *loader, struct plotmill_error *error)
{
    const struct columns *columns = loader->columns;
    const struct field_choice *choice = &columns->choice;
    const size_t count = MAX(columns->list.count, choice->count);
    enum plotmill_status status = PLOTMILL_OK;
    loader->csv->fields = choice->count;
    loader->csv->block_samples = MAX(BLOCK_VALUES / choice->count, 1);
    TRY_ALLOCATE(error, loader->values, choice->count, sizeof *loader->values);
    TRY_ALLOCATE(error, loader->slots, count, sizeof *loader->slots);
    for (size_t i = 0; i < count; i++)
        loader->slots[i] = (struct slot){NO_SLOT, NO_SLOT};
    for (size_t i = 0; i < choice->count; i++) {
        struct slot *column = &loader->slots[choice->at[i]];
        loader->slots[i].next = column->first;
        column->first = i;
    }
done:
    return status;
}

enum plotmill_status source_open_csv(struct source *source, const struct input *input,
                                     const struct source_context *context, struct plotmill_error *error)
{
    static const struct source_ops ops = {read_samples, locate, destroy};
    static const struct records_visitor visitor = {load_field, load_end};
    enum plotmill_status status = PLOTMILL_OK;
    const char *path = input->path;
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
    TRY(columns_find(&columns, path, context->options, context->log, error));
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
    TRY(map_columns(&loader, error));
    TRY(records_walk(path, &visitor, &loader, error));
    times_finish(&loader.times);
    report(&loader, context->log);
    *context->span = loader.times.span;
    times_describe(&loader.times.span, &about);
    TRY(fields_describe(&columns.list, context->options, &columns.choice, &about, error));
    *source = (struct source){
        .ops = &ops, .self = csv, .shape = {.samples = csv->count, .fields = (uint32_t)csv->fields}, .about = about};
done:
    columns_free(&columns);
    free(loader.slots);
    free(loader.values);
    if (status)
        about_free(&about);
    if (status && csv)
        destroy(csv);
    return status;
}
