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

/* The command's options as the library takes them. */
static struct settings settings_of(const struct render *render)
{
    struct settings settings = {
        .inputs = (const char *const *)render->inputs.items,
        .input_count = render->inputs.count,
        .source = source_options(&render->data),
        .output = render->output.path,
        .output_folder = render->config.output_folder,
        .format = render->format,
        .sink = output_sink_options(&render->output, render->format),
        .no_cache = render->device.no_cache,
        .skip_existing = render->output.skip_existing,
        .dry_run = render->general.dry_run,
    };
    job_options_init(&settings.job);
    settings.job.window = render->data.window;
    settings.job.stride = render->data.stride;
    settings.job.limit = render->data.limit;
    device_apply(&render->device, &settings.job);
    image_apply(&render->image, &settings.job.chart);
    return settings;
}

static int run(struct render *render)
{
    struct progress progress = {.console = &render->console, .status = &render->status};
    const struct settings settings = settings_of(render);
    const struct run_request request = {
        .settings = &settings,
        .progress = progress_update,
        .progress_user = &progress,
        .overdue = progress_overdue,
    };
    struct run_result result;
    if (render->output.images_per_file)
        os_interrupt_message = can_resume(render) ? CANCELLED ": " TO_RESUME : CANCELLED;
    os_let_writes_fail();
    enum plotmill_status status = run_job(render->pm, &request, &result);
    console_clear_bar(&render->console);
    int exit_code = status ? fail(render, status) : EXIT_DONE;
    if (!status && result.end == RUN_UP_TO_DATE)
        status_file_finished(&render->status, result.finished);
    if (!status)
        exit_code = report(render, &request, &result);
    run_result_free(&result);
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
        render->pm = open_library(console, NULL);
        exit_code = render->pm ? run(render) : EXIT_FAILED;
        plotmill_destroy(render->pm);
        status_file_close(&render->status, exit_code);
    }
    console_close(console);
    return exit_code;
}

int render_main(int argc, char **argv)
{
    struct render render = {0};
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
    int exit_code = options_parse(&render.usage, argc, argv, &render.inputs);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = render_job(&render, groups);
    config_free(&render.config);
    options_free(groups, GROUPS);
    return exit_code;
}
