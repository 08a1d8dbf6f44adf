/* Members of archives, and the content of compressed files, as inputs. */
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/output.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/inputs/kind.h"
#include "formats/inputs/packed.h"
#include "formats/inputs/search.h"

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
    size_t got = COPY_BYTES;
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
    TRY(input->kind == INPUT_TEXT ? text_copy(search, &copy) : search_add_copy(search, &copy));
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
    TRY(search_add(search, &input));
    input->name = *place->member ? path_join(place->archive, place->member) : string_copy(place->archive);
    TRY_MEMORY(error, input->name);
    input->group = input_group_of(name);
    TRY_MEMORY(error, input->group);
    TRY(string_keep(&input->origin, place->path, error));
    TRY(add_content(search, stream, place, input, false));
done:
    return status;
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
        rank = MAX(rank, input_rank(members->items[i].name));
    for (size_t i = 0; i < members->count; i++) {
        const char *name = members->items[i].name;
        chosen[i] = option ? is_named(name, option) : input_rank(name) == rank;
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
        ranked = MAX(ranked, input_rank(members->items[i].name));
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

/* Archives that are no archives of tables. */
static enum plotmill_status check_members(const struct search *search, const struct packed_members *members,
                                          const char *name)
{
    static const struct kind excel = {KIND_OTHER, INPUT_TEXT, "an Excel .xlsx file",
                                      "save the sheet as CSV, or python3 -c \"import pandas; "
                                      "pandas.read_excel('FILE').to_csv('FILE.csv', index=False)\""};
    static const struct kind open = {KIND_OTHER, INPUT_TEXT, "an OpenDocument file", "save the sheet as CSV"};
    if (holds(members, OUTPUT_MARK) || holds(members, "000000000.png"))
        return input_refuse_images(name, search->error);
    if (holds(members, "[Content_Types].xml"))
        return kind_refuse(&excel, name, search->error);
    if (holds(members, "mimetype") && holds(members, "content.xml"))
        return kind_refuse(&open, name, search->error);
    return PLOTMILL_OK;
}

/* Whether the options name an array as a column of times, labels or groups. */
static bool is_said(const struct source_options *options, const char *member)
{
    const char *time = options->text.time;
    bool said = (time && is_named(member, time)) || (options->group_by && is_named(member, options->group_by));
    for (size_t i = 0; i < options->side_count; i++)
        said |= is_named(member, options->sides[i].name);
    return said;
}

/* Whether that, or its name, makes it one. */
static bool is_column(const struct source_options *options, const char *member)
{
    static const char *const times[] = {"time", "timestamp", "timestamps", "datetime", "date"};
    bool found = text_ends(member, ".npy") && is_said(options, member);
    for (size_t i = 0; !options->text.time && i < sizeof times / sizeof *times; i++)
        found |= text_ends(member, ".npy") && is_named(member, times[i]);
    return found;
}

/* Adds a copy of the array that `stream` is about to return. */
static enum plotmill_status add_beside(struct search *search, struct packed_stream *stream, const char *archive,
                                       const char *member, struct input *input)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct plotmill_error *error = search->error;
    struct copy *copy;
    struct input_beside *grown = realloc(input->beside, (input->beside_count + 1) * sizeof *grown);
    TRY_MEMORY(error, grown);
    input->beside = grown;
    struct input_beside *beside = &grown[input->beside_count++];
    *beside = (struct input_beside){.name = path_join(archive, member), .said = is_said(search->options, member)};
    TRY_MEMORY(error, beside->name);
    TRY(search_add_copy(search, &copy));
    TRY(copy_rest(copy, stream, "", 0, error));
    TRY(string_keep(&beside->path, copy->path, error));
done:
    return status;
}

/* The arrays beside the only one that is read. */
static enum plotmill_status add_all_beside(struct search *search, const struct packed_members *members,
                                           const bool *chosen, const char *path, const char *name)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct packed_stream *stream = NULL;
    const char *member;
    bool found = true;
    size_t last = 0;
    for (size_t i = 0; i < members->count; i++)
        if (!chosen[i] && is_column(search->options, members->items[i].name))
            last = i + 1;
    if (!last)
        return PLOTMILL_OK;
    TRY(packed_begin(&stream, path, name, search->error));
    for (size_t i = 0; i < last; i++) {
        TRY(packed_next(stream, &found, &member, search->error));
        if (!found)
            FAIL(search->error, PLOTMILL_BAD_INPUT, "%s: has changed while it was read", name);
        if (!chosen[i] && is_column(search->options, member))
            TRY(add_beside(search, stream, name, member, &search->list->items[search->list->count - 1]));
    }
done:
    packed_close(stream);
    return status;
}

static int compare_inputs(const void *a, const void *b)
{
    return strcmp(((const struct input *)a)->name, ((const struct input *)b)->name);
}

enum plotmill_status search_add_archive(struct search *search, const char *path, const char *name)
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
    if (!count || (count > 1 && !search_wants_groups(search)) || (count > 1 && search->options->member))
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
    if (count == 1 && members.archive && search->options && search->list->items[first].kind == INPUT_NPY)
        TRY(add_all_beside(search, &members, chosen, path, name));
    qsort(search->list->items + first, search->list->count - first, sizeof *search->list->items, compare_inputs);
done:
    packed_close(stream);
    packed_members_free(&members);
    free(chosen);
    return status;
}
