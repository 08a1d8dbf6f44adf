#include "base/output.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"

#define PARTIAL ".partial-"

/* An output that is written in a few seconds. */
#define SMALL_BYTES ((uint64_t)128 << 20)

static enum plotmill_status check_existing(const char *path, bool folder, bool force, struct plotmill_error *error)
{
    if (!os_exists(path))
        return PLOTMILL_OK;
    if (!force)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: exists already (--force replaces it)", path);
    if (os_is_folder(path) != folder)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: is %s, expected %s to replace", path,
                                  folder ? "a file" : "a folder", folder ? "a folder" : "a file");
    if (!folder)
        return PLOTMILL_OK;
    char *mark = path_join(path, OUTPUT_MARK);
    bool ours = mark && os_exists(mark);
    free(mark);
    if (!ours)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: not a folder that plotmill made (no %s in it), not replaced", path, OUTPUT_MARK);
    return PLOTMILL_OK;
}

/* A missing parent folder is told before hours of rendering, not after. */
static enum plotmill_status check_parent(const char *path, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *parent = path_folder(path);
    if (!parent)
        status = plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
    else if (!os_is_folder(parent))
        status = plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: no such folder: %s", path, parent);
    free(parent);
    return status;
}

enum plotmill_status output_init(struct output *output, const char *path, bool folder, bool force,
                                 struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    static atomic_ullong outputs; /* two of one process never share a temporary name */
    char suffix[64];
    *output = (struct output){.folder = folder, .force = force};
    snprintf(suffix, sizeof suffix, PARTIAL "%llu-%llu", (unsigned long long)os_process_id(),
             atomic_fetch_add(&outputs, 1));
    output->path = path_trimmed(path);
    output->temporary = output->path ? string_join(output->path, suffix) : NULL;
    if (!output->temporary)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory");
    if (!*output->path)
        FAIL(error, PLOTMILL_BAD_INPUT, "the output's name is empty");
    TRY(check_parent(output->path, error));
    TRY(check_existing(output->path, folder, force, error));
done:
    if (status)
        output_free(output);
    return status;
}

/* A folder can't be renamed over a full one: the old one steps aside first and returns if the rename fails. */
static bool replace_folder(const struct output *output)
{
    char *aside = string_join(output->temporary, ".old");
    if (!aside)
        return false;
    bool done = os_rename(output->path, aside);
    if (done && !os_rename(output->temporary, output->path)) {
        int why = errno;
        os_rename(aside, output->path);
        errno = why;
        done = false;
    }
    if (done)
        os_remove_tree(aside);
    free(aside);
    return done;
}

enum plotmill_status output_hold(struct output *output, struct plotmill_error *error)
{
    output->held = os_create_locked(output->temporary);
    return output->held ? PLOTMILL_OK
                        : plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s: cannot be written: %s", output->path,
                                             strerror(errno));
}

static void let_go(struct output *output)
{
    if (output->held)
        fclose(output->held);
    output->held = NULL;
}

enum plotmill_status output_check_room(const char *path, uint64_t bytes, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t available;
    char *folder = path_folder(path);
    if (bytes >= SMALL_BYTES && folder && os_free_bytes(folder, &available) && available < bytes)
        status = plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                    "%s: will take %.1f GB, but %.1f GB are free there: expected another place, fewer "
                                    "images or a format that compresses",
                                    path, 1e-9 * (double)bytes, 1e-9 * (double)available);
    free(folder);
    return status;
}

bool output_is_temporary(const char *rest)
{
    static const char digits[] = "0123456789";
    if (strncmp(rest, PARTIAL, strlen(PARTIAL)))
        return false;
    rest += strlen(PARTIAL);
    size_t process = strspn(rest, digits);
    if (!process || rest[process] != '-')
        return false;
    size_t number = strspn(rest + process + 1, digits);
    return number && !rest[process + 1 + number];
}

/* Renaming first would leave the name alone, or half of what it stands for, when the power fails. Of a folder's many
 * files each would take its time: all are synced at once. */
static bool place(const struct output *output)
{
    bool synced = output->folder ? os_sync_system(output->temporary) : os_sync_file(output->temporary);
    if (!synced)
        return false;
    if (output->folder && os_exists(output->path))
        return replace_folder(output);
    return os_rename(output->temporary, output->path);
}

/* The new name too is on the disk before anybody is told of it. Some file systems cannot, and the output is there. */
static void sync_names(const char *path)
{
    char *folder = path_folder(path);
    if (folder)
        os_sync_names(folder);
    free(folder);
}

enum plotmill_status output_commit(struct output *output, struct plotmill_error *error)
{
    /* Something may have appeared there since output_init. */
    enum plotmill_status status = check_existing(output->path, output->folder, output->force, error);
    if (status)
        return status;
    if (!place(output))
        return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s: cannot be put in place: %s", output->path,
                                  strerror(errno));
    let_go(output);
    sync_names(output->path);
    return PLOTMILL_OK;
}

void output_discard(struct output *output)
{
    let_go(output);
    if (!output->temporary)
        return;
    if (output->folder)
        os_remove_tree(output->temporary);
    else
        os_remove_file(output->temporary);
}

void output_free(struct output *output)
{
    let_go(output);
    free(output->path);
    free(output->temporary);
    *output = (struct output){0};
}
