#include <string.h>

#include "tools/common/json.h"

#define DEEPEST 64

/* Each skip_ function returns what follows the thing it skipped, or NULL where there is none. */
static const char *skip_value(const char *at, int depth);

static const char *skip_space(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

static const char *skip_digits(const char *at)
{
    size_t digits = strspn(at, "0123456789");
    return digits ? at + digits : NULL;
}

static const char *skip_number(const char *at)
{
    at += *at == '-';
    at = *at == '0' ? at + 1 : skip_digits(at);
    if (at && *at == '.')
        at = skip_digits(at + 1);
    if (at && (*at == 'e' || *at == 'E'))
        at = skip_digits(at + 1 + (at[1] == '+' || at[1] == '-'));
    return at;
}

/* Plain ASCII alone: all that plotmill itself writes. */
static const char *skip_text(const char *at)
{
    if (*at != '"')
        return NULL;
    for (at++; *at != '"'; at++) {
        if ((unsigned char)*at < 0x20 || (unsigned char)*at > 0x7e)
            return NULL;
        if (*at != '\\')
            continue;
        at++;
        if (*at == 'u' && strspn(at + 1, "0123456789abcdefABCDEF") >= 4)
            at += 4;
        else if (!*at || !strchr("\"\\/bfnrt", *at))
            return NULL;
    }
    return at + 1;
}

static const char *skip_members(const char *at, char closing, int depth)
{
    at = skip_space(at + 1);
    if (*at == closing)
        return at + 1;
    for (;;) {
        if (closing == '}') {
            at = skip_text(skip_space(at));
            at = at ? skip_space(at) : NULL;
            if (!at || *at++ != ':')
                return NULL;
        }
        at = skip_value(at, depth + 1);
        if (!at)
            return NULL;
        if (*at == closing)
            return at + 1;
        if (*at++ != ',')
            return NULL;
    }
}

static const char *skip_bare_value(const char *at, int depth)
{
    static const char *const words[] = {"true", "false", "null"};
    if (*at == '{' || *at == '[')
        return depth < DEEPEST ? skip_members(at, *at == '{' ? '}' : ']', depth) : NULL;
    if (*at == '"')
        return skip_text(at);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (!strncmp(at, words[i], strlen(words[i])))
            return at + strlen(words[i]);
    return skip_number(at);
}

static const char *skip_value(const char *at, int depth)
{
    at = skip_bare_value(skip_space(at), depth);
    return at ? skip_space(at) : NULL;
}

int json_is_valid(const char *text)
{
    const char *end = skip_value(text, 0);
    return end && !*end;
}
