/* Exit codes, and messages to stderr and the log file (--log-file). */
#ifndef TOOLS_COMMON_CONSOLE_H
#define TOOLS_COMMON_CONSOLE_H

#include <stdio.h>

#include "api/engine.h"

enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,     /* while working */
    EXIT_WRONG = 2,      /* wrong usage or bad input */
    EXIT_CANCELLED = 130 /* by a signal */
};

int exit_code_of(enum plotmill_status status);

enum log_file_level { LOG_FILE_ERROR, LOG_FILE_WARNING, LOG_FILE_INFO, LOG_FILE_DETAIL };

struct console {
    int quiet;
    int verbose;
    int terminal;   /* stderr can redraw a line */
    int bar_length; /* columns of the progress bar on the screen; 0: none */
    const char *log_path;
    FILE *log_file;
    enum log_file_level log_level; /* of the log file, independent of stderr */
    char failure[MESSAGE_SIZE];    /* the last error; "": none */
    unsigned warnings;
    char warning[1024]; /* the last warning */
};

void console_open(struct console *console, int quiet, int verbose);
/* Appends to a log file from now on, unless NULL. Returns 0 after a message if it cannot be opened. */
int console_keep_log(struct console *console, const char *log_path, enum log_file_level level);
void console_close(struct console *console);

/* A plotmill_log_fn; `user` is the console. */
void console_log(void *user, enum plotmill_log_level level, const char *text);

/* Prints a message of the command. */
void console_say(struct console *console, enum plotmill_log_level level, const char *format, ...) PLOTMILL_PRINTF(3, 4);

/* Prints "plotmill: MESSAGE", even if quiet. Returns the exit code for `status`. */
int console_fail(struct console *console, enum plotmill_status status, const char *format, ...) PLOTMILL_PRINTF(3, 4);

/* Draws or replaces the progress bar. Other lines remove it. */
void console_draw_bar(struct console *console, const char *bar);
void console_clear_bar(struct console *console);

/* Writes to the log file only. */
void console_note(struct console *console, const char *text);

#endif
