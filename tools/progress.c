#include "progress.h"

#include <inttypes.h>
#include <string.h>

#include "system.h"

#define BAR_SECONDS 0.1
#define FIRST_LINE_SECONDS 2.0
#define LINE_SECONDS 5.0

static void format_duration(double seconds, char *text, size_t size)
{
    uint64_t whole = (uint64_t)(seconds + 0.5);
    unsigned second = (unsigned)(whole % 60), minute = (unsigned)(whole / 60 % 60);
    if (whole >= 3600)
        snprintf(text, size, "%" PRIu64 ":%02u:%02u", whole / 3600, minute, second);
    else
        snprintf(text, size, "%u:%02u", minute, second);
}

/* "1234/85887  71234 images/s  ETA 0:12" */
static void format_state(const struct plotmill_progress *at, char *text, size_t size)
{
    int length = snprintf(text, size, "%" PRIu64 "/%" PRIu64, at->done, at->images);
    if (at->done == 0 || at->seconds <= 0)
        return;
    double rate = (double)at->done / at->seconds;
    char left[40];
    format_duration((double)(at->images - at->done) / rate, left, sizeof left);
    snprintf(text + length, size - (size_t)length, "  %.*f images/s  ETA %s", rate < 10 ? 1 : 0, rate, left);
}

static double share(const struct plotmill_progress *at)
{
    return at->images ? (double)at->done / (double)at->images : 1;
}

static void draw_bar(struct progress *progress, const struct plotmill_progress *at)
{
    char state[128], bar[256];
    format_state(at, state, sizeof state);
    int columns = system_columns() - 1; /* a full last column would wrap on some terminals */
    if (columns > (int)sizeof bar - 1)
        columns = (int)sizeof bar - 1;
    int room = columns - (int)strlen(state) - 9; /* "[] 100%  " */
    if (room < 5) {
        snprintf(bar, (size_t)columns + 1, "%s", state);
    } else {
        int cells = room < 40 ? room : 40, filled = (int)(share(at) * cells);
        char marks[41];
        memset(marks, '#', (size_t)filled);
        memset(marks + filled, '.', (size_t)(cells - filled));
        snprintf(bar, sizeof bar, "[%.*s] %3d%%  %s", cells, marks, (int)(100 * share(at)), state);
    }
    console_draw_bar(progress->console, bar);
}

static void tell_line(struct progress *progress, const struct plotmill_progress *at)
{
    char state[128], line[200];
    format_state(at, state, sizeof state);
    snprintf(line, sizeof line, "%3d%%  %s", (int)(100 * share(at)), state);
    if (progress->console->quiet || progress->console->terminal)
        console_note(progress->console, line);
    else
        console_say(progress->console, PLOTMILL_LOG_INFO, "%s", line);
}

int progress_update(void *user, const struct plotmill_progress *at)
{
    struct progress *progress = user;
    struct console *console = progress->console;
    if (console->terminal && !console->quiet && (!progress->running || at->seconds - progress->drawn >= BAR_SECONDS)) {
        draw_bar(progress, at);
        progress->drawn = at->seconds;
    }
    progress->running = 1;
    double due = progress->told > 0 ? progress->told + LINE_SECONDS : FIRST_LINE_SECONDS;
    if (at->seconds >= due && at->done < at->images) {
        tell_line(progress, at);
        progress->told = at->seconds;
    }
    return system_interrupted();
}
