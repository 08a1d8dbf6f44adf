/* Columns of a window set: times, groups, rows, parts and labels of its images. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/try.h"
#include "source/source.h"
#include "source/window_counts.h"
#include "source/window_parts.h"

enum image_split window_set_split(const struct window_set *set, uint64_t image)
{
    size_t low = 0, high = set->run_count;
    while (high > low + 1) {
        const size_t middle = low + (high - low) / 2;
        if (set->runs[middle].first <= image)
            low = middle;
        else
            high = middle;
    }
    return set->run_count ? set->runs[low].split : SPLIT_NONE;
}

static enum plotmill_status read_times(const struct window_set_data *data, const uint64_t *starts, uint64_t count,
                                       int64_t *times, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct source *source = data->source;
    for (uint64_t i = 0; i < count; i++, times += 2) {
        TRY(source->ops->times(source->self, starts[i], 1, times, error));
        if (!source->shape.row_length)
            TRY(source->ops->times(source->self, starts[i] + data->window - 1, 1, times + 1, error));
    }
done:
    return status;
}

static enum plotmill_status read_label(const struct window_set_data *data, const struct stored_label *label,
                                       const uint64_t *starts, const uint64_t *table_rows, uint64_t count, void *out,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    double values[WINDOW_BLOCK];
    for (uint64_t done = 0; done < count; done += WINDOW_BLOCK) {
        const uint64_t n = MIN(count - done, WINDOW_BLOCK);
        TRY(label_values(data, label, starts + done, table_rows ? table_rows + done : NULL, (size_t)n, values, error));
        for (uint64_t i = 0; i < n; i++)
            if (label->whole)
                ((int64_t *)out)[done + i] = isnan(values[i]) ? INT_MISSING : (int64_t)values[i];
            else
                ((double *)out)[done + i] = values[i];
    }
done:
    return status;
}

/* Values of a column of images first..first+count-1, whose windows begin at `starts`. */
static enum plotmill_status read_column(const struct window_set *set, size_t column, uint64_t first,
                                        const uint64_t *starts, uint64_t count, void *out, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct window_set_data *data = set->data;
    const char *name = set->columns[column].name;
    const size_t beside = set->column_count - data->stored_count; /* columns that are no labels */
    if (column >= beside) {
        TRY(read_label(data, &data->stored[column - beside], starts, data->table_rows ? data->table_rows + first : NULL,
                       count, out, error));
    } else if (!strcmp(name, "timestamps")) {
        TRY(read_times(data, starts, count, out, error));
    } else if (!strcmp(name, "group")) {
        for (uint64_t i = 0; i < count; i++)
            ((uint32_t *)out)[i] = window_range(&data->source->shape, starts[i])->group;
    } else if (!strcmp(name, "row")) {
        for (uint64_t i = 0; i < count; i++)
            source_rows(data->source, starts[i], data->window, (uint64_t *)out + i * data->window);
    } else {
        for (uint64_t i = 0; i < count; i++)
            ((uint8_t *)out)[i] = (uint8_t)window_set_split(set, first + i);
    }
done:
    return status;
}

/* *starts: those of images first..first+count-1, freed by the caller. */
static enum plotmill_status list_starts(const struct window_set *set, uint64_t first, uint64_t count, uint64_t **starts,
                                        struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY_ALLOCATE(error, *starts, count, sizeof **starts);
    for (uint64_t i = 0; i < count; i++)
        (*starts)[i] = windows_start(&set->windows, first + i);
done:
    return status;
}

enum plotmill_status window_set_column(const struct window_set *set, size_t column, uint64_t first, uint64_t count,
                                       void *out, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t *starts = NULL;
    TRY(list_starts(set, first, count, &starts, error));
    TRY(read_column(set, column, first, starts, count, out, error));
done:
    free(starts);
    return status;
}

enum plotmill_status window_set_read(const struct window_set *set, uint64_t first, uint64_t count, void *const *columns,
                                     struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint64_t *starts = NULL;
    TRY(list_starts(set, first, count, &starts, error));
    for (size_t i = 0; i < set->column_count; i++)
        TRY(read_column(set, i, first, starts, count, columns[i], error));
done:
    free(starts);
    return status;
}
