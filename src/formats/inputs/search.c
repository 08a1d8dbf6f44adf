#include "formats/inputs/search.h"

#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "base/try.h"

bool search_wants_groups(const struct search *search)
{
    return search->options && search->options->group_by && strcmp(search->options->group_by, "none") != 0;
}

/* Bytes of a name without the extension of a compressed file. */
static size_t base_length(const char *name)
{
    static const char *const packings[] = {".gz", ".xz", ".bz2", ".zst", ".lz4", ".zip"};
    const size_t length = strlen(name);
    for (size_t i = 0; i < sizeof packings / sizeof *packings; i++) {
        const size_t size = strlen(packings[i]);
        if (length > size && string_same(name + length - size, packings[i]))
            return length - size;
    }
    return length;
}

char *input_group_of(const char *name)
{
    const char *begin = path_name(name);
    const size_t length = base_length(begin);
    for (size_t i = length; i-- > 1;)
        if (begin[i] == '.') {
            const bool number = begin[i + 1] >= '0' && begin[i + 1] <= '9';
            const bool known = string_same(begin + i, ".parquet") || string_same(begin + i, ".feather");
            return string_start(begin, number || (length - i > 6 && !known) ? length : i);
        }
    return string_start(begin, length);
}

enum plotmill_status search_add(struct search *search, struct input **added)
{
    struct input_list *list = search->list;
    enum plotmill_status status = PLOTMILL_OK;
    if ((list->count & (list->count - 1)) == 0) { /* it doubles whenever its length is a power of two */
        struct input *grown = realloc(list->items, (list->count ? 2 * list->count : 1) * sizeof *grown);
        TRY_MEMORY(search->error, grown);
        list->items = grown;
    }
    *added = &list->items[list->count++];
    **added = (struct input){0};
done:
    return status;
}

enum plotmill_status search_add_copy(struct search *search, struct copy **added)
{
    struct input_list *list = search->list;
    enum plotmill_status status = PLOTMILL_OK;
    if ((list->copy_count & (list->copy_count - 1)) == 0) {
        struct copy *grown = realloc(list->copies, (list->copy_count ? 2 * list->copy_count : 1) * sizeof *grown);
        TRY_MEMORY(search->error, grown);
        list->copies = grown;
    }
    *added = &list->copies[list->copy_count];
    TRY(copy_create(*added, search->error));
    list->copy_count++;
done:
    return status;
}

int input_rank(const char *name)
{
    static const char *const extensions[] = {".csv", ".tsv",  ".npy", ".npz", ".h5", ".hdf5",
                                             ".txt", ".data", ".dat", ".asc", ".tab"};
    const char *end = name + base_length(name);
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++) {
        const size_t size = strlen(extensions[i]);
        char last[8] = "";
        if ((size_t)(end - name) <= size)
            continue;
        memcpy(last, end - size, size);
        if (string_same(last, extensions[i]))
            return i < 6 ? 2 : 1;
    }
    return 0;
}

enum plotmill_status input_refuse_images(const char *name, struct plotmill_error *error)
{
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: holds images that plotmill made, expected samples", name);
}
