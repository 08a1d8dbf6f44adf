/* plotmill render: the main job. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/os.h"
#include "tools/common/commands.h"
#include "tools/common/exits.h"
#include "tools/common/progress.h"
#include "tools/common/report_file.h"
#include "tools/common/text.h"
#include "tools/config/config.h"
#include "tools/config/settings.h"
#include "tools/render/report.h"

struct render {
    struct data_settings data;
    struct image_settings image;
    struct device_settings device;
    struct output_settings output;
    struct general_settings general;
    struct console console;
    struct status_file status;
    struct config config;
    struct usage usage;
    struct paths inputs;
    struct plotmill_job_options job;
    double began;                 /* os_seconds() */
    char started[TIMESTAMP_SIZE]; /* the same moment */
    const char *format;           /* "hdf5", ...; "" when no output was named or its name does not tell */
    plotmill *pm;
    plotmill_source *source;
    plotmill_sink *sink;
};

enum { GROUP_DATA, GROUP_IMAGE, GROUP_DEVICE, GROUP_OUTPUT, GROUP_GENERAL, GROUPS };

/* Options that a job file tells. */
static int complete(void *user, struct usage *usage, struct paths *paths)
{
    struct render *render = user;
    return config_apply(&render->config, usage, paths, options_find(usage, "config", NULL)->text, &render->general.sets);
}

static int parse(struct render *render, struct option_group *groups, int argc, char **argv)
{
    render->usage = (struct usage){
        .command = "render",
        .arguments = "INPUT... -o OUTPUT",
        .summary = "Renders every window of a series as an image. INPUT is .csv or .tsv (plain or inside .gz or .zip), "
                   ".npy or .h5 with --dataset; several are one series, in the order given. A one-dimensional array "
                   "is one long series and needs --window; a two-dimensional one holds ready sequences.",
        .examples = "  plotmill render prices.csv --column close --window 100 -o images.h5\n"
                    "  plotmill render btc-2024-*.zip --column close --window 100 --stride 10 -o images.h5\n"
                    "  plotmill render ecg.npy --window 360 --antialias --size 256x256 --format png -o beats/\n"
                    "  plotmill render sequences.npy --dry-run\n",
        .groups = groups,
        .group_count = GROUPS,
        .path_name = "INPUT",
        .most_paths = SIZE_MAX,
        .complete = complete,
        .user = render,
    };
    return options_parse(&render->usage, argc, argv, &render->inputs);
}

static int check(struct render *render, const struct option_group *groups)
{
    const struct output_settings *output = &render->output;
    struct console *console = &render->console;
    int writes = !render->general.dry_run && !render->general.print_config;
    int exit_code = output_check(output, &groups[GROUP_OUTPUT], render->image.antialias, !writes, console);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    if (render->general.json && writes && !strcmp(output->path, "-"))
        return console_fail(console, PLOTMILL_BAD_INPUT, "--json: standard output holds the images (-o -)");
    render->format = output_format(output, &groups[GROUP_OUTPUT]);
    for (size_t i = 0; output->path && i < render->inputs.count; i++)
        if (os_same_file(render->inputs.items[i], output->path))
            return console_fail(console, PLOTMILL_BAD_INPUT, "-o %s: is one of the inputs", output->path);
    exit_code = device_check(&render->device, console);
    return exit_code == OPTIONS_GO_ON ? image_check(&render->image, &groups[GROUP_IMAGE], console) : exit_code;
}

/* A dry run writes nothing. */
static int open_status(struct render *render)
{
    const char *path = render->general.dry_run ? NULL : render->general.status_path;
    return status_file_open(&render->status, path, render->output.path, &render->console);
}

static void set_job(struct render *render)
{
    struct plotmill_job_options *job = &render->job;
    plotmill_job_options_init(job);
    job->window = render->data.window;
    job->stride = render->data.stride;
    job->limit = render->data.limit;
    device_apply(&render->device, job);
    image_apply(&render->image, &job->chart);
}

static enum plotmill_status open_input(struct render *render)
{
    struct plotmill_source_options options = source_options(&render->data);
    return plotmill_source_open(render->pm, (const char *const *)render->inputs.items, render->inputs.count, &options,
                                &render->source);
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
        console_say(&render->console, PLOTMILL_LOG_INFO,
                    "files of %s that are complete are kept: with --resume the same command goes on",
                    render->output.path);
    return console_fail(&render->console, status, "%s", plotmill_message(render->pm));
}

static int plan(struct render *render, const struct render_report *report)
{
    struct plotmill_plan plan;
    enum plotmill_status status = plotmill_job_plan(render->pm, render->source, render->sink, report->job, &plan);
    if (status)
        return fail(render, status);
    if (render->general.json)
        report_plan_json(report, &plan);
    else
        report_plan(report, &plan);
    return EXIT_DONE;
}

static int run(struct render *render, const struct render_report *report)
{
    struct plotmill_job_options *job = &render->job;
    struct progress progress = {.console = &render->console, .status = &render->status};
    struct plotmill_summary summary;
    job->progress = progress_update;
    job->progress_user = &progress;
    job->overdue = progress_overdue;
    enum plotmill_status status = plotmill_job_run(render->pm, render->source, render->sink, job, &summary);
    console_clear_bar(&render->console);
    if (status)
        return fail(render, status);
    if (render->general.json)
        report_summary_json(report, &summary);
    else if (summary.has_hash && !strcmp(render->format, "hash"))
        printf("%016" PRIx64 "\n", summary.hash);
    report_done(report, &summary, &render->console);
    return EXIT_DONE;
}

static int tell_finished(struct render *render, uint64_t images)
{
    status_file_finished(&render->status, images);
    if (render->general.json)
        report_finished_json(render->output.path, images);
    console_say(&render->console, PLOTMILL_LOG_INFO,
                "%s: %sfinished already, with the same options that shape images, from the same input: %" PRIu64
                " %s, nothing to do",
                render->output.path, render->output.shard.of ? "this share is " : "", images,
                images == 1 ? "image" : "images");
    return EXIT_DONE;
}

static int work(struct render *render)
{
    uint64_t window;
    char name[1024];
    size_t inputs = render->inputs.count;
    if (inputs == 1)
        snprintf(name, sizeof name, "%s", render->inputs.items[0]);
    else
        snprintf(name, sizeof name, "%s to %s", render->inputs.items[0], render->inputs.items[inputs - 1]);
    int exit_code = data_window(&render->data, render->source, name, &render->console, &window);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    struct render_report report = {.job = &render->job,
                                   .inputs = &render->inputs,
                                   .samples = plotmill_source_shape(render->source).samples,
                                   .settings = &render->output,
                                   .began = render->began,
                                   .started = render->started,
                                   .window = window,
                                   .limit = render->data.limit,
                                   .output = render->output.path,
                                   .format = render->format};
    return render->general.dry_run ? plan(render, &report) : run(render, &report);
}

/* --skip-existing: *images of the finished output, 0 where there is none. */
static enum plotmill_status find_output(struct render *render, uint64_t *images)
{
    struct plotmill_sink_options sink = output_sink_options(&render->output, render->format);
    struct plotmill_source_options source = source_options(&render->data);
    *images = 0;
    if (!render->output.skip_existing || !render->output.path)
        return PLOTMILL_OK;
    return plotmill_job_find(render->pm, render->output.path, &sink, (const char *const *)render->inputs.items,
                             render->inputs.count, &source, &render->job, images);
}

/* Where the output's folder is still to be made: a plan needs to know what the output takes, not where it lies. */
static void open_output_for_plan(struct render *render)
{
    struct plotmill_sink_options options = output_sink_options(&render->output, render->format);
    const char *path = render->output.path, *slash = strrchr(path, '/');
    options.force = 1;
    options.resume = 0;
    plotmill_sink_open(render->pm, slash && slash[1] ? slash + 1 : path, &options, &render->sink);
}

static enum plotmill_status open_output(struct render *render)
{
    struct plotmill_sink_options options = output_sink_options(&render->output, render->format);
    if (!render->output.path)
        return PLOTMILL_OK;
    return plotmill_sink_open(render->pm, render->output.path, &options, &render->sink);
}

/* A folder that a job file names is made for it, once the input was found to be good. */
static int is_folder_missing(const struct render *render)
{
    return render->config.output_folder && !os_exists(render->config.output_folder);
}

static int make_folder_and_work(struct render *render)
{
    if (render->general.dry_run) {
        open_output_for_plan(render);
        return work(render);
    }
    int exit_code = config_make_folder(render->config.output_folder, &render->console);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    enum plotmill_status status = open_output(render);
    return status ? fail(render, status) : work(render);
}

/* The output comes first: whether it may be written is known before a long input is read. */
static int open_and_work(struct render *render)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t finished;
    int exit_code, late = is_folder_missing(render);
    render->pm = open_library(&render->console, &render->device);
    if (!render->pm)
        return EXIT_FAILED;
    if (can_resume(render))
        os_interrupt_message = "cancelled, files that are complete are kept: with --resume the same command goes on";
    else if (render->output.images_per_file)
        os_interrupt_message = "cancelled, files that are complete are kept";
    os_let_writes_fail();
    set_job(render);
    status = find_output(render, &finished);
    if (!status && !finished && !late)
        status = open_output(render);
    if (!status && !finished)
        status = open_input(render);
    if (status)
        exit_code = fail(render, status);
    else if (finished)
        exit_code = tell_finished(render, finished);
    else
        exit_code = late ? make_folder_and_work(render) : work(render);
    plotmill_sink_destroy(render->sink);
    plotmill_source_destroy(render->source);
    plotmill_destroy(render->pm);
    return exit_code;
}

/* Before the first of them is written to. */
static int check_places(struct render *render)
{
    const char *log = render->general.log_path, *status = render->general.status_path, *output = render->output.path;
    struct console *console = &render->console;
    int exit_code = report_file_check_place("--log-file", log, &render->inputs, output, console);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = report_file_check_place("--status", status, &render->inputs, output, console);
    if (exit_code == OPTIONS_GO_ON && report_file_same(status, log))
        exit_code = console_fail(console, PLOTMILL_BAD_INPUT, "--status %s: is the log file too", status);
    return exit_code;
}

static int open_log(struct render *render)
{
    const struct general_settings *general = &render->general;
    int exit_code = check_places(render);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = config_make_folder(render->config.log_folder, &render->console);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    if (!console_keep_log(&render->console, general->log_path, (enum log_file_level)general->log_level))
        return EXIT_WRONG;
    return OPTIONS_GO_ON;
}

static int render_job(struct render *render, const struct option_group *groups)
{
    struct console *console = &render->console;
    int print = render->general.print_config;
    console_open(console, render->general.quiet, render->general.verbose);
    int exit_code = print ? OPTIONS_GO_ON : open_log(render);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    config_report_unused(&render->config, console);
    exit_code = check(render, groups);
    if (exit_code == OPTIONS_GO_ON && print) {
        config_print(&render->usage, &render->inputs);
        exit_code = EXIT_DONE;
    }
    os_on_interrupt(OS_INTERRUPT_EXITS);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = open_status(render);
    if (exit_code == OPTIONS_GO_ON) {
        exit_code = open_and_work(render);
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
    render.began = os_seconds();
    text_timestamp(render.started, sizeof render.started);
    int exit_code = parse(&render, groups, argc, argv);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = render_job(&render, groups);
    config_free(&render.config);
    options_free(groups, GROUPS);
    return exit_code;
}
