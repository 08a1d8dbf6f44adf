#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/strings.h"
#include "formats/text/dialect.h"

struct sign_name {
    char text[32];
};

static struct sign_name name_separator(char separator)
{
    static const struct {
        char sign;
        const char *name;
    } names[] = {{',', "commas"}, {';', "semicolons"}, {'\t', "tabs"}, {'|', "bars (|)"}, {SEPARATOR_SPACES, "blanks"}};
    struct sign_name name;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].sign == separator) {
            snprintf(name.text, sizeof name.text, "%s", names[i].name);
            return name;
        }
    snprintf(name.text, sizeof name.text, "\"%c\"", separator);
    return name;
}

static void add(struct dialect_line *line, const char *format, ...) PLOTMILL_PRINTF(2, 3);
static void add(struct dialect_line *line, const char *format, ...)
{
    const size_t used = strlen(line->text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line->text + used, sizeof line->text - used, format, arguments);
    va_end(arguments);
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

struct dialect_line dialect_describe(const struct dialect *dialect)
{
    struct dialect_line line = {0};
    const size_t columns = dialect->list.count;
    add(&line, "%s", dialect->encoding);
    if (columns > 1)
        add(&line, ", separated by %s", name_separator(dialect->separator).text);
    if (dialect->skip)
        add(&line, ", %" PRIu64 " line%s before the table", dialect->skip, plural(dialect->skip));
    if (*dialect->comment)
        add(&line, ", comments begin with %s", dialect->comment);
    if (dialect->header_lines)
        add(&line, ", %" PRIu32 " header line%s", dialect->header_lines, plural(dialect->header_lines));
    else
        add(&line, "%s",
            dialect->names_in_comment ? ", names in a comment"
            : dialect->kline          ? ", no header, the columns of klines"
                                      : ", no header");
    if (dialect->units)
        add(&line, ", a row of units");
    add(&line, ", %zu column%s", columns, plural(columns));
    return line;
}

char *dialect_json(const struct dialect *dialect)
{
    struct json json = {.one_line = true};
    const char separator[2] = {dialect->separator, 0}, quote[2] = {dialect->quote, 0};
    json_open(&json, NULL, '{');
    json_string(&json, "encoding", dialect->encoding);
    json_string(&json, "separator", separator);
    json_string(&json, "quote", quote);
    json_uint(&json, "skip", dialect->skip);
    json_string(&json, "comment", dialect->comment);
    json_uint(&json, "header_lines", dialect->header_lines);
    json_bool(&json, "units", dialect->units);
    json_close(&json, '}');
    return json_finish(&json);
}
