#include "formats/sidecar.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"
#include "chart/pixel_format.h"

#define SIZE_LIMIT ((size_t)1 << 20)

char *sidecar_path(const char *path)
{
    return string_join(path, ".json");
}

char *sidecar_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = file ? calloc(SIZE_LIMIT + 1, 1) : NULL;
    size_t got = text ? fread(text, 1, SIZE_LIMIT, file) : 0;
    if (file)
        fclose(file);
    if (text && strlen(text) == got && json_is_object(text))
        return text;
    free(text);
    return NULL;
}

static bool made_by_plotmill(const char *path)
{
    char *text = sidecar_read(path);
    bool ours = text && json_member(text, "plotmill_version");
    free(text);
    return ours;
}

enum plotmill_status sidecar_init(struct sidecar *side, const char *path, bool expected, bool force,
                                  struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *name = sidecar_path(path);
    *side = (struct sidecar){0};
    if (!name)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory");
    /* Somebody else's file of that name is let be as long as none is written there. */
    TRY(output_init(&side->output, name, false, force || !(expected || made_by_plotmill(name)), error));
    side->output.force = force;
done:
    free(name);
    return status;
}

enum plotmill_status sidecar_write(struct sidecar *side, const struct plotmill_dataset_info *info, const char *format,
                                   const struct plotmill_pixel_format *pixels, struct plotmill_error *error)
{
    const uint16_t one = 1;
    uint64_t axes[4];
    int rank = pixel_format_axes(pixels, info->images, info->width, info->height, axes);
    struct json json = {.keep_bytes = true};
    json_open(&json, NULL, '{');
    json_string(&json, "plotmill_version", plotmill_version());
    json_string(&json, "format", format);
    json_string(&json, "dtype", pixel_dtype_name(pixels->dtype));
    json_string(&json, "numpy_dtype", pixel_dtype_descr(pixels->dtype));
    json_string(&json, "byte_order", *(const uint8_t *)&one ? "little" : "big");
    json_string(&json, "layout", pixel_layout_name(pixels->layout));
    json_open(&json, "shape", '[');
    json.one_line = true;
    for (int i = 0; i < rank; i++)
        json_uint(&json, NULL, axes[i]);
    json_close(&json, ']');
    json.one_line = false;
    json_uint(&json, "width", info->width);
    json_uint(&json, "height", info->height);
    json_int(&json, "background", info->background);
    json_int(&json, "foreground", info->foreground);
    if (info->first)
        json_uint(&json, "first", info->first);
    json_object(&json, "spec", info->spec ? info->spec : "");
    if (info->input && *info->input)
        json_object(&json, "input", info->input);
    json_close(&json, '}');
    char *text = json_finish(&json);
    if (!text)
        return plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
    side->written = true;
    bool written = os_write_file(side->output.temporary, text, strlen(text));
    free(text);
    return written ? PLOTMILL_OK
                   : plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s: cannot be written: %s", side->output.path,
                                        strerror(errno));
}

/* The old side file steps aside until the array is in place, for it goes with the old array. */
static enum plotmill_status commit_both(struct sidecar *side, struct output *array, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *aside = string_join(side->output.temporary, ".old");
    bool moved = false, placed = false;
    if (!aside)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory");
    moved = side->output.force && os_exists(side->output.path) && os_rename(side->output.path, aside);
    TRY(output_commit(&side->output, error));
    placed = true;
    side->written = false;
    TRY(output_commit(array, error));
done:
    if (status && placed)
        os_remove_file(side->output.path);
    if (status && moved)
        os_rename(aside, side->output.path);
    else if (moved)
        os_remove_file(aside);
    free(aside);
    return status;
}

enum plotmill_status sidecar_commit(struct sidecar *side, struct output *array, struct plotmill_error *error)
{
    if (side->written)
        return commit_both(side, array, error);
    enum plotmill_status status = output_commit(array, error);
    if (!status && side->output.force && made_by_plotmill(side->output.path))
        os_remove_file(side->output.path);
    return status;
}

void sidecar_discard(struct sidecar *side)
{
    if (side->written)
        output_discard(&side->output);
    side->written = false;
}

void sidecar_free(struct sidecar *side)
{
    output_free(&side->output);
}
