/* plotmill bench: what a device reaches. */
#include "tools/bench/bench.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/trace.h"
#include "tools/common/commands.h"
#include "tools/common/exits.h"
#include "tools/common/report_file.h"
#include "tools/config/settings.h"

#define DEFAULT_BATCHES "1,10,100,1000,5000"

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
    {.name = "batches",
     .kind = OPTION_TEXT,
     .argument = "N,N,...",
     .help = "images at a time that are tried, at most 16 sizes (default " DEFAULT_BATCHES ")",
     .offset = offsetof(struct bench_settings, batches)},
    {.name = "window",
     .kind = OPTION_WHOLE,
     .argument = "N",
     .help = "samples per image (default 100)",
     .least = 2,
     .most = 1 << 24,
     .offset = offsetof(struct bench_settings, window)},
    {.name = "seconds",
     .kind = OPTION_REAL,
     .argument = "S",
     .help = "how long each measurement takes, or until two batches are drawn (default 0.5)",
     .least = 0.001,
     .most = 3600,
     .offset = offsetof(struct bench_settings, seconds)},
    {.name = "ablate",
     .kind = OPTION_FLAG,
     .help = "switch parts of the engine off, one at a time, to see what each brings",
     .offset = offsetof(struct bench_settings, ablate)},
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_TEXT,
     .argument = "FILE.json",
     .help = "keep the result as JSON, replacing an older one",
     .offset = offsetof(struct bench_settings, output)},
    {.name = "compare",
     .kind = OPTION_TEXT,
     .argument = "FILE.json",
     .help = "print the ratios to a kept result",
     .offset = offsetof(struct bench_settings, compare)},
    {.name = "fail-below",
     .kind = OPTION_REAL,
     .argument = "R",
     .help = "exit with 1 when a ratio of --compare is below R",
     .least = 1e-9,
     .most = 1e9,
     .offset = offsetof(struct bench_settings, fail_below)},
    {.name = "require",
     .kind = OPTION_WHOLE,
     .argument = "N",
     .help = "exit with 1 unless the first device draws N images/s as pixels, in its best batch",
     .least = 1,
     .offset = offsetof(struct bench_settings, require)},
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

static int parse(struct option_group *groups, int argc, char **argv)
{
    struct paths none;
    struct usage usage = {
        .command = "bench",
        .arguments = "",
        .summary =
            "Measures what a device reaches with made-up data: images and bytes a second for several batches, with "
            "and without antialiasing, as pixels and as finished compressed streams; how near that is to the "
            "rate at which the device fills memory; and the time of each kernel and transfer. Nothing is "
            "written. With --device all every device is measured by itself.",
        .examples = "  plotmill bench\n"
                    "  plotmill bench --device gpu --batches 100,1000 --size 256x256 -o gpu.json\n"
                    "  plotmill bench --compare gpu.json --fail-below 0.9\n",
        .groups = groups,
        .group_count = GROUPS,
    };
    return options_parse(&usage, argc, argv, &none);
}

/* "1,10,100", rising. */
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
    const char *batches = c->own.batches ? c->own.batches : DEFAULT_BATCHES;
    struct bench *bench = &c->bench;
    if (!parse_batches(bench, batches))
        return console_fail(&c->console, PLOTMILL_BAD_INPUT,
                            "--batches: found '%s', expected at most %d rising whole numbers with commas between them",
                            batches, BENCH_BATCHES);
    if (c->own.fail_below > 0 && !c->own.compare)
        return console_fail(&c->console, PLOTMILL_BAD_INPUT, "--fail-below: expected --compare FILE.json with it");
    bench->console = &c->console;
    bench->window = c->own.window;
    bench->seconds = c->own.seconds;
    bench->no_cache = c->device.no_cache;
    bench->antialiased_alone = c->image.antialias;
    plotmill_chart_options_init(&bench->chart);
    image_apply(&c->image, &bench->chart);
    int exit_code = image_check(&c->image, &groups[GROUP_IMAGE], &c->console);
    if (exit_code == OPTIONS_GO_ON && c->own.compare)
        exit_code = bench_read_old(bench, c->own.compare);
    return exit_code;
}

static int fail(struct command *c, enum plotmill_status status)
{
    if (status == PLOTMILL_CANCELLED)
        return console_fail(&c->console, status, "%s", os_interrupt_message);
    const char *message = plotmill_message(c->bench.pm);
    return console_fail(&c->console, status, "%s", *message ? message : plotmill_status_str(status));
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
        /* Dozens of jobs would each name the device again. */
        plotmill_set_log(bench->pm, NULL, NULL);
        bench->devices[bench->device_count].device = devices[i];
        status = bench_measure(bench, &bench->devices[bench->device_count++], c->own.ablate);
        plotmill_set_log(bench->pm, console_log, &c->console);
    }
    return status;
}

/* --fail-below and --require. */
static int judge(struct command *c, double least)
{
    const struct bench_mode *mode = &c->bench.devices[0].modes[0];
    double best = mode->best < mode->count ? mode->rows[mode->best].rate : 0;
    if (c->own.fail_below > 0 && least < c->own.fail_below) {
        console_fail(&c->console, PLOTMILL_IO_FAILED, "--fail-below %g: the least ratio is %.3f", c->own.fail_below,
                     least);
        return EXIT_FAILED;
    }
    if (c->own.require && best < (double)c->own.require) {
        console_fail(&c->console, PLOTMILL_IO_FAILED, "--require %" PRIu64 ": the best is %.0f images/s",
                     c->own.require, best);
        return EXIT_FAILED;
    }
    return EXIT_DONE;
}

static int report(struct command *c)
{
    double least = 0;
    int exit_code = OPTIONS_GO_ON;
    if (c->general.json)
        bench_write_json(stdout, &c->bench);
    else
        bench_print(stdout, &c->bench);
    /* Beside JSON on standard output there is no room for a table. */
    if (c->own.compare)
        exit_code = bench_compare(c->general.json ? stderr : stdout, &c->bench, c->own.compare, &least);
    return exit_code == OPTIONS_GO_ON ? judge(c, least) : exit_code;
}

/* Nothing is measured for a result that cannot be kept. */
static int open_and_work(struct command *c, struct report_file *file)
{
    struct bench *bench = &c->bench;
    bench->pm = open_library(&c->console, &c->device);
    if (!bench->pm) {
        report_file_close(file, 0, &c->console);
        return EXIT_FAILED;
    }
    /* Nothing is kept but the report, so nothing need be waited for. */
    os_interrupt_removes(file->out ? file->temporary : NULL);
    os_on_interrupt(OS_INTERRUPT_EXITS);
    enum plotmill_status status = measure(c);
    if (!status && file->out)
        bench_write_json(file->out, bench);
    int exit_code = report_file_close(file, !status, &c->console);
    os_interrupt_removes(NULL);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = status ? fail(c, status) : report(c);
    plotmill_source_destroy(bench->source);
    trace_destroy(bench->trace);
    plotmill_destroy(bench->pm);
    return exit_code;
}

int bench_main(int argc, char **argv)
{
    static struct command c; /* hundreds of kilobytes: not on the stack */
    c = (struct command){.own = {.window = 100, .seconds = 0.5}};
    struct option_group groups[GROUPS] = {
        {"Measurement", bench_options, sizeof bench_options / sizeof bench_options[0], &c.own, 0},
        {"Image", image_options, IMAGE_ALL, &c.image, 0},
        {"Device", device_options, DEVICE_CHOICE, &c.device, 0},
        {"General", general_options, GENERAL_JSON, &c.general, 0},
    };
    struct report_file file = {0};
    int exit_code = parse(groups, argc, argv);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    console_open(&c.console, c.general.quiet, c.general.verbose);
    exit_code = check(&c, groups);
    if (exit_code == OPTIONS_GO_ON && c.own.output)
        exit_code = report_file_open(&file, "--output", c.own.output, REPORT_BENCH, &c.console);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = open_and_work(&c, &file);
    free(c.bench.old);
    console_close(&c.console);
    return exit_code;
}
