/* As much JSON as the description of a data set needs: one value is skipped, one member found, one string written. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What follows the value at `text`, NULL if there is no well-formed value (or one over 64 levels deep). */
const char *json_value_end(const char *text);

/* The whole of `text` is one object. */
bool json_is_object(const char *text);

/* The value of an object's member, NULL where it has none. `object` must be well-formed. */
const char *json_member(const char *object, const char *name);

/* Member `index` of an object, in the order they stand there; NULL where it has fewer. The name is *length bytes from
 * *name on, as it stands between its quotes. */
const char *json_member_at(const char *object, size_t index, const char **name, size_t *length);

/* The element `index` of an array; NULL where it has fewer, or is none. */
const char *json_element(const char *array, size_t index);

/* Fails (false) where the value is no unsigned integer of at most 18 digits. */
bool json_unsigned(const char *value, uint64_t *number);

/* A string value decoded (NULL where it is none, or memory has run out); freed by the caller. */
char *json_string(const char *value);

/* Room for `text` as a JSON string and a terminator. */
#define JSON_QUOTED_SIZE(text) (6 * strlen(text) + 3)

/* Writes `text` with its quotes and a terminator; returns where the terminator stands. */
char *json_quote(char *to, const char *text);
void json_write_string(FILE *file, const char *text); /* to a file, without a terminator */

#endif
