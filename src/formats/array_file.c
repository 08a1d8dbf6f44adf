#include "formats/array_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/output.h"
#include "base/try.h"
#include "formats/image_counter.h"
#include "formats/sidecar.h"

struct array_file {
    struct plotmill_sink_ops ops; /* with this one's pixel format */
    const struct array_kind *kind;
    bool describe; /* with a side file, needed or not */
    struct output output;
    struct sidecar side;
    struct image_counter counter;
    FILE *file;
};

static enum plotmill_status write_failed(const struct array_file *sink, struct plotmill_error *error)
{
    return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s: cannot be written: %s", sink->output.path,
                              strerror(errno));
}

static void abort_sink(void *self)
{
    struct array_file *sink = self;
    if (sink->file)
        fclose(sink->file);
    sink->file = NULL;
    output_discard(&sink->output);
    sidecar_discard(&sink->side);
}

static enum plotmill_status open_sink(void *self, const struct plotmill_dataset_info *info,
                                      struct plotmill_error *error)
{
    struct array_file *sink = self;
    const struct array_kind *kind = sink->kind;
    enum plotmill_status status = PLOTMILL_OK;
    TRY(image_counter_start(&sink->counter, info, &sink->ops.pixels, error));
    TRY(output_check_room(sink->output.path, image_counter_room(&sink->counter, info, &sink->ops), error));
    if (sink->describe || kind->needs_sidecar(&sink->ops.pixels, info))
        TRY(sidecar_write(&sink->side, info, kind->format, &sink->ops.pixels, error));
    sink->file = fopen(sink->output.temporary, "wb");
    if (!sink->file)
        FAIL(error, PLOTMILL_IO_FAILED, "%s: cannot be created: %s", sink->output.path, strerror(errno));
    if (kind->write_header && !kind->write_header(sink->file, &sink->ops.pixels, info))
        TRY(write_failed(sink, error));
done:
    if (status)
        abort_sink(sink);
    return status;
}

static enum plotmill_status write_sink(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    struct array_file *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    TRY(image_counter_add(&sink->counter, batch, error));
    if (os_seek(sink->file, sink->kind->header_bytes + batch->first * sink->counter.image_bytes) ||
        fwrite(batch->data, sink->counter.image_bytes, (size_t)batch->count, sink->file) != batch->count)
        TRY(write_failed(sink, error));
done:
    return status;
}

static enum plotmill_status finish_sink(void *self, struct plotmill_error *error)
{
    struct array_file *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    TRY(image_counter_finish(&sink->counter, sink->output.path, error));
    FILE *file = sink->file;
    sink->file = NULL;
    if (fclose(file))
        TRY(write_failed(sink, error));
    TRY(sidecar_commit(&sink->side, &sink->output, error));
done:
    return status;
}

static void destroy_sink(void *self)
{
    struct array_file *sink = self;
    if (sink->file)
        abort_sink(sink);
    output_free(&sink->output);
    sidecar_free(&sink->side);
    free(sink);
}

enum plotmill_status array_file_create(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                       const struct array_kind *kind, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct array_file *self = NULL;
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    self->kind = kind;
    self->describe = options->describe != 0;
    self->ops = (struct plotmill_sink_ops){
        .payload = PLOTMILL_PAYLOAD_PIXELS,
        .pixels = options->pixels,
        .open = open_sink,
        .write = write_sink,
        .finish = finish_sink,
        .abort = abort_sink,
        .destroy = destroy_sink,
    };
    TRY(output_init(&self->output, path, false, options->force, error));
    TRY(sidecar_init(&self->side, self->output.path, self->describe || kind->needs_sidecar(&options->pixels, NULL),
                     options->force, error));
    *sink = (struct sink){&self->ops, self};
done:
    if (status && self)
        destroy_sink(self);
    return status;
}
