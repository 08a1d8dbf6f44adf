/* For the tests of sources: each test runs in a new folder, so that paths in messages are bare names. */
#ifndef TEST_SOURCE_FILES_H
#define TEST_SOURCE_FILES_H

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/os.h"
#include "plotmill_config.h"
#include "source/source.h"

static char test_folder[512];

static void enter_folder(void)
{
    const char *parent = getenv("TMPDIR");
    snprintf(test_folder, sizeof test_folder, "%s/plotmill-source-XXXXXX", parent ? parent : P_tmpdir);
    cr_assert(mkdtemp(test_folder) && chdir(test_folder) == 0);
}

static void leave_folder(void)
{
    cr_assert(chdir("/") == 0 && os_remove_tree(test_folder));
}

static inline void put(const char *name, const void *bytes, size_t size)
{
    FILE *file = fopen(name, "wb");
    cr_assert(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

static inline void put_text(const char *name, const char *text)
{
    put(name, text, strlen(text));
}

/* Logged lines: "W: ...\n" for warnings, "D: ...\n" for details. */
static char logged[20000];

static inline void keep_line(void *user, enum plotmill_log_level level, const char *text)
{
    size_t used = strlen(logged);
    (void)user;
    snprintf(logged + used, sizeof logged - used, "%c: %s\n", "WID"[level], text);
}

static const struct log test_log = {keep_line, NULL};
static struct plotmill_error test_error;
static const char *test_axes; /* the option axes of open_files */

static inline enum plotmill_status open_files(struct source *source, const char *column, const char *dataset,
                                              size_t count, const char *const *paths)
{
    struct source_options options = {.column = column, .dataset = dataset, .axes = test_axes};
    memset(&test_error, 0, sizeof test_error);
    *source = (struct source){0};
    return source_open(source, paths, count, &options, &test_log, &test_error);
}

static inline struct source open_good(const char *column, const char *dataset, const char *path)
{
    struct source source;
    enum plotmill_status status = open_files(&source, column, dataset, 1, &path);
    cr_assert(status == PLOTMILL_OK, "%s: %s", path, test_error.message);
    return source;
}

static inline bool same_number(double a, double b)
{
    return (isnan(a) && isnan(b)) || (a == b && !signbit(a) == !signbit(b));
}

/* Reads all at once, then in pieces of 1, 2, 3, ... samples; closes the source. */
static inline void expect_samples(struct source *source, uint64_t row_length, uint64_t count, const double *expected)
{
    cr_assert_eq(source->shape.samples, count, "%llu samples", (unsigned long long)source->shape.samples);
    cr_assert_eq(source->shape.row_length, row_length);
    double *read = malloc((count + 1) * sizeof *read);
    for (uint64_t n = count, next = 1; n; n = next <= count && next < 40 ? next++ : 0)
        for (uint64_t first = 0; first < count; first += n) {
            uint64_t piece = first + n < count ? n : count - first;
            read[piece] = 12345;
            cr_assert_eq(source->ops->read(source->self, first, piece, read, &test_error), PLOTMILL_OK, "%s",
                         test_error.message);
            for (uint64_t k = 0; k < piece; k++)
                cr_assert(same_number(read[k], expected[first + k]), "sample %llu: %.17g, expected %.17g",
                          (unsigned long long)(first + k), read[k], expected[first + k]);
            cr_assert_eq(read[piece], 12345);
        }
    free(read);
    source_close(source);
}

/* A read of all samples fails; closes the source. */
static inline void expect_unreadable(struct source *source, const char *message)
{
    double values[100];
    cr_assert(source->shape.samples <= 100);
    cr_assert_eq(source->ops->read(source->self, 0, source->shape.samples, values, &test_error), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(test_error.message, message);
    source_close(source);
}

#define NOT_FLOAT64                                                                                            \
    ", which no float64 equals: expected integers up to 2^53: convert them to float64, which rounds them, or " \
    "subtract what all have in common"

static inline void expect_file(const char *column, const char *path, uint64_t count, const double *expected)
{
    struct source source = open_good(column, NULL, path);
    expect_samples(&source, 0, count, expected);
}

static inline void expect_failure(enum plotmill_status expected, const char *message, const char *column,
                                  const char *dataset, const char *path)
{
    struct source source;
    enum plotmill_status status = open_files(&source, column, dataset, 1, &path);
    cr_assert_eq(status, expected, "%s: %s", plotmill_status_str(status), test_error.message);
    cr_assert_eq(test_error.status, expected);
    cr_assert_str_eq(test_error.message, message);
    cr_assert(!source.ops && !source.self, "something was left behind");
}

static inline void expect_bad(const char *message, const char *column, const char *path)
{
    expect_failure(PLOTMILL_BAD_INPUT, message, column, NULL, path);
}

static inline void expect_place(struct source *source, uint64_t sample, const char *expected)
{
    char text[200];
    source->ops->locate(source->self, sample, text, sizeof text);
    cr_assert_str_eq(text, expected);
}

#endif
