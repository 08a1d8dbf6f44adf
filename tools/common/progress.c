#include "tools/common/progress.h"

#include <inttypes.h>
#include <string.h>

#include "base/os.h"

#define BAR_SECONDS 0.1
#define FIRST_LINE_SECONDS 2.0
#define LINE_SECONDS_LEAST 5.0
#define LINE_SECONDS_MOST 60.0

static void format_duration(double seconds, char *text, size_t size)
{
    uint64_t whole = (uint64_t)(seconds + 0.5);
    unsigned second = (unsigned)(whole % 60), minute = (unsigned)(whole / 60 % 60);
    if (whole >= 3600)
        snprintf(text, size, "%" PRIu64 ":%02u:%02u", whole / 3600, minute, second);
    else
        snprintf(text, size, "%u:%02u", minute, second);
}

/* "  71234 images/s  ETA 0:12", with `gap` before each part. */
static void format_rate(const struct progress *progress, const struct plotmill_progress *at, const char *gap,
                        char *text, size_t size)
{
    const int ended = at->done >= at->images;
    double rate = ended ? rate_average(&progress->rate) : rate_now(&progress->rate);
    char left[40];
    int length = 0;
    *text = 0;
    if (rate > 0)
        length = snprintf(text, size, "%s%.*f images/s", gap, rate < 10 ? 1 : 0, rate);
    if (rate > 0 && !ended) {
        format_duration((double)(at->images - at->done) / rate, left, sizeof left);
        snprintf(text + length, size - (size_t)length, "%sETA %s", gap, left);
    }
}

static double share(const struct plotmill_progress *at)
{
    return at->images ? (double)at->done / (double)at->images : 1;
}

static void draw_bar(struct progress *progress, const struct plotmill_progress *at)
{
    char rate[80], state[128], bar[256];
    format_rate(progress, at, "  ", rate, sizeof rate);
    snprintf(state, sizeof state, "%" PRIu64 "/%" PRIu64 "%s", at->done, at->images, rate);
    int columns = os_columns() - 1; /* a full last column would wrap on some terminals */
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
    char rate[80], line[200];
    format_rate(progress, at, ", ", rate, sizeof rate);
    snprintf(line, sizeof line, "Processed %" PRIu64 "/%" PRIu64 " images (%d%%)%s", at->done, at->images,
             (int)(100 * share(at)), rate);
    if (progress->console->quiet || progress->console->terminal)
        console_note(progress->console, line);
    else
        console_say(progress->console, PLOTMILL_LOG_INFO, "%s", line);
    progress->told = at->seconds;
    progress->ended = at->done >= at->images;
}

/* Lines come ever more seldom, so that the log of a job of days stays short. */
static int line_is_due(const struct progress *progress, const struct plotmill_progress *at)
{
    if (at->done >= at->images)
        return !progress->ended;
    double gap = progress->told / 10;
    gap = gap < LINE_SECONDS_LEAST ? LINE_SECONDS_LEAST : gap > LINE_SECONDS_MOST ? LINE_SECONDS_MOST : gap;
    return at->seconds >= (progress->told > 0 ? progress->told + gap : FIRST_LINE_SECONDS);
}

void progress_overdue(void *user)
{
    struct progress *progress = user;
    int exit_code = console_fail(progress->console, PLOTMILL_CANCELLED, "%s", os_interrupt_message);
    status_file_close(progress->status, exit_code);
    console_close(progress->console);
    os_exit_now(exit_code);
}

int progress_update(void *user, const struct plotmill_progress *at)
{
    struct progress *progress = user;
    struct console *console = progress->console;
    if (!progress->running) /* before the output is opened, which is not to be left behind */
        os_on_interrupt(OS_INTERRUPT_ASKS);
    rate_add(&progress->rate, at->seconds, at->done);
    if (console->terminal && !console->quiet && (!progress->running || at->seconds - progress->drawn >= BAR_SECONDS)) {
        draw_bar(progress, at);
        progress->drawn = at->seconds;
    }
    progress->running = 1;
    if (at->images && line_is_due(progress, at))
        tell_line(progress, at);
    status_file_update(progress->status, at, &progress->rate);
    return os_interrupted();
}
