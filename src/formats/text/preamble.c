#include <string.h>

#include "base/strings.h"
#include "base/try.h"
#include "formats/text/dialect_search.h"
#include "formats/text/record_reader.h"

/* The line at p, without blanks at its ends. */
struct line {
    const char *text, *end;
};

static struct line line_at(const char *p, const char *end)
{
    struct line line = {p, p};
    while (line.end < end && *line.end != '\n' && *line.end != '\r')
        line.end++;
    while (line.text < line.end && (*line.text == ' ' || *line.text == '\t'))
        line.text++;
    while (line.end > line.text && (line.end[-1] == ' ' || line.end[-1] == '\t'))
        line.end--;
    return line;
}

/* Passes over `most` lines. *passed: how many there were. */
static void pass_lines(struct search *search, uint64_t most, uint64_t *passed)
{
    struct record_reader reader = {.dialect = search->dialect,
                                   .at = search->begin,
                                   .end = search->end,
                                   .last = search->complete,
                                   .line = search->begin_line};
    for (*passed = 0; *passed < most && record_pass_line(&reader);)
        ++*passed;
    search->begin = reader.at;
    search->begin_line += *passed;
    record_finish(&reader);
}

/* Spreadsheets write this line, quoted or not. */
static bool take_separator_line(struct search *search)
{
    struct line line = line_at(search->begin, search->end);
    size_t length = (size_t)(line.end - line.text);
    char text[16];
    uint64_t passed;
    if (length >= 7 && *line.text == '"' && line.end[-1] == '"') {
        line.text++;
        length -= 2;
    }
    if (length == 4 && line.end < search->end && *line.end == '\t') /* `sep=` and a tab, which is no blank here */
        length++;
    if (length != 5 || search->said.separator)
        return false;
    memcpy(text, line.text, length);
    text[length] = 0;
    const char sign = text[4];
    text[4] = 0;
    if (!string_same(text, "sep="))
        return false;
    search->dialect->separator = sign;
    search->said.separator = true;
    search->said.separator_sign = sign;
    pass_lines(search, 1, &passed);
    return true;
}

/* Comments that the option does not name: lines before the table that begin with # or %. */
static void take_comments(struct search *search)
{
    const struct line first = line_at(search->begin, search->end);
    const char sign = first.text < first.end ? *first.text : 0;
    uint64_t passed;
    if (search->said.comment || (sign != '#' && sign != '%'))
        return;
    while (search->begin < search->end) {
        struct line line = line_at(search->begin, search->end);
        if (line.text < line.end && *line.text != sign)
            break;
        if (line.text < line.end) {
            search->comment = line.text + 1;
            search->comment_end = line.end;
        }
        pass_lines(search, 1, &passed);
        if (!passed)
            break;
    }
    search->dialect->comment[0] = sign;
}

/* Campbell Scientific's loggers begin their files with a line about the station, and three lines above the data: names,
 * units, and how values were made. */
static void take_logger(struct search *search)
{
    static const char start[] = "\"TOA5\",";
    uint64_t passed;
    if (search->said.header || (size_t)(search->end - search->begin) < strlen(start) ||
        memcmp(search->begin, start, strlen(start)))
        return;
    pass_lines(search, 1, &passed);
    search->said.header = true;
    search->said.header_lines = 3;
    search->dialect->logger = true;
}

enum plotmill_status preamble_find(struct search *search)
{
    struct dialect *dialect = search->dialect;
    const struct text_said *said = &search->said;
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t passed;
    memcpy(dialect->comment, said->comments, sizeof dialect->comment);
    pass_lines(search, said->skip_lines, &passed);
    if (said->skip && (passed < said->skip_lines || (search->complete && search->begin == search->end && passed)))
        FAIL(search->error, PLOTMILL_BAD_INPUT, "skip %llu: %s has %s%llu line%s, expected more",
             (unsigned long long)said->skip_lines, search->name, search->complete ? "" : "in its beginning ",
             (unsigned long long)passed, passed == 1 ? "" : "s");
    if (!said->skip && !take_separator_line(search))
        take_logger(search);
    take_comments(search);
done:
    return status;
}
