#include "tools/common/report_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/strings.h"

int report_file_check(const char *option, const char *path, const char *beginning, struct console *console)
{
    char found[64] = "";
    if (!path || !os_exists(path))
        return OPTIONS_GO_ON;
    FILE *file = os_is_file(path) ? fopen(path, "r") : NULL;
    size_t got = file ? fread(found, 1, sizeof found - 1, file) : 0;
    if (file)
        fclose(file);
    if (file && (!got || !strncmp(found, beginning, strlen(beginning))))
        return OPTIONS_GO_ON;
    return console_fail(console, PLOTMILL_BAD_INPUT,
                        "%s %s: exists and was not written by this option, not replaced: choose another name", option,
                        path);
}

bool report_file_same(const char *a, const char *b)
{
    return a && b && (!strcmp(a, b) || os_same_file(a, b));
}

int report_file_check_place(const char *option, const char *path, const struct paths *inputs, const char *output,
                            struct console *console)
{
    for (size_t i = 0; i < inputs->count; i++)
        if (report_file_same(path, inputs->items[i]))
            return console_fail(console, PLOTMILL_BAD_INPUT, "%s %s: is one of the inputs", option, path);
    if (report_file_same(path, output))
        return console_fail(console, PLOTMILL_BAD_INPUT, "%s %s: is also the output", option, path);
    return OPTIONS_GO_ON;
}

int report_file_open(struct report_file *file, const char *option, const char *path, const char *beginning,
                     struct console *console)
{
    struct plotmill_error error;
    int exit_code = report_file_check(option, path, beginning, console);
    *file = (struct report_file){.option = option};
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    if (output_init(&file->output, path, false, true, &error))
        return console_fail(console, error.status, "%s %s", option, error.message);
    file->out = fopen(file->output.temporary, "w");
    if (file->out)
        return OPTIONS_GO_ON;
    exit_code = console_fail(console, PLOTMILL_BAD_INPUT, "%s %s: %s", option, path, strerror(errno));
    output_free(&file->output);
    return exit_code;
}

int report_file_close(struct report_file *file, bool keep, struct console *console)
{
    struct plotmill_error error;
    enum plotmill_status status = PLOTMILL_OK;
    if (!file->out)
        return OPTIONS_GO_ON;
    bool failed = fflush(file->out) || ferror(file->out);
    if (fclose(file->out) || failed)
        status = plotmill_error_set(&error, PLOTMILL_IO_FAILED, "%s: %s", file->output.path, strerror(errno));
    else if (keep)
        status = output_commit(&file->output, &error);
    if (status || !keep)
        output_discard(&file->output);
    output_free(&file->output);
    file->out = NULL;
    return status && keep ? console_fail(console, status, "%s %s", file->option, error.message) : OPTIONS_GO_ON;
}

int scratch_make(struct scratch *scratch, const char *output, struct console *console)
{
    char name[64];
    char *path = path_trimmed(output), *parent = path ? path_folder(path) : NULL;
    snprintf(name, sizeof name, ".plotmill-profile-%llu", (unsigned long long)os_process_id());
    scratch->folder = parent ? path_join(parent, name) : NULL;
    scratch->path = scratch->folder ? path_join(scratch->folder, path_name(path)) : NULL;
    free(path);
    free(parent);
    if (scratch->path && os_make_private_folder(scratch->folder))
        return OPTIONS_GO_ON;
    int exit_code = scratch->path
                        ? console_fail(console, errno == ENOENT ? PLOTMILL_BAD_INPUT : PLOTMILL_IO_FAILED,
                                       "%s: cannot make a temporary folder: %s", scratch->folder, strerror(errno))
                        : console_fail(console, PLOTMILL_NO_MEMORY, "out of memory");
    free(scratch->folder);
    free(scratch->path);
    *scratch = (struct scratch){0};
    return exit_code;
}

void scratch_remove(struct scratch *scratch)
{
    if (scratch->folder)
        os_remove_tree(scratch->folder);
    free(scratch->folder);
    free(scratch->path);
    *scratch = (struct scratch){0};
}
