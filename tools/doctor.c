/* plotmill doctor: finds what keeps this machine from rendering, or from rendering fast. */
#include <stdio.h>

#include "api/engine.h"
#include "base/json.h"
#include "tools/common/commands.h"
#include "tools/config/settings.h"

struct findings {
    struct json *json; /* NULL: as text */
    unsigned checks, notes;
};

static void write_finding(void *user, const struct finding *finding)
{
    static const char *const severities[] = {"ok", "note", "problem"}; /* as enum severity */
    const char *severity = severities[finding->severity];
    struct findings *findings = user;
    struct json *json = findings->json;
    findings->checks++;
    findings->notes += finding->severity == SEVERITY_NOTE;
    if (json) {
        json_open(json, NULL, '{');
        json_string(json, "severity", severity);
        json_string(json, "check", finding->check);
        json_string(json, "found", finding->found);
        json_string(json, "fix", *finding->fix ? finding->fix : NULL);
        json_close(json, '}');
        return;
    }
    printf("%-8s %-15s %s\n", severity, finding->check, finding->found);
    if (*finding->fix)
        printf("%-8s %-15s fix: %s\n", "", "", finding->fix);
    fflush(stdout);
}

static int check(plotmill *pm, struct console *console, int as_json)
{
    struct json json = {0};
    struct findings findings = {.json = as_json ? &json : NULL};
    int problems = 0;
    if (as_json) {
        json_open(&json, NULL, '{');
        json_string(&json, "version", version_text());
        json_open(&json, "findings", '[');
    }
    enum plotmill_status status = api_doctor(pm, write_finding, &findings, &problems);
    if (as_json) {
        json_close(&json, ']');
        json_uint(&json, "problems", (uint64_t)problems);
        json_uint(&json, "notes", findings.notes);
        json_close(&json, '}');
        json_print(&json, stdout);
    }
    if (status)
        return console_fail(console, status, "%s", plotmill_message(pm));
    if (!as_json)
        printf("\n%u checks: %d problem%s, %u note%s\n", findings.checks, problems, problems == 1 ? "" : "s",
               findings.notes, findings.notes == 1 ? "" : "s");
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
        .summary =
            "Checks drivers, GPUs, caches, memory and settings, draws test patterns on every device and compares "
            "them with the definition. Prints a line for each check and, where something is wrong, how to fix "
            "it. Exits with 1 when there is a problem; a note is not a problem.",
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
    exit_code = pm ? check(pm, &console, general.json) : EXIT_FAILED;
    plotmill_destroy(pm);
    return exit_code;
}
