/* Files, pipes and folders as inputs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/os.h"
#include "base/output.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/inputs/kind.h"
#include "formats/inputs/search.h"

enum plotmill_status input_check(const char *path, struct plotmill_error *error)
{
    if (!os_exists(path))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: no such file", path);
    if (os_is_folder(path))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: is a folder, expected a file", path);
    if (os_file_size(path) == 0)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: empty file", path);
    return PLOTMILL_OK;
}

/* A plain file whose bytes lie at `path`. */
static enum plotmill_status add_file(struct search *search, const char *path, const char *name)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct plotmill_error *error = search->error;
    struct input *input = NULL;
    char head[KIND_BYTES];
    FILE *file = fopen(path, "rb");
    if (!file)
        TRY(input_open_failed(name, error));
    const size_t size = fread(head, 1, sizeof head, file);
    if (size < sizeof head && ferror(file))
        FAIL(error, PLOTMILL_IO_FAILED, "%s: reading failed: %s", name, strerror(errno));
    if (!size)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: empty file", name);
    const struct kind kind = kind_of(head, size, name);
    if (kind.class == KIND_COMPRESSED || kind.class == KIND_ARCHIVE) {
        status = search_add_archive(search, path, name);
        goto done;
    }
    if (kind.class == KIND_OTHER)
        TRY(kind_refuse(&kind, name, error));
    TRY(search_add(search, &input));
    input->kind = kind.input;
    TRY(string_keep(&input->name, name, error));
    TRY(string_keep(&input->path, path, error));
    TRY(string_keep(&input->origin, path, error));
    input->group = input_group_of(name);
    TRY_MEMORY(error, input->group);
done:
    if (file)
        fclose(file);
    return status;
}

/* What can be read only once: standard input, and pipes. */
static enum plotmill_status add_pipe(struct search *search, const char *path, const char *name)
{
    enum plotmill_status status = PLOTMILL_OK;
    const bool standard = !strcmp(path, "-");
    struct copy *copy;
    char *block = NULL;
    size_t got = COPY_BYTES;
    FILE *file = standard ? stdin : fopen(path, "rb");
    if (!file)
        TRY(input_open_failed(name, search->error));
    TRY_ALLOCATE(search->error, block, COPY_BYTES, 1);
    TRY(search_add_copy(search, &copy));
    while (got) {
        got = fread(block, 1, COPY_BYTES, file);
        if (!got && ferror(file))
            FAIL(search->error, PLOTMILL_IO_FAILED, "%s: reading failed: %s", name, strerror(errno));
        TRY(copy_write(copy, block, got, search->error));
    }
    TRY(copy_end(copy, search->error));
    const size_t first = search->list->count;
    TRY(add_file(search, copy->path, name));
    for (size_t i = first; i < search->list->count; i++)
        search->list->items[i].is_copy = true;
done:
    if (file && !standard)
        fclose(file);
    free(block);
    return status;
}

/* Names in a folder. */
struct names {
    char **items;
    size_t count;
    bool failed;
};

static bool add_name(void *user, const char *name)
{
    struct names *names = user;
    if (*name == '.')
        return true;
    if ((names->count & (names->count - 1)) == 0) {
        char **grown = realloc(names->items, (names->count ? 2 * names->count : 1) * sizeof *grown);
        names->failed = !grown;
        if (!grown)
            return false;
        names->items = grown;
    }
    names->items[names->count] = string_copy(name);
    names->failed = !names->items[names->count];
    names->count += !names->failed;
    return !names->failed;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_ranked(const char *name, int rank)
{
    return *name && input_rank(name) == rank;
}

static enum plotmill_status add_path(struct search *search, const char *path);

static enum plotmill_status add_folder(struct search *search, const char *path)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct names names = {0};
    size_t files = 0;
    int rank = 0;
    char *inner = NULL, *trimmed = path_trimmed(path);
    TRY_MEMORY(search->error, trimmed);
    if (!os_list_folder(path, add_name, &names) && !names.failed)
        FAIL(search->error, PLOTMILL_BAD_INPUT, "%s: the folder cannot be read: %s", path, strerror(errno));
    if (names.failed)
        FAIL(search->error, PLOTMILL_NO_MEMORY, "out of memory");
    if (names.count)
        qsort(names.items, names.count, sizeof *names.items, compare_names);
    for (size_t i = 0; i < names.count; i++) {
        if (!strcmp(names.items[i], OUTPUT_MARK))
            TRY(input_refuse_images(path, search->error));
        free(inner);
        inner = path_join(trimmed, names.items[i]);
        TRY_MEMORY(search->error, inner);
        if (!os_is_file(inner))
            *names.items[i] = 0; /* a folder, or a pipe */
        else
            rank = MAX(rank, input_rank(names.items[i]));
    }
    for (size_t i = 0; i < names.count; i++)
        files += is_ranked(names.items[i], rank);
    if (!files)
        FAIL(search->error, PLOTMILL_BAD_INPUT,
             "%s: the folder holds no file (those in its folders are not searched for): expected a folder with "
             "files, or a list of files",
             path);
    if (files > 1 && !search_wants_groups(search))
        FAIL(search->error, PLOTMILL_BAD_INPUT,
             "%s: the folder holds %zu files: expected the option group-by file, which reads each as a group, or the "
             "names of the files of one series",
             path, files);
    for (size_t i = 0; i < names.count; i++) {
        if (!is_ranked(names.items[i], rank))
            continue;
        free(inner);
        inner = path_join(trimmed, names.items[i]);
        TRY_MEMORY(search->error, inner);
        TRY(add_path(search, inner));
    }
done:
    for (size_t i = 0; i < names.count; i++)
        free(names.items[i]);
    free(names.items);
    free(inner);
    free(trimmed);
    return status;
}

static enum plotmill_status add_path(struct search *search, const char *path)
{
    if (!strcmp(path, "-"))
        return add_pipe(search, path, "standard input");
    if (os_is_folder(path))
        return add_folder(search, path);
    if (!os_exists(path))
        return input_check(path, search->error);
    return os_is_file(path) ? add_file(search, path, path) : add_pipe(search, path, path);
}

enum plotmill_status inputs_find(struct input_list *list, const char *const *paths, size_t count,
                                 const struct source_options *options, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct search search = {.list = list, .options = options, .error = error};
    *list = (struct input_list){0};
    if (!count)
        FAIL(error, PLOTMILL_BAD_INPUT, "no input file");
    for (size_t i = 0; i < count; i++)
        TRY(add_path(&search, paths[i]));
    if (options && options->member && !search.member_used)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: the option member applies to archives (.zip, .tar, .npz)", paths[0]);
done:
    return status;
}

void inputs_free(struct input_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct input *input = &list->items[i];
        free(input->name);
        free(input->path);
        free(input->member);
        free(input->origin);
        free(input->group);
        for (size_t k = 0; k < input->beside_count; k++) {
            free(input->beside[k].name);
            free(input->beside[k].path);
        }
        free(input->beside);
    }
    for (size_t i = 0; i < list->copy_count; i++)
        copy_close(&list->copies[i]);
    if (list->texts)
        copy_close(list->texts);
    free(list->texts);
    free(list->items);
    free(list->copies);
    *list = (struct input_list){0};
}
