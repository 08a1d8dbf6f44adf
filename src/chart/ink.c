#include "chart/ink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool ink_read(const char *text, struct ink *ink)
{
    const size_t length = strlen(text);
    if (*text == '#' && length == 7 && strspn(text + 1, "0123456789abcdefABCDEF") == 6) {
        const unsigned long rgb = strtoul(text + 1, NULL, 16);
        *ink = (struct ink){(uint8_t)(rgb >> 16), (uint8_t)(rgb >> 8), (uint8_t)rgb};
        return true;
    }
    if (!length || length > 3 || strspn(text, "0123456789") != length || atoi(text) > 255)
        return false;
    const uint8_t value = (uint8_t)atoi(text);
    *ink = (struct ink){value, value, value};
    return true;
}

void ink_write(char text[INK_TEXT_SIZE], struct ink ink)
{
    if (ink_is_grey(ink))
        snprintf(text, INK_TEXT_SIZE, "%d", ink.red);
    else
        snprintf(text, INK_TEXT_SIZE, "#%02x%02x%02x", ink.red, ink.green, ink.blue);
}
