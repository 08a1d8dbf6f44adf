/* image.storage and paths of a job file: what is written, and where. */
#include <errno.h>
#include <string.h>

#include "base/os.h"
#include "tools/common/exits.h"
#include "tools/common/paths.h"
#include "tools/config/values.h"

#define KNOWN "expected hdf5, jpeg, npz, png, npy or tar"

static const struct storage {
    const char *words[3]; /* of image.storage.format */
    const char *format;   /* as --format takes it */
    const char *name;     /* of the output in paths.processed_data */
    int folder;
} storages[] = {{{"hdf5", "h5", "HDF5"}, "hdf5", "images.h5", 0}, {{"npz", "NPZ"}, "npz", "images.npz", 0},
                {{"jpeg", "jpg", "JPEG"}, "jpeg", "images", 1},   {{"png", "PNG"}, "png", "images", 1},
                {{"npy", "NPY"}, "npy", "images.npy", 0},         {{"tar"}, "tar", "images.tar", 0}};

static int find_storage(const struct setting *format, const struct storage **found)
{
    const char *text = format ? config_one(format, "hdf5, jpeg or npz") : "hdf5";
    if (!text)
        return EXIT_WRONG;
    if (!strcmp(text, "zarr"))
        return config_wrong(format->value_place,
                            "%s: zarr is not written here; hdf5 holds the same array in chunks of an image, " KNOWN,
                            format->key);
    for (size_t i = 0; i < sizeof storages / sizeof *storages; i++)
        for (int n = 0; n < 3; n++)
            if (storages[i].words[n] && !strcmp(storages[i].words[n], text)) {
                *found = &storages[i];
                return OPTIONS_GO_ON;
            }
    return config_wrong(format->value_place, "%s: found '%s', " KNOWN, format->key, text);
}

static const struct storage *storage_of(const char *format, const struct storage *otherwise)
{
    for (size_t i = 0; format && i < sizeof storages / sizeof *storages; i++)
        if (!strcmp(storages[i].format, format))
            return &storages[i];
    return otherwise;
}

/* The folder's name without slashes at its end. */
static char *folder_of(struct config *config, const struct setting *path)
{
    const char *text = config_one(path, "a folder");
    int length = text ? (int)strlen(text) : 0;
    while (length > 1 && text[length - 1] == '/')
        length--;
    return text ? config_text(config, "%.*s", length, text) : NULL;
}

static const char *output_of(const struct config *config)
{
    struct option_group *group;
    const struct option_entry *entry = options_find(config->usage, "output", &group);
    return entry ? *(const char *const *)(const void *)((const char *)group->values + entry->offset) : NULL;
}

/* An output named by an option stays; its extension then tells the format. */
static int apply_output(struct config *config, const struct setting *format, const struct storage *storage)
{
    const char *output = output_of(config), *asked = config_asked_format(config);
    if (output) {
        const char *named = format_of_output(output);
        if (!format || !strcmp(named, storage->format))
            return OPTIONS_GO_ON;
        if (!*named && !asked)
            return config_put(config, "format", storage->format, format, format->level);
        if (!asked && !is_pseudo_output(output))
            return config_wrong(format->value_place, "%s %s: contradicts the name of the output, %s", format->key,
                                format->items[0], output);
        config_untake(config, format);
        return OPTIONS_GO_ON;
    }
    if (asked && strcmp(asked, storage->format))
        config_untake(config, format);
    storage = storage_of(asked, storage);
    const struct setting *place = config_take(config, "paths.processed_data");
    char *folder = place ? folder_of(config, place) : NULL;
    if (!place || !folder)
        return place ? EXIT_WRONG : OPTIONS_GO_ON;
    const char *path = config_text(config, "%s/%s", folder, storage->name);
    if (!path)
        return EXIT_FAILED;
    config->output_folder = folder;
    int exit_code = config_put(config, "output", path, place, place->level);
    if (exit_code == OPTIONS_GO_ON && storage->folder)
        exit_code = config_put(config, "format", storage->format, format, format ? format->level : CONFIG_IMPLIED);
    return exit_code;
}

static int is_one_of(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (!strcmp(text, *words))
            return 1;
    return 0;
}

/* One file, several, or (in a folder) one for each image. */
static int apply_files(struct config *config, const struct storage *storage)
{
    static const char *const one[] = {"single", "single_file", NULL};
    static const char *const several[] = {"multiple", "multi_file", "batch", "batched", "chunked", "sharded", NULL};
    static const char *const each[] = {"individual", "separate", NULL};
    if (storage->folder)
        return OPTIONS_GO_ON;
    const struct setting *mode = config_take(config, "image.storage.mode"), *count = NULL;
    const char *text = mode ? config_one(mode, "single or multiple") : NULL;
    if (mode && !text)
        return EXIT_WRONG;
    if (text && is_one_of(text, each))
        return config_wrong(mode->value_place, "%s: found '%s', expected single or multiple: %s holds many images",
                            mode->key, text, storage->format);
    if (text && !is_one_of(text, one) && !is_one_of(text, several))
        return config_wrong(mode->value_place, "%s: found '%s', expected single or multiple", mode->key, text);
    if (!text || is_one_of(text, several))
        count = config_take(config, "image.storage.images_per_file");
    if (text && is_one_of(text, several) && !count)
        return config_wrong(mode->place, "%s %s: needs image.storage.images_per_file", mode->key, text);
    return count ? config_put_setting(config, "images-per-file", count) : OPTIONS_GO_ON;
}

static int apply_logs(struct config *config)
{
    const struct setting *logs = config_take(config, "paths.logs");
    char *folder = logs ? folder_of(config, logs) : NULL;
    if (!logs || !folder)
        return logs ? EXIT_WRONG : OPTIONS_GO_ON;
    if (config_level_of(config, "log-file") >= logs->level)
        return OPTIONS_GO_ON;
    const char *path = config_text(config, "%s/plotmill.log", folder);
    if (!path)
        return EXIT_FAILED;
    config->log_folder = folder;
    return config_put(config, "log-file", path, logs, logs->level);
}

static int make_folder(const char *folder, struct console *console)
{
    if (!folder || os_make_folders(folder, os_make_folder))
        return OPTIONS_GO_ON;
    return console_fail(console, PLOTMILL_BAD_INPUT, "%s: cannot be made: %s", folder, strerror(errno));
}

int config_make_output_folder(const struct config *config, struct console *console)
{
    return make_folder(config->output_folder, console);
}

int config_make_log_folder(const struct config *config, struct console *console)
{
    return make_folder(config->log_folder, console);
}

int config_apply_storage(struct config *config)
{
    const struct setting *format = config_take(config, "image.storage.format");
    const struct storage *storage = NULL;
    int exit_code = find_storage(format, &storage);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = apply_output(config, format, storage);
    if (exit_code == OPTIONS_GO_ON)
        exit_code = apply_files(config, storage);
    return exit_code == OPTIONS_GO_ON ? apply_logs(config) : exit_code;
}
