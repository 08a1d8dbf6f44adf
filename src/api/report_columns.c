/* What is stored beside the images of an output: counts of all, and the values of one image. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/handles.h"
#include "api/report.h"
#include "base/try.h"
#include "dataset/reader.h"
#include "formats/columns.h"

#define BLOCK_IMAGES 65536
/* A label of whole numbers with more different values has no classes. */
#define CLASSES_MOST 1000

static int part_of(const struct image_column *column, const void *splits, uint64_t at)
{
    const int64_t split = splits ? column_whole(column, splits, at) : SPLIT_NONE;
    return split >= SPLIT_TRAIN && split <= SPLIT_TEST ? (int)split : 3;
}

/* Images per value and part; value 0 is that of missing ones. */
struct value_counts {
    int64_t values[CLASSES_MOST + 1];
    uint64_t parts[CLASSES_MOST + 1][4];
    size_t count; /* CLASSES_MOST + 1: too many */
};

static void count_value(struct value_counts *counts, int64_t value, int part)
{
    size_t at = 1;
    while (at <= counts->count && counts->values[at] < value)
        at++;
    if (at > counts->count || counts->values[at] != value) {
        if (counts->count >= CLASSES_MOST) {
            counts->count = CLASSES_MOST + 1;
            return;
        }
        memmove(&counts->values[at + 1], &counts->values[at], (counts->count + 1 - at) * sizeof counts->values[0]);
        memmove(&counts->parts[at + 1], &counts->parts[at], (counts->count + 1 - at) * sizeof counts->parts[0]);
        memset(counts->parts[at], 0, sizeof counts->parts[at]);
        counts->values[at] = value;
        counts->count++;
    }
    counts->parts[at][part]++;
}

static void write_parts(struct json *json, const char *key, const uint64_t parts[4], bool split)
{
    if (!split) {
        json_uint(json, key, parts[0] + parts[1] + parts[2] + parts[3]);
        return;
    }
    json_open(json, key, '{');
    for (int part = 0; part < 4; part++)
        json_uint(json, split_name(part), parts[part]);
    json_close(json, '}');
}

static void write_counts(struct json *json, const struct image_column *column, const struct value_counts *counts,
                         bool split)
{
    json_open(json, column_title(column), '{');
    for (size_t i = 1; counts->count <= CLASSES_MOST && i <= counts->count; i++) {
        char number[DECIMAL_SIZE];
        const struct image_column whole = {"labels/", COLUMN_INT64, 1, NULL, 0};
        const int64_t value = counts->values[i];
        column_number(&whole, &value, 0, number);
        const bool named = column->classes && value >= 0 && (uint64_t)value < column->class_count;
        write_parts(json, named ? column->classes[value] : number, counts->parts[i], split);
    }
    write_parts(json, "missing", counts->parts[0], split);
    json_close(json, '}');
}

static enum plotmill_status count_column(struct reader *reader, size_t index, size_t split, struct value_counts *counts,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct dataset_info *info = &reader->info;
    const struct image_column *column = &info->columns[index];
    const struct image_column *splits = split < info->column_count ? &info->columns[split] : NULL;
    void *values = NULL, *parts = NULL;
    TRY_ALLOCATE(error, values, BLOCK_IMAGES, column_row_bytes(column));
    if (splits)
        TRY_ALLOCATE(error, parts, BLOCK_IMAGES, column_row_bytes(splits));
    for (uint64_t first = 0, count; first < info->images; first += count) {
        count = MIN(info->images - first, BLOCK_IMAGES);
        TRY(reader_column(reader, index, first, count, values, error));
        if (splits)
            TRY(reader_column(reader, split, first, count, parts, error));
        for (uint64_t i = 0; i < count; i++) {
            const int part = part_of(splits, parts, i);
            if (column_is_missing(column, values, i))
                counts->parts[0][part]++;
            else if (column->type != COLUMN_FLOAT64 && counts->count <= CLASSES_MOST)
                count_value(counts, column_whole(column, values, i), part);
        }
    }
done:
    free(values);
    free(parts);
    return status;
}

enum plotmill_status report_counts(plotmill_reader *handle, char **text)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct reader *reader = &handle->reader;
    struct plotmill_error *error = &handle->pm->error;
    const struct dataset_info *info = &reader->info;
    const size_t split = columns_find(info->columns, info->column_count, "split");
    struct value_counts *counts = NULL;
    struct json json = {.one_line = true};
    *text = NULL;
    if (!info->column_count || !reader->impl->column)
        return PLOTMILL_OK;
    json_open(&json, NULL, '{');
    for (size_t i = 0; i < info->column_count; i++) {
        if (i != split && !(column_is_label(&info->columns[i]) && info->columns[i].width == 1))
            continue;
        free(counts);
        TRY_ALLOCATE(error, counts, 1, sizeof *counts);
        TRY(count_column(reader, i, i == split ? info->column_count : split, counts, error));
        if (i == split) {
            uint64_t parts[4] = {0, 0, 0, counts->parts[0][3]};
            for (size_t k = 1; k <= counts->count; k++)
                if (counts->values[k] <= SPLIT_TEST)
                    parts[counts->values[k]] = counts->parts[k][3];
            write_parts(&json, "split", parts, true);
        } else {
            write_counts(&json, &info->columns[i], counts, split < info->column_count);
        }
    }
    json_close(&json, '}');
    *text = json_finish(&json);
    TRY_MEMORY(error, *text);
done:
    free(counts);
    if (status)
        free(json_finish(&json));
    return status;
}

static void write_value(struct json *json, const char *key, const struct image_column *column, const void *values,
                        uint64_t at)
{
    const char *class = column_class(column, values, at);
    char text[DECIMAL_SIZE];
    column_number(column, values, at, text);
    if (!strcmp(column->name, "timestamps") && *text) {
        time_write(text, column_whole(column, values, at));
        json_string(json, key, text);
    } else if (class) {
        json_string(json, key, class);
    } else if (!*text || column->type == COLUMN_FLOAT64) {
        json_number(json, key, *text ? ((const double *)values)[at] : (double)NAN);
    } else {
        json_raw(json, key, text);
    }
}

enum plotmill_status report_image(plotmill_reader *handle, uint64_t index, char **text)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct reader *reader = &handle->reader;
    struct plotmill_error *error = &handle->pm->error;
    const struct dataset_info *info = &reader->info;
    uint8_t *pixels = NULL, *values = NULL;
    double *y_range = NULL;
    int64_t start = -1;
    struct json json = {0};
    *text = NULL;
    if (index >= info->images)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: index %llu: expected less than the number of images, %llu", handle->path,
             (unsigned long long)index, (unsigned long long)info->images);
    TRY_ALLOCATE(error, pixels, (size_t)info->width * info->height, info->channels);
    TRY_ALLOCATE(error, y_range, info->panels, 2 * sizeof *y_range);
    TRY(reader_read(reader, index, 1, pixels, &start, y_range, error));
    json_open(&json, NULL, '{');
    json_uint(&json, "index", index);
    json_int(&json, "window_start", start);
    json.one_line = true;
    json_open(&json, "y_range", '[');
    for (uint32_t i = 0; i < 2 * info->panels; i++)
        json_number(&json, NULL, y_range[i]);
    json_close(&json, ']');
    for (size_t c = 0; reader->impl->column && c < info->column_count; c++) {
        const struct image_column *column = &info->columns[c];
        free(values);
        TRY_ALLOCATE(error, values, 1, column_row_bytes(column));
        TRY(reader_column(reader, c, index, 1, values, error));
        json.one_line = false;
        if (column->width == 1) {
            write_value(&json, column->name, column, values, 0);
            continue;
        }
        json_open(&json, column->name, '[');
        json.one_line = true;
        for (uint64_t k = 0; k < column->width; k++)
            write_value(&json, NULL, column, values, k);
        json_close(&json, ']');
    }
    json.one_line = false;
    json_close(&json, '}');
    *text = json_finish(&json);
    TRY_MEMORY(error, *text);
done:
    free(pixels);
    free(y_range);
    free(values);
    if (status)
        free(json_finish(&json));
    return status;
}
