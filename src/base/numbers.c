#include "base/numbers.h"

#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void decimal_write(char text[DECIMAL_SIZE], double value)
{
    if (!isfinite(value)) {
        strcpy(text, isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, DECIMAL_SIZE, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    const char *point = localeconv()->decimal_point;
    char *at = strstr(text, point);
    if (at) {
        *at = '.';
        memmove(at + 1, at + strlen(point), strlen(at + strlen(point)) + 1);
    }
}

const char *decimal_read(const char *text, double *value)
{
    /* strtod accepts more: hexadecimal digits, nan(...), white space. */
    const size_t length = strspn(text, "+-.0123456789eEnaifNAIFtyTY");
    const char *point = localeconv()->decimal_point;
    char *end = NULL, *copy = NULL;
    if (!length)
        return NULL;
    if (strcmp(point, ".")) {
        const char *at = memchr(text, '.', length);
        const int before = (int)(at ? (size_t)(at - text) : length);
        copy = malloc(length + strlen(point) + 1);
        if (!copy)
            return NULL;
        sprintf(copy, "%.*s%s%.*s", before, text, at ? point : "", at ? (int)length - before - 1 : 0, at ? at + 1 : "");
    }
    *value = strtod(copy ? copy : text, &end);
    bool whole = copy ? !*end : end == text + length;
    free(copy);
    return whole ? text + length : NULL;
}
