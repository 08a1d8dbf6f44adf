#include "base/text.h"
#include "base/strings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool text_ends(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && string_same(text + length - tail, end);
}

struct text_quote text_quote(const char *text, size_t length)
{
    struct text_quote quote;
    size_t n = length < 40 ? length : 40;
    for (size_t i = 0; i < n; i++)
        quote.text[i] = (unsigned char)text[i] < 32 || text[i] == 127 ? '?' : text[i];
    if (length > n) {
        /* Never half a UTF-8 character. */
        while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
            n--;
        memcpy(quote.text + n, "...", 3);
        n += 3;
    }
    quote.text[n] = 0;
    return quote;
}

void text_list_add(struct text_list *list, const char *format, ...)
{
    char item[200];
    va_list arguments;
    if (list->items++ >= TEXT_LIST_LIMIT)
        return;
    va_start(arguments, format);
    vsnprintf(item, sizeof item, format, arguments);
    va_end(arguments);
    int written =
        snprintf(list->text + list->used, sizeof list->text - list->used, "%s%s", list->used ? ", " : "", item);
    list->used += (size_t)written;
    if (list->used >= sizeof list->text)
        list->used = sizeof list->text - 1;
}

void text_list_end(struct text_list *list)
{
    if (list->items > TEXT_LIST_LIMIT)
        snprintf(list->text + list->used, sizeof list->text - list->used, " and %zu more",
                 list->items - TEXT_LIST_LIMIT);
}
