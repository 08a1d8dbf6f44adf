#include "tools/common/console.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/os.h"
#include "tools/common/text.h"

int exit_code_of(enum plotmill_status status)
{
    static const int codes[] = {
        [PLOTMILL_OK] = EXIT_DONE,           [PLOTMILL_BAD_INPUT] = EXIT_WRONG,      [PLOTMILL_NO_DEVICE] = EXIT_WRONG,
        [PLOTMILL_UNSUPPORTED] = EXIT_WRONG, [PLOTMILL_DEVICE_FAILED] = EXIT_FAILED, [PLOTMILL_IO_FAILED] = EXIT_FAILED,
        [PLOTMILL_NO_MEMORY] = EXIT_FAILED,  [PLOTMILL_CANCELLED] = EXIT_CANCELLED,
    };
    return codes[status];
}

void console_open(struct console *console, int quiet, int verbose)
{
    *console = (struct console){.quiet = quiet, .verbose = verbose, .terminal = os_is_terminal()};
}

/* Whether lines may be appended: a log file begins with a time. Pipes and devices take anything. */
static int is_log(const char *path)
{
    static const char form[] = "dddd-dd-ddTdd:dd:dd.dddZ ";
    char found[sizeof form] = "";
    FILE *file = os_is_file(path) ? fopen(path, "r") : NULL;
    if (!file)
        return 1;
    size_t got = fread(found, 1, sizeof form - 1, file);
    fclose(file);
    for (size_t i = 0; i < got; i++)
        if (form[i] == 'd' ? found[i] < '0' || found[i] > '9' : found[i] != form[i])
            return 0;
    return !got || got == sizeof form - 1;
}

int console_keep_log(struct console *console, const char *log_path, enum log_file_level level)
{
    console->log_path = log_path;
    console->log_level = level;
    if (!log_path)
        return 1;
    if (!is_log(log_path)) {
        console_fail(console, PLOTMILL_BAD_INPUT,
                     "--log-file %s: exists and is not a log file of plotmill: choose another name", log_path);
        return 0;
    }
    console->log_file = fopen(log_path, "a");
    if (!console->log_file)
        console_fail(console, PLOTMILL_BAD_INPUT, "--log-file %s: %s", log_path, strerror(errno));
    return console->log_file != NULL;
}

void console_close(struct console *console)
{
    console_clear_bar(console);
    if (console->log_file && fclose(console->log_file))
        fprintf(stderr, "plotmill: warning: --log-file %s: %s\n", console->log_path, strerror(errno));
    console->log_file = NULL;
}

/* Writes each line of `text` after the time. */
static void write_log(struct console *console, enum log_file_level level, const char *text)
{
    static const char *const names[] = {"ERROR", "WARNING", "INFO", "DETAIL"};
    char when[TIMESTAMP_SIZE];
    if (!console->log_file || level > console->log_level)
        return;
    os_timestamp(when);
    do {
        size_t length = strcspn(text, "\n");
        fprintf(console->log_file, "%s %s %.*s\n", when, names[level], (int)length, text);
        text += length;
        text += *text == '\n';
    } while (*text);
    fflush(console->log_file);
}

void console_log(void *user, enum plotmill_log_level level, const char *text)
{
    struct console *console = user;
    write_log(console, LOG_FILE_WARNING + (enum log_file_level)level, text);
    if (level == PLOTMILL_LOG_WARNING) {
        console->warnings++;
        snprintf(console->warning, sizeof console->warning, "%.1023s", text);
    }
    int shown = level == PLOTMILL_LOG_WARNING || (!console->quiet && (level == PLOTMILL_LOG_INFO || console->verbose));
    if (!shown)
        return;
    console_clear_bar(console);
    fprintf(stderr, "%s%s\n", level == PLOTMILL_LOG_WARNING ? "plotmill: warning: " : "", text);
}

void console_say(struct console *console, enum plotmill_log_level level, const char *format, ...)
{
    char text[MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    console_log(console, level, text);
}

int console_fail(struct console *console, enum plotmill_status status, const char *format, ...)
{
    char text[MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    console_clear_bar(console);
    fprintf(stderr, "plotmill: %s\n", text);
    write_log(console, LOG_FILE_ERROR, text);
    snprintf(console->failure, sizeof console->failure, "%s", text);
    return exit_code_of(status);
}

void console_draw_bar(struct console *console, const char *bar)
{
    int length = (int)strlen(bar);
    int rest = console->bar_length > length ? console->bar_length - length : 0;
    fprintf(stderr, "\r%s%*s", bar, rest, "");
    fflush(stderr);
    console->bar_length = length;
}

void console_clear_bar(struct console *console)
{
    if (console->bar_length > 0)
        fprintf(stderr, "\r%*s\r", console->bar_length, "");
    console->bar_length = 0;
}

void console_note(struct console *console, const char *text)
{
    write_log(console, LOG_FILE_INFO, text);
}
