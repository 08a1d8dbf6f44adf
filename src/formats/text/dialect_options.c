#include <string.h>

#include "base/strings.h"
#include "base/try.h"
#include "formats/text/dialect_search.h"
#include "formats/text/number.h"

static bool is_auto(const char *text)
{
    return !text || string_same(text, "auto");
}

static enum plotmill_status read_header(struct text_said *said, const char *text, struct plotmill_error *error)
{
    uint64_t lines = 0;
    if (is_auto(text))
        return PLOTMILL_OK;
    said->header = true;
    if (string_same(text, "none"))
        return PLOTMILL_OK;
    if (!index_parse(text, &lines) || lines > 1000)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "header: found \"%s\", expected auto, none, or a number of lines",
                                  text_quote(text, strlen(text)).text);
    said->header_lines = (uint32_t)lines;
    return PLOTMILL_OK;
}

static enum plotmill_status read_comment(struct text_said *said, const char *text, struct plotmill_error *error)
{
    if (!text)
        return PLOTMILL_OK;
    said->comment = true;
    if (string_same(text, "none"))
        return PLOTMILL_OK;
    bool plain = *text && strlen(text) < sizeof said->comments;
    for (const char *p = text; *p; p++)
        plain &= *p > ' ' && *p < 0x7f && *p != '"';
    if (!plain)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "comment: found \"%s\", expected 1 to %zu characters, such as #, or none",
                                  text_quote(text, strlen(text)).text, sizeof said->comments - 1);
    memcpy(said->comments, text, strlen(text));
    return PLOTMILL_OK;
}

static enum plotmill_status read_separator(struct text_said *said, const char *text, struct plotmill_error *error)
{
    if (is_auto(text))
        return PLOTMILL_OK;
    said->separator = true;
    if (string_same(text, "tab") || !strcmp(text, "\\t"))
        said->separator_sign = '\t';
    else if (string_same(text, "space") || !strcmp(text, " "))
        said->separator_sign = SEPARATOR_SPACES;
    else if (text[0] && !text[1] && !strchr("\n\r\"'", text[0]) && (text[0] > ' ' || text[0] == '\t') &&
             text[0] != 0x7f)
        said->separator_sign = text[0];
    else
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "separator: found \"%s\", expected one character, space, tab, or auto",
                                  text_quote(text, strlen(text)).text);
    return PLOTMILL_OK;
}

enum plotmill_status text_said_read(struct text_said *said, const struct text_options *options,
                                    struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY(read_header(said, options->header, error));
    TRY(read_comment(said, options->comment, error));
    TRY(read_separator(said, options->separator, error));
    if (options->skip) {
        said->skip = true;
        if (!index_parse(options->skip, &said->skip_lines))
            FAIL(error, PLOTMILL_BAD_INPUT, "skip: found \"%s\", expected a number of lines",
                 text_quote(options->skip, strlen(options->skip)).text);
    }
    if (said->separator && strchr(said->comments, said->separator_sign))
        FAIL(error, PLOTMILL_BAD_INPUT, "comment: found \"%s\", which has the separator, expected another character",
             said->comments);
done:
    return status;
}
