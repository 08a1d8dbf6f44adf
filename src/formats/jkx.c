#include "formats/jkx.h"

#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/array.h"
#include "formats/published_table.h"

#define ENDING "_images.dat"
#define LABELS "_labels.csv"

/* The sizes are the same with and without volume bars and averages. */
static const struct size {
    const char *start; /* of a name */
    uint32_t width, height;
} sizes[] = {{"5d_", 15, 32}, {"20d_", 60, 64}, {"60d_", 180, 96}};

bool jkx_is_name(const char *path)
{
    return text_ends(path, ENDING);
}

/* NULL: the name does not state a size. */
static const struct size *size_of(const char *path)
{
    const char *name = path_name(path);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (!strncmp(name, sizes[i].start, strlen(sizes[i].start)))
            return &sizes[i];
    return NULL;
}

/* NAME_images.dat -> NAME_labels.csv */
static char *labels_path(const char *path)
{
    char *stem = string_start(path, strlen(path) - strlen(ENDING));
    char *labels = stem ? string_join(stem, LABELS) : NULL;
    free(stem);
    return labels;
}

static enum plotmill_status check_channels(const char *path, uint32_t channels, struct plotmill_error *error)
{
    if (channels <= 1)
        return PLOTMILL_OK;
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                              "%s: format jkx holds images of one channel, found %u (channels: expected 1)", path,
                              (unsigned)channels);
}

/* The name must not state another size than the images have. */
static enum plotmill_status check(const char *path, const struct dataset_info *info, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct size *named = size_of(path);
    TRY(check_channels(path, info->channels, error));
    if (named && (info->width != named->width || info->height != named->height))
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: a name that begins with %s means images of %ux%u pixels, found size %ux%u: change the size or the "
             "name",
             path, named->start, (unsigned)named->width, (unsigned)named->height, (unsigned)info->width,
             (unsigned)info->height);
done:
    return status;
}

enum plotmill_status sink_create_jkx(struct sink *sink, const char *path, const struct sink_options *options,
                                     struct plotmill_error *error)
{
    static const struct array_kind jkx = {"jkx", 0, NULL, NULL, labels_path, check};
    if (!jkx_is_name(path))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: expected a name that ends in " ENDING " for format jkx, such as "
                                  "20d_month_has_vb_[20]_ma_1993" ENDING,
                                  path);
    enum plotmill_status status = check_channels(path, options->drawn, error);
    return status ? status : array_sink_create(sink, path, options, &jkx, error);
}

/* By the size that the name states and the size of the file. */
static enum plotmill_status describe(const char *path, struct stored_hints *hints, uint64_t axes[4],
                                     struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct size *named = size_of(path);
    const uint64_t bytes = os_file_size(path);
    if (!named)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: numbers without a header: the size of the images is not known: expected a name that begins "
             "with " JKX_NAMES ", or plotmill's %s.json beside the file",
             path, path);
    const uint64_t image_bytes = (uint64_t)named->width * named->height;
    if (!bytes || bytes % image_bytes)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: found %llu bytes, expected a multiple of %llu: by its name it holds images of %ux%u pixels", path,
             (unsigned long long)bytes, (unsigned long long)image_bytes, (unsigned)named->width,
             (unsigned)named->height);
    *hints = (struct stored_hints){.dtype = DTYPE_U8, .layout = LAYOUT_NHW, .background = -1, .foreground = -1};
    axes[0] = bytes / image_bytes;
    axes[1] = named->height;
    axes[2] = named->width;
done:
    return status;
}

/* Finds the label table. A set of plotmill's is not complete without it; a table of another program is left alone. */
static enum plotmill_status find_labels(struct array_reader *array, bool described, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *labels = labels_path(array->path);
    TRY_MEMORY(error, labels);
    if (described && !os_exists(labels))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: its label table %s is missing", array->path, labels);
    const uint32_t panels = image_table_panels(labels);
    if (panels) {
        array->metadata.info.panels = panels;
        TRY(string_keep(&array->table, labels, error));
        array->labels = labels;
        labels = NULL;
    }
done:
    free(labels);
    return status;
}

enum plotmill_status reader_open_jkx(struct reader *reader, const char *path, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct array_reader *array = NULL;
    struct stored_hints hints;
    uint64_t axes[4];
    unsigned rank = 3;
    const bool described = array_is_described(path, "jkx");
    TRY(array_reader_create(&array, path, error));
    TRY(described ? array_reader_describe(array, &hints, &rank, axes, error) : describe(path, &hints, axes, error));
    if (!stored_init(&array->stored, &hints, (int)rank, axes))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s.json: its dtype, layout, shape and width do not fit each other", path);
    if (jkx_is_name(path))
        TRY(find_labels(array, described, error));
    metadata_keep_columns(&array->metadata, array->table ? published_has : NULL);
    TRY(array_reader_finish(array, "jkx", reader, error));
done:
    if (status)
        array_reader_destroy(array);
    return status;
}
