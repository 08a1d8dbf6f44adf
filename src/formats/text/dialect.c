#include "formats/text/dialect.h"

#include <stdlib.h>
#include <string.h>

#include "base/try.h"
#include "formats/text/dialect_search.h"

enum plotmill_status dialect_find(struct dialect *dialect, const char *name, const char *text, size_t size,
                                  bool complete, const struct source_options *options, struct plotmill_error *error)
{
    static const struct source_options none = {0};
    enum plotmill_status status = PLOTMILL_OK;
    struct search search = {.dialect = dialect,
                            .name = name,
                            .text = text,
                            .end = text + size,
                            .complete = complete,
                            .options = options ? options : &none,
                            .begin = text,
                            .begin_line = 1,
                            .error = error};
    *dialect = (struct dialect){.encoding = "UTF-8", .separator = ',', .quote = '"', .list.path = name};
    TRY(text_said_read(&search.said, &search.options->text, error));
    TRY(preamble_find(&search));
    TRY(separator_find(&search));
    TRY(table_find(&search));
    TRY(header_find(&search));
    TRY(names_find(&search));
    TRY(columns_type(&search));
    TRY(times_find(&search));
done:
    head_free(&search.head);
    free(search.body);
    return status;
}

void dialect_free(struct dialect *dialect)
{
    for (size_t i = 0; dialect->columns && i < dialect->list.count; i++)
        free(dialect->columns[i].doubt);
    fields_free(&dialect->list);
    free(dialect->columns);
    *dialect = (struct dialect){0};
}
