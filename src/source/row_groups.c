#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "source/arrangement.h"

#define NO_GROUP UINT32_MAX

/* The group of each row, numbered in the order of first rows. */
struct numbering {
    uint32_t *of;     /* (rows) */
    uint64_t *counts; /* (count) rows of each */
    uint32_t *keys;   /* (count) the class or the input of each */
    size_t count;
    uint64_t runs;     /* of rows one after another */
    uint32_t *numbers; /* (count) other numbers of groups that stay where they lie; NULL: none */
};

static void numbering_free(struct numbering *numbering)
{
    free(numbering->of);
    free(numbering->counts);
    free(numbering->keys);
    free(numbering->numbers);
}

static uint32_t number_of(const struct numbering *numbering, uint32_t group)
{
    return numbering->numbers ? numbering->numbers[group] : group;
}

static void count_row(struct numbering *numbering, uint32_t *numbers, uint32_t key, uint64_t row)
{
    if (numbers[key] == NO_GROUP) {
        numbering->keys[numbering->count] = key;
        numbers[key] = (uint32_t)numbering->count++;
    }
    const uint32_t number = numbers[key];
    numbering->runs += !row || numbering->of[row - 1] != number;
    numbering->of[row] = number;
    numbering->counts[number]++;
}

/* By the last side column, which is that of the option group-by. */
static enum plotmill_status number_by_column(struct arrangement *arrangement, struct numbering *numbering,
                                             uint32_t *numbers, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct source *inner = &arrangement->inner;
    double values[1024];
    const size_t most = sizeof values / sizeof *values, column = arrangement->group_side;
    for (uint64_t row = 0; row < arrangement->order.count; row += most) {
        const uint64_t n = MIN(most, arrangement->order.count - row);
        TRY(inner->ops->side(inner->self, column, row, n, values, error));
        for (uint64_t i = 0; i < n; i++) {
            if (isnan(values[i]))
                FAIL(error, PLOTMILL_BAD_INPUT, "%s: column %s is empty: expected the group of the row",
                     arrangement_place(arrangement, row + i).text, inner->sides[column].name);
            count_row(numbering, numbers, (uint32_t)values[i], row + i);
        }
    }
done:
    return status;
}

/* Where the options from and to give a period: in the order of the first rows of it, then those that have none. These
 * get no ranges and no names: a text file, of which the period alone is read, does not know them. */
static enum plotmill_status number_by_period(struct arrangement *arrangement, struct numbering *numbering,
                                             struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint32_t *numbers = NULL, *keys = NULL, next = 0;
    uint64_t *counts = NULL;
    int64_t times[1024];
    const size_t width = arrangement->row_length ? 2 : 1, most = sizeof times / sizeof *times / width;
    if (period_is_all(&arrangement->period) || !arrangement->inner.ops->times)
        return PLOTMILL_OK;
    TRY_ALLOCATE(error, numbers, numbering->count, sizeof *numbers);
    TRY_ALLOCATE(error, keys, numbering->count, sizeof *keys);
    TRY_ALLOCATE(error, counts, numbering->count, sizeof *counts);
    for (size_t i = 0; i < numbering->count; i++)
        numbers[i] = NO_GROUP;
    for (uint64_t row = 0; row < arrangement->order.count && next < numbering->count; row += most) {
        const uint64_t n = MIN(most, arrangement->order.count - row);
        TRY(arrangement_times(arrangement, row, n, times, error));
        for (uint64_t i = 0; i < n; i++)
            if (period_has_time(&arrangement->period, times[i * width]) &&
                period_has_time(&arrangement->period, times[i * width + width - 1]) &&
                numbers[numbering->of[row + i]] == NO_GROUP)
                numbers[numbering->of[row + i]] = next++;
    }
    for (size_t i = 0; i < numbering->count; i++) {
        const uint32_t number = numbers[i] == NO_GROUP ? numbers[i] = next++ : numbers[i];
        keys[number] = numbering->keys[i];
        counts[number] = numbering->counts[i];
    }
    memcpy(numbering->keys, keys, numbering->count * sizeof *keys);
    if (numbering->runs == numbering->count) {
        numbering->numbers = numbers;
        numbers = NULL;
    } else { /* they will be gathered, in this order */
        memcpy(numbering->counts, counts, numbering->count * sizeof *counts);
        for (uint64_t row = 0; row < arrangement->order.count; row++)
            numbering->of[row] = numbers[numbering->of[row]];
    }
done:
    free(numbers);
    free(keys);
    free(counts);
    return status;
}

/* Puts the rows of each group together, in the order that they have. */
static enum plotmill_status gather(struct arrangement *arrangement, const struct numbering *numbering,
                                   struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t *next = NULL;
    TRY_ALLOCATE(error, next, numbering->count, sizeof *next);
    TRY_ALLOCATE(error, arrangement->order.at, arrangement->order.count, sizeof *arrangement->order.at);
    for (size_t i = 0; i < numbering->count; i++)
        next[i] = arrangement->groups[i].first;
    for (uint64_t row = 0; row < arrangement->order.count; row++)
        arrangement->order.at[next[numbering->of[row]]++] = row;
done:
    free(next);
    return status;
}

static enum plotmill_status set_groups(struct arrangement *arrangement, const struct numbering *numbering,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t first = 0;
    TRY_ALLOCATE(error, arrangement->groups, numbering->count, sizeof *arrangement->groups);
    arrangement->group_count = numbering->count;
    for (size_t i = 0; i < numbering->count; i++) {
        arrangement->groups[i] = (struct row_group){first, numbering->counts[i], number_of(numbering, (uint32_t)i)};
        first += numbering->counts[i];
    }
    if (numbering->runs > numbering->count)
        TRY(gather(arrangement, numbering, error));
done:
    return status;
}

/* Ready sequences are never moved: each run of one group is a range of its own. */
static enum plotmill_status set_runs(struct arrangement *arrangement, const struct numbering *numbering,
                                     struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY_ALLOCATE(error, arrangement->groups, numbering->runs, sizeof *arrangement->groups);
    for (uint64_t row = 0; row < arrangement->order.count; row++) {
        const bool new = !row || numbering->of[row] != numbering->of[row - 1];
        if (new)
            arrangement->groups[arrangement->group_count++] =
                (struct row_group){row, 0, number_of(numbering, numbering->of[row])};
        arrangement->groups[arrangement->group_count - 1].count++;
    }
done:
    return status;
}

/* The names of an input as a group: that of its file, with its folder, or all of its path. */
struct file_names {
    const char *file, *all;
    char *folder; /* "folder/file"; owned */
    size_t part;
};

static int compare_files(const void *a, const void *b)
{
    return strcmp(((const struct file_names *)a)->file, ((const struct file_names *)b)->file);
}

static int compare_folders(const void *a, const void *b)
{
    return strcmp(((const struct file_names *)a)->folder, ((const struct file_names *)b)->folder);
}

static enum plotmill_status find_names(struct file_names *names, const struct arrange_part *part, size_t at,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct input *input = part->input;
    char *folder = path_folder(input->member ? input->member : input->name);
    TRY_MEMORY(error, folder);
    *names = (struct file_names){input->group, input->name, path_join(path_name(folder), input->group), at};
    TRY_MEMORY(error, names->folder);
done:
    free(folder);
    return status;
}

/* The shortest name of each input that no other one has. */
static enum plotmill_status name_files(char **found, const struct arrange_part *parts, size_t count,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct file_names *names = NULL;
    TRY_ALLOCATE(error, names, count, sizeof *names);
    for (size_t i = 0; i < count; i++)
        TRY(find_names(&names[i], &parts[i], i, error));
    qsort(names, count, sizeof *names, compare_folders);
    for (size_t i = 0; i < count; i++) {
        const bool again = (i && !compare_folders(&names[i], &names[i - 1])) ||
                           (i + 1 < count && !compare_folders(&names[i], &names[i + 1]));
        TRY(string_keep(&found[names[i].part], again ? names[i].all : names[i].folder, error));
    }
    qsort(names, count, sizeof *names, compare_files);
    for (size_t i = 0; i < count; i++) {
        const bool again = (i && !compare_files(&names[i], &names[i - 1])) ||
                           (i + 1 < count && !compare_files(&names[i], &names[i + 1]));
        if (again)
            continue;
        free(found[names[i].part]);
        found[names[i].part] = NULL;
        TRY(string_keep(&found[names[i].part], names[i].file, error));
    }
done:
    for (size_t i = 0; names && i < count; i++)
        free(names[i].folder);
    free(names);
    return status;
}

static enum plotmill_status name_groups(struct arrangement *arrangement, const struct numbering *numbering,
                                        bool by_file, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct side_column *column = by_file ? NULL : &arrangement->inner.sides[arrangement->group_side];
    const size_t parts = arrangement->part_count;
    char **files = NULL;
    TRY_ALLOCATE(error, arrangement->names, numbering->count, sizeof *arrangement->names);
    arrangement->name_count = numbering->count;
    TRY_ALLOCATE(error, files, parts, sizeof *files);
    if (by_file)
        TRY(name_files(files, arrangement->parts, parts, error));
    for (size_t i = 0; i < numbering->count; i++)
        TRY(string_keep(&arrangement->names[i],
                        by_file ? files[numbering->keys[i]] : column->classes[numbering->keys[i]], error));
done:
    for (size_t i = 0; files && i < parts; i++)
        free(files[i]);
    free(files);
    return status;
}

enum plotmill_status groups_find(struct arrangement *arrangement, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct source *inner = &arrangement->inner;
    const char *by = arrangement->options ? arrangement->options->group_by : NULL;
    const bool by_file = by && !strcmp(by, "file");
    struct numbering numbering = {0};
    uint32_t *numbers = NULL;
    if (!by_file && !arrangement->by_column) {
        TRY_ALLOCATE(error, arrangement->groups, 1, sizeof *arrangement->groups);
        arrangement->groups[0] = (struct row_group){0, arrangement->order.count, 0};
        arrangement->group_count = 1;
        return PLOTMILL_OK;
    }
    const size_t keys = by_file ? arrangement->part_count : inner->sides[arrangement->group_side].class_count;
    TRY_ALLOCATE(error, numbers, keys, sizeof *numbers);
    for (size_t i = 0; i < keys; i++)
        numbers[i] = NO_GROUP;
    TRY_ALLOCATE(error, numbering.of, arrangement->order.count, sizeof *numbering.of);
    TRY_ALLOCATE(error, numbering.counts, keys, sizeof *numbering.counts);
    TRY_ALLOCATE(error, numbering.keys, keys, sizeof *numbering.keys);
    for (size_t i = 0; by_file && i < keys; i++)
        for (uint64_t k = 0; k < arrangement->parts[i].count; k++)
            count_row(&numbering, numbers, (uint32_t)i, arrangement->parts[i].first + k);
    if (!by_file)
        TRY(number_by_column(arrangement, &numbering, numbers, error));
    TRY(number_by_period(arrangement, &numbering, error));
    TRY(name_groups(arrangement, &numbering, by_file, error));
    TRY(arrangement->row_length ? set_runs(arrangement, &numbering, error)
                                : set_groups(arrangement, &numbering, error));
done:
    free(numbers);
    numbering_free(&numbering);
    return status;
}
