#include "base/output.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"

#define PARTIAL ".partial-"
#define SMALL_BYTES ((uint64_t)128 << 20)

static bool is_foreign(const char *name)
{
    return strcmp(name, "lost+found") && !output_is_temporary(name);
}

static bool find_foreign(void *user, const char *name)
{
    *(bool *)user = !is_foreign(name);
    return *(bool *)user;
}

/* A folder without anything but what a file system, or a killed process, leaves in it. */
static bool is_vacant(const char *path)
{
    bool vacant = true;
    return os_list_folder(path, find_foreign, &vacant) && vacant;
}

static enum plotmill_status check_existing(const struct output *output, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const char *path = output->path, *target = output->target;
    const bool folder = output->folder;
    char *mark = NULL;
    if (!os_exists(target) || (folder && os_is_folder(target) && is_vacant(target)))
        return PLOTMILL_OK;
    if (!output->force)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: exists already (the option force replaces it)", path);
    if (os_is_folder(target) != folder)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: is %s, expected %s to replace", path, folder ? "a file" : "a folder",
             folder ? "a folder" : "a file");
    if (!folder && !os_is_file(target))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: is a device, pipe or socket, not replaced", path);
    mark = folder ? path_join(target, OUTPUT_MARK) : NULL;
    if (folder && !(mark && os_exists(mark)))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: not a folder that plotmill made (no %s in it), not replaced", path,
             OUTPUT_MARK);
done:
    free(mark);
    return status;
}

/* Sets target, inside and temporary. */
static enum plotmill_status name_files(struct output *output, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char suffix[64], *parent = NULL;
    output->target = os_follow_links(output->path);
    TRY_MEMORY(error, output->target);
    if (!os_exists(output->path) && os_read_link(output->target, suffix, sizeof suffix))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: symbolic links that lead nowhere, or in a circle", output->path);
    if (os_exists(output->path) && !os_exists(output->target)) { /* links of the system, such as those to pipes */
        free(output->target);
        output->target = NULL;
        TRY(string_keep(&output->target, output->path, error));
    }
    /* Machines and containers that share the folder have equal process numbers: number 1 is the usual one. */
    snprintf(suffix, sizeof suffix, PARTIAL "%llu-%llu", (unsigned long long)os_process_id(),
             (unsigned long long)os_random());
    parent = path_folder(output->target);
    output->inside = output->folder && os_is_folder(output->target) &&
                     (is_vacant(output->target) || os_is_mount_point(output->target));
    output->temporary = output->inside ? path_join(output->target, suffix) : string_join(output->target, suffix);
    TRY_MEMORY(error, parent && output->temporary);
    if (!os_is_folder(parent))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: no such folder: %s", output->path, parent);
done:
    free(parent);
    return status;
}

enum plotmill_status output_init(struct output *output, const char *path, bool folder, bool force,
                                 struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    *output = (struct output){.folder = folder, .force = force};
    output->path = path_trimmed(path);
    TRY_MEMORY(error, output->path);
    if (!*output->path)
        FAIL(error, PLOTMILL_BAD_INPUT, "the output's name is empty");
    TRY(name_files(output, error));
    TRY(check_existing(output, error));
done:
    if (status)
        output_free(output);
    return status;
}

enum plotmill_status output_check_room(const char *path, uint64_t bytes, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t available;
    char *target = os_follow_links(path), *folder = target ? path_folder(target) : NULL;
    if (bytes >= SMALL_BYTES && folder && os_free_bytes(folder, &available) && available < bytes)
        status =
            plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                               "%s: will take %.1f GB, but %.1f GB are free there: choose another disk, fewer images "
                               "or a format that compresses",
                               path, 1e-9 * (double)bytes, 1e-9 * (double)available);
    free(folder);
    free(target);
    return status;
}

enum plotmill_status output_check_locks(const char *path, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *target = os_follow_links(path);
    TRY_MEMORY(error, target);
    if (os_is_file(target) && os_is_locked(target))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: another program has it open, and locked it: close it there first", path);
done:
    free(target);
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
    bool done = aside && os_rename(output->target, aside);
    if (done && !os_rename(output->temporary, output->target)) {
        int why = errno;
        os_rename(aside, output->target);
        errno = why;
        done = false;
    }
    if (done)
        os_remove_tree(aside);
    free(aside);
    return done;
}

/* Names in a folder. */
struct names {
    char **items;
    size_t count;
    bool failed;
};

static bool keep_name(void *user, const char *name)
{
    struct names *names = user;
    char **grown = is_foreign(name) ? realloc(names->items, (names->count + 1) * sizeof *grown) : names->items;
    if (!is_foreign(name))
        return true;
    if (grown)
        names->items = grown;
    names->failed = !grown || !(grown[names->count] = string_copy(name));
    names->count += !names->failed;
    return !names->failed;
}

static bool move_entry(const char *from, const char *to, const char *name)
{
    char *before = path_join(from, name), *after = path_join(to, name);
    const bool moved = before && after && os_rename(before, after);
    const int why = errno;
    free(before);
    free(after);
    errno = why;
    return moved;
}

/* The mark first or last: a folder with a mark is complete. */
static bool move_all(const char *from, const char *to, bool mark_first)
{
    struct names names = {0};
    bool done = os_list_folder(from, keep_name, &names) && !names.failed;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < names.count && done; i++)
            if ((strcmp(names.items[i], OUTPUT_MARK) == 0) == (mark_first ? !pass : pass))
                done = move_entry(from, to, names.items[i]);
    const int why = errno;
    for (size_t i = 0; i < names.count; i++)
        free(names.items[i]);
    free(names.items);
    errno = why;
    return done;
}

/* The folder itself stays: what was built in it is moved up, and what was there before is removed. */
static bool fill_folder(const struct output *output)
{
    char *aside = string_join(output->temporary, "0");
    const bool vacant = is_vacant(output->target);
    bool done = aside && (vacant || (os_make_folder(aside) && move_all(output->target, aside, true)));
    const bool moved = done;
    done = done && move_all(output->temporary, output->target, false);
    if (!done && aside) {
        const int why = errno;
        if (moved)
            move_all(output->target, output->temporary, true);
        if (!vacant)
            move_all(aside, output->target, false);
        errno = why;
    } else {
        os_remove_tree(output->temporary);
    }
    if (done && !vacant)
        os_remove_tree(aside);
    free(aside);
    return done;
}

enum plotmill_status output_commit(struct output *output, struct plotmill_error *error)
{
    /* Something may have appeared there since output_init. */
    enum plotmill_status status = check_existing(output, error);
    if (status)
        return status;
    /* The files of a folder are synced all at once, which is faster than each by itself. */
    bool placed = output->folder ? os_sync_system(output->temporary) : os_sync(output->temporary);
    if (placed)
        placed = output->inside                                ? fill_folder(output)
                 : output->folder && os_exists(output->target) ? replace_folder(output)
                                                               : os_rename(output->temporary, output->target);
    if (!placed)
        return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s: cannot be renamed from %s: %s", output->path,
                                  output->temporary, strerror(errno));
    release(output);
    /* Not all file systems can sync names; the output is complete anyway. */
    char *folder = path_folder(output->target);
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
        moved[placed] = output->force && os_is_file(output->target) && os_rename(output->target, aside[placed]);
        TRY(output_commit(outputs[placed], error));
    }
    TRY(output_commit(outputs[count - 1], error));
done:
    for (size_t i = 0; i + 1 < count; i++) {
        if (status && i < placed)
            os_remove_file(outputs[i]->target);
        if (status && moved[i])
            os_rename(aside[i], outputs[i]->target);
        else if (moved[i])
            os_remove_file(aside[i]);
        free(aside[i]);
    }
    return status;
}

enum plotmill_status output_write(const struct output *output, const void *data, size_t size,
                                  struct plotmill_error *error)
{
    enum plotmill_status status = check_existing(output, error);
    os_remove_file(output->temporary); /* not written through a link that somebody put there */
    if (status || (os_write_file(output->temporary, data, size) && os_rename(output->temporary, output->target)))
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

bool output_remove(const char *path)
{
    char *target = os_follow_links(path);
    const bool removed = target && os_remove_file(target);
    const int why = errno;
    free(target);
    errno = why;
    return removed;
}

void output_free(struct output *output)
{
    release(output);
    free(output->path);
    free(output->target);
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
