/* What the command tells people: stderr, and the log file where one was asked for. */
#ifndef TOOLS_COMMON_CONSOLE_H
#define TOOLS_COMMON_CONSOLE_H

#include <stdio.h>

#include "plotmill/context.h"

enum log_file_level { LOG_FILE_ERROR, LOG_FILE_WARNING, LOG_FILE_INFO, LOG_FILE_DETAIL };

struct console {
    int quiet;
    int verbose;
    int terminal;   /* stderr can redraw a line */
    int bar_length; /* columns of the progress bar that stands on the screen; 0: none */
    const char *log_path;
    FILE *log_file;
    enum log_file_level log_level;       /* what goes to the log file, whatever stderr shows */
    char failure[PLOTMILL_MESSAGE_SIZE]; /* the last error that was told; "": none */
    unsigned warnings;
    char warning[1024]; /* the last one */
};

void console_open(struct console *console, int quiet, int verbose);
/* Appends to a log file from now on; NULL: to none. Returns 0 after a message when it cannot be opened. */
int console_keep_log(struct console *console, const char *log_path, enum log_file_level level);
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
