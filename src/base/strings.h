/* Text, paths as text, and text for messages. A returned char * is freed by the caller; NULL: out of memory. */
#ifndef BASE_STRINGS_H
#define BASE_STRINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

char *string_copy(const char *text);
char *string_start(const char *text, size_t length); /* a copy of the first `length` bytes */
char *string_join(const char *first, const char *second);

/* A copy in *kept, "" for NULL. PLOTMILL_NO_MEMORY. */
enum plotmill_status string_keep(char **kept, const char *text, struct plotmill_error *error);

/* Ignoring the case of ASCII letters, in any locale. */
bool string_same(const char *a, const char *b);
bool string_contains(const char *text, const char *part);
bool text_ends(const char *text, const char *end);

/* Bytes of the UTF-8 character at `text`; 0: none starts there. Overlong forms, surrogates and truncated characters are
 * none. */
size_t utf8_length(const char *text);
bool utf8_is_valid(const char *text);

char *path_join(const char *folder, const char *name); /* "FOLDER/NAME" */
char *path_trimmed(const char *path);                  /* without slashes at the end */
const char *path_name(const char *path);               /* after the last slash */
char *path_folder(const char *path);                   /* before it; "." if there is none */

/* A text that grows; starts as {0}. When memory runs out, later calls do nothing and text_finish returns NULL. */
struct text {
    char *bytes;
    size_t length, capacity;
    bool failed;
};
void text_add(struct text *text, const char *added);
void text_add_format(struct text *text, const char *format, ...) PLOTMILL_PRINTF(2, 3); /* at most 200 bytes */
char *text_finish(struct text *text);

/* Text of a file, for a message: at most 40 bytes, control characters as '?'. */
struct text_quote {
    char text[48];
};
struct text_quote text_quote(const char *text, size_t length);

/* A comma-separated list for a message, which starts as {0}. Items beyond the limit are only counted: "and 7 more". */
#define TEXT_LIST_LIMIT 40
struct text_list {
    size_t items;
    size_t used;
    char text[3000];
};
void text_list_add(struct text_list *list, const char *format, ...) PLOTMILL_PRINTF(2, 3);
void text_list_end(struct text_list *list); /* after the last item */

#endif
