#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/text/text_source.h"

static double side_value(const struct table_chunk *chunk, size_t side, size_t row)
{
    return chunk->sides[side * chunk->count + row];
}

static bool all_whole(const struct text_table *table, size_t side)
{
    for (size_t i = 0; i < table->chunk_count; i++)
        for (size_t k = 0; k < table->chunks[i].count; k++) {
            const double value = side_value(&table->chunks[i], side, k);
            if (!isnan(value) && (value != floor(value) || !(fabs(value) < 9007199254740992.0)))
                return false;
        }
    return true;
}

/* Texts that are all numbers are numbers, unless they were asked for as texts: the first rows had none. */
static enum plotmill_status classes_to_numbers(const struct text_source *text, size_t side, double **numbers,
                                               struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct load_side *plan = &text->sides[side];
    const struct classes *classes = &text->result.classes[side];
    *numbers = NULL;
    if (plan->forced || text->dialect.columns[plan->column].holds != COLUMN_EMPTY)
        return PLOTMILL_OK;
    TRY_ALLOCATE(error, *numbers, classes->count, sizeof **numbers);
    for (size_t i = 0; i < classes->count; i++) {
        const struct class_text *item = &classes->items[i];
        if (number_read(&text->dialect.columns[plan->column].numbers, classes->bytes + item->at, item->length,
                        &(*numbers)[i]) != FIELD_NUMBER) {
            free(*numbers);
            *numbers = NULL;
            break;
        }
    }
done:
    return status;
}

/* The numbers of classes become their places in ascending order, or the numbers that the texts are. */
static enum plotmill_status finish_classes(struct text_source *text, size_t side, struct side_column *column,
                                           struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct classes *classes = &text->result.classes[side];
    const struct text_table *table = text->result.table;
    uint32_t *ranks = NULL;
    double *numbers = NULL;
    TRY(classes_to_numbers(text, side, &numbers, error));
    if (!numbers) {
        TRY(classes_sort(classes, &column->classes, &ranks, error));
        column->class_count = classes->count;
    }
    for (size_t i = 0; i < table->chunk_count; i++) {
        double *values = table->chunks[i].sides + side * table->chunks[i].count;
        for (size_t k = 0; k < table->chunks[i].count; k++)
            if (values[k] >= 0)
                values[k] = numbers ? numbers[(size_t)values[k]] : ranks[(size_t)values[k]];
    }
done:
    free(ranks);
    free(numbers);
    return status;
}

enum plotmill_status text_finish_sides(struct text_source *text, struct source *source, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct source_options *options = text->options;
    TRY_ALLOCATE(error, source->sides, text->plan.side_count, sizeof *source->sides);
    source->side_count = text->plan.side_count;
    for (size_t i = 0; i < source->side_count; i++) {
        struct side_column *column = &source->sides[i];
        TRY(string_keep(&column->name, i < options->side_count ? options->sides[i].name : "label", error));
        if (text->sides[i].text)
            TRY(finish_classes(text, i, column, error));
        column->whole = !column->classes && all_whole(text->result.table, i);
    }
done:
    return status;
}

static enum plotmill_status finish_watches(struct text_source *text, struct source_about *about,
                                           struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY_ALLOCATE(error, about->columns, text->plan.watch_count, sizeof *about->columns);
    for (size_t i = 0; i < text->plan.watch_count; i++) {
        struct column_about *column = &about->columns[about->column_count++];
        *column = column_watch_finish(&text->result.watches[i]);
        column->column = text->watched[i];
        TRY(string_keep(&column->name, text->dialect.list.fields[column->column].name, error));
    }
done:
    return status;
}

/* What was decided, and the times found, as a JSON object. */
static char *describe_reading(const struct text_source *text, const struct source_about *about)
{
    struct json json = {.one_line = true};
    char *dialect = dialect_json(&text->dialect), time[TIME_SIZE];
    if (!dialect)
        return NULL;
    json_open(&json, NULL, '{');
    json_raw(&json, "dialect", dialect);
    if (about->has_times) {
        time_write(time, about->first_time);
        json_string(&json, "first_time", time);
        time_write(time, about->last_time);
        json_string(&json, "last_time", time);
    }
    json_close(&json, '}');
    free(dialect);
    return json_finish(&json);
}

/* A column that is named as one of times, but holds text: nothing would show that its rows lie newest first. */
static void say_unknown_times(struct text *said, const struct text_source *text)
{
    const struct dialect *dialect = &text->dialect;
    for (size_t i = 0; !dialect->time_count && !text->options->text.time && i < dialect->list.count; i++)
        if (dialect->columns[i].holds == COLUMN_TEXTS && time_is_name(dialect->list.fields[i].name)) {
            text_add(said, "; warning: column ");
            text_add(said, field_label(&dialect->list, i).text);
            text_add(said,
                     " is not understood as times, so that order and gaps are not known (time-format says how they "
                     "are written)");
            return;
        }
}

/* How the text was read, in one line without its name and rows. */
static char *say(const struct text_source *text)
{
    struct text said = {0};
    struct text_list read = {0};
    text_add(&said, dialect_describe(&text->dialect).text);
    say_unknown_times(&said, text);
    if (text->options->text.sequences) {
        text_add(&said, "; rows are sequences");
        return text_finish(&said);
    }
    for (size_t i = 0; i < text->choice.count; i++)
        text_list_add(&read, "%s", field_label(&text->dialect.list, text->choice.at[i]).text);
    text_list_end(&read);
    text_add(&said, read.items == 1 ? "; column " : "; columns ");
    text_add(&said, read.text);
    return text_finish(&said);
}

enum plotmill_status text_describe(struct text_source *text, struct source_about *about, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct load_result *result = &text->result;
    if (!text->options->text.sequences)
        TRY(fields_describe(&text->dialect.list, text->options, &text->choice, about, error));
    about->rows = result->table->rows;
    about->left_out = result->left_out;
    about->bad_rows = result->bad;
    about->has_times = result->first_time != SOURCE_NO_TIME && text->dialect.time.kind != TIME_COUNTER;
    about->first_time = about->has_times ? result->first_time : 0;
    about->last_time = about->has_times ? result->last_time : 0;
    TRY(finish_watches(text, about, error));
    about->reading = describe_reading(text, about);
    TRY_MEMORY(error, about->reading);
    about->said = say(text);
    TRY_MEMORY(error, about->said);
done:
    return status;
}
