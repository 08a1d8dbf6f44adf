#include "formats/text/number.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "formats/text/number_special.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

#if defined __BYTE_ORDER__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
/* Eight digits at once: neighbours are joined to numbers of 2, 4 and 8 digits. false: not all are digits. */
static inline bool take_eight(const char *p, uint64_t *value)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    if (((word & UINT64_C(0xf0f0f0f0f0f0f0f0)) |
         (((word + UINT64_C(0x0606060606060606)) & UINT64_C(0xf0f0f0f0f0f0f0f0)) >> 4)) != UINT64_C(0x3333333333333333))
        return false;
    word = (word & UINT64_C(0x0f0f0f0f0f0f0f0f)) * 2561 >> 8;
    word = (word & UINT64_C(0x00ff00ff00ff00ff)) * 6553601 >> 16;
    *value = (word & UINT64_C(0x0000ffff0000ffff)) * UINT64_C(42949672960001) >> 32;
    return true;
}
#else
static inline bool take_eight(const char *p, uint64_t *value)
{
    (void)p, (void)value;
    return false;
}
#endif

/* Reads digits from p on, as many as fit; *dropped counts the others. */
static inline const char *take_digits(const char *p, const char *end, struct decimal *decimal, int64_t *dropped)
{
    uint64_t digits = decimal->digits, eight;
    while (end - p >= 8 && digits < UINT64_C(10000000000) && take_eight(p, &eight)) {
        digits = digits * 100000000 + eight;
        p += 8;
    }
    for (; p < end; p++) {
        const unsigned digit = (unsigned)(unsigned char)*p - '0';
        if (digit > 9)
            break;
        if (digits < UINT64_C(1000000000000000000)) {
            digits = digits * 10 + digit;
        } else {
            decimal->cut |= digit != 0;
            ++*dropped;
        }
    }
    decimal->digits = digits;
    return p;
}

/* The exponent after e. It need not be exact beyond float64. NULL: malformed. */
static const char *take_exponent(const char *p, const char *end, struct decimal *decimal)
{
    const bool negative = p < end && *p == '-';
    int64_t exponent = 0;
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    if (p == end || !is_digit(*p))
        return NULL;
    for (; p < end && is_digit(*p); p++)
        if (exponent < INT64_C(100000000000000))
            exponent = exponent * 10 + (*p - '0');
    decimal->exponent += negative ? -exponent : exponent;
    return p;
}

static inline bool take_decimal(struct decimal *decimal, const char *p, const char *end, char sign)
{
    int64_t dropped = 0;
    *decimal = (struct decimal){.negative = p < end && *p == '-'};
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    const char *start = p;
    p = take_digits(p, end, decimal, &dropped);
    int64_t digits = p - start;
    decimal->exponent = dropped;
    if (p < end && *p == sign) {
        start = ++p;
        p = take_digits(p, end, decimal, &dropped);
        digits += p - start;
        decimal->exponent = dropped - (p - start);
    }
    if (!digits)
        return false;
    if (p < end && (*p == 'e' || *p == 'E'))
        p = take_exponent(p + 1, end, decimal);
    return p == end;
}

bool decimal_take(struct decimal *decimal, const char *text, size_t length, char sign)
{
    return take_decimal(decimal, text, text + length, sign);
}

static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                               1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* If both factors are exact in float64, one operation rounds once (Clinger 1990). false: they are not. */
static inline bool convert_exactly(const struct decimal *decimal, double *value)
{
    if (decimal->cut || decimal->digits > UINT64_C(1) << DBL_MANT_DIG || decimal->exponent < -22 ||
        decimal->exponent > 22 || FLT_EVAL_METHOD != 0)
        return false;
    double magnitude = (double)decimal->digits;
    magnitude = decimal->exponent < 0 ? magnitude / power[-decimal->exponent] : magnitude * power[decimal->exponent];
    *value = decimal->negative ? -magnitude : magnitude;
    return true;
}

#ifdef __SIZEOF_INT128__
__extension__ typedef unsigned __int128 wide;

static int leading_zeros(uint64_t value)
{
    return __builtin_clzll(value);
}

/* The same with 128-bit integers, where 10^|exponent| fits into 64 bits: the quotient or product has at least 62
 * leading bits, and what is below them only matters by not being 0. The conversion to float64 rounds once; the power of
 * two after it is exact, because nothing near the limits of float64 comes here. */
static bool convert_widely(const struct decimal *decimal, double *value)
{
    if (decimal->cut || !decimal->digits || decimal->exponent < -19 || decimal->exponent > 19 || FLT_EVAL_METHOD != 0)
        return false;
    uint64_t ten = 1, bits;
    for (int64_t i = llabs(decimal->exponent); i > 0; i--)
        ten *= 10;
    int shift;
    if (decimal->exponent < 0) {
        const int up = leading_zeros(decimal->digits), down = leading_zeros(ten);
        const wide dividend = (wide)(decimal->digits << up) << 63;
        const uint64_t divisor = ten << down;
        bits = (uint64_t)(dividend / divisor);
        bits |= (uint64_t)(dividend % divisor) != 0;
        shift = down - up - 63;
    } else {
        const wide product = (wide)decimal->digits * ten;
        const uint64_t high = (uint64_t)(product >> 64);
        const int down = high ? 64 - leading_zeros(high) : 0;
        bits = (uint64_t)(product >> down) | ((product & (((wide)1 << down) - 1)) != 0);
        shift = down;
    }
    const double magnitude = ldexp((double)bits, shift);
    *value = decimal->negative ? -magnitude : magnitude;
    return true;
}
#else
static bool convert_widely(const struct decimal *decimal, double *value)
{
    (void)decimal, (void)value;
    return false;
}
#endif

/* More digits than these only matter by not being 0: no number halfway between two float64 has as many. */
#define DIGITS_MOST 800

/* By strtod, from digits and an exponent without a decimal sign, which no locale changes. `text` holds the digits of
 * the decimal, with one decimal sign. */
static void convert_by_strtod(const struct decimal *decimal, const char *text, const char *end, double *value)
{
    char digits[DIGITS_MOST + 40];
    size_t used = 0;
    bool more = false;
    for (const char *p = text; p < end && *p != 'e' && *p != 'E'; p++) {
        if (!is_digit(*p) || (*p == '0' && !used))
            continue;
        if (used < DIGITS_MOST)
            digits[used++] = *p;
        else
            more |= *p != '0';
    }
    const int64_t kept = (int64_t)used;
    if (more)
        digits[used++] = '1';
    if (!used)
        digits[used++] = '0';
    /* decimal->exponent is that of the last digit of decimal->digits, of which there are at most 19. */
    int64_t taken = 0;
    for (uint64_t rest = decimal->digits; rest; rest /= 10)
        taken++;
    int64_t exponent = decimal->exponent + taken - kept - more;
    exponent = CLAMP(exponent, -999999, 999999);
    snprintf(digits + used, sizeof digits - used, "e%d", (int)exponent);
    const double magnitude = strtod(digits, NULL);
    *value = decimal->negative ? -magnitude : magnitude;
}

static inline bool read_plain(const char *text, const char *end, char sign, int scale, double *value)
{
    struct decimal decimal;
    if (!take_decimal(&decimal, text, end, sign))
        return false;
    decimal.exponent += scale;
    if (!convert_exactly(&decimal, value) && !convert_widely(&decimal, value))
        convert_by_strtod(&decimal, text, end, value);
    return true;
}

bool number_read_plain(const char *text, const char *end, char sign, int scale, double *value)
{
    return read_plain(text, end, sign, scale, value);
}

static bool read_infinity(const char *text, size_t length, double *value)
{
    char word[10];
    const bool negative = *text == '-', sign = negative || *text == '+';
    if (length - sign >= sizeof word)
        return false;
    memcpy(word, text + sign, length - sign);
    word[length - sign] = 0;
    if (!string_same(word, "inf") && !string_same(word, "infinity"))
        return false;
    *value = negative ? -INFINITY : INFINITY;
    return true;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* `word` is lower case. */
static bool is_word(const char *text, size_t length, const char *word)
{
    for (size_t i = 0; i < length; i++)
        if (!word[i] || lower(text[i]) != word[i])
            return false;
    return !word[length];
}

static void trim_blanks(const char **text, size_t *length)
{
    while (*length && ((*text)[*length - 1] == ' ' || (*text)[*length - 1] == '\t'))
        --*length;
    while (*length && (**text == ' ' || **text == '\t')) {
        ++*text;
        --*length;
    }
}

/* `length` without blanks around. C prints NaN with a sign sometimes. */
static bool is_usual_word(const char *text, size_t length)
{
    static const char *const words[] = {"nan",  "-nan", "+nan",   "na",       "n/a",     "null",    "none",
                                        "#n/a", "<na>", "#na",    "#n/a n/a", "-",       ".",       "?",
                                        "\\n",  "nat",  "1.#ind", "-1.#ind",  "1.#qnan", "-1.#qnan"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is_word(text, length, words[i]))
            return true;
    return !length;
}

bool number_is_missing(const char *text, size_t length)
{
    trim_blanks(&text, &length);
    return is_usual_word(text, length);
}

static bool is_said_word(const char *words, const char *text, size_t length)
{
    while (words && *words) {
        size_t end = strcspn(words, ","), i = 0;
        const char *word = words;
        words += end + (words[end] == ',');
        trim_blanks(&word, &end);
        if (end != length)
            continue;
        while (i < length && lower(text[i]) == lower(word[i]))
            i++;
        if (i == length)
            return true;
    }
    return false;
}

/* What is no plain number. */
static enum field_kind read_other(const struct number_format *format, const char *text, size_t length, char sign,
                                  double *value)
{
    trim_blanks(&text, &length);
    if (is_usual_word(text, length) || is_said_word(format->missing, text, length))
        return FIELD_MISSING;
    const bool plain = !*format->thousands && !*format->currency && !number_is_marked(format) && !format->suffixes &&
                       !format->minus_behind && (unsigned char)*text < 0x80;
    double read;
    if (!(plain ? read_plain(text, text + length, sign, 0, &read)
                : number_read_special(format, text, text + length, sign, &read)) &&
        !read_infinity(text, length, &read))
        return FIELD_OTHER;
    *value = read;
    return FIELD_NUMBER;
}

enum field_kind number_read(const struct number_format *format, const char *text, size_t length, double *value)
{
    const char sign = format->decimal ? format->decimal : '.';
    enum field_kind kind = FIELD_NUMBER;
    if (!read_plain(text, text + length, sign, 0, value) || (number_is_marked(format) && *value != 0)) {
        *value = NAN;
        kind = read_other(format, text, length, sign, value);
    }
    for (unsigned i = 0; i < format->sentinel_count && kind == FIELD_NUMBER; i++)
        if (*value == format->sentinels[i]) {
            *value = NAN;
            kind = FIELD_MISSING;
        }
    return kind;
}

enum field_kind field_parse(const char *text, size_t length, double *value)
{
    static const struct number_format plain = {0};
    return number_read(&plain, text, length, value);
}

bool index_parse(const char *text, uint64_t *value)
{
    *value = 0;
    for (const char *p = text; *p; p++) {
        if (!is_digit(*p) || *value > (UINT64_MAX - 9) / 10)
            return false;
        *value = *value * 10 + (uint64_t)(*p - '0');
    }
    return *text != 0;
}
