#include "formats/class_folders.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/output.h"
#include "base/strings.h"
#include "base/try.h"

#define PARTS (SPLIT_TEST + 1)
#define NAME_BYTES 255 /* the most that file systems take */

const char *image_folders_name(enum image_folders how)
{
    static const char *const names[] = {"", "split", "label", "split/label"};
    return names[how];
}

static bool has_parts(enum image_folders how)
{
    return how == FOLDERS_SPLIT || how == FOLDERS_SPLIT_LABEL;
}

static bool has_classes(enum image_folders how)
{
    return how == FOLDERS_LABEL || how == FOLDERS_SPLIT_LABEL;
}

char *class_folder_name(const char *class)
{
    struct text name = {0};
    const size_t length = strlen(class);
    if (!length)
        text_add(&name, "%00");
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)class[i];
        const bool at_end = i == 0 || i == length - 1;
        if (c < ' ' || c == 0x7f || strchr("/\\:*?\"<>|,%", c) || (at_end && (c == '.' || c == ' ')))
            text_add_format(&name, "%%%02X", c);
        else
            text_add(&name, (const char[]){(char)c, 0});
    }
    return text_finish(&name);
}

static enum plotmill_status add_path(struct class_folders *folders, size_t number, const char *part, const char *class,
                                     struct plotmill_error *error)
{
    static const char *const taken[] = {"index.csv", "labels.csv", "records", OUTPUT_MARK};
    enum plotmill_status status = PLOTMILL_OK;
    char *name = class ? class_folder_name(class) : NULL;
    if (class)
        TRY_MEMORY(error, name);
    if (class && strlen(name) > NAME_BYTES)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "folders %s: the class \"%.40s...\" takes %zu bytes as the name of a folder, expected at most %d",
             image_folders_name(folders->how), class, strlen(name), NAME_BYTES);
    for (size_t i = 0; name && !part && i < sizeof taken / sizeof *taken; i++)
        if (!strcmp(name, taken[i]))
            FAIL(error, PLOTMILL_BAD_INPUT, "folders label: the class \"%s\" is called as a file of the output", name);
    folders->paths[number] = part && name ? path_join(part, name) : string_copy(part ? part : name);
    TRY_MEMORY(error, folders->paths[number]);
done:
    free(name);
    return status;
}

/* Class number `index` as text. */
static const char *class_text(const struct class_folders *folders, const struct dataset_info *info, size_t index,
                              char text[DECIMAL_SIZE])
{
    const struct image_column *column = &info->columns[folders->label.column];
    if (!has_classes(folders->how))
        return NULL;
    if (column->classes)
        return column->classes[index];
    snprintf(text, DECIMAL_SIZE, "%" PRId64, folders->label.numbers[index]);
    return text;
}

static enum plotmill_status find_columns(struct class_folders *folders, const struct dataset_info *info,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const char *name = image_folders_name(folders->how);
    folders->class_count = 1;
    folders->split = columns_find(info->columns, info->column_count, "split");
    if (has_parts(folders->how) && folders->split == info->column_count)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "folders %s: the images have no split: expected the option split or split-at, or a table of windows with "
             "the column split",
             name);
    if (!has_classes(folders->how))
        goto done;
    class_label_find(&folders->label, info);
    if (folders->label.column == info->column_count)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "folders %s: the images have no label with classes: expected one of texts or of few whole numbers, such "
             "as label direction:5",
             name);
    const struct image_column *column = &info->columns[folders->label.column];
    folders->class_count = column->classes ? column->class_count : folders->label.number_count;
done:
    return status;
}

enum plotmill_status class_folders_init(struct class_folders *folders, enum image_folders how,
                                        const struct dataset_info *info, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    bool present[PARTS] = {!has_parts(how)};
    char text[DECIMAL_SIZE];
    *folders = (struct class_folders){.how = how};
    if (!how)
        goto done;
    TRY(find_columns(folders, info, error));
    for (size_t i = 0; has_parts(how) && i < info->run_count; i++)
        if (info->runs[i].split < PARTS)
            present[info->runs[i].split] = true;
    folders->count = (has_parts(how) ? PARTS : 1) * folders->class_count;
    TRY_ALLOCATE(error, folders->paths, folders->count, sizeof *folders->paths);
    TRY_ALLOCATE(error, folders->images, folders->count, sizeof *folders->images);
    for (size_t i = 0; i < folders->count; i++) {
        const size_t part = i / folders->class_count;
        if (present[part])
            TRY(add_path(folders, i, has_parts(how) ? split_name((int)part) : NULL,
                         class_text(folders, info, i % folders->class_count, text), error));
    }
done:
    if (status)
        class_folders_free(folders);
    return status;
}

static bool make_folder(const char *root, const char *name)
{
    char *path = path_join(root, name);
    const bool made = path && os_make_folder(path);
    const int reason = errno;
    free(path);
    errno = reason;
    return made;
}

enum plotmill_status class_folders_make(const struct class_folders *folders, const char *root, const char *name,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    for (size_t i = 0; i < folders->count; i++) {
        const int part = (int)(i / folders->class_count);
        const bool first = folders->how == FOLDERS_SPLIT_LABEL && i % folders->class_count == 0;
        if (!folders->paths[i])
            continue;
        if ((first && !make_folder(root, split_name(part))) || !make_folder(root, folders->paths[i]))
            FAIL(error, PLOTMILL_IO_FAILED, "%s/%s: cannot be created: %s", name, folders->paths[i], strerror(errno));
    }
done:
    return status;
}

size_t class_folders_find(const struct class_folders *folders, const struct dataset_info *info,
                          const void *const *columns, uint64_t at)
{
    int64_t part = 0, class = 0;
    if (has_parts(folders->how))
        part = column_whole(&info->columns[folders->split], columns[folders->split], at);
    if (has_classes(folders->how))
        class = class_label_index(&folders->label, info, columns[folders->label.column], at);
    const bool inside =
        folders->how && part >= 0 && part < PARTS && class >= 0 && (uint64_t) class < folders->class_count;
    const size_t number = inside ? (size_t)part * folders->class_count + (size_t) class : folders->count;
    return number < folders->count && folders->paths[number] ? number : folders->count;
}

const char *class_folders_path(const struct class_folders *folders, size_t number)
{
    return number < folders->count ? folders->paths[number] : "";
}

void class_folders_count(struct class_folders *folders, size_t number)
{
    if (number < folders->count)
        folders->images[number]++;
    else
        folders->outside++;
}

void class_folders_report(const struct class_folders *folders, const char *name, const struct log *log)
{
    size_t empty = 0, first = 0;
    if (!folders->how)
        return;
    for (size_t i = folders->count; i-- > 0;)
        if (folders->paths[i] && !folders->images[i]) {
            empty++;
            first = i;
        }
    if (folders->outside)
        log_line(log, PLOTMILL_LOG_INFO,
                 "%s: %" PRIu64 " image%s without a part or class lie%s beside the subfolders (folders %s)", name,
                 folders->outside, folders->outside == 1 ? "" : "s", folders->outside == 1 ? "s" : "",
                 image_folders_name(folders->how));
    if (empty)
        log_line(log, PLOTMILL_LOG_WARNING,
                 "%s: %zu folder%s of a class hold%s no image, the first is %s: ImageFolder needs allow_empty=True",
                 name, empty, empty == 1 ? "" : "s", empty == 1 ? "s" : "", folders->paths[first]);
}

void class_folders_free(struct class_folders *folders)
{
    for (size_t i = 0; folders->paths && i < folders->count; i++)
        free(folders->paths[i]);
    free(folders->paths);
    free(folders->images);
    if (folders->how)
        class_label_free(&folders->label);
    *folders = (struct class_folders){0};
}
