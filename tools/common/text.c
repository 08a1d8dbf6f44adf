#include "tools/common/text.h"

#include <stdio.h>
#include <stdlib.h>

void text_bytes(uint64_t bytes, char *text, size_t size)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes;
    size_t unit = 0;
    if (bytes < 1024) {
        snprintf(text, size, "%u B", (unsigned)bytes);
        return;
    }
    for (value /= 1024; value >= 1023.95 && unit + 1 < sizeof units / sizeof units[0]; unit++)
        value /= 1024;
    snprintf(text, size, "%.1f %s", value, units[unit]);
}

void text_seconds(double seconds, char *text, size_t size)
{
    int decimals = seconds < 0.9995 ? 3 : seconds < 99.95 ? 1 : 0;
    snprintf(text, size, "%.*f", decimals, seconds);
}

int print_report(char *json)
{
    const int is_text = json != NULL;
    if (is_text)
        fputs(json, stdout);
    free(json);
    return is_text;
}
