/* plotmill profile: where the time of a job goes. */
#include "tools/profile/profile.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/os.h"
#include "tools/bench/timeline.h"
#include "tools/common/commands.h"
#include "tools/common/exits.h"
#include "tools/common/paths.h"
#include "tools/common/report_file.h"
#include "tools/common/scratch.h"
#include "tools/config/settings.h"

/* Of each track: some minutes of a job in batches, some seconds of one in single images. */
#define INTERVALS 200000

/* Of uncompressed pixels: what is written for nothing must not fill a disk. */
#define MOST_BYTES ((uint64_t)2 << 30)

#define WARM_UP_IMAGES 4

/* Images/s: more than any disk takes as files or compressed chunks. */
#define MOST_RATE 250000.0

struct profile_settings {
    double seconds;
    const char *plot;
    const char *trace;
    int no_sweep;
};

static const struct option_entry profile_options[] = {
    {.name = "seconds",
     .kind = OPTION_REAL,
     .argument = "S",
     .help = "how long the job is looked at; each other setting is tried for a quarter of it (default 5)",
     .least = 0.01,
     .most = 3600,
     .offset = offsetof(struct profile_settings, seconds)},
    {.name = "no-sweep",
     .kind = OPTION_FLAG,
     .help = "try no other settings",
     .offset = offsetof(struct profile_settings, no_sweep)},
    {.name = "plot",
     .kind = OPTION_TEXT,
     .argument = "FILE.svg",
     .help = "draw a few batches from the middle as overlapping bars; an earlier one is replaced",
     .offset = offsetof(struct profile_settings, plot)},
    {.name = "trace",
     .kind = OPTION_TEXT,
     .argument = "FILE.json",
     .help = "every interval as Chrome trace events, for Perfetto (ui.perfetto.dev); an earlier one is replaced",
     .offset = offsetof(struct profile_settings, trace)},
};

struct command {
    struct data_settings data;
    struct image_settings image;
    struct device_settings device;
    struct output_settings output;
    struct profile_settings own;
    struct general_settings general;
    struct console console;
    struct paths inputs;
    struct scratch scratch;
    struct profile profile;
};

enum { GROUP_DATA, GROUP_IMAGE, GROUP_DEVICE, GROUP_OUTPUT, GROUP_OWN, GROUP_GENERAL, GROUPS };

static int parse(struct command *c, struct option_group *groups, int argc, char **argv)
{
    struct usage usage = {
        .command = "profile",
        .arguments = "INPUT... [-o OUTPUT]",
        .summary =
            "Runs a job for a few seconds as render would, and tells where its time and memory go, what it waits "
            "for, and which settings are faster. What it writes goes to a folder beside OUTPUT, which is removed; "
            "OUTPUT itself is not touched. Without -o it draws and keeps nothing.",
        .examples = "  plotmill profile prices.csv --column close --window 100 -o images.h5\n"
                    "  plotmill profile ecg.npy --window 360 --format png -o beats/ --plot timeline.svg\n"
                    "  plotmill profile ecg.npy --window 360 --batch 64 --no-sweep --trace trace.json\n",
        .groups = groups,
        .group_count = GROUPS,
        .path_name = "INPUT",
        .most_paths = SIZE_MAX,
    };
    return options_parse(&usage, argc, argv, &c->inputs);
}

/* Known before anything runs. */
static int check_pictures(struct command *c)
{
    const char *plot = c->own.plot, *trace = c->own.trace;
    int exit_code = report_file_check_place("--plot", plot, &c->inputs, c->profile.output, &c->console);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = report_file_check_place("--trace", trace, &c->inputs, c->profile.output, &c->console);
    if (exit_code == OPTIONS_GO_ON && report_file_same(plot, trace))
        exit_code = console_fail(&c->console, PLOTMILL_BAD_INPUT, "--trace %s: is the --plot too", trace);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = report_file_check("--plot", plot, REPORT_PLOT, &c->console);
    return exit_code == OPTIONS_GO_ON ? report_file_check("--trace", trace, REPORT_TRACE, &c->console) : exit_code;
}

static int check(struct command *c, const struct option_group *groups)
{
    const struct option_group *output = &groups[GROUP_OUTPUT];
    if (!c->output.path && !options_given(output, "format"))
        c->output.path = "null:";
    else if (!c->output.path)
        return console_fail(&c->console, PLOTMILL_BAD_INPUT, "--format: expected -o OUTPUT with it");
    if (!strcmp(c->output.path, "-"))
        return console_fail(&c->console, PLOTMILL_BAD_INPUT,
                            "-o -: no images go to standard output here, expected a file, a folder or null:");
    int exit_code = output_check(&c->output, output, c->image.antialias, 0, &c->console);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    c->profile.format = output_format(&c->output, output);
    c->profile.output = is_pseudo_output(c->output.path) ? NULL : c->output.path;
    exit_code = check_pictures(c);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = device_check(&c->device, &c->console);
    return exit_code == OPTIONS_GO_ON ? image_check(&c->image, &groups[GROUP_IMAGE], &c->console) : exit_code;
}

/* The whole of a long job would be refused for want of space, though a few seconds of it are written; and pixels that
 * are stored as they are could fill a disk within seconds. */
static void bound_output(struct command *c, struct trial *trial)
{
    const char *format = c->profile.format;
    int plain = !strcmp(format, "npy") || !strcmp(format, "raw") ||
                (takes_compression(format) && trial->sink.compress == PLOTMILL_COMPRESS_NONE);
    uint64_t most = (uint64_t)(MOST_RATE * c->own.seconds) + 1;
    uint64_t most_plain = MOST_BYTES / ((uint64_t)c->image.size.width * c->image.size.height) + 1;
    most = plain && most_plain < most ? most_plain : most;
    if (c->profile.output && (!trial->job.limit || trial->job.limit > most))
        trial->job.limit = most;
}

static void set_trial(struct command *c)
{
    struct trial *trial = &c->profile.trial;
    plotmill_job_options_init(&trial->job);
    device_apply(&c->device, &trial->job);
    trial->job.window = c->data.window;
    trial->job.stride = c->data.stride;
    trial->job.limit = c->data.limit;
    trial->measure.trace = c->profile.trace;
    image_apply(&c->image, &trial->job.chart);
    trial->sink = output_sink_options(&c->output, c->profile.format);
    trial->path = c->profile.output ? c->scratch.path : c->output.path;
    trial->sink.force = 1; /* what the warm-up left there */
    trial->seconds = c->own.seconds;
    bound_output(c, trial);
}

static enum plotmill_status open_input(struct command *c)
{
    struct plotmill_source_options options;
    double begin = os_seconds();
    plotmill_source_options_init(&options);
    options.column = c->data.column;
    options.dataset = c->data.dataset;
    options.from = c->data.from;
    options.to = c->data.to;
    enum plotmill_status status = plotmill_source_open(c->profile.trial.pm, (const char *const *)c->inputs.items,
                                                       c->inputs.count, &options, &c->profile.trial.source);
    c->profile.open_seconds = os_seconds() - begin;
    return status;
}

static int fail(struct command *c, enum plotmill_status status)
{
    if (status == PLOTMILL_CANCELLED)
        return console_fail(&c->console, status, "%s", os_interrupt_message);
    return console_fail(&c->console, status, "%s", plotmill_message(c->profile.trial.pm));
}

/* A few images to their end: a job that is given up keeps no kernels for the next start. What is finished is brought to
 * the disk, file by file. Its output is replaced. */
static enum plotmill_status warm_up(const struct profile *p)
{
    struct trial trial = p->trial;
    struct trial_result ignored;
    trial.seconds = 0;
    trial.measure.trace = NULL;
    trial.job.limit = trial.job.limit && trial.job.limit < WARM_UP_IMAGES ? trial.job.limit : WARM_UP_IMAGES;
    return trial_run(&trial, &ignored);
}

static enum plotmill_status run_job(struct profile *p)
{
    struct plotmill_plan plan;
    struct plotmill_job_options one_a_core = p->trial.job;
    one_a_core.jobs = 0;
    one_a_core.progress = NULL;
    enum plotmill_status status = plotmill_job_plan(p->trial.pm, p->trial.source, NULL, &one_a_core, &plan);
    if (status)
        return status;
    p->cores = plan.jobs;
    status = warm_up(p);
    if (status)
        return status;
    double begin = os_seconds(), cpu = os_cpu_seconds();
    status = trial_run(&p->trial, &p->result);
    p->job_seconds = os_seconds() - begin;
    p->cpu_seconds = os_cpu_seconds() - cpu;
    p->peak = os_peak_memory();
    return status;
}

static int write_pictures(struct command *c)
{
    const struct profile *p = &c->profile;
    struct report_file file;
    char title[200];
    int exit_code = OPTIONS_GO_ON;
    snprintf(title, sizeof title, "plotmill profile: %.0f images/s, batches of %" PRIu64 " images, %u at a time",
             p->result.rate, p->result.summary.batch, (unsigned)p->result.summary.in_flight);
    if (c->own.plot) {
        exit_code = report_file_open(&file, "--plot", c->own.plot, REPORT_PLOT, &c->console);
        if (exit_code == OPTIONS_GO_ON) {
            timeline_plot(file.out, p->trace, title);
            exit_code = report_file_close(&file, 1, &c->console);
        }
    }
    if (c->own.trace && exit_code == OPTIONS_GO_ON) {
        exit_code = report_file_open(&file, "--trace", c->own.trace, REPORT_TRACE, &c->console);
        if (exit_code == OPTIONS_GO_ON) {
            timeline_trace(file.out, p->trace);
            exit_code = report_file_close(&file, 1, &c->console);
        }
    }
    return exit_code;
}

static int work(struct command *c)
{
    uint64_t window;
    struct profile *p = &c->profile;
    enum plotmill_status status = open_input(c);
    if (status)
        return fail(c, status);
    int exit_code = data_window(&c->data, p->trial.source, c->inputs.items[0], &c->console, &window);
    if (exit_code == OPTIONS_GO_ON && p->output)
        exit_code = scratch_make(&c->scratch, p->output, &c->console);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    os_on_interrupt(OS_INTERRUPT_ASKS);
    set_trial(c);
    status = run_job(p);
    if (status)
        return fail(c, status);
    if (!profile_analyse(p))
        return console_fail(&c->console, PLOTMILL_NO_MEMORY, "out of memory");
    exit_code = write_pictures(c);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    if (!c->own.no_sweep)
        status = profile_sweep(p, &c->console);
    if (status)
        return fail(c, status);
    if (c->general.json)
        profile_print_json(p);
    else
        profile_print(p);
    return EXIT_DONE;
}

static int open_and_work(struct command *c)
{
    struct profile *p = &c->profile;
    p->trial.pm = open_library(&c->console, &c->device);
    if (!p->trial.pm)
        return EXIT_FAILED;
    os_on_interrupt(OS_INTERRUPT_EXITS);
    os_let_writes_fail();
    p->trace = trace_create(INTERVALS);
    int exit_code = p->trace ? work(c) : console_fail(&c->console, PLOTMILL_NO_MEMORY, "out of memory");
    scratch_remove(&c->scratch);
    plotmill_source_destroy(p->trial.source);
    trace_destroy(p->trace);
    plotmill_destroy(p->trial.pm);
    return exit_code;
}

int profile_main(int argc, char **argv)
{
    static struct command c; /* tens of kilobytes: not on the stack */
    c = (struct command){.own = {.seconds = 5}};
    struct option_group groups[GROUPS] = {
        {"Data", data_options, DATA_ALL, &c.data, 0},
        {"Image", image_options, IMAGE_ALL, &c.image, 0},
        {"Device", device_options, DEVICE_ALL, &c.device, 0},
        {"Output", output_options, OUTPUT_OF_SINK, &c.output, 0},
        {"Profile", profile_options, sizeof profile_options / sizeof profile_options[0], &c.own, 0},
        {"General", general_options, GENERAL_JSON, &c.general, 0},
    };
    int exit_code = parse(&c, groups, argc, argv);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    console_open(&c.console, c.general.quiet, c.general.verbose);
    exit_code = check(&c, groups);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = open_and_work(&c);
    console_close(&c.console);
    return exit_code;
}
