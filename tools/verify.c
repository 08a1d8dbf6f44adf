/* plotmill verify: test patterns on a device, judged by the definition. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/strings.h"
#include "tools/common/commands.h"
#include "tools/common/exits.h"
#include "tools/common/text.h"
#include "tools/config/settings.h"

struct verify_settings {
    const char *sheet;
};

static const struct option_entry verify_options[] = {
    {.name = "sheet",
     .kind = OPTION_TEXT,
     .argument = "FILE.png",
     .help = "the contact sheet of all patterns, replaced if it exists (default verify.png)",
     .offset = offsetof(struct verify_settings, sheet)},
};

struct kept {
    struct plotmill_verdict verdict;
    char pattern[64];
};

/* All verdicts are kept, so that JSON is printed whole or not at all. */
struct verdicts {
    int as_json;
    struct kept *items;
    size_t count;
    size_t room;
    int out_of_memory;
};

static void print_verdict(const struct plotmill_verdict *verdict)
{
    printf("%s  %-22s %-12s %9" PRIu64 " pixels  ", verdict->passed ? "PASS" : "FAIL", verdict->pattern,
           verdict->antialias ? "antialiased" : "binary", verdict->pixels);
    if (verdict->antialias)
        printf("rms %.3f  worst %.2f\n", verdict->rms, verdict->worst);
    else
        printf("%" PRIu64 " wrong\n", verdict->wrong);
    fflush(stdout);
}

static void keep(struct verdicts *verdicts, const struct plotmill_verdict *verdict)
{
    if (verdicts->count == verdicts->room) {
        size_t room = verdicts->room ? 2 * verdicts->room : 32;
        struct kept *items = realloc(verdicts->items, room * sizeof *items);
        if (!items) {
            verdicts->out_of_memory = 1;
            return;
        }
        verdicts->items = items;
        verdicts->room = room;
    }
    struct kept *kept = &verdicts->items[verdicts->count++];
    kept->verdict = *verdict;
    snprintf(kept->pattern, sizeof kept->pattern, "%s", verdict->pattern);
}

static void tell(void *user, const struct plotmill_verdict *verdict)
{
    struct verdicts *verdicts = user;
    keep(verdicts, verdict);
    if (!verdicts->as_json)
        print_verdict(verdict);
}

static void write_verdict(struct json *json, const struct kept *kept)
{
    const struct plotmill_verdict *verdict = &kept->verdict;
    json_open(json, NULL, '{');
    json_string(json, "pattern", kept->pattern);
    json_bool(json, "antialias", verdict->antialias);
    json_bool(json, "passed", verdict->passed);
    json_uint(json, "pixels", verdict->pixels);
    if (verdict->antialias) {
        json_number(json, "rms", verdict->rms);
        json_number(json, "worst", verdict->worst);
    } else {
        json_uint(json, "wrong", verdict->wrong);
    }
    json_close(json, '}');
}

static void print_json(const struct verdicts *verdicts, int failures, const char *sheet,
                       const struct plotmill_device *device)
{
    struct json json = {0};
    json_open(&json, NULL, '{');
    json_uint(&json, "failures", (uint64_t)failures);
    json_open(&json, "patterns", '[');
    for (size_t i = 0; i < verdicts->count; i++)
        write_verdict(&json, &verdicts->items[i]);
    json_close(&json, ']');
    json_string(&json, "sheet", sheet);
    json_device(&json, "device", device);
    json_close(&json, '}');
    json_print(&json, stdout);
}

static int judge(plotmill *pm, struct console *console, const char *device_text, const char *sheet, int as_json)
{
    struct plotmill_device device;
    struct verdicts verdicts = {.as_json = as_json};
    int failures = 0;
    /* Asked silently for its name: the test itself tells which device and why. */
    plotmill_set_log(pm, NULL, NULL);
    enum plotmill_status status = plotmill_device_choose(pm, device_text, &device);
    plotmill_set_log(pm, console_log, console);
    if (!status)
        status = plotmill_verify(pm, device_text, sheet, tell, &verdicts, &failures);
    int exit_code = failures ? EXIT_FAILED : EXIT_DONE;
    if (status) {
        exit_code = console_fail(console, status, "%s", plotmill_message(pm));
    } else if (verdicts.out_of_memory) {
        exit_code = console_fail(console, PLOTMILL_NO_MEMORY, "out of memory");
    } else {
        if (as_json)
            print_json(&verdicts, failures, sheet, &device);
        console_say(console, PLOTMILL_LOG_INFO, "%zu of %zu patterns hold on %s; sheet: %s",
                    verdicts.count - (size_t)failures, verdicts.count, device.name, sheet);
    }
    free(verdicts.items);
    return exit_code;
}

int verify_main(int argc, char **argv)
{
    struct verify_settings settings = {.sheet = "verify.png"};
    struct device_settings device = {0};
    struct general_settings general = {0};
    struct console console;
    struct paths none;
    struct option_group groups[] = {
        {"Device", device_options, DEVICE_CHOICE, &device, 0},
        {"Output", verify_options, sizeof verify_options / sizeof verify_options[0], &settings, 0},
        {"General", general_options, GENERAL_JSON, &general, 0},
    };
    struct usage usage = {
        .command = "verify",
        .arguments = "",
        .summary =
            "Draws test patterns on the device and judges every pixel against the definition of an image. Prints "
            "a line for each and writes a contact sheet. Exits with 1 when a pattern fails.",
        .examples = "  plotmill verify\n"
                    "  plotmill verify --device gpu --sheet gpu.png\n",
        .groups = groups,
        .group_count = sizeof groups / sizeof groups[0],
    };
    int exit_code = options_parse(&usage, argc, argv, &none);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    console_open(&console, general.quiet, general.verbose);
    if (!text_ends(settings.sheet, ".png"))
        return console_fail(&console, PLOTMILL_BAD_INPUT, "--sheet %s: expected a name that ends in .png",
                            settings.sheet);
    plotmill *pm = open_library(&console, &device);
    exit_code = pm ? judge(pm, &console, device.device, settings.sheet, general.json) : EXIT_FAILED;
    plotmill_destroy(pm);
    return exit_code;
}
