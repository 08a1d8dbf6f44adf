/* Sinks of callbacks: struct plotmill_sink_ops behind struct sink_ops. */
#include <stdlib.h>
#include <string.h>

#include "api/handles.h"
#include "base/thread.h"
#include "base/try.h"
#include "chart/pixel_format.h"
#include "chart/png_rows.h"
#include "formats/image_files.h"
#include "formats/jpeg.h"

struct custom_sink {
    struct sink_ops ops;
    struct plotmill_sink_ops user;
    void *self; /* of the user */
    struct image_kind kind;
    struct png_form png;
    uint64_t image_bytes;
    struct mutex writing; /* JPEG files are made by several threads, whether or not the user's write may be */
};

/* The columns as the public header has them: a list of pointers, so that the struct may grow. */
struct column_list {
    struct plotmill_column *columns;
    const struct plotmill_column **list;
};

static void column_list_free(struct column_list *list)
{
    free(list->columns);
    free(list->list);
}

static enum plotmill_status list_columns(const struct dataset_info *info, struct column_list *list,
                                         struct plotmill_error *error)
{
    static const enum plotmill_type types[] = {[COLUMN_INT64] = PLOTMILL_INT64,
                                               [COLUMN_UINT64] = PLOTMILL_UINT64,
                                               [COLUMN_FLOAT64] = PLOTMILL_FLOAT64,
                                               [COLUMN_UINT32] = PLOTMILL_UINT32,
                                               [COLUMN_UINT8] = PLOTMILL_UINT8};
    enum plotmill_status status = PLOTMILL_OK;
    TRY_ALLOCATE(error, list->columns, info->column_count, sizeof *list->columns);
    TRY_ALLOCATE(error, list->list, info->column_count, sizeof *list->list);
    for (size_t i = 0; i < info->column_count; i++) {
        const struct image_column *column = &info->columns[i];
        list->columns[i] = (struct plotmill_column){.size = sizeof *list->columns,
                                                    .name = column->name,
                                                    .type = types[column->type],
                                                    .width = column->width,
                                                    .classes = column->classes,
                                                    .class_count = column->class_count};
        list->list[i] = &list->columns[i];
    }
done:
    return status;
}

static enum plotmill_status open_custom(void *self, const struct dataset_info *info, struct plotmill_error *error)
{
    struct custom_sink *sink = self;
    struct pixel_format stored;
    struct column_list columns = {0};
    enum plotmill_status status = PLOTMILL_OK;
    sink->png = *png_form_of(info);
    sink->kind.width = info->width;
    sink->kind.height = info->height;
    sink->kind.channels = info->channels ? info->channels : 1;
    sink->kind.png = &sink->png;
    TRY(pixel_format_resolve(&sink->ops.pixels, info->channels, &stored, error));
    TRY(image_files_check(sink->user.encoding, &sink->ops.pixels, &sink->kind, error));
    sink->image_bytes = pixel_format_image_bytes(&stored, info->width, info->height);
    TRY(list_columns(info, &columns, error));
    const struct plotmill_dataset dataset = {
        .size = sizeof dataset,
        .images = info->images,
        .width = info->width,
        .height = info->height,
        .spec = info->spec,
        .input = info->input,
        .channels = stored.channels,
        .panels = info->panels ? info->panels : 1,
        .columns = columns.list,
        .column_count = info->column_count,
    };
    if (sink->user.open)
        status = sink->user.open(sink->self, &dataset, error);
done:
    column_list_free(&columns);
    return status;
}

/* Images of a batch that are not files. */
static enum plotmill_status list_images(const struct custom_sink *sink, const struct image_batch *batch,
                                        struct plotmill_image **images, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY_ALLOCATE(error, *images, batch->count, sizeof **images);
    for (uint64_t i = 0; i < batch->count; i++)
        (*images)[i] = batch->streams ? (struct plotmill_image){batch->streams[i].data, batch->streams[i].size}
                                      : (struct plotmill_image){(const uint8_t *)batch->data + i * sink->image_bytes,
                                                                sink->image_bytes};
done:
    return status;
}

static enum plotmill_status write_custom(void *self, const struct image_batch *batch, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct custom_sink *sink = self;
    struct image_files files = {0};
    struct plotmill_image *images = NULL;
    struct plotmill_batch handed = {
        .size = sizeof handed,
        .first = batch->first,
        .count = batch->count,
        .window_start = batch->window_start,
        .y_range = batch->y_range,
        .columns = batch->columns,
    };
    const bool is_file = image_files_are(sink->user.encoding);
    if (is_file)
        TRY(image_files_make(&files, sink->user.encoding, &sink->kind, batch, error));
    else
        TRY(list_images(sink, batch, &images, error));
    handed.images = is_file ? files.images : images;
    if (!sink->user.thread_safe)
        mutex_lock(&sink->writing);
    status = sink->user.write(sink->self, &handed, error);
    if (!sink->user.thread_safe)
        mutex_unlock(&sink->writing);
done:
    free(images);
    image_files_free(&files);
    return status;
}

static enum plotmill_status finish_custom(void *self, struct plotmill_error *error)
{
    struct custom_sink *sink = self;
    return sink->user.finish ? sink->user.finish(sink->self, error) : PLOTMILL_OK;
}

static void abort_custom(void *self)
{
    struct custom_sink *sink = self;
    if (sink->user.abort)
        sink->user.abort(sink->self);
}

static void destroy_custom(void *self)
{
    struct custom_sink *sink = self;
    if (sink->user.destroy)
        sink->user.destroy(sink->self);
    free(sink);
}

enum plotmill_status custom_sink_configure(plotmill_sink *handle, const struct sink_options *options,
                                           struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct custom_sink *sink = handle->custom;
    const enum plotmill_encoding encoding = sink->user.encoding;
    const struct pixel_format *pixels = &options->pixels;
    const struct image_kind kind = {1, 1, options->drawn, NULL, 0};
    struct pixel_format stored;
    TRY(pixel_format_resolve(pixels, options->drawn, &stored, error));
    TRY(image_files_check(encoding, pixels, &kind, error));
    if (options->quality && encoding != PLOTMILL_JPEG)
        FAIL(error, PLOTMILL_BAD_INPUT, "quality %d: applies to sinks that take JPEG files, not to this one",
             options->quality);
    sink->ops.pixels = *pixels;
    sink->kind.quality = options->quality ? options->quality : JPEG_QUALITY_DEFAULT;
done:
    return status;
}

enum plotmill_status plotmill_sink_create(plotmill *pm, const struct plotmill_sink_ops *ops, void *self,
                                          plotmill_sink **sink)
{
    struct plotmill_sink *made = NULL;
    struct custom_sink *custom = NULL;
    enum plotmill_status status = call_begin(pm);
    if (status)
        return status;
    REQUIRE(pm, sink);
    *sink = NULL;
    REQUIRE(pm, ops);
    TRY_ALLOCATE(&pm->error, made, 1, sizeof *made);
    TRY_ALLOCATE(&pm->error, custom, 1, sizeof *custom);
    TRY(take_struct(pm, "struct plotmill_sink_ops", &custom->user, sizeof custom->user, ops,
                    offsetof(struct plotmill_sink_ops, destroy)));
    if (!custom->user.write)
        FAIL(&pm->error, PLOTMILL_BAD_INPUT, "plotmill_sink_create: write is NULL, expected a function");
    TRY(image_files_check_encoding(custom->user.encoding, &pm->error));
    TRY(image_files_check(custom->user.encoding, &custom->ops.pixels, &(struct image_kind){1, 1, 1, NULL, 0},
                          &pm->error));
    custom->self = self;
    custom->ops = (struct sink_ops){
        .payload = custom->user.encoding == PLOTMILL_ZLIB ? PAYLOAD_ZLIB : image_files_payload(custom->user.encoding),
        .ordered = custom->user.ordered,
        .thread_safe = custom->user.thread_safe || custom->user.encoding == PLOTMILL_JPEG,
        .open = open_custom,
        .write = write_custom,
        .finish = finish_custom,
        .abort = abort_custom,
        .destroy = destroy_custom,
    };
    custom->writing = (struct mutex)MUTEX_READY;
    made->pm = pm;
    made->custom = custom;
    made->sink = (struct sink){&custom->ops, custom};
    *sink = made;
    made = NULL;
    custom = NULL;
done:
    free(made);
    free(custom);
    return call_end(pm, status);
}
