#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "device/cache.h"
#include "doctor/doctor.h"
#include "render/renderer.h"

#define MIB 1048576.0
#define GIB 1073741824.0

/* Bytes of main memory. A job takes about 120 MB; reading large CSV files takes 8 bytes per row more. */
#define MEMORY_LEAST (512 * MIB)
/* Bytes of /dev/shm: a data loader's worker passes 64 images of 800x500 floats on in 100 MB. */
#define SHARED_LEAST (256 * MIB)
/* Images of 800x500 per batch: below, a launch costs more than its work. */
#define BATCH_LEAST 32

/* A line of the mount table. */
struct mount {
    char place[512], type[64], options[512];
};

/* The mount that contains `path`: the last of the longest matches. */
static bool find_mount(const struct system_view *view, const char *path, struct mount *found)
{
    char table[1024], line[2048];
    size_t longest = 0;
    snprintf(table, sizeof table, "%s/proc/self/mounts", view->root);
    FILE *file = fopen(table, "rb");
    while (file && fgets(line, sizeof line, file)) {
        struct mount mount;
        if (sscanf(line, "%*s %511s %63s %511s", mount.place, mount.type, mount.options) != 3)
            continue;
        const size_t length = strlen(mount.place);
        if (length >= longest && !strncmp(path, mount.place, length) &&
            (length == 1 || !path[length] || path[length] == '/')) {
            *found = mount;
            longest = length;
        }
    }
    if (file)
        fclose(file);
    return longest > 0;
}

void doctor_check_memory(struct doctor_context *context, uint64_t free_bytes)
{
    const double bytes = (double)free_bytes;
    struct mount mount;
    double kib;
    if (bytes >= MEMORY_LEAST)
        doctor_ok(context, "memory", "%.1f GiB are free", bytes / GIB);
    else if (free_bytes)
        doctor_problem(context, "memory", "end other programs, or grant the container more",
                       "%.0f MiB are free, expected at least %.0f", bytes / MIB, MEMORY_LEAST / MIB);
    /* The options of a tmpfs hold its size in KiB, unless it is the default: half of the memory. */
    if (find_mount(context->view, "/dev/shm", &mount) && !strcmp(mount.place, "/dev/shm")) {
        const char *size = strstr(mount.options, "size=");
        if (size && sscanf(size, "size=%lfk", &kib) == 1 && kib * 1024 < SHARED_LEAST)
            doctor_note(context, "memory", "start the container with --shm-size 2g (or --ipc host)",
                        "/dev/shm has %.0f MiB, too little for data loaders that pass images through it", kib / 1024);
    }
    for (size_t i = 0; i < context->list->count; i++) {
        const struct device_info *device = &context->list->entries[i].info;
        struct chart_options chart;
        struct line_chart line;
        chart_options_init(&chart);
        const struct renderer_options how = {.stride = 1};
        const uint64_t batch = renderer_auto_batch(device, line_chart(&line, &chart), 100, &how);
        if (batch < BATCH_LEAST && !context->list->entries[i].unusable)
            doctor_note(context, "memory", "draw smaller images, or use another device",
                        "device %u, %s, has room for batches of %llu images of %ux%u", (unsigned)device->index,
                        device->name, (unsigned long long)batch, (unsigned)chart.width, (unsigned)chart.height);
    }
}

void doctor_check_cache(struct doctor_context *context, const char *cache)
{
    static const char key[] = "plotmill doctor", writable[] = "set PLOTMILL_CACHE_DIR to a writable folder";
    struct plotmill_error error = {0};
    void *data = NULL;
    size_t size = 0;
    char *folder = cache_folder(cache);
    if (!folder) {
        doctor_note(context, "cache", writable, "%s, so every run compiles the kernels",
                    cache ? "the kernel cache is off"
                          : "there is no folder for the kernel cache (neither PLOTMILL_CACHE_DIR nor HOME is set)");
        return;
    }
    if (cache_store(folder, key, key, sizeof key, &error) || cache_load(folder, key, &data, &size, &error))
        doctor_note(context, "cache", writable,
                    "the kernel cache cannot be used, so every run compiles the kernels: %s", error.message);
    else if (size != sizeof key || memcmp(data, key, size) != 0)
        doctor_note(context, "cache", "set PLOTMILL_CACHE_DIR to a folder on an intact disk",
                    "the kernel cache cannot be used: %s returned other bytes than were stored", folder);
    else
        doctor_ok(context, "cache", "kernels are cached in %s", folder);
    cache_remove(folder, key);
    doctor_check_locks(context, folder);
    free(data);
    free(folder);
}

/* PoCL's cache folder is writable when a file can be made in it or, where it is missing, in the nearest one above. */
void doctor_check_pocl_cache(struct doctor_context *context)
{
    const char *chosen = getenv("POCL_CACHE_DIR");
    char folder[4096], file[4200];
    if (!driver_is_in_effect(context->view, "pocl"))
        return;
    if (chosen && *chosen)
        snprintf(folder, sizeof folder, "%s", chosen);
    else if (!os_cache_folder(folder, sizeof folder))
        return;
    for (char *slash; !os_exists(folder) && (slash = strrchr(folder, '/')) && slash != folder;)
        *slash = 0;
    snprintf(file, sizeof file, "%s/.plotmill-doctor-%llu", folder, (unsigned long long)os_process_id());
    if (os_is_folder(folder) && os_write_file(file, "", 0)) {
        os_remove_file(file);
        doctor_ok(context, "PoCL's cache", "%s is writable", folder);
    } else {
        doctor_problem(context, "PoCL's cache", "set POCL_CACHE_DIR to a writable folder",
                       "%s is not writable, so PoCL offers no device", folder);
    }
}

void doctor_check_locks(struct doctor_context *context, const char *folder)
{
    if (!os_is_folder(folder))
        return;
    if (os_has_locks(folder))
        doctor_ok(context, "locks", "files in %s can be locked", folder);
    else
        doctor_note(
            context, "locks",
            "use a local disk, or run one job at a time there and set HDF5_USE_FILE_LOCKING=FALSE for other "
            "programs with HDF5",
            "files in %s cannot be locked (%s): plotmill reads them without locks, and does not see that another "
            "program writes them",
            folder, strerror(errno));
}

void doctor_check_folder(struct doctor_context *context, const char *folder)
{
    static const char *const slow[] = {"nfs",          "cifs",       "smb",        "9p",     "afs",
                                       "fuse.sshfs",   "fuse.drive", "drvfs",      "vboxsf", "fuse.s3fs",
                                       "fuse.gcsfuse", "davfs",      "fuse.rclone"};
    struct mount mount;
    if (!find_mount(context->view, folder, &mount))
        return;
    for (size_t i = 0; i < sizeof slow / sizeof slow[0]; i++)
        if (!strncmp(mount.type, slow[i], strlen(slow[i]))) {
            doctor_note(context, "folder", "write to a local disk, and copy the finished files",
                        "%s is on a network file system or another slow one (%s)", folder, mount.type);
            return;
        }
    doctor_ok(context, "folder", "%s is on %s", folder, mount.type);
}
