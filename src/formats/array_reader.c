#include "formats/array_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/sidecar.h"

void array_reader_destroy(void *self)
{
    struct array_reader *array = self;
    if (!array)
        return;
    if (array->file)
        fclose(array->file);
    metadata_free(&array->metadata);
    free(array->path);
    free(array);
}

enum plotmill_status array_reader_open(struct array_reader **array, const char *path, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    *array = NULL;
    TRY_ALLOCATE(error, *array, 1, sizeof **array);
    TRY(string_keep(&(*array)->path, path, error));
    (*array)->metadata = METADATA_UNKNOWN;
    (*array)->file = fopen(path, "rb");
    if (!(*array)->file)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: cannot be opened: %s", path, strerror(errno));
done:
    return status;
}

static enum plotmill_status read_bytes(void *self, uint64_t first, uint64_t count, void *bytes,
                                       struct plotmill_error *error)
{
    struct array_reader *array = self;
    const size_t image_bytes = stored_image_bytes(&array->stored);
    errno = 0;
    if (os_seek(array->file, array->start + first * image_bytes) ||
        fread(bytes, image_bytes, (size_t)count, array->file) != count)
        return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s: images %llu to %llu cannot be read: %s", array->path,
                                  (unsigned long long)first, (unsigned long long)(first + count - 1),
                                  errno ? strerror(errno) : "the file has become shorter");
    return PLOTMILL_OK;
}

static enum plotmill_status read_images(void *self, uint64_t first, uint64_t count, uint8_t *pixels,
                                        int64_t *window_start, double *y_range, struct plotmill_error *error)
{
    (void)window_start, (void)y_range;
    struct array_reader *array = self;
    return stored_read(&array->stored, array->path, read_bytes, array, first, count, pixels, error);
}

static enum plotmill_status check_size(const struct array_reader *array, struct plotmill_error *error)
{
    const struct stored *stored = &array->stored;
    uint64_t size = os_file_size(array->path), bytes = stored_image_bytes(stored);
    uint64_t room = size > array->start ? (size - array->start) / bytes : 0;
    if (stored->images > room)
        return plotmill_error_set(
            error, PLOTMILL_BAD_INPUT, "%s: truncated: %llu bytes hold %llu whole images of %ux%u, expected %llu",
            array->path, (unsigned long long)size, (unsigned long long)room, (unsigned)stored->shape.width,
            (unsigned)stored->shape.height, (unsigned long long)stored->images);
    return PLOTMILL_OK;
}

enum plotmill_status array_reader_finish(struct array_reader *array, const char *format, struct reader *reader,
                                         struct plotmill_error *error)
{
    static const struct reader_impl impl = {read_images, array_reader_destroy};
    enum plotmill_status status = check_size(array, error);
    if (status)
        return status;
    *reader = (struct reader){&impl, array, array->metadata.info};
    reader->info.format = format;
    stored_tell(&array->stored, &reader->info);
    return PLOTMILL_OK;
}

bool array_is_described(const char *path, const char *format)
{
    char *name = sidecar_path(path), *text = name ? sidecar_read(name) : NULL;
    const char *value = text ? json_member(text, "format") : NULL;
    bool described = value && json_member(text, "plotmill_version") && *value == '"' &&
                     !strncmp(value + 1, format, strlen(format)) && value[strlen(format) + 1] == '"';
    free(text);
    free(name);
    return described;
}

/* Which of `count` names the member is, -1: none. */
static int name_member(const char *object, const char *name, const char *(*names)(int), int count)
{
    const char *value = json_member(object, name);
    char *text = value ? json_read_string(value) : NULL;
    int found = -1;
    for (int i = 0; text && i < count; i++)
        if (!strcmp(text, names(i)))
            found = i;
    free(text);
    return found;
}

static const char *dtype_name(int dtype)
{
    return pixel_dtype_name((enum plotmill_dtype)dtype);
}

static const char *layout_name(int layout)
{
    return pixel_layout_name((enum plotmill_layout)layout);
}

static const char *order_name(int big)
{
    return big ? "big" : "little";
}

/* Returns how many there are, 0 where they are no axes. */
static int read_axes(const char *value, uint64_t axes[4])
{
    int rank = 0;
    for (value = value && *value == '[' ? value + 1 : ""; *value; value += strspn(value, ", \t\r\n")) {
        value += strspn(value, " \t\r\n");
        if (*value == ']')
            return rank;
        if (rank == 4 || !json_read_uint(value, &axes[rank++]))
            return 0;
        value = json_value_end(value);
    }
    return 0;
}

static enum plotmill_status take_members(struct array_reader *array, const char *name, const char *text,
                                         struct stored_hints *hints, int *rank, uint64_t axes[4],
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const uint16_t one = 1;
    int dtype = name_member(text, "dtype", dtype_name, 4), big = name_member(text, "byte_order", order_name, 2);
    *hints = (struct stored_hints){.dtype = (enum plotmill_dtype)dtype,
                                   .layout = name_member(text, "layout", layout_name, 3),
                                   .width = array->metadata.info.width,
                                   .background = array->metadata.info.background,
                                   .foreground = array->metadata.info.foreground,
                                   .swap = big == *(const uint8_t *)&one};
    *rank = read_axes(json_member(text, "shape"), axes);
    if (dtype < 0)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: expected \"dtype\" to be \"u8\", \"f32\", \"f16\" or \"bits\"", name);
    if (hints->layout < 0)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: expected \"layout\" to be \"NHW\", \"NCHW\" or \"NHWC\"", name);
    if (big < 0)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: expected \"byte_order\" to be \"little\" or \"big\"", name);
    if (!*rank || !hints->width)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: expected \"shape\", an array of 3 or 4 numbers, and \"width\"", name);
done:
    return status;
}

enum plotmill_status array_reader_describe(struct array_reader *array, struct stored_hints *hints, int *rank,
                                           uint64_t axes[4], struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *name = sidecar_path(array->path), *text = name ? sidecar_read(name) : NULL;
    if (!name)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory");
    if (!text || !metadata_parse(&array->metadata, text))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: malformed, expected one JSON object", name);
    TRY(take_members(array, name, text, hints, rank, axes, error));
done:
    free(text);
    free(name);
    return status;
}
