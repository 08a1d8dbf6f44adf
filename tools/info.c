/* plotmill info: what an output holds. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/report.h"
#include "tools/common/commands.h"
#include "tools/common/setup.h"
#include "tools/common/text.h"

struct info_settings {
    int hash;
    const char *index;
};

static const struct option_entry info_options[] = {
    {"hash", 0, OPTION_FLAG, NULL, offsetof(struct info_settings, hash),
     .help = "read every image and print the hash of the data set, which is the same for every format and device"},
    {"index", 0, OPTION_TEXT, "N", offsetof(struct info_settings, index),
     .help = "print what is stored beside image N: rows, times, group, labels, part of the split"},
};

/* Several files are a number, their bytes, and the first and the last few names. `input` is JSON
 * (source/fingerprint.h), "" if unknown, or any text in a file of another program. */
static void print_input(const char *input)
{
    static const char *const options[] = {"column", "dataset", "from", "to"};
    const char *valid = json_is_object(input) ? input : NULL, *list = json_member(valid, "list");
    uint64_t files = 0, bytes = 0;
    char size[32];
    if (!json_read_uint(json_member(valid, "files"), &files) || !json_read_uint(json_member(valid, "bytes"), &bytes)) {
        printf("input       %s\n", *input ? input : "unknown");
        return;
    }
    text_bytes(bytes, size, sizeof size);
    printf("input       %" PRIu64 " %s, %s", files, files == 1 ? "file" : "files", size);
    for (uint64_t i = 0; list && i < files; i++) {
        char *name = json_read_string(json_member(json_element(list, (size_t)i), "name"));
        int skip = files > 4 && i == 2;
        printf("%s%s", i == 0 ? ": " : ", ", skip ? "..." : name ? name : "?");
        free(name);
        if (skip)
            i = files - 2;
    }
    for (int i = 0; i < 4; i++) {
        char *value = json_read_string(json_member(valid, options[i]));
        if (value)
            printf("; %s %s", options[i], value);
        free(value);
    }
    putchar('\n');
}

/* `value` is -1 where the format does not store it. */
static void print_value(const char *name, int value)
{
    if (value < 0)
        printf("%-12s-\n", name);
    else
        printf("%-12s%d\n", name, value);
}

static void print_text(const char *path, const struct dataset_info *info, const uint64_t *hash)
{
    printf("file        %s\n", path);
    printf("format      %s\n", info->format);
    printf("images      %" PRIu64 "\n", info->images);
    printf("size        %ux%u\n", (unsigned)info->width, (unsigned)info->height);
    printf("dtype       %s\n", dtype_names[info->stored.dtype]);
    printf("layout      %s\n", layout_names[info->stored.layout]);
    printf("channels    %u\n", (unsigned)info->channels);
    if (info->panels > 1)
        printf("panels      %u\n", (unsigned)info->panels);
    print_value("background", info->background);
    print_value("foreground", info->foreground);
    printf("producer    %s%s\n", *info->producer ? "plotmill " : "unknown", info->producer);
    printf("spec        %s\n", *info->spec ? info->spec : "unknown");
    print_input(info->input);
    if (hash)
        printf("hash        %016" PRIx64 "\n", *hash);
}

static void print_columns(const struct dataset_info *info, const char *counts)
{
    const char *name, *value;
    size_t length;
    for (size_t i = 0; i < info->column_count; i++)
        printf("%s%s", i ? ", " : "columns     ", info->columns[i].name);
    if (info->column_count)
        putchar('\n');
    if (info->windows && *info->windows)
        printf("windows     %s\n", info->windows);
    if (info->train && *info->train)
        printf("train       %s\n", info->train);
    for (size_t i = 0; (value = json_member_at(counts, i, &name, &length)); i++)
        printf("images by %.*s: %.*s\n", (int)length, name, (int)(json_value_end(value) - value), value);
}

static int print_image(plotmill *pm, struct console *console, const char *path, const char *text)
{
    plotmill_reader *reader = NULL;
    char *end = NULL, *image = NULL;
    const uint64_t index = strtoull(text, &end, 10);
    if (*end || *text < '0' || *text > '9')
        return console_fail(console, PLOTMILL_BAD_INPUT, "index: found \"%s\", expected the number of an image", text);
    enum plotmill_status status = plotmill_reader_open(pm, path, &reader);
    if (!status)
        status = report_image(reader, index, &image);
    if (!status)
        puts(image);
    free(image);
    plotmill_reader_destroy(reader);
    return status ? console_fail(console, status, "%s", plotmill_message(pm)) : EXIT_DONE;
}

static int describe(plotmill *pm, struct console *console, const char *path, int with_hash, int as_json)
{
    plotmill_reader *reader = NULL;
    struct dataset_info info;
    uint64_t hash = 0;
    char *counts = NULL;
    enum plotmill_status status = plotmill_reader_open(pm, path, &reader);
    if (!status && with_hash)
        status = api_reader_hash(reader, &hash);
    if (!status)
        status = report_counts(reader, &counts);
    if (!status) {
        api_reader_info(reader, &info);
        if (!as_json) {
            print_text(path, &info, with_hash ? &hash : NULL);
            print_columns(&info, counts);
        } else if (!print_report(report_reader(path, &info, with_hash ? &hash : NULL, counts)))
            status = PLOTMILL_NO_MEMORY;
    }
    free(counts);
    plotmill_reader_destroy(reader);
    return status ? console_fail(console, status, "%s", plotmill_message(pm)) : EXIT_DONE;
}

int info_main(int argc, char **argv)
{
    struct info_settings settings = {0};
    struct general_settings general = {0};
    struct console console;
    struct paths paths;
    struct option_group groups[] = {
        {"Output", info_options, sizeof info_options / sizeof info_options[0], &settings, 0},
        {"General", json_option, 1, &general, 0},
    };
    struct usage usage = {
        .command = "info",
        .arguments = "FILE",
        .summary = "Describes an output of plotmill: a file ({files}) or a folder of PNG or JPEG files.",
        .examples = "  plotmill info images.h5\n"
                    "  plotmill info images.h5 --hash\n"
                    "  plotmill info images.h5 --index 1234\n"
                    "  plotmill info pngs/ --hash --json\n",
        .set = {.groups = groups, .count = sizeof groups / sizeof groups[0]},
        .path_name = "FILE",
        .most_paths = 1,
    };
    int exit_code = options_parse(&usage, argc, argv, &paths);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    console_open(&console, 0, 0);
    plotmill *pm = open_library(&console, NULL);
    exit_code = pm && settings.index ? print_image(pm, &console, paths.items[0], settings.index)
                : pm                 ? describe(pm, &console, paths.items[0], settings.hash, general.json)
                                     : EXIT_FAILED;
    plotmill_destroy(pm);
    return exit_code;
}
