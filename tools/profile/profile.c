/* plotmill profile: where the time of a job goes. */
#include "tools/profile/profile.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/handles.h"
#include "base/numbers.h"
#include "base/os.h"
#include "options/formats.h"
#include "tools/common/commands.h"
#include "tools/common/report_file.h"
#include "tools/common/setup.h"

/* Kept per track: enough for minutes of a job in batches, or seconds of one in single images. */
#define TRACE_INTERVALS 200000

/* Of uncompressed pixels: the temporary output must not fill a disk. */
#define MAX_PLAIN_BYTES ((uint64_t)2 << 30)

/* Images/s: more than any disk takes as files or compressed chunks. */
#define MAX_RATE 250000.0

#define WARM_UP_IMAGES 4

/* Above this share of the time something is the bottleneck. */
#define FULLY_BUSY 0.9

static const struct option_entry profile_options[] = {
    {"seconds", 0, OPTION_REAL, "S", offsetof(struct profile, seconds),
     .help = "how long the job runs; each of the other settings is tried for a quarter of it", .default_text = "5",
     .least = 0.01, .most = 3600},
    {"no-sweep", 0, OPTION_FLAG, NULL, offsetof(struct profile, no_sweep), .help = "do not try other settings"},
    {"trace", 0, OPTION_TEXT, "FILE.json", offsetof(struct profile, trace_path),
     .help = "write a timeline of all intervals as Chrome trace events, for Perfetto (ui.perfetto.dev); an earlier "
             "one is replaced"},
};

enum {
    GROUP_DATA,
    GROUP_TEXT,
    GROUP_WINDOWS,
    GROUP_IMAGE,
    GROUP_DEVICE,
    GROUP_OUTPUT,
    GROUP_OWN,
    GROUP_GENERAL,
    GROUPS
};

/* Makes the chart for a window, 0: not known yet, for what the rest needs of it. */
static enum plotmill_status examine_chart(struct profile *p, uint64_t window, bool *shaded,
                                          struct plotmill_error *error)
{
    struct chart chart;
    enum plotmill_status status = p->request.maker.make(&p->request.maker, window, &chart, error);
    if (status)
        return status;
    *shaded = chart_is_shaded(&chart);
    p->one_line = p->request.is_line && chart_one_grey(&chart);
    p->chart_window = p->windows.window ? p->windows.window : chart.window;
    p->channels = chart.channels;
    p->image_bytes = (uint64_t)chart.width * chart.height * chart.channels;
    chart_free(&chart);
    return PLOTMILL_OK;
}

static enum plotmill_status take_chart(struct profile *p, const struct option_group *group, bool *shaded,
                                       struct plotmill_error *error)
{
    static const int channels[] = {0, 1, 3, -1};
    const struct log log = {console_log, &p->console};
    enum plotmill_status status = image_check(&p->image, group, &log, error);
    if (!status)
        status = chart_request_init(&p->request, &p->image, group, NULL, channels[p->settings.channels], error);
    return status ? status : examine_chart(p, p->windows.window, shaded, error);
}

static int check(struct profile *p, const struct option_group *groups)
{
    const struct option_group *output = &groups[GROUP_OUTPUT];
    struct console *console = &p->console;
    if (!p->settings.path && !options_given(output, "format"))
        p->settings.path = "null:";
    else if (!p->settings.path)
        return console_fail(console, PLOTMILL_BAD_INPUT, "--format: requires -o OUTPUT");
    if (!strcmp(p->settings.path, "-"))
        return console_fail(console, PLOTMILL_BAD_INPUT,
                            "-o -: profile writes no images to standard output; expected a file, a folder or null:");
    struct plotmill_error error;
    bool shaded = false;
    int exit_code = setup_check(console, take_chart(p, &groups[GROUP_IMAGE], &shaded, &error), &error);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = setup_check(console, output_check(&p->settings, output, shaded, &error), &error);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    p->format = output_format(&p->settings, output);
    p->output = formats_is_pseudo(p->settings.path) ? NULL : p->settings.path;
    exit_code = report_file_check_place("--trace", p->trace_path, &p->inputs, p->output, console);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = report_file_check("--trace", p->trace_path, REPORT_TRACE, console);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = setup_check(console, device_check(&p->device, &error), &error);
    const struct window_options windows = window_choice(&p->windows);
    const struct window_rule rule = {p->chart_window, p->windows.stride, p->windows.limit};
    if (exit_code == OPTIONS_GO_ON)
        exit_code = setup_check(console, window_options_check(&windows, &rule, &error), &error);
    return exit_code;
}

static void set_run(struct profile *p)
{
    struct timed_run *run = &p->run;
    job_options_init(&run->job);
    device_apply(&p->device, &run->job);
    run->job.window = p->chart_window;
    run->job.stride = p->windows.stride;
    run->job.limit = p->windows.limit;
    run->job.windows = window_choice(&p->windows);
    run->measure.trace = p->trace;
    image_apply(&p->image, &run->job.line);
    run->job.maker = p->one_line ? NULL : &p->request.maker;
    run->sink = output_sink_options(&p->settings, p->format);
    run->sink.drawn = p->channels;
    run->path = p->output ? p->scratch.path : p->settings.path;
    run->sink.force = 1; /* replaces the output of the run before */
    run->seconds = p->seconds;
    /* A few seconds of the job are written. Without a limit the sink would refuse a job whose whole output exceeds the
     * free space, and uncompressed pixels could fill a disk. */
    int plain = !strcmp(p->format, "npy") || !strcmp(p->format, "raw") || !strcmp(p->format, "jkx") ||
                (formats_take(p->format, "compress") && run->sink.compress == COMPRESS_NONE);
    uint64_t most = (uint64_t)(MAX_RATE * p->seconds) + 1;
    if (plain)
        most = MIN(most, MAX_PLAIN_BYTES / p->image_bytes + 1);
    if (p->output)
        run->job.limit = run->job.limit ? MIN(run->job.limit, most) : most;
}

static enum plotmill_status run_job(struct profile *p)
{
    /* Stores a few images to the end: a cancelled job would not keep its kernels for the next start. */
    struct timed_run warm_up = p->run;
    warm_up.seconds = 0;
    warm_up.measure.trace = NULL;
    warm_up.job.limit = p->run.job.limit ? MIN(p->run.job.limit, WARM_UP_IMAGES) : WARM_UP_IMAGES;
    enum plotmill_status status = timed_run(&warm_up, &p->result);
    if (status)
        return status;
    double begin = os_seconds(), cpu = os_cpu_seconds();
    status = timed_run(&p->run, &p->result);
    p->job_seconds = os_seconds() - begin;
    p->cpu_seconds = os_cpu_seconds() - cpu;
    p->cores = os_cores();
    p->peak = os_peak_memory();
    return status;
}

/* Sums up the trace. Returns 0 when out of memory. */
static int analyse(struct profile *p)
{
    static const char *const at_device[] = {"upload", "launch", "wait for the device", NULL};
    const unsigned workers = 1u << TRACK_WORKER, encoders = 1u << TRACK_ENCODER;
    struct trace_stats host;
    if (!trace_overlap(p->trace, workers, at_device, p->batches_at_device) ||
        !trace_stats_collect(&p->workers, p->trace, workers) ||
        !trace_stats_collect(&p->encoders, p->trace, encoders) ||
        !trace_stats_collect(&p->queues, p->trace, 1u << TRACK_QUEUE) ||
        !trace_stats_collect(&host, p->trace, workers | encoders))
        return 0;
    p->reading = trace_stats_row(&host, "read").busy;
    p->encoding = trace_stats_row(&host, "encode").busy;
    p->writing = trace_stats_row(&host, "write").busy;
    p->drawing = p->queues.tracks ? p->queues.busy : 1 - p->batches_at_device[0];
    return 1;
}

/* Names the busiest of drawing, reading and encoding or writing, and how long its counterpart waits. */
static void find_bottleneck(struct profile *p)
{
    double encode = p->encoding, write = p->writing, host = MIN(encode + write, 1);
    if (p->encoders.tracks) { /* else the workers do it themselves, one at a time */
        encode = trace_stats_row(&p->encoders, "encode").seconds;
        write = trace_stats_row(&p->encoders, "write").seconds;
        host = p->encoders.present > 0 ? (encode + write) / p->encoders.present : 0;
    }
    const char *host_name = encode > write ? "encoding" : "writing";
    const char *names[] = {"drawing", "reading", host_name};
    double busy[] = {p->drawing, p->reading, host};
    int first = busy[1] > busy[0], other;
    first = busy[2] > busy[first] ? 2 : first;
    other = first ? 0 : 2;
    int length = snprintf(p->verdict, sizeof p->verdict, "%s: %.0f%% busy; %s waits %.0f%%", names[first],
                          100 * busy[first], other ? host_name : "the device", 100 * (1 - busy[other]));
    double cpu = p->job_seconds > 0 ? p->cpu_seconds / p->job_seconds / p->cores : 0;
    if (p->result.summary.device.type == DEVICE_TYPE_CPU && cpu >= FULLY_BUSY)
        snprintf(p->verdict + length, sizeof p->verdict - (size_t)length,
                 " (the device is the CPU: drawing, encoding and writing share %u cores, which are %.0f%% busy)",
                 p->cores, 100 * MIN(cpu, 1));
    else if (busy[first] < FULLY_BUSY)
        snprintf(p->verdict + length, sizeof p->verdict - (size_t)length,
                 " (nothing is busy all the time: batches wait for each other)");
}

/* Opens the input, runs the job and reports. */
static int work(struct profile *p)
{
    struct report_file file;
    struct plotmill_error error;
    uint64_t window;
    bool shaded;
    const struct settings settings = {
        .source = source_options(&p->data, &p->text, p->chart_window),
        .job = {.maker = p->one_line ? NULL : &p->request.maker, .windows = window_choice(&p->windows)}};
    double begin = os_seconds();
    enum plotmill_status status =
        open_inputs(p->run.pm, (const char *const *)p->inputs.items, p->inputs.count, &settings, &p->run.source);
    p->open_seconds = os_seconds() - begin;
    if (status)
        return timed_run_fail(&p->console, p->run.pm, status);
    status = api_source_window(p->run.pm, p->run.source, p->inputs.items[0], p->chart_window, &window);
    if (status)
        return timed_run_fail(&p->console, p->run.pm, status);
    int exit_code = setup_check(&p->console, examine_chart(p, window, &shaded, &error), &error);
    if (exit_code == OPTIONS_GO_ON && p->output)
        exit_code = scratch_make(&p->scratch, p->output, &p->console);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    os_on_interrupt(OS_INTERRUPT_ASKS);
    set_run(p);
    status = run_job(p);
    if (status)
        return timed_run_fail(&p->console, p->run.pm, status);
    if (!analyse(p))
        return console_fail(&p->console, PLOTMILL_NO_MEMORY, "out of memory");
    if (p->trace_path) {
        exit_code = report_file_open(&file, "--trace", p->trace_path, REPORT_TRACE, &p->console);
        if (exit_code == OPTIONS_GO_ON) {
            trace_write_events(file.out, p->trace);
            exit_code = report_file_close(&file, 1, &p->console);
        }
        if (exit_code != OPTIONS_GO_ON)
            return exit_code;
    }
    find_bottleneck(p);
    if (!p->no_sweep)
        status = profile_sweep(p);
    if (status)
        return timed_run_fail(&p->console, p->run.pm, status);
    (p->general.json ? profile_print_json : profile_print)(p);
    return EXIT_DONE;
}

int profile_main(int argc, char **argv)
{
    static struct profile p; /* tens of kilobytes, all zero: too large for the stack */
    struct option_group groups[GROUPS] = {
        {"Data", data_options, DATA_ALL, &p.data, 0},
        {"Text", text_options, TEXT_ALL, &p.text, 0},
        {"Windows", window_options, WINDOW_ALL, &p.windows, 0},
        {"Image", image_options, IMAGE_ALL, &p.image, 0},
        {"Device", device_options, DEVICE_ALL, &p.device, 0},
        {"Output", output_options, OUTPUT_OF_SINK, &p.settings, 0},
        {"Profile", profile_options, sizeof profile_options / sizeof profile_options[0], &p, 0},
        {"General", general_options, GENERAL_JSON, &p.general, 0},
    };
    struct usage usage = {
        .command = "profile",
        .arguments = "INPUT... [-o OUTPUT]",
        .summary =
            "Runs a job for a few seconds as render would, and reports where its time and memory go, what it waits "
            "for, and which other settings are faster. For settings that change the output it also reports the size "
            "and the time to read an image. The output goes to a temporary folder beside OUTPUT, which is removed; "
            "OUTPUT itself is not touched. Without -o the images are not stored.",
        .examples = "  plotmill profile prices.csv --column close --window 100 -o images.h5\n"
                    "  plotmill profile ecg.npy --window 360 --format png -o beats/\n"
                    "  plotmill profile ecg.npy --window 360 --no-sweep --trace trace.json\n",
        .set = {.groups = groups, .count = GROUPS},
        .path_name = "INPUT",
        .most_paths = SIZE_MAX,
    };
    int exit_code = options_parse(&usage, argc, argv, &p.inputs);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    console_open(&p.console, p.general.quiet, p.general.verbose);
    exit_code = check(&p, groups);
    if (exit_code == OPTIONS_GO_ON) {
        p.run.pm = open_library(&p.console, &p.device);
        p.trace = p.run.pm ? trace_create(TRACE_INTERVALS) : NULL;
        os_on_interrupt(OS_INTERRUPT_EXITS);
        os_let_writes_fail();
        if (p.trace)
            exit_code = work(&p);
        else
            exit_code = p.run.pm ? console_fail(&p.console, PLOTMILL_NO_MEMORY, "out of memory") : EXIT_FAILED;
        scratch_remove(&p.scratch);
        plotmill_source_destroy(p.run.source);
        trace_destroy(p.trace);
        plotmill_destroy(p.run.pm);
    }
    chart_request_finish(&p.request);
    console_close(&p.console);
    return exit_code;
}
