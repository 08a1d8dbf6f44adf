/* One data set in several files: wraps the sinks that a constructor makes, one for each file, one after another. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"
#include "sink/sink.h"
#include "sink/tally.h"

/* "-00000" and more digits for many files; any uint64 fits. */
#define NUMBER_SIZE 24
#define NUMBER_DIGITS 5

struct split_sink {
    struct plotmill_sink_ops ops; /* as those of the files, but one batch at a time and in order */
    sink_constructor *create;
    struct plotmill_sink_options options; /* of each file */
    char *format;                         /* owned; options.format */
    char *path;                           /* of the whole, as the user named it */
    char *file_path;                      /* room for that of a file */
    size_t file_path_size;
    uint64_t per_file;
    struct plotmill_dataset_info info; /* of the whole */
    char *spec, *input, *producer;     /* owned; those of info */
    struct tally tally;
    uint64_t next;      /* the image that comes next */
    struct sink inner;  /* the file in the making; ops NULL: none */
    uint64_t file_left; /* images that it still needs */
};

/* NAME.EXT -> NAME-00042.EXT, in file_path. */
static void name_file(struct split_sink *sink, uint64_t file)
{
    const char *name = strrchr(sink->path, '/');
    name = name ? name + 1 : sink->path;
    const char *dot = strrchr(name, '.');
    size_t stem = dot && dot != name ? (size_t)(dot - sink->path) : strlen(sink->path);
    snprintf(sink->file_path, sink->file_path_size, "%.*s-%0*llu%s", (int)stem, sink->path, NUMBER_DIGITS,
             (unsigned long long)file, sink->path + stem);
}

static enum plotmill_status create_file(struct split_sink *sink, uint64_t file, struct sink *inner,
                                        struct plotmill_error *error)
{
    name_file(sink, file);
    return sink->create(inner, sink->file_path, &sink->options, error);
}

static uint64_t file_count(const struct split_sink *sink)
{
    return (sink->info.images - 1) / sink->per_file + 1;
}

/* What is in the way of the last file must be told before hours of work: each constructor looks. A file after the last
 * one would pass for part of this data set. */
static enum plotmill_status check_files(struct split_sink *sink, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    for (uint64_t file = 0; file < file_count(sink) && !status; file++) {
        struct sink inner = {0};
        status = create_file(sink, file, &inner, error);
        sink_close(&inner);
    }
    name_file(sink, file_count(sink));
    if (!status && os_exists(sink->file_path))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: is there, but this data set has %llu files: remove what is left of a longer one",
                                  sink->file_path, (unsigned long long)file_count(sink));
    return status;
}

static enum plotmill_status open_sink(void *self, const struct plotmill_dataset_info *info,
                                      struct plotmill_error *error)
{
    struct split_sink *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    TRY(tally_start(&sink->tally, info, &sink->ops.pixels, error));
    TRY(string_keep(&sink->spec, info->spec, error));
    TRY(string_keep(&sink->input, info->input, error));
    TRY(string_keep(&sink->producer, info->producer, error));
    sink->info = *info;
    sink->info.spec = sink->spec;
    sink->info.input = sink->input;
    sink->info.producer = sink->producer;
    sink->info.format = "";
    TRY(check_files(sink, error));
done:
    return status;
}

static enum plotmill_status open_file(struct split_sink *sink, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct sink inner = {0};
    uint64_t left = sink->info.images - sink->next;
    struct plotmill_dataset_info info = sink->info;
    info.first += sink->next;
    info.images = left < sink->per_file ? left : sink->per_file;
    TRY(create_file(sink, sink->next / sink->per_file, &inner, error));
    TRY(inner.ops->open(inner.self, &info, error));
    sink->inner = inner;
    sink->file_left = info.images;
done:
    if (status)
        sink_close(&inner);
    return status;
}

/* A finish that fails is followed by abort, which needs the file. */
static enum plotmill_status finish_file(struct split_sink *sink, struct plotmill_error *error)
{
    enum plotmill_status status = sink->inner.ops->finish(sink->inner.self, error);
    if (!status)
        sink_close(&sink->inner);
    return status;
}

/* The `count` images of `batch` from image `skip` of it on, all of one file. */
static struct plotmill_batch part_of(const struct split_sink *sink, const struct plotmill_batch *batch, uint64_t skip,
                                     uint64_t count)
{
    uint32_t group =
        sink->ops.payload == PLOTMILL_PAYLOAD_ZLIB && sink->ops.images_per_stream ? sink->ops.images_per_stream : 1;
    const uint8_t *data = batch->data;
    return (struct plotmill_batch){
        .first = (batch->first + skip) % sink->per_file,
        .count = count,
        .data = data ? data + (size_t)skip * sink->tally.image_bytes : NULL,
        .streams = batch->streams ? batch->streams + skip / group : NULL,
        .window_start = batch->window_start + skip,
        .y_range = batch->y_range + 2 * skip,
    };
}

static enum plotmill_status write_sink(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    struct split_sink *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    TRY(tally_add(&sink->tally, batch, error));
    if (batch->first != sink->next)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: image %llu was given, expected %llu: several files are written in order",
             sink->path, (unsigned long long)batch->first, (unsigned long long)sink->next);
    for (uint64_t done = 0; done < batch->count;) {
        if (!sink->inner.ops)
            TRY(open_file(sink, error));
        uint64_t count = batch->count - done < sink->file_left ? batch->count - done : sink->file_left;
        struct plotmill_batch part = part_of(sink, batch, done, count);
        TRY(sink->inner.ops->write(sink->inner.self, &part, error));
        done += count;
        sink->next += count;
        sink->file_left -= count;
        if (!sink->file_left)
            TRY(finish_file(sink, error));
    }
done:
    return status;
}

/* Each file was finished by its last image. */
static enum plotmill_status finish_sink(void *self, struct plotmill_error *error)
{
    const struct split_sink *sink = self;
    return tally_finish(&sink->tally, sink->path, error);
}

/* Finished files are complete data sets and stay. */
static void abort_sink(void *self)
{
    struct split_sink *sink = self;
    if (sink->inner.ops)
        sink->inner.ops->abort(sink->inner.self);
    sink_close(&sink->inner);
}

static void destroy_sink(void *self)
{
    struct split_sink *sink = self;
    abort_sink(sink);
    free(sink->format);
    free(sink->path);
    free(sink->file_path);
    free(sink->spec);
    free(sink->input);
    free(sink->producer);
    free(sink);
}

/* A file to be is asked what it takes; nothing of it is created. */
static enum plotmill_status take_after_files(struct split_sink *sink, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct sink inner = {0};
    TRY(create_file(sink, 0, &inner, error));
    sink->ops = (struct plotmill_sink_ops){
        .payload = inner.ops->payload,
        .pixels = inner.ops->pixels,
        .images_per_stream = inner.ops->images_per_stream,
        .ordered = 1,
        .open = open_sink,
        .write = write_sink,
        .finish = finish_sink,
        .abort = abort_sink,
        .destroy = destroy_sink,
    };
    uint32_t group = sink->ops.images_per_stream;
    if (group > 1 && sink->per_file % group)
        FAIL(error, PLOTMILL_BAD_INPUT, "--images-per-file: found %llu, expected a multiple of --chunk-images, %lu",
             (unsigned long long)sink->per_file, (unsigned long)group);
done:
    sink_close(&inner);
    return status;
}

enum plotmill_status sink_create_split(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                       sink_constructor *create, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct split_sink *self = NULL;
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    self->create = create;
    self->options = *options;
    self->per_file = options->images_per_file;
    self->options.images_per_file = 0;
    if (options->format) {
        TRY(string_keep(&self->format, options->format, error));
        self->options.format = self->format;
    }
    TRY(string_keep(&self->path, path, error));
    self->file_path_size = strlen(path) + NUMBER_SIZE;
    TRY_ALLOCATE(error, self->file_path, self->file_path_size, 1);
    TRY(take_after_files(self, error));
    *sink = (struct sink){&self->ops, self};
done:
    if (status && self)
        destroy_sink(self);
    return status;
}
