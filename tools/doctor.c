/* plotmill doctor: finds what keeps this machine from rendering, or from rendering fast. */
#include <stdio.h>

#include "api/report.h"
#include "tools/common/commands.h"
#include "tools/common/setup.h"
#include "tools/common/text.h"

struct findings {
    unsigned checks, notes;
};

static void print_finding(void *user, const struct finding *finding)
{
    struct findings *findings = user;
    findings->checks++;
    findings->notes += finding->severity == SEVERITY_NOTE;
    printf("%-8s %-15s %s\n", severity_name(finding->severity), finding->check, finding->found);
    if (*finding->fix)
        printf("%-8s %-15s fix: %s\n", "", "", finding->fix);
    fflush(stdout);
}

static int check(plotmill *pm, struct console *console, int as_json)
{
    struct findings findings = {0};
    int problems = 0;
    char *json = NULL;
    enum plotmill_status status =
        as_json ? report_doctor(pm, &json, &problems) : api_doctor(pm, print_finding, &findings, &problems);
    if (as_json && !print_report(json) && !status)
        return console_fail(console, PLOTMILL_NO_MEMORY, "out of memory");
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
        .set = {.groups = groups, .count = 1},
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
