/* Texts on the heap: each is freed by the caller, NULL when memory has run out. */
#ifndef BASE_STRINGS_H
#define BASE_STRINGS_H

#include "plotmill/status.h"

char *string_copy(const char *text);
char *string_join(const char *first, const char *second);
char *path_join(const char *folder, const char *name); /* "FOLDER/NAME" */

/* A copy in *kept; of NULL it is "". PLOTMILL_NO_MEMORY. */
enum plotmill_status string_keep(char **kept, const char *text, struct plotmill_error *error);

#endif
