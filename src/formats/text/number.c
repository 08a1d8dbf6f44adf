#include "formats/text/number.h"

#include <float.h>
#include <math.h>

#include "base/numbers.h"
#include "base/strings.h"

struct decimal {
    uint64_t digits; /* value = digits * 10^exponent, unless... */
    int exponent;
    bool cut; /* ...nonzero digits did not fit */
    bool negative;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Reads digits from p on. Each digit kept adds `step` to the exponent: 0 before the point, -1 after it. */
static const char *take_digits(const char *p, const char *end, int step, struct decimal *decimal)
{
    for (; p < end && is_digit(*p); p++) {
        unsigned digit = (unsigned)(*p - '0');
        if (decimal->digits < UINT64_C(1000000000000000000)) {
            decimal->digits = decimal->digits * 10 + digit;
            decimal->exponent += step;
        } else {
            decimal->cut |= digit != 0;
            decimal->exponent += 1 + step;
        }
    }
    return p;
}

/* The exponent after e. It need not be exact beyond float64, where strtod decides. NULL: malformed. */
static const char *take_exponent(const char *p, const char *end, struct decimal *decimal)
{
    bool negative = p < end && *p == '-';
    int exponent = 0;
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    if (p == end || !is_digit(*p))
        return NULL;
    for (; p < end && is_digit(*p); p++)
        if (exponent < 100000)
            exponent = exponent * 10 + (*p - '0');
    decimal->exponent += negative ? -exponent : exponent;
    return p;
}

static bool take_decimal(const char *p, const char *end, struct decimal *decimal)
{
    *decimal = (struct decimal){.negative = p < end && *p == '-'};
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    const char *start = p;
    p = take_digits(p, end, 0, decimal);
    size_t digits = (size_t)(p - start);
    if (p < end && *p == '.') {
        start = ++p;
        p = take_digits(p, end, -1, decimal);
        digits += (size_t)(p - start);
    }
    if (!digits)
        return false;
    if (p < end && (*p == 'e' || *p == 'E'))
        p = take_exponent(p + 1, end, decimal);
    return p == end;
}

/* If both factors are exact in float64, one operation rounds once (Clinger 1990). false: they are not. */
static bool convert_exactly(struct decimal *decimal, double *value)
{
    static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const uint64_t limit = UINT64_C(1) << DBL_MANT_DIG;
    while (decimal->digits > limit && decimal->digits % 10 == 0) {
        decimal->digits /= 10;
        decimal->exponent++;
    }
    if (decimal->cut || decimal->digits > limit || decimal->exponent < -22 || decimal->exponent > 22 ||
        FLT_EVAL_METHOD != 0)
        return false;
    double magnitude = (double)decimal->digits;
    magnitude = decimal->exponent < 0 ? magnitude / power[-decimal->exponent] : magnitude * power[decimal->exponent];
    *value = decimal->negative ? -magnitude : magnitude;
    return true;
}

static enum field_kind parse_word(const char *text, size_t length, double *value)
{
    char word[16];
    bool negative = *text == '-', sign = negative || *text == '+';
    if (length - sign >= sizeof word)
        return FIELD_OTHER;
    for (size_t i = sign; i < length; i++)
        word[i - sign] = text[i];
    word[length - sign] = 0;
    if (string_same(word, "inf") || string_same(word, "infinity")) {
        *value = negative ? -INFINITY : INFINITY;
        return FIELD_NUMBER;
    }
    /* C prints NaN with a sign sometimes. */
    if (string_same(word, "nan") || (!sign && (string_same(word, "na") || string_same(word, "null"))))
        return FIELD_MISSING;
    return FIELD_OTHER;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

enum field_kind field_parse(const char *text, size_t length, double *value)
{
    struct decimal decimal;
    while (length && is_blank(text[length - 1]))
        length--;
    while (length && is_blank(*text)) {
        text++;
        length--;
    }
    *value = NAN;
    if (!length)
        return FIELD_MISSING;
    if (!take_decimal(text, text + length, &decimal))
        return parse_word(text, length, value);
    return convert_exactly(&decimal, value) || decimal_read(text, value) ? FIELD_NUMBER : FIELD_OTHER;
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
