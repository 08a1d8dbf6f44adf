#include "base/decimal.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"

/* Puts `to` where `from` first stands; the text stays within `size` because a number has one point. */
static void replace_point(char *text, size_t size, const char *from, const char *to)
{
    char *at = strcmp(from, to) ? strstr(text, from) : NULL;
    if (!at)
        return;
    size_t rest = strlen(at + strlen(from)) + 1;
    if ((size_t)(at - text) + strlen(to) + rest > size)
        return;
    memmove(at + strlen(to), at + strlen(from), rest);
    memcpy(at, to, strlen(to));
}

void decimal_write(char text[DECIMAL_SIZE], double value)
{
    char digits[DECIMAL_SIZE];
    if (!isfinite(value)) {
        strcpy(text, isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
        return;
    }
    for (int count = 15; count <= 17; count++) {
        snprintf(digits, sizeof digits, "%.*g", count, value);
        if (strtod(digits, NULL) == value)
            break;
    }
    replace_point(digits, sizeof digits, localeconv()->decimal_point, ".");
    strcpy(text, digits);
}

const char *decimal_read(const char *text, double *value)
{
    size_t length = strspn(text, "+-.0123456789eEnaifNAIFtyTY");
    char *end = NULL;
    if (!length)
        return NULL;
    /* strtod knows more than is allowed here: hexadecimal digits, nan(...). */
    *value = os_strtod(text, &end);
    return end == text + length ? end : NULL;
}
