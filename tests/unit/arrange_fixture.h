/* What the tests of arranged sources share: inputs of rows whose values are their numbers, and the log. */
#ifndef UNIT_ARRANGE_FIXTURE_H
#define UNIT_ARRANGE_FIXTURE_H

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "formats/text/column_watch.h"
#include "source/arrange.h"
#include "source/concat.h"
#include "source/row_permutation.h"
#include "source/source.h"
#include "source/windows.h"

#define MINUTE INT64_C(60000000000) /* ns */
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define START (INT64_C(19723) * DAY) /* Monday, 2024-01-01 */
#define MOST 40000

static struct plotmill_error error;
static char logged[8000];

static inline void keep_line(void *user, enum plotmill_log_level level, const char *text)
{
    (void)user;
    if (level != PLOTMILL_LOG_DETAIL)
        snprintf(logged + strlen(logged), sizeof logged - strlen(logged), "%c: %s\n", "WI"[level], text);
}
static const struct log test_log = {keep_line, NULL};

/* An input of rows whose value is their number. */
struct fake {
    uint64_t count, left_out; /* left_out: rows before the first one */
    double first;
    int64_t times[MOST];
    double classes[MOST];
    char name[16];
};

static inline enum plotmill_status read_fake(void *self, uint64_t first, uint64_t count, double *out,
                                             struct plotmill_error *ignored)
{
    const struct fake *fake = self;
    (void)ignored;
    cr_assert(first + count <= fake->count);
    for (uint64_t i = 0; i < count; i++) {
        out[2 * i] = fake->first + (double)(first + i);
        out[2 * i + 1] = -out[2 * i];
    }
    return PLOTMILL_OK;
}

static inline void locate_fake(void *self, uint64_t sample, char *text, size_t size)
{
    const struct fake *fake = self;
    snprintf(text, size, "%s, line %llu", fake->name, (unsigned long long)sample + 2);
}

static inline enum plotmill_status times_fake(void *self, uint64_t first, uint64_t count, int64_t *out,
                                              struct plotmill_error *ignored)
{
    (void)ignored;
    memcpy(out, ((struct fake *)self)->times + first, count * sizeof *out);
    return PLOTMILL_OK;
}

static inline enum plotmill_status side_fake(void *self, size_t column, uint64_t first, uint64_t count, double *out,
                                             struct plotmill_error *ignored)
{
    (void)ignored;
    for (uint64_t i = 0; i < count; i++)
        out[i] = column ? ((struct fake *)self)->classes[first + i] : (double)(first + i);
    return PLOTMILL_OK;
}

static inline void rows_fake(void *self, uint64_t first, uint64_t count, uint64_t *out)
{
    for (uint64_t i = 0; i < count; i++)
        out[i] = ((struct fake *)self)->left_out + first + i;
}

static inline void destroy_fake(void *self)
{
    (void)self;
}

#define INPUTS 6
static struct fake fakes[INPUTS];
static struct input inputs[INPUTS];
static struct column_about columns[INPUTS];
static size_t input_count;

/* The side columns: numbers, and texts of the classes A, B, ... (`classes`; 0: no side columns). */
static inline struct source open_fakes(size_t classes, bool dated)
{
    static const struct source_ops ops = {read_fake, locate_fake, destroy_fake, rows_fake, times_fake, side_fake};
    struct source parts[INPUTS] = {0}, source;
    const char *names[INPUTS];
    double first = 0;
    for (size_t i = 0; i < input_count; i++) {
        fakes[i].first = first;
        first += (double)(fakes[i].left_out + fakes[i].count);
        snprintf(fakes[i].name, sizeof fakes[i].name, "%c.csv", (char)('a' + i));
        names[i] = fakes[i].name;
        inputs[i] = (struct input){.name = fakes[i].name, .path = fakes[i].name, .group = fakes[i].name};
        parts[i] = (struct source){.ops = &ops, .self = &fakes[i], .shape = {.samples = fakes[i].count, .fields = 2}};
        parts[i].about = (struct source_about){
            .has_times = dated, .left_out = fakes[i].left_out, .rows = fakes[i].left_out + fakes[i].count};
        fakes[i].first += (double)fakes[i].left_out;
        if (!classes)
            continue;
        parts[i].sides = calloc(2, sizeof *parts[i].sides);
        parts[i].side_count = 2;
        parts[i].sides[0] = (struct side_column){.name = string_copy("number"), .whole = true};
        parts[i].sides[1] = (struct side_column){
            .name = string_copy("name"), .classes = calloc(classes, sizeof(char *)), .class_count = classes};
        for (size_t k = 0; k < classes; k++)
            parts[i].sides[1].classes[k] = string_copy((char[]){(char)('A' + k), 0});
    }
    cr_assert_eq(concat_open(&source, parts, names, input_count, &error), PLOTMILL_OK, "%s", error.message);
    return source;
}

static inline enum plotmill_status arrange(struct source *source, const struct source_options *options)
{
    struct arrange_part parts[INPUTS];
    struct source_about abouts[INPUTS] = {0};
    uint64_t first = 0;
    logged[0] = 0;
    memset(&error, 0, sizeof error);
    for (size_t i = 0; i < input_count; i++) {
        abouts[i] = (struct source_about){.rows = fakes[i].left_out + fakes[i].count,
                                          .left_out = fakes[i].left_out,
                                          .columns = &columns[i],
                                          .column_count = columns[i].name ? 1 : 0};
        parts[i] = (struct arrange_part){&inputs[i], first, fakes[i].count, &abouts[i]};
        first += fakes[i].count;
    }
    return source_arrange(source, parts, input_count, options, &test_log, &error);
}

static inline struct source arranged(const struct source_options *options, size_t classes)
{
    struct source source = open_fakes(classes, true);
    cr_assert_eq(arrange(&source, options), PLOTMILL_OK, "%s", error.message);
    return source;
}

static inline void refused(const struct source_options *options, const char *message)
{
    struct source source = open_fakes(0, true);
    cr_expect_eq(arrange(&source, options), PLOTMILL_BAD_INPUT, "not refused: %s", message);
    cr_expect_str_eq(error.message, message);
    source_close(&source);
}

static uint32_t state = 7;

static inline uint32_t random_number(uint32_t below)
{
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % below;
}

static inline void make(size_t input, uint64_t count, int64_t first, int64_t step)
{
    fakes[input] = (struct fake){.count = count};
    for (uint64_t i = 0; i < count; i++)
        fakes[input].times[i] = first + (int64_t)i * step;
    if (input_count <= input)
        input_count = input + 1;
}

/* The rows in their order, read in pieces of any length: `expected` (count) are numbers of rows of the inputs. */
static inline void expect_rows(struct source *source, const uint64_t *expected, uint64_t count)
{
    static double values[2 * MOST], numbers[MOST];
    static uint64_t rows[MOST];
    static int64_t times[MOST];
    cr_assert_eq(source->shape.samples, count);
    for (uint64_t first = 0, n; first < count; first += n) {
        n = 1 + random_number(3 * ARRANGE_LIST);
        n = n < count - first ? n : count - first;
        cr_assert_eq(source->ops->read(source->self, first, n, values, &error), PLOTMILL_OK);
        cr_assert_eq(source->ops->times(source->self, first, n, times, &error), PLOTMILL_OK);
        source_rows(source, first, n, rows);
        for (uint64_t i = 0; i < n; i++) {
            uint64_t row = expected[first + i], input = 0;
            cr_assert_eq(rows[i], row, "sample %llu: row %llu, expected %llu", (unsigned long long)(first + i),
                         (unsigned long long)rows[i], (unsigned long long)row);
            cr_assert(values[2 * i] == (double)row && values[2 * i + 1] == -(double)row);
            for (; row >= fakes[input].left_out + fakes[input].count; input++)
                row -= fakes[input].left_out + fakes[input].count;
            cr_assert_eq(times[i], fakes[input].times[row - fakes[input].left_out]);
            if (source->side_count) {
                cr_assert_eq(source->ops->side(source->self, 0, first + i, 1, numbers, &error), PLOTMILL_OK);
                cr_assert_eq(numbers[0], (double)(row - fakes[input].left_out));
            }
        }
    }
}

static inline void begin(void)
{
    input_count = 0;
    memset(columns, 0, sizeof columns);
}

static inline void expect_log(const char *expected)
{
    struct source source = arranged(NULL, 0);
    cr_expect_str_eq(logged, expected);
    source_close(&source);
}

#endif
