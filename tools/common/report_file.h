/* A small file that appears under its name when it is whole, and replaces an earlier one of its kind. */
#ifndef TOOLS_COMMON_REPORT_FILE_H
#define TOOLS_COMMON_REPORT_FILE_H

#include "tools/common/console.h"
#include "tools/common/options.h"

struct report_file {
    const char *option; /* "--trace": how messages call it */
    const char *path;
    char temporary[1100];
    FILE *out;
};

/* How a file begins that may be replaced. */
#define REPORT_TRACE "{\"displayTimeUnit\":\"ms\",\"traceEvents\":["
#define REPORT_BENCH "{\n  \"plotmill\": "

/* 1: nothing stands there, or a file that is empty or begins like that: nothing else may be lost to a slip of a name.
 */
int report_file_may_replace(const char *path, const char *beginning);

/* 1: both name the same file, which need not exist; NULL names none. */
int report_file_same(const char *a, const char *b);

/* Each returns OPTIONS_GO_ON, or the exit code after a message. */
int report_file_check(const char *option, const char *path, const char *beginning, struct console *console);
/* Whether `path` (NULL: none) is one of the inputs, or the output. */
int report_file_check_place(const char *option, const char *path, const struct paths *inputs, const char *output,
                            struct console *console);
int report_file_open(struct report_file *file, const char *option, const char *path, const char *beginning,
                     struct console *console);
/* Puts it under its name, or removes it where `keep` is 0. */
int report_file_close(struct report_file *file, int keep, struct console *console);

#endif
