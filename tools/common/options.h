/* Command lines: options from tables (options/option.h), and --help from the same rows.
 *
 *     struct option_group groups[] = {{"Data", data_options, DATA_ALL, &data, 0}, ...};
 *     struct usage usage = {.command = "render", .set = {groups, GROUPS}, ...};
 *     int exit_code = options_parse(&usage, argc, argv, &paths);
 *     if (exit_code != OPTIONS_GO_ON)
 *         return exit_code; */
#ifndef TOOLS_COMMON_OPTIONS_H
#define TOOLS_COMMON_OPTIONS_H

#include "options/option.h"

struct usage {
    const char *command;
    const char *arguments; /* "INPUT... -o OUTPUT" */
    const char *summary;   /* sentences; wrapped */
    const char *examples;  /* lines, printed as they are */
    struct option_set set;
    const char *path_name; /* what a positional argument is: "INPUT"; NULL: there are none */
    size_t most_paths;
    int paths_optional; /* else at least one is required if there are any */
    /* NULL, or called when the command line has been read: adds options and paths from elsewhere. Returns OPTIONS_GO_ON
     * or the exit code after a message. */
    int (*complete)(void *user, struct usage *usage, struct paths *paths);
    void *user;
};

#define OPTIONS_GO_ON (-1)

/* argv[0] is the subcommand. Returns OPTIONS_GO_ON, or the exit code: 0 after --help, 2 after a message about wrong
 * usage. Reorders argv. */
int options_parse(struct usage *usage, int argc, char **argv, struct paths *paths);

#endif
