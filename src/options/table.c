#include "options/table.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/numbers.h"
#include "chart/images.h"
#include "chart/line_layout.h"
#include "options/formats.h"

#define POINTS_PER_INCH 72.0

const char *const missing_names[] = {"gap", "bridge", "error", NULL};
const char *const compress_names[] = {"deflate", "none", NULL};
const char *const dtype_names[] = {"u8", "f32", "f16", "bits", NULL};
const char *const layout_names[] = {"auto", "NHW", "NCHW", "NHWC", NULL};
static const char *const channel_counts[] = {"auto", "1", "3", "layer", NULL};
static const char *const row_names[] = {"samples", "sequences", NULL};
static const char *const order_names[] = {"auto", "time", "file", NULL}; /* as enum row_order */
static const char *const unit_names[] = {"auto", "none", NULL};
static const char *const bad_row_names[] = {"error", "skip", NULL};
static const char *const level_names[] = {"error", "warning", "info", "detail", NULL}; /* as enum log_file_level */

const struct option_entry data_options[DATA_ALL] = {
    {"column", 0, OPTION_TEXT, "NAME|N", offsetof(struct data_settings, column),
     .help = "the column, or the field of an array, that a chart of one line shows: by name or by index from 0",
     .default_words = "the only numeric one"},
    {"columns", 0, OPTION_TEXT, "LIST", offsetof(struct data_settings, columns),
     .help = "the columns, or the fields of an array, that are used, separated by commas: names or indices, or "
             "NEW=NAME to rename one. Where they have no names: one name for each, in their order",
     .default_words = "all of them"},
    {"axes", 0, OPTION_TEXT, "AXES", offsetof(struct data_settings, axes),
     .help =
         "NPY, NPZ, HDF5: what the axes of the array are, in their order: T, TF, NT, NTF (N sequences, T samples, F "
         "fields)",
     .default_words = "decided by the shape where only one reading is possible"},
    {"dataset", 0, OPTION_TEXT, "PATH", offsetof(struct data_settings, dataset), .help = "HDF5: the dataset to read"},
    {"member", 0, OPTION_TEXT, "NAME", offsetof(struct data_settings, member),
     .help = "the member of an archive (.zip, .tar) or of an .npz to read", .default_words = "the only table in it"},
    {"from", 0, OPTION_TEXT, "DATE", offsetof(struct data_settings, from),
     .help = "skip the rows before this day (YYYY-MM-DD), month (YYYY-MM) or time (YYYY-MM-DD HH:MM:SS), UTC"},
    {"to", 0, OPTION_TEXT, "DATE", offsetof(struct data_settings, to),
     .help = "skip the rows after this day, month or time"},
    {"rows", 0, OPTION_CHOICE, "WHAT", offsetof(struct data_settings, rows),
     .help = "what a row of text is: samples (one row a sample) or sequences (one row a sequence, an image each)",
     .default_text = "samples", .choices = row_names},
    {"label-column", 0, OPTION_TEXT, "COLUMN", offsetof(struct data_settings, label_column),
     .help = "with rows that are sequences: the column of their labels, first, last or a name; it is stored as label"},
    {"group-by", 0, OPTION_TEXT, "COLUMN|file|none", offsetof(struct data_settings, group_by),
     .help = "the column of the group (symbol, patient, device) of each row, or file: each input file is a group; "
             "none: all rows are one series. Windows never cross groups"},
    {"order", 0, OPTION_CHOICE, "HOW", offsetof(struct data_settings, order),
     .help = "auto: rows that lie newest first are put in the order of time, a few steps back are a warning, other "
             "disorder is refused; time: sort by time; file: as they lie in the files",
     .default_text = "auto", .choices = order_names},
    {"break-at-gaps", 0, OPTION_REAL, "FACTOR", offsetof(struct data_settings, break_at_gaps),
     .help = "no window spans a step in time longer than FACTOR times the usual one; without FACTOR, 1.5 times",
     .least = 1, .optional = "1.5"},
};

const struct option_entry text_options[TEXT_ALL] = {
    {"header", 0, OPTION_TEXT, "auto|none|N", offsetof(struct text_settings, header),
     .help = "lines of column names: decided by the text, none, or N lines, of which the first has the names",
     .default_words = "auto"},
    {"skip", 0, OPTION_TEXT, "N", offsetof(struct text_settings, skip), .unit = "lines",
     .help = "lines at the beginning of each file that are not read", .default_words = "decided by the text"},
    {"comment", 0, OPTION_TEXT, "CHARS", offsetof(struct text_settings, comment),
     .help = "lines that begin with one of these characters are not read; none: there are no such lines",
     .default_words = "# where lines before the table begin with it"},
    {"separator", 0, OPTION_TEXT, "CHAR", offsetof(struct text_settings, separator),
     .help = "what separates columns: a character, space (one or more blanks or tabs), tab, or auto",
     .default_words = "auto"},
    {"decimal", 0, OPTION_TEXT, ".|,", offsetof(struct text_settings, decimal), .help = "the decimal sign of numbers",
     .default_words = "decided by the text"},
    {"thousands", 0, OPTION_TEXT, "CHARS", offsetof(struct text_settings, thousands),
     .help = "characters that separate groups of three digits within numbers; none: there are none",
     .default_words = "decided by the text"},
    {"missing-values", 0, OPTION_TEXT, "WORDS", offsetof(struct text_settings, missing_values),
     .help = "words or numbers, separated by commas, that mean a missing value, such as -9999,?; beside the usual ones "
             "(an empty field, NaN, NA, N/A, null, None, ...)"},
    {"units", 0, OPTION_CHOICE, "HOW", offsetof(struct text_settings, units),
     .help = "auto: a row of units below the column names is recognised and not read; none: there is no such row",
     .default_text = "auto", .choices = unit_names},
    {"encoding", 0, OPTION_TEXT, "NAME", offsetof(struct text_settings, encoding),
     .help = "the character encoding, such as UTF-8, UTF-16 or ISO-8859-1, as iconv names it",
     .default_words = "decided by the text"},
    {"time", 0, OPTION_TEXT, "COLUMN[,COLUMN]", offsetof(struct text_settings, time),
     .help = "the column of times, or those of date and time of day; none: no column is",
     .default_words = "a column named as such, or that holds dates"},
    {"time-format", 0, OPTION_TEXT, "FORMAT", offsetof(struct text_settings, time_format),
     .help = "how times are written: as strptime's patterns (%d/%m/%Y %H:%M), or s, ms, us or ns since 1970, or excel",
     .default_words = "decided by the text"},
    {"bad-rows", 0, OPTION_CHOICE, "HOW", offsetof(struct text_settings, bad_rows),
     .help = "rows with too few or too many fields, or with text in place of a number: error, or skip, which counts "
             "them",
     .default_text = "error", .choices = bad_row_names},
};

const struct option_entry window_options[WINDOW_ALL] = {
    {"window", 0, OPTION_WHOLE, "N", offsetof(struct window_settings, window), .unit = "samples",
     .help = "samples per image; required for one long series. Sequences that are longer are cut, each by itself",
     .least = CHART_WINDOW_MIN, .most = CHART_WINDOW_MAX},
    {"stride", 0, OPTION_WHOLE, "N", offsetof(struct window_settings, stride), .unit = "samples, or sequences",
     .help = "step from one image to the next, in samples; where each sequence is an image, in sequences",
     .default_text = "1", .least = 1},
    {"limit", 0, OPTION_WHOLE, "N", offsetof(struct window_settings, limit), .unit = "images",
     .help = "render at most N images", .least = 1},
    {"windows", 0, OPTION_TEXT, "FILE", offsetof(struct window_settings, windows),
     .help = "a table of windows instead of a stride, CSV or NPY: the column start, as window_start; optionally group, "
             "split, and others, which are stored as labels"},
    {"label", 0, OPTION_TEXT, "LABEL", offsetof(struct window_settings, label),
     .help =
         "a label of each window, which is stored: return:H (of the H rows after it), direction:H or "
         "direction:H:T (-1, 0 within T, 1), or COLUMN or COLUMN:H (the value H rows after its end); NAME=... names "
         "it; several are separated by commas, or the option is repeated",
     .list = 1},
    {"label-field", 0, OPTION_TEXT, "FIELD", offsetof(struct window_settings, label_field),
     .help = "the field whose returns are labels", .default_words = "close, else the one that the chart shows first"},
    {"drop-unlabelled", 0, OPTION_FLAG, NULL, offsetof(struct window_settings, drop_unlabelled),
     .help = "leave out windows that lack a label"},
    {"split", 0, OPTION_TEXT, "A,B,C", offsetof(struct window_settings, split),
     .help = "shares of the windows, in the order of time, for train, val and test, such as 0.7,0.15,0.15. Windows "
             "that reach into a later part belong to none"},
    {"split-at", 0, OPTION_TEXT, "DATE,DATE", offsetof(struct window_settings, split_at),
     .help = "the times at which val and test begin"},
    {"split-by", 0, OPTION_TEXT, "group", offsetof(struct window_settings, split_by),
     .help = "group: split assigns whole groups"},
    {"shuffle", 0, OPTION_TEXT, "SEED", offsetof(struct window_settings, shuffle),
     .help = "the images in a random order, within each part of the split; the same for the same seed"},
};

const struct option_entry image_options[IMAGE_ALL] = {
    {"size", 0, OPTION_SIZE, "WxH", offsetof(struct image_settings, size), .unit = "pixels",
     .help = "image size in pixels", .default_text = "800x500", .least = 1, .most = CHART_SIDE_MAX},
    {"line-width", 0, OPTION_LENGTH, "PX", offsetof(struct image_settings, line_width), .unit = "pixels or points",
     .help = "0.5 to 64 pixels; or points as in 3pt, with --dpi", .default_text = "3", .least = CHART_LINE_WIDTH_MIN,
     .most = CHART_LINE_WIDTH_MAX},
    {"antialias", 0, OPTION_FLAG, NULL, offsetof(struct image_settings, antialias),
     .help = "grey edges, by covered area; without it every pixel is foreground or background"},
    {"margin", 0, OPTION_REAL, "PX", offsetof(struct image_settings, margin), .unit = "pixels",
     .help = "distance of the line's vertices from the border, in pixels", .default_text = "0", .most = 32767},
    {"background", 0, OPTION_INK, "INK", offsetof(struct image_settings, background),
     .help = "the background: a grey from 0 to 255, or a colour as #rrggbb", .default_text = "255"},
    {"foreground", 0, OPTION_INK, "INK", offsetof(struct image_settings, foreground),
     .help = "the line: a grey from 0 to 255, or a colour as #rrggbb", .default_text = "0"},
    {"range", 0, OPTION_RANGE, "LO:HI", offsetof(struct image_settings, range), .unit = "that of the samples",
     .help = "values at the bottom and the top of the image, or minmax: the range of each image's own samples",
     .default_text = "minmax", .word = "minmax"},
    {"missing", 0, OPTION_CHOICE, "HOW", offsetof(struct image_settings, missing),
     .help = "missing samples: gap (break the line), bridge (draw straight across) or error", .default_text = "gap",
     .choices = missing_names},
    {"dpi", 0, OPTION_REAL, "DPI", offsetof(struct image_settings, dpi), .unit = "dots per inch",
     .help = "dots per inch, for a line width in points: 3pt at 100 is 4.17 pixels", .default_text = "100", .least = 1,
     .most = 10000, .implied = 1},
    {"chart", 0, OPTION_TEXT, "NAME|FILE", offsetof(struct image_settings, chart),
     .help = "what an image shows: a preset (see 'plotmill preset') or a chart file; in job files also its keys "
             "themselves. Its size, background, antialiasing and channels hold unless they are set; line-width, "
             "foreground, range, missing and margin belong to the preset line",
     .default_words = "line"},
    {"ma", 0, OPTION_TEXT, "N[,N]", offsetof(struct image_settings, ma), .unit = "rows",
     .help = "replace the chart's averages by averages of N rows", .default_words = "as the chart says"},
};

const struct option_entry device_options[DEVICE_ALL] = {
    {"device", 0, OPTION_TEXT, "WHICH", offsetof(struct device_settings, device),
     .help =
         "auto, gpu, cpu, an index from 'plotmill devices', or part of a device or platform name; render, profile and "
         "bench also take several, separated by commas, or all",
     .default_words = "$PLOTMILL_DEVICE, else auto"},
    {"no-cache", 0, OPTION_FLAG, NULL, offsetof(struct device_settings, no_cache),
     .help = "compile the kernels again and do not store them (default: cache them in $PLOTMILL_CACHE_DIR, else in the "
             "user's cache folder)"},
    {"batch", 0, OPTION_WHOLE, "N", offsetof(struct device_settings, batch), .unit = "images",
     .help = "images per batch, or auto: by device memory and measured latency", .default_text = "auto", .least = 1,
     .word = "auto"},
    {"jobs", 'j', OPTION_WHOLE, "N", offsetof(struct device_settings, jobs), .unit = "threads",
     .help = "threads that encode and write, or auto: one per core", .default_text = "auto", .least = 1, .most = 1024,
     .word = "auto"},
    {"fallback", 0, OPTION_FLAG, NULL, offsetof(struct device_settings, fallback),
     .help = "if a device fails even with batches of one image, continue on the next device",
     .default_words = "with --device auto"},
    {"no-fallback", 0, OPTION_FLAG, NULL, offsetof(struct device_settings, no_fallback),
     .help = "stop with exit code 1 instead", .default_words = "if a device was named"},
};

static const char *const folder_names[] = {"none", "split", "label", "split/label", NULL};

const struct option_entry output_options[OUTPUT_ALL] = {
    {"output", 'o', OPTION_TEXT, "OUTPUT", offsetof(struct output_settings, path),
     .help = "a file ({files}); a folder with --format {folders}; - (standard output) with --format {streams}; null: "
             "(discard the images) or hash: (print their hash)"},
    {"format", 0, OPTION_CHOICE, "FORMAT", offsetof(struct output_settings, format),
     .help = "hdf5, npy, npz, raw (only the pixel values), jkx (a headerless NAME_images.dat with NAME_labels.csv, as "
             "the published price-trend images), tar (PNG and JSON, for WebDataset), png or jpeg",
     .default_words = "from the extension of OUTPUT", .choices = formats_choices, .implied = 1},
    {"compress", 0, OPTION_CHOICE, "HOW", offsetof(struct output_settings, compress),
     .help = "{compress}: deflate or none", .default_words = "deflate", .choices = compress_names, .implied = 1},
    {"dtype", 0, OPTION_CHOICE, "TYPE", offsetof(struct output_settings, dtype),
     .help = "{dtype}: u8; f32 or f16 (0 to 1); or bits (8 pixels per byte, as numpy.packbits; not with "
             "--antialias)",
     .default_text = "u8", .choices = dtype_names},
    {"layout", 0, OPTION_CHOICE, "AXES", offsetof(struct output_settings, layout),
     .help = "{layout}: NHW, NCHW, NHWC, or auto: NHW with one channel, else NHWC", .default_text = "auto",
     .choices = layout_names},
    {"channels", 0, OPTION_CHOICE, "N", offsetof(struct output_settings, channels),
     .help = "auto: those of the chart; 1; 3: red, green and blue, or three equal ones of a grey chart; layer: one for "
             "each layer of the chart, 255 on 0",
     .default_text = "auto", .choices = channel_counts},
    {"quality", 0, OPTION_WHOLE, "Q", offsetof(struct output_settings, quality), .help = "{quality}: 1 to 100",
     .default_words = "90", .least = 1, .most = 100},
    {"chunk-images", 0, OPTION_WHOLE, "N", offsetof(struct output_settings, chunk_images), .unit = "images",
     .help = "{chunk-images}: images per chunk; a random read decompresses the whole chunk, so more than one makes "
             "random reads several times slower",
     .default_words = "1", .least = 1, .most = 65535},
    {"images-per-file", 0, OPTION_WHOLE, "N", offsetof(struct output_settings, images_per_file), .unit = "images",
     .help = "{images-per-file}: split the output into files of N images each, NAME-00000.EXT and so on; with "
             "{resume}, OUTPUT joins them",
     .least = 1},
    {"folders", 0, OPTION_CHOICE, "HOW", offsetof(struct output_settings, folders),
     .help =
         "{folders}: subfolders as ImageFolder of torchvision reads them: split (train, val, test), label (those of "
         "the first label that has classes), split/label (train/CLASS and so on), or none. Images without a part "
         "or a class lie beside the subfolders",
     .default_text = "none", .choices = folder_names},
    {"resume", 0, OPTION_FLAG, NULL, offsetof(struct output_settings, resume),
     .help = "{resume} with --images-per-file: continue an interrupted run; complete files are kept"},
    {"shard", 0, OPTION_SHARE, "I/N", offsetof(struct output_settings, shard),
     .help = "with --images-per-file: write only the I-th of N shares of the files; 'plotmill link' joins them",
     .least = 1, .most = 1 << 20},
    {"store-sequences", 0, OPTION_FLAG, NULL, offsetof(struct output_settings, store_sequences),
     .help = "{store-sequences}: also store the samples of each image, as /sequences, float64"},
    {"force", 0, OPTION_FLAG, NULL, offsetof(struct output_settings, force),
     .help = "replace an existing output (a folder only if plotmill wrote it)"},
    {"skip-existing", 0, OPTION_FLAG, NULL, offsetof(struct output_settings, skip_existing),
     .help = "do nothing if OUTPUT is up to date: complete, from the same input, with the same options. Any other "
             "existing output is refused"},
};

const struct option_entry general_options[GENERAL_ALL] = {
    {"quiet", 'q', OPTION_FLAG, NULL, offsetof(struct general_settings, quiet),
     .help = "print only warnings and errors", .command = 1},
    {"verbose", 'v', OPTION_FLAG, NULL, offsetof(struct general_settings, verbose), .help = "print more details",
     .command = 1},
    {"json", 0, OPTION_FLAG, NULL, offsetof(struct general_settings, json),
     .help = "print the result as JSON on standard output", .command = 1},
    {"log-file", 0, OPTION_TEXT, "FILE", offsetof(struct general_settings, log_path),
     .help = "append every message, with the time, to FILE", .command = 1},
    {"log-level", 0, OPTION_CHOICE, "LEVEL", offsetof(struct general_settings, log_level),
     .help = "least severe messages in the log file: error, warning, info or detail", .default_text = "detail",
     .choices = level_names, .command = 1},
    {"status", 0, OPTION_TEXT, "FILE", offsetof(struct general_settings, status_path),
     .help = "keep FILE up to date: state, images done, rate, time left and device, as JSON", .command = 1},
    {"dry-run", 0, OPTION_FLAG, NULL, offsetof(struct general_settings, dry_run),
     .help = "print images, expected size and time, memory and device; write nothing"},
    {"config", 0, OPTION_TEXT, "FILE", offsetof(struct general_settings, config_path),
     .help = "read a job from a YAML file: these options by name, and input for INPUT; the command line overrides it",
     .meta = 1, .command = 1},
    {"set", 0, OPTION_TEXTS, "KEY=VALUE", offsetof(struct general_settings, sets),
     .help = "set one key of such a file; overrides the file; may be repeated", .meta = 1, .command = 1},
    {"print-config", 0, OPTION_FLAG, NULL, offsetof(struct general_settings, print_config),
     .help = "print all settings as such a file; render nothing", .meta = 1, .command = 1},
};

double line_width_px(const struct image_settings *image)
{
    const struct option_length *width = &image->line_width;
    return width->points ? width->value * image->dpi / POINTS_PER_INCH : width->value;
}

enum plotmill_status image_check(const struct image_settings *image, const struct option_group *group,
                                 const struct log *log, struct plotmill_error *error)
{
    const double width = line_width_px(image);
    if (image->chart && strcmp(image->chart, "line"))
        return PLOTMILL_OK; /* options/chart_request.h checks them */
    enum plotmill_status status = line_layout_check_margin(image->margin, image->size.width, image->size.height, error);
    if (status)
        return status;
    if (image->line_width.points && !(width >= CHART_LINE_WIDTH_MIN && width <= CHART_LINE_WIDTH_MAX))
        return plotmill_error_set(
            error, PLOTMILL_BAD_INPUT, "line-width: found %gpt, which is %.4g px at %g dpi, expected %g to %g px",
            image->line_width.value, width, image->dpi, CHART_LINE_WIDTH_MIN, CHART_LINE_WIDTH_MAX);
    if (!image->line_width.points && options_given(group, "dpi"))
        log_line(log, PLOTMILL_LOG_INFO, "dpi %g has no effect: the line width is in pixels (%gpt would be points)",
                 image->dpi, image->line_width.value);
    return PLOTMILL_OK;
}

enum plotmill_status device_check(const struct device_settings *device, struct plotmill_error *error)
{
    if (device->fallback && device->no_fallback)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "fallback and no-fallback: expected only one of them");
    return PLOTMILL_OK;
}

enum plotmill_status output_check(const struct output_settings *output, const struct option_group *group, int antialias,
                                  struct plotmill_error *error)
{
    const char *format = output_format(output, group), *path = output->path;
    if (options_given(group, "format") && path && formats_is_pseudo(path))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "format does not apply to output %s", path);
    if (options_given(group, "compress") && !formats_take(format, "compress"))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s, not to %s",
                                  formats_expand("compress: applies only to {compress}").text,
                                  path ? path : "an output without a name");
    if (output->dtype == DTYPE_BITS && antialias)
        return plotmill_error_set(
            error, PLOTMILL_BAD_INPUT,
            "dtype bits: does not apply with antialias: a bit holds only foreground or background");
    if (output->skip_existing && output->force)
        return plotmill_error_set(
            error, PLOTMILL_BAD_INPUT,
            "skip-existing and force: expected only one of them: one keeps what the other replaces");
    if (output->skip_existing && path && (formats_is_pseudo(path) || !strcmp(path, "-")))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "skip-existing: applies only to files and folders, not to output %s", path);
    return PLOTMILL_OK;
}

const char *output_format(const struct output_settings *output, const struct option_group *group)
{
    if (options_given(group, "format"))
        return formats_choices[output->format];
    return output->path ? formats_of_output(output->path) : "";
}

const struct option_entry input_option = {
    "input", 0, OPTION_TEXTS, "FILE", 0, .help = "the files to read, in this order; a list where there are several"};

const char *const option_scopes[SCOPES] = {"data", "data", "data", "chart", "device", "output", "general"};

void option_groups_init(struct option_group groups[SCOPES], struct option_values *values)
{
    groups[SCOPE_DATA] = (struct option_group){"Data", data_options, DATA_ALL, &values->data, 0};
    groups[SCOPE_TEXT] = (struct option_group){"Text", text_options, TEXT_ALL, &values->text, 0};
    groups[SCOPE_WINDOWS] = (struct option_group){"Windows", window_options, WINDOW_ALL, &values->windows, 0};
    groups[SCOPE_CHART] = (struct option_group){"Image", image_options, IMAGE_ALL, &values->image, 0};
    groups[SCOPE_DEVICE] = (struct option_group){"Device", device_options, DEVICE_ALL, &values->device, 0};
    groups[SCOPE_OUTPUT] = (struct option_group){"Output", output_options, OUTPUT_ALL, &values->output, 0};
    groups[SCOPE_GENERAL] = (struct option_group){"General", general_options, GENERAL_ALL, &values->general, 0};
}

static void write_row(struct json *json, const struct option_entry *entry, const char *scope)
{
    static const char *const types[] = {
        [OPTION_FLAG] = "flag",     [OPTION_WHOLE] = "integer", [OPTION_REAL] = "number", [OPTION_LENGTH] = "length",
        [OPTION_SIZE] = "size",     [OPTION_SHARE] = "share",   [OPTION_RANGE] = "range", [OPTION_INK] = "ink",
        [OPTION_CHOICE] = "choice", [OPTION_TEXT] = "text",     [OPTION_TEXTS] = "texts"};
    const bool limited = entry->kind >= OPTION_WHOLE && entry->kind <= OPTION_SHARE;
    const char letter[2] = {entry->letter, 0};
    char expected[200];
    option_expected(entry, expected, sizeof expected);
    json_open(json, NULL, '{');
    json_string(json, "name", entry->name);
    json_string(json, "letter", entry->letter ? letter : NULL);
    json_string(json, "scope", scope);
    json_string(json, "type", types[entry->kind]);
    json_string(json, "argument", entry->argument);
    json_string(json, "default",
                entry->default_text                                   ? entry->default_text
                : entry->kind == OPTION_FLAG && !entry->default_words ? "false"
                                                                      : NULL);
    json_string(json, "default_words", entry->default_words);
    limited ? json_number(json, "least", entry->least) : json_null(json, "least");
    limited && entry->most != 0 ? json_number(json, "most", entry->most) : json_null(json, "most");
    json_string(json, "word", entry->word);
    json_string(json, "without_value", entry->optional);
    json_open(json, "choices", '[');
    for (size_t i = 0; entry->choices && entry->choices[i]; i++)
        json_string(json, NULL, entry->choices[i]);
    json_close(json, ']');
    json_string(json, "expected", expected);
    json_string(json, "unit", entry->unit);
    json_bool(json, "positional", entry == &input_option);
    json_bool(json, "document", !entry->meta);
    json_bool(json, "library", !entry->command);
    json_string(json, "help", formats_expand(entry->help).text);
    json_close(json, '}');
}

char *options_table_json(void)
{
    static struct option_values none;
    struct option_group groups[SCOPES];
    struct json json = {0};
    option_groups_init(groups, &none);
    json_open(&json, NULL, '[');
    write_row(&json, &input_option, option_scopes[SCOPE_DATA]);
    for (size_t g = 0; g < SCOPES; g++)
        for (size_t i = 0; i < groups[g].count; i++)
            write_row(&json, &groups[g].options[i], option_scopes[g]);
    json_close(&json, ']');
    return json_finish(&json);
}
