/* Numbers in forms that are not plain: money, percentages, suffixes, units, groups of digits. */
#include <string.h>

#include "base/strings.h"
#include "formats/text/number_special.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

size_t blank_length(const char *text, const char *end)
{
    static const char *const spaces[] = {"\xc2\xa0", "\xe2\x80\xaf", "\xe2\x80\x89"};
    if (text < end && (*text == ' ' || *text == '\t'))
        return 1;
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
        const size_t length = strlen(spaces[i]);
        if ((size_t)(end - text) >= length && !memcmp(text, spaces[i], length))
            return length;
    }
    return 0;
}

/* A number in a form that is not plain, cut down to a plain one. */
struct piece {
    const char *at, *end;
    bool negative, marked; /* marked: with the percent sign or the unit of the format */
    int scale;             /* of a suffix: the power of ten */
};

static void trim(struct piece *piece)
{
    size_t length;
    while ((length = blank_length(piece->at, piece->end)))
        piece->at += length;
    for (bool found = true; found;) {
        found = false;
        for (size_t n = 1; n <= 3 && n <= (size_t)(piece->end - piece->at) && !found; n++)
            if (blank_length(piece->end - n, piece->end) == n) {
                piece->end -= n;
                found = true;
            }
    }
}

static bool take_sign(struct piece *piece)
{
    static const char minus[] = "\xe2\x88\x92"; /* U+2212 */
    const size_t length = strlen(minus);
    const bool long_one = (size_t)(piece->end - piece->at) > length && !memcmp(piece->at, minus, length);
    if (!long_one && (piece->at == piece->end || (*piece->at != '-' && *piece->at != '+')))
        return false;
    piece->negative ^= long_one || *piece->at == '-';
    piece->at += long_one ? length : 1;
    return true;
}

/* The text at one of the ends. */
static bool take_text(struct piece *piece, const char *sign, bool before)
{
    const size_t length = strlen(sign);
    if (!length || (size_t)(piece->end - piece->at) < length ||
        memcmp(before ? piece->at : piece->end - length, sign, length))
        return false;
    if (before)
        piece->at += length;
    else
        piece->end -= length;
    trim(piece);
    return true;
}

static bool take_last(struct piece *piece, char c)
{
    if (piece->at == piece->end || piece->end[-1] != c)
        return false;
    piece->end--;
    trim(piece);
    return true;
}

/* What stands around the digits. false: malformed. */
static bool peel(const struct number_format *format, struct piece *piece)
{
    static const struct {
        char letter;
        int scale;
    } suffixes[] = {{'K', 3}, {'k', 3}, {'M', 6}, {'m', 6}, {'B', 9}, {'T', 12}};
    bool inside = false;
    trim(piece);
    if (*format->currency && piece->at < piece->end && *piece->at == '(') {
        if (!take_last(piece, ')'))
            return false;
        piece->at++;
        piece->negative = inside = true;
        trim(piece);
    }
    bool sign = take_sign(piece);
    if (!take_text(piece, format->currency, true))
        take_text(piece, format->currency, false);
    if (!sign)
        sign = take_sign(piece);
    if (sign && inside)
        return false;
    piece->marked = (format->percent && take_last(piece, '%')) || take_text(piece, format->unit, false);
    for (size_t i = 0; format->suffixes && i < sizeof suffixes / sizeof *suffixes; i++)
        if (take_last(piece, suffixes[i].letter)) {
            piece->scale = suffixes[i].scale;
            break;
        }
    if (format->minus_behind && !sign && !inside && take_last(piece, '-'))
        piece->negative = true;
    return piece->at < piece->end && *piece->at != '-' && *piece->at != '+';
}

/* Bytes of the separator of groups at p; 0: there is none. */
static size_t separator_length(const char *separators, const char *p, const char *end)
{
    for (size_t length; *separators; separators += length) {
        length = utf8_length(separators);
        if (!length)
            length = 1;
        if ((size_t)(end - p) >= length && !memcmp(p, separators, length))
            return length;
        if (*separators == ' ' && blank_length(p, end))
            return blank_length(p, end);
        if (*separators == '\'' && end - p >= 3 && !memcmp(p, "\xe2\x80\x99", 3))
            return 3;
    }
    return 0;
}

#define NUMBER_LONGEST 80

/* Copies the number without the separators of its groups. 0: they do not separate groups of digits. */
static size_t join_groups(const struct number_format *format, const struct piece *piece, char copy[NUMBER_LONGEST])
{
    const char *p = piece->at, *separator = NULL;
    size_t used = 0, group = 0, groups = 0, middle = 0;
    if (piece->end - piece->at >= NUMBER_LONGEST)
        return 0;
    while (p < piece->end) {
        const size_t length = separator_length(format->thousands, p, piece->end);
        if (is_digit(*p)) {
            copy[used++] = *p++;
            group++;
            continue;
        }
        if (!length)
            break;
        if ((separator && memcmp(separator, p, length)) || !group || group > 3 || *copy == '0' ||
            (groups && group == 1))
            return 0;
        /* Groups of two only where the first one is not longer. */
        if (groups && ((middle && middle != group) || (group == 2 && used - group * groups > 2)))
            return 0;
        if (groups)
            middle = group;
        separator = p;
        p += length;
        groups++;
        group = 0;
    }
    if (groups && group != 3)
        return 0;
    for (; p < piece->end; p++)
        copy[used++] = *p;
    return used;
}

bool number_read_special(const struct number_format *format, const char *text, const char *end, char sign,
                         double *value)
{
    struct piece piece = {.at = text, .end = end};
    char copy[NUMBER_LONGEST];
    if (!peel(format, &piece))
        return false;
    if (*format->thousands) {
        const size_t length = join_groups(format, &piece, copy);
        if (!length)
            return false;
        piece.at = copy;
        piece.end = copy + length;
    }
    if (!number_read_plain(piece.at, piece.end, sign, piece.scale, value) ||
        (number_is_marked(format) && !piece.marked && *value != 0))
        return false;
    if (piece.negative)
        *value = -*value;
    return true;
}
