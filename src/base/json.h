/* JSON (RFC 8259), read in place and written to memory. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Reading. A value is a pointer to its first byte in a well-formed text that ends in 0. Only json_value_end and
 * json_is_object take unchecked text; the others take NULL as well, and fail on a value of another type. */

/* The end of the value that starts at `text`; NULL: not well-formed, or nested over 64 levels deep. Bytes from 0x80 on
 * are accepted in strings whether or not they are UTF-8. */
const char *json_value_end(const char *text);

/* Whether the whole of `text` is one object. */
bool json_is_object(const char *text);

/* The value of a member, or an element; NULL: there is none. */
const char *json_member(const char *object, const char *name);
const char *json_element(const char *array, size_t index);

/* The value of the member `index` in the order of the text; NULL: there are fewer. Its name is *length bytes from
 * *name on, with escapes as written. */
const char *json_member_at(const char *object, size_t index, const char **name, size_t *length);

/* Returns false unless the value is an unsigned integer of at most 18 digits. */
bool json_read_uint(const char *value, uint64_t *number);
double json_read_number(const char *value, double otherwise);
/* A string, decoded; the caller frees it. NULL: no string, one with surrogates or U+0000, or out of memory. */
char *json_read_string(const char *value);
/* Whether the value is the string `text`. */
bool json_string_is(const char *value, const char *text);

/* Writing. A writer starts as {0}, or with options set. Members are indented by two spaces per level. `key` is NULL for
 * the outermost value and in arrays. When memory runs out, later calls do nothing and json_finish fails. */
struct json {
    bool one_line;   /* no line breaks from here on; may change between calls */
    bool compact;    /* with one_line: no spaces either */
    bool keep_bytes; /* bytes that are not UTF-8 are written as they are; otherwise each becomes U+FFFD */
    bool failed;     /* out of memory */
    bool filled;     /* the innermost object or array is not empty */
    int depth;
    char *text;
    size_t length, capacity;
};

void json_open(struct json *json, const char *key, char bracket);       /* '{' or '[' */
void json_close(struct json *json, char bracket);                       /* '}' or ']' */
void json_string(struct json *json, const char *key, const char *text); /* NULL: null */
void json_int(struct json *json, const char *key, int64_t value);
void json_uint(struct json *json, const char *key, uint64_t value);
void json_number(struct json *json, const char *key, double value); /* NaN and infinities become null */
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);
void json_hash(struct json *json, const char *key, uint64_t hash); /* a string of 16 hexadecimal digits */

/* A value in JSON already. */
void json_raw(struct json *json, const char *key, const char *value);

/* `text` of unknown origin: inserted unchanged if it is an object (in UTF-8, unless keep_bytes), else as a string, or
 * null for NULL. */
void json_object(struct json *json, const char *key, const char *text);

/* Ends the writer. Returns the text, freed by the caller; NULL: out of memory. */
char *json_finish(struct json *json);

/* The same, but the text goes to `file`. Returns false if that fails. */
bool json_print(struct json *json, FILE *file);

#endif
