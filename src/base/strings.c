#include "base/strings.h"
#include "base/numbers.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *join(const char *first, const char *between, const char *second)
{
    size_t size = strlen(first) + strlen(between) + strlen(second) + 1;
    char *text = malloc(size);
    if (text)
        snprintf(text, size, "%s%s%s", first, between, second);
    return text;
}

char *string_copy(const char *text)
{
    return string_start(text, strlen(text));
}

char *string_start(const char *text, size_t length)
{
    char *copy = malloc(length + 1);
    if (copy) {
        if (length)
            memcpy(copy, text, length);
        copy[length] = 0;
    }
    return copy;
}

char *string_join(const char *first, const char *second)
{
    return join(first, "", second);
}

enum plotmill_status string_keep(char **kept, const char *text, struct plotmill_error *error)
{
    *kept = string_copy(text ? text : "");
    return *kept ? PLOTMILL_OK : plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* How far two texts are the same. */
static size_t same_length(const char *a, const char *b)
{
    size_t length = 0;
    while (a[length] && lower(a[length]) == lower(b[length]))
        length++;
    return length;
}

bool string_same(const char *a, const char *b)
{
    size_t length = same_length(a, b);
    return !a[length] && !b[length];
}

bool string_contains(const char *text, const char *part)
{
    for (; *text; text++)
        if (!part[same_length(text, part)])
            return true;
    return false;
}

size_t utf8_length(const char *text)
{
    static const struct {
        unsigned char first, last, second_min, second_max, length;
    } forms[] = {{0x00, 0x7f, 0x80, 0xbf, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
                 {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
                 {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
    const unsigned char *byte = (const unsigned char *)text;
    size_t form = 0, forms_count = sizeof forms / sizeof *forms;
    while (form < forms_count && (*byte < forms[form].first || *byte > forms[form].last))
        form++;
    size_t length = form < forms_count ? forms[form].length : 0;
    if (length > 1 && (byte[1] < forms[form].second_min || byte[1] > forms[form].second_max))
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((byte[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

bool utf8_is_valid(const char *text)
{
    for (size_t length; *text; text += length)
        if (!(length = utf8_length(text)))
            return false;
    return true;
}

char *path_join(const char *folder, const char *name)
{
    return join(folder, "/", name);
}

char *path_trimmed(const char *path)
{
    char *copy = string_copy(path);
    for (size_t n = copy ? strlen(copy) : 0; n > 1 && copy[n - 1] == '/'; n--)
        copy[n - 1] = 0;
    return copy;
}

const char *path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *path_folder(const char *path)
{
    size_t length = (size_t)(path_name(path) - path);
    if (!length)
        return string_copy(".");
    return string_start(path, length > 1 ? length - 1 : 1);
}

bool text_ends(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && string_same(text + length - tail, end);
}

void text_add(struct text *text, const char *added)
{
    const size_t length = strlen(added);
    if (text->length + length + 1 > text->capacity && !text->failed) {
        size_t capacity = 2 * (text->length + length + 256);
        char *longer = realloc(text->bytes, capacity);
        text->failed = !longer;
        text->bytes = longer ? longer : text->bytes;
        text->capacity = longer ? capacity : text->capacity;
    }
    if (text->failed)
        return;
    memcpy(text->bytes + text->length, added, length + 1);
    text->length += length;
}

void text_add_format(struct text *text, const char *format, ...)
{
    char added[201];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(added, sizeof added, format, arguments);
    va_end(arguments);
    text_add(text, added);
}

char *text_finish(struct text *text)
{
    if (!text->bytes)
        text_add(text, "");
    char *bytes = text->bytes;
    if (text->failed) {
        free(bytes);
        bytes = NULL;
    }
    *text = (struct text){0};
    return bytes;
}

struct text_quote text_quote(const char *text, size_t length)
{
    struct text_quote quote;
    size_t n = MIN(length, 40);
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
