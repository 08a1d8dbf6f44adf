/* plotmill preview: a contact sheet of an output or of an input. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/numbers.h"
#include "base/os.h"
#include "base/strings.h"
#include "options/formats.h"
#include "tools/common/commands.h"
#include "tools/common/setup.h"
#include "tools/common/text.h"

/* The approximate width of a sheet, in px, whatever the size of the images. */
#define SHEET_WIDTH 2400
#define SMALLEST_TILE 64

struct sheet_settings {
    const char *path;
    uint64_t count;
    uint64_t per_row; /* 0: as many as rows */
    uint64_t first;
    uint64_t stride; /* 0: evenly spread from the first to the last image */
    int force;
};

static const struct option_entry sheet_options[] = {
    {"output", 'o', OPTION_TEXT, "FILE.png", offsetof(struct sheet_settings, path), .help = "the contact sheet"},
    {"count", 0, OPTION_WHOLE, "N", offsetof(struct sheet_settings, count), .help = "show at most N images",
     .default_text = "25", .least = 1, .most = 10000},
    {"per-row", 0, OPTION_WHOLE, "N", offsetof(struct sheet_settings, per_row),
     .help = "images per row (default: as many as rows)", .least = 1, .most = 1000},
    {"first", 0, OPTION_WHOLE, "I", offsetof(struct sheet_settings, first),
     .help = "start with image I, counted from 0", .default_text = "0"},
    {"stride", 0, OPTION_WHOLE, "K", offsetof(struct sheet_settings, stride),
     .help = "show every K-th image (default: evenly spread to the last one)", .least = 1},
    {"force", 0, OPTION_FLAG, NULL, offsetof(struct sheet_settings, force), .help = "replace an existing sheet"},
};

struct preview {
    struct data_settings data;
    struct text_settings text;
    struct window_settings windows;
    struct image_settings image;
    struct device_settings device;
    struct sheet_settings sheet;
    struct general_settings general;
    struct console console;
    const char *file;
    plotmill *pm;
    /* The images that are shown. */
    uint8_t *pixels; /* (count, height, width, channels) */
    uint64_t count;
    uint32_t width, height, channels;
};

enum { GROUP_DATA, GROUP_TEXT, GROUP_WINDOWS, GROUP_IMAGE, GROUP_DEVICE, GROUP_SHEET, GROUP_GENERAL, GROUPS };

static int fail(struct preview *preview, enum plotmill_status status)
{
    return console_fail(&preview->console, status, "%s", plotmill_message(preview->pm));
}

/* Decides how many of `total` images are shown, and allocates their pixels. */
static int allocate(struct preview *preview, uint64_t total, uint32_t width, uint32_t height, uint32_t channels)
{
    const struct sheet_settings *sheet = &preview->sheet;
    if (sheet->first >= total)
        return console_fail(&preview->console, PLOTMILL_BAD_INPUT,
                            "--first %" PRIu64 ": expected 0 to %" PRIu64 ": there are %" PRIu64 " images",
                            sheet->first, total - 1, total);
    uint64_t left = total - sheet->first, steps = sheet->stride ? (left - 1) / sheet->stride + 1 : left;
    preview->count = MIN(steps, sheet->count);
    preview->width = width;
    preview->height = height;
    preview->channels = channels;
    preview->pixels = calloc((size_t)preview->count, (size_t)width * height * channels);
    if (!preview->pixels)
        return console_fail(&preview->console, PLOTMILL_NO_MEMORY, "out of memory for %" PRIu64 " images of %ux%u",
                            preview->count, (unsigned)width, (unsigned)height);
    return OPTIONS_GO_ON;
}

/* The index of the k-th image that is shown. */
static uint64_t image_at(const struct preview *preview, uint64_t total, uint64_t k)
{
    const struct sheet_settings *sheet = &preview->sheet;
    uint64_t last = total - 1 - sheet->first, steps = preview->count - 1;
    if (sheet->stride)
        return sheet->first + k * sheet->stride;
    /* k * last / steps without overflow. */
    return steps ? sheet->first + last / steps * k + last % steps * k / steps : sheet->first;
}

static uint8_t *pixels_at(const struct preview *preview, uint64_t k)
{
    return preview->pixels + (size_t)k * preview->width * preview->height * preview->channels;
}

static int write_sheet(struct preview *preview)
{
    uint64_t columns = preview->sheet.per_row;
    for (uint64_t square = 1; !columns; square++)
        if (square * square >= preview->count)
            columns = square;
    columns = MIN(columns, preview->count);
    uint32_t tile = MAX((uint32_t)(SHEET_WIDTH / columns), SMALLEST_TILE);
    enum plotmill_status status =
        api_sheet_write(preview->pm, preview->sheet.path, preview->pixels, preview->count, preview->width,
                        preview->height, preview->channels, (uint32_t)columns, tile);
    if (status)
        return fail(preview, status);
    console_say(&preview->console, PLOTMILL_LOG_INFO, "%u %s of %s, in %s", (unsigned)preview->count,
                preview->count == 1 ? "image" : "images", preview->file, preview->sheet.path);
    return EXIT_DONE;
}

static int show_output(struct preview *preview, plotmill_reader *reader, const struct option_group *groups)
{
    struct dataset_info info;
    enum plotmill_status status = PLOTMILL_OK;
    for (int g = GROUP_DATA; g <= GROUP_DEVICE; g++)
        if (options_first_given(&groups[g]))
            return console_fail(&preview->console, PLOTMILL_BAD_INPUT, "%s: holds finished images: --%s does not apply",
                                preview->file, options_first_given(&groups[g]));
    api_reader_info(reader, &info);
    int exit_code = allocate(preview, info.images, info.width, info.height, info.channels);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    for (uint64_t k = 0; k < preview->count && !status; k++)
        status = api_reader_read(reader, image_at(preview, info.images, k), 1, pixels_at(preview, k), NULL, NULL);
    return status ? fail(preview, status) : write_sheet(preview);
}

/* The options of the library, from those that were given. */
static enum plotmill_status take_options(struct preview *preview, const struct option_set *set,
                                         plotmill_options **options)
{
    enum plotmill_status status = plotmill_options_create(preview->pm, options);
    for (int g = GROUP_DATA; g <= GROUP_DEVICE; g++)
        for (size_t i = 0; i < set->groups[g].count && !status; i++)
            if (set->values[g][i].text)
                status = plotmill_options_set(*options, set->groups[g].options[i].name, set->values[g][i].text);
    return status;
}

static int draw_windows(struct preview *preview, plotmill_renderer *renderer)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct dataset_info info;
    api_renderer_info(renderer, &info);
    const int exit_code = allocate(preview, info.images, info.width, info.height, info.channels);
    for (uint64_t k = 0; exit_code == OPTIONS_GO_ON && k < preview->count && !status; k++) {
        const struct plotmill_request request = {.size = sizeof request,
                                                 .count = 1,
                                                 .first = image_at(preview, info.images, k),
                                                 .out = pixels_at(preview, k),
                                                 .out_size = plotmill_renderer_bound(renderer, PLOTMILL_PIXELS)};
        status = plotmill_render(renderer, &request);
    }
    return exit_code != OPTIONS_GO_ON ? exit_code : status ? fail(preview, status) : write_sheet(preview);
}

/* A chart of fields needs the whole input: averages reach back beyond a window. */
static int show_chart(struct preview *preview, const struct option_set *set)
{
    plotmill_options *options = NULL;
    plotmill_source *source = NULL;
    plotmill_renderer *renderer = NULL;
    enum plotmill_status status = take_options(preview, set, &options);
    if (!status)
        status = plotmill_source_open(preview->pm, &preview->file, 1, options, &source);
    if (!status)
        status = plotmill_renderer_create(preview->pm, options, &renderer);
    if (!status)
        status = plotmill_renderer_load(renderer, source);
    const int exit_code = status ? fail(preview, status) : draw_windows(preview, renderer);
    plotmill_renderer_destroy(renderer);
    plotmill_source_destroy(source);
    plotmill_options_destroy(options);
    return exit_code;
}

/* Renders one window at a time, so that only one is in memory. */
static int show_source(struct preview *preview, plotmill_source *source)
{
    struct source_shape shape = api_source_shape(source);
    struct job_options job;
    plotmill_renderer *renderer = NULL;
    plotmill_source *shown = NULL;
    double *samples = NULL;
    uint64_t window;
    enum plotmill_status status =
        api_source_window(preview->pm, source, preview->file, preview->windows.window, &window);
    if (status)
        return fail(preview, status);
    uint64_t total = shape.row_length ? shape.samples / shape.row_length : shape.samples - window + 1;
    job_options_init(&job);
    job.device = preview->device.device;
    job.window = window;
    image_apply(&preview->image, &job.line);
    int exit_code = allocate(preview, total, job.line.width, job.line.height, 1);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    samples = calloc((size_t)window, sizeof *samples);
    if (!samples)
        return console_fail(&preview->console, PLOTMILL_NO_MEMORY, "out of memory for a window of %" PRIu64 " samples",
                            window);
    status = api_renderer_open(preview->pm, &job, &renderer);
    if (!status)
        status = api_source_from_array(preview->pm, samples, (struct source_shape){window, 0}, &shown);
    for (uint64_t k = 0; k < preview->count && !status; k++) {
        uint64_t first = image_at(preview, total, k) * (shape.row_length ? window : 1);
        status = api_source_read(preview->pm, source, first, window, samples);
        if (!status)
            status = plotmill_renderer_load(renderer, shown);
        const struct plotmill_request request = {.size = sizeof request,
                                                 .count = 1,
                                                 .out = pixels_at(preview, k),
                                                 .out_size = (size_t)preview->width * preview->height};
        if (!status)
            status = plotmill_render(renderer, &request);
    }
    exit_code = status ? fail(preview, status) : write_sheet(preview);
    plotmill_renderer_destroy(renderer);
    plotmill_source_destroy(shown);
    free(samples);
    return exit_code;
}

/* Whether anything but the grey line was asked for. */
static int is_chart(const struct preview *preview, const struct option_group *image)
{
    return options_given(image, "chart") || options_given(image, "ma") || !ink_is_grey(preview->image.background) ||
           !ink_is_grey(preview->image.foreground);
}

static int show_input(struct preview *preview, const struct option_set *set)
{
    if (is_chart(preview, &set->groups[GROUP_IMAGE]) || preview->data.group_by || preview->data.break_at_gaps > 0)
        return show_chart(preview, set);
    struct source_options options = source_options(&preview->data, &preview->text, preview->windows.window);
    plotmill_source *source = NULL;
    enum plotmill_status status = api_source_open(preview->pm, &preview->file, 1, &options, &source);
    if (status)
        return fail(preview, status);
    const struct source_shape shape = api_source_shape(source);
    const bool parts = shape.range_count || shape.break_count; /* not every sample begins a window */
    int exit_code = parts ? EXIT_DONE : show_source(preview, source);
    plotmill_source_destroy(source);
    return parts ? show_chart(preview, set) : exit_code;
}

/* A file that holds no images is an input if its contents say so, or an option for inputs was given. */
static int may_be_input(const struct preview *preview, const struct option_group *groups)
{
    return formats_may_be_input(preview->file) || options_first_given(&groups[GROUP_DATA]);
}

static int show(struct preview *preview, const struct option_set *set)
{
    const struct option_group *groups = set->groups;
    plotmill_reader *reader = NULL;
    if (preview->data.dataset || formats_is_pipe(preview->file))
        return show_input(preview, set);
    enum plotmill_status status = plotmill_reader_open(preview->pm, preview->file, &reader);
    if (status == PLOTMILL_BAD_INPUT && may_be_input(preview, groups))
        return show_input(preview, set);
    int exit_code = status ? fail(preview, status) : show_output(preview, reader, groups);
    plotmill_reader_destroy(reader);
    return exit_code;
}

static int check(struct preview *preview, const struct option_group *groups)
{
    const char *path = preview->sheet.path;
    struct console *console = &preview->console;
    if (!path)
        return console_fail(console, PLOTMILL_BAD_INPUT,
                            "-o SHEET.png is missing, for example -o sheet.png (see plotmill preview --help)");
    if (!text_ends(path, ".png"))
        return console_fail(console, PLOTMILL_BAD_INPUT, "-o %s: expected a name that ends in .png", path);
    if (os_exists(path) && !preview->sheet.force)
        return console_fail(console, PLOTMILL_BAD_INPUT, "%s exists: --force replaces it", path);
    return is_chart(preview, &groups[GROUP_IMAGE]) ? OPTIONS_GO_ON
                                                   : setup_check_image(&preview->image, &groups[GROUP_IMAGE], console);
}

int preview_main(int argc, char **argv)
{
    struct preview preview = {0};
    struct paths paths;
    struct option_group groups[GROUPS] = {
        {"Data", data_options, DATA_ALL, &preview.data, 0},
        {"Text", text_options, TEXT_ALL, &preview.text, 0},
        {"Windows", window_options, WINDOW_OF_SERIES, &preview.windows, 0},
        {"Image", image_options, IMAGE_ALL, &preview.image, 0},
        {"Device", device_options, DEVICE_CHOICE, &preview.device, 0},
        {"Sheet", sheet_options, sizeof sheet_options / sizeof sheet_options[0], &preview.sheet, 0},
        {"General", general_options, GENERAL_TALK, &preview.general, 0},
    };
    struct usage usage = {
        .command = "preview",
        .arguments = "FILE -o SHEET.png",
        .summary =
            "Writes a contact sheet of FILE, an output of plotmill or an input. Of an input, only the windows on "
            "the sheet are rendered; image I is the window I that render makes with stride 1. The options "
            "under Data, Image and Device apply only to inputs.",
        .examples = "  plotmill preview images.h5 -o sheet.png\n"
                    "  plotmill preview images.h5 --first 1000 --stride 1 --count 9 -o sheet.png\n"
                    "  plotmill preview prices.csv --column close --window 100 -o sheet.png\n"
                    "  plotmill preview prices.csv --chart candles --window 100 -o sheet.png\n",
        .set = {.groups = groups, .count = GROUPS},
        .path_name = "FILE",
        .most_paths = 1,
    };
    int exit_code = options_parse(&usage, argc, argv, &paths);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    preview.file = paths.items[0];
    console_open(&preview.console, preview.general.quiet, preview.general.verbose);
    exit_code = check(&preview, groups);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    preview.pm = open_library(&preview.console, &preview.device);
    exit_code = preview.pm ? show(&preview, &usage.set) : EXIT_FAILED;
    plotmill_destroy(preview.pm);
    free(preview.pixels);
    return exit_code;
}
