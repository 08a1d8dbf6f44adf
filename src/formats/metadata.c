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

enum plotmill_status mark_init(struct mark *mark, const struct plotmill_dataset_info *info, const char *format,
                               struct plotmill_error *error)
{
    const char *spec = info->spec ? info->spec : "", *input = info->input ? info->input : "",
               *producer = plotmill_version();
    *mark = (struct mark){.images = info->images,
                          .first = info->first,
                          .width = info->width,
                          .height = info->height,
                          .background = info->background,
                          .foreground = info->foreground,
                          .format = string_copy(format),
                          .spec = string_copy(spec),
                          .input = string_copy(input),
                          .producer = string_copy(producer)};
    if (mark->format && mark->spec && mark->input && mark->producer)
        return PLOTMILL_OK;
    mark_free(mark);
    return plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
}

void mark_free(struct mark *mark)
{
    free(mark->format);
    free(mark->spec);
    free(mark->input);
    free(mark->producer);
    *mark = (struct mark){0};
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

char *mark_text(const struct mark *mark)
{
    size_t room = FRAME_BYTES + JSON_QUOTED_SIZE(mark->spec) + JSON_QUOTED_SIZE(mark->input) +
                  JSON_QUOTED_SIZE(mark->producer) + JSON_QUOTED_SIZE(mark->format);
    char *text = malloc(room), *at = text;
    if (!text)
        return NULL;
    at += sprintf(at, "{\n  \"plotmill_version\": ");
    at = json_quote(at, mark->producer);
    at += sprintf(at, ",\n  \"format\": ");
    at = json_quote(at, mark->format);
    at += sprintf(at, ",\n  \"images\": %" PRIu64, mark->images);
    if (mark->first)
        at += sprintf(at, ",\n  \"first\": %" PRIu64, mark->first);
    if (mark->images_per_folder)
        at += sprintf(at, ",\n  \"images_per_folder\": %" PRIu64, mark->images_per_folder);
    at += sprintf(at,
                  ",\n  \"width\": %" PRIu32 ",\n  \"height\": %" PRIu32 ",\n  \"layout\": \"NHW\",\n"
                  "  \"background\": %d,\n  \"foreground\": %d",
                  mark->width, mark->height, mark->background, mark->foreground);
    if (mark->lossy)
        at += sprintf(at, ",\n  \"pixel_hash\": \"%016" PRIx64 "\"", mark->pixel_hash);
    if (mark->quality)
        at += sprintf(at, ",\n  \"quality\": %d", mark->quality);
    at += sprintf(at, ",\n  \"spec\": ");
    at = append_object(at, mark->spec);
    if (*mark->input) {
        at += sprintf(at, ",\n  \"input\": ");
        at = append_object(at, mark->input);
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

static void parse_hash(struct mark *mark, const char *object)
{
    char *text = text_member(object, "pixel_hash");
    mark->lossy = text && strlen(text) == 16 && strspn(text, "0123456789abcdef") == 16;
    if (mark->lossy)
        mark->pixel_hash = strtoull(text, NULL, 16);
    free(text);
}

bool mark_parse(struct mark *mark, const char *text)
{
    if (!json_is_object(text))
        return false;
    *mark = (struct mark){.images = number_member(text, "images", UINT64_MAX, 0),
                          .first = number_member(text, "first", UINT64_MAX, 0),
                          .images_per_folder = number_member(text, "images_per_folder", UINT64_MAX, 0),
                          .width = (uint32_t)number_member(text, "width", UINT32_MAX, 0),
                          .height = (uint32_t)number_member(text, "height", UINT32_MAX, 0),
                          .background = byte_member(text, "background"),
                          .foreground = byte_member(text, "foreground"),
                          .quality = (int)number_member(text, "quality", 100, 0),
                          .format = text_member(text, "format"),
                          .spec = text_member(text, "spec"),
                          .input = text_member(text, "input"),
                          .producer = text_member(text, "plotmill_version")};
    parse_hash(mark, text);
    return true;
}

void mark_tell(const struct mark *mark, struct plotmill_dataset_info *info)
{
    info->background = mark->background;
    info->foreground = mark->foreground;
    info->quality = mark->quality;
    info->first = mark->first;
    info->spec = mark->spec ? mark->spec : "";
    info->input = mark->input ? mark->input : "";
    info->producer = mark->producer ? mark->producer : "";
}
