/* plotmill preset: the charts that come with plotmill. */
#include <stdio.h>
#include <string.h>

#include "options/presets.h"
#include "base/suggest.h"
#include "tools/common/commands.h"
#include "tools/common/setup.h"

static void list_presets(void)
{
    for (size_t i = 0; i < preset_count; i++)
        printf("%-10s%s\n", presets[i].name, presets[i].summary);
}

static int print_preset(const char *name)
{
    struct console console;
    struct suggestion suggestion = {.meant = name};
    for (size_t i = 0; i < preset_count; i++) {
        if (!strcmp(presets[i].name, name)) {
            fputs(presets[i].text, stdout);
            return EXIT_DONE;
        }
        suggestion_offer(&suggestion, presets[i].name);
    }
    console_open(&console, 0, 0);
    const int exit_code = console_fail(&console, PLOTMILL_BAD_INPUT, "unknown preset '%s'%s%s%s (see plotmill preset)",
                                       name, suggestion.name ? ": did you mean " : "",
                                       suggestion.name ? suggestion.name : "", suggestion.name ? "?" : "");
    console_close(&console);
    return exit_code;
}

int preset_main(int argc, char **argv)
{
    struct paths names;
    struct usage usage = {
        .command = "preset",
        .arguments = "[NAME]",
        .summary = "Lists the charts that come with plotmill, or prints one as a chart file, to be edited and given to "
                   "render with --chart FILE.",
        .examples = "  plotmill preset\n"
                    "  plotmill preset candles > mine.yaml\n"
                    "  plotmill render prices.csv --chart mine.yaml --window 100 -o images.h5\n",
        .path_name = "NAME",
        .most_paths = 1,
        .paths_optional = 1,
    };
    const int exit_code = options_parse(&usage, argc, argv, &names);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    if (names.count)
        return print_preset(names.items[0]);
    list_presets();
    return EXIT_DONE;
}
