/* plotmill windows: the windows of a job as a table, without rendering. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/windows.h"
#include "base/os.h"
#include "base/output.h"
#include "tools/common/commands.h"
#include "tools/common/report_file.h"
#include "tools/common/setup.h"
#include "tools/common/text.h"
#include "tools/common/window_report.h"

struct table_settings {
    const char *path; /* NULL: standard output */
    int force;
};

static const struct option_entry table_options[] = {
    {"output", 'o', OPTION_TEXT, "FILE", offsetof(struct table_settings, path), .help = "the table, CSV",
     .default_words = "standard output"},
    {"force", 0, OPTION_FLAG, NULL, offsetof(struct table_settings, force), .help = "replace an existing file"},
};

enum { GROUP_DATA, GROUP_TEXT, GROUP_WINDOWS, GROUP_IMAGE, GROUP_TABLE, GROUP_GENERAL, GROUPS };

struct windows_command {
    struct option_values values;
    struct table_settings table;
    struct paths paths;
    struct console console;
    plotmill *pm;
    plotmill_options *options;
    struct settings settings;
};

static int fail(struct windows_command *command, enum plotmill_status status)
{
    return console_fail(&command->console, status, "%s", plotmill_message(command->pm));
}

/* The settings of the library, from the options that were given. */
static int take_options(struct windows_command *command, const struct option_set *set)
{
    struct plotmill_error error = {0};
    const struct log log = {console_log, &command->console};
    enum plotmill_status status = plotmill_options_create(command->pm, &command->options);
    for (int g = GROUP_DATA; g <= GROUP_IMAGE && !status; g++)
        for (size_t i = 0; i < set->groups[g].count && !status; i++)
            if (set->values[g][i].text)
                status = plotmill_options_set(command->options, set->groups[g].options[i].name, set->values[g][i].text);
    if (status)
        return fail(command, status);
    status = settings_get(&command->settings, command->options, &log, &error);
    command->settings.inputs = (const char *const *)command->paths.items;
    command->settings.input_count = command->paths.count;
    return setup_check(&command->console, status, &error);
}

/* An output must not be one of the inputs. */
static int open_table(struct windows_command *command, struct output *output, FILE **out)
{
    struct plotmill_error error = {0};
    const char *path = command->table.path;
    *out = stdout;
    if (!path || !strcmp(path, "-"))
        return OPTIONS_GO_ON;
    int exit_code = report_file_check_place("--output", path, &command->paths, NULL, &command->console);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    enum plotmill_status status = output_init(output, path, false, command->table.force != 0, &error);
    if (!status)
        status = output_hold(output, &error);
    exit_code = setup_check(&command->console, status, &error);
    if (exit_code == OPTIONS_GO_ON && !(*out = fopen(output->temporary, "wb")))
        exit_code = console_fail(&command->console, PLOTMILL_IO_FAILED, "%s: %s", path, strerror(errno));
    return exit_code;
}

static int close_table(struct windows_command *command, struct output *output, FILE *out, int exit_code)
{
    struct plotmill_error error = {0};
    const bool written = out == stdout ? !fflush(out) : out && !fclose(out);
    if (exit_code == EXIT_DONE && !written)
        exit_code = console_fail(&command->console, PLOTMILL_IO_FAILED, "%s: %s",
                                 output->path ? output->path : "standard output", strerror(errno));
    if (output->path && exit_code == EXIT_DONE && output_commit(output, &error))
        exit_code = console_fail(&command->console, error.status, "%s", error.message);
    if (output->path && exit_code != EXIT_DONE)
        output_discard(output);
    output_free(output);
    return exit_code;
}

static int write_table(struct windows_command *command)
{
    struct window_table_result result = {0};
    struct output output = {0};
    FILE *out = NULL;
    int exit_code = open_table(command, &output, &out);
    if (exit_code == OPTIONS_GO_ON) {
        const enum plotmill_status status = api_windows_write(command->pm, &command->settings, out, &result);
        exit_code = status ? fail(command, status) : EXIT_DONE;
    }
    exit_code = close_table(command, &output, out, exit_code);
    if (exit_code == EXIT_DONE && command->values.general.json && !print_report(report_windows(&result)))
        exit_code = console_fail(&command->console, PLOTMILL_NO_MEMORY, "out of memory");
    if (exit_code == EXIT_DONE) {
        window_report(&command->console, &result.counts, result.classes);
        console_say(&command->console, PLOTMILL_LOG_INFO, "%" PRIu64 " %s%s%s", result.counts.images,
                    result.counts.images == 1 ? "window" : "windows", command->table.path ? ", in " : "",
                    command->table.path ? command->table.path : "");
    }
    window_table_result_free(&result);
    return exit_code;
}

static int run(struct windows_command *command, const struct option_set *set)
{
    const struct general_settings *general = &command->values.general;
    console_open(&command->console, general->quiet, general->verbose);
    if (general->json && (!command->table.path || !strcmp(command->table.path, "-")))
        return console_fail(&command->console, PLOTMILL_BAD_INPUT,
                            "--json: standard output receives the table: expected -o FILE beside it");
    command->pm = open_library(&command->console, NULL);
    if (!command->pm)
        return EXIT_FAILED;
    int exit_code = take_options(command, set);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = write_table(command);
    settings_finish(&command->settings);
    plotmill_options_destroy(command->options);
    plotmill_destroy(command->pm);
    console_close(&command->console);
    return exit_code;
}

int windows_main(int argc, char **argv)
{
    struct windows_command command = {0};
    struct option_values *values = &command.values;
    struct option_group groups[GROUPS] = {
        {"Data", data_options, DATA_ALL, &values->data, 0},
        {"Text", text_options, TEXT_ALL, &values->text, 0},
        {"Windows", window_options, WINDOW_ALL, &values->windows, 0},
        {"Image", image_options, IMAGE_ALL, &values->image, 0},
        {"Table", table_options, sizeof table_options / sizeof table_options[0], &command.table, 0},
        {"General", general_options, GENERAL_JSON, &values->general, 0},
    };
    struct usage usage = {
        .command = "windows",
        .arguments = "INPUT... [-o FILE]",
        .summary =
            "Prints the windows that render would make images of, in the order of the images, as CSV: start, the "
            "times of the first and last row, group, split and labels. Render takes the table back with "
            "--windows FILE.",
        .examples = "  plotmill windows prices.csv --column close --window 100 --label return:5 -o windows.csv\n"
                    "  plotmill windows prices.csv --column close --window 100 --split 0.7,0.15,0.15\n"
                    "  plotmill render prices.csv --column close --window 100 --windows windows.csv -o images.h5\n",
        .set = {.groups = groups, .count = GROUPS},
        .path_name = "INPUT",
        .most_paths = SIZE_MAX,
    };
    int exit_code = options_parse(&usage, argc, argv, &command.paths);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = run(&command, &usage.set);
    options_free(&usage.set);
    return exit_code;
}
