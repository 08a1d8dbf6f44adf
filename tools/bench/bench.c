/* plotmill bench: measures the speed of devices. */
#include "tools/bench/bench.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/trace.h"
#include "tools/bench/timed_run.h"
#include "tools/common/commands.h"
#include "tools/common/report_file.h"
#include "tools/common/setup.h"

static const struct option_entry bench_options[] = {
    {"batches", 0, OPTION_TEXT, "N,N,...", offsetof(struct bench, batch_list),
     .help = "batch sizes to measure, in images, at most 16", .default_text = "1,10,100,1000,5000"},
    {"window", 0, OPTION_WHOLE, "N", offsetof(struct bench, window), .help = "samples per image", .default_text = "100",
     .least = 2, .most = 1 << 24},
    {"seconds", 0, OPTION_REAL, "S", offsetof(struct bench, seconds),
     .help = "duration of each measurement; at least two batches are drawn", .default_text = "0.5", .least = 0.001,
     .most = 3600},
    {"ablate", 0, OPTION_FLAG, NULL, offsetof(struct bench, ablate),
     .help = "switch off parts of the engine, one at a time, to measure what each contributes"},
    {"output", 'o', OPTION_TEXT, "FILE.json", offsetof(struct bench, output),
     .help = "write the result as JSON; an earlier result is replaced"},
    {"compare", 0, OPTION_TEXT, "FILE.json", offsetof(struct bench, compare),
     .help = "print the ratios to an earlier result"},
    {"fail-below", 0, OPTION_REAL, "R", offsetof(struct bench, fail_below),
     .help = "exit with 1 if a ratio of --compare is below R", .least = 1e-9, .most = 1e9},
    {"require", 0, OPTION_WHOLE, "N", offsetof(struct bench, require),
     .help = "exit with 1 unless the first device draws N images/s as pixels at its best batch size", .least = 1},
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

static int check(struct bench *b, const struct option_group *groups)
{
    if (!parse_batches(b, b->batch_list))
        return console_fail(&b->console, PLOTMILL_BAD_INPUT,
                            "--batches: found '%s', expected at most %d ascending whole numbers separated by commas",
                            b->batch_list, BENCH_BATCHES);
    if (b->fail_below > 0 && !b->compare)
        return console_fail(&b->console, PLOTMILL_BAD_INPUT, "--fail-below: requires --compare FILE.json");
    chart_options_init(&b->chart);
    image_apply(&b->image, &b->chart);
    int exit_code = setup_check_image(&b->image, &groups[GROUP_IMAGE], &b->console);
    return exit_code == OPTIONS_GO_ON && b->compare ? bench_read_old(b) : exit_code;
}

static enum plotmill_status measure(struct bench *b)
{
    struct device_info *devices = calloc(DEVICE_SHARES, sizeof *devices);
    size_t count = 0;
    enum plotmill_status status = PLOTMILL_NO_MEMORY;
    if (devices)
        status = api_devices_choose(b->pm, b->device.device, devices, DEVICE_SHARES, &count);
    b->trace = trace_create(16);
    if (!status && !b->trace)
        status = PLOTMILL_NO_MEMORY;
    if (!status)
        status = bench_source(b->pm, b->window, &b->source);
    for (size_t i = 0; i < count && !status; i++) {
        console_say(&b->console, PLOTMILL_LOG_INFO, "measuring device %u: %s", (unsigned)devices[i].index,
                    devices[i].name);
        plotmill_set_log(b->pm, NULL, NULL); /* each of dozens of jobs would log the device again */
        b->devices[b->device_count].device = devices[i];
        status = bench_measure(b, &b->devices[b->device_count++]);
        plotmill_set_log(b->pm, console_log, &b->console);
    }
    free(devices);
    return status;
}

/* Prints the results and applies --compare, --fail-below and --require. */
static int report(struct bench *b)
{
    const struct bench_row *best = b->devices[0].modes[0].best;
    double lowest = 0, rate = best ? best->rate : 0;
    (b->general.json ? bench_write_json : bench_print)(stdout, b);
    if (b->compare) { /* with --json standard output holds one JSON value and nothing else */
        int exit_code = bench_compare(b->general.json ? stderr : stdout, b, &lowest);
        if (exit_code != OPTIONS_GO_ON)
            return exit_code;
    }
    if (lowest < b->fail_below)
        return console_fail(&b->console, PLOTMILL_IO_FAILED, "--fail-below %g: the lowest ratio is %.3f", b->fail_below,
                            lowest);
    if (rate < (double)b->require)
        return console_fail(&b->console, PLOTMILL_IO_FAILED, "--require %" PRIu64 ": the best rate is %.0f images/s",
                            b->require, rate);
    return EXIT_DONE;
}

static int open_and_measure(struct bench *b)
{
    struct report_file file = {0};
    int exit_code = OPTIONS_GO_ON;
    if (b->output)
        exit_code = report_file_open(&file, "--output", b->output, REPORT_BENCH, &b->console);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    b->pm = open_library(&b->console, &b->device);
    if (!b->pm) {
        report_file_close(&file, 0, &b->console);
        return EXIT_FAILED;
    }
    os_interrupt_removes(file.out ? file.output.temporary : NULL);
    os_on_interrupt(OS_INTERRUPT_EXITS);
    enum plotmill_status status = measure(b);
    if (!status && file.out)
        bench_write_json(file.out, b);
    exit_code = report_file_close(&file, !status, &b->console);
    os_interrupt_removes(NULL);
    if (status)
        exit_code = timed_run_fail(&b->console, b->pm, status);
    else if (exit_code == OPTIONS_GO_ON)
        exit_code = report(b);
    plotmill_source_destroy(b->source);
    trace_destroy(b->trace);
    plotmill_destroy(b->pm);
    return exit_code;
}

int bench_main(int argc, char **argv)
{
    static struct bench b; /* hundreds of kilobytes, all zero: too large for the stack */
    struct option_group groups[GROUPS] = {
        {"Measurement", bench_options, sizeof bench_options / sizeof bench_options[0], &b, 0},
        {"Image", image_options, IMAGE_OF_LINE, &b.image, 0},
        {"Device", device_options, DEVICE_CHOICE, &b.device, 0},
        {"General", general_options, GENERAL_JSON, &b.general, 0},
    };
    struct usage usage = {
        .command = "bench",
        .arguments = "",
        .summary =
            "Measures what a device reaches with synthetic data: images and bytes per second for several batch sizes, "
            "with and without antialiasing, as pixels and as finished compressed streams; their share of the rate at "
            "which the device fills memory; and the time of each kernel and transfer. No images are stored. With "
            "--device all, every device is measured separately.",
        .examples = "  plotmill bench\n"
                    "  plotmill bench --device gpu --batches 100,1000 --size 256x256 -o gpu.json\n"
                    "  plotmill bench --compare gpu.json --fail-below 0.9\n",
        .set = {.groups = groups, .count = GROUPS},
    };
    struct paths none;
    int exit_code = options_parse(&usage, argc, argv, &none);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    console_open(&b.console, b.general.quiet, b.general.verbose);
    exit_code = check(&b, groups);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = open_and_measure(&b);
    free(b.old);
    console_close(&b.console);
    return exit_code;
}
