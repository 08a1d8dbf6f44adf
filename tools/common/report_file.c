#include "tools/common/report_file.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/os.h"

int report_file_may_replace(const char *path, const char *beginning)
{
    char found[64] = "";
    if (!os_exists(path))
        return 1;
    FILE *file = os_is_file(path) ? fopen(path, "r") : NULL;
    size_t got = file ? fread(found, 1, sizeof found - 1, file) : 0;
    if (file)
        fclose(file);
    return file && (got == 0 || !strncmp(found, beginning, strlen(beginning)));
}

int report_file_same(const char *a, const char *b)
{
    return a && b && (!strcmp(a, b) || os_same_file(a, b));
}

int report_file_check(const char *option, const char *path, const char *beginning, struct console *console)
{
    if (!path || report_file_may_replace(path, beginning))
        return OPTIONS_GO_ON;
    return console_fail(console, PLOTMILL_BAD_INPUT, "%s %s: exists and is no earlier one of plotmill's", option, path);
}

int report_file_check_place(const char *option, const char *path, const struct paths *inputs, const char *output,
                            struct console *console)
{
    for (size_t i = 0; i < inputs->count; i++)
        if (report_file_same(path, inputs->items[i]))
            return console_fail(console, PLOTMILL_BAD_INPUT, "%s %s: is one of the inputs", option, path);
    if (report_file_same(path, output))
        return console_fail(console, PLOTMILL_BAD_INPUT, "%s %s: is the output too", option, path);
    return OPTIONS_GO_ON;
}

int report_file_open(struct report_file *file, const char *option, const char *path, const char *beginning,
                     struct console *console)
{
    int exit_code = report_file_check(option, path, beginning, console);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    *file = (struct report_file){.option = option, .path = path};
    if (strlen(path) > sizeof file->temporary - 40)
        return console_fail(console, PLOTMILL_BAD_INPUT, "%s %s: too long a name", option, path);
    snprintf(file->temporary, sizeof file->temporary, "%s.%" PRIu64 ".part", path, os_process_id());
    file->out = fopen(file->temporary, "w");
    if (!file->out)
        return console_fail(console, PLOTMILL_BAD_INPUT, "%s %s: %s", option, path, strerror(errno));
    return OPTIONS_GO_ON;
}

int report_file_close(struct report_file *file, int keep, struct console *console)
{
    if (!file->out)
        return OPTIONS_GO_ON;
    int written = !fflush(file->out) && !ferror(file->out);
    int why = errno;
    written = !fclose(file->out) && written;
    file->out = NULL;
    if (keep && written && os_rename(file->temporary, file->path))
        return OPTIONS_GO_ON;
    why = written ? errno : why;
    remove(file->temporary);
    return keep ? console_fail(console, PLOTMILL_IO_FAILED, "%s %s: %s", file->option, file->path, strerror(why))
                : OPTIONS_GO_ON;
}
