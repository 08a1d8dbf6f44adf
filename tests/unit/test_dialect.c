/* How the beginning of a text table is understood, or refused. */
#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/text/dialect.h"

/* One text and what must be found: "SEPARATOR skip+HEADER[u]: NAME=KIND ... [@TIME COLUMNS]", or parts of the refusal
 * between '!' and '!'. Kinds: n numbers, t times, x texts, e empty. */
struct example {
    const char *text;
    struct text_options options;
    const char *expected;
    const char *columns_column; /* the option column */
};

static void add(char *text, size_t size, const char *format, ...)
{
    const size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
}

static void summarize(const struct dialect *dialect, char *text, size_t size)
{
    const char separator = dialect->separator;
    *text = 0;
    add(text, size, "%s %llu+%u%s%s%s%s:",
        separator == '\t'  ? "tab"
        : separator == ' ' ? "space"
                           : (char[]){separator, 0},
        (unsigned long long)dialect->skip, dialect->header_lines, dialect->units ? "u" : "",
        dialect->names_in_comment ? "c" : "", dialect->quote == '\'' ? "q" : "", dialect->kline ? "k" : "");
    for (size_t i = 0; i < dialect->list.count; i++)
        add(text, size, " %s=%c", dialect->list.fields[i].name, "ntxe"[dialect->columns[i].holds]);
    for (size_t i = 0; i < dialect->time_count; i++)
        add(text, size, "%s%zu", i ? "+" : " @", dialect->time_columns[i]);
}

static void check(const struct example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct example *example = &examples[i];
        const struct source_options options = {.text = example->options, .column = example->columns_column};
        struct dialect dialect;
        struct plotmill_error error = {0};
        char found[MESSAGE_SIZE + 2];
        enum plotmill_status status =
            dialect_find(&dialect, "a.csv", example->text, strlen(example->text), true, &options, &error);
        if (status) {
            snprintf(found, sizeof found, "!%s", error.message);
            cr_expect_eq(status, PLOTMILL_BAD_INPUT);
        } else {
            summarize(&dialect, found, sizeof found);
        }
        if (*example->expected == '!' && status) {
            char words[512];
            snprintf(words, sizeof words, "%s", example->expected + 1);
            for (char *word = strtok(words, "!"); word; word = strtok(NULL, "!"))
                cr_expect(strstr(found, word), "%zu: expected \"%s\" in \"%s\" for \"%.60s\"", i, word, found,
                          example->text);
        } else {
            cr_expect_str_eq(found, example->expected, "%zu: found \"%s\", expected \"%s\" for \"%.60s\"", i, found,
                             example->expected, example->text);
        }
        dialect_free(&dialect);
    }
}

#define CHECK(...)                                              \
    do {                                                        \
        static const struct example examples[] = {__VA_ARGS__}; \
        check(examples, sizeof examples / sizeof *examples);    \
    } while (0)

Test(dialect, clean)
{
    CHECK({"time,acc\n0,0.5\n1,0.25\n", {0}, ", 0+1: time=n acc=n @0"},
          {"Date,Close\n2024-01-02,1.5\n2024-01-03,2\n", {0}, ", 0+1: Date=t Close=n @0"},
          {"x;y\n1;2\n3;4\n", {0}, "; 0+1: x=n y=n"}, {"x\ty\n1\t2\n3\t4\n", {0}, "tab 0+1: x=n y=n"},
          {"1.5\n2.5\n0.5\n", {0}, ", 0+0: =n"}, );
}
