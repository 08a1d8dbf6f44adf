/* Images in a folder of PNG files: one that plotmill made, or any that holds nothing else. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/output.h"
#include "base/try.h"
#include "reader/png_file.h"
#include "reader/png_index.h"
#include "reader/reader.h"
#include "sink/json.h"

#define MARK_MAX ((size_t)1 << 20)

struct png_reader {
    char *path;
    char **names; /* in the order of the images */
    size_t count, room;
    bool ours;      /* the mark is there */
    char *stranger; /* the first entry that is no PNG file */
    bool out_of_memory;
    uint32_t width, height;
    size_t image_bytes;
    char *spec, *producer; /* NULL: not told */
    bool index_read;
    struct png_index index;
};

static void destroy(void *self)
{
    struct png_reader *reader = self;
    for (size_t i = 0; i < reader->count; i++)
        free(reader->names[i]);
    free(reader->names);
    free(reader->stranger);
    free(reader->spec);
    free(reader->producer);
    free(reader->path);
    png_index_free(&reader->index);
    free(reader);
}

static char *join(const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%s/%s", folder, name);
    return path;
}

static char *copy(const char *text, size_t length)
{
    char *to = malloc(length + 1);
    if (to) {
        memcpy(to, text, length);
        to[length] = 0;
    }
    return to;
}

static bool is_png_name(const char *name)
{
    size_t length = strlen(name);
    return length > 4 && (!strcmp(name + length - 4, ".png") || !strcmp(name + length - 4, ".PNG"));
}

/* Runs of digits compare as numbers, so that 2.png comes before 10.png. */
static int compare_names(const void *first, const void *second)
{
    const char *a = *(const char *const *)first, *b = *(const char *const *)second;
    while (*a && *b) {
        size_t zeros_a = strspn(a, "0"), zeros_b = strspn(b, "0");
        size_t digits_a = strspn(a + zeros_a, "0123456789"), digits_b = strspn(b + zeros_b, "0123456789");
        if (zeros_a + digits_a && zeros_b + digits_b) {
            if (digits_a != digits_b)
                return digits_a < digits_b ? -1 : 1;
            int order = strncmp(a + zeros_a, b + zeros_b, digits_a);
            if (order)
                return order;
            a += zeros_a + digits_a;
            b += zeros_b + digits_b;
        } else if (*a != *b) {
            return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
        } else {
            a++;
            b++;
        }
    }
    if (*a || *b)
        return *a ? 1 : -1;
    return strcmp(*(const char *const *)first, *(const char *const *)second);
}

/* Takes an entry of the folder; false: out of memory. In plotmill's own folder what it did not write is left aside. */
static bool take_entry(void *user, const char *name)
{
    struct png_reader *reader = user;
    bool wanted = is_png_name(name);
    if (reader->ours)
        wanted = wanted && strspn(name, "0123456789") == strlen(name) - 4;
    if (!wanted) {
        if (!reader->stranger && *name != '.')
            reader->stranger = copy(name, strlen(name));
        return true;
    }
    if (reader->count == reader->room) {
        size_t room = reader->room ? 2 * reader->room : 256;
        char **names = realloc(reader->names, room * sizeof *names);
        reader->out_of_memory = !names;
        if (!names)
            return false;
        reader->names = names;
        reader->room = room;
    }
    reader->names[reader->count] = copy(name, strlen(name));
    reader->out_of_memory = !reader->names[reader->count];
    if (!reader->out_of_memory)
        reader->count++;
    return !reader->out_of_memory;
}

static enum plotmill_status list_images(struct png_reader *reader, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    if (!os_list_folder(reader->path, take_entry, reader))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: cannot be read: %s", reader->path, strerror(errno));
    if (reader->out_of_memory)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory for the names in %s", reader->path);
    if (!reader->ours && reader->stranger)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: holds \"%s\", expected PNG files alone, or a folder that plotmill made (with " OUTPUT_MARK ")",
             reader->path, reader->stranger);
    if (!reader->count)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: holds no PNG file", reader->path);
    qsort(reader->names, reader->count, sizeof *reader->names, compare_names);
done:
    return status;
}

/* 0..255, -1 where there is no such number. */
static int byte_member(const char *object, const char *name)
{
    const char *value = json_member(object, name);
    uint64_t number;
    return value && json_unsigned(value, &number) && number <= 255 ? (int)number : -1;
}

/* An object is told as it stands, a string decoded. */
static char *text_member(const char *object, const char *name)
{
    const char *value = json_member(object, name);
    if (!value)
        return NULL;
    return *value == '"' ? json_string(value) : copy(value, (size_t)(json_value_end(value) - value));
}

/* Checks what the mark promises against what is there. */
static enum plotmill_status check_mark(const struct png_reader *reader, const char *mark, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const char *images = json_member(mark, "images"), *width = json_member(mark, "width");
    const char *height = json_member(mark, "height");
    uint64_t count, w, h;
    if (images && json_unsigned(images, &count) && count != reader->count)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: holds %zu images, expected %llu by its " OUTPUT_MARK, reader->path,
             reader->count, (unsigned long long)count);
    if (width && height && json_unsigned(width, &w) && json_unsigned(height, &h) &&
        (w != reader->width || h != reader->height))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: the first image has %lux%lu pixels, expected %llux%llu by " OUTPUT_MARK,
             reader->path, (unsigned long)reader->width, (unsigned long)reader->height, (unsigned long long)w,
             (unsigned long long)h);
done:
    return status;
}

static enum plotmill_status read_mark(struct png_reader *reader, const char *path, struct plotmill_dataset_info *info,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *mark = NULL;
    FILE *file = os_open_file(path, "rb");
    if (!file)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: cannot be opened: %s", path, strerror(errno));
    TRY_ALLOCATE(error, mark, MARK_MAX + 1, 1);
    size_t got = fread(mark, 1, MARK_MAX, file);
    if (strlen(mark) != got || !json_is_object(mark))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: malformed, expected one JSON object", path);
    TRY(check_mark(reader, mark, error));
    info->background = byte_member(mark, "background");
    info->foreground = byte_member(mark, "foreground");
    reader->spec = text_member(mark, "spec");
    reader->producer = text_member(mark, "plotmill_version");
done:
    free(mark);
    if (file)
        fclose(file);
    return status;
}

static enum plotmill_status read_image(const struct png_reader *reader, uint64_t index, uint8_t *pixels,
                                       struct plotmill_error *error)
{
    char *path = join(reader->path, reader->names[index]);
    if (!path)
        return plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
    enum plotmill_status status = png_file_read(path, reader->width, reader->height, pixels, error);
    free(path);
    return status;
}

static enum plotmill_status read_images(void *self, uint64_t first, uint64_t count, uint8_t *pixels,
                                        int64_t *window_start, double *y_range, struct plotmill_error *error)
{
    struct png_reader *reader = self;
    enum plotmill_status status = PLOTMILL_OK;
    if ((window_start || y_range) && reader->ours && !reader->index_read) {
        TRY(png_index_read(&reader->index, reader->path, reader->count, error));
        reader->index_read = true;
    }
    for (uint64_t i = 0; i < count; i++)
        TRY(read_image(reader, first + i, pixels + (size_t)i * reader->image_bytes, error));
    if (window_start && reader->index.window_start)
        memcpy(window_start, reader->index.window_start + first, (size_t)count * sizeof *window_start);
    if (y_range && reader->index.y_range)
        memcpy(y_range, reader->index.y_range + 2 * first, (size_t)count * 2 * sizeof *y_range);
done:
    return status;
}

static const struct reader_impl png_impl = {read_images, destroy};

enum plotmill_status reader_open_png(struct reader *reader, const char *path, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct plotmill_dataset_info info = {.background = -1, .foreground = -1, .format = "png"};
    struct png_reader *self = NULL;
    char *mark = NULL, *first = NULL;
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    self->path = copy(path, length);
    mark = self->path ? join(self->path, OUTPUT_MARK) : NULL;
    if (!mark)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory");
    self->ours = os_exists(mark);
    TRY(list_images(self, error));
    first = join(self->path, self->names[0]);
    if (!first)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory");
    TRY(png_file_size(first, &self->width, &self->height, error));
    self->image_bytes = (size_t)self->width * self->height;
    if (self->ours)
        TRY(read_mark(self, mark, &info, error));
    info.images = self->count;
    info.width = self->width;
    info.height = self->height;
    info.spec = self->spec ? self->spec : "";
    info.producer = self->producer ? self->producer : "";
    *reader = (struct reader){&png_impl, self, info};
done:
    free(first);
    free(mark);
    if (status && self)
        destroy(self);
    return status;
}
