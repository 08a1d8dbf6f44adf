#include "dataset/leftovers.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/output.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/shard_names.h"

struct search {
    const char *path;   /* of the whole */
    const char *folder; /* it is in */
    uint64_t begin, end;
    const struct log *log;
    enum plotmill_status status;
    struct plotmill_error *error;
};

static bool is_ours(const struct search *search, const char *entry)
{
    uint64_t number;
    const char *rest, *base = path_name(search->path);
    if (shard_number(search->path, entry, &number, &rest))
        return number >= search->begin && number < search->end && output_is_temporary(rest);
    return !strncmp(entry, base, strlen(base)) && output_is_temporary(entry + strlen(base));
}

/* The lock goes with the file. */
static void remove_one(struct search *search, const char *path)
{
    FILE *file = fopen(path, "r+b");
    if (!file)
        return;
    if (os_lock_file(file)) {
        if (os_remove_file(path))
            log_line(search->log, PLOTMILL_LOG_INFO, "%s: removed, a run that was killed left it", path);
    } else if (os_lock_held()) {
        search->status = plotmill_error_set(search->error, PLOTMILL_BAD_INPUT,
                                            "%s: is being written: another run makes the same files", path);
    } else {
        log_line(search->log, PLOTMILL_LOG_WARNING,
                 "%s: let be: this file system does not tell whether it is being written", path);
    }
    fclose(file);
}

static bool take_entry(void *user, const char *entry)
{
    struct search *search = user;
    if (!is_ours(search, entry))
        return true;
    char *path = strcmp(search->folder, ".") ? path_join(search->folder, entry) : string_copy(entry);
    if (path)
        remove_one(search, path);
    free(path);
    return !search->status;
}

enum plotmill_status leftovers_remove(const char *path, uint64_t begin, uint64_t end, const struct log *log,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *folder = path_folder(path);
    if (!folder)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory");
    struct search search = {.path = path, .folder = folder, .begin = begin, .end = end, .log = log, .error = error};
    if (!os_list_folder(folder, take_entry, &search))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: cannot be read: %s", folder, strerror(errno));
    status = search.status;
done:
    free(folder);
    return status;
}
