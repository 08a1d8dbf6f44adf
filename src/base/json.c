#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"

#define DEPTH_MAX 64

static const char digits[] = "0123456789", hex_digits[] = "0123456789abcdefABCDEF";

static const char *value_end(const char *text, int depth);

static const char *skip_space(const char *text)
{
    return text + strspn(text, " \t\r\n");
}

static const char *string_end(const char *text)
{
    if (*text++ != '"')
        return NULL;
    for (; *text != '"'; text++) {
        if ((unsigned char)*text < 0x20)
            return NULL;
        if (*text != '\\')
            continue;
        text++;
        if (*text == 'u' && strspn(text + 1, hex_digits) >= 4)
            text += 4;
        else if (!*text || !strchr("\"\\/bfnrt", *text))
            return NULL;
    }
    return text + 1;
}

static const char *digits_end(const char *text)
{
    size_t count = strspn(text, digits);
    return count ? text + count : NULL;
}

static const char *number_end(const char *text)
{
    text += *text == '-';
    text = *text == '0' ? text + 1 : digits_end(text);
    if (text && *text == '.')
        text = digits_end(text + 1);
    if (text && (*text == 'e' || *text == 'E'))
        text = digits_end(text + 1 + (text[1] == '+' || text[1] == '-'));
    return text;
}

static const char *container_end(const char *text, int depth)
{
    const bool is_object = *text == '{';
    const char close = is_object ? '}' : ']';
    text = skip_space(text + 1);
    if (*text == close)
        return text + 1;
    for (;;) {
        if (is_object) {
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
    static const char *const words[] = {"true", "false", "null"};
    if (*text == '{' || *text == '[')
        return depth < DEPTH_MAX ? container_end(text, depth) : NULL;
    if (*text == '"')
        return string_end(text);
    for (int i = 0; i < 3; i++)
        if (!strncmp(text, words[i], strlen(words[i])))
            return text + strlen(words[i]);
    return number_end(text);
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

/* The value of the member whose name is at `name`. */
static const char *value_of(const char *name)
{
    return skip_space(skip_space(string_end(name)) + 1);
}

static const char *first_member(const char *object)
{
    return object && *object == '{' ? skip_space(object + 1) : "";
}

const char *json_member(const char *object, const char *name)
{
    const size_t length = strlen(name);
    for (const char *text = first_member(object); *text == '"'; text = next_item(value_of(text)))
        if ((size_t)(string_end(text) - text) == length + 2 && !memcmp(text + 1, name, length))
            return value_of(text);
    return NULL;
}

const char *json_member_at(const char *object, size_t index, const char **name, size_t *length)
{
    const char *text = first_member(object);
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
    const char *text = array && *array == '[' ? skip_space(array + 1) : "]";
    for (; index && *text != ']'; index--)
        text = next_item(text);
    return *text == ']' ? NULL : text;
}

bool json_read_uint(const char *value, uint64_t *number)
{
    size_t count = value ? strspn(value, digits) : 0;
    if (!count || count > 18 || json_value_end(value) != value + count)
        return false;
    *number = strtoull(value, NULL, 10);
    return true;
}

double json_read_number(const char *value, double otherwise)
{
    double number;
    return value && number_end(value) && decimal_read(value, &number) ? number : otherwise;
}

/* A code from 1 to 0xffff as UTF-8; returns its length. */
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

char *json_read_string(const char *value)
{
    static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    const char *end = value ? string_end(value) : NULL;
    /* An escape is never shorter than its meaning. */
    char *text = end ? malloc((size_t)(end - value)) : NULL, *to = text;
    for (const char *from = text ? value + 1 : NULL; text && from < end - 1;) {
        if (*from != '\\') {
            *to++ = *from++;
        } else if (from[1] != 'u') {
            *to++ = meanings[strchr(escapes, from[1]) - escapes];
            from += 2;
        } else {
            char hex[5] = {from[2], from[3], from[4], from[5]};
            unsigned code = (unsigned)strtoul(hex, NULL, 16);
            if (!code || (code >= 0xd800 && code < 0xe000)) {
                free(text);
                return NULL;
            }
            to += write_utf8(to, code);
            from += 6;
        }
    }
    if (text)
        *to = 0;
    return text;
}

bool json_string_is(const char *value, const char *text)
{
    char *decoded = json_read_string(value);
    bool same = decoded && !strcmp(decoded, text);
    free(decoded);
    return same;
}

static void append(struct json *json, const char *bytes, size_t size)
{
    if (json->length + size + 1 > json->capacity && !json->failed) {
        size_t capacity = 2 * (json->length + size) + 256;
        char *text = realloc(json->text, capacity);
        json->failed = !text;
        if (text) {
            json->text = text;
            json->capacity = capacity;
        }
    }
    if (json->failed)
        return;
    memcpy(json->text + json->length, bytes, size);
    json->length += size;
    json->text[json->length] = 0;
}

static void append_text(struct json *json, const char *text)
{
    append(json, text, strlen(text));
}

static void break_line(struct json *json)
{
    append_text(json, "\n");
    for (int i = 0; i < json->depth; i++)
        append_text(json, "  ");
}

static void append_string(struct json *json, const char *text)
{
    char escaped[8];
    append_text(json, "\"");
    while (*text) {
        size_t length = utf8_length(text);
        if (!length && !json->keep_bytes)
            append_text(json, "\\ufffd");
        else if ((unsigned char)*text < 0x20)
            append(json, escaped, (size_t)snprintf(escaped, sizeof escaped, "\\u%04x", *text));
        else if (*text == '"' || *text == '\\')
            append(json, (char[]){'\\', *text}, 2);
        else
            append(json, text, length ? length : 1);
        text += length ? length : 1;
    }
    append_text(json, "\"");
}

static void begin_value(struct json *json, const char *key)
{
    if (json->filled)
        append_text(json, json->one_line && !json->compact ? ", " : ",");
    if (json->depth > 0 && !json->one_line)
        break_line(json);
    if (key) {
        append_string(json, key);
        append_text(json, json->compact ? ":" : ": ");
    }
    json->filled = true;
}

void json_open(struct json *json, const char *key, char bracket)
{
    begin_value(json, key);
    append(json, &bracket, 1);
    json->depth++;
    json->filled = false;
}

void json_close(struct json *json, char bracket)
{
    json->depth--;
    if (json->filled && !json->one_line)
        break_line(json);
    append(json, &bracket, 1);
    json->filled = true;
    if (!json->depth && !json->one_line)
        append_text(json, "\n");
}

void json_raw(struct json *json, const char *key, const char *text)
{
    begin_value(json, key);
    append_text(json, text);
}

void json_null(struct json *json, const char *key)
{
    json_raw(json, key, "null");
}

void json_bool(struct json *json, const char *key, bool value)
{
    json_raw(json, key, value ? "true" : "false");
}

void json_uint(struct json *json, const char *key, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, value);
    json_raw(json, key, text);
}

void json_int(struct json *json, const char *key, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, value);
    json_raw(json, key, text);
}

void json_number(struct json *json, const char *key, double value)
{
    char text[DECIMAL_SIZE] = "null";
    if (isfinite(value))
        decimal_write(text, value);
    json_raw(json, key, text);
}

void json_hash(struct json *json, const char *key, uint64_t hash)
{
    char text[24];
    snprintf(text, sizeof text, "\"%016" PRIx64 "\"", hash);
    json_raw(json, key, text);
}

void json_string(struct json *json, const char *key, const char *text)
{
    if (!text) {
        json_null(json, key);
        return;
    }
    begin_value(json, key);
    append_string(json, text);
}

void json_object(struct json *json, const char *key, const char *text)
{
    if (text && json_is_object(text) && (json->keep_bytes || utf8_is_valid(text)))
        json_raw(json, key, text);
    else
        json_string(json, key, text);
}

char *json_finish(struct json *json)
{
    char *text = json->text;
    if (json->failed) {
        free(text);
        text = NULL;
    }
    *json = (struct json){0};
    return text;
}

bool json_print(struct json *json, FILE *file)
{
    char *text = json_finish(json);
    bool printed = text && fputs(text, file) >= 0;
    free(text);
    return printed;
}
