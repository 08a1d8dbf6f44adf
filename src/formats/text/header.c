#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/text/cell.h"
#include "formats/text/dialect_search.h"

enum plotmill_status table_find(struct search *search)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct head *head = &search->head;
    TRY(head_read(head, search->dialect, search->begin, search->end, search->begin_line, search->complete, SIZE_MAX,
                  search->error));
    if (!head->row_count)
        FAIL(search->error, PLOTMILL_BAD_INPUT, "%s: no data", search->name);
    search->width = head_width(head, 0);
    search->dialect->skip = search->begin_line - 1;
done:
    return status;
}

enum plotmill_status header_find(struct search *search)
{
    const struct head_row *row = &search->head.rows[0];
    for (size_t i = 0; i < row->count; i++) {
        const char *text = head_cell(&search->head, row, i);
        if (cell_look(text, strlen(text)) == CELL_TEXT)
            search->dialect->header_lines = 1;
    }
    search->data = search->dialect->header_lines;
    return PLOTMILL_OK;
}
