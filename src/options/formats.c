#include "options/formats.h"

#include <stdio.h>
#include <string.h>

#include "formats/format.h"

const char *formats_of_output(const char *path)
{
    const struct format *format = format_of_path(path, FORMAT_OUTPUT);
    return format ? format->names[0] : "";
}

const char *formats_of_input(const char *path)
{
    const struct format *format = format_of_path(path, FORMAT_INPUT);
    return format ? format->names[0] : "";
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
