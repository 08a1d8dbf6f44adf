/* The order of rows, groups and gaps, against plain computations. */
#include "arrange_fixture.h"

TestSuite(arrange, .init = begin);

Test(arrange, leaves_rows_in_the_order_of_time)
{
    static uint64_t expected[200];
    make(0, 100, START, MINUTE);
    make(1, 100, START + 100 * MINUTE, MINUTE);
    for (uint64_t i = 0; i < 200; i++)
        expected[i] = i;
    struct source source = arranged(NULL, 0);
    expect_rows(&source, expected, 200);
    cr_expect_str_eq(logged, "");
    cr_expect_eq(source.shape.range_count, 0);
    cr_expect_eq(source.shape.break_count, 0);
    source_close(&source);
}

Test(arrange, turns_newest_first_round)
{
    static uint64_t expected[300];
    make(0, 300, START, -HOUR);
    fakes[0].left_out = 5;
    for (uint64_t i = 0; i < 300; i++)
        expected[i] = 5 + 299 - i;
    struct source source = arranged(NULL, 0);
    expect_rows(&source, expected, 300);
    cr_expect_str_eq(logged, "I: a.csv: rows lie newest first; they are put in the order of time\n");
    cr_expect(strstr(source.read, "\"order\": \"newest first, reversed\""), "%s", source.read);
    source_close(&source);
    refused(&(struct source_options){.order = ORDER_AUTO, .from = "2030-01-01"}, "a.csv: found no row from 2030-01-01");
}

Test(arrange, puts_inputs_in_the_order_of_time)
{
    static uint64_t expected[300];
    make(0, 100, START + 9 * DAY, MINUTE);
    make(1, 150, START + 4 * DAY, -MINUTE);
    make(2, 50, START, MINUTE);
    for (uint64_t i = 0; i < 300; i++)
        expected[i] = i < 50 ? 250 + i : i < 200 ? 249 - (i - 50) : i - 200;
    struct source source = arranged(&(struct source_options){.group_by = "none"}, 0);
    expect_rows(&source, expected, 300);
    cr_expect(strstr(logged, "I: a.csv and 2 more: the rows of 1 input lie newest first"), "%s", logged);
    cr_expect(strstr(logged, "I: a.csv and 2 more: the inputs are given in another order than that of time"), "%s",
              logged);
    source_close(&source);
}

#define READINGS "expected the option order: time (rows are sorted) or file (rows stay as they lie)"
#define OR_GROUPS ", or group-by: COLUMN if the rows are of several series"

Test(arrange, refuses_other_disorder)
{
    make(0, 100, START, MINUTE);
    for (int i = 40; i < 60; i += 3)
        fakes[0].times[i] = START;
    refused(NULL, "a.csv, line 42: time goes back: " READINGS OR_GROUPS);
    make(0, 100, START, -MINUTE);
    fakes[0].times[40] = START;
    refused(NULL, "a.csv, line 42: time goes forward where most rows lie newest first: " READINGS OR_GROUPS);
    make(0, 100, START, MINUTE);
    make(1, 100, START + 50 * MINUTE, MINUTE);
    refused(NULL, "a.csv and b.csv overlap in time: " READINGS ", or group-by: file if each input is a series of "
                  "its own");
    make(1, 100, START + 99 * MINUTE, MINUTE); /* one row twice */
    struct source source = arranged(NULL, 0);
    cr_expect_str_eq(logged, "W: a.csv and 1 more: 1 row has the time of the row before, the first in b.csv, line 2; "
                             "all are used\n");
    source_close(&source);
}

Test(arrange, leaves_rare_steps_back)
{
    make(0, 100, START, MINUTE);
    fakes[0].times[40] = START;
    struct source source = arranged(NULL, 0);
    uint64_t rows[100];
    source_rows(&source, 0, 100, rows);
    for (uint64_t i = 0; i < 100; i++)
        cr_expect_eq(rows[i], i);
    cr_expect(strstr(logged, "W: a.csv: time goes back at 1 row, first at a.csv, line 42; the rows stay as they lie"),
              "%s", logged);
    source_close(&source);
}

Test(arrange, refuses_a_counter_that_goes_down)
{
    make(0, 100, 100, -1);
    struct source source = open_fakes(0, false);
    cr_expect_eq(arrange(&source, NULL), PLOTMILL_BAD_INPUT);
    cr_expect_str_eq(error.message, "a.csv, line 3: the numbers of the time column go down: " READINGS);
    source_close(&source);
}

/* A plain sort: stable, by group in the order of first rows, then by time. */
static void model(size_t classes, bool sort, uint64_t *expected, uint64_t *counts, size_t *groups)
{
    uint64_t total = 0, used = 0;
    bool seen[26] = {false};
    size_t order[26], known = 0;
    static int64_t times[MOST];
    static size_t of[MOST];
    for (size_t i = 0; i < input_count; i++)
        for (uint64_t k = 0; k < fakes[i].count; k++, total++) {
            times[total] = fakes[i].times[k];
            of[total] = classes ? (size_t)fakes[i].classes[k] : 0;
            if (!seen[of[total]])
                order[known++] = of[total];
            seen[of[total]] = true;
        }
    for (size_t g = 0; g < known; g++) {
        const uint64_t first = used;
        for (uint64_t i = 0; i < total; i++)
            if (of[i] == order[g])
                expected[used++] = i;
        for (uint64_t i = first + 1; sort && i < used; i++)
            for (uint64_t k = i; k > first && times[expected[k - 1]] > times[expected[k]]; k--) {
                const uint64_t row = expected[k];
                expected[k] = expected[k - 1];
                expected[k - 1] = row;
            }
        counts[g] = used - first;
    }
    *groups = known;
}

static void check_groups(size_t classes, enum row_order order, bool sort)
{
    static uint64_t expected[MOST];
    static const struct side_request sides[] = {{"number", "label", false}, {"name", "group-by", true}};
    uint64_t counts[26], first = 0;
    size_t groups;
    const struct source_options options = {
        .order = order, .group_by = classes ? "name" : NULL, .sides = sides, .side_count = classes ? 2 : 0};
    model(classes, sort, expected, counts, &groups);
    struct source source = arranged(&options, classes);
    expect_rows(&source, expected, source.shape.samples);
    cr_assert_eq(source.shape.range_count, classes ? groups : 0);
    for (size_t g = 0; classes && g < groups; g++) {
        const struct source_range *range = &source.shape.ranges[g];
        cr_assert(range->first == first && range->count == counts[g] && range->group == g);
        first += counts[g];
    }
    cr_assert_eq(source.side_count, classes ? 1 : 0);
    cr_assert_eq(source.group_count, classes ? groups : 0);
    source_close(&source);
}

Test(arrange, sorts_and_gathers_as_a_plain_sort_does)
{
    for (int turn = 0; turn < 60; turn++) {
        const size_t classes = turn % 4 ? 1 + random_number(9) : 0;
        begin();
        for (size_t input = 0; input < 1u + turn % 3; input++) {
            make(input, random_number(400), START, 0);
            for (uint64_t i = 0; i < fakes[input].count; i++) {
                fakes[input].times[i] = START + MINUTE * random_number(100);
                fakes[input].classes[i] = classes ? random_number((uint32_t)classes) : 0;
            }
        }
        check_groups(classes, ORDER_TIME, true);
        check_groups(classes, ORDER_FILE, false);
    }
}

Test(arrange, gathers_interleaved_groups)
{
    make(0, 5000, START, 0);
    for (uint64_t i = 0; i < 5000; i++) {
        fakes[0].times[i] = START + (int64_t)(i / 5) * MINUTE;
        fakes[0].classes[i] = (double)((i * 3 + i / 5) % 5);
    }
    check_groups(5, ORDER_AUTO, true);
    cr_expect_str_eq(logged, "I: a.csv: 5 groups by name: A, D, B, E, C; the rows of each were put together\n");
    for (uint64_t i = 0; i < 5000; i++) { /* one group after another, newest first in each */
        fakes[0].times[i] = START - (int64_t)(i % 1000) * MINUTE;
        fakes[0].classes[i] = (double)(4 - i / 1000);
    }
    check_groups(5, ORDER_AUTO, true);
}

Test(arrange, groups_by_file)
{
    static uint64_t expected[300];
    for (size_t i = 0; i < 3; i++)
        make(i, 100, START, MINUTE);
    for (uint64_t i = 0; i < 300; i++)
        expected[i] = i;
    struct source source = arranged(&(struct source_options){.group_by = "file"}, 0);
    expect_rows(&source, expected, 300);
    cr_assert_eq(source.shape.range_count, 3);
    cr_expect_str_eq(source.groups[2], "c.csv");
    source_close(&source);
    struct windows windows;
    struct source_shape shape = {.samples = 300,
                                 .ranges = (struct source_range[]){{0, 100, 0}, {100, 200, 1}},
                                 .range_count = 2,
                                 .breaks = (uint64_t[]){50, 100, 270},
                                 .break_count = 3};
    cr_assert_eq(windows_plan(&windows, shape, &(struct window_rule){60, 10, 0}, &error), PLOTMILL_OK);
    cr_assert_eq(windows.images, 12); /* of 100..269 alone */
    cr_expect_eq(windows_start(&windows, 0), 100);
    cr_expect(windows_fit(shape, 40, 10) && !windows_fit(shape, 40, 11) && !windows_fit(shape, 49, 2));
    cr_expect(windows_fit(shape, 270, 30) && !windows_fit(shape, 269, 2));
    windows_free(&windows);
}

/* Breaks and gaps by their definition. */
Test(arrange, leaves_out_rows_outside_the_period)
{
    static uint64_t expected[100];
    make(0, 100, START, HOUR);
    for (uint64_t i = 0; i < 100; i++)
        expected[i] = i;
    struct source source = arranged(&(struct source_options){.from = "2024-01-02 06:00", .to = "2024-01-03"}, 0);
    expect_rows(&source, expected, 100);
    cr_assert_eq(source.shape.range_count, 1);
    cr_expect(source.shape.ranges[0].first == 30 && source.shape.ranges[0].count == 42);
    cr_expect_eq(source.about.left_out, 58);
    source_close(&source);
}

Test(arrange, refuses_rows_of_several_series)
{
    make(0, 100, START, MINUTE);
    columns[0] = (struct column_about){.name = "Ticker",
                                       .column = 3,
                                       .first = "AAA",
                                       .other = "BBB",
                                       .line = 52,
                                       .rows = 100,
                                       .values = 2,
                                       .blocks = 2};
    refused(NULL,
            "a.csv, line 52: column Ticker changes from \"AAA\" to \"BBB\" (2 values in all): windows would mix them: "
            "expected the option group-by: Ticker or none (all rows are one series)");
    struct source source = arranged(&(struct source_options){.group_by = "none"}, 0);
    source_close(&source);
    columns[0].name = "side"; /* buys and sells */
    columns[0].blocks = 40;
    columns[0].stops = 3;
    columns[0].stays = 4;
    expect_log("");
    columns[0].stops = 30;
    columns[0].stays = 0;
    refused(NULL,
            "a.csv, line 52: column side changes from \"AAA\" to \"BBB\" (2 values in all): windows would mix them: "
            "expected the option group-by: side or none (all rows are one series)");
    columns[0].values = 100; /* notes */
    expect_log("");
    make(1, 100, START + 100 * MINUTE, MINUTE);
    columns[0] = (struct column_about){.name = "symbol", .first = "AAA", .rows = 100, .values = 1, .blocks = 1};
    columns[1] = columns[0];
    expect_log("");
    columns[1].first = "BBB";
    refused(NULL,
            "b.csv: column symbol holds \"BBB\", and \"AAA\" in a.csv: windows would mix them: expected the option "
            "group-by: symbol, file or none (all rows are one series)");
}

static char **texts(size_t count, const char *const *from)
{
    char **list = calloc(count, sizeof *list);
    for (size_t i = 0; i < count; i++)
        list[i] = string_copy(from[i]);
    return list;
}

Test(arrange, unites_classes_of_inputs)
{
    static const char *const classes[2][3] = {{"C", "b", "b\xc3\xa9"}, {"A", "B", "b"}}, *const names[2] = {"a", "b"};
    static const char *const all[5] = {"A", "B", "C", "b", "b\xc3\xa9"};
    static const struct source_ops ops = {.read = read_fake, .side = side_fake, .destroy = destroy_fake};
    struct source parts[2] = {0}, source;
    for (size_t i = 0; i < 2; i++) {
        make(i, 4, START, MINUTE);
        for (size_t k = 0; k < 4; k++)
            fakes[i].classes[k] = k == 2 ? NAN : (double)(k % 3);
        parts[i] = (struct source){.ops = &ops, .self = &fakes[i], .shape = {.samples = 4, .fields = 2}};
        parts[i].sides = calloc(2, sizeof *parts[i].sides);
        parts[i].side_count = 2;
        parts[i].sides[0] = (struct side_column){.name = string_copy("n"), .whole = i};
        parts[i].sides[1] = (struct side_column){.name = string_copy("t"), .classes = texts(3, classes[i])};
        parts[i].sides[1].class_count = 3;
    }
    cr_assert_eq(concat_open(&source, parts, names, 2, &error), PLOTMILL_OK, "%s", error.message);
    cr_assert_eq(source.sides[1].class_count, 5);
    cr_expect(!source.sides[0].whole && !source.sides[0].classes);
    double read[8];
    cr_assert_eq(source.ops->side(source.self, 1, 0, 8, read, &error), PLOTMILL_OK);
    for (size_t i = 0; i < 5; i++)
        cr_expect_str_eq(source.sides[1].classes[i], all[i]);
    for (size_t i = 0; i < 8; i++)
        cr_expect(i % 4 == 2 ? isnan(read[i]) : !strcmp(all[(size_t)read[i]], classes[i / 4][i % 4 % 3]));
    source_close(&source);
}

Test(arrange, names_groups_of_files_once)
{
    static const char *const names[4] = {"x/a.csv", "y/a.csv", "b.csv", "z/x/a.csv"};
    struct arrange_part parts[4];
    struct input given[4];
    make(0, 40, START, MINUTE);
    struct source source = open_fakes(0, true);
    for (size_t i = 0; i < 4; i++) {
        given[i] = (struct input){.name = (char *)names[i], .path = (char *)names[i], .group = i == 2 ? "b" : "a"};
        parts[i] = (struct arrange_part){&given[i], 10 * i, 10, NULL};
    }
    const struct source_options options = {.group_by = "file"};
    cr_assert_eq(source_arrange(&source, parts, 4, &options, NULL, &error), PLOTMILL_OK, "%s", error.message);
    static const char *const expected[4] = {"x/a.csv", "y/a", "b", "z/x/a.csv"};
    for (size_t i = 0; i < 4; i++)
        cr_expect_str_eq(source.groups[i], expected[i]);
    source_close(&source);
}

Test(arrange, joins_watches_of_parts)
{
    for (int turn = 0; turn < 100; turn++) {
        struct column_watch whole = {0}, joined = {0};
        const uint32_t rows = 1 + random_number(60), values = 1 + random_number(4), cut = random_number(rows + 1);
        struct column_watch part = {0};
        int64_t time = 0;
        for (uint32_t i = 0; i < rows; i++) {
            char text[16];
            const int length = random_number(9) ? snprintf(text, sizeof text, "v%u", random_number(values)) : 0;
            time += (int64_t)random_number(3) - 1;
            cr_assert_eq(column_watch_add(&whole, text, (size_t)length, time, 10 + i, &error), PLOTMILL_OK);
            struct column_watch *to = i < cut ? &joined : &part;
            cr_assert_eq(column_watch_add(to, text, (size_t)length, time, 10 + i - (i < cut ? 0 : cut), &error),
                         PLOTMILL_OK);
        }
        cr_assert_eq(column_watch_join(&joined, &part, cut, &error), PLOTMILL_OK);
        column_watch_free(&part);
        struct column_about a = column_watch_finish(&whole), b = column_watch_finish(&joined);
        cr_assert_eq(a.rows, b.rows);
        cr_assert_eq(a.values, b.values);
        cr_assert_eq(a.blocks, b.blocks);
        cr_assert_eq(a.stops, b.stops);
        cr_assert_eq(a.stays, b.stays);
        cr_assert_eq(a.line, b.line);
        cr_assert(!a.first == !b.first && (!a.first || !strcmp(a.first, b.first)));
        cr_assert(!a.other == !b.other && (!a.other || !strcmp(a.other, b.other)));
        free(a.first), free(a.other), free(b.first), free(b.other);
    }
}
