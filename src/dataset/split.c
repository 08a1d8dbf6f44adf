/* One data set in several files: wraps the sinks that a constructor makes, one per file, one after another. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/os.h"
#include "base/output.h"
#include "base/strings.h"
#include "base/try.h"
#include "dataset/shards.h"
#include "dataset/sink.h"
#include "formats/image_counter.h"

struct split_sink {
    struct sink_ops ops; /* as those of the files, but one batch at a time and in order */
    sink_constructor *create;
    const struct shard_impl *impl; /* NULL: these files can be neither resumed nor read as one */
    const struct log *log;         /* the caller's */
    struct sink_options options;   /* as given */
    char *format;                  /* owned; options.format */
    char *path;                    /* of the whole */
    char *name;                    /* room for that of a file */
    struct shard_set set;
    struct png_form png; /* of the set, if it has one */
    struct image_counter counter;
    bool scanned;
    struct shard_scan scan;
    size_t range;                       /* of the scan: the one that is being written.. */
    uint64_t done;                      /* ..and how many images of it are */
    struct sink inner;                  /* the file being written; ops NULL: none */
    uint64_t file_left;                 /* images that it still needs */
    struct split_run *runs, *file_runs; /* of the whole and of a file, owned */
    size_t run_count;
    char *label_counts;
    const void **columns; /* of a part of a batch */
};

/* Without `replace`, refuses a file that exists. */
static enum plotmill_status create_file(struct split_sink *sink, uint64_t number, bool replace, struct sink *inner,
                                        struct plotmill_error *error)
{
    struct sink_options options = sink->options;
    options.images_per_file = 0;
    options.force = replace;
    shard_name(sink->path, number, sink->name, sink->set.name_size);
    if (!replace && sink->impl && os_exists(sink->name))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: exists already (the option force replaces it, resume keeps what is complete)",
                                  sink->name);
    return sink->create(inner, sink->name, &options, error);
}

/* Files that are in the way when a job resumes are damaged ones of that job. */
static bool may_replace(const struct split_sink *sink)
{
    return sink->options.force || sink->options.resume;
}

/* Finds out which files are to be made. Whatever is in the way of any of them is refused before hours of work. */
static enum plotmill_status scan_files(struct split_sink *sink, const struct dataset_info *info,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct sink_options *options = &sink->options;
    const char *path = sink->path;
    struct metadata *whole = &sink->set.metadata;
    const bool existing = options->resume && os_exists(path);
    if (existing)
        TRY(shard_check_open(sink->impl, path, error));
    const bool damaged = existing && !shard_is_virtual(sink->impl, path);
    TRY(image_counter_start(&sink->counter, info, &sink->ops.pixels, error));
    if (damaged && !sink->impl->is_truncated(path))
        FAIL(
            error, PLOTMILL_BAD_INPUT,
            "%s: exists already, and is not a virtual data set over this job's files: move it ('link --force' replaces "
            "it when all files are there)",
            path);
    metadata_free(whole);
    TRY(metadata_init(whole, info, "", error));
    whole->info.stored = sink->counter.pixels;
    if (info->png) {
        sink->png = *info->png;
        whole->info.png = &sink->png;
    }
    whole->info.window = options->store_sequences ? info->window : 0;
    whole->chunk_images = options->chunk_images ? options->chunk_images : 1;
    whole->compressed = options->compress == COMPRESS_DEFLATE;
    sink->set.files = shard_count(info, sink->set.per_file);
    shard_scan_free(&sink->scan);
    TRY(shard_scan_run(&sink->scan, &sink->set, options, sink->impl, sink->log, error));
    /* A truncated virtual data set need not say whose it was: complete files beside it do. */
    if (damaged && !options->shards) {
        if (!sink->scan.kept)
            FAIL(error, PLOTMILL_BAD_INPUT,
                 "%s: exists already, is truncated, and no complete file of this job is beside it: move it ('link "
                 "--force' replaces it when all files are there)",
                 path);
        log_line(sink->log, PLOTMILL_LOG_WARNING, "%s: is damaged (truncated): making it again", path);
    }
    for (size_t i = 0; i < sink->scan.range_count; i++) {
        const struct image_range *range = &sink->scan.ranges[i];
        for (uint64_t at = 0; at < range->count; at += sink->set.per_file) {
            struct sink inner = {0};
            status = create_file(sink, (range->first + at) / sink->set.per_file, may_replace(sink), &inner, error);
            sink_close(&inner);
            TRY(status);
            TRY(output_check_locks(sink->name, error));
        }
    }
    /* A file after the last one would be taken for part of this data set. */
    shard_name(path, sink->set.files, sink->name, sink->set.name_size);
    if (os_exists(sink->name))
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: exists, but this data set has %llu files: remove what is left of a longer one", sink->name,
             (unsigned long long)sink->set.files);
    sink->counter.written = info->images - sink->scan.wanted; /* by others, before or beside this */
    sink->scanned = true;
done:
    return status;
}

static enum plotmill_status get_wanted(void *self, const struct dataset_info *info, struct wanted_images *wanted,
                                       struct plotmill_error *error)
{
    struct split_sink *sink = self;
    enum plotmill_status status = scan_files(sink, info, error);
    *wanted = (struct wanted_images){sink->scan.ranges, sink->scan.range_count, sink->scan.kept};
    return status;
}

static enum plotmill_status open_sink(void *self, const struct dataset_info *info, struct plotmill_error *error)
{
    struct split_sink *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    if (!sink->scanned)
        TRY(scan_files(sink, info, error));
    /* What is known only now. */
    free(sink->set.metadata.train);
    TRY(string_keep(&sink->set.metadata.train, info->train, error));
    sink->set.metadata.info.train = sink->set.metadata.train;
    TRY(string_keep(&sink->label_counts, info->label_counts, error));
    TRY_ALLOCATE(error, sink->columns, info->column_count, sizeof *sink->columns);
    if (info->runs) {
        sink->run_count = info->run_count;
        TRY_ALLOCATE(error, sink->runs, info->run_count, sizeof *sink->runs);
        TRY_ALLOCATE(error, sink->file_runs, info->run_count, sizeof *sink->file_runs);
        memcpy(sink->runs, info->runs, info->run_count * sizeof *sink->runs);
    }
    /* Files that are replaced make room for the next ones. */
    struct dataset_info wanted = *info;
    wanted.images = sink->scan.wanted;
    if (!sink->options.force)
        TRY(output_check_room(sink->path, image_counter_room(&sink->counter, &wanted, &sink->ops), error));
    /* While its files are replaced one by one, a virtual data set would show a mixture. */
    if (sink->impl && sink->options.force && shard_is_virtual(sink->impl, sink->path) && !output_remove(sink->path))
        FAIL(error, PLOTMILL_IO_FAILED, "%s: cannot be removed: %s", sink->path, strerror(errno));
done:
    return status;
}

/* As one of its files would. */
static uint64_t stored_bytes(void *self, const struct dataset_info *info, const struct image_batch *batch)
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
    const struct shard_scan *scan = &sink->scan;
    return sink->range < scan->range_count ? scan->ranges[sink->range].first + sink->done
                                           : sink->set.metadata.info.images;
}

/* Sets the runs of a file of images first..first+count-1. */
static void cut_runs(struct split_sink *sink, uint64_t first, struct dataset_info *file)
{
    const uint64_t end = first + file->images;
    file->runs = sink->runs ? sink->file_runs : NULL;
    file->run_count = 0;
    for (size_t i = 0; i < sink->run_count; i++) {
        const struct split_run *run = &sink->runs[i];
        const uint64_t from = MAX(run->first, first), to = MIN(run->first + run->count, end);
        if (from < to)
            sink->file_runs[file->run_count++] = (struct split_run){from - first, to - from, run->split};
    }
}

static enum plotmill_status open_file(struct split_sink *sink, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct sink inner = {0};
    const uint64_t number = next_image(sink) / sink->set.per_file;
    struct dataset_info info = shard_expected(&sink->set, number).info;
    info.label_counts = sink->label_counts;
    cut_runs(sink, number * sink->set.per_file, &info);
    TRY(create_file(sink, number, may_replace(sink), &inner, error));
    TRY(inner.ops->open(inner.self, &info, error));
    sink->inner = inner;
    sink->file_left = info.images;
done:
    if (status)
        sink_close(&inner);
    return status;
}

/* The `count` images of `batch` from its image `skip` on, all of one file. */
static struct image_batch part_of(const struct split_sink *sink, const struct image_batch *batch, uint64_t skip,
                                  uint64_t count)
{
    uint32_t group = sink->ops.payload == PAYLOAD_ZLIB && sink->ops.images_per_stream ? sink->ops.images_per_stream : 1;
    const uint8_t *data = batch->data;
    const uint64_t values = batch->sample_stride * MAX(batch->fields, 1);
    const struct dataset_info *info = &sink->set.metadata.info;
    for (size_t i = 0; batch->columns && i < info->column_count; i++)
        sink->columns[i] = (const uint8_t *)batch->columns[i] + skip * column_row_bytes(&info->columns[i]);
    return (struct image_batch){
        .first = (batch->first + skip) % sink->set.per_file,
        .count = count,
        .data = data ? data + (size_t)skip * sink->counter.image_bytes : NULL,
        .streams = batch->streams ? batch->streams + skip / group : NULL,
        .window_start = batch->window_start + skip,
        .y_range = batch->y_range + 2 * sink->counter.panels * skip,
        .samples = batch->samples ? batch->samples + skip * values : NULL,
        .sample_stride = batch->sample_stride,
        .fields = batch->fields,
        .window = batch->window,
        .columns = batch->columns ? sink->columns : NULL,
    };
}

static enum plotmill_status write_sink(void *self, const struct image_batch *batch, struct plotmill_error *error)
{
    struct split_sink *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    TRY(image_counter_add(&sink->counter, batch, error));
    for (uint64_t at = 0; at < batch->count;) {
        if (batch->first + at != next_image(sink))
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: got image %llu, expected %llu: several files are written in order",
                 sink->path, (unsigned long long)(batch->first + at), (unsigned long long)next_image(sink));
        if (!sink->inner.ops)
            TRY(open_file(sink, error));
        uint64_t count = MIN(batch->count - at, sink->file_left);
        struct image_batch part = part_of(sink, batch, at, count);
        TRY(sink->inner.ops->write(sink->inner.self, &part, error));
        at += count;
        sink->file_left -= count;
        sink->done += count;
        if (sink->done == sink->scan.ranges[sink->range].count) {
            sink->range++;
            sink->done = 0;
        }
        if (!sink->file_left) {
            /* If this fails, abort follows, which needs the file. */
            TRY(sink->inner.ops->finish(sink->inner.self, error));
            sink_close(&sink->inner);
        }
    }
done:
    return status;
}

/* Each file was finished after its last image. With shards, the other files may
 * not be finished: link joins them. */
static enum plotmill_status finish_sink(void *self, struct plotmill_error *error)
{
    const struct split_sink *sink = self;
    enum plotmill_status status = PLOTMILL_OK;
    TRY(image_counter_finish(&sink->counter, sink->path, error));
    if (sink->impl && !sink->options.shards && !(sink->options.resume && shard_virtual_matches(sink->impl, &sink->set)))
        TRY(sink->impl->write_virtual(&sink->set, sink->log, error));
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
    metadata_free(&sink->set.metadata);
    shard_scan_free(&sink->scan);
    free(sink->runs);
    free(sink->file_runs);
    free(sink->label_counts);
    free(sink->columns);
    free(sink->format);
    free(sink->path);
    free(sink->name);
    free(sink);
}

enum plotmill_status sink_create_split(struct sink *sink, const char *path, const struct sink_options *options,
                                       sink_constructor *create, const struct shard_impl *impl, const struct log *log,
                                       struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct split_sink *self = NULL;
    struct sink inner = {0};
    struct output output = {0};
    TRY_ALLOCATE(error, self, 1, sizeof *self);
    self->create = create;
    self->impl = impl;
    self->log = log;
    self->options = *options;
    if (options->format) {
        TRY(string_keep(&self->format, options->format, error));
        self->options.format = self->format;
    }
    TRY(string_keep(&self->path, path, error));
    shard_set_init(&self->set, self->path, options->images_per_file);
    TRY_ALLOCATE(error, self->name, self->set.name_size, 1);
    /* The first file, which may belong to another shard, says what it takes; nothing is created. */
    TRY(create_file(self, 0, may_replace(self) || options->shards, &inner, error));
    const uint32_t group = inner.ops->images_per_stream;
    if (group > 1 && options->images_per_file % group)
        FAIL(error, PLOTMILL_BAD_INPUT, "images-per-file: found %llu, expected a multiple of chunk-images, %lu",
             (unsigned long long)options->images_per_file, (unsigned long)group);
    self->ops = (struct sink_ops){
        .payload = inner.ops->payload,
        .pixels = inner.ops->pixels,
        .images_per_stream = group,
        .ordered = 1,
        .wanted = get_wanted,
        .stored_bytes = inner.ops->stored_bytes ? stored_bytes : NULL,
        .open = open_sink,
        .write = write_sink,
        .finish = finish_sink,
        .abort = abort_sink,
        .destroy = destroy_sink,
    };
    /* Whether the virtual data set may be written is known before a long input is read. */
    if (impl && (!options->shards || os_exists(path)))
        TRY(output_init(&output, path, false, may_replace(self), error));
    *sink = (struct sink){&self->ops, self};
done:
    output_free(&output);
    sink_close(&inner);
    if (status && self)
        destroy_sink(self);
    return status;
}
