/* plotmill: the command. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/os.h"
#include "base/suggest.h"
#include "tools/common/commands.h"
#include "tools/common/console.h"

struct command {
    const char *name;
    const char *summary;
    int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
    {"render", "render every window of a series as an image", render_main},
    {"inspect", "describe inputs: columns, times, gaps, groups, and how to render them", inspect_main},
    {"windows", "print the windows of a job, with labels and split, without rendering", windows_main},
    {"preset", "list the charts that come with plotmill, or print one", preset_main},
    {"preview", "write a contact sheet of an output or an input", preview_main},
    {"info", "describe an output", info_main},
    {"link", "join the files of a job that was split into shares", link_main},
    {"devices", "list the OpenCL devices of this machine", devices_main},
    {"doctor", "find what prevents or slows down rendering on this machine", doctor_main},
    {"verify", "render test patterns on a device and check every pixel", verify_main},
    {"bench", "measure the speed of a device, and where its time goes", bench_main},
    {"profile", "measure where the time of a job goes, and what is faster", profile_main},
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static void print_help(FILE *out)
{
    fputs("Usage: plotmill COMMAND [options]\n\n"
          "Renders numeric series as chart images, by the million, on any OpenCL device.\n\n"
          "Commands\n",
          out);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  %-10s%s\n", commands[i].name, commands[i].summary);
    fputs("  help      show the options of a command: plotmill help COMMAND\n\n"
          "Options\n"
          "  -h, --help     show this text\n"
          "  -V, --version  show the version\n\n"
          "Example\n"
          "  plotmill render prices.csv --column close --window 100 -o images.h5\n",
          out);
}

static const struct command *find(const char *name)
{
    struct suggestion suggestion = {.meant = name};
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (!strcmp(commands[i].name, name))
            return &commands[i];
        suggestion_offer(&suggestion, commands[i].name);
    }
    suggestion_offer(&suggestion, "--version");
    suggestion_offer(&suggestion, "--help");
    const char *kind = name[0] == '-' ? "option" : "command";
    if (!suggestion.name && os_exists(name)) {
        fprintf(stderr,
                "plotmill: unknown command '%s': to render this file: plotmill render %s (see plotmill --help)\n", name,
                name);
        return NULL;
    }
    fprintf(stderr, "plotmill: unknown %s '%s'%s%s%s (see plotmill --help)\n", kind, name,
            suggestion.name ? ": did you mean " : "", suggestion.name ? suggestion.name : "",
            suggestion.name ? "?" : "");
    return NULL;
}

static int asks_for_help(const char *argument)
{
    return !strcmp(argument, "--help") || !strcmp(argument, "-h");
}

static int dispatch(int argc, char **argv)
{
    const char *first = argc > 1 ? argv[1] : "";
    char help_option[] = "--help";
    int is_help = asks_for_help(first) || !strcmp(first, "help");
    if (argc < 2 || (is_help && (argc < 3 || asks_for_help(argv[2])))) {
        print_help(argc < 2 ? stderr : stdout);
        return argc < 2 ? EXIT_WRONG : EXIT_DONE;
    }
    if (!strcmp(first, "--version") || !strcmp(first, "-V")) {
        printf("plotmill %s\n", version_text());
        return EXIT_DONE;
    }
    const struct command *command = find(is_help ? argv[2] : first);
    if (!command)
        return EXIT_WRONG;
    return is_help ? command->run(2, (char *[]){argv[2], help_option, NULL}) : command->run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    os_raise_open_files(); /* a member of an archive, or an array, is an open file each */
    int exit_code = dispatch(argc, argv);
    /* A command that failed has already reported why. */
    if ((fflush(stdout) || ferror(stdout)) && exit_code == EXIT_DONE) {
        fprintf(stderr, "plotmill: standard output: %s\n", strerror(errno));
        return EXIT_FAILED;
    }
    return exit_code;
}
