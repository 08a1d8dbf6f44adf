/* Cuts the texts on standard input, each ended by a zero byte, into records.
 *
 *   cut_records SEPARATOR QUOTE PIECE
 *
 * Each text is given in pieces of PIECE bytes; 0: at once. Prints each record as LINE, then a unit separator (0x1f) and
 * its text for each field, then a record separator (0x1e); "open LINE" for a quote that is not closed; and a group
 * separator (0x1d) after each text. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/text/record_reader.h"

static char *read_all(size_t *size)
{
    size_t capacity = 1 << 16;
    char *bytes = malloc(capacity);
    for (*size = 0; bytes; capacity *= 2, bytes = realloc(bytes, capacity)) {
        *size += fread(bytes + *size, 1, capacity - *size, stdin);
        if (*size < capacity)
            return bytes;
    }
    return NULL;
}

static void print_record(const struct record_reader *reader)
{
    printf("%llu", (unsigned long long)reader->line);
    for (size_t i = 0; i < reader->count; i++) {
        putchar(0x1f);
        fwrite(reader->fields[i].text, 1, reader->fields[i].length, stdout);
    }
    putchar(0x1e);
}

/* The text begins where memory does, and ends where it ends: a sanitizer sees what is read outside. */
static void cut(const struct dialect *dialect, const char *text, size_t size, size_t piece)
{
    char *copy = malloc(size ? size : 1);
    memcpy(copy, text, size);
    struct record_reader reader = {.dialect = dialect, .at = copy, .line = 1};
    enum record_next next = RECORD_MORE;
    for (size_t end = piece ? piece : size; !reader.last; end += piece) {
        reader.last = end >= size;
        reader.end = copy + (reader.last ? size : end);
        while ((next = record_next(&reader)) == RECORD_ONE || next == RECORD_OPEN)
            if (next == RECORD_ONE)
                print_record(&reader);
            else
                printf("open %llu%c", (unsigned long long)reader.line, 0x1e);
    }
    if (next != RECORD_END) {
        fprintf(stderr, "cut_records: the text did not end\n");
        exit(1);
    }
    putchar(0x1d);
    record_finish(&reader);
    free(copy);
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    const struct dialect dialect = {.separator = *argv[1], .quote = *argv[2]};
    size_t size;
    char *text = read_all(&size);
    if (!text)
        return 1;
    for (char *at = text, *end; at < text + size && (end = memchr(at, 0, (size_t)(text + size - at))); at = end + 1)
        cut(&dialect, at, (size_t)(end - at), (size_t)atoi(argv[3]));
    free(text);
    return 0;
}
