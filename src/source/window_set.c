#include "source/window_set.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "source/source.h"
#include "source/window_counts.h"
#include "source/window_parts.h"

/* The windows of the rule as runs. */
static enum plotmill_status runs_of_rule(const struct windows *windows, struct window_runs *runs,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const size_t count = windows->part_count ? windows->part_count : 1;
    runs->step = windows->start_step;
    TRY_ALLOCATE(error, runs->runs, count, sizeof *runs->runs);
    runs->run_count = runs->capacity = count;
    runs->runs[0] = (struct window_run){windows->start, windows->images};
    for (size_t i = 0; i < windows->part_count; i++) {
        const uint64_t end = i + 1 < count ? windows->parts[i + 1].image : windows->images;
        runs->runs[i] = (struct window_run){windows->parts[i].start, end - windows->parts[i].image};
    }
    runs->count = windows->images;
done:
    return status;
}

static enum plotmill_status runs_of_table(const struct window_table *table, struct window_runs *runs,
                                          struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    for (uint64_t i = 0; i < table->rows; i++)
        TRY(window_runs_list(runs, table->starts[i], i, error));
done:
    return status;
}

/* Keeps the first windows. */
static void trim(struct window_runs *runs, uint64_t limit)
{
    if (!limit || limit >= runs->count)
        return;
    uint64_t left = runs->count = limit;
    for (size_t i = 0; i < runs->run_count; i++) {
        runs->runs[i].count = MIN(runs->runs[i].count, left);
        left -= runs->runs[i].count;
        if (!left)
            runs->run_count = i + 1;
    }
}

/* Leaves out windows that lack a label, until `limit` (0: none) are found. */
static enum plotmill_status drop_unlabelled(struct window_set *set, struct window_runs *runs, uint64_t limit,
                                            struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct window_set_data *data = set->data;
    struct window_runs kept = {.step = runs->step};
    struct window_walk walk = {.runs = runs};
    double values[WINDOW_BLOCK];
    bool missing[WINDOW_BLOCK];
    while ((!limit || kept.count < limit) && window_walk_next(&walk)) {
        memset(missing, 0, sizeof missing);
        for (size_t k = 0; k < data->stored_count; k++) {
            TRY(label_values(data, &data->stored[k], walk.starts, walk.table_rows, walk.count, values, error));
            for (size_t i = 0; i < walk.count; i++)
                missing[i] |= isnan(values[i]);
        }
        for (size_t i = 0; i < walk.count && (!limit || kept.count < limit); i++) {
            set->counts.dropped += missing[i];
            if (!missing[i])
                TRY(walk.table_rows ? window_runs_list(&kept, walk.starts[i], walk.table_rows[i], error)
                                    : window_runs_add(&kept, walk.starts[i], error));
        }
    }
    set->counts.unlabelled = set->counts.dropped;
    if (!kept.count)
        FAIL(error, PLOTMILL_BAD_INPUT, "drop-unlabelled: none of the %llu windows has all labels",
             (unsigned long long)runs->count);
    window_runs_free(runs);
    *runs = kept;
    kept = (struct window_runs){0};
done:
    window_runs_free(&kept);
    return status;
}

static enum plotmill_status add_run(struct window_set *set, uint64_t first, uint64_t count, enum image_split split,
                                    struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct split_run *last = set->run_count ? &set->runs[set->run_count - 1] : NULL;
    if (last && last->split == split) {
        last->count += count;
        return PLOTMILL_OK;
    }
    if ((set->run_count & (set->run_count - 1)) == 0) {
        struct split_run *grown = realloc(set->runs, (set->run_count ? 2 * set->run_count : 1) * sizeof *grown);
        TRY_MEMORY(error, grown);
        set->runs = grown;
    }
    set->runs[set->run_count++] = (struct split_run){first, count, split};
done:
    return status;
}

/* Puts the parts one after another; a table keeps its order. */
static enum plotmill_status split_set(struct window_set *set, struct window_runs *runs,
                                      const struct window_options *options, struct plotmill_error *error)
{
    static const enum image_split splits[] = {SPLIT_TRAIN, SPLIT_VAL, SPLIT_TEST, SPLIT_NONE};
    enum plotmill_status status = PLOTMILL_OK;
    struct split_result result = {0};
    struct window_runs joined = {.step = runs->step};
    TRY(split_windows(&result, set->data, runs, options, error));
    set->counts.embargoed = result.embargoed[0] + result.embargoed[1];
    for (int k = 0; k < 2; k++)
        set->counts.embargoed_of[k] = result.embargoed[k];
    for (uint64_t i = 0; result.splits && i < runs->count; i++)
        TRY(add_run(set, i, 1, (enum image_split)result.splits[i], error));
    if (result.splits)
        goto done;
    for (int k = 0; k < 4; k++)
        joined.run_count += result.parts[k].run_count;
    TRY_ALLOCATE(error, joined.runs, joined.run_count, sizeof *joined.runs);
    joined.capacity = joined.run_count;
    joined.run_count = 0;
    for (int k = 0; k < 4; k++) {
        const struct window_runs *part = &result.parts[k];
        if (part->count)
            TRY(add_run(set, joined.count, part->count, splits[k], error));
        for (size_t i = 0; i < part->run_count; i++)
            joined.runs[joined.run_count++] = part->runs[i];
        joined.count += part->count;
    }
    window_runs_free(runs);
    *runs = joined;
    joined = (struct window_runs){0};
done:
    window_runs_free(&joined);
    split_free(&result);
    return status;
}

/* Shuffles the images of one part among their places. */
static enum plotmill_status shuffle_part(const struct window_set *set, struct random_order *random,
                                         enum image_split split, uint64_t *list, uint64_t *rows,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t *items = NULL, *item_rows = NULL, count = 0;
    for (size_t i = 0; i < set->run_count; i++)
        count += set->runs[i].split == split ? set->runs[i].count : 0;
    TRY_ALLOCATE(error, items, count, sizeof *items);
    TRY_ALLOCATE(error, item_rows, rows ? count : 1, sizeof *item_rows);
    for (int back = 0; back < 2; back++) {
        count = 0;
        for (size_t i = 0; i < set->run_count; i++) {
            const struct split_run *run = &set->runs[i];
            const size_t bytes = (size_t)run->count * sizeof *items;
            if (run->split != split)
                continue;
            memcpy(back ? list + run->first : items + count, back ? items + count : list + run->first, bytes);
            if (rows)
                memcpy(back ? rows + run->first : item_rows + count, back ? item_rows + count : rows + run->first,
                       bytes);
            count += run->count;
        }
        if (!back)
            shuffle_items(random, items, rows ? item_rows : NULL, count);
    }
done:
    free(items);
    free(item_rows);
    return status;
}

/* Shuffles all images, or those of train, val, test and none in turn. */
static enum plotmill_status shuffle(struct window_set *set, const char *seed, struct plotmill_error *error)
{
    static const enum image_split splits[] = {SPLIT_TRAIN, SPLIT_VAL, SPLIT_TEST, SPLIT_NONE};
    enum plotmill_status status = PLOTMILL_OK;
    struct windows *windows = &set->windows;
    struct random_order random;
    uint64_t *list = NULL;
    TRY(shuffle_seed(&random, seed, error));
    if (!windows->list) {
        TRY_ALLOCATE(error, list, windows->images, sizeof *list);
        for (uint64_t i = 0; i < windows->images; i++)
            list[i] = windows_start(windows, i);
        windows_free(windows);
        windows->list = list;
    }
    if (!set->runs)
        shuffle_items(&random, windows->list, set->data->table_rows, windows->images);
    for (int i = 0; set->runs && i < 4; i++)
        TRY(shuffle_part(set, &random, splits[i], windows->list, set->data->table_rows, error));
done:
    return status;
}

/* The windows of a set from their runs, or their list. */
static enum plotmill_status take_runs(struct window_set *set, struct window_runs *runs, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct windows *windows = &set->windows;
    windows_free(windows);
    windows->images = runs->count;
    if (runs->list) {
        windows->list = runs->list;
        set->data->table_rows = runs->table_rows;
        runs->list = runs->table_rows = NULL;
        return PLOTMILL_OK;
    }
    windows->start = runs->runs[0].start;
    if (runs->run_count == 1)
        return PLOTMILL_OK;
    TRY_ALLOCATE(error, windows->parts, runs->run_count, sizeof *windows->parts);
    windows->part_count = runs->run_count;
    for (uint64_t i = 0, image = 0; i < runs->run_count; image += runs->runs[i++].count)
        windows->parts[i] = (struct window_part){image, runs->runs[i].start};
done:
    return status;
}

static enum plotmill_status choose(struct window_set *set, const struct window_rule *rule,
                                   const struct window_options *options, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct window_runs runs = {0};
    const bool split = split_wanted(options) || set->data->table.splits;
    TRY(options->file ? runs_of_table(&set->data->table, &runs, error) : runs_of_rule(&set->windows, &runs, error));
    if (options->drop_unlabelled && !set->data->stored_count)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "drop-unlabelled: there is no label: expected the option label, label-column, or a table of windows with "
             "labels");
    if (options->drop_unlabelled)
        TRY(drop_unlabelled(set, &runs, rule->limit, error));
    trim(&runs, rule->limit);
    if (split)
        TRY(split_set(set, &runs, options, error));
    set->data->split = split;
    TRY(take_runs(set, &runs, error));
    TRY(window_counts_fill(set, error)); /* while neighbouring windows are read one after another */
    if (options->shuffle)
        TRY(shuffle(set, options->shuffle, error));
done:
    window_runs_free(&runs);
    return status;
}

/* Whether the rows of every range follow one another, so that a window's first row says all of them. */
static bool rows_follow(const struct source *source)
{
    const struct source_shape *shape = &source->shape;
    const struct source_range all = {0, shape->samples, 0};
    uint64_t rows[WINDOW_BLOCK];
    for (size_t i = 0; i < (shape->range_count ? shape->range_count : 1); i++) {
        const struct source_range *range = shape->range_count ? &shape->ranges[i] : &all;
        uint64_t next = 0;
        for (uint64_t done = 0; done < range->count; done += WINDOW_BLOCK) {
            const uint64_t n = MIN(range->count - done, WINDOW_BLOCK);
            source_rows(source, range->first + done, n, rows);
            for (uint64_t k = 0; k < n; k++, next++) {
                if (done + k == 0)
                    next = rows[0];
                if (rows[k] != next)
                    return false;
            }
        }
    }
    return true;
}

static bool has_groups(const struct source *source)
{
    const struct source_shape *shape = &source->shape;
    for (size_t i = 1; i < shape->range_count; i++)
        if (shape->ranges[i].group != shape->ranges[0].group)
            return true;
    return source->groups != NULL && shape->range_count;
}

static void add_column(struct window_set *set, const char *name, enum column_type type, uint64_t width,
                       char *const *classes, size_t class_count)
{
    set->columns[set->column_count++] =
        (struct image_column){name, type, width, (const char *const *)classes, class_count};
}

static enum plotmill_status make_columns(struct window_set *set, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct window_set_data *data = set->data;
    const struct source *source = data->source;
    data->rows = source->ops->rows && !source->shape.row_length && !rows_follow(source);
    TRY_ALLOCATE(error, set->columns, 4 + data->stored_count, sizeof *set->columns);
    if (data->times)
        add_column(set, "timestamps", COLUMN_INT64, 2, NULL, 0);
    if (data->groups)
        add_column(set, "group", COLUMN_UINT32, 1, source->groups, source->group_count);
    if (data->rows)
        add_column(set, "row", COLUMN_INT64, data->window, NULL, 0);
    if (data->split)
        add_column(set, "split", COLUMN_UINT8, 1, NULL, 0);
    for (size_t i = 0; i < data->stored_count; i++) {
        const struct stored_label *label = &data->stored[i];
        add_column(set, label->name, label->whole ? COLUMN_INT64 : COLUMN_FLOAT64, 1, label->classes,
                   label->class_count);
    }
done:
    return status;
}

static enum plotmill_status start_data(struct window_set *set, const struct source *source, size_t label_value,
                                       const struct window_options *options, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY_ALLOCATE(error, set->data, 1, sizeof *set->data);
    struct window_set_data *data = set->data;
    data->source = source;
    data->value = label_value;
    data->times = source->ops->times && source->about.has_times;
    data->groups = has_groups(source);
    TRY_ALLOCATE(error, data->row, MAX(WINDOW_BLOCK, source_fields(source->shape)), sizeof *data->row);
    TRY(labels_parse(&data->labels, options->label, error));
done:
    return status;
}

enum plotmill_status window_options_check(const struct window_options *options, const struct window_rule *rule,
                                          struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct label_list labels = {0};
    struct random_order random;
    TRY(labels_parse(&labels, options->label, error));
    TRY(split_check(options, error));
    if (options->shuffle)
        TRY(shuffle_seed(&random, options->shuffle, error));
    if (options->file && rule->stride != 1)
        FAIL(error, PLOTMILL_BAD_INPUT, "windows and stride: expected only one of them: the table says the starts");
    if (options->label_field && !labels_need_field(&labels))
        FAIL(error, PLOTMILL_BAD_INPUT,
             "label-field: applies to the labels return and direction: expected the option label with one of them");
done:
    labels_free(&labels);
    return status;
}

/* Parts that the embargo leaves empty: they are shorter than a window and what its labels reach. */
static void warn_of_empty_parts(const struct window_set *set, const struct log *log)
{
    static const char *const names[] = {"train", "val"};
    for (int k = 0; k < 2; k++)
        if (!set->counts.splits[k] && set->counts.embargoed_of[k])
            log_line(log, PLOTMILL_LOG_WARNING,
                     "split: %s holds no window: all %llu reach into a later part, with the %llu rows of a window and "
                     "what its labels reach: expected longer groups, a larger share, or a smaller window",
                     names[k], (unsigned long long)set->counts.embargoed_of[k], (unsigned long long)set->data->window);
}

enum plotmill_status window_set_plan(struct window_set *set, const struct source *source, size_t label_value,
                                     const struct window_rule *rule, const struct window_options *options,
                                     const struct log *log, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct window_rule unlimited = {rule->window, options->file ? 1 : rule->stride, 0};
    *set = (struct window_set){0};
    TRY(window_options_check(options, rule, error));
    TRY(start_data(set, source, label_value, options, error));
    TRY(windows_plan(&set->windows, source->shape, &unlimited, error));
    set->data->window = set->windows.window;
    set->counts.too_short = set->windows.short_count;
    if (options->file)
        TRY(window_table_read(&set->data->table, options, source, set->data->window, error));
    TRY(labels_resolve(set->data, error));
    TRY(choose(set, rule, options, error));
    TRY(make_columns(set, error));
    TRY(window_options_describe(&set->description, options, rule->limit,
                                source->shape.range_count || source->shape.break_count, error));
    warn_of_empty_parts(set, log);
    if (set->counts.too_short && source->shape.range_count)
        log_line(log, PLOTMILL_LOG_INFO,
                 "%llu of %zu groups of rows are shorter than the window of %llu samples: no image shows them",
                 (unsigned long long)set->counts.too_short, source->shape.range_count,
                 (unsigned long long)set->data->window);
done:
    return status;
}

void window_set_free(struct window_set *set)
{
    struct window_set_data *data = set->data;
    windows_free(&set->windows);
    free(set->columns);
    free(set->runs);
    free(set->description);
    free(set->classes);
    if (data) {
        labels_free(&data->labels);
        for (size_t i = 0; i < data->stored_count; i++)
            free(data->stored[i].name);
        free(data->stored);
        window_table_free(&data->table);
        free(data->table_rows);
        free(data->row);
    }
    free(data);
    *set = (struct window_set){0};
}
