/* plotmill preview: a contact sheet of any output or input. */
#include <stdlib.h>

#include "base/os.h"
#include "tools/common/commands.h"
#include "tools/common/exits.h"
#include "tools/common/paths.h"
#include "tools/common/pictures.h"
#include "tools/config/settings.h"

/* A sheet is about so wide, whatever the images' size. */
#define SHEET_WIDTH 2400
#define SMALLEST_TILE 64

struct sheet_settings {
    const char *path;
    uint64_t count;
    uint64_t columns; /* 0: as many as rows */
    uint64_t first;
    uint64_t stride; /* 0: spread */
    int force;
};

static const struct option_entry sheet_options[] = {
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_TEXT,
     .argument = "FILE.png",
     .help = "the sheet",
     .offset = offsetof(struct sheet_settings, path)},
    {.name = "count",
     .kind = OPTION_WHOLE,
     .argument = "N",
     .help = "at most so many images (default 25)",
     .least = 1,
     .most = 10000,
     .offset = offsetof(struct sheet_settings, count)},
    {.name = "columns",
     .kind = OPTION_WHOLE,
     .argument = "N",
     .help = "images beside each other (default: as many as rows)",
     .least = 1,
     .most = 1000,
     .offset = offsetof(struct sheet_settings, columns)},
    {.name = "first",
     .kind = OPTION_WHOLE,
     .argument = "I",
     .help = "begin with image I, counted from 0 (default 0)",
     .offset = offsetof(struct sheet_settings, first)},
    {.name = "stride",
     .kind = OPTION_WHOLE,
     .argument = "K",
     .help = "show every K-th image (default: evenly spread to the last one)",
     .least = 1,
     .offset = offsetof(struct sheet_settings, stride)},
    {.name = "force",
     .kind = OPTION_FLAG,
     .help = "replace an existing sheet",
     .offset = offsetof(struct sheet_settings, force)},
};

struct preview {
    struct data_settings data;
    struct image_settings image;
    struct device_settings device;
    struct sheet_settings sheet;
    struct general_settings general;
    struct console console;
    const char *file;
    plotmill *pm;
};

enum { GROUP_DATA, GROUP_IMAGE, GROUP_DEVICE, GROUP_SHEET, GROUP_GENERAL, GROUPS };

static int parse(struct preview *preview, struct option_group *groups, int argc, char **argv)
{
    struct paths paths;
    struct usage usage = {
        .command = "preview",
        .arguments = "FILE -o SHEET.png",
        .summary = "Writes a contact sheet of an output of plotmill, or of an input, of which a few windows are drawn "
                   "for it. Image I of a series is the window that begins at sample I. The options under Data, Image "
                   "and Device are for inputs.",
        .examples = "  plotmill preview images.h5 -o sheet.png\n"
                    "  plotmill preview images.h5 --first 1000 --stride 1 --count 9 -o sheet.png\n"
                    "  plotmill preview prices.csv --column close --window 100 --antialias -o sheet.png\n",
        .groups = groups,
        .group_count = GROUPS,
        .path_name = "FILE",
        .most_paths = 1,
    };
    int exit_code = options_parse(&usage, argc, argv, &paths);
    preview->file = exit_code == OPTIONS_GO_ON ? paths.items[0] : NULL;
    return exit_code;
}

static int check(struct preview *preview, const struct option_group *groups)
{
    const struct sheet_settings *sheet = &preview->sheet;
    struct console *console = &preview->console;
    if (!sheet->path)
        return console_fail(console, PLOTMILL_BAD_INPUT, "-o SHEET.png is missing (see plotmill preview --help)");
    if (!has_extension(sheet->path, ".png"))
        return console_fail(console, PLOTMILL_BAD_INPUT, "-o %s: expected a name that ends in .png", sheet->path);
    if (os_exists(sheet->path) && !sheet->force)
        return console_fail(console, PLOTMILL_BAD_INPUT, "%s exists: --force replaces it", sheet->path);
    return image_check(&preview->image, &groups[GROUP_IMAGE], console);
}

static int fail(struct preview *preview, enum plotmill_status status)
{
    return console_fail(&preview->console, status, "%s", plotmill_message(preview->pm));
}

static int write_sheet(struct preview *preview, const struct pictures *pictures)
{
    uint64_t columns = preview->sheet.columns;
    for (uint64_t square = 1; !columns; square++)
        if (square * square >= pictures->count)
            columns = square;
    if (columns > pictures->count)
        columns = pictures->count;
    uint32_t tile = (uint32_t)(SHEET_WIDTH / columns);
    enum plotmill_status status =
        plotmill_sheet_write(preview->pm, preview->sheet.path, pictures->pixels, pictures->count, pictures->width,
                             pictures->height, (uint32_t)columns, tile > SMALLEST_TILE ? tile : SMALLEST_TILE);
    if (status)
        return fail(preview, status);
    console_say(&preview->console, PLOTMILL_LOG_INFO, "%u %s of %s, in %s", (unsigned)pictures->count,
                pictures->count == 1 ? "image" : "images", preview->file, preview->sheet.path);
    return EXIT_DONE;
}

static struct pick pick_of(const struct sheet_settings *sheet)
{
    return (struct pick){.first = sheet->first, .count = sheet->count, .stride = sheet->stride};
}

static int finish(struct preview *preview, struct pictures *pictures, enum plotmill_status status,
                  const struct plotmill_error *error)
{
    int exit_code =
        status ? console_fail(&preview->console, status, "%s", error->message) : write_sheet(preview, pictures);
    pictures_free(pictures);
    return exit_code;
}

static int show_output(struct preview *preview, plotmill_reader *reader, const struct option_group *groups)
{
    struct pictures pictures = {0};
    struct plotmill_error error;
    struct pick pick = pick_of(&preview->sheet);
    for (int g = GROUP_DATA; g <= GROUP_DEVICE; g++)
        if (options_first_given(&groups[g]))
            return console_fail(&preview->console, PLOTMILL_BAD_INPUT, "%s: holds finished images: --%s does not apply",
                                preview->file, options_first_given(&groups[g]));
    enum plotmill_status status = pictures_read(&pictures, preview->pm, reader, &pick, &error);
    return finish(preview, &pictures, status, &error);
}

static int show_source(struct preview *preview, plotmill_source *source)
{
    struct pictures pictures = {0};
    struct plotmill_error error;
    struct plotmill_chart_options chart;
    struct pick pick = pick_of(&preview->sheet);
    uint64_t window;
    int exit_code = data_window(&preview->data, source, preview->file, &preview->console, &window);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    plotmill_chart_options_init(&chart);
    image_apply(&preview->image, &chart);
    enum plotmill_status status =
        pictures_draw(&pictures, preview->pm, source, window, preview->device.device, &chart, &pick, &error);
    return finish(preview, &pictures, status, &error);
}

static int show_input(struct preview *preview)
{
    struct plotmill_source_options options;
    plotmill_source *source = NULL;
    plotmill_source_options_init(&options);
    options.column = preview->data.column;
    options.dataset = preview->data.dataset;
    options.from = preview->data.from;
    options.to = preview->data.to;
    enum plotmill_status status = plotmill_source_open(preview->pm, &preview->file, 1, &options, &source);
    int exit_code = status ? fail(preview, status) : show_source(preview, source);
    plotmill_source_destroy(source);
    return exit_code;
}

/* What is no data set of images is an input if its name says so, or an option that only inputs take. */
static int may_be_input(const struct preview *preview, const struct option_group *groups)
{
    static const char *const extensions[] = {".csv", ".tsv", ".gz", ".zip", ".npy"};
    for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++)
        if (has_extension(preview->file, extensions[i]))
            return 1;
    return options_first_given(&groups[GROUP_DATA]) != NULL;
}

static int show(struct preview *preview, const struct option_group *groups)
{
    plotmill_reader *reader = NULL;
    if (preview->data.dataset)
        return show_input(preview);
    enum plotmill_status status = plotmill_reader_open(preview->pm, preview->file, &reader);
    if (status == PLOTMILL_BAD_INPUT && may_be_input(preview, groups))
        return show_input(preview);
    int exit_code = status ? fail(preview, status) : show_output(preview, reader, groups);
    plotmill_reader_destroy(reader);
    return exit_code;
}

int preview_main(int argc, char **argv)
{
    struct preview preview = {.sheet = {.count = 25}};
    struct option_group groups[GROUPS] = {
        {"Data", data_options, DATA_OF_SERIES, &preview.data, 0},
        {"Image", image_options, IMAGE_ALL, &preview.image, 0},
        {"Device", device_options, DEVICE_CHOICE, &preview.device, 0},
        {"Sheet", sheet_options, sizeof sheet_options / sizeof sheet_options[0], &preview.sheet, 0},
        {"General", general_options, GENERAL_TALK, &preview.general, 0},
    };
    int exit_code = parse(&preview, groups, argc, argv);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    console_open(&preview.console, preview.general.quiet, preview.general.verbose);
    exit_code = check(&preview, groups);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    preview.pm = open_library(&preview.console, &preview.device);
    exit_code = preview.pm ? show(&preview, groups) : EXIT_FAILED;
    plotmill_destroy(preview.pm);
    return exit_code;
}
