#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "device/cache.h"
#include "doctor/examine.h"
#include "render/renderer.h"

#define MIB 1048576.0
#define GIB 1073741824.0

/* Of the host, in bytes. A job of any length takes about 120 MB, a reader of large CSV files 8 bytes a row more. */
#define MEMORY_LEAST (512 * MIB)
/* What is passed on through /dev/shm: a loader's worker hands 64 images of 800x500 floats over in 100 MB. */
#define SHARED_LEAST (256 * MIB)
/* Images of 800x500 in a batch: below, a launch costs more than its work. */
#define BATCH_LEAST 32

static bool read_number(const struct system_view *view, const char *folder, const char *name, double *number)
{
    char line[128];
    return system_first_line(view, folder, name, line, sizeof line) && sscanf(line, "%lf", number) == 1;
}

/* Bytes that are free for programs; false where the system does not tell. */
static bool read_available(const struct system_view *view, double *bytes)
{
    char path[1024], line[128];
    double kib = -1, most, used;
    snprintf(path, sizeof path, "%s/proc/meminfo", view->root);
    FILE *file = fopen(path, "rb");
    while (file && kib < 0 && fgets(line, sizeof line, file))
        if (sscanf(line, "MemAvailable: %lf", &kib) != 1)
            kib = -1;
    if (file)
        fclose(file);
    *bytes = kib * 1024;
    /* The control group's share; "max" is no number. */
    if (read_number(view, "/sys/fs/cgroup", "memory.max", &most) &&
        read_number(view, "/sys/fs/cgroup", "memory.current", &used) && (kib < 0 || most - used < *bytes)) {
        *bytes = most > used ? most - used : 0;
        return true;
    }
    return kib >= 0;
}

/* A line of the mount table, cut into its words. */
struct mount {
    char place[512], type[64], options[512];
};

/* The mount that `path` lies in, the last of the longest ones. */
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
        const bool root = length == 1;
        if (length >= longest && !strncmp(path, mount.place, length) &&
            (root || !path[length] || path[length] == '/')) {
            *found = mount;
            longest = length;
        }
    }
    if (file)
        fclose(file);
    return longest > 0;
}

/* A tmpfs tells its size in KiB, unless it is the default: half of the memory. */
static void examine_shared_memory(const struct patient *patient)
{
    struct mount mount;
    double kib;
    if (!find_mount(patient->view, "/dev/shm", &mount) || strcmp(mount.place, "/dev/shm"))
        return;
    const char *size = strstr(mount.options, "size=");
    if (size && sscanf(size, "size=%lfk", &kib) == 1 && kib * 1024 < SHARED_LEAST)
        find_note(patient->findings, "memory", "start the container with --shm-size 2g (or --ipc host)",
                  "/dev/shm holds %.0f MiB: too little for loaders that hand images over through it", kib / 1024);
}

void examine_memory(const struct patient *patient)
{
    double available;
    if (read_available(patient->view, &available)) {
        if (available < MEMORY_LEAST)
            find_problem(patient->findings, "memory", "end other programs, or grant the container more",
                         "%.0f MiB are free, expected at least %.0f", available / MIB, MEMORY_LEAST / MIB);
        else
            find_right(patient->findings, "memory", "%.1f GiB are free", available / GIB);
    }
    examine_shared_memory(patient);
    for (size_t i = 0; i < patient->list->count; i++) {
        const struct plotmill_device *device = &patient->list->entries[i].info;
        struct plotmill_chart_options chart;
        plotmill_chart_options_init(&chart);
        const struct renderer_options how = {.stride = 1};
        const uint64_t batch = renderer_auto_batch(device, &chart, 100, &how);
        if (batch < BATCH_LEAST && !patient->list->entries[i].unusable)
            find_note(patient->findings, "memory", "smaller images (--size), or another device",
                      "device %u, %s, has room for batches of %llu images of %ux%u", (unsigned)device->index,
                      device->name, (unsigned long long)batch, (unsigned)chart.width, (unsigned)chart.height);
    }
}

static void examine_own_cache(const struct patient *patient, const char *wish)
{
    static const char key[] = "plotmill doctor";
    struct plotmill_error error = {0};
    void *data = NULL;
    size_t size = 0;
    char *folder = cache_folder(wish);
    if (!folder) {
        find_note(patient->findings, "cache", "set PLOTMILL_CACHE_DIR to a folder that can be written",
                  wish ? "kernels are not kept: every start compiles them"
                       : "no folder to keep kernels in (neither PLOTMILL_CACHE_DIR nor HOME is set): every start "
                         "compiles them");
        return;
    }
    if (cache_store(folder, key, key, sizeof key, &error) || cache_load(folder, key, &data, &size, &error))
        find_note(patient->findings, "cache", "set PLOTMILL_CACHE_DIR to a folder that can be written",
                  "kernels cannot be kept, so that every start compiles them: %s", error.message);
    else if (size != sizeof key || memcmp(data, key, size) != 0)
        find_note(patient->findings, "cache", "set PLOTMILL_CACHE_DIR to a folder on a sound disk",
                  "kernels cannot be kept: %s gave other bytes than it was given", folder);
    else
        find_right(patient->findings, "cache", "kernels are kept in %s", folder);
    cache_remove(folder, key);
    free(data);
    free(folder);
}

/* Whether a file can be made in the folder, or in the nearest one above it where it is missing itself. */
static bool may_write_below(const char *folder, char *nearest, size_t size)
{
    char probe[4200];
    snprintf(nearest, size, "%s", folder);
    for (char *slash; !os_exists(nearest) && (slash = strrchr(nearest, '/')) && slash != nearest;)
        *slash = 0;
    snprintf(probe, sizeof probe, "%s/.plotmill-doctor-%llu", nearest, (unsigned long long)os_process_id());
    const bool written = os_is_folder(nearest) && os_write_file(probe, "", 0);
    if (written)
        os_remove_file(probe);
    return written;
}

static void examine_pocl_cache(const struct patient *patient)
{
    const char *chosen = getenv("POCL_CACHE_DIR");
    char folder[4096], nearest[4096];
    if (!driver_is_in_effect(patient->view, "pocl"))
        return;
    if (chosen && *chosen)
        snprintf(folder, sizeof folder, "%s", chosen);
    else if (!os_cache_folder(folder, sizeof folder))
        return;
    if (may_write_below(folder, nearest, sizeof nearest))
        find_right(patient->findings, "PoCL's cache", "%s can be written", nearest);
    else
        find_problem(patient->findings, "PoCL's cache", "set POCL_CACHE_DIR to a folder that can be written",
                     "%s cannot be written: PoCL then offers no device", nearest);
}

void examine_caches(const struct patient *patient, const char *wish)
{
    examine_own_cache(patient, wish);
    examine_pocl_cache(patient);
}

void examine_folder(const struct patient *patient, const char *folder)
{
    static const char *const slow[] = {"nfs",          "cifs",       "smb",        "9p",     "afs",
                                       "fuse.sshfs",   "fuse.drive", "drvfs",      "vboxsf", "fuse.s3fs",
                                       "fuse.gcsfuse", "davfs",      "fuse.rclone"};
    struct mount mount;
    if (!find_mount(patient->view, folder, &mount))
        return;
    for (size_t i = 0; i < sizeof slow / sizeof slow[0]; i++)
        if (!strncmp(mount.type, slow[i], strlen(slow[i]))) {
            find_note(patient->findings, "folder", "write to a local disk, and copy what is finished",
                      "%s lies on another machine or behind a slow layer (%s)", folder, mount.type);
            return;
        }
    find_right(patient->findings, "folder", "%s lies on %s", folder, mount.type);
}
