#include "tools/config/output_settings.h"

#include <string.h>

#include "tools/common/paths.h"

static const char *const format_names[] = {"hdf5", "npy", "npz", "raw", "tar", "png", "jpeg", NULL};
static const char *const compress_names[] = {"deflate", "none", NULL};       /* as enum plotmill_compress */
static const char *const dtype_names[] = {"u8", "f32", "f16", "bits", NULL}; /* as enum plotmill_dtype */
static const char *const layout_names[] = {"NHW", "NCHW", "NHWC", NULL};     /* as enum plotmill_layout */

const struct option_entry output_options[OUTPUT_ALL] = {
    {.name = "output",
     .letter = 'o',
     .kind = OPTION_TEXT,
     .argument = "OUTPUT",
     .help =
         "a file (.h5, .hdf5, .npy, .npz, .dat, .tar), a folder with --format png or jpeg, - (standard output) with "
         "--format raw, null: (keeps nothing) or hash: (prints the data set's hash)",
     .offset = offsetof(struct output_settings, path)},
    {.name = "format",
     .kind = OPTION_CHOICE,
     .argument = "FORMAT",
     .help =
         "hdf5, npy, npz, raw (the numbers alone), tar (PNG and JSON, as WebDataset reads them), png or jpeg (default: "
         "by OUTPUT's extension)",
     .choices = format_names,
     .implied = 1,
     .offset = offsetof(struct output_settings, format)},
    {.name = "compress",
     .kind = OPTION_CHOICE,
     .argument = "HOW",
     .help = "hdf5, npz and png: deflate or none (default deflate)",
     .choices = compress_names,
     .implied = 1,
     .offset = offsetof(struct output_settings, compress)},
    {.name = "dtype",
     .kind = OPTION_CHOICE,
     .argument = "TYPE",
     .help = "hdf5, npy and raw: u8, f32 or f16 (0 to 1), or bits (8 pixels a byte, as numpy.packbits; without "
             "--antialias) (default u8)",
     .choices = dtype_names,
     .offset = offsetof(struct output_settings, dtype)},
    {.name = "layout",
     .kind = OPTION_CHOICE,
     .argument = "AXES",
     .help = "hdf5, npy and raw: NHW, NCHW or NHWC (default NHW)",
     .choices = layout_names,
     .offset = offsetof(struct output_settings, layout)},
    {.name = "channels",
     .kind = OPTION_WHOLE,
     .argument = "N",
     .help = "with --layout NCHW or NHWC: 1, or 3 equal ones (default 1)",
     .least = 1,
     .most = 3,
     .offset = offsetof(struct output_settings, channels)},
    {.name = "quality",
     .kind = OPTION_WHOLE,
     .argument = "Q",
     .help = "jpeg: 1 to 100 (default 90)",
     .least = 1,
     .most = 100,
     .offset = offsetof(struct output_settings, quality)},
    {.name = "chunk-images",
     .kind = OPTION_WHOLE,
     .argument = "N",
     .help = "hdf5: images a chunk; more than one suits small images (default 1)",
     .least = 1,
     .most = 65535,
     .offset = offsetof(struct output_settings, chunk_images)},
    {.name = "images-per-file",
     .kind = OPTION_WHOLE,
     .argument = "N",
     .help = "hdf5, npy, npz, raw and tar: several files, NAME-00000.EXT on, of so many images each; hdf5: OUTPUT "
             "joins them",
     .least = 1,
     .offset = offsetof(struct output_settings, images_per_file)},
    {.name = "resume",
     .kind = OPTION_FLAG,
     .help = "hdf5 with --images-per-file: go on after a run that was killed; files that are complete are kept",
     .offset = offsetof(struct output_settings, resume)},
    {.name = "shard",
     .kind = OPTION_SHARE,
     .argument = "I/N",
     .help = "with --images-per-file: make the I-th of N shares of the files alone; 'plotmill link' joins them",
     .most = 1 << 20,
     .offset = offsetof(struct output_settings, shard)},
    {.name = "store-sequences",
     .kind = OPTION_FLAG,
     .help = "hdf5: store the samples of each image beside it: /sequences, float64",
     .offset = offsetof(struct output_settings, store_sequences)},
    {.name = "force",
     .kind = OPTION_FLAG,
     .help = "replace an existing output (a folder only if plotmill made it)",
     .offset = offsetof(struct output_settings, force)},
    {.name = "skip-existing",
     .kind = OPTION_FLAG,
     .help =
         "do nothing where OUTPUT is finished already, with the same options that shape images, from the same input; "
         "anything else that stands there is refused, by what differs",
     .offset = offsetof(struct output_settings, skip_existing)},
};

const char *output_format(const struct output_settings *output, const struct option_group *group)
{
    if (options_given(group, "format"))
        return format_names[output->format];
    return output->path ? format_of_output(output->path) : "";
}

int output_check(const struct output_settings *output, const struct option_group *group, int antialias, int dry_run,
                 struct console *console)
{
    const char *format = output_format(output, group);
    if (!output->path && !dry_run)
        return console_fail(console, PLOTMILL_BAD_INPUT, "-o OUTPUT is missing (see plotmill render --help)");
    if (options_given(group, "format") && output->path && is_pseudo_output(output->path))
        return console_fail(console, PLOTMILL_BAD_INPUT, "--format does not go with -o %s", output->path);
    if (options_given(group, "compress") && !takes_compression(format))
        return console_fail(console, PLOTMILL_BAD_INPUT, "--compress: applies to hdf5, npz and png alone, not to %s",
                            output->path ? output->path : "an output without a name");
    if (output->dtype == PLOTMILL_DTYPE_BITS && antialias)
        return console_fail(console, PLOTMILL_BAD_INPUT,
                            "--dtype bits: a bit holds ink or background, expected no --antialias");
    if (output->skip_existing && output->force)
        return console_fail(console, PLOTMILL_BAD_INPUT, "--skip-existing: keeps what --force replaces, expected one");
    if (output->skip_existing && output->path && (is_pseudo_output(output->path) || !strcmp(output->path, "-")))
        return console_fail(console, PLOTMILL_BAD_INPUT, "--skip-existing: goes with files and folders, not with -o %s",
                            output->path);
    return OPTIONS_GO_ON;
}

struct plotmill_sink_options output_sink_options(const struct output_settings *output, const char *format)
{
    struct plotmill_sink_options options;
    plotmill_sink_options_init(&options);
    options.format = *format ? format : NULL;
    options.compress = (enum plotmill_compress)output->compress;
    options.force = output->force;
    options.store_sequences = output->store_sequences;
    options.describe = output->skip_existing;
    options.pixels = (struct plotmill_pixel_format){.dtype = (enum plotmill_dtype)output->dtype,
                                                    .layout = (enum plotmill_layout)output->layout,
                                                    .channels = (uint32_t)output->channels};
    options.quality = (int)output->quality;
    options.chunk_images = (uint32_t)output->chunk_images;
    options.images_per_file = output->images_per_file;
    options.resume = output->resume;
    options.shard = output->shard.number;
    options.shards = output->shard.of;
    return options;
}

const char *output_compress_name(const struct output_settings *output)
{
    return compress_names[output->compress];
}

const char *output_dtype_name(const struct output_settings *output)
{
    return dtype_names[output->dtype];
}

const char *output_layout_name(const struct output_settings *output)
{
    return layout_names[output->layout];
}
