#include "report_file.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "options.h"
#include "system.h"

int report_file_open(struct report_file *file, const char *option, const char *path, struct console *console)
{
    *file = (struct report_file){.option = option, .path = path};
    if (strlen(path) > sizeof file->temporary - 40)
        return console_fail(console, PLOTMILL_BAD_INPUT, "%s %s: too long a name", option, path);
    snprintf(file->temporary, sizeof file->temporary, "%s.%" PRIu64 ".part", path, system_process_id());
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
    if (keep && written && system_replace(file->temporary, file->path))
        return OPTIONS_GO_ON;
    why = written ? errno : why;
    remove(file->temporary);
    return keep ? console_fail(console, PLOTMILL_IO_FAILED, "%s %s: %s", file->option, file->path, strerror(why))
                : OPTIONS_GO_ON;
}
