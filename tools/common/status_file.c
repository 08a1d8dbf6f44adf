#include "tools/common/status_file.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/os.h"
#include "tools/common/exits.h"
#include "tools/common/options.h"
#include "tools/common/report_file.h"

#define UPDATE_SECONDS 1.0
/* How a file begins that this one may replace. */
#define BEGINNING "{\n  \"plotmill_status\": "

static const char *state_of(int exit_code)
{
    switch (exit_code) {
    case EXIT_DONE:
        return "done";
    case EXIT_CANCELLED:
        return "cancelled";
    case OPTIONS_GO_ON:
        return "running";
    default:
        return "failed";
    }
}

static void write_progress(struct json *json, const struct status_file *status, int exit_code)
{
    const struct plotmill_progress *at = &status->at;
    const int running = exit_code == OPTIONS_GO_ON;
    const double left = (double)(at->images - at->done);
    json_uint(json, "done", at->done);
    if (at->images)
        json_uint(json, "images", at->images);
    else
        json_null(json, "images");
    json_number(json, "images_per_second", status->rate_average);
    json_number(json, "recent_images_per_second", status->rate_now);
    json_number(json, "eta_seconds", running && status->rate_now > 0 ? left / status->rate_now : NAN);
    json_number(json, "elapsed_seconds", os_seconds() - status->began);
    json_number(json, "setup_seconds", at->setup_seconds);
}

static void write_state(const struct status_file *status, int exit_code, FILE *out)
{
    struct json json = {0};
    char now[TIMESTAMP_SIZE];
    text_timestamp(now, sizeof now);
    json_open(&json, NULL, '{');
    json_string(&json, "plotmill_status", plotmill_version());
    json_string(&json, "state", state_of(exit_code));
    write_progress(&json, status, exit_code);
    json_string(&json, "started", status->started);
    json_string(&json, "updated", now);
    if (*status->device.name) {
        json_string(&json, "device", status->device.name);
        json_string(&json, "device_type", text_device_type(status->device.type));
    }
    if (status->output)
        json_string(&json, "output", status->output);
    json_uint(&json, "pid", os_process_id());
    if (exit_code != OPTIONS_GO_ON)
        json_uint(&json, "exit_code", (uint64_t)exit_code);
    json_uint(&json, "warnings", status->console->warnings);
    if (status->console->warnings)
        json_string(&json, "last_warning", status->console->warning);
    if (exit_code != OPTIONS_GO_ON && exit_code != EXIT_DONE)
        json_string(&json, "error", exit_code == EXIT_CANCELLED ? os_interrupt_message : status->console->failure);
    json_close(&json, '}');
    json_print(&json, out);
}

/* 0, and errno: not written. */
static int put(struct status_file *status, int exit_code)
{
    FILE *file = fopen(status->temporary, "w");
    if (!file)
        return 0;
    write_state(status, exit_code, file);
    int failed = ferror(file);
    if ((fclose(file) || failed) || !os_rename(status->temporary, status->path)) {
        int why = errno;
        remove(status->temporary);
        errno = why;
        return 0;
    }
    status->written = os_seconds();
    return 1;
}

/* A signal may end the process before the job asks for one: what the file says then. */
static void prepare_last_words(struct status_file *status)
{
    FILE *file = tmpfile();
    if (!file)
        return;
    write_state(status, EXIT_CANCELLED, file);
    long size = ftell(file);
    status->last_words = size > 0 ? calloc((size_t)size + 1, 1) : NULL;
    rewind(file);
    if (status->last_words && fread(status->last_words, 1, (size_t)size, file) == (size_t)size)
        os_interrupt_writes(status->temporary, status->path, status->last_words);
    fclose(file);
}

int status_file_open(struct status_file *status, const char *path, const char *output, struct console *console)
{
    *status = (struct status_file){.console = console, .output = output, .began = os_seconds()};
    if (!path)
        return OPTIONS_GO_ON;
    if (!report_file_may_replace(path, BEGINNING))
        return console_fail(console, PLOTMILL_BAD_INPUT, "--status %s: exists and is no status of plotmill's", path);
    size_t size = strlen(path) + 32;
    status->temporary = malloc(size);
    if (!status->temporary)
        return console_fail(console, PLOTMILL_NO_MEMORY, "out of memory");
    snprintf(status->temporary, size, "%s.%llu", path, (unsigned long long)os_process_id());
    status->path = path;
    text_timestamp(status->started, sizeof status->started);
    prepare_last_words(status); /* first: whoever sees the file may send a signal */
    if (put(status, OPTIONS_GO_ON))
        return OPTIONS_GO_ON;
    int exit_code = console_fail(console, PLOTMILL_BAD_INPUT, "--status %s: %s", path, strerror(errno));
    os_interrupt_writes(NULL, NULL, NULL);
    free(status->last_words);
    free(status->temporary);
    *status = (struct status_file){.console = console};
    return exit_code;
}

static void replace(struct status_file *status, int exit_code)
{
    if (put(status, exit_code) || status->warned)
        return;
    console_say(status->console, PLOTMILL_LOG_WARNING, "--status %s: %s: what it says is no longer current",
                status->path, strerror(errno));
    status->warned = 1;
}

void status_file_update(struct status_file *status, const struct plotmill_progress *at, const struct rate *rate)
{
    if (!status->path)
        return;
    const int first = !status->at.images;
    status->at = *at;
    status->rate_now = rate_now(rate);
    status->rate_average = rate_average(rate);
    if (at->device)
        status->device = *at->device;
    status->at.device = NULL; /* lives during the call alone */
    if (first || os_seconds() - status->written >= UPDATE_SECONDS)
        replace(status, OPTIONS_GO_ON);
}

void status_file_finished(struct status_file *status, uint64_t images)
{
    status->at.done = status->at.images = images;
}

void status_file_close(struct status_file *status, int exit_code)
{
    if (status->path)
        replace(status, exit_code);
    os_interrupt_writes(NULL, NULL, NULL);
    free(status->last_words);
    free(status->temporary);
    *status = (struct status_file){.console = status->console};
}
