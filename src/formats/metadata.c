#include "formats/metadata.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/class_folders.h"
#include "formats/stored.h"

void metadata_own(struct metadata *metadata, char *format, char *spec, char *input, char *producer)
{
    metadata->info.format = (metadata->format = format) ? format : "";
    metadata->info.spec = (metadata->spec = spec) ? spec : "";
    metadata->info.input = (metadata->input = input) ? input : "";
    metadata->info.producer = (metadata->producer = producer) ? producer : "";
}

void metadata_own_windows(struct metadata *metadata, char *windows, char *train)
{
    metadata->info.windows = (metadata->windows = windows) ? windows : "";
    metadata->info.train = (metadata->train = train) ? train : "";
}

void metadata_own_columns(struct metadata *metadata, struct owned_columns columns)
{
    metadata->columns = columns;
    metadata->info.columns = columns.items;
    metadata->info.column_count = columns.count;
}

void metadata_keep_columns(struct metadata *metadata, bool (*has)(const struct image_column *column))
{
    owned_columns_keep(&metadata->columns, has);
    metadata->info.column_count = metadata->columns.count;
}

enum plotmill_status metadata_init(struct metadata *metadata, const struct dataset_info *info, const char *format,
                                   struct plotmill_error *error)
{
    struct owned_columns columns;
    enum plotmill_status status = owned_columns_copy(&columns, info->columns, info->column_count, error);
    *metadata = (struct metadata){.info = *info};
    metadata->info.runs = NULL;
    metadata->info.run_count = 0;
    metadata->info.label_counts = NULL;
    metadata->info.folders = NULL;
    metadata_own_columns(metadata, columns);
    if (status)
        return status;
    metadata_own_windows(metadata, string_copy(info->windows ? info->windows : ""),
                         string_copy(info->train ? info->train : ""));
    metadata_own(metadata, string_copy(format), string_copy(info->spec ? info->spec : ""),
                 string_copy(info->input ? info->input : ""), string_copy(version_text()));
    metadata->info.field_names = metadata->field_names = string_copy(info->field_names ? info->field_names : "");
    if (metadata->format && metadata->spec && metadata->input && metadata->producer && metadata->field_names &&
        metadata->windows && metadata->train)
        return PLOTMILL_OK;
    metadata_free(metadata);
    return plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
}

void metadata_free(struct metadata *metadata)
{
    free(metadata->format);
    free(metadata->spec);
    free(metadata->input);
    free(metadata->producer);
    free(metadata->field_names);
    free(metadata->windows);
    free(metadata->train);
    owned_columns_free(&metadata->columns);
    *metadata = METADATA_UNKNOWN;
}

void metadata_write_windows(struct json *json, const struct dataset_info *info)
{
    if (info->windows && *info->windows)
        json_object(json, "windows", info->windows);
    if (info->train && *info->train)
        json_object(json, "train", info->train);
}

char *metadata_json(const struct metadata *metadata)
{
    const struct dataset_info *info = &metadata->info;
    struct json json = {.keep_bytes = true};
    json_open(&json, NULL, '{');
    json_string(&json, "plotmill_version", info->producer);
    json_string(&json, "format", info->format);
    json_uint(&json, "images", info->images);
    if (info->first)
        json_uint(&json, "first", info->first);
    if (metadata->images_per_folder)
        json_uint(&json, "images_per_folder", metadata->images_per_folder);
    if (info->folders && *info->folders)
        json_string(&json, "folders", info->folders);
    json_uint(&json, "width", info->width);
    json_uint(&json, "height", info->height);
    json_string(&json, "layout", info->channels > 1 ? "NHWC" : "NHW");
    if (info->channels > 1)
        json_uint(&json, "channels", info->channels);
    if (info->panels > 1)
        json_uint(&json, "panels", info->panels);
    if (info->background >= 0)
        json_int(&json, "background", info->background);
    if (info->foreground >= 0)
        json_int(&json, "foreground", info->foreground);
    if (metadata->lossy)
        json_hash(&json, "pixel_hash", metadata->pixel_hash);
    if (info->quality)
        json_int(&json, "quality", info->quality);
    json_object(&json, "spec", info->spec);
    if (*info->input)
        json_object(&json, "input", info->input);
    columns_write_json(&json, info->columns, info->column_count, true);
    metadata_write_windows(&json, info);
    json_close(&json, '}');
    return json_finish(&json);
}

/* `otherwise` where there is no such number up to `most`. */
static uint64_t number_member(const char *object, const char *name, uint64_t most, uint64_t otherwise)
{
    const char *value = json_member(object, name);
    uint64_t number;
    return value && json_read_uint(value, &number) && number <= most ? number : otherwise;
}

/* At least 1, and 1 where there is no such number up to `most`. */
static uint32_t count_member(const char *object, const char *name, uint32_t most)
{
    const uint32_t number = (uint32_t)number_member(object, name, most, 1);
    return number ? number : 1;
}

static int byte_member(const char *object, const char *name)
{
    uint64_t number = number_member(object, name, 255, 256);
    return number <= 255 ? (int)number : -1;
}

/* An object as its JSON text, a string decoded; freed by the caller. */
static char *text_member(const char *object, const char *name)
{
    const char *value = json_member(object, name);
    if (!value)
        return NULL;
    return *value == '"' ? json_read_string(value) : string_start(value, (size_t)(json_value_end(value) - value));
}

/* NULL: none that is known. */
static const char *folders_member(const char *object)
{
    for (int how = FOLDERS_SPLIT; how <= FOLDERS_SPLIT_LABEL; how++)
        if (json_string_is(json_member(object, "folders"), image_folders_name((enum image_folders)how)))
            return image_folders_name((enum image_folders)how);
    return NULL;
}

static void parse_hash(struct metadata *metadata, const char *object)
{
    char *text = text_member(object, "pixel_hash");
    metadata->lossy = text && strlen(text) == 16 && strspn(text, "0123456789abcdef") == 16;
    if (metadata->lossy)
        metadata->pixel_hash = strtoull(text, NULL, 16);
    free(text);
}

bool metadata_parse(struct metadata *metadata, const char *text)
{
    struct owned_columns columns;
    if (!json_is_object(text))
        return false;
    *metadata = METADATA_UNKNOWN;
    if (columns_read_json(&columns, json_member(text, "columns"), NULL))
        return false;
    metadata_own_columns(metadata, columns);
    metadata_own_windows(metadata, text_member(text, "windows"), text_member(text, "train"));
    metadata->info.images = number_member(text, "images", UINT64_MAX, 0);
    metadata->info.first = number_member(text, "first", UINT64_MAX, 0);
    metadata->info.width = (uint32_t)number_member(text, "width", UINT32_MAX, 0);
    metadata->info.height = (uint32_t)number_member(text, "height", UINT32_MAX, 0);
    metadata->info.channels = count_member(text, "channels", STORED_CHANNELS_MAX);
    metadata->info.panels = count_member(text, "panels", METADATA_PANELS_MAX);
    metadata->info.stored = (struct pixel_format){.channels = metadata->info.channels};
    metadata->info.background = byte_member(text, "background");
    metadata->info.foreground = byte_member(text, "foreground");
    metadata->info.quality = (int)number_member(text, "quality", 100, 0);
    metadata->images_per_folder = number_member(text, "images_per_folder", UINT64_MAX, 0);
    metadata->info.folders = folders_member(text);
    metadata_own(metadata, text_member(text, "format"), text_member(text, "spec"), text_member(text, "input"),
                 text_member(text, "plotmill_version"));
    parse_hash(metadata, text);
    return true;
}
