/* plotmill preview: a contact sheet of any output or input. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/numbers.h"
#include "base/os.h"
#include "base/strings.h"
#include "tools/common/commands.h"
#include "tools/common/exits.h"
#include "tools/common/text.h"
#include "tools/config/settings.h"

/* Pixels, about. */
#define SHEET_WIDTH 2400
#define TILE_WIDTH_MIN 64

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
    if (!text_ends(sheet->path, ".png"))
        return console_fail(console, PLOTMILL_BAD_INPUT, "-o %s: expected a name that ends in .png", sheet->path);
    if (os_exists(sheet->path) && !sheet->force)
        return console_fail(console, PLOTMILL_BAD_INPUT, "%s exists: --force replaces it", sheet->path);
    return image_check(&preview->image, &groups[GROUP_IMAGE], console);
}

static int fail(struct preview *preview, enum plotmill_status status)
{
    return console_fail(&preview->console, status, "%s", plotmill_message(preview->pm));
}

static uint32_t count_shown(const struct sheet_settings *sheet, uint64_t total)
{
    uint64_t rest = total - sheet->first;
    uint64_t count = sheet->stride ? (rest - 1) / sheet->stride + 1 : rest;
    return (uint32_t)MIN(count, sheet->count);
}

/* The index of the image that tile `k` of `count` shows. */
static uint64_t image_shown(const struct sheet_settings *sheet, uint64_t total, uint64_t count, uint64_t k)
{
    if (sheet->stride || count < 2)
        return sheet->first + k * sheet->stride;
    /* k * last / steps without overflow. */
    uint64_t last = total - 1 - sheet->first, steps = count - 1;
    return sheet->first + last / steps * k + last % steps * k / steps;
}

struct image_source {
    plotmill_reader *reader; /* images, or else */
    plotmill_source *source; /* samples, rendered one window at a time */
    plotmill_renderer *renderer;
    double *samples;
    uint64_t window, total;
    uint32_t width, height;
};

static enum plotmill_status get_image(const struct preview *preview, const struct image_source *from, uint64_t image,
                                      uint8_t *pixels)
{
    if (from->reader)
        return plotmill_reader_read(from->reader, image, 1, pixels, NULL, NULL);
    uint64_t step = plotmill_source_shape(from->source).row_length ? from->window : 1;
    enum plotmill_status status =
        plotmill_source_read(preview->pm, from->source, image * step, from->window, from->samples);
    return status ? status : plotmill_renderer_run(from->renderer, from->samples, from->window, 1, pixels, NULL);
}

static int write_sheet(struct preview *preview, const struct image_source *from)
{
    const struct sheet_settings *sheet = &preview->sheet;
    if (sheet->first >= from->total)
        return console_fail(&preview->console, PLOTMILL_BAD_INPUT,
                            "--first %" PRIu64 ": there are %" PRIu64 " images, counted from 0", sheet->first,
                            from->total);
    const uint32_t count = count_shown(sheet, from->total);
    const size_t image_size = (size_t)from->width * from->height;
    uint64_t columns = sheet->columns;
    for (uint64_t square = 1; !columns; square++)
        if (square * square >= count)
            columns = square;
    columns = MIN(columns, count);
    uint8_t *pixels = calloc(count, image_size);
    if (!pixels)
        return console_fail(&preview->console, PLOTMILL_NO_MEMORY, "out of memory: %u images of %ux%u", (unsigned)count,
                            (unsigned)from->width, (unsigned)from->height);
    enum plotmill_status status = PLOTMILL_OK;
    for (uint32_t k = 0; k < count && !status; k++)
        status = get_image(preview, from, image_shown(sheet, from->total, count, k), pixels + k * image_size);
    if (!status)
        status = plotmill_sheet_write(preview->pm, sheet->path, pixels, count, from->width, from->height,
                                      (uint32_t)columns, (uint32_t)MAX(SHEET_WIDTH / columns, TILE_WIDTH_MIN));
    free(pixels);
    if (status)
        return fail(preview, status);
    console_say(&preview->console, PLOTMILL_LOG_INFO, "%u %s of %s, in %s", (unsigned)count,
                count == 1 ? "image" : "images", preview->file, sheet->path);
    return EXIT_DONE;
}

static int show_output(struct preview *preview, plotmill_reader *reader, const struct option_group *groups)
{
    struct plotmill_dataset_info info;
    for (int g = GROUP_DATA; g <= GROUP_DEVICE; g++)
        if (options_first_given(&groups[g]))
            return console_fail(&preview->console, PLOTMILL_BAD_INPUT, "%s: holds finished images: --%s does not apply",
                                preview->file, options_first_given(&groups[g]));
    plotmill_reader_info(reader, &info);
    return write_sheet(
        preview,
        &(struct image_source){.reader = reader, .total = info.images, .width = info.width, .height = info.height});
}

static int show_source(struct preview *preview, plotmill_source *source)
{
    const struct plotmill_source_shape shape = plotmill_source_shape(source);
    struct plotmill_chart_options chart;
    struct image_source from = {.source = source};
    int exit_code = data_window(&preview->data, source, preview->file, &preview->console, &from.window);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    plotmill_chart_options_init(&chart);
    image_apply(&preview->image, &chart);
    from.total = shape.row_length ? shape.samples / shape.row_length : shape.samples - from.window + 1;
    from.width = chart.width;
    from.height = chart.height;
    from.samples = calloc((size_t)from.window, sizeof *from.samples);
    if (!from.samples)
        return console_fail(&preview->console, PLOTMILL_NO_MEMORY, "out of memory: a window of %" PRIu64 " samples",
                            from.window);
    enum plotmill_status status =
        plotmill_renderer_create(preview->pm, preview->device.device, from.window, &chart, &from.renderer);
    exit_code = status ? fail(preview, status) : write_sheet(preview, &from);
    plotmill_renderer_destroy(from.renderer);
    free(from.samples);
    return exit_code;
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
        if (text_ends(preview->file, extensions[i]))
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
