#include "formats/input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/os.h"
#include "base/output.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/inputs/copy.h"
#include "formats/inputs/kind.h"
#include "formats/inputs/packed.h"

#define COPY_BYTES ((size_t)1 << 18)

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

/* While inputs are searched for. */
struct search {
    struct input_list *list;
    const struct source_options *options;
    struct plotmill_error *error;
    bool member_used; /* the option member applied to an archive */
};

static bool wants_groups(const struct search *search)
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

/* The name without folders and extensions: ".csv.gz" are two. */
static char *group_of(const char *name)
{
    const char *begin = path_name(name);
    const size_t length = base_length(begin);
    for (size_t i = length; i-- > 1;)
        if (begin[i] == '.') {
            const bool number = begin[i + 1] >= '0' && begin[i + 1] <= '9';
            return string_start(begin, number || length - i > 6 ? length : i);
        }
    return string_start(begin, length);
}

static enum plotmill_status add_input(struct search *search, struct input **added)
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

static enum plotmill_status add_copy(struct search *search, struct copy **added)
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

/* The copy that all members of text share: a file each would be too many. */
static enum plotmill_status text_copy(struct search *search, struct copy **copy)
{
    struct input_list *list = search->list;
    enum plotmill_status status = PLOTMILL_OK;
    if (!list->texts) {
        TRY_ALLOCATE(search->error, list->texts, 1, sizeof *list->texts);
        TRY(copy_create(list->texts, search->error));
    }
    *copy = list->texts;
done:
    return status;
}

/* Appends the first bytes of a member and the rest, which `stream` returns. */
static enum plotmill_status copy_rest(struct copy *copy, struct packed_stream *stream, const char *head, size_t size,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *block = NULL;
    size_t got = size;
    TRY_ALLOCATE(error, block, COPY_BYTES, 1);
    TRY(copy_write(copy, head, size, error));
    while (got) {
        TRY(packed_read(stream, block, COPY_BYTES, &got, error));
        TRY(copy_write(copy, block, got, error));
    }
    TRY(copy_end(copy, error));
done:
    free(block);
    return status;
}

/* Where the bytes of a member are: in the archive, or in a copy where it is no text, or where `copied` says so, because
 * opening it once more would read the archive again. */
struct place {
    const char *path; /* of the archive */
    const char *archive, *member;
    bool copied;
};

static enum plotmill_status add_content(struct search *search, struct packed_stream *stream, const struct place *place,
                                        struct input *input, bool nested);

/* A compressed file in an archive: its copy is decompressed into another one. */
static enum plotmill_status add_nested(struct search *search, struct packed_stream *stream, const struct place *place,
                                       struct input *input, const char *head, size_t size)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct copy packed = {0};
    struct packed_stream *inner = NULL;
    const char *member;
    bool found;
    TRY(copy_create(&packed, search->error));
    TRY(copy_rest(&packed, stream, head, size, search->error));
    TRY(packed_begin(&inner, packed.path, input->name, search->error));
    TRY(packed_next(inner, &found, &member, search->error));
    if (!found || *member)
        FAIL(search->error, PLOTMILL_BAD_INPUT,
             "%s: found an archive within another one, expected a table: extract it first", input->name);
    const struct place copied = {place->path, place->archive, place->member, true};
    TRY(add_content(search, inner, &copied, input, true));
done:
    packed_close(inner);
    copy_close(&packed);
    return status;
}

static enum plotmill_status add_content(struct search *search, struct packed_stream *stream, const struct place *place,
                                        struct input *input, bool nested)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct plotmill_error *error = search->error;
    struct copy *copy;
    char head[KIND_BYTES];
    size_t size;
    TRY(packed_read(stream, head, sizeof head, &size, error));
    if (!size)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: empty file", input->name);
    const struct kind kind = kind_of(head, size, input->name);
    if (kind.class == KIND_COMPRESSED && !nested) {
        status = add_nested(search, stream, place, input, head, size);
        goto done;
    }
    if (kind.class == KIND_COMPRESSED || kind.class == KIND_ARCHIVE)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: found %s data within another archive, expected a table: extract it first",
             input->name, kind.what);
    if (kind.class == KIND_OTHER)
        TRY(kind_refuse(&kind, input->name, error));
    input->kind = kind.input;
    if (input->kind == INPUT_TEXT && !place->copied) {
        input->packed = true;
        TRY(string_keep(&input->path, place->path, error));
        if (*place->member)
            TRY(string_keep(&input->member, place->member, error));
        goto done;
    }
    TRY(input->kind == INPUT_TEXT ? text_copy(search, &copy) : add_copy(search, &copy));
    input->offset = copy->size;
    TRY(copy_rest(copy, stream, head, size, error));
    input->size = copy->size - input->offset;
    TRY(string_keep(&input->path, copy->path, error));
done:
    return status;
}

/* Adds a member whose bytes `stream` is about to return. place->member "": the content of a compressed file. */
static enum plotmill_status add_member(struct search *search, struct packed_stream *stream, const struct place *place)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct plotmill_error *error = search->error;
    struct input *input = NULL;
    const char *name = *place->member ? place->member : place->archive;
    TRY(add_input(search, &input));
    input->name = *place->member ? path_join(place->archive, place->member) : string_copy(place->archive);
    TRY_MEMORY(error, input->name);
    input->group = group_of(name);
    TRY_MEMORY(error, input->group);
    TRY(string_keep(&input->origin, place->path, error));
    TRY(add_content(search, stream, place, input, false));
done:
    return status;
}

/* 2: of a table or an array; 1: of text that may be one; 0: of something else. */
static int rank_of_name(const char *name)
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

/* As the option names it: the whole name, without .npy, or the last part of its path. */
static bool is_named(const char *member, const char *option)
{
    const size_t length = strlen(option);
    return !strcmp(member, option) || !strcmp(path_name(member), option) ||
           (!strncmp(member, option, length) && !strcmp(member + length, ".npy"));
}

/* Of an archive's members those that are meant: the option's, else those whose names rank highest. */
static size_t choose_members(const struct search *search, const struct packed_members *members, bool *chosen)
{
    const char *option = search->options ? search->options->member : NULL;
    size_t count = 0;
    int rank = 0;
    for (size_t i = 0; i < members->count; i++)
        rank = MAX(rank, rank_of_name(members->items[i].name));
    for (size_t i = 0; i < members->count; i++) {
        const char *name = members->items[i].name;
        chosen[i] = option ? is_named(name, option) : rank_of_name(name) == rank;
        count += chosen[i];
    }
    return count;
}

static bool holds(const struct packed_members *members, const char *name)
{
    for (size_t i = 0; i < members->count; i++)
        if (!strcmp(members->items[i].name, name))
            return true;
    return false;
}

static enum plotmill_status refuse_members(const struct search *search, const struct packed_members *members,
                                           const bool *chosen, const char *name, size_t count)
{
    const char *option = search->options ? search->options->member : NULL;
    struct text_list list = {0};
    int ranked = 0;
    for (size_t i = 0; i < members->count; i++)
        ranked = MAX(ranked, rank_of_name(members->items[i].name));
    for (size_t i = 0; i < members->count; i++)
        if (chosen[i] || !count)
            text_list_add(&list, "%s", text_quote(members->items[i].name, strlen(members->items[i].name)).text);
    text_list_end(&list);
    if (!count && option)
        return plotmill_error_set(search->error, PLOTMILL_BAD_INPUT, "%s: member %s: there is none; it holds %s", name,
                                  option, members->count ? list.text : "nothing");
    if (!count)
        return plotmill_error_set(search->error, PLOTMILL_BAD_INPUT, "%s: holds no file", name);
    return plotmill_error_set(search->error, PLOTMILL_BAD_INPUT,
                              "%s: holds %zu %s, %s: expected the option member, the one to read, or group-by file, "
                              "which reads all of them, each as a group",
                              name, count, ranked ? "tables" : "files", list.text);
}

static enum plotmill_status refuse_images(const char *name, struct plotmill_error *error)
{
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: holds images that plotmill made, expected samples", name);
}

/* Archives that are no archives of tables. */
static enum plotmill_status check_members(const struct search *search, const struct packed_members *members,
                                          const char *name)
{
    static const struct kind excel = {KIND_OTHER, INPUT_TEXT, "an Excel .xlsx file",
                                      "save the sheet as CSV, or python3 -c \"import pandas; "
                                      "pandas.read_excel('FILE').to_csv('FILE.csv', index=False)\""};
    static const struct kind open = {KIND_OTHER, INPUT_TEXT, "an OpenDocument file", "save the sheet as CSV"};
    if (holds(members, OUTPUT_MARK) || holds(members, "000000000.png"))
        return refuse_images(name, search->error);
    if (holds(members, "[Content_Types].xml"))
        return kind_refuse(&excel, name, search->error);
    if (holds(members, "mimetype") && holds(members, "content.xml"))
        return kind_refuse(&open, name, search->error);
    return PLOTMILL_OK;
}

static int compare_inputs(const void *a, const void *b)
{
    return strcmp(((const struct input *)a)->name, ((const struct input *)b)->name);
}

static enum plotmill_status add_archive(struct search *search, const char *path, const char *name)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct packed_members members = {0};
    struct packed_stream *stream = NULL;
    const size_t first = search->list->count;
    bool *chosen = NULL, found = true;
    const char *member;
    TRY(packed_list(&members, path, name, search->error));
    TRY_ALLOCATE(search->error, chosen, members.count, sizeof *chosen);
    if (!members.archive && members.count) {
        chosen[0] = true;
    } else {
        search->member_used = true;
        TRY(check_members(search, &members, name));
    }
    const size_t count = members.archive ? choose_members(search, &members, chosen) : members.count;
    if (!count || (count > 1 && !wants_groups(search)) || (count > 1 && search->options->member))
        TRY(refuse_members(search, &members, chosen, name, count));
    TRY(packed_begin(&stream, path, name, search->error));
    for (size_t i = 0, left = count; left && i < members.count; i++) {
        TRY(packed_next(stream, &found, &member, search->error));
        if (!found)
            FAIL(search->error, PLOTMILL_BAD_INPUT, "%s: has changed while it was read", name);
        if (!chosen[i])
            continue;
        const struct place place = {path, name, member, count > 1};
        TRY(add_member(search, stream, &place));
        left--;
    }
    qsort(search->list->items + first, search->list->count - first, sizeof *search->list->items, compare_inputs);
done:
    packed_close(stream);
    packed_members_free(&members);
    free(chosen);
    return status;
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
        status = add_archive(search, path, name);
        goto done;
    }
    if (kind.class == KIND_OTHER)
        TRY(kind_refuse(&kind, name, error));
    TRY(add_input(search, &input));
    input->kind = kind.input;
    TRY(string_keep(&input->name, name, error));
    TRY(string_keep(&input->path, path, error));
    TRY(string_keep(&input->origin, path, error));
    input->group = group_of(name);
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
    TRY(add_copy(search, &copy));
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
    return *name && rank_of_name(name) == rank;
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
            TRY(refuse_images(path, search->error));
        free(inner);
        inner = path_join(trimmed, names.items[i]);
        TRY_MEMORY(search->error, inner);
        if (!os_is_file(inner))
            *names.items[i] = 0; /* a folder, or a pipe */
        else
            rank = MAX(rank, rank_of_name(names.items[i]));
    }
    for (size_t i = 0; i < names.count; i++)
        files += is_ranked(names.items[i], rank);
    if (!files)
        FAIL(search->error, PLOTMILL_BAD_INPUT,
             "%s: the folder holds no file (those in its folders are not searched for)", path);
    if (files > 1 && !wants_groups(search))
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
