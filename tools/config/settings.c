#include "tools/config/settings.h"

#include <inttypes.h>

#define LINE_WIDTH_LEAST 0.5
#define LINE_WIDTH_MOST 64.0
#define POINTS_AN_INCH 72.0
#define POINTS_DPI 100.0 /* that of matplotlib */

static const char *const missing_names[] = {"gap", "bridge", "error", NULL};
static const char *const level_names[] = {"error", "warning", "info", "detail", NULL}; /* as enum log_file_level */

const struct option_entry data_options[DATA_ALL] = {
    {.name = "column",
     .kind = OPTION_TEXT,
     .argument = "NAME|N",
     .help = "CSV: the column, by its name or counted from 0 (default: the only numeric one)",
     .offset = offsetof(struct data_settings, column)},
    {.name = "dataset",
     .kind = OPTION_TEXT,
     .argument = "PATH",
     .help = "HDF5: the data set to read",
     .offset = offsetof(struct data_settings, dataset)},
    {.name = "from",
     .kind = OPTION_TEXT,
     .argument = "DATE",
     .help = "CSV: leave out the rows before this day, YYYY-MM-DD, or month",
     .offset = offsetof(struct data_settings, from)},
    {.name = "to",
     .kind = OPTION_TEXT,
     .argument = "DATE",
     .help = "CSV: leave out the rows after this day, YYYY-MM-DD, or month",
     .offset = offsetof(struct data_settings, to)},
    {.name = "window",
     .kind = OPTION_WHOLE,
     .argument = "N",
     .help = "samples per image; needed for one long series",
     .least = 2,
     .most = 1 << 24,
     .offset = offsetof(struct data_settings, window)},
    {.name = "stride",
     .kind = OPTION_WHOLE,
     .argument = "N",
     .help = "samples (ready sequences: sequences) from one image to the next (default 1)",
     .least = 1,
     .offset = offsetof(struct data_settings, stride)},
    {.name = "limit",
     .kind = OPTION_WHOLE,
     .argument = "N",
     .help = "at most so many images",
     .least = 1,
     .offset = offsetof(struct data_settings, limit)},
};

const struct option_entry image_options[IMAGE_ALL] = {
    {.name = "size",
     .kind = OPTION_SIZE,
     .argument = "WxH",
     .help = "pixels (default 800x500)",
     .least = 1,
     .most = 65535,
     .offset = offsetof(struct image_settings, size)},
    {.name = "line-width",
     .kind = OPTION_LENGTH,
     .argument = "PX",
     .help = "0.5 to 64 pixels, or points with --dpi as in 3pt (default 3)",
     .least = LINE_WIDTH_LEAST,
     .most = LINE_WIDTH_MOST,
     .offset = offsetof(struct image_settings, line_width)},
    {.name = "antialias",
     .kind = OPTION_FLAG,
     .help = "grey edges, by the area covered; without it a pixel is ink or background",
     .offset = offsetof(struct image_settings, antialias)},
    {.name = "margin",
     .kind = OPTION_REAL,
     .argument = "PX",
     .help = "free pixels around the line's vertices (default 0)",
     .least = 0,
     .most = 32767,
     .offset = offsetof(struct image_settings, margin)},
    {.name = "background",
     .kind = OPTION_WHOLE,
     .argument = "V",
     .help = "0 to 255 (default 255)",
     .least = 0,
     .most = 255,
     .offset = offsetof(struct image_settings, background)},
    {.name = "foreground",
     .kind = OPTION_WHOLE,
     .argument = "V",
     .help = "0 to 255 (default 0)",
     .least = 0,
     .most = 255,
     .offset = offsetof(struct image_settings, foreground)},
    {.name = "range",
     .kind = OPTION_RANGE,
     .argument = "LO:HI",
     .help = "the values at the bottom and the top, or minmax: each image's own (default minmax)",
     .word = "minmax",
     .offset = offsetof(struct image_settings, range)},
    {.name = "missing",
     .kind = OPTION_CHOICE,
     .argument = "HOW",
     .help = "missing samples: gap (the line is broken), bridge (goes straight on) or error (default gap)",
     .choices = missing_names,
     .offset = offsetof(struct image_settings, missing)},
    {.name = "dpi",
     .kind = OPTION_REAL,
     .argument = "DPI",
     .help = "dots an inch, for a line width in points: 3pt at 100 is 4.17 pixels; alone it changes nothing (default "
             "100)",
     .least = 1,
     .most = 10000,
     .implied = 1,
     .offset = offsetof(struct image_settings, dpi)},
};

const struct option_entry device_options[DEVICE_ALL] = {
    {.name = "device",
     .kind = OPTION_TEXT,
     .argument = "WHICH",
     .help = "auto, gpu, cpu, an index of 'plotmill devices', or part of a device's or platform's name; render: "
             "several with "
             "commas, or all, share the work (default: $PLOTMILL_DEVICE, else auto)",
     .offset = offsetof(struct device_settings, device)},
    {.name = "no-cache",
     .kind = OPTION_FLAG,
     .help = "compile the kernels anew and keep nothing of them (kept otherwise: in $PLOTMILL_CACHE_DIR, else the "
             "user's cache folder)",
     .offset = offsetof(struct device_settings, no_cache)},
    {.name = "batch",
     .kind = OPTION_WHOLE,
     .argument = "N",
     .help = "images at a time, or auto: by the device's memory and measured latency (default auto)",
     .least = 1,
     .word = "auto",
     .offset = offsetof(struct device_settings, batch)},
    {.name = "jobs",
     .letter = 'j',
     .kind = OPTION_WHOLE,
     .argument = "N",
     .help = "threads that encode and write, or auto: one a core (default auto)",
     .least = 1,
     .most = 1024,
     .word = "auto",
     .offset = offsetof(struct device_settings, jobs)},
    {.name = "fallback",
     .kind = OPTION_FLAG,
     .help = "when a device fails even with batches of one image, go on with the next one (the default with --device "
             "auto)",
     .offset = offsetof(struct device_settings, fallback)},
    {.name = "no-fallback",
     .kind = OPTION_FLAG,
     .help = "end with exit 1 then (the default where a device was asked for)",
     .offset = offsetof(struct device_settings, no_fallback)},
};

const struct option_entry general_options[GENERAL_ALL] = {
    {.name = "quiet",
     .letter = 'q',
     .kind = OPTION_FLAG,
     .help = "warnings and errors alone",
     .offset = offsetof(struct general_settings, quiet)},
    {.name = "verbose",
     .letter = 'v',
     .kind = OPTION_FLAG,
     .help = "more about what is done",
     .offset = offsetof(struct general_settings, verbose)},
    {.name = "json",
     .kind = OPTION_FLAG,
     .help = "the result on standard output as JSON",
     .offset = offsetof(struct general_settings, json)},
    {.name = "log-file",
     .kind = OPTION_TEXT,
     .argument = "FILE",
     .help = "append every message, with the time, to FILE",
     .offset = offsetof(struct general_settings, log_path)},
    {.name = "log-level",
     .kind = OPTION_CHOICE,
     .argument = "LEVEL",
     .help = "the least that goes to the log file: error, warning, info or detail (default detail)",
     .choices = level_names,
     .offset = offsetof(struct general_settings, log_level)},
    {.name = "status",
     .kind = OPTION_TEXT,
     .argument = "FILE",
     .help = "keep FILE current: state, images done, rate, time left and device, as JSON",
     .offset = offsetof(struct general_settings, status_path)},
    {.name = "dry-run",
     .kind = OPTION_FLAG,
     .help = "print images, bytes, memory and device; write nothing",
     .offset = offsetof(struct general_settings, dry_run)},
    {.name = "config",
     .kind = OPTION_TEXT,
     .argument = "FILE",
     .help = "a job as YAML: these options by their names, input for INPUT; what stands on the command line wins",
     .meta = 1,
     .offset = offsetof(struct general_settings, config_path)},
    {.name = "set",
     .kind = OPTION_TEXTS,
     .argument = "KEY=VALUE",
     .help = "a key of such a file, said here; wins over the file",
     .meta = 1,
     .offset = offsetof(struct general_settings, sets)},
    {.name = "print-config",
     .kind = OPTION_FLAG,
     .help = "print every setting in effect as such a file; render nothing",
     .meta = 1,
     .offset = offsetof(struct general_settings, print_config)},
};

const struct option_entry *const json_option = &general_options[GENERAL_JSON - 1];

struct data_settings data_defaults(void)
{
    struct plotmill_job_options job;
    plotmill_job_options_init(&job);
    return (struct data_settings){.stride = job.stride};
}

struct image_settings image_defaults(void)
{
    struct plotmill_chart_options chart;
    plotmill_chart_options_init(&chart);
    return (struct image_settings){
        .size = {.width = chart.width, .height = chart.height},
        .line_width = {.value = chart.line_width},
        .dpi = POINTS_DPI,
        .margin = chart.margin,
        .antialias = chart.antialias,
        .background = (uint64_t)chart.background,
        .foreground = (uint64_t)chart.foreground,
        .range = {.lo = chart.range_lo, .hi = chart.range_hi},
        .missing = (int)chart.missing,
    };
}

struct general_settings general_defaults(void)
{
    return (struct general_settings){.log_level = LOG_FILE_DETAIL};
}

/* In px. */
static double line_width(const struct image_settings *image)
{
    const struct option_length *width = &image->line_width;
    return width->points ? width->value * image->dpi / POINTS_AN_INCH : width->value;
}

/* Both ways to say how wide a line is. */
static int check_line_width(const struct image_settings *image, const struct option_group *group,
                            struct console *console)
{
    double width = line_width(image);
    if (image->line_width.points && !(width >= LINE_WIDTH_LEAST && width <= LINE_WIDTH_MOST))
        return console_fail(console, PLOTMILL_BAD_INPUT,
                            "--line-width: found %gpt, which is %.4g px at %g dpi, expected "
                            "%g to %g px",
                            image->line_width.value, width, image->dpi, LINE_WIDTH_LEAST, LINE_WIDTH_MOST);
    if (!image->line_width.points && options_given(group, "dpi"))
        console_say(console, PLOTMILL_LOG_INFO,
                    "--dpi %g changes nothing: the line width is in pixels (%gpt would be in "
                    "points)",
                    image->dpi, image->line_width.value);
    return OPTIONS_GO_ON;
}

int image_check(const struct image_settings *image, const struct option_group *group, struct console *console)
{
    uint32_t shorter = image->size.width < image->size.height ? image->size.width : image->size.height;
    double most = (shorter - 1) / 2.0;
    if (image->margin <= most)
        return check_line_width(image, group, console);
    return console_fail(console, PLOTMILL_BAD_INPUT, "--margin: found '%g', expected 0 to %g with --size %ux%u",
                        image->margin, most, (unsigned)image->size.width, (unsigned)image->size.height);
}

void image_apply(const struct image_settings *image, struct plotmill_chart_options *chart)
{
    chart->width = image->size.width;
    chart->height = image->size.height;
    chart->line_width = line_width(image);
    chart->margin = image->margin;
    chart->antialias = image->antialias;
    chart->background = (int)image->background;
    chart->foreground = (int)image->foreground;
    chart->range_lo = image->range.lo;
    chart->range_hi = image->range.hi;
    chart->missing = (enum plotmill_missing)image->missing;
}

int device_check(const struct device_settings *device, struct console *console)
{
    if (device->fallback && device->no_fallback)
        return console_fail(console, PLOTMILL_BAD_INPUT, "--fallback, --no-fallback: expected one of them");
    return OPTIONS_GO_ON;
}

void device_apply(const struct device_settings *device, struct plotmill_job_options *job)
{
    job->device = device->device;
    job->batch = device->batch;
    job->jobs = (uint32_t)device->jobs;
    job->fallback = device->fallback      ? PLOTMILL_FALLBACK_ALWAYS
                    : device->no_fallback ? PLOTMILL_FALLBACK_NEVER
                                          : PLOTMILL_FALLBACK_BY_DEVICE;
}

int data_window(const struct data_settings *data, const plotmill_source *source, const char *path,
                struct console *console, uint64_t *window)
{
    struct plotmill_source_shape shape = plotmill_source_shape(source);
    *window = shape.row_length ? shape.row_length : data->window;
    if (shape.row_length == 0 && data->window == 0)
        return console_fail(console, PLOTMILL_BAD_INPUT,
                            "%s: one long series of %" PRIu64 " samples: say with --window N how many an image shows",
                            path, shape.samples);
    if (shape.row_length > 0 && data->window > 0)
        return console_fail(console, PLOTMILL_BAD_INPUT,
                            "%s: ready sequences of %" PRIu64 " samples: --window %" PRIu64 " does not apply", path,
                            shape.row_length, data->window);
    if (shape.row_length == 0 && data->window > shape.samples)
        return console_fail(console, PLOTMILL_BAD_INPUT,
                            "%s: --window %" PRIu64 " is longer than the series: it has %" PRIu64 " samples", path,
                            data->window, shape.samples);
    return OPTIONS_GO_ON;
}

plotmill *open_library(struct console *console, const struct device_settings *device)
{
    plotmill *pm = plotmill_create();
    if (pm)
        plotmill_set_log(pm, console_log, console);
    if (pm && device && device->no_cache && plotmill_set_cache(pm, "")) {
        plotmill_destroy(pm);
        pm = NULL;
    }
    if (!pm)
        console_fail(console, PLOTMILL_NO_MEMORY, "out of memory");
    return pm;
}
