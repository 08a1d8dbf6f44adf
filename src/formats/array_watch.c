/* Columns of arrays that may say which series a row belongs to: the same watch as over the columns of text. */
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/array_columns.h"
#include "formats/text/column_watch.h"
#include "formats/text/period.h"

#define BLOCK_BYTES ((size_t)256 << 10)

static bool is_watched(const struct array_column *item)
{
    const bool texts = item->kind == ARRAY_BYTES || item->kind == ARRAY_UCS4;
    const bool known = texts || array_column_is_number(item);
    return known && !item->of_sequences && *item->name && column_is_watched(item->name, texts);
}

/* Of rows inside the period, as of texts. */
static enum plotmill_status watch_column(struct column_watch *watch, const struct array_column_list *list,
                                         size_t column, const int64_t *times, const struct period *period,
                                         uint64_t rows, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct array_column *item = &list->items[column];
    const uint64_t block = MAX(BLOCK_BYTES / MAX(item->size, 1), 1);
    char text[ARRAY_TEXT_MOST + 1], *values = NULL;
    TRY_ALLOCATE(error, values, MIN(block, rows), MAX(item->size, 8));
    for (uint64_t first = 0, n; first < rows; first += n) {
        n = MIN(rows - first, block);
        TRY(list->read(list->self, column, first, n, values, error));
        for (uint64_t i = 0; i < n; i++) {
            const int64_t time = times ? times[first + i] : SOURCE_NO_TIME;
            if (!period_is_all(period) && !period_has_time(period, time))
                continue;
            array_column_text(item, values + i * item->size, text);
            TRY(column_watch_add(watch, text, strlen(text), time, first + i + 1, error));
        }
    }
done:
    free(values);
    return status;
}

enum plotmill_status array_columns_watch(const struct array_columns *columns, const struct array_column_list *list,
                                         size_t time, const struct source_options *options, struct source *source,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct source_about *about = &source->about;
    struct column_watch watch = {0};
    struct period period;
    TRY(period_init(&period, options, error));
    if ((options && options->group_by) || source->shape.row_length)
        return PLOTMILL_OK;
    TRY_ALLOCATE(error, about->columns, COLUMN_WATCHES_MOST, sizeof *about->columns);
    for (size_t i = 0; i < list->count && about->column_count < COLUMN_WATCHES_MOST; i++) {
        if (i == time || !is_watched(&list->items[i]))
            continue;
        TRY(watch_column(&watch, list, i, columns->times, &period, source->shape.samples, error));
        struct column_about *column = &about->columns[about->column_count++];
        *column = column_watch_finish(&watch);
        column->column = i;
        column->is_row = true;
        TRY(string_keep(&column->name, list->items[i].name, error));
    }
done:
    column_watch_free(&watch);
    return status;
}
