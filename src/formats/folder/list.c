#include "formats/folder/list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/output.h"
#include "base/strings.h"
#include "base/try.h"

static bool ends_with(const char *name, const char *extension)
{
    size_t length = strlen(name), tail = strlen(extension);
    return length > tail && !strcmp(name + length - tail, extension);
}

static bool is_image_name(const char *name)
{
    static const char *const extensions[] = {".png", ".PNG", ".jpg", ".JPG", ".jpeg", ".JPEG"};
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
        if (ends_with(name, extensions[i]))
            return true;
    return false;
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

struct listing {
    struct folder_list *list;
    size_t room;
    char *stranger; /* the first entry that is no image file */
    bool out_of_memory;
};

static bool add_name(struct listing *listing, const char *name)
{
    struct folder_list *list = listing->list;
    if (list->count == listing->room) {
        size_t room = listing->room ? 2 * listing->room : 256;
        char **names = realloc(list->names, room * sizeof *names);
        if (!names)
            return false;
        list->names = names;
        listing->room = room;
    }
    list->names[list->count] = string_copy(name);
    return list->names[list->count] && ++list->count;
}

static bool take_entry(void *user, const char *name)
{
    struct listing *listing = user;
    if (is_image_name(name))
        listing->out_of_memory = !add_name(listing, name);
    else if (!listing->stranger && *name != '.')
        listing->stranger = string_copy(name);
    return !listing->out_of_memory;
}

enum plotmill_status folder_list_read(struct folder_list *list, const char *path, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct listing listing = {.list = list};
    *list = (struct folder_list){0};
    if (!os_list_folder(path, take_entry, &listing))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: cannot be read: %s", path, strerror(errno));
    if (listing.out_of_memory)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory for the names in %s", path);
    if (listing.stranger)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: holds \"%s\", expected PNG or JPEG files alone, or a folder that plotmill made (with " OUTPUT_MARK
             ")",
             path, listing.stranger);
    if (!list->count)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: holds no PNG or JPEG file", path);
    qsort(list->names, list->count, sizeof *list->names, compare_names);
done:
    free(listing.stranger);
    if (status)
        folder_list_free(list);
    return status;
}

void folder_list_free(struct folder_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->names[i]);
    free(list->names);
    *list = (struct folder_list){0};
}

struct counting {
    const char *extension;
    uint64_t count;
};

static bool count_entry(void *user, const char *name)
{
    struct counting *counting = user;
    size_t digits = strspn(name, "0123456789");
    counting->count += digits && !strcmp(name + digits, counting->extension);
    return true;
}

/* A subfolder that is not there holds no image. */
static bool count_subfolder(const char *path, const struct folder_names *names, uint64_t index,
                            struct counting *counting)
{
    char name[FOLDER_NAME_SIZE];
    folder_names_subfolder(names, index, name);
    char *subfolder = path_join(path, name);
    bool counted = subfolder && (!os_is_folder(subfolder) || os_list_folder(subfolder, count_entry, counting));
    free(subfolder);
    return counted;
}

enum plotmill_status folder_list_count(const char *path, const struct folder_names *names, uint64_t images,
                                       uint64_t *count, struct plotmill_error *error)
{
    struct counting counting = {.extension = names->extension};
    bool counted = names->nested || os_list_folder(path, count_entry, &counting);
    for (uint64_t i = 0; names->nested && counted && i < images; i += FOLDER_IMAGES)
        counted = count_subfolder(path, names, i, &counting);
    if (!counted)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: cannot be read: %s", path, strerror(errno));
    *count = counting.count;
    return PLOTMILL_OK;
}
