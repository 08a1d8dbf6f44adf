#include "formats/csv_field.h"

#include <stdbool.h>
#include <string.h>

/* Puts the text, piece by piece. */
static void put(const char *text, void (*piece)(void *out, const char *text), void *out)
{
    const size_t length = strlen(text);
    const bool plain = length && !strpbrk(text, ",;\t\"\r\n") && *text != ' ' && text[length - 1] != ' ';
    if (plain) {
        piece(out, text);
        return;
    }
    piece(out, "\"");
    for (; *text; text++) {
        const char letter[] = {*text, 0};
        piece(out, *text == '"' ? "\"\"" : letter);
    }
    piece(out, "\"");
}

static void to_file(void *out, const char *text)
{
    fputs(text, out);
}

static void to_row(void *out, const char *text)
{
    text_add(out, text);
}

void csv_field_write(FILE *file, const char *text)
{
    put(text, to_file, file);
}

void csv_field_add(struct text *row, const char *text)
{
    put(text, to_row, row);
}
