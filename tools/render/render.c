/* plotmill render: the main job. */
#include "tools/render/render.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/os.h"
#include "tools/common/commands.h"
#include "tools/common/report_file.h"
#include "tools/common/text.h"

#define CANCELLED "cancelled, complete files are kept"
#define TO_RESUME "add --resume to the same command to continue"

/* Adds the options of a job file. */
static int complete(void *user, struct usage *usage, struct paths *paths)
{
    struct render *render = user;
    const struct config_document document = {.name = options_find(&usage->set, "config", NULL)->text};
    struct plotmill_error error;
    enum plotmill_status status =
        config_apply(&render->config, &usage->set, paths, &document, &render->values.general.sets, &error);
    return setup_check(&render->console, status, &error);
}

/* What must hold before anything is written. */
static int check(struct render *render, const struct option_group *groups)
{
    const struct general_settings *general = &render->values.general;
    struct console *console = &render->console;
    const struct log log = {console_log, console};
    const int writes = !general->dry_run && !general->print_config;
    struct plotmill_error error;
    enum plotmill_status status =
        settings_fill(&render->settings, &render->values, groups, &render->inputs, &render->config, &log, &error);
    if (!status && !render->settings.output && writes)
        return console_fail(console, PLOTMILL_BAD_INPUT,
                            "-o OUTPUT is missing, for example -o images.h5 (see plotmill render --help)");
    if (!status && general->json && writes && !strcmp(render->settings.output, "-"))
        return console_fail(console, PLOTMILL_BAD_INPUT, "--json: standard output receives the images (-o -)");
    return setup_check(console, status, &error);
}

/* Creates a folder that a job file names, if it does not exist; NULL: nothing to do. */
static int make_folder(const char *folder, struct console *console)
{
    if (!folder || os_make_folders(folder, os_make_folder))
        return OPTIONS_GO_ON;
    return console_fail(console, PLOTMILL_BAD_INPUT, "%s: cannot create the folder: %s", folder, strerror(errno));
}

/* Opens the log file, once the log and the status file are known to replace nothing else. */
static int open_log(struct render *render)
{
    const char *log = render->values.general.log_path, *status = render->values.general.status_path,
               *output = render->values.output.path;
    struct console *console = &render->console;
    int exit_code = report_file_check_place("--log-file", log, &render->inputs, output, console);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = report_file_check_place("--status", status, &render->inputs, output, console);
    if (exit_code == OPTIONS_GO_ON && report_file_same(status, log))
        exit_code = console_fail(console, PLOTMILL_BAD_INPUT, "--status %s: is also the log file", status);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = make_folder(render->config.log_folder, console);
    if (exit_code == OPTIONS_GO_ON &&
        !console_keep_log(console, log, (enum log_file_level)render->values.general.log_level))
        exit_code = EXIT_WRONG;
    return exit_code;
}

static int can_resume(const struct render *render)
{
    return render->values.output.images_per_file && !strcmp(render->settings.format, "hdf5");
}

static int fail(struct render *render, enum plotmill_status status)
{
    if (status == PLOTMILL_CANCELLED)
        return console_fail(&render->console, status, "%s", os_interrupt_message);
    if (can_resume(render) && exit_code_of(status) == EXIT_FAILED)
        console_say(&render->console, PLOTMILL_LOG_INFO, "complete files of %s are kept: " TO_RESUME,
                    render->values.output.path);
    return console_fail(&render->console, status, "%s", plotmill_message(render->pm));
}

static int run(struct render *render)
{
    struct progress progress = {.console = &render->console, .status = &render->status};
    const struct run_request request = {
        .settings = &render->settings,
        .progress = progress_update,
        .progress_user = &progress,
        .overdue = progress_overdue,
    };
    struct run_result result;
    if (render->values.output.images_per_file)
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
    const struct general_settings *general = &render->values.general;
    struct console *console = &render->console;
    console_open(console, general->quiet, general->verbose);
    int exit_code = general->print_config ? OPTIONS_GO_ON : open_log(render);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    exit_code = check(render, groups);
    if (exit_code == OPTIONS_GO_ON && general->print_config) {
        exit_code = print_report(config_print(&render->usage.set, &render->inputs, true))
                        ? EXIT_DONE
                        : console_fail(console, PLOTMILL_NO_MEMORY, "out of memory");
    }
    os_on_interrupt(OS_INTERRUPT_EXITS);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = status_file_open(&render->status, general->dry_run ? NULL : general->status_path,
                                     render->values.output.path, console);
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
    struct option_group groups[SCOPES];
    option_groups_init(groups, &render.values);
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
        .set = {.groups = groups, .count = SCOPES},
        .path_name = "INPUT",
        .most_paths = SIZE_MAX,
        .complete = complete,
        .user = &render,
    };
    int exit_code = options_parse(&render.usage, argc, argv, &render.inputs);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = render_job(&render, groups);
    settings_finish(&render.settings);
    config_free(&render.config);
    options_free(&render.usage.set);
    return exit_code;
}
