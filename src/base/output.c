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
#define SMALL_BYTES ((uint64_t)128 << 20)

static enum plotmill_status check_existing(const char *path, bool folder, bool force, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *mark = NULL;
    if (!os_exists(path))
        return PLOTMILL_OK;
    if (!force)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: exists already (the option force replaces it)", path);
    if (os_is_folder(path) != folder)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: is %s, expected %s to replace", path, folder ? "a file" : "a folder",
             folder ? "a folder" : "a file");
    if (!folder && !os_is_file(path))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: is a device, pipe or socket, not replaced", path);
    mark = folder ? path_join(path, OUTPUT_MARK) : NULL;
    if (folder && !(mark && os_exists(mark)))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: not a folder that plotmill made (no %s in it), not replaced", path,
             OUTPUT_MARK);
done:
    free(mark);
    return status;
}

enum plotmill_status output_init(struct output *output, const char *path, bool folder, bool force,
                                 struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    static atomic_ullong outputs; /* temporary names are unique within the process */
    char suffix[64], *parent = NULL;
    *output = (struct output){.folder = folder, .force = force};
    snprintf(suffix, sizeof suffix, PARTIAL "%llu-%llu", (unsigned long long)os_process_id(),
             atomic_fetch_add(&outputs, 1));
    output->path = path_trimmed(path);
    output->temporary = output->path ? string_join(output->path, suffix) : NULL;
    parent = output->path ? path_folder(output->path) : NULL;
    TRY_MEMORY(error, output->temporary && parent);
    if (!*output->path)
        FAIL(error, PLOTMILL_BAD_INPUT, "the output's name is empty");
    if (!os_is_folder(parent))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: no such folder: %s", output->path, parent);
    TRY(check_existing(output->path, folder, force, error));
done:
    free(parent);
    if (status)
        output_free(output);
    return status;
}

enum plotmill_status output_check_room(const char *path, uint64_t bytes, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t available;
    char *folder = path_folder(path);
    if (bytes >= SMALL_BYTES && folder && os_free_bytes(folder, &available) && available < bytes)
        status =
            plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                               "%s: will take %.1f GB, but %.1f GB are free there: choose another disk, fewer images "
                               "or a format that compresses",
                               path, 1e-9 * (double)bytes, 1e-9 * (double)available);
    free(folder);
    return status;
}

static enum plotmill_status write_failed(const struct output *output, struct plotmill_error *error)
{
    return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s: cannot be written: %s", output->path, strerror(errno));
}

enum plotmill_status output_hold(struct output *output, struct plotmill_error *error)
{
    output->held = os_create_locked(output->temporary);
    return output->held ? PLOTMILL_OK : write_failed(output, error);
}

static void release(struct output *output)
{
    if (output->held)
        fclose(output->held);
    output->held = NULL;
}

/* A folder cannot replace a folder that is not empty: the old one is moved away first, and back on failure. */
static bool replace_folder(const struct output *output)
{
    char *aside = string_join(output->temporary, ".old");
    bool done = aside && os_rename(output->path, aside);
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

enum plotmill_status output_commit(struct output *output, struct plotmill_error *error)
{
    /* Something may have appeared there since output_init. */
    enum plotmill_status status = check_existing(output->path, output->folder, output->force, error);
    if (status)
        return status;
    /* The files of a folder are synced all at once, which is faster than each by itself. */
    bool placed = output->folder ? os_sync_system(output->temporary) : os_sync(output->temporary);
    if (placed)
        placed = output->folder && os_exists(output->path) ? replace_folder(output)
                                                           : os_rename(output->temporary, output->path);
    if (!placed)
        return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s: cannot be renamed from %s: %s", output->path,
                                  output->temporary, strerror(errno));
    release(output);
    /* Not all file systems can sync names; the output is complete anyway. */
    char *folder = path_folder(output->path);
    if (folder)
        os_sync(folder);
    free(folder);
    return PLOTMILL_OK;
}

/* Old files are kept aside until the last new one is in place, in case that fails. */
enum plotmill_status output_commit_all(struct output *const outputs[], size_t count, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *aside[OUTPUTS_MAX] = {NULL};
    bool moved[OUTPUTS_MAX] = {false};
    size_t placed = 0;
    for (; placed + 1 < count; placed++) {
        const struct output *output = outputs[placed];
        aside[placed] = string_join(output->temporary, ".old");
        TRY_MEMORY(error, aside[placed]);
        moved[placed] = output->force && os_is_file(output->path) && os_rename(output->path, aside[placed]);
        TRY(output_commit(outputs[placed], error));
    }
    TRY(output_commit(outputs[count - 1], error));
done:
    for (size_t i = 0; i + 1 < count; i++) {
        if (status && i < placed)
            os_remove_file(outputs[i]->path);
        if (status && moved[i])
            os_rename(aside[i], outputs[i]->path);
        else if (moved[i])
            os_remove_file(aside[i]);
        free(aside[i]);
    }
    return status;
}

enum plotmill_status output_write(const struct output *output, const void *data, size_t size,
                                  struct plotmill_error *error)
{
    enum plotmill_status status = check_existing(output->path, false, output->force, error);
    os_remove_file(output->temporary); /* not written through a link that somebody put there */
    if (status || (os_write_file(output->temporary, data, size) && os_rename(output->temporary, output->path)))
        return status;
    status = write_failed(output, error);
    os_remove_file(output->temporary);
    return status;
}

void output_discard(struct output *output)
{
    release(output);
    if (output->temporary && output->folder)
        os_remove_tree(output->temporary);
    else if (output->temporary)
        os_remove_file(output->temporary);
}

void output_free(struct output *output)
{
    release(output);
    free(output->path);
    free(output->temporary);
    *output = (struct output){0};
}

bool output_is_temporary(const char *suffix)
{
    static const char digits[] = "0123456789";
    if (strncmp(suffix, PARTIAL, strlen(PARTIAL)))
        return false;
    suffix += strlen(PARTIAL);
    size_t process = strspn(suffix, digits), number = suffix[process] == '-' ? strspn(suffix + process + 1, digits) : 0;
    return process && number && !suffix[process + 1 + number];
}
