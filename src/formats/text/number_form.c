/* Which form the numbers of a column have. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/text/cell.h"
#include "formats/text/number.h"

static enum plotmill_status take_thousands(struct number_format *format, const char *said, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (!said || string_same(said, "none"))
        return PLOTMILL_OK;
    if (!*said || strlen(said) >= sizeof format->thousands || !utf8_is_valid(said) || strpbrk(said, "0123456789+-eE"))
        FAIL(
            error, PLOTMILL_BAD_INPUT,
            "thousands: found \"%s\", expected at most %zu bytes of characters that separate groups of digits, or none",
            text_quote(said, strlen(said)).text, sizeof format->thousands - 1);
    strcpy(format->thousands, said);
    if (format->decimal && strchr(said, format->decimal))
        FAIL(error, PLOTMILL_BAD_INPUT, "thousands: found \"%s\", expected other characters than decimal, %c", said,
             format->decimal);
done:
    return status;
}

static enum plotmill_status take_missing(struct number_format *format, const char *said, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    format->missing = said;
    while (said && *said) {
        const size_t length = strcspn(said, ",");
        double value;
        if (field_parse(said, length, &value) == FIELD_NUMBER) {
            if (format->sentinel_count == NUMBER_SENTINELS)
                FAIL(error, PLOTMILL_BAD_INPUT, "missing-values: found more than %d numbers", NUMBER_SENTINELS);
            format->sentinels[format->sentinel_count++] = value;
        }
        said += length + (said[length] == ',');
    }
done:
    return status;
}

enum plotmill_status number_format_said(struct number_format *format, const struct text_options *options,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const char *decimal = options ? options->decimal : NULL;
    *format = (struct number_format){0};
    if (!options)
        return PLOTMILL_OK;
    if (decimal && strcmp(decimal, ".") && strcmp(decimal, ","))
        FAIL(error, PLOTMILL_BAD_INPUT, "decimal: found \"%s\", expected . or ,",
             text_quote(decimal, strlen(decimal)).text);
    format->decimal = decimal ? *decimal : 0;
    TRY(take_thousands(format, options->thousands, error));
    TRY(take_missing(format, options->missing, error));
done:
    return status;
}

struct field_counts {
    size_t numbers, others;
};

static struct field_counts count_numbers(const struct number_format *format, const char *const *texts, size_t count)
{
    struct field_counts counts = {0};
    for (size_t i = 0; i < count; i++) {
        double value;
        const enum field_kind kind = number_read(format, texts[i], strlen(texts[i]), &value);
        counts.numbers += kind == FIELD_NUMBER;
        counts.others += kind == FIELD_OTHER;
    }
    return counts;
}

static const char *last_of(const char *text)
{
    size_t length = strlen(text);
    while (length && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    return length ? text + length - 1 : "";
}

/* One sign, in at least half of the fields. Others may lack it: their values are the same. */
static void find_currency(struct number_format *format, const char *const *texts, size_t count)
{
    static const char *const signs[] = {"US$", "R$", "$", "€", "£", "¥", "₹", "₩", "₽", "₿"};
    size_t marked = 0, missing = 0;
    for (size_t i = 0; i < count; i++) {
        const char *sign = NULL;
        for (size_t k = 0; k < sizeof signs / sizeof *signs && !sign; k++)
            if (strstr(texts[i], signs[k]))
                sign = signs[k];
        missing += number_is_missing(texts[i], strlen(texts[i]));
        if (!sign || !strpbrk(texts[i], "0123456789"))
            continue;
        if (*format->currency && strcmp(format->currency, sign)) {
            *format->currency = 0;
            return;
        }
        strcpy(format->currency, sign);
        marked++;
    }
    if (2 * marked < count - missing)
        *format->currency = 0;
}

static void find_percent(struct number_format *format, const char *const *texts, size_t count)
{
    size_t marked = 0, missing = 0;
    for (size_t i = 0; i < count; i++) {
        missing += number_is_missing(texts[i], strlen(texts[i]));
        marked += *last_of(texts[i]) == '%';
    }
    format->percent = marked && 2 * marked >= count - missing;
}

/* 1M may also mean a month or a minute, so letters mean suffixes only where that is certain: K or B, a decimal before
 * one, or a number that no period has. */
static void find_suffixes(struct number_format *format, const char *const *texts, size_t count)
{
    struct number_format trial = *format;
    trial.suffixes = true;
    for (size_t i = 0; i < count && !format->suffixes; i++) {
        const char *last = last_of(texts[i]);
        double value;
        if (!*last || !strchr("KkMmBT", *last) || !strpbrk(texts[i], "0123456789") ||
            number_is_missing(texts[i], strlen(texts[i])))
            continue;
        const bool letter = strchr("KkB", *last), decimal = strpbrk(texts[i], ".,");
        const bool large = number_read(&trial, texts[i], strlen(texts[i]), &value) == FIELD_NUMBER &&
                           value / (*last == 'T' ? 1e12 : 1e6) > 60;
        format->suffixes = letter || decimal || large;
    }
}

/* The same in all of them that are numbers but 0. */
static void find_unit(struct number_format *format, const char *const *texts, size_t count)
{
    const char *unit = NULL;
    size_t marked = 0, missing = 0;
    for (size_t i = 0; i < count; i++) {
        const char *found = cell_unit_behind(texts[i]);
        missing += number_is_missing(texts[i], strlen(texts[i]));
        if (!found)
            continue;
        if (unit && strcmp(unit, found))
            return;
        unit = found;
        marked++;
    }
    if (marked && 2 * marked >= count - missing)
        snprintf(format->unit, sizeof format->unit, "%s", unit);
}

/* Where no number has a sign before it. */
static void find_minus_behind(struct number_format *format, const char *const *texts, size_t count)
{
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        const char *last = last_of(texts[i]), *first = texts[i] + strspn(texts[i], " \t");
        if (*first == '-' ? first[1] != 0 : !strncmp(first, "\u2212", strlen("\u2212")))
            return;
        found |= *last == '-' && last > first && last[-1] >= '0' && last[-1] <= '9';
    }
    format->minus_behind = found;
}

/* The form with this decimal sign and everything that may separate thousands. */
static struct number_format with_decimal(const struct number_format *base, char decimal, const char *thousands)
{
    struct number_format format = *base;
    format.decimal = decimal;
    if (!thousands)
        snprintf(format.thousands, sizeof format.thousands, "%s '", decimal == '.' ? "," : ".");
    return format;
}

/* The first text that both forms read, with different values; NULL: there is none. */
static const char *find_difference(const struct number_format *one, const struct number_format *other,
                                   const char *const *texts, size_t count, double values[2])
{
    for (size_t i = 0; i < count; i++)
        if (number_read(one, texts[i], strlen(texts[i]), &values[0]) == FIELD_NUMBER &&
            number_read(other, texts[i], strlen(texts[i]), &values[1]) == FIELD_NUMBER && values[0] != values[1])
            return texts[i];
    return NULL;
}

/* Keeps the separators that occur, so that a later field in another form is refused. */
static void keep_seen(struct number_format *format, const char *const *texts, size_t count)
{
    char all[sizeof format->thousands];
    size_t used = 0;
    strcpy(all, format->thousands);
    *format->thousands = 0;
    const size_t plain = count_numbers(format, texts, count).numbers;
    struct number_format trial = *format;
    for (const char *at = all; *at; at++) {
        trial.thousands[0] = *at;
        trial.thousands[1] = 0;
        if (count_numbers(&trial, texts, count).numbers > plain)
            format->thousands[used++] = *at;
    }
    format->thousands[used] = 0;
}

static void find_marks(struct number_format *format, const char *const *texts, size_t count)
{
    find_currency(format, texts, count);
    find_percent(format, texts, count);
    find_suffixes(format, texts, count);
    if (!format->percent && !format->suffixes && !*format->currency)
        find_unit(format, texts, count);
    find_minus_behind(format, texts, count);
}

char number_decimal(const char *const *texts, size_t count)
{
    struct number_format base = {0};
    find_marks(&base, texts, count);
    const struct number_format point = with_decimal(&base, '.', NULL), comma = with_decimal(&base, ',', NULL);
    const struct field_counts points = count_numbers(&point, texts, count),
                              commas = count_numbers(&comma, texts, count);
    if (points.numbers == commas.numbers || MAX(points.numbers, commas.numbers) <= MIN(points.others, commas.others))
        return 0;
    return points.numbers > commas.numbers ? '.' : ',';
}

static bool have(const char *const *texts, size_t count, char c)
{
    for (size_t i = 0; i < count; i++)
        if (strchr(texts[i], c))
            return true;
    return false;
}

/* Between the two signs, where both read as many fields. 0: nothing decides. A point alone is a decimal point, as in
 * every other program. */
static char choose_decimal(const char *difference, const char *const *texts, size_t count, char known)
{
    if (known)
        return known;
    return !difference || !have(texts, count, ',') ? '.' : 0;
}

enum plotmill_status number_format_find(struct number_format *format, bool *numbers, const char *const *texts,
                                        size_t count, char decimal, const struct text_options *options,
                                        const char *where, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const char *thousands = options ? options->thousands : NULL;
    double values[2];
    *numbers = false;
    TRY(number_format_said(format, options, error));
    find_marks(format, texts, count);
    char chosen = format->decimal;
    if (!chosen && strpbrk(format->thousands, ".,"))
        chosen = strchr(format->thousands, ',') ? '.' : ',';
    if (!chosen) {
        const struct number_format point = with_decimal(format, '.', thousands);
        const struct number_format comma = with_decimal(format, ',', thousands);
        /* Sentinels are numbers here: what is compared is what no number can be. */
        const size_t points = count_numbers(&point, texts, count).others;
        const size_t commas = count_numbers(&comma, texts, count).others;
        const char *difference = points == commas ? find_difference(&point, &comma, texts, count, values) : NULL;
        chosen = points == commas ? choose_decimal(difference, texts, count, decimal) : points < commas ? '.' : ',';
        if (!chosen) {
            char one[DECIMAL_SIZE], other[DECIMAL_SIZE];
            decimal_write(one, values[0]);
            decimal_write(other, values[1]);
            FAIL(
                error, PLOTMILL_BAD_INPUT,
                "%s: found \"%s\", which is %s with a decimal point and %s with a decimal comma, and no field decides; "
                "expected the option decimal: . or ,",
                where, text_quote(difference, strlen(difference)).text, one, other);
        }
    }
    *format = with_decimal(format, chosen, thousands);
    if (!thousands)
        keep_seen(format, texts, count);
    const struct field_counts counts = count_numbers(format, texts, count);
    *numbers = counts.numbers > counts.others;
done:
    return status;
}
