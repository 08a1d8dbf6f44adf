#include "base/suggest.h"

#include <string.h>

#include "base/numbers.h"

#define LONGEST 32

static size_t least(size_t a, size_t b)
{
    return MIN(a, b);
}

/* Edits from a to b: characters inserted, removed or replaced, or two neighbours swapped. */
static size_t edits(const char *a, const char *b)
{
    size_t rows[3][LONGEST + 1];
    size_t a_length = strlen(a), b_length = strlen(b);
    if (a_length > LONGEST || b_length > LONGEST)
        return LONGEST;
    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], above2[j - 2] + 1);
        }
    }
    return rows[a_length % 3][b_length];
}

void suggestion_offer(struct suggestion *suggestion, const char *name)
{
    size_t length = strlen(suggestion->meant);
    size_t distance = edits(suggestion->meant, name);
    if (length >= 3 && !strncmp(suggestion->meant, name, length))
        distance = 1; /* the beginning of a name is as good as a slip of one key */
    if (distance > 1 + length / 4 || distance >= length)
        return;
    if (!suggestion->name || distance < suggestion->distance) {
        suggestion->name = name;
        suggestion->distance = distance;
    }
}
