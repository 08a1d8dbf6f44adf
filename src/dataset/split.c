/* One data set in several files: wraps the sinks that a constructor makes, one for each file, one after another. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/output.h"
#include "base/strings.h"
#include "base/try.h"
#include "dataset/shard_scan.h"
#include "dataset/sink.h"
#include "formats/image_counter.h"
#include "formats/shard_names.h"

struct split_sink {
    struct plotmill_sink_ops ops; /* as those of the files, but one batch at a time and in order */
    sink_constructor *create;
    const struct shard_impl *impl;        /* NULL: these files cannot be resumed or joined */
    const struct log *log;                /* the caller's */
    struct plotmill_sink_options options; /* as they were given */
    char *format;                         /* owned; options.format */
    char *path;                           /* of the whole, as the user named it */
    char *file_path;                      /* room for that of a file */
    size_t file_path_size;
    uint64_t per_file;
    struct plotmill_dataset_info info; /* of the whole */
    char *spec, *input, *producer;     /* owned; those of info */
    struct image_counter counter;
    bool surveyed;
    struct survey survey;
    size_t range;       /* of the survey: the one that is being written.. */
    uint64_t done;      /* ..and how many images of it were */
    struct sink inner;  /* the file in the making; ops NULL: none */
    uint64_t file_left; /* images that it still needs */
};

/* The constructor of file `number` looks at what is there, unless it may be replaced (`over`). */
static enum plotmill_status create_file(struct split_sink *sink, uint64_t number, bool over, struct sink *inner,
                                        struct plotmill_error *error)
{
    struct plotmill_sink_options options = sink->options;
    options.images_per_file = 0;
    options.force = over;
    shard_name(sink->path, number, sink->file_path, sink->file_path_size);
    if (!over && sink->impl && os_exists(sink->file_path))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: exists already (--force replaces it, --resume goes on with what is complete)",
                                  sink->file_path);
    return sink->create(inner, sink->file_path, &options, error);
}

/* What is there of a job that goes on was found damaged. */
static bool may_replace(const struct split_sink *sink)
{
    return sink->options.force || sink->options.resume;
}

/* What is in the way of the last file must be told before hours of work: each constructor looks. A file after the last
 * one would pass for part of this data set. */
static enum plotmill_status check_files(struct split_sink *sink, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const uint64_t files = survey_file_count(&sink->info, sink->per_file);
    for (size_t i = 0; i < sink->survey.range_count && !status; i++) {
        const struct plotmill_range *range = &sink->survey.ranges[i];
        for (uint64_t at = 0; at < range->count && !status; at += sink->per_file) {
            struct sink inner = {0};
            status = create_file(sink, (range->first + at) / sink->per_file, may_replace(sink), &inner, error);
            sink_close(&inner);
        }
    }
    shard_name(sink->path, files, sink->file_path, sink->file_path_size);
    if (!status && os_exists(sink->file_path))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: is there, but this data set has %llu files: remove what is left of a longer one",
                                  sink->file_path, (unsigned long long)files);
    return status;
}

static void forget_info(struct split_sink *sink)
{
    free(sink->spec);
    free(sink->input);
    free(sink->producer);
    sink->spec = sink->input = sink->producer = NULL;
    survey_free(&sink->survey);
}

static enum plotmill_status keep_info(struct split_sink *sink, const struct plotmill_dataset_info *info,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    forget_info(sink);
    TRY(string_keep(&sink->spec, info->spec, error));
    TRY(string_keep(&sink->input, info->input, error));
    TRY(string_keep(&sink->producer, info->producer, error));
    sink->info = *info;
    sink->info.spec = sink->spec;
    sink->info.input = sink->input;
    sink->info.producer = sink->producer;
    sink->info.format = "";
done:
    return status;
}

/* What is under the name of the whole, of a job that goes on. */
static enum plotmill_status refuse_other(const struct split_sink *sink, struct plotmill_error *error)
{
    const char *path = sink->path;
    if (!sink->options.resume || !os_exists(path) || sink->impl->is_joint(path) || sink->impl->is_torn(path))
        return PLOTMILL_OK;
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                              "%s: exists already, but does not join files as this job's would: it is in the way "
                              "(move it; 'link --force' replaces it when all files are there)",
                              path);
}

/* Nothing in what is left of a joint file may tell whose it was: the files beside it do. */
static enum plotmill_status check_torn(const struct split_sink *sink, struct plotmill_error *error)
{
    const char *path = sink->path;
    if (!sink->options.resume || sink->options.shards || !os_exists(path) || sink->impl->is_joint(path))
        return PLOTMILL_OK;
    if (!sink->survey.kept)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: exists already, is damaged, and no complete file of this job is beside it: it "
                                  "is in the way (move it; 'link --force' replaces it when all files are there)",
                                  path);
    log_line(sink->log, PLOTMILL_LOG_WARNING, "%s: is damaged (it was cut off): made again", path);
    return PLOTMILL_OK;
}

static enum plotmill_status look_at_files(struct split_sink *sink, const struct plotmill_dataset_info *info,
                                          struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    TRY(image_counter_start(&sink->counter, info, &sink->ops.pixels, error));
    TRY(refuse_other(sink, error));
    TRY(keep_info(sink, info, error));
    const struct survey_task task = {sink->path, &sink->info, sink->per_file, &sink->options, sink->impl, sink->log};
    TRY(survey_run(&sink->survey, &task, error));
    TRY(check_torn(sink, error));
    TRY(check_files(sink, error));
    sink->counter.written = info->images - sink->survey.wanted; /* by others, before or beside this */
    sink->surveyed = true;
done:
    return status;
}

static enum plotmill_status tell_wanted(void *self, const struct plotmill_dataset_info *info,
                                        struct plotmill_wanted *wanted, struct plotmill_error *error)
{
    struct split_sink *sink = self;
    enum plotmill_status status = look_at_files(sink, info, error);
    *wanted = (struct plotmill_wanted){sink->survey.ranges, sink->survey.range_count, sink->survey.kept};
    return status;
}

/* One that joins files which are now replaced, one after another, would tell a mixture. */
static enum plotmill_status remove_old_joint(struct split_sink *sink, struct plotmill_error *error)
{
    if (!sink->impl || !sink->options.force || !os_exists(sink->path) || !sink->impl->is_joint(sink->path))
        return PLOTMILL_OK;
    if (!os_remove_file(sink->path))
        return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s: cannot be removed: %s", sink->path, strerror(errno));
    return PLOTMILL_OK;
}

static enum plotmill_status open_sink(void *self, const struct plotmill_dataset_info *info,
                                      struct plotmill_error *error)
{
    struct split_sink *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    if (!sink->surveyed)
        TRY(look_at_files(sink, info, error));
    /* Files that are replaced make room for the next ones. */
    struct plotmill_dataset_info wanted = *info;
    wanted.images = sink->survey.wanted;
    if (!sink->options.force)
        TRY(output_check_room(sink->path, image_counter_room(&sink->counter, &wanted, &sink->ops), error));
    TRY(remove_old_joint(sink, error));
done:
    return status;
}

/* As one of its files would. */
static uint64_t stored_bytes(void *self, const struct plotmill_dataset_info *info, const struct plotmill_batch *batch)
{
    struct split_sink *sink = self;
    struct plotmill_error ignored;
    struct sink inner = {0};
    uint64_t bytes = 0;
    if (!create_file(sink, 0, true, &inner, &ignored))
        bytes = inner.ops->stored_bytes(inner.self, info, batch);
    sink_close(&inner);
    return bytes;
}

/* The image that comes next. */
static uint64_t next_image(const struct split_sink *sink)
{
    const struct survey *survey = &sink->survey;
    return sink->range < survey->range_count ? survey->ranges[sink->range].first + sink->done : sink->info.images;
}

static enum plotmill_status open_file(struct split_sink *sink, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct sink inner = {0};
    uint64_t number = next_image(sink) / sink->per_file;
    struct plotmill_dataset_info info = survey_file_info(&sink->info, sink->per_file, number);
    TRY(create_file(sink, number, may_replace(sink), &inner, error));
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
        .data = data ? data + (size_t)skip * sink->counter.image_bytes : NULL,
        .streams = batch->streams ? batch->streams + skip / group : NULL,
        .window_start = batch->window_start + skip,
        .y_range = batch->y_range + 2 * skip,
        .samples = batch->samples ? batch->samples + skip * batch->sample_stride : NULL,
        .sample_stride = batch->sample_stride,
        .window = batch->window,
    };
}

static void advance(struct split_sink *sink, uint64_t count)
{
    sink->file_left -= count;
    sink->done += count;
    if (sink->done == sink->survey.ranges[sink->range].count) {
        sink->range++;
        sink->done = 0;
    }
}

static enum plotmill_status write_sink(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    struct split_sink *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    TRY(image_counter_add(&sink->counter, batch, error));
    for (uint64_t done = 0; done < batch->count;) {
        if (batch->first + done != next_image(sink))
            FAIL(error, PLOTMILL_BAD_INPUT,
                 "%s: image %llu was given, expected %llu: several files are written in order", sink->path,
                 (unsigned long long)(batch->first + done), (unsigned long long)next_image(sink));
        if (!sink->inner.ops)
            TRY(open_file(sink, error));
        uint64_t count = batch->count - done < sink->file_left ? batch->count - done : sink->file_left;
        struct plotmill_batch part = part_of(sink, batch, done, count);
        TRY(sink->inner.ops->write(sink->inner.self, &part, error));
        done += count;
        advance(sink, count);
        if (!sink->file_left)
            TRY(finish_file(sink, error));
    }
done:
    return status;
}

/* Each file was finished by its last image. Of a share the others make, nobody knows when, the rest. */
static enum plotmill_status finish_sink(void *self, struct plotmill_error *error)
{
    const struct split_sink *sink = self;
    const struct plotmill_sink_options *options = &sink->options;
    enum plotmill_status status = PLOTMILL_OK;
    TRY(image_counter_finish(&sink->counter, sink->path, error));
    if (!sink->impl || options->shards)
        return PLOTMILL_OK;
    if (options->resume && sink->impl->joins(sink->path, &sink->info, sink->per_file, options))
        return PLOTMILL_OK;
    TRY(sink->impl->join(sink->path, &sink->info, sink->per_file, options, error));
done:
    return status;
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
    forget_info(sink);
    free(sink);
}

/* A file to be is asked what it takes; nothing of it is created. The first one may be somebody else's share. */
static enum plotmill_status take_after_files(struct split_sink *sink, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct sink inner = {0};
    TRY(create_file(sink, 0, may_replace(sink) || sink->options.shards, &inner, error));
    sink->ops = (struct plotmill_sink_ops){
        .payload = inner.ops->payload,
        .pixels = inner.ops->pixels,
        .images_per_stream = inner.ops->images_per_stream,
        .ordered = 1,
        .wanted = tell_wanted,
        .stored_bytes = inner.ops->stored_bytes ? stored_bytes : NULL,
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

/* Whether what joins the files may stand there is known before a long input is read. */
static enum plotmill_status check_joint(const struct split_sink *sink, struct plotmill_error *error)
{
    struct output output = {0};
    const struct plotmill_sink_options *options = &sink->options;
    if (!sink->impl || (options->shards && !os_exists(sink->path)))
        return PLOTMILL_OK;
    enum plotmill_status status = output_init(&output, sink->path, false, may_replace(sink), error);
    output_free(&output);
    return status;
}

enum plotmill_status sink_create_split(struct sink *sink, const char *path, const struct plotmill_sink_options *options,
                                       sink_constructor *create, const struct shard_impl *impl, const struct log *log,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct split_sink *self = NULL;
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    self->create = create;
    self->impl = impl;
    self->log = log;
    self->options = *options;
    self->per_file = options->images_per_file;
    if (options->format) {
        TRY(string_keep(&self->format, options->format, error));
        self->options.format = self->format;
    }
    TRY(string_keep(&self->path, path, error));
    self->file_path_size = strlen(path) + SHARD_NAME_EXTRA;
    TRY_ALLOCATE(error, self->file_path, self->file_path_size, 1);
    TRY(take_after_files(self, error));
    TRY(check_joint(self, error));
    *sink = (struct sink){&self->ops, self};
done:
    if (status && self)
        destroy_sink(self);
    return status;
}
