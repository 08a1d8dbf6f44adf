#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/text/record_reader.h"

TestSuite(record_reader);

static char seen[4000];

static void show(const char *format, ...) PLOTMILL_PRINTF(1, 2);
static void show(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const size_t used = strlen(seen);
    vsnprintf(seen + used, sizeof seen - used, format, list);
    va_end(list);
}

/* "2[a|b]" for the record of two fields in line 2; then "END", "MORE at OFFSET", or "OPEN in LINE". */
static void read_all(struct record_reader *reader, const char *text)
{
    for (int calls = 0; calls < 100; calls++)
        switch (record_next(reader)) {
        case RECORD_ONE:
            show("%llu[", (unsigned long long)reader->line);
            for (size_t i = 0; i < reader->count; i++)
                show("%s%.*s", i ? "|" : "", (int)reader->fields[i].length, reader->fields[i].text);
            show("] ");
            break;
        case RECORD_OPEN:
            show("OPEN in %llu ", (unsigned long long)reader->line);
            break;
        case RECORD_MORE:
            show("MORE at %d", (int)(reader->at - text));
            return;
        case RECORD_END:
            show("END");
            return;
        case RECORD_WIDE:
        case RECORD_NO_MEMORY:
            cr_assert_fail("too wide, or no memory");
        }
}

/* The text lies at the end of its memory, so that sanitizers see what is read beyond it. */
static void expect_of(const struct dialect *dialect, bool last, const char *text, const char *expected)
{
    const size_t size = strlen(text);
    char *copy = malloc(size ? size : 1);
    memcpy(copy, text, size);
    struct record_reader reader = {.dialect = dialect, .at = copy, .end = copy + size, .last = last, .line = 1};
    seen[0] = 0;
    read_all(&reader, copy);
    cr_expect_str_eq(seen, expected, "%s: %s, expected %s", text, seen, expected);
    record_finish(&reader);
    free(copy);
}

static const struct dialect commas = {.separator = ',', .quote = '"'};

static void expect(const char *text, const char *expected)
{
    expect_of(&commas, true, text, expected);
}

Test(record_reader, cuts_fields)
{
    expect("", "END");
    expect("a,b\n1,2\n", "1[a|b] 2[1|2] END");
    expect("a,b\n1,2", "1[a|b] 2[1|2] END");
    expect("a\r\nb\rc\n", "1[a] 2[b] 3[c] END");
    expect(" a ,\tb c\t\n,\n,,", "1[a|b c] 2[|] 3[||] END");
}

Test(record_reader, passes_blank_lines_and_comments)
{
    expect("\n\r\n  \t\na\n\n\r\rb\n   ", "4[a] 8[b] END");
    const struct dialect dialect = {.separator = ',', .quote = '"', .comment = "#;"};
    expect_of(&dialect, true, "# x\n a#,1\n  ;\"\nb\n#", "2[a#|1] 4[b] END");
    const struct dialect tabs = {.separator = '\t', .quote = '"'};
    expect_of(&tabs, true, "\t\n  \na \tb\n", "1[|] 3[a|b] END");
}

Test(record_reader, takes_quotes)
{
    expect("\"a,b\",\"c\"\"d\"\n\"\",x\n", "1[a,b|c\"d] 2[|x] END");
    expect("\"a\r\nb\",1\n\"\n\n\",2\n3,4", "1[a\r\nb|1] 3[\n\n|2] 6[3|4] END");
    expect(" \" a \" , \"b,c\"\n", "1[ a |b,c] END");
    expect("\"\"\"\"\n\"\"\"a\"\"\"\n", "1[\"] 2[\"a\"] END");
    const struct dialect single = {.separator = ',', .quote = '\''};
    expect_of(&single, true, "'a,b',\"c\n", "1[a,b|\"c] END");
    const struct dialect none = {.separator = ','};
    expect_of(&none, true, "\"a,b\",c\n", "1[\"a|b\"|c] END");
}

Test(record_reader, keeps_quotes_inside_text)
{
    expect("a \"b\" c,3\nd\"\ne\"f,5'10\"\n", "1[a \"b\" c|3] 2[d\"] 3[e\"f|5'10\"] END");
    expect("\"a\"b,1\n\"a\"\"b\"c\"d,\"e\"\n", "1[ab|1] 2[a\"bc\"d|e] END");
    expect("1, \"a\" b\n2, \"c\n3,\"d\"\n", "1[1|\"a\" b] 2[2|\"c] 3[3|d] END");
}

Test(record_reader, finds_open_quotes)
{
    expect("a,b\n1,\"2\n3,4\n", "1[a|b] OPEN in 2 3[3|4] END");
    expect("\"a\nb\",\"c\nd\n", "OPEN in 2 3[d] END");
    expect("\"a,\n1,\"b\"\n2,c\n", "OPEN in 1 2[1|b] 3[2|c] END");
    expect("\"a,b\"c\n", "OPEN in 1 END");
    expect(" \"a,b\"c\n", "OPEN in 1 END");
}

Test(record_reader, finds_swallowed_records)
{
    struct text_column columns[] = {{.holds = COLUMN_TEXTS}, {.holds = COLUMN_NUMBERS}};
    const struct dialect dialect = {.separator = ',', .quote = '"', .list.count = 2, .columns = columns};
    expect_of(&dialect, true, "\"a,1\nb,2\nc\",3\n", "OPEN in 1 2[b|2] 3[c\"|3] END");
    expect_of(&dialect, true, "\"a,1\nb\",2\n", "OPEN in 1 2[b\"|2] END");
    expect_of(&dialect, true, "\"a, x\nb\",2\n\"c,1,2\nd\",2\n\"e\nf,1\ng\",2\n",
              "1[a, x\nb|2] 3[c,1,2\nd|2] 5[e\nf,1\ng|2] END");
    struct text_column last[] = {{.holds = COLUMN_NUMBERS}, {.holds = COLUMN_TEXTS}};
    const struct dialect at_end = {.separator = ',', .quote = '"', .list.count = 2, .columns = last};
    expect_of(&at_end, true, "1,\"a\n2,b\"\n3,\"c\nd\"\n", "OPEN in 1 2[2|b\"] 3[3|c\nd] END");
}

Test(record_reader, separates_by_blanks)
{
    const struct dialect spaces = {.separator = SEPARATOR_SPACES, .quote = '"', .comment = "#"};
    expect_of(&spaces, true, "  1  2\t3 \n4\t \"a b\" 5\n\n # x\n6", "1[1|2|3] 2[4|a b|5] 5[6] END");
    expect_of(&spaces, true, "1 \"2\" \r\n3 \"a\nb\" 4", "1[1|2] 2[3|a\nb|4] END");
}

Test(record_reader, drops_what_ends_records)
{
    const struct dialect same = {.separator = ';', .quote = '"', .trailing = ';'};
    expect_of(&same, true, "a;b;\n1;2;\n3;;\n;\n4;5", "1[a|b] 2[1|2] 3[3|] 4[] 5[4|5] END");
    const struct dialect other = {.separator = ',', .quote = '"', .trailing = ';'};
    expect_of(&other, true, "a,b;\n1,2;\r\n3,\n", "1[a|b] 2[1|2] 3[3|] END");
}

Test(record_reader, asks_for_more)
{
    expect_of(&commas, false, "", "END");
    expect_of(&commas, false, "a\n", "1[a] END");
    expect_of(&commas, false, "a\nb", "1[a] MORE at 2");
    expect_of(&commas, false, "a\nb,", "1[a] MORE at 2");
    expect_of(&commas, false, "a\r", "MORE at 0");
    expect_of(&commas, false, "a\n\"b\n", "1[a] MORE at 2");
    expect_of(&commas, false, "a\n\"b\"", "1[a] MORE at 2");
    expect_of(&commas, false, "a\n\"b\" ", "1[a] MORE at 2");
    expect_of(&commas, false, "a\n\"b\"\"", "1[a] MORE at 2");
    expect_of(&commas, false, "a\n\n  ", "1[a] MORE at 3");
    expect_of(&commas, false, "a\n\"b\nc\"d,\"e\n", "1[a] OPEN in 2 MORE at 5");
}

/* A text in pieces gives the same records. */
Test(record_reader, goes_on_where_more_text_is_needed)
{
    const char text[] = "a,\"b\"\"c\"\r\n\"d\r\ne\", f\r\n\r\n\"g\"\r\rh,i\n";
    const size_t size = sizeof text - 1;
    char whole[sizeof seen];
    expect(text, "1[a|b\"c] 2[d\r\ne|f] 5[g] 7[h|i] END");
    strcpy(whole, seen);
    for (size_t step = 1; step < size; step++) {
        struct record_reader reader = {.dialect = &commas, .at = text, .line = 1};
        seen[0] = 0;
        for (size_t end = step; end < size + step; end += step) {
            reader.end = text + (end < size ? end : size);
            reader.last = end >= size;
            read_all(&reader, text);
            char *note = strstr(seen, "MORE");
            if (!note && !reader.last)
                note = strstr(seen, "END");
            if (note)
                *note = 0;
        }
        cr_expect_str_eq(seen, whole, "pieces of %zu bytes: %s", step, seen);
        record_finish(&reader);
    }
}

Test(record_reader, passes_lines)
{
    const char text[] = "\"a\r\nb\rc,\"d\"\n";
    struct record_reader reader = {.dialect = &commas, .at = text, .end = text + sizeof text - 1, .last = true};
    cr_expect(record_pass_line(&reader));
    cr_expect(record_pass_line(&reader));
    seen[0] = 0;
    read_all(&reader, text);
    cr_expect_str_eq(seen, "3[c|d] END");
    cr_expect(!record_pass_line(&reader));
    record_finish(&reader);
}
