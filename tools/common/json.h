/* Writes one JSON value. Text that is not UTF-8 gets U+FFFD for each bad byte; NaN and infinities become null. */
#ifndef TOOLS_COMMON_JSON_H
#define TOOLS_COMMON_JSON_H

#include <stdint.h>
#include <stdio.h>

struct json {
    FILE *out;
    int depth;
    int filled; /* the innermost object or array has a member */
};

/* `key` is NULL for the outermost value and inside arrays; `bracket` is '{' or '['. */
void json_open(struct json *json, const char *key, char bracket);
void json_close(struct json *json, char bracket); /* '}' or ']'; ends the line after the outermost one */

void json_text(struct json *json, const char *key, const char *text);
void json_whole(struct json *json, const char *key, uint64_t value);
void json_real(struct json *json, const char *key, double value);
void json_truth(struct json *json, const char *key, int value);
void json_null(struct json *json, const char *key);
void json_hash(struct json *json, const char *key, uint64_t hash); /* 16 hex digits, as text */

/* `document` is JSON of unknown origin: goes in as it is, or as text where it is not well-formed. */
void json_document(struct json *json, const char *key, const char *document);

/* 1: `text` is one well-formed JSON value. */
int json_is_valid(const char *text);

#endif
