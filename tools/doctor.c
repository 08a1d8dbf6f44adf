/* plotmill doctor: what keeps this machine from drawing, or from drawing fast. */
#include <stdio.h>

#include "base/json.h"
#include "plotmill/doctor.h"
#include "tools/common/commands.h"
#include "tools/common/exits.h"
#include "tools/config/settings.h"

struct told {
    struct json *json; /* NULL: as text */
    unsigned checks, notes;
};

static const char *const severities[] = {"ok", "note", "problem"}; /* as enum plotmill_severity */

static void print_finding(const struct plotmill_finding *finding)
{
    printf("%-8s %-15s %s\n", severities[finding->severity], finding->check, finding->found);
    if (*finding->fix)
        printf("%-8s %-15s fix: %s\n", "", "", finding->fix);
    fflush(stdout);
}

static void write_finding(struct json *json, const struct plotmill_finding *finding)
{
    json_open(json, NULL, '{');
    json_string(json, "severity", severities[finding->severity]);
    json_string(json, "check", finding->check);
    json_string(json, "found", finding->found);
    json_string(json, "fix", *finding->fix ? finding->fix : NULL);
    json_close(json, '}');
}

static void tell(void *user, const struct plotmill_finding *finding)
{
    struct told *told = user;
    told->checks++;
    told->notes += finding->severity == PLOTMILL_SEVERITY_NOTE;
    if (told->json)
        write_finding(told->json, finding);
    else
        print_finding(finding);
}

static int examine(plotmill *pm, struct console *console, int as_json)
{
    struct json json = {0};
    struct told told = {.json = as_json ? &json : NULL};
    int problems = 0;
    if (as_json) {
        json_open(&json, NULL, '{');
        json_string(&json, "version", plotmill_version());
        json_open(&json, "findings", '[');
    }
    enum plotmill_status status = plotmill_doctor(pm, tell, &told, &problems);
    if (as_json) {
        json_close(&json, ']');
        json_uint(&json, "problems", (uint64_t)problems);
        json_uint(&json, "notes", told.notes);
        json_close(&json, '}');
        json_print(&json, stdout);
    }
    if (status)
        return console_fail(console, status, "%s", plotmill_message(pm));
    if (!as_json)
        printf("\n%u looked at: %d problem%s, %u note%s\n", told.checks, problems, problems == 1 ? "" : "s", told.notes,
               told.notes == 1 ? "" : "s");
    return problems ? EXIT_FAILED : EXIT_DONE;
}

int doctor_main(int argc, char **argv)
{
    struct general_settings general = {0};
    struct console console;
    struct paths none;
    struct option_group groups[] = {{"General", json_option, 1, &general, 0}};
    struct usage usage = {
        .command = "doctor",
        .arguments = "",
        .summary = "Looks at drivers, GPUs, caches, memory and settings, and draws and judges test patterns on every "
                   "device. Prints a line for each thing it looked at, and beneath it the fix where something is "
                   "wrong. Exits with 1 when there is a problem; notes are none.",
        .examples = "  plotmill doctor\n"
                    "  plotmill doctor --json\n",
        .groups = groups,
        .group_count = 1,
    };
    int exit_code = options_parse(&usage, argc, argv, &none);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    console_open(&console, 0, 0);
    plotmill *pm = open_library(&console, NULL);
    exit_code = pm ? examine(pm, &console, general.json) : EXIT_FAILED;
    plotmill_destroy(pm);
    return exit_code;
}
