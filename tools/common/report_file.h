/* Files that the command writes beside its output. Functions that return int return OPTIONS_GO_ON, or the exit code
 * after a message. */
#ifndef TOOLS_COMMON_REPORT_FILE_H
#define TOOLS_COMMON_REPORT_FILE_H

#include "base/output.h"
#include "tools/common/console.h"
#include "tools/common/options.h"

/* A report, which may replace only an earlier report of its kind. */
struct report_file {
    const char *option; /* for messages: "--trace" */
    struct output output;
    FILE *out; /* NULL: not open */
};

/* How the kinds of reports begin. */
#define REPORT_TRACE "{\"displayTimeUnit\":\"ms\",\"traceEvents\":["
#define REPORT_BENCH "{\n  \"plotmill\": "
#define REPORT_STATUS "{\n  \"plotmill_status\": "

/* Refuses a path at which another file exists than an empty one, or one that begins with `beginning`. */
int report_file_check(const char *option, const char *path, const char *beginning, struct console *console);

/* Refuses a path that is one of the inputs or the output. */
int report_file_check_place(const char *option, const char *path, const struct paths *inputs, const char *output,
                            struct console *console);

/* Whether both name the same file, which need not exist. NULL names none. */
bool report_file_same(const char *a, const char *b);

/* Checks as report_file_check does, then opens file->out. */
int report_file_open(struct report_file *file, const char *option, const char *path, const char *beginning,
                     struct console *console);

/* Puts the report in place, or removes it unless `keep`. */
int report_file_close(struct report_file *file, bool keep, struct console *console);

/* A temporary folder beside an output, for output that is not kept. */
struct scratch {
    char *folder;
    char *path; /* in the folder, with the name of the output */
};

int scratch_make(struct scratch *scratch, const char *output, struct console *console);
void scratch_remove(struct scratch *scratch); /* with its contents; nothing if all zero */

#endif
