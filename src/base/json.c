#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 64

static const char *value_end(const char *text, int depth);

static const char *skip_space(const char *text)
{
    return text + strspn(text, " \t\r\n");
}

static const char *string_end(const char *text)
{
    if (*text++ != '"')
        return NULL;
    for (; *text && *text != '"'; text++) {
        if ((unsigned char)*text < 0x20 || (*text == '\\' && !*++text))
            return NULL;
    }
    return *text ? text + 1 : NULL;
}

static const char *number_end(const char *text)
{
    if (*text == '-')
        text++;
    size_t digits = strspn(text, "0123456789");
    return digits ? text + digits + strspn(text + digits, "0123456789.eE+-") : NULL;
}

static const char *word_end(const char *text)
{
    static const char *const words[] = {"true", "false", "null"};
    for (int i = 0; i < 3; i++)
        if (!strncmp(text, words[i], strlen(words[i])))
            return text + strlen(words[i]);
    return NULL;
}

/* An array is an object without names. */
static const char *container_end(const char *text, bool named, char close, int depth)
{
    text = skip_space(text + 1);
    if (*text == close)
        return text + 1;
    for (;;) {
        if (named) {
            if (!(text = string_end(text)) || *(text = skip_space(text)) != ':')
                return NULL;
            text = skip_space(text + 1);
        }
        if (!(text = value_end(text, depth + 1)))
            return NULL;
        text = skip_space(text);
        if (*text == close)
            return text + 1;
        if (*text != ',')
            return NULL;
        text = skip_space(text + 1);
    }
}

static const char *value_end(const char *text, int depth)
{
    if (depth > DEPTH_MAX)
        return NULL;
    switch (*text) {
    case '{':
        return container_end(text, true, '}', depth);
    case '[':
        return container_end(text, false, ']', depth);
    case '"':
        return string_end(text);
    case 't':
    case 'f':
    case 'n':
        return word_end(text);
    default:
        return number_end(text);
    }
}

const char *json_value_end(const char *text)
{
    return value_end(text, 0);
}

bool json_is_object(const char *text)
{
    const char *end = *text == '{' ? json_value_end(text) : NULL;
    return end && !*skip_space(end);
}

/* What follows a member or an element. */
static const char *next_item(const char *value)
{
    const char *text = skip_space(json_value_end(value));
    return *text == ',' ? skip_space(text + 1) : text;
}

/* The value after a name. */
static const char *value_of(const char *name)
{
    return skip_space(skip_space(string_end(name)) + 1);
}

const char *json_member(const char *object, const char *name)
{
    const char *text = skip_space(object + 1);
    for (; *text == '"'; text = next_item(value_of(text))) {
        const char *end = string_end(text);
        if ((size_t)(end - text) == strlen(name) + 2 && !strncmp(text + 1, name, strlen(name)))
            return value_of(text);
    }
    return NULL;
}

const char *json_member_at(const char *object, size_t index, const char **name, size_t *length)
{
    const char *text = skip_space(object + 1);
    for (; index && *text == '"'; index--)
        text = next_item(value_of(text));
    if (*text != '"')
        return NULL;
    *name = text + 1;
    *length = (size_t)(string_end(text) - text) - 2;
    return value_of(text);
}

const char *json_element(const char *array, size_t index)
{
    const char *text = *array == '[' ? skip_space(array + 1) : "]";
    for (; index && *text != ']'; index--)
        text = next_item(text);
    return *text == ']' ? NULL : text;
}

bool json_unsigned(const char *value, uint64_t *number)
{
    size_t digits = strspn(value, "0123456789");
    if (!digits || digits > 18 || json_value_end(value) != value + digits)
        return false;
    *number = 0;
    for (size_t i = 0; i < digits; i++)
        *number = *number * 10 + (uint64_t)(value[i] - '0');
    return true;
}

static size_t write_utf8(char *to, unsigned code)
{
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        to[0] = (char)(0xc0 | code >> 6);
        to[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    to[0] = (char)(0xe0 | code >> 12);
    to[1] = (char)(0x80 | (code >> 6 & 0x3f));
    to[2] = (char)(0x80 | (code & 0x3f));
    return 3;
}

/* Decodes the escape after a backslash at *from; 0 where it is none. Codes beyond 16 bits are written as they are,
 * never escaped, so that halves of a pair are refused. */
static size_t write_escaped(char *to, const char **from)
{
    static const char escapes[] = "\"\\/bfnrt", plain[] = "\"\\/\b\f\n\r\t";
    const char *found = strchr(escapes, **from);
    if (found && *found) {
        *to = plain[found - escapes];
        *from += 1;
        return 1;
    }
    if (**from != 'u' || strspn(*from + 1, "0123456789abcdefABCDEF") < 4)
        return 0;
    char digits[5] = {0};
    memcpy(digits, *from + 1, 4);
    unsigned code = (unsigned)strtoul(digits, NULL, 16);
    *from += 5;
    return !code || (code >= 0xd800 && code < 0xe000) ? 0 : write_utf8(to, code);
}

char *json_string(const char *value)
{
    const char *end = string_end(value);
    /* No escape is shorter than what it stands for. */
    char *text = end ? malloc((size_t)(end - value)) : NULL;
    if (!text)
        return NULL;
    size_t used = 0;
    for (const char *from = value + 1; from < end - 1;) {
        if (*from != '\\') {
            text[used++] = *from++;
            continue;
        }
        from++;
        size_t written = write_escaped(text + used, &from);
        if (!written) {
            free(text);
            return NULL;
        }
        used += written;
    }
    text[used] = 0;
    return text;
}

/* A character inside a string; returns its length, at most 6. */
static size_t escape(char to[8], char character)
{
    unsigned char c = (unsigned char)character;
    if (c < 0x20)
        return (size_t)sprintf(to, "\\u%04x", c);
    bool marked = c == '"' || c == '\\';
    to[0] = '\\';
    to[marked] = character;
    return (size_t)marked + 1;
}

char *json_quote(char *to, const char *text)
{
    *to++ = '"';
    for (; *text; text++) {
        char escaped[8];
        size_t length = escape(escaped, *text);
        memcpy(to, escaped, length);
        to += length;
    }
    *to++ = '"';
    *to = 0;
    return to;
}

void json_write_string(FILE *file, const char *text)
{
    fputc('"', file);
    for (; *text; text++) {
        char escaped[8];
        fwrite(escaped, escape(escaped, *text), 1, file);
    }
    fputc('"', file);
}
