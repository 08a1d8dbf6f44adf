/* What the command tells people: stderr, and the log file where one was asked for. */
#ifndef TOOLS_CONSOLE_H
#define TOOLS_CONSOLE_H

#include <stdio.h>

#include "plotmill/context.h"

struct console {
    int quiet;
    int verbose;
    int terminal;   /* stderr can redraw a line */
    int bar_length; /* columns of the progress bar that stands on the screen; 0: none */
    const char *log_path;
    FILE *log_file;
};

/* Returns 0 after a message when the log file cannot be opened. `log_path` may be NULL. */
int console_open(struct console *console, int quiet, int verbose, const char *log_path);
void console_close(struct console *console);

/* A plotmill_log_fn; `user` is the console. */
void console_log(void *user, enum plotmill_log_level level, const char *text);

/* A line of the command's own. */
void console_say(struct console *console, enum plotmill_log_level level, const char *format, ...) PLOTMILL_PRINTF(3, 4);

/* "plotmill: MESSAGE" whatever the options say; returns the exit code for `status`. */
int console_fail(struct console *console, enum plotmill_status status, const char *format, ...) PLOTMILL_PRINTF(3, 4);

/* The progress bar: replaces the one that stands. Other lines push it away. */
void console_draw_bar(struct console *console, const char *bar);
void console_clear_bar(struct console *console);

/* To the log file alone. */
void console_note(struct console *console, const char *text);

#endif
