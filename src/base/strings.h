/* Texts, and paths as texts. What returns char * is on the heap: freed by the caller, NULL when memory has run out. */
#ifndef BASE_STRINGS_H
#define BASE_STRINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "plotmill/status.h"

char *string_copy(const char *text);
char *string_start(const char *text, size_t length); /* its first bytes */
char *string_join(const char *first, const char *second);

/* A copy in *kept; of NULL it is "". PLOTMILL_NO_MEMORY. */
enum plotmill_status string_keep(char **kept, const char *text, struct plotmill_error *error);

/* Letters of either case are one, in the way of ASCII whatever the locale. */
bool string_same(const char *a, const char *b);
bool string_contains(const char *text, const char *part);

/* Bytes of the UTF-8 character at `text`; 0: none starts there. Overlong forms, surrogates and truncated characters are
 * none. */
size_t utf8_length(const char *text);
bool utf8_is_valid(const char *text);

char *path_join(const char *folder, const char *name); /* "FOLDER/NAME" */
char *path_trimmed(const char *path);                  /* without slashes at its end: "images/" is "images" */
const char *path_name(const char *path);               /* what is behind its last slash */
char *path_folder(const char *path);                   /* what is before it; "." where there is none */

#endif
