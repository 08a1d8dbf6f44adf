#include "api/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/handles.h"
#include "base/strings.h"
#include "base/try.h"
#include "options/formats.h"

/* A job that is being run, with what it opened itself. */
struct run {
    plotmill *pm;
    const struct settings *settings;
    const struct run_request *request;
    struct run_result *result;
    plotmill_source *source;
    plotmill_sink *sink;
};

/* The name of the input for messages: "a.csv to z.csv". */
static void name_input(const struct run *run, char *name, size_t size)
{
    const struct settings *settings = run->settings;
    const size_t count = settings->input_count;
    if (run->request->source)
        snprintf(name, size, "the source");
    else
        snprintf(name, size, "%.500s%s%.500s", settings->inputs[0], count > 1 ? " to " : "",
                 count > 1 ? settings->inputs[count - 1] : "");
}

static enum plotmill_status choose_window(struct run *run)
{
    char name[1100];
    name_input(run, name, sizeof name);
    run->result->samples = api_source_shape(run->source).samples;
    return api_source_window(run->pm, run->source, name, run->settings->job.window, &run->result->window);
}

/* What must hold before anything is opened. */
static enum plotmill_status check(const struct run *run)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct plotmill_error *error = &run->pm->error;
    const struct settings *settings = run->settings;
    const bool has_source = run->request->source, has_sink = run->request->sink;
    if (has_sink && run->request->sink->used)
        FAIL(error, PLOTMILL_BAD_INPUT, "this sink has taken a job already: expected a new one");
    if (!has_source && !settings->input_count)
        FAIL(error, PLOTMILL_BAD_INPUT, "input: not set, expected at least one file");
    if (!has_sink && !settings->output && !settings->dry_run)
        FAIL(error, PLOTMILL_BAD_INPUT, "output: not set, expected a file or folder, for example images.h5");
    if (settings->skip_existing && has_sink)
        FAIL(error, PLOTMILL_BAD_INPUT, "skip-existing: applies to the option output, not to a custom sink");
    if (settings->skip_existing && has_source && !run->request->source->source.input)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "skip-existing: the source is not made of files, so that no output can be compared with it");
    for (size_t i = 0; !has_source && settings->skip_existing && settings->sink.shards && i < settings->input_count;
         i++)
        if (formats_is_pipe(settings->inputs[i]))
            FAIL(error, PLOTMILL_BAD_INPUT,
                 "input %s: is a pipe, which skip-existing with shard would read twice: expected a file",
                 settings->inputs[i]);
    for (size_t i = 0; !has_source && !has_sink && settings->output && i < settings->input_count; i++)
        if (os_same_file(settings->inputs[i], settings->output))
            FAIL(error, PLOTMILL_BAD_INPUT, "output %s: is one of the inputs", settings->output);
done:
    return status;
}

/* The images of an output that is finished; 0: it is not, or need not be looked for. */
static enum plotmill_status find_finished(struct run *run)
{
    const struct settings *s = run->settings;
    const plotmill_source *source = run->request->source;
    if (!s->skip_existing || !s->output)
        return PLOTMILL_OK;
    if (source)
        return find_output(run->pm, s->output, &s->sink, source->source.input, &s->job, &run->result->finished);
    return api_job_find(run->pm, s->output, &s->sink, s->inputs, s->input_count, &s->source, &s->job,
                        &run->result->finished);
}

static bool needs_folder(const struct run *run)
{
    return run->settings->output_folder && !os_exists(run->settings->output_folder);
}

static enum plotmill_status open_output(struct run *run)
{
    const struct settings *settings = run->settings;
    if (run->request->sink) {
        run->sink = run->request->sink;
        return run->sink->custom ? custom_sink_configure(run->sink, &settings->sink, &run->pm->error) : PLOTMILL_OK;
    }
    return settings->output ? api_sink_open(run->pm, settings->output, &settings->sink, &run->sink) : PLOTMILL_OK;
}

static enum plotmill_status open_source(struct run *run)
{
    const struct settings *settings = run->settings;
    if (run->request->source) {
        run->source = run->request->source;
        return PLOTMILL_OK;
    }
    return open_inputs(run->pm, settings->inputs, settings->input_count, settings, &run->source);
}

static enum plotmill_status plan(struct run *run)
{
    struct sink_options elsewhere = run->settings->sink;
    run->result->end = RUN_PLANNED;
    /* An output in a folder that does not exist yet is planned as one of the same name elsewhere. */
    if (!run->sink && run->settings->output) {
        elsewhere.force = 1;
        elsewhere.resume = 0;
        const char *output = run->settings->output, *name = path_name(output);
        enum plotmill_status status = api_sink_open(run->pm, *name ? name : output, &elsewhere, &run->sink);
        if (status)
            return status;
    }
    return api_job_estimate(run->pm, run->source, run->sink, &run->settings->job, &run->result->plan);
}

static enum plotmill_status render(struct run *run)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct job_options job = run->settings->job;
    job.progress = run->request->progress;
    job.progress_user = run->request->progress_user;
    job.overdue = run->request->overdue;
    if (!run->sink) {
        if (!os_make_folders(run->settings->output_folder, os_make_folder))
            FAIL(&run->pm->error, PLOTMILL_BAD_INPUT, "%s: cannot create the folder: %s", run->settings->output_folder,
                 strerror(errno));
        TRY(open_output(run));
    }
    TRY(api_job_run(run->pm, run->source, run->sink, &job, &run->result->summary));
done:
    return status;
}

static enum plotmill_status run_all(struct run *run)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct settings *settings = run->settings;
    TRY(check(run));
    TRY(find_finished(run));
    if (run->result->finished) {
        run->result->end = RUN_UP_TO_DATE;
        goto done;
    }
    if (!needs_folder(run))
        TRY(open_output(run));
    TRY(open_source(run));
    if (run->source->source.read)
        TRY(string_keep(&run->result->read, run->source->source.read, &run->pm->error));
    TRY(choose_window(run));
    TRY(settings->dry_run ? plan(run) : render(run));
done:
    return status;
}

enum plotmill_status run_job(plotmill *pm, const struct run_request *request, struct run_result *result)
{
    const struct settings *settings = request->settings;
    struct run run = {.pm = pm, .settings = settings, .request = request, .result = result};
    char no_cache[] = "", *cache = pm->cache_folder;
    *result = (struct run_result){.began = os_seconds()};
    result->format = settings->output && !request->sink ? settings->format : "";
    os_timestamp(result->started);
    if (settings->no_cache)
        pm->cache_folder = no_cache;
    const enum plotmill_status status = run_all(&run);
    pm->cache_folder = cache;
    if (!request->sink)
        plotmill_sink_destroy(run.sink);
    if (!request->source)
        plotmill_source_destroy(run.source);
    return status;
}

void run_result_free(struct run_result *result)
{
    job_summary_free(&result->summary);
    free(result->read);
    result->read = NULL;
}

struct progress_adapter {
    plotmill_progress_fn progress;
    void *user;
};

static int adapt_progress(void *user, const struct job_progress *at)
{
    const struct progress_adapter *adapter = user;
    const struct plotmill_progress progress = {
        .size = sizeof progress,
        .done = at->done,
        .kept = at->kept,
        .images = at->images,
        .seconds = at->seconds,
        .setup_seconds = at->setup_seconds,
        .device = at->device ? at->device->name : "",
    };
    return adapter->progress(adapter->user, &progress);
}

enum plotmill_status plotmill_run(plotmill *pm, const plotmill_options *options, plotmill_source *source,
                                  plotmill_sink *sink, plotmill_progress_fn progress, void *user, const char **report)
{
    struct settings settings = {0};
    struct run_result result = {0};
    struct progress_adapter adapter = {progress, user};
    const struct run_request request = {
        .settings = &settings,
        .source = source,
        .sink = sink,
        .progress = progress ? adapt_progress : NULL,
        .progress_user = &adapter,
    };
    enum plotmill_status status = call_begin(pm);
    if (status)
        return status;
    if (report)
        *report = NULL;
    REQUIRE_OWN(pm, options, options ? options_owner(options) : pm);
    REQUIRE_OWN(pm, source, source ? source->pm : pm);
    REQUIRE_OWN(pm, sink, sink ? sink->pm : pm);
    TRY(settings_get(&settings, options, &pm->log, &pm->error));
    TRY(run_job(pm, &request, &result));
    if (report)
        TRY(give_result(pm, report_run(&request, &result), report));
done:
    run_result_free(&result);
    settings_finish(&settings);
    return call_end(pm, status);
}
