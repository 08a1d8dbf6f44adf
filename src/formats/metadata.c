#include "formats/metadata.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/strings.h"
#include "base/try.h"

/* Names, numbers and punctuation. */
#define FRAME_BYTES 512

void metadata_own(struct metadata *metadata, char *format, char *spec, char *input, char *producer)
{
    metadata->info.format = (metadata->format = format) ? format : "";
    metadata->info.spec = (metadata->spec = spec) ? spec : "";
    metadata->info.input = (metadata->input = input) ? input : "";
    metadata->info.producer = (metadata->producer = producer) ? producer : "";
}

enum plotmill_status metadata_init(struct metadata *metadata, const struct plotmill_dataset_info *info,
                                   const char *format, struct plotmill_error *error)
{
    *metadata = (struct metadata){.info = *info};
    metadata_own(metadata, string_copy(format), string_copy(info->spec ? info->spec : ""),
                 string_copy(info->input ? info->input : ""), string_copy(plotmill_version()));
    if (metadata->format && metadata->spec && metadata->input && metadata->producer)
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
    *metadata = METADATA_UNKNOWN;
}

/* An object stands as itself; an embedder's other text as a string. */
static char *append_object(char *at, const char *text)
{
    size_t length = strlen(text);
    if (!json_is_object(text))
        return json_quote(at, text);
    memcpy(at, text, length);
    return at + length;
}

char *metadata_json(const struct metadata *metadata)
{
    size_t room = FRAME_BYTES + JSON_QUOTED_SIZE(metadata->info.spec) + JSON_QUOTED_SIZE(metadata->info.input) +
                  JSON_QUOTED_SIZE(metadata->info.producer) + JSON_QUOTED_SIZE(metadata->info.format);
    char *text = malloc(room), *at = text;
    if (!text)
        return NULL;
    at += sprintf(at, "{\n  \"plotmill_version\": ");
    at = json_quote(at, metadata->info.producer);
    at += sprintf(at, ",\n  \"format\": ");
    at = json_quote(at, metadata->info.format);
    at += sprintf(at, ",\n  \"images\": %" PRIu64, metadata->info.images);
    if (metadata->info.first)
        at += sprintf(at, ",\n  \"first\": %" PRIu64, metadata->info.first);
    if (metadata->images_per_folder)
        at += sprintf(at, ",\n  \"images_per_folder\": %" PRIu64, metadata->images_per_folder);
    at += sprintf(at,
                  ",\n  \"width\": %" PRIu32 ",\n  \"height\": %" PRIu32 ",\n  \"layout\": \"NHW\",\n"
                  "  \"background\": %d,\n  \"foreground\": %d",
                  metadata->info.width, metadata->info.height, metadata->info.background, metadata->info.foreground);
    if (metadata->lossy)
        at += sprintf(at, ",\n  \"pixel_hash\": \"%016" PRIx64 "\"", metadata->pixel_hash);
    if (metadata->info.quality)
        at += sprintf(at, ",\n  \"quality\": %d", metadata->info.quality);
    at += sprintf(at, ",\n  \"spec\": ");
    at = append_object(at, metadata->info.spec);
    if (*metadata->info.input) {
        at += sprintf(at, ",\n  \"input\": ");
        at = append_object(at, metadata->info.input);
    }
    sprintf(at, "\n}\n");
    return text;
}

/* `otherwise` where there is no such number up to `most`. */
static uint64_t number_member(const char *object, const char *name, uint64_t most, uint64_t otherwise)
{
    const char *value = json_member(object, name);
    uint64_t number;
    return value && json_unsigned(value, &number) && number <= most ? number : otherwise;
}

static int byte_member(const char *object, const char *name)
{
    uint64_t number = number_member(object, name, 255, 256);
    return number <= 255 ? (int)number : -1;
}

/* An object is told as it stands, a string decoded. */
static char *text_member(const char *object, const char *name)
{
    const char *value = json_member(object, name);
    if (!value)
        return NULL;
    return *value == '"' ? json_string(value) : string_start(value, (size_t)(json_value_end(value) - value));
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
    if (!json_is_object(text))
        return false;
    *metadata = METADATA_UNKNOWN;
    metadata->info.images = number_member(text, "images", UINT64_MAX, 0);
    metadata->info.first = number_member(text, "first", UINT64_MAX, 0);
    metadata->info.width = (uint32_t)number_member(text, "width", UINT32_MAX, 0);
    metadata->info.height = (uint32_t)number_member(text, "height", UINT32_MAX, 0);
    metadata->info.background = byte_member(text, "background");
    metadata->info.foreground = byte_member(text, "foreground");
    metadata->info.quality = (int)number_member(text, "quality", 100, 0);
    metadata->images_per_folder = number_member(text, "images_per_folder", UINT64_MAX, 0);
    metadata_own(metadata, text_member(text, "format"), text_member(text, "spec"), text_member(text, "input"),
                 text_member(text, "plotmill_version"));
    parse_hash(metadata, text);
    return true;
}
