#include "source/window_counts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "source/fingerprint.h"
#include "source/window_parts.h"

/* A label with more different values has no classes. */
#define CLASSES_MOST 64

static const char *const part_names[] = {"train", "val", "test", "none"};

/* Windows of a label, per class and part; class 0 is that of missing labels. */
struct class_counts {
    double values[CLASSES_MOST + 1];
    uint64_t windows[CLASSES_MOST + 1][4];
    size_t count; /* of classes; CLASSES_MOST + 1: too many */
};

static void count_value(struct class_counts *counts, double value, int part, bool classes)
{
    size_t at = 1;
    if (isnan(value)) {
        counts->windows[0][part]++;
        return;
    }
    if (!classes || counts->count > CLASSES_MOST)
        return;
    while (at <= counts->count && counts->values[at] != value)
        at++;
    if (at > counts->count) {
        counts->count++;
        if (counts->count > CLASSES_MOST)
            return;
        counts->values[at] = value;
    }
    counts->windows[at][part]++;
}

static void write_windows(struct json *json, const char *key, const uint64_t windows[4], bool split)
{
    if (!split) {
        json_uint(json, key, windows[0] + windows[1] + windows[2] + windows[3]);
        return;
    }
    json_open(json, key, '{');
    for (int part = 0; part < 4; part++)
        json_uint(json, part_names[part], windows[part]);
    json_close(json, '}');
}

/* Classes in ascending order. */
static void write_label(struct json *json, const struct stored_label *label, const struct class_counts *counts,
                        bool split)
{
    bool written[CLASSES_MOST + 1] = {false};
    json_open(json, label->name + strlen("labels/"), '{');
    write_windows(json, "missing", counts->windows[0], split);
    if (label->whole && counts->count <= CLASSES_MOST) {
        json_open(json, "classes", '{');
        for (size_t n = 0; n < counts->count; n++) {
            size_t least = 0;
            char text[DECIMAL_SIZE];
            for (size_t i = 1; i <= counts->count; i++)
                if (!written[i] && (!least || counts->values[i] < counts->values[least]))
                    least = i;
            written[least] = true;
            decimal_write(text, counts->values[least]);
            write_windows(json, label->classes ? label->classes[(size_t)counts->values[least]] : text,
                          counts->windows[least], split);
        }
        json_close(json, '}');
    }
    json_close(json, '}');
}

static enum plotmill_status count_labels(struct window_set *set, struct class_counts *all, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct window_set_data *data = set->data;
    const uint64_t images = set->windows.images;
    uint64_t starts[WINDOW_BLOCK];
    double values[WINDOW_BLOCK];
    for (uint64_t first = 0; first < images; first += WINDOW_BLOCK) {
        const uint64_t n = MIN(images - first, WINDOW_BLOCK);
        bool missing[WINDOW_BLOCK] = {false};
        for (uint64_t i = 0; i < n; i++)
            starts[i] = windows_start(&set->windows, first + i);
        for (size_t k = 0; k < data->stored_count; k++) {
            const struct stored_label *label = &data->stored[k];
            TRY(label_values(data, label, starts, data->table_rows ? data->table_rows + first : NULL, (size_t)n, values,
                             error));
            for (uint64_t i = 0; i < n; i++) {
                count_value(&all[k], values[i], (int)MIN(window_set_split(set, first + i), 3), label->whole);
                missing[i] |= isnan(values[i]);
            }
        }
        for (uint64_t i = 0; i < n; i++)
            set->counts.unlabelled += missing[i];
    }
done:
    return status;
}

enum plotmill_status window_counts_fill(struct window_set *set, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct window_set_data *data = set->data;
    struct class_counts *all = NULL;
    struct json json = {.one_line = true};
    set->counts.images = set->windows.images;
    for (size_t i = 0; i < set->run_count; i++)
        set->counts.splits[MIN(set->runs[i].split, 3)] += set->runs[i].count;
    if (!data->stored_count)
        return PLOTMILL_OK;
    TRY_ALLOCATE(error, all, data->stored_count, sizeof *all);
    TRY(count_labels(set, all, error));
    json_open(&json, NULL, '{');
    for (size_t k = 0; k < data->stored_count; k++)
        write_label(&json, &data->stored[k], &all[k], data->split);
    json_close(&json, '}');
    set->classes = json_finish(&json);
    TRY_MEMORY(error, set->classes);
done:
    free(all);
    return status;
}

static void describe_text(struct json *json, const char *key, const char *text)
{
    if (text)
        json_string(json, key, text);
}

enum plotmill_status window_options_describe(char **text, const struct window_options *options, uint64_t limit,
                                             bool all, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct json json = {.one_line = true, .keep_bytes = true};
    char *file = NULL;
    *text = NULL;
    if (!all && !options->file && !options->label && !options->drop_unlabelled && !split_wanted(options) &&
        !options->shuffle) {
        TRY(string_keep(text, "", error));
        goto done;
    }
    json_open(&json, NULL, '{');
    if (options->file) {
        TRY(fingerprint_paths(&file, &options->file, 1, NULL, error));
        json_raw(&json, "windows", file);
    }
    describe_text(&json, "label", options->label);
    describe_text(&json, "label_field", options->label ? options->label_field : NULL);
    if (options->drop_unlabelled)
        json_bool(&json, "drop_unlabelled", true);
    describe_text(&json, "split", options->split);
    describe_text(&json, "split_at", options->split_at);
    describe_text(&json, "split_by", options->split_by);
    describe_text(&json, "shuffle", options->shuffle);
    if (limit)
        json_uint(&json, "limit", limit);
    json_close(&json, '}');
    *text = json_finish(&json);
    TRY_MEMORY(error, *text);
done:
    free(file);
    if (status)
        free(json_finish(&json));
    return status;
}
