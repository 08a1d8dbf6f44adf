#include "tools/common/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/os.h"
#include "tools/common/options.h"

#if defined(_WIN32)
#include <direct.h>
#define mkdir(path, mode) _mkdir(path)
#define rmdir _rmdir
#define lstat stat
#else
#include <unistd.h>
#endif

/* Only plotmill writes there, files and folders of images: nothing that could be deep. */
static void remove_tree(const char *path, int depth)
{
    char below[2048];
    struct stat file;
    DIR *folder = lstat(path, &file) == 0 && S_ISDIR(file.st_mode) ? opendir(path) : NULL;
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
        if (lstat(below, &file) == 0 && S_ISDIR(file.st_mode) && depth > 0)
            remove_tree(below, depth - 1);
        else
            remove(below);
    }
    if (folder)
        closedir(folder);
    rmdir(path);
}

int scratch_make(struct scratch *scratch, const char *output, struct console *console)
{
    size_t length = strlen(output);
    while (length > 1 && output[length - 1] == '/')
        length--;
    size_t name = length;
    while (name > 0 && output[name - 1] != '/')
        name--;
    if (length >= sizeof scratch->folder - 64)
        return console_fail(console, PLOTMILL_BAD_INPUT, "-o %s: too long a name", output);
    snprintf(scratch->folder, sizeof scratch->folder, "%.*s.plotmill-profile-%" PRIu64, (int)name, output,
             os_process_id());
    if (mkdir(scratch->folder, 0700) != 0) {
        int exit_code = console_fail(console, errno == ENOENT ? PLOTMILL_BAD_INPUT : PLOTMILL_IO_FAILED,
                                     "%s: %s (a folder for what is not kept)", scratch->folder, strerror(errno));
        scratch->folder[0] = 0;
        return exit_code;
    }
    snprintf(scratch->path, sizeof scratch->path, "%s/%.*s", scratch->folder, (int)(length - name), output + name);
    return OPTIONS_GO_ON;
}

void scratch_remove(struct scratch *scratch)
{
    if (scratch->folder[0])
        remove_tree(scratch->folder, 8);
    scratch->folder[0] = 0;
}
