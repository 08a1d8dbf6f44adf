/* Small helpers for names and messages. Case means ASCII's, whatever the locale. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "plotmill/status.h"

bool text_ends(const char *text, const char *end); /* case aside */

/* What a message quotes from a file: at most 40 bytes, control characters as '?'. */
struct text_quote {
    char text[48];
};
struct text_quote text_quote(const char *text, size_t length);

/* A comma-separated list for a message: the items over the limit are counted ("and 7 more"). Start it as {0}. */
#define TEXT_LIST_LIMIT 40
struct text_list {
    size_t items;
    size_t used;
    char text[3000];
};
void text_list_add(struct text_list *list, const char *format, ...) PLOTMILL_PRINTF(2, 3);
void text_list_end(struct text_list *list); /* after the last item */

#endif
