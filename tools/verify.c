/* plotmill verify: test patterns on a device, compared with the definition. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/report.h"
#include "base/strings.h"
#include "plotmill_config.h"
#include "tools/common/commands.h"
#include "tools/common/setup.h"
#include "tools/common/text.h"

struct verify_settings {
    const char *sheet;
};

static const struct option_entry verify_options[] = {
    {"sheet", 0, OPTION_TEXT, "FILE.png", offsetof(struct verify_settings, sheet),
     .help = "the contact sheet of all patterns; replaced if it exists (default verify.png)"},
};

struct results {
    struct json json; /* printed only when all patterns have been compared */
    int as_json;
    unsigned count;
};

static void report(void *user, const struct verdict *verdict)
{
    struct results *results = user;
    struct json *json = &results->json;
    results->count++;
    if (!results->as_json) {
        printf("%s  %-22s %-12s %9" PRIu64 " pixels  ", verdict->passed ? "PASS" : "FAIL", verdict->pattern,
               verdict->antialias ? "antialiased" : "binary", verdict->pixels);
        if (verdict->antialias)
            printf("rms %.3f  worst %.2f\n", verdict->rms, verdict->worst);
        else
            printf("%" PRIu64 " wrong\n", verdict->wrong);
        fflush(stdout);
        return;
    }
    json_open(json, NULL, '{');
    json_string(json, "pattern", verdict->pattern);
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

static int verify(plotmill *pm, struct console *console, const char *device_text, const char *sheet, int as_json)
{
    struct device_info device;
    struct results results = {.as_json = as_json};
    struct json *json = &results.json;
    int failures = 0;
    /* Without messages, for its name: api_verify reports which device it uses, and why. */
    plotmill_set_log(pm, NULL, NULL);
    enum plotmill_status status = api_device_choose(pm, device_text, &device);
    plotmill_set_log(pm, console_log, console);
    json_open(json, NULL, '{');
    json_open(json, "patterns", '[');
    if (!status)
        status = api_verify(pm, device_text, sheet, report, &results, &failures);
    json_close(json, ']');
    json_uint(json, "failures", (uint64_t)failures);
    json_string(json, "sheet", sheet);
    if (!status)
        json_device(json, "device", &device);
    json_close(json, '}');
    if (as_json && !status)
        json_print(json, stdout);
    else
        free(json_finish(json));
    if (status)
        return console_fail(console, status, "%s", plotmill_message(pm));
    console_say(console, PLOTMILL_LOG_INFO, "%u of %u patterns passed on %s; sheet: %s",
                results.count - (unsigned)failures, results.count, device.name,
                sheet ? sheet : "none (built without stb_image_write)");
    return failures ? EXIT_FAILED : EXIT_DONE;
}

int verify_main(int argc, char **argv)
{
    struct verify_settings settings = {0};
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
        .summary = "Renders test patterns on the device and compares every pixel with the definition of an image. "
                   "Prints a line per pattern and writes a contact sheet. The exit code is 1 if a pattern fails.",
        .examples = "  plotmill verify\n"
                    "  plotmill verify --device gpu --sheet gpu.png\n",
        .set = {.groups = groups, .count = sizeof groups / sizeof groups[0]},
    };
    int exit_code = options_parse(&usage, argc, argv, &none);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    console_open(&console, general.quiet, general.verbose);
    if (!settings.sheet && HAVE_STB) /* a build without it can still verify */
        settings.sheet = "verify.png";
    if (settings.sheet && !text_ends(settings.sheet, ".png"))
        return console_fail(&console, PLOTMILL_BAD_INPUT, "--sheet %s: expected a name that ends in .png",
                            settings.sheet);
    plotmill *pm = open_library(&console, &device);
    exit_code = pm ? verify(pm, &console, device.device, settings.sheet, general.json) : EXIT_FAILED;
    plotmill_destroy(pm);
    return exit_code;
}
