#include "options/formats.h"

#include <stdio.h>
#include <string.h>

#include "base/os.h"
#include "formats/format.h"
#include "formats/inputs/kind.h"

const char *formats_of_output(const char *path)
{
    const struct format *format = format_of_path(path, FORMAT_OUTPUT);
    return format ? format->names[0] : "";
}

bool formats_is_pipe(const char *path)
{
    return !strcmp(path, "-") || (os_exists(path) && !os_is_file(path) && !os_is_folder(path));
}

bool formats_may_be_input(const char *path)
{
    char head[KIND_BYTES];
    FILE *file = os_is_file(path) ? fopen(path, "rb") : NULL;
    const size_t size = file ? fread(head, 1, sizeof head, file) : 0;
    if (file)
        fclose(file);
    if (!size)
        return format_of_path(path, FORMAT_INPUT) && !format_of_path(path, FORMAT_OUTPUT);
    const struct kind kind = kind_of(head, size, path);
    if (kind.class == KIND_ARCHIVE)
        return !format_of_path(path, FORMAT_OUTPUT);
    return kind.class != KIND_INPUT || kind.input != INPUT_HDF5;
}

bool formats_is_pseudo(const char *path)
{
    const struct format *format = format_of_path(path, FORMAT_OUTPUT);
    return format && format->path;
}

bool formats_take(const char *format, const char *option)
{
    return format_named(format, format_ability_for(option));
}

struct formats_text formats_expand(const char *text)
{
    struct formats_text expanded = {""};
    size_t used = 0;
    while (*text && used < sizeof expanded.text - 1) {
        const size_t plain = strcspn(text, "{"), word = strcspn(text + plain, "}");
        char name[32];
        used += (size_t)snprintf(expanded.text + used, sizeof expanded.text - used, "%.*s", (int)plain, text);
        text += plain;
        if (!*text || used >= sizeof expanded.text)
            break;
        snprintf(name, sizeof name, "%.*s", (int)word - 1, text + 1);
        const struct format_list list = !strcmp(name, "files")     ? format_extensions(FORMAT_OUTPUT, ", ")
                                        : !strcmp(name, "folders") ? format_names(FORMAT_FOLDER, " or ")
                                        : !strcmp(name, "streams") ? format_names(FORMAT_STREAM, " or ")
                                                                   : format_names(format_ability_for(name), " and ");
        used += (size_t)snprintf(expanded.text + used, sizeof expanded.text - used, "%s", list.text);
        text += word + 1;
    }
    return expanded;
}
