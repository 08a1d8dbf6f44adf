#include "tools/common/progress.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/numbers.h"
#include "base/os.h"
#include "base/strings.h"
#include "tools/common/options.h"
#include "tools/common/report_file.h"

#define BAR_SECONDS 0.1
#define FIRST_LINE_SECONDS 2.0
#define LINE_SECONDS_MIN 5.0
#define LINE_SECONDS_MAX 60.0
#define STATUS_SECONDS 1.0
#define RATE_SECONDS 1.0

/* NULL: out of memory. */
static char *status_text(const struct status_file *status, int exit_code)
{
    const struct job_progress *at = &status->at;
    const bool running = exit_code == OPTIONS_GO_ON;
    struct json json = {0};
    char now[TIMESTAMP_SIZE];
    os_timestamp(now);
    json_open(&json, NULL, '{');
    json_string(&json, "plotmill_status", version_text());
    json_string(&json, "state",
                running                       ? "running"
                : exit_code == EXIT_DONE      ? "done"
                : exit_code == EXIT_CANCELLED ? "cancelled"
                                              : "failed");
    json_uint(&json, "done", at->done);
    if (at->images)
        json_uint(&json, "images", at->images);
    else
        json_null(&json, "images");
    json_number(&json, "images_per_second", status->average_rate);
    json_number(&json, "recent_images_per_second", status->recent_rate);
    json_number(&json, "eta_seconds",
                running && status->recent_rate > 0 ? (double)(at->images - at->done) / status->recent_rate : NAN);
    json_number(&json, "elapsed_seconds", os_seconds() - status->began);
    json_number(&json, "setup_seconds", at->setup_seconds);
    json_string(&json, "started", status->started);
    json_string(&json, "updated", now);
    if (*status->device.name) {
        json_string(&json, "device", status->device.name);
        json_string(&json, "device_type", device_type_name(status->device.type));
    }
    if (status->output)
        json_string(&json, "output", status->output);
    json_uint(&json, "pid", os_process_id());
    if (!running)
        json_int(&json, "exit_code", exit_code);
    json_uint(&json, "warnings", status->console->warnings);
    if (status->console->warnings)
        json_string(&json, "last_warning", status->console->warning);
    if (!running && exit_code != EXIT_DONE)
        json_string(&json, "error", exit_code == EXIT_CANCELLED ? os_interrupt_message : status->console->failure);
    json_close(&json, '}');
    return json_finish(&json);
}

static enum plotmill_status write_status(struct status_file *status, int exit_code, struct plotmill_error *error)
{
    char *text = status_text(status, exit_code);
    enum plotmill_status result = text ? output_write(&status->file, text, strlen(text), error)
                                       : plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
    free(text);
    if (!result)
        status->written = os_seconds();
    return result;
}

static void forget_status(struct status_file *status)
{
    os_interrupt_writes(NULL, NULL, NULL);
    free(status->on_interrupt);
    output_free(&status->file);
    *status = (struct status_file){.console = status->console};
}

int status_file_open(struct status_file *status, const char *path, const char *output, struct console *console)
{
    struct plotmill_error error;
    *status = (struct status_file){.console = console, .output = output, .began = os_seconds()};
    if (!path)
        return OPTIONS_GO_ON;
    int exit_code = report_file_check("--status", path, REPORT_STATUS, console);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    os_timestamp(status->started);
    enum plotmill_status result = output_init(&status->file, path, false, true, &error);
    if (!result) {
        status->path = path;
        status->on_interrupt = status_text(status, EXIT_CANCELLED);
        /* Before the first state is written: whoever sees it may send a signal. */
        os_interrupt_writes(status->file.temporary, status->file.target, status->on_interrupt);
        result = write_status(status, OPTIONS_GO_ON, &error);
    }
    if (!result)
        return OPTIONS_GO_ON;
    forget_status(status);
    return console_fail(console, PLOTMILL_BAD_INPUT, "--status %s", error.message);
}

static void update_status(struct status_file *status, int exit_code)
{
    struct plotmill_error error;
    if (!write_status(status, exit_code, &error) || status->warned)
        return;
    console_say(status->console, PLOTMILL_LOG_WARNING, "--status %s; it is out of date from now on", error.message);
    status->warned = true;
}

void status_file_finished(struct status_file *status, uint64_t images)
{
    status->at.done = status->at.images = images;
}

void status_file_close(struct status_file *status, int exit_code)
{
    if (status->path)
        update_status(status, exit_code);
    forget_status(status);
}

static void add_point(struct progress *progress, const struct rate_point *point)
{
    const struct rate_point *newest = &progress->points[(progress->point_count + RATE_POINTS - 1) % RATE_POINTS];
    progress->last = *point;
    if (!progress->point_count)
        progress->first = *point;
    if (!progress->point_count || point->seconds - newest->seconds >= RATE_SECONDS)
        progress->points[progress->point_count++ % RATE_POINTS] = *point;
}

static double rate_between(const struct rate_point *from, const struct rate_point *to)
{
    return to->seconds > from->seconds ? (double)(to->done - from->done) / (to->seconds - from->seconds) : 0;
}

/* Over the last minute: follows when a device falls back or a disk slows down. */
static double recent_rate(const struct progress *progress)
{
    uint64_t oldest = progress->point_count > RATE_POINTS ? progress->point_count % RATE_POINTS : 0;
    return rate_between(&progress->points[oldest], &progress->last);
}

static void format_duration(double seconds, char *text, size_t size)
{
    uint64_t whole = (uint64_t)(seconds + 0.5);
    unsigned second = (unsigned)(whole % 60), minute = (unsigned)(whole / 60 % 60);
    if (whole >= 3600)
        snprintf(text, size, "%" PRIu64 ":%02u:%02u", whole / 3600, minute, second);
    else
        snprintf(text, size, "%u:%02u", minute, second);
}

/* "71234 images/s" and "ETA 0:12", each after `separator`. */
static void format_rate(const struct progress *progress, const struct job_progress *at, const char *separator,
                        char *text, size_t size)
{
    const bool ended = at->done >= at->images;
    double rate = ended ? rate_between(&progress->first, &progress->last) : recent_rate(progress);
    char left[40];
    int length = 0;
    *text = 0;
    if (rate > 0)
        length = snprintf(text, size, "%s%.*f images/s", separator, rate < 10 ? 1 : 0, rate);
    if (rate > 0 && !ended) {
        format_duration((double)(at->images - at->done) / rate, left, sizeof left);
        snprintf(text + length, size - (size_t)length, "%sETA %s", separator, left);
    }
}

static double share_done(const struct job_progress *at)
{
    return at->images ? (double)at->done / (double)at->images : 1;
}

static void draw_bar(struct progress *progress, const struct job_progress *at)
{
    char rate[80], state[128], bar[256];
    format_rate(progress, at, "  ", rate, sizeof rate);
    snprintf(state, sizeof state, "%" PRIu64 "/%" PRIu64 "%s", at->done, at->images, rate);
    /* Some terminals wrap when the last column is full. */
    int columns = MIN(os_columns() - 1, (int)sizeof bar - 1);
    int room = columns - (int)strlen(state) - 9; /* "[] 100%  " */
    if (room < 5) {
        snprintf(bar, (size_t)columns + 1, "%s", state);
    } else {
        int cells = MIN(room, 40), filled = (int)(share_done(at) * cells);
        char marks[41];
        memset(marks, '#', (size_t)filled);
        memset(marks + filled, '.', (size_t)(cells - filled));
        snprintf(bar, sizeof bar, "[%.*s] %3d%%  %s", cells, marks, (int)(100 * share_done(at)), state);
    }
    console_draw_bar(progress->console, bar);
}

static void print_line(struct progress *progress, const struct job_progress *at)
{
    char rate[80], line[200];
    format_rate(progress, at, ", ", rate, sizeof rate);
    snprintf(line, sizeof line, "Processed %" PRIu64 "/%" PRIu64 " images (%d%%)%s", at->done, at->images,
             (int)(100 * share_done(at)), rate);
    if (progress->console->quiet || progress->console->terminal)
        console_note(progress->console, line);
    else
        console_say(progress->console, PLOTMILL_LOG_INFO, "%s", line);
    progress->line_seconds = at->seconds;
    progress->ended = at->done >= at->images;
}

/* The gaps grow with time, so that the log of a job of days stays short. */
static bool line_is_due(const struct progress *progress, const struct job_progress *at)
{
    if (at->done >= at->images)
        return !progress->ended;
    double gap = CLAMP(progress->line_seconds / 10, LINE_SECONDS_MIN, LINE_SECONDS_MAX);
    return at->seconds >= (progress->line_seconds > 0 ? progress->line_seconds + gap : FIRST_LINE_SECONDS);
}

void progress_overdue(void *user)
{
    struct progress *progress = user;
    int exit_code = console_fail(progress->console, PLOTMILL_CANCELLED, "%s", os_interrupt_message);
    status_file_close(progress->status, exit_code);
    console_close(progress->console);
    os_exit_now(exit_code);
}

int progress_update(void *user, const struct job_progress *at)
{
    struct progress *progress = user;
    struct console *console = progress->console;
    struct status_file *status = progress->status;
    if (!progress->running) /* before the output is opened, so that it is always removed */
        os_on_interrupt(OS_INTERRUPT_ASKS);
    add_point(progress, &(struct rate_point){at->seconds, at->done});
    if (console->terminal && !console->quiet &&
        (!progress->running || at->seconds - progress->bar_seconds >= BAR_SECONDS)) {
        draw_bar(progress, at);
        progress->bar_seconds = at->seconds;
    }
    progress->running = true;
    if (at->images && line_is_due(progress, at))
        print_line(progress, at);
    if (status->path) {
        const bool first = !status->at.images;
        status->at = *at;
        status->recent_rate = recent_rate(progress);
        status->average_rate = rate_between(&progress->first, &progress->last);
        if (at->device)
            status->device = *at->device;
        status->at.device = NULL; /* valid during this call only */
        if (first || os_seconds() - status->written >= STATUS_SECONDS)
            update_status(status, OPTIONS_GO_ON);
    }
    return os_interrupted();
}
