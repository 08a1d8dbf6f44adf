/* plotmill render: the main job. */
#include "tools/render/render.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/os.h"
#include "tools/common/commands.h"
#include "tools/common/report_file.h"
#include "tools/common/text.h"

enum { GROUP_DATA, GROUP_IMAGE, GROUP_DEVICE, GROUP_OUTPUT, GROUP_GENERAL, GROUPS };

#define CANCELLED "cancelled, complete files are kept"
#define TO_RESUME "add --resume to the same command to continue"

/* Adds the options of a job file. */
static int complete(void *user, struct usage *usage, struct paths *paths)
{
    struct render *render = user;
    const char *file = options_find(usage, "config", NULL)->text;
    return config_apply(&render->config, usage, paths, file, &render->general.sets);
}

/* What must hold before anything is written. */
static int check(struct render *render, const struct option_group *groups)
{
    const struct output_settings *output = &render->output;
    struct console *console = &render->console;
    int writes = !render->general.dry_run && !render->general.print_config;
    int exit_code = output_check(output, &groups[GROUP_OUTPUT], render->image.antialias, !writes, console);
    if (exit_code == OPTIONS_GO_ON && render->general.json && writes && !strcmp(output->path, "-"))
        return console_fail(console, PLOTMILL_BAD_INPUT, "--json: standard output receives the images (-o -)");
    for (size_t i = 0; exit_code == OPTIONS_GO_ON && output->path && i < render->inputs.count; i++)
        if (os_same_file(render->inputs.items[i], output->path))
            return console_fail(console, PLOTMILL_BAD_INPUT, "-o %s: is one of the inputs", output->path);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = device_check(&render->device, console);
    return exit_code == OPTIONS_GO_ON ? image_check(&render->image, &groups[GROUP_IMAGE], console) : exit_code;
}

/* Opens the log file, once the log and the status file are known to replace nothing else. */
static int open_log(struct render *render)
{
    const char *log = render->general.log_path, *status = render->general.status_path, *output = render->output.path;
    struct console *console = &render->console;
    int exit_code = report_file_check_place("--log-file", log, &render->inputs, output, console);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = report_file_check_place("--status", status, &render->inputs, output, console);
    if (exit_code == OPTIONS_GO_ON && report_file_same(status, log))
        exit_code = console_fail(console, PLOTMILL_BAD_INPUT, "--status %s: is also the log file", status);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = config_make_folder(render->config.log_folder, console);
    if (exit_code == OPTIONS_GO_ON && !console_keep_log(console, log, (enum log_file_level)render->general.log_level))
        exit_code = EXIT_WRONG;
    return exit_code;
}

static int can_resume(const struct render *render)
{
    return render->output.images_per_file && !strcmp(render->format, "hdf5");
}

static int fail(struct render *render, enum plotmill_status status)
{
    if (status == PLOTMILL_CANCELLED)
        return console_fail(&render->console, status, "%s", os_interrupt_message);
    if (can_resume(render) && exit_code_of(status) == EXIT_FAILED)
        console_say(&render->console, PLOTMILL_LOG_INFO, "complete files of %s are kept: " TO_RESUME,
                    render->output.path);
    return console_fail(&render->console, status, "%s", plotmill_message(render->pm));
}

/* With source and sink open. */
static int run(struct render *render)
{
    struct job_options *job = &render->job;
    struct progress progress = {.console = &render->console, .status = &render->status};
    struct job_summary summary;
    struct job_plan plan;
    enum plotmill_status status;
    char name[1024];
    const struct paths *inputs = &render->inputs;
    snprintf(name, sizeof name, "%s%s%s", inputs->items[0], inputs->count > 1 ? " to " : "",
             inputs->count > 1 ? inputs->items[inputs->count - 1] : "");
    int exit_code = data_window(&render->data, render->source, name, &render->console, &render->window);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    render->samples = api_source_shape(render->source).samples;
    if (render->general.dry_run) {
        status = api_job_estimate(render->pm, render->source, render->sink, job, &plan);
        if (status)
            return fail(render, status);
        report_plan(render, &plan);
        return EXIT_DONE;
    }
    job->progress = progress_update;
    job->progress_user = &progress;
    job->overdue = progress_overdue;
    status = api_job_run(render->pm, render->source, render->sink, job, &summary);
    console_clear_bar(&render->console);
    if (status) {
        exit_code = fail(render, status);
    } else {
        if (render->general.json)
            report_summary_json(render, &summary);
        else if (summary.has_hash && !strcmp(render->format, "hash"))
            printf("%016" PRIx64 "\n", summary.hash);
        report_done(render, &summary);
        exit_code = EXIT_DONE;
    }
    job_summary_free(&summary);
    return exit_code;
}

static enum plotmill_status open_output(struct render *render)
{
    struct sink_options options = output_sink_options(&render->output, render->format);
    if (!render->output.path)
        return PLOTMILL_OK;
    return api_sink_open(render->pm, render->output.path, &options, &render->sink);
}

/* The output's folder, which a job file names, does not exist yet. It is created once the input was found to be good;
 * a dry run plans for an output of the same name elsewhere. */
static int create_folder_and_run(struct render *render)
{
    struct sink_options options = output_sink_options(&render->output, render->format);
    const char *path = render->output.path, *slash = strrchr(path, '/');
    if (render->general.dry_run) {
        options.force = 1;
        options.resume = 0;
        api_sink_open(render->pm, slash && slash[1] ? slash + 1 : path, &options, &render->sink);
        return run(render);
    }
    int exit_code = config_make_folder(render->config.output_folder, &render->console);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    enum plotmill_status status = open_output(render);
    return status ? fail(render, status) : run(render);
}

/* The output comes first: whether it may be written is known before a long input is read. */
static int open_and_run(struct render *render)
{
    const char *const *inputs = (const char *const *)render->inputs.items;
    struct job_options *job = &render->job;
    struct source_options source = source_options(&render->data);
    struct sink_options sink = output_sink_options(&render->output, render->format);
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t finished = 0; /* images of an output that is up to date */
    int exit_code, needs_folder = render->config.output_folder && !os_exists(render->config.output_folder);
    render->pm = open_library(&render->console, &render->device);
    if (!render->pm)
        return EXIT_FAILED;
    if (render->output.images_per_file)
        os_interrupt_message = can_resume(render) ? CANCELLED ": " TO_RESUME : CANCELLED;
    os_let_writes_fail();
    job_options_init(job);
    job->window = render->data.window;
    job->stride = render->data.stride;
    job->limit = render->data.limit;
    device_apply(&render->device, job);
    image_apply(&render->image, &job->chart);
    if (render->output.skip_existing && render->output.path)
        status =
            api_job_find(render->pm, render->output.path, &sink, inputs, render->inputs.count, &source, job, &finished);
    if (!status && !finished && !needs_folder)
        status = open_output(render);
    if (!status && !finished)
        status = api_source_open(render->pm, inputs, render->inputs.count, &source, &render->source);
    if (status) {
        exit_code = fail(render, status);
    } else if (finished) {
        status_file_finished(&render->status, finished);
        report_up_to_date(render, finished);
        exit_code = EXIT_DONE;
    } else {
        exit_code = needs_folder ? create_folder_and_run(render) : run(render);
    }
    plotmill_sink_destroy(render->sink);
    plotmill_source_destroy(render->source);
    plotmill_destroy(render->pm);
    return exit_code;
}

static int render_job(struct render *render, const struct option_group *groups)
{
    const struct general_settings *general = &render->general;
    struct console *console = &render->console;
    console_open(console, general->quiet, general->verbose);
    int exit_code = general->print_config ? OPTIONS_GO_ON : open_log(render);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    config_report_unused(&render->config, console);
    render->format = output_format(&render->output, &groups[GROUP_OUTPUT]);
    exit_code = check(render, groups);
    if (exit_code == OPTIONS_GO_ON && general->print_config) {
        config_print(&render->usage, &render->inputs);
        exit_code = EXIT_DONE;
    }
    os_on_interrupt(OS_INTERRUPT_EXITS);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = status_file_open(&render->status, general->dry_run ? NULL : general->status_path,
                                     render->output.path, console);
    if (exit_code == OPTIONS_GO_ON) {
        exit_code = open_and_run(render);
        status_file_close(&render->status, exit_code);
    }
    console_close(console);
    return exit_code;
}

int render_main(int argc, char **argv)
{
    struct render render = {.began = os_seconds()};
    struct option_group groups[GROUPS] = {
        {"Data", data_options, DATA_ALL, &render.data, 0},
        {"Image", image_options, IMAGE_ALL, &render.image, 0},
        {"Device", device_options, DEVICE_ALL, &render.device, 0},
        {"Output", output_options, OUTPUT_ALL, &render.output, 0},
        {"General", general_options, GENERAL_ALL, &render.general, 0},
    };
    render.usage = (struct usage){
        .command = "render",
        .arguments = "INPUT... -o OUTPUT",
        .summary = "Renders every window of a series as an image. INPUT is a .csv or .tsv file (plain or inside .gz or "
                   ".zip), a .npy file, or an .h5 file with --dataset. Several inputs are joined to one series, in the "
                   "given order. A one-dimensional array is one long series and requires --window; a two-dimensional "
                   "array holds ready sequences, one per image.",
        .examples = "  plotmill render prices.csv --column close --window 100 -o images.h5\n"
                    "  plotmill render btc-2024-*.zip --column close --window 100 -o btc.h5\n"
                    "  plotmill render ecg.npy --window 360 --antialias --format png -o beats/\n"
                    "  plotmill render sequences.npy --dry-run\n",
        .groups = groups,
        .group_count = GROUPS,
        .path_name = "INPUT",
        .most_paths = SIZE_MAX,
        .complete = complete,
        .user = &render,
    };
    os_timestamp(render.started);
    int exit_code = options_parse(&render.usage, argc, argv, &render.inputs);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = render_job(&render, groups);
    config_free(&render.config);
    options_free(groups, GROUPS);
    return exit_code;
}
