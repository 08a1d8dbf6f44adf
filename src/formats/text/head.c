#include "formats/text/head.h"

#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/try.h"
#include "formats/text/record_reader.h"

/* Room for `more` items after `count` ones. */
static enum plotmill_status reserve(void *items, size_t *capacity, size_t count, size_t more, size_t size,
                                    struct plotmill_error *error)
{
    void **list = items;
    if (count + more <= *capacity)
        return PLOTMILL_OK;
    const size_t grown = 2 * MAX(count + more, 16);
    void *copy = realloc(*list, grown * size);
    if (!copy)
        return plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
    *list = copy;
    *capacity = grown;
    return PLOTMILL_OK;
}

static enum plotmill_status add_row(struct head *head, const struct record_reader *reader, bool after_blank,
                                    struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY(reserve(&head->rows, &head->row_capacity, head->row_count, 1, sizeof *head->rows, error));
    TRY(reserve(&head->cells, &head->cell_capacity, head->cell_count, reader->count, sizeof *head->cells, error));
    head->rows[head->row_count++] = (struct head_row){reader->line, head->cell_count, reader->count, after_blank};
    for (size_t i = 0; i < reader->count; i++) {
        const struct text_field *field = &reader->fields[i];
        TRY(reserve(&head->bytes, &head->byte_capacity, head->byte_count, field->length + 1, 1, error));
        head->cells[head->cell_count++] = head->byte_count;
        if (field->length)
            memcpy(head->bytes + head->byte_count, field->text, field->length);
        head->bytes[head->byte_count + field->length] = 0;
        head->byte_count += field->length + 1;
    }
done:
    return status;
}

static bool begins_blank(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    return p < end && (*p == '\n' || *p == '\r');
}

enum plotmill_status head_read(struct head *head, const struct dialect *dialect, const char *text, const char *end,
                               uint64_t line, bool last, size_t most, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct record_reader reader = {.dialect = dialect, .at = text, .end = end, .last = last, .line = line};
    const size_t limit = most < SIZE_MAX - head->row_count ? head->row_count + most : SIZE_MAX;
    enum record_next next = RECORD_ONE;
    while (head->row_count < limit) {
        const bool after_blank = begins_blank(reader.at, end);
        next = record_next(&reader);
        if (next == RECORD_NO_MEMORY)
            FAIL(error, PLOTMILL_NO_MEMORY, "out of memory");
        if (next == RECORD_WIDE)
            head->wide_line = reader.line;
        if (next == RECORD_END || next == RECORD_MORE || next == RECORD_WIDE)
            break;
        if (next == RECORD_OPEN && !head->open_line)
            head->open_line = reader.line;
        if (next == RECORD_ONE)
            TRY(add_row(head, &reader, after_blank, error));
    }
    head->whole = last && next == RECORD_END;
done:
    record_finish(&reader);
    return status;
}

void head_free(struct head *head)
{
    free(head->rows);
    free(head->cells);
    free(head->bytes);
    *head = (struct head){0};
}

static int compare(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

size_t head_width(const struct head *head, size_t first)
{
    enum { SAMPLE = 1024 };
    size_t widths[SAMPLE], count = 0, best = 0, width = 0, run = 0;
    for (size_t i = first; i < head->row_count && count < SAMPLE; i++)
        widths[count++] = head->rows[i].count;
    qsort(widths, count, sizeof *widths, compare);
    for (size_t i = 0; i < count; i++) {
        run = i && widths[i] == widths[i - 1] ? run + 1 : 1;
        if (run >= best) {
            best = run;
            width = widths[i];
        }
    }
    return width;
}
