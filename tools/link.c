/* plotmill link: several files of one data set become one. */
#include <inttypes.h>
#include <stdio.h>

#include "api/report.h"
#include "tools/common/commands.h"
#include "tools/common/setup.h"
#include "tools/common/text.h"

struct link_settings {
    int force;
};

static const struct option_entry link_options[] = {
    {"force", 0, OPTION_FLAG, NULL, offsetof(struct link_settings, force), .help = "replace an existing OUTPUT"},
};

static int link_all(plotmill *pm, struct console *console, const char *path, int force, int as_json)
{
    struct link_summary summary;
    enum plotmill_status status = api_link(pm, path, force, &summary);
    if (status)
        return console_fail(console, status, "%s", plotmill_message(pm));
    if (as_json && !print_report(report_link(path, &summary)))
        return console_fail(console, PLOTMILL_NO_MEMORY, "out of memory");
    console_say(console, PLOTMILL_LOG_INFO, "%" PRIu64 " images of %" PRIu64 " %s, joined in %s", summary.images,
                summary.files, summary.files == 1 ? "file" : "files", path);
    return EXIT_DONE;
}

int link_main(int argc, char **argv)
{
    struct link_settings settings = {0};
    struct general_settings general = {0};
    struct console console;
    struct paths paths;
    struct option_group groups[] = {
        {"Output", link_options, sizeof link_options / sizeof link_options[0], &settings, 0},
        {"General", json_option, 1, &general, 0},
    };
    struct usage usage = {
        .command = "link",
        .arguments = "OUTPUT",
        .summary =
            "Joins the files that render --images-per-file N --shard I/N wrote. OUTPUT is the name given to render; "
            "it becomes an HDF5 file whose datasets refer to the other files. All of them are read first; files "
            "that are missing, damaged or from another job are reported.",
        .examples = "  plotmill link images.h5\n",
        .set = {.groups = groups, .count = sizeof groups / sizeof groups[0]},
        .path_name = "OUTPUT",
        .most_paths = 1,
    };
    int exit_code = options_parse(&usage, argc, argv, &paths);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    console_open(&console, 0, 0);
    plotmill *pm = open_library(&console, NULL);
    exit_code = pm ? link_all(pm, &console, paths.items[0], settings.force, general.json) : EXIT_FAILED;
    plotmill_destroy(pm);
    return exit_code;
}
