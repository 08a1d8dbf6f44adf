#include "device/driver_paths.h"

#include <stdio.h>
#include <string.h>

#include "base/os.h"
#include "base/strings.h"

/* Below a virtual environment: where packages register drivers as the system does, and where those of pyopencl do. */
#define PREFIX_FOLDER "/etc/OpenCL/vendors"
#define PYOPENCL_FOLDER "/site-packages/pyopencl/.libs"

struct collection {
    const struct system_view *view;
    struct driver_paths *found;
    const char *origin;
    const char *prefix; /* of a virtual environment; NULL: the system's own drivers */
    char folder[1024];  /* of the .icd files */
};

/* "libpocl" for ".../libpocl-21062cec.so.2": what .icd files of the same driver contain. */
static void copy_stem(char *stem, size_t size, const char *path)
{
    const char *name = path_name(path), *end = strstr(name, ".so"), *dash = strrchr(name, '-');
    size_t length = end ? (size_t)(end - name) : strlen(name);
    /* Python's packages add 8 digits to names. */
    if (dash && dash < name + length && strspn(dash + 1, "0123456789abcdef") == 8 && dash + 9 == name + length)
        length = (size_t)(dash - name);
    snprintf(stem, size, "%.*s", (int)length, name);
}

static void add(struct collection *collection, const char *path)
{
    struct driver_paths *found = collection->found;
    for (size_t i = 0; i < found->count; i++)
        if (!strcmp(found->paths[i].path, path))
            return;
    if (found->count == DRIVER_PATHS_MOST)
        return;
    struct driver_path *added = &found->paths[found->count++];
    snprintf(added->path, sizeof added->path, "%s", path);
    added->origin = collection->origin;
}

/* Adds the library that an .icd file names. Files of Python's packages name a library by its place on another machine:
 * it is beside the file, or in the environment's lib. */
static bool add_registered(void *user, const char *name)
{
    struct collection *c = user;
    char line[512], path[1024], stem[256];
    if (!text_ends(name, ".icd") || !system_first_line(c->view, c->folder, name, line, sizeof line) || !*line)
        return true;
    if (!c->prefix) {
        add(c, line);
        return true;
    }
    copy_stem(stem, sizeof stem, line);
    if (driver_is_in_effect(c->view, stem))
        return true;
    snprintf(path, sizeof path, "%s", line);
    if (*path != '/' || !system_has(c->view, path, ""))
        snprintf(path, sizeof path, "%.400s/%.500s", c->folder, path_name(line));
    if (!system_has(c->view, path, ""))
        snprintf(path, sizeof path, "%.400s/lib/%.500s", c->prefix, path_name(line));
    if (system_has(c->view, path, ""))
        add(c, path);
    return true;
}

static void add_folder(struct collection *collection)
{
    char path[2048];
    snprintf(path, sizeof path, "%s%s", collection->view->root, collection->folder);
    os_list_folder(path, add_registered, collection);
}

/* Called for each name in the environment's lib. */
static bool add_pyopencl(void *user, const char *name)
{
    struct collection *collection = user;
    if (strncmp(name, "python", 6))
        return true;
    snprintf(collection->folder, sizeof collection->folder, "%.500s/lib/%.200s" PYOPENCL_FOLDER, collection->prefix,
             name);
    add_folder(collection);
    return true;
}

static void add_environment(struct collection *collection, const char *prefix, const char *origin)
{
    char path[2048];
    if (!prefix || *prefix != '/' || strlen(prefix) > 400)
        return;
    collection->prefix = prefix;
    collection->origin = origin;
    snprintf(collection->folder, sizeof collection->folder, "%s" PREFIX_FOLDER, prefix);
    add_folder(collection);
    snprintf(path, sizeof path, "%s%s/lib", collection->view->root, prefix);
    os_list_folder(path, add_pyopencl, collection);
}

/* Of a list of paths, separated by colons. One that is not there is found too: opening it says so. */
static void add_listed(struct collection *collection, const char *list, const char *origin)
{
    char path[1024], stem[256];
    collection->origin = origin;
    while (list && *list) {
        const size_t length = strcspn(list, ":");
        snprintf(path, sizeof path, "%.*s", (int)length, list);
        copy_stem(stem, sizeof stem, path);
        if (*path && !driver_is_in_effect(collection->view, stem))
            add(collection, path);
        list += length + (list[length] == ':');
    }
}

/* What a loader would open. */
static void add_system(struct collection *collection)
{
    const char *vendors = collection->view->icd_vendors;
    const bool elsewhere = vendors && *vendors;
    collection->origin = elsewhere ? "OCL_ICD_VENDORS" : DRIVER_FOLDER;
    if (elsewhere && !text_ends(vendors, ".icd") && path_name(vendors)[0] && strstr(path_name(vendors), ".so")) {
        add(collection, vendors);
        return;
    }
    snprintf(collection->folder, sizeof collection->folder, "%.1000s", elsewhere ? vendors : DRIVER_FOLDER);
    if (elsewhere && text_ends(vendors, ".icd")) {
        collection->folder[path_name(collection->folder) - collection->folder] = 0;
        add_registered(collection, path_name(vendors));
        return;
    }
    add_folder(collection);
}

void driver_paths_find(const struct system_view *view, bool loader, struct driver_paths *found)
{
    struct collection collection = {.view = view, .found = found};
    char path[1024];
    found->count = 0;
    if (!loader)
        add_system(&collection);
    if (view->icd_vendors && *view->icd_vendors)
        return;
    collection.origin = "not registered in " DRIVER_FOLDER;
    for (const struct gpu_vendor *vendor = gpu_vendors; vendor < gpu_vendors + GPU_VENDORS; vendor++)
        if (!driver_is_in_effect(view, vendor->stem) && library_find(view, vendor->library, path, sizeof path))
            add(&collection, path);
    add_listed(&collection, view->drivers, "PLOTMILL_OPENCL_DRIVERS");
    add_environment(&collection, view->virtual_env, "VIRTUAL_ENV");
    add_environment(&collection, view->conda_prefix, "CONDA_PREFIX");
    collection.origin = "not registered in " DRIVER_FOLDER;
    if (!loader && !found->count && library_find(view, "libpocl.so.2", path, sizeof path))
        add(&collection, path);
}
