#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "api/handles.h"
#include "api/report.h"
#include "api/windows.h"
#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"
#include "dataset/shards.h"
#include "dataset/sheet.h"
#include "formats/columns.h"

enum plotmill_status plotmill_reader_open(plotmill *pm, const char *path, plotmill_reader **reader)
{
    struct plotmill_reader *made = NULL;
    enum plotmill_status status = call_begin(pm);
    if (status)
        return status;
    REQUIRE(pm, reader);
    *reader = NULL;
    REQUIRE(pm, path);
    TRY_ALLOCATE(&pm->error, made, 1, sizeof *made);
    made->pm = pm;
    TRY(string_keep(&made->path, path, &pm->error));
    TRY(reader_open(&made->reader, path, &pm->error));
    *reader = made;
    made = NULL;
done:
    plotmill_reader_destroy(made);
    return call_end(pm, status);
}

void plotmill_reader_destroy(plotmill_reader *reader)
{
    if (!reader)
        return;
    reader_close(&reader->reader);
    free(reader->path);
    free(reader);
}

/* Fills the members that the caller's version has; those that only a newer one has become 0. */
static enum plotmill_status fill_dataset(plotmill_reader *reader, struct plotmill_dataset *dataset)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct dataset_info *info = &reader->reader.info;
    const size_t given = dataset->size, least = offsetof(struct plotmill_dataset, spec);
    const struct plotmill_dataset own = {.size = MIN(given, sizeof own),
                                         .images = info->images,
                                         .width = info->width,
                                         .height = info->height,
                                         .spec = info->spec ? info->spec : "",
                                         .input = info->input ? info->input : "",
                                         .channels = info->channels,
                                         .panels = info->panels};
    if (given < least)
        FAIL(&reader->pm->error, PLOTMILL_BAD_INPUT,
             "struct plotmill_dataset: found size %zu, expected sizeof(struct plotmill_dataset)", given);
    memset(dataset, 0, given);
    memcpy(dataset, &own, own.size);
done:
    return status;
}

enum plotmill_status plotmill_reader_describe(plotmill_reader *reader, struct plotmill_dataset *dataset,
                                              const char **json)
{
    plotmill *pm = reader ? reader->pm : NULL;
    enum plotmill_status status = call_begin(pm);
    if (status)
        return status;
    if (json)
        *json = NULL;
    if (!dataset && !json)
        FAIL(&pm->error, PLOTMILL_BAD_INPUT, "%s: dataset and json are NULL, expected one of them", __func__);
    if (dataset)
        TRY(fill_dataset(reader, dataset));
    if (json)
        TRY(give_result(pm,
                        reader->windows ? report_planned(reader)
                                        : report_reader(reader->path, &reader->reader.info, NULL, NULL),
                        json));
done:
    return call_end(pm, status);
}

/* An image and its place in the caller's arrays. */
struct wanted {
    uint64_t index, place;
};

static int compare_wanted(const void *a, const void *b)
{
    const struct wanted *x = a, *y = b;
    const int by_index = (x->index > y->index) - (x->index < y->index);
    return by_index ? by_index : (x->place > y->place) - (x->place < y->place);
}

/* In ascending order, so that neighbours are read together, and what is stored together is unpacked once. */
static enum plotmill_status read_list(plotmill_reader *reader, const struct wanted *list, uint64_t count,
                                      uint8_t *pixels, int64_t *window_start, double *y_range)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct dataset_info *info = &reader->reader.info;
    const size_t image_bytes = (size_t)info->width * info->height * info->channels;
    const size_t values = 2 * (size_t)info->panels; /* of y_range */
    for (uint64_t i = 0, run; i < count; i += run) {
        const uint64_t place = list[i].place, earlier = i ? list[i - 1].place : 0;
        run = 1;
        if (i && list[i].index == list[i - 1].index) {
            if (pixels)
                memcpy(pixels + place * image_bytes, pixels + earlier * image_bytes, image_bytes);
            if (window_start)
                window_start[place] = window_start[earlier];
            if (y_range)
                memcpy(y_range + values * place, y_range + values * earlier, values * sizeof *y_range);
            continue;
        }
        while (i + run < count && list[i + run].index == list[i].index + run && list[i + run].place == place + run)
            run++;
        TRY(reader_read(&reader->reader, list[i].index, run, pixels ? pixels + place * image_bytes : NULL,
                        window_start ? window_start + place : NULL, y_range ? y_range + values * place : NULL,
                        &reader->pm->error));
    }
done:
    return status;
}

/* *list: the images in ascending order, freed by the caller. */
static enum plotmill_status list_wanted(plotmill_reader *reader, const uint64_t *indices, uint64_t count,
                                        struct wanted **list)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct plotmill_error *error = &reader->pm->error;
    const uint64_t images = reader->reader.info.images;
    bool ascending = true;
    for (uint64_t i = 0; i < count; i++)
        if (indices[i] >= images)
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: indices[%llu] is %llu, expected less than the number of images, %llu",
                 reader->path, (unsigned long long)i, (unsigned long long)indices[i], (unsigned long long)images);
    TRY_ALLOCATE(error, *list, count, sizeof **list);
    for (uint64_t i = 0; i < count; i++) {
        (*list)[i] = (struct wanted){indices[i], i};
        ascending &= !i || indices[i - 1] <= indices[i];
    }
    if (!ascending)
        qsort(*list, (size_t)count, sizeof **list, compare_wanted);
done:
    return status;
}

enum plotmill_status plotmill_reader_read(plotmill_reader *reader, const uint64_t *indices, uint64_t count,
                                          uint8_t *pixels, int64_t *window_start, double *y_range)
{
    plotmill *pm = reader ? reader->pm : NULL;
    enum plotmill_status status = call_begin(pm);
    if (status)
        return status;
    struct wanted *list = NULL;
    if (!count)
        goto done;
    REQUIRE(pm, indices);
    if (!window_start && !y_range)
        REQUIRE(pm, pixels);
    TRY(list_wanted(reader, indices, count, &list));
    TRY(read_list(reader, list, count, pixels, window_start, y_range));
done:
    free(list);
    return call_end(pm, status);
}

/* Images that are near each other are read together. */
#define COLUMN_BLOCK_BYTES ((size_t)1 << 20)

static enum plotmill_status read_column(plotmill_reader *reader, size_t column, const struct wanted *list,
                                        uint64_t count, uint8_t *out)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct plotmill_error *error = &reader->pm->error;
    const size_t row_bytes = column_row_bytes(&reader->reader.info.columns[column]);
    const uint64_t most = MAX(COLUMN_BLOCK_BYTES / row_bytes, 1);
    const uint64_t block = MIN(most, count ? list[count - 1].index - list[0].index + 1 : 1);
    uint8_t *values = NULL;
    TRY_ALLOCATE(error, values, block, row_bytes);
    for (uint64_t i = 0, end; i < count; i = end) {
        const uint64_t first = list[i].index;
        for (end = i + 1; end < count && list[end].index - first < block;)
            end++;
        TRY(reader_column(&reader->reader, column, first, list[end - 1].index - first + 1, values, error));
        for (uint64_t k = i; k < end; k++)
            memcpy(out + list[k].place * row_bytes, values + (list[k].index - first) * row_bytes, row_bytes);
    }
done:
    free(values);
    return status;
}

enum plotmill_status plotmill_reader_column(plotmill_reader *reader, const char *name, const uint64_t *indices,
                                            uint64_t count, void *out, size_t out_size)
{
    plotmill *pm = reader ? reader->pm : NULL;
    enum plotmill_status status = call_begin(pm);
    if (status)
        return status;
    const struct dataset_info *info = &reader->reader.info;
    struct wanted *list = NULL;
    REQUIRE(pm, name);
    const size_t column = columns_find(info->columns, info->column_count, name);
    if (column == info->column_count)
        FAIL(&pm->error, PLOTMILL_BAD_INPUT, "%s: has no column \"%.200s\": plotmill_reader_describe lists them",
             reader->path, name);
    const uint64_t row_bytes = column_row_bytes(&info->columns[column]);
    if (count > SIZE_MAX / row_bytes || out_size != count * row_bytes)
        FAIL(&pm->error, PLOTMILL_BAD_INPUT,
             "%s: out_size is %zu bytes, expected %llu for each of %llu images: %llu of type %s", name, out_size,
             (unsigned long long)row_bytes, (unsigned long long)count, (unsigned long long)info->columns[column].width,
             column_type_name(info->columns[column].type));
    if (!count)
        goto done;
    REQUIRE(pm, indices);
    REQUIRE(pm, out);
    TRY(list_wanted(reader, indices, count, &list));
    TRY(read_column(reader, column, list, count, out));
done:
    free(list);
    return call_end(pm, status);
}

enum plotmill_status plotmill_sheet_write(plotmill *pm, const char *path, const uint8_t *pixels, uint64_t count,
                                          uint32_t width, uint32_t height, uint32_t channels, uint32_t columns,
                                          uint32_t max_tile)
{
    enum plotmill_status status = call_begin(pm);
    if (status)
        return status;
    REQUIRE(pm, path);
    REQUIRE(pm, pixels);
    TRY(api_sheet_write(pm, path, pixels, count, width, height, channels, columns, max_tile));
done:
    return call_end(pm, status);
}

void api_reader_info(const plotmill_reader *reader, struct dataset_info *info)
{
    *info = reader->reader.info;
}

enum plotmill_status api_reader_read(plotmill_reader *reader, uint64_t first, uint64_t count, uint8_t *pixels,
                                     int64_t *window_start, double *y_range)
{
    clear_message(reader->pm);
    return reader_read(&reader->reader, first, count, pixels, window_start, y_range, &reader->pm->error);
}

enum plotmill_status api_reader_hash(plotmill_reader *reader, uint64_t *hash)
{
    clear_message(reader->pm);
    enum plotmill_status status = reader_hash(&reader->reader, hash, &reader->pm->error);
    if (!status && reader->reader.drawn_hash)
        log_line(&reader->pm->log, PLOTMILL_LOG_INFO,
                 "%s loses: this is the hash of the pixels as they were drawn, not of those in the files",
                 reader->reader.info.format);
    return status;
}

enum plotmill_status api_sheet_write(plotmill *pm, const char *path, const uint8_t *pixels, uint64_t count,
                                     uint32_t width, uint32_t height, uint32_t channels, uint32_t columns,
                                     uint32_t max_tile)
{
    clear_message(pm);
    return sheet_write(path, pixels, count, width, height, channels, columns, max_tile, &pm->error);
}

enum plotmill_status plotmill_link(plotmill *pm, const char *path, int force, const char **report)
{
    struct link_summary summary;
    enum plotmill_status status = call_begin(pm);
    if (status)
        return status;
    if (report)
        *report = NULL;
    REQUIRE(pm, path);
    TRY(api_link(pm, path, force, &summary));
    if (report)
        TRY(give_result(pm, report_link(path, &summary), report));
done:
    return call_end(pm, status);
}

enum plotmill_status api_link(plotmill *pm, const char *path, int force, struct link_summary *summary)
{
    struct link_summary made = {0};
    clear_message(pm);
    enum plotmill_status status = link_files(path, force, &pm->log, &made, &pm->error);
    if (summary)
        *summary = made;
    return status;
}
