#include "formats/folder/decode.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/try.h"

typedef enum plotmill_status decoder(const struct encoded *file, uint32_t *width, uint32_t *height, uint8_t *pixels,
                                     struct plotmill_error *error);

/* What is neither is told as a PNG file that cannot be read. */
static decoder *decoder_of(const struct encoded *file)
{
    return file->size > 2 && !memcmp(file->bytes, "\xff\xd8\xff", 3) ? decode_jpeg : decode_png;
}

enum plotmill_status decode_image(const struct encoded *file, uint32_t width, uint32_t height, uint8_t *pixels,
                                  struct plotmill_error *error)
{
    return decoder_of(file)(file, &width, &height, pixels, error);
}

static enum plotmill_status on_file(const char *path, uint32_t *width, uint32_t *height, uint8_t *pixels,
                                    struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct encoded file = {.name = path};
    uint8_t *bytes = os_read_file(path, &file.size);
    if (!bytes)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: cannot be read: %s", path, strerror(errno));
    file.bytes = bytes;
    TRY(decoder_of(&file)(&file, width, height, pixels, error));
done:
    free(bytes);
    return status;
}

enum plotmill_status decode_file_size(const char *path, uint32_t *width, uint32_t *height, struct plotmill_error *error)
{
    return on_file(path, width, height, NULL, error);
}

enum plotmill_status decode_file(const char *path, uint32_t width, uint32_t height, uint8_t *pixels,
                                 struct plotmill_error *error)
{
    return on_file(path, &width, &height, pixels, error);
}

enum plotmill_status decode_check_size(const struct encoded *file, uint32_t found_width, uint32_t found_height,
                                       uint32_t width, uint32_t height, struct plotmill_error *error)
{
    if (found_width == width && found_height == height)
        return PLOTMILL_OK;
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: has %lux%lu pixels, expected %lux%lu like the others",
                              file->name, (unsigned long)found_width, (unsigned long)found_height, (unsigned long)width,
                              (unsigned long)height);
}
