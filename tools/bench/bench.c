/* plotmill bench: measures the speed of devices. */
#include "tools/bench/bench.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/trace.h"
#include "tools/bench/timed_run.h"
#include "tools/common/commands.h"
#include "tools/common/exits.h"
#include "tools/common/report_file.h"
#include "tools/config/settings.h"

struct bench_settings {
    const char *batches;
    uint64_t window;
    double seconds;
    int ablate;
    const char *output;
    const char *compare;
    double fail_below;
    uint64_t require;
};

static const struct option_entry bench_options[] = {
    {"batches", 0, OPTION_TEXT, "N,N,...", offsetof(struct bench_settings, batches),
     .help = "batch sizes to measure, in images, at most 16", .default_text = "1,10,100,1000,5000"},
    {"window", 0, OPTION_WHOLE, "N", offsetof(struct bench_settings, window), .help = "samples per image",
     .default_text = "100", .least = 2, .most = 1 << 24},
    {"seconds", 0, OPTION_REAL, "S", offsetof(struct bench_settings, seconds),
     .help = "duration of each measurement; at least two batches are drawn", .default_text = "0.5", .least = 0.001,
     .most = 3600},
    {"ablate", 0, OPTION_FLAG, NULL, offsetof(struct bench_settings, ablate),
     .help = "switch off parts of the engine, one at a time, to measure what each contributes"},
    {"output", 'o', OPTION_TEXT, "FILE.json", offsetof(struct bench_settings, output),
     .help = "write the result as JSON; an earlier result is replaced"},
    {"compare", 0, OPTION_TEXT, "FILE.json", offsetof(struct bench_settings, compare),
     .help = "print the ratios to an earlier result"},
    {"fail-below", 0, OPTION_REAL, "R", offsetof(struct bench_settings, fail_below),
     .help = "exit with 1 if a ratio of --compare is below R", .least = 1e-9, .most = 1e9},
    {"require", 0, OPTION_WHOLE, "N", offsetof(struct bench_settings, require),
     .help = "exit with 1 unless the first device draws N images/s as pixels at its best batch size", .least = 1},
};

struct command {
    struct bench bench;
    struct bench_settings own;
    struct image_settings image;
    struct device_settings device;
    struct general_settings general;
    struct console console;
};

enum { GROUP_OWN, GROUP_IMAGE, GROUP_DEVICE, GROUP_GENERAL, GROUPS };

/* "1,10,100", ascending. Returns 0 when it is not. */
static int parse_batches(struct bench *bench, const char *text)
{
    const char *at = text;
    do {
        char *end;
        unsigned long long batch = *at >= '0' && *at <= '9' ? strtoull(at, &end, 10) : 0;
        uint64_t before = bench->batch_count ? bench->batches[bench->batch_count - 1] : 0;
        if (batch <= before || batch > 1000000000 || bench->batch_count == BENCH_BATCHES)
            return 0;
        bench->batches[bench->batch_count++] = batch;
        at = end;
    } while (*at++ == ',');
    return !at[-1];
}

static int check(struct command *c, const struct option_group *groups)
{
    struct bench *bench = &c->bench;
    if (!parse_batches(bench, c->own.batches))
        return console_fail(&c->console, PLOTMILL_BAD_INPUT,
                            "--batches: found '%s', expected at most %d ascending whole numbers separated by commas",
                            c->own.batches, BENCH_BATCHES);
    if (c->own.fail_below > 0 && !c->own.compare)
        return console_fail(&c->console, PLOTMILL_BAD_INPUT, "--fail-below: requires --compare FILE.json");
    bench->console = &c->console;
    bench->window = c->own.window;
    bench->seconds = c->own.seconds;
    bench->no_cache = c->device.no_cache;
    bench->antialias_only = c->image.antialias;
    plotmill_chart_options_init(&bench->chart);
    image_apply(&c->image, &bench->chart);
    int exit_code = image_check(&c->image, &groups[GROUP_IMAGE], &c->console);
    return exit_code == OPTIONS_GO_ON && c->own.compare ? bench_read_old(bench, c->own.compare) : exit_code;
}

static enum plotmill_status measure(struct command *c)
{
    struct bench *bench = &c->bench;
    struct plotmill_device devices[PLOTMILL_SHARES];
    size_t count = 0;
    enum plotmill_status status =
        plotmill_devices_choose(bench->pm, c->device.device, devices, PLOTMILL_SHARES, &count);
    bench->trace = trace_create(16);
    if (!status && !bench->trace)
        status = PLOTMILL_NO_MEMORY;
    if (!status)
        status = bench_source(bench->pm, bench->window, &bench->source);
    for (size_t i = 0; i < count && !status; i++) {
        console_say(&c->console, PLOTMILL_LOG_INFO, "measuring device %u: %s", (unsigned)devices[i].index,
                    devices[i].name);
        plotmill_set_log(bench->pm, NULL, NULL); /* each of dozens of jobs would log the device again */
        bench->devices[bench->device_count].device = devices[i];
        status = bench_measure(bench, &bench->devices[bench->device_count++], c->own.ablate);
        plotmill_set_log(bench->pm, console_log, &c->console);
    }
    return status;
}

/* Prints the results and applies --compare, --fail-below and --require. */
static int report(struct command *c)
{
    const struct bench_row *best = c->bench.devices[0].modes[0].best;
    double lowest = 0, rate = best ? best->rate : 0;
    if (c->general.json)
        bench_write_json(stdout, &c->bench);
    else
        bench_print(stdout, &c->bench);
    /* With --json standard output holds one JSON value and nothing else. */
    int exit_code = c->own.compare
                        ? bench_compare(c->general.json ? stderr : stdout, &c->bench, c->own.compare, &lowest)
                        : OPTIONS_GO_ON;
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    if (lowest < c->own.fail_below)
        return console_fail(&c->console, PLOTMILL_IO_FAILED, "--fail-below %g: the lowest ratio is %.3f",
                            c->own.fail_below, lowest);
    if (rate < (double)c->own.require)
        return console_fail(&c->console, PLOTMILL_IO_FAILED, "--require %" PRIu64 ": the best rate is %.0f images/s",
                            c->own.require, rate);
    return EXIT_DONE;
}

static int open_and_measure(struct command *c, struct report_file *file)
{
    struct bench *bench = &c->bench;
    bench->pm = open_library(&c->console, &c->device);
    if (!bench->pm) {
        report_file_close(file, 0, &c->console);
        return EXIT_FAILED;
    }
    os_interrupt_removes(file->out ? file->output.temporary : NULL);
    os_on_interrupt(OS_INTERRUPT_EXITS);
    enum plotmill_status status = measure(c);
    if (!status && file->out)
        bench_write_json(file->out, bench);
    int exit_code = report_file_close(file, !status, &c->console);
    os_interrupt_removes(NULL);
    if (status)
        exit_code = timed_run_fail(&c->console, bench->pm, status);
    else if (exit_code == OPTIONS_GO_ON)
        exit_code = report(c);
    plotmill_source_destroy(bench->source);
    trace_destroy(bench->trace);
    plotmill_destroy(bench->pm);
    return exit_code;
}

int bench_main(int argc, char **argv)
{
    static struct command c; /* hundreds of kilobytes, all zero: too large for the stack */
    struct option_group groups[GROUPS] = {
        {"Measurement", bench_options, sizeof bench_options / sizeof bench_options[0], &c.own, 0},
        {"Image", image_options, IMAGE_ALL, &c.image, 0},
        {"Device", device_options, DEVICE_CHOICE, &c.device, 0},
        {"General", general_options, GENERAL_JSON, &c.general, 0},
    };
    struct usage usage = {
        .command = "bench",
        .arguments = "",
        .summary =
            "Measures what a device reaches with synthetic data: images and bytes per second for several batch sizes, "
            "with and without antialiasing, as pixels and as finished compressed streams; their share of the rate at "
            "which the device fills memory; and the time of each kernel and transfer. No images are stored. With "
            "--device all every device is measured separately.",
        .examples = "  plotmill bench\n"
                    "  plotmill bench --device gpu --batches 100,1000 --size 256x256 -o gpu.json\n"
                    "  plotmill bench --compare gpu.json --fail-below 0.9\n",
        .groups = groups,
        .group_count = GROUPS,
    };
    struct paths none;
    struct report_file file = {0};
    int exit_code = options_parse(&usage, argc, argv, &none);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    console_open(&c.console, c.general.quiet, c.general.verbose);
    exit_code = check(&c, groups);
    if (exit_code == OPTIONS_GO_ON && c.own.output)
        exit_code = report_file_open(&file, "--output", c.own.output, REPORT_BENCH, &c.console);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = open_and_measure(&c, &file);
    free(c.bench.old);
    console_close(&c.console);
    return exit_code;
}
