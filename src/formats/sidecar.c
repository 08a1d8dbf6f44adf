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
#include "formats/metadata.h"
#include "formats/npy.h"

#define SIDECAR_MAX (1 << 20) /* bytes */

char *sidecar_path(const char *path)
{
    return string_join(path, ".json");
}

char *sidecar_read(const char *path)
{
    size_t size;
    char *text = os_is_file(path) && os_file_size(path) <= SIDECAR_MAX ? (char *)os_read_file(path, &size) : NULL;
    if (text && strlen(text) == size && json_is_object(text))
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

enum plotmill_status sidecar_init(struct sidecar *sidecar, const char *path, bool expected, bool force,
                                  struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *name = sidecar_path(path);
    *sidecar = (struct sidecar){0};
    TRY_MEMORY(error, name);
    /* Where no sidecar is written, a file of this name that is not plotmill's stays. */
    TRY(output_init(&sidecar->output, name, false, force || !(expected || made_by_plotmill(name)), error));
    sidecar->output.force = force;
done:
    free(name);
    return status;
}

enum plotmill_status sidecar_write(struct sidecar *sidecar, const struct dataset_info *info, const char *format,
                                   const struct pixel_format *pixels, struct plotmill_error *error)
{
    uint64_t axes[4];
    int rank = pixel_format_axes(pixels, info->images, info->width, info->height, axes);
    struct json json = {.keep_bytes = true};
    json_open(&json, NULL, '{');
    json_string(&json, "plotmill_version", version_text());
    json_string(&json, "format", format);
    json_string(&json, "dtype", pixel_dtype_name(pixels->dtype));
    json_string(&json, "numpy_dtype", pixel_dtype_descr(pixels->dtype));
    json_string(&json, "byte_order", NPY_BIG_ENDIAN ? "big" : "little");
    json_string(&json, "layout", pixel_layout_name(pixels->layout));
    json_open(&json, "shape", '[');
    json.one_line = true;
    for (int i = 0; i < rank; i++)
        json_uint(&json, NULL, axes[i]);
    json_close(&json, ']');
    json.one_line = false;
    json_uint(&json, "width", info->width);
    json_uint(&json, "height", info->height);
    if (info->background >= 0)
        json_int(&json, "background", info->background);
    if (info->foreground >= 0)
        json_int(&json, "foreground", info->foreground);
    if (info->panels > 1)
        json_uint(&json, "panels", info->panels);
    if (info->first)
        json_uint(&json, "first", info->first);
    json_object(&json, "spec", info->spec ? info->spec : "");
    if (info->input && *info->input)
        json_object(&json, "input", info->input);
    columns_write_json(&json, info->columns, info->column_count, true);
    metadata_write_windows(&json, info);
    json_close(&json, '}');
    char *text = json_finish(&json);
    if (!text)
        return plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
    sidecar->written = true;
    bool written = os_write_file(sidecar->output.temporary, text, strlen(text));
    free(text);
    return written ? PLOTMILL_OK
                   : plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s: cannot be written: %s", sidecar->output.path,
                                        strerror(errno));
}

enum plotmill_status sidecar_commit(struct sidecar *sidecar, struct output *labels, struct output *array,
                                    struct plotmill_error *error)
{
    struct output *outputs[3];
    size_t count = 0;
    if (labels)
        outputs[count++] = labels;
    if (sidecar->written)
        outputs[count++] = &sidecar->output;
    outputs[count++] = array;
    enum plotmill_status status = output_commit_all(outputs, count, error);
    if (!status && !sidecar->written && sidecar->output.force && made_by_plotmill(sidecar->output.path))
        os_remove_file(sidecar->output.target);
    sidecar->written &= status != PLOTMILL_OK;
    return status;
}

void sidecar_discard(struct sidecar *sidecar)
{
    if (sidecar->written)
        output_discard(&sidecar->output);
    sidecar->written = false;
}
