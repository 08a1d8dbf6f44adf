/* Blocks of a few bytes end everywhere: within quotes, line ends and times. What is read does not depend on them. */
#include "formats/text/text_loader.h"

#include <stdarg.h>

#include "test_source_files.h"

TestSuite(text_loader, .init = enter_folder, .fini = leave_folder);

enum { ROWS = 1500, TEXT_MOST = 400000 };

/* A table of time, value and text, in random writing, and what it holds. */
static struct {
    char text[TEXT_MOST];
    size_t size;
    struct {
        int64_t time;
        double value;
        char class[12];
        uint64_t row, line;
    } rows[ROWS];
    size_t count, bad;
} made;

static uint64_t state = 1;

static unsigned pick(unsigned n)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(state >> 33) % n;
}

static void put_piece(const char *format, ...) PLOTMILL_PRINTF(1, 2);
static void put_piece(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    made.size += (size_t)vsnprintf(made.text + made.size, TEXT_MOST - made.size, format, list);
    va_end(list);
    cr_assert(made.size < TEXT_MOST);
}

/* `bad`: some rows have a text for a number, a field too much, or a quote that is not closed. */
static void make(bool bad, const char *end)
{
    static const char *const classes[] = {"b", "\"a\"", "\"a,b\"", "\"x%sy\"", "\"\"\"\"", "z z", ""};
    static const char *const classes_read[] = {"b", "a", "a,b", "x%sy", "\"", "z z", ""};
    uint64_t line = 1;
    memset(&made, 0, sizeof made);
    for (uint64_t row = 0; row < ROWS; row++) {
        const unsigned seconds = (unsigned)row * 61, class = pick(7);
        if (pick(20) == 0) {
            put_piece("%s", end);
            line++;
        }
        if (pick(20) == 0) {
            put_piece("# \"comment%s", end);
            line++;
        }
        if (bad && pick(25) == 0) {
            static const char *const rows[] = {"2024-01-01,x,b", "2024-01-01,1,b,", "no time,1,b",
                                               "\"2024-01-01\",1,\"b\",\"x\""};
            put_piece("%s%s", rows[pick(4)], end);
            line++;
            made.bad++;
            continue;
        }
        made.rows[made.count].row = row;
        made.rows[made.count].line = line;
        made.rows[made.count].value = pick(10) ? 0.25 * (double)pick(100000) : NAN;
        made.rows[made.count].time = ((int64_t)19723 * 86400 + seconds) * INT64_C(1000000000);
        snprintf(made.rows[made.count].class, sizeof made.rows->class, classes_read[class], end);
        put_piece("2024-01-%02u %02u:%02u:%02u,", 1 + seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60,
                  seconds % 60);
        if (!isnan(made.rows[made.count].value))
            put_piece(pick(2) ? "%.2f" : "\"%.2f\"", made.rows[made.count].value);
        put_piece(",");
        put_piece(classes[class], end);
        put_piece("%s", row + 1 == ROWS && pick(2) ? "" : end);
        line += 1 + (class == 3);
        made.count++;
    }
    put("a.csv", made.text, made.size);
}

static struct field fields[] = {{.name = (char *)"time"}, {.name = (char *)"value"}, {.name = (char *)"class"}};
static struct text_column columns[] = {{.holds = COLUMN_TIMES}, {.holds = COLUMN_NUMBERS}, {.holds = COLUMN_TEXTS}};
static const struct dialect dialect = {.separator = ',',
                                       .quote = '"',
                                       .comment = "#",
                                       .list = {.path = "a.csv", .fields = fields, .count = 3},
                                       .columns = columns,
                                       .time_count = 1,
                                       .time = {.kind = TIME_ISO}};
static const struct period always = {INT64_MIN, INT64_MAX};
static const struct load_side sides[] = {{.column = 2, .text = true, .forced = true}, {.column = 1}};

static struct load_plan plan_of(const struct period *period)
{
    static const size_t at[] = {1}, watched[] = {2};
    return (struct load_plan){.dialect = &dialect,
                              .at = at,
                              .width = 1,
                              .sides = sides,
                              .side_count = 2,
                              .watched = watched,
                              .watch_count = 1,
                              .period = period,
                              .all = period_is_all(period)};
}

static enum plotmill_status load(struct load_result *result, struct load_plan *plan, size_t block, unsigned threads,
                                 size_t head)
{
    const struct input input = {.name = (char *)"a.csv", .path = (char *)"a.csv"};
    struct text_stream *stream = NULL;
    char *bytes = malloc(head + 1);
    size_t got;
    cr_assert_eq(text_stream_open(&stream, &input, NULL, &test_error), PLOTMILL_OK, "%s", test_error.message);
    cr_assert_eq(text_stream_read(stream, bytes, head, &got, &test_error), PLOTMILL_OK);
    const enum plotmill_status status =
        load_rows(result, plan, "a.csv", stream, bytes, got, got < head, 0,
                  (struct load_sizes){.block_bytes = block, .threads = threads}, &test_error);
    text_stream_close(stream);
    free(bytes);
    return status;
}

static void expect_class(const struct load_result *result, double number, const char *expected, const char *what)
{
    if (!*expected) {
        cr_assert(isnan(number), "%s: class %g, expected none", what, number);
        return;
    }
    const struct class_text *text = &result->classes[0].items[(size_t)number];
    cr_assert(text->length == strlen(expected) && !memcmp(result->classes[0].bytes + text->at, expected, text->length),
              "%s: class %g, expected %s", what, number, expected);
}

/* All rows from `first` to `last` are there. */
static void expect_rows(const struct load_result *result, size_t first, size_t count, const char *what)
{
    struct text_table *table = result->table;
    double values[ROWS], classes[ROWS], numbers[ROWS];
    int64_t times[ROWS];
    uint64_t rows[ROWS];
    cr_assert_eq(table->count, count, "%s: %llu rows, expected %zu", what, (unsigned long long)table->count, count);
    cr_assert_eq(table->rows, ROWS);
    /* Of a row outside the period only the time is judged. */
    cr_assert_eq(result->left_out + result->bad, ROWS - count);
    for (size_t step = count; step; step = step > 7 ? 7 : step == 7 ? 1 : 0) {
        for (size_t i = 0; i < count; i += step) {
            const size_t n = count - i < step ? count - i : step;
            text_table_ops.read(table, i, n, values + i, &test_error);
            text_table_ops.times(table, i, n, times + i, &test_error);
            text_table_ops.side(table, 0, i, n, classes + i, &test_error);
            text_table_ops.side(table, 1, i, n, numbers + i, &test_error);
            text_table_ops.rows(table, i, n, rows + i);
        }
        for (size_t i = 0; i < count; i++) {
            char place[100], expected[100];
            snprintf(expected, sizeof expected, "a.csv, line %llu", (unsigned long long)made.rows[first + i].line);
            text_table_ops.locate(table, i, place, sizeof place);
            cr_assert_str_eq(place, expected, "%s, row %zu: %s, expected %s", what, i, place, expected);
            cr_assert(same_number(values[i], made.rows[first + i].value), "%s, row %zu: %g", what, i, values[i]);
            cr_assert(same_number(numbers[i], made.rows[first + i].value), "%s, row %zu: %g", what, i, numbers[i]);
            cr_assert_eq(times[i], made.rows[first + i].time, "%s, row %zu", what, i);
            cr_assert_eq(rows[i], made.rows[first + i].row, "%s, row %zu", what, i);
            expect_class(result, classes[i], made.rows[first + i].class, what);
        }
    }
}

static const size_t blocks[] = {1, 2, 13, 64, 100, 1000, 1 << 20};

static void expect_all_blocks(const struct period *period, bool skip_bad, size_t first, size_t count)
{
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        for (unsigned threads = 1; threads <= 4; threads += 3)
            for (size_t head = 0; head <= made.size + 10; head += i < 3 ? made.size + 10 : made.size / 2 + 5) {
                struct load_plan plan = plan_of(period);
                struct load_result result;
                char what[60];
                plan.skip_bad = skip_bad;
                snprintf(what, sizeof what, "blocks of %zu, %u threads, head %zu", blocks[i], threads, head);
                cr_assert_eq(load(&result, &plan, blocks[i], threads, head), PLOTMILL_OK, "%s: %s", what,
                             test_error.message);
                cr_assert(period_is_all(period) ? result.bad == made.bad : result.bad < made.bad, "%s: %llu bad rows",
                          what, (unsigned long long)result.bad);
                expect_rows(&result, first, count, what);
                cr_assert_eq(result.first_time, made.rows[first].time);
                cr_assert_eq(result.last_time, made.rows[first + count - 1].time);
                load_result_free(&result, &plan);
            }
}

Test(text_loader, reads_the_same_in_blocks_of_any_size)
{
    static const char *const ends[] = {"\n", "\r\n", "\r"};
    for (int i = 0; i < 3; i++) {
        make(false, ends[i]);
        expect_all_blocks(&always, false, 0, made.count);
    }
}

Test(text_loader, leaves_bad_rows_out_and_counts_them)
{
    make(true, "\n");
    cr_assert_gt(made.bad, 20);
    expect_all_blocks(&always, true, 0, made.count);
}

Test(text_loader, keeps_numbers_of_rows_within_a_period)
{
    make(true, "\r\n");
    const size_t first = made.count / 3, last = made.count / 2;
    const struct period period = {made.rows[first].time, made.rows[last].time};
    expect_all_blocks(&period, true, first, last - first + 1);
}

Test(text_loader, names_the_first_bad_row)
{
    make(false, "\n");
    for (size_t row = 0; row < made.count; row += 293) {
        char text[100], *at = made.text;
        for (uint64_t line = 1; line < made.rows[row].line; line++)
            at = strchr(at, '\n') + 1;
        put("a.csv", made.text, (size_t)(at - made.text));
        FILE *file = fopen("a.csv", "a");
        fprintf(file, "2024-01-01,bad,x\n2024-01-01,worse,x\n%s", at);
        fclose(file);
        snprintf(text, sizeof text, "a.csv, line %llu, column 1 (value): found \"bad\"",
                 (unsigned long long)made.rows[row].line);
        for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
            struct load_plan plan = plan_of(&always);
            struct load_result result;
            cr_assert_eq(load(&result, &plan, blocks[i], 2, 0), PLOTMILL_BAD_INPUT);
            cr_assert(strstr(test_error.message, text), "%s, expected %s", test_error.message, text);
            load_result_free(&result, &plan);
        }
    }
}

/* The first days fit both ways. */
Test(text_loader, decides_between_two_forms_by_all_rows)
{
    static struct dialect open;
    open = dialect;
    open.time = (struct time_format){.kind = TIME_PATTERN, .pattern = "%d/%m/%Y"};
    static const struct {
        const char *last;
        bool needed, undecided;
    } cases[] = {{"25/01/2024", false, false}, {"01/25/2024", true, false}, {"12/01/2024", false, true}};
    for (size_t c = 0; c < 3; c++) {
        FILE *file = fopen("a.csv", "w");
        for (int i = 0; i < 300; i++)
            fprintf(file, "%02d/01/2024,1,x\n", 1 + i % 12);
        fprintf(file, "%s,1,x\n03/01/2024,1,x\n", cases[c].last);
        fclose(file);
        for (size_t i = 1; i < sizeof blocks / sizeof *blocks; i++) {
            struct load_plan plan = plan_of(&always);
            struct load_result result;
            plan.dialect = &open;
            plan.open = true;
            plan.other = (struct time_format){.kind = TIME_PATTERN, .pattern = "%m/%d/%Y"};
            cr_assert_eq(load(&result, &plan, blocks[i], 2, 0), PLOTMILL_OK, "%s", test_error.message);
            cr_assert_eq(result.other_needed, cases[c].needed, "%s", cases[c].last);
            cr_assert_eq(result.undecided, cases[c].undecided, "%s", cases[c].last);
            if (result.undecided)
                cr_assert_str_eq(result.example.text, "02/01/2024");
            load_result_free(&result, &plan);
        }
    }
}
