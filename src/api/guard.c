/* Stands between a job and the callbacks of an embedder. */
#include "api/handles.h"
#include "chart/pixel_format.h"

static enum plotmill_status read_samples(void *self, uint64_t first, uint64_t count, double *out,
                                         struct plotmill_error *error)
{
    const struct source *source = &((plotmill_source *)self)->source;
    error->message[0] = 0;
    return explain(source->ops->read(source->self, first, count, out, error), "the source's read", error);
}

static void locate(void *self, uint64_t sample, char *text, size_t size)
{
    const struct source *source = &((plotmill_source *)self)->source;
    if (source->ops->locate)
        source->ops->locate(source->self, sample, text, size);
    else if (size)
        text[0] = 0;
}

struct source guard_source(plotmill_source *source)
{
    static const struct plotmill_source_ops ops = {.read = read_samples, .locate = locate};
    return (struct source){&ops, source, source->source.shape, source->source.input};
}

static enum plotmill_status open_sink(void *self, const struct plotmill_dataset_info *info,
                                      struct plotmill_error *error)
{
    plotmill_sink *sink = self;
    sink->used = true;
    sink->image_bytes = pixel_format_image_bytes(&sink->sink.ops->pixels, info->width, info->height);
    error->message[0] = 0;
    return explain(sink->sink.ops->open(sink->sink.self, info, error), "the sink's open", error);
}

static uint64_t bytes_of(const plotmill_sink *sink, const struct plotmill_batch *batch)
{
    const uint64_t group = sink->sink.ops->images_per_stream ? sink->sink.ops->images_per_stream : 1;
    uint64_t bytes = 0;
    if (!batch->streams)
        return batch->count * sink->image_bytes;
    for (uint64_t i = 0; i * group < batch->count; i++)
        bytes += batch->streams[i].size;
    return bytes;
}

static enum plotmill_status tell_wanted(void *self, const struct plotmill_dataset_info *info,
                                        struct plotmill_wanted *wanted, struct plotmill_error *error)
{
    const struct sink *sink = &((plotmill_sink *)self)->sink;
    error->message[0] = 0;
    return explain(sink->ops->wanted(sink->self, info, wanted, error), "the sink's wanted", error);
}

static uint64_t tell_stored(void *self, const struct plotmill_dataset_info *info, const struct plotmill_batch *batch)
{
    const struct sink *sink = &((plotmill_sink *)self)->sink;
    return sink->ops->stored_bytes(sink->self, info, batch);
}

static enum plotmill_status write_sink(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    plotmill_sink *sink = self;
    error->message[0] = 0;
    atomic_fetch_add(&sink->bytes, bytes_of(sink, batch));
    return explain(sink->sink.ops->write(sink->sink.self, batch, error), "the sink's write", error);
}

static enum plotmill_status finish_sink(void *self, struct plotmill_error *error)
{
    const struct sink *sink = &((plotmill_sink *)self)->sink;
    error->message[0] = 0;
    return explain(sink->ops->finish(sink->self, error), "the sink's finish", error);
}

static void abort_sink(void *self)
{
    const struct sink *sink = &((plotmill_sink *)self)->sink;
    sink->ops->abort(sink->self);
}

static int hash(void *self, uint64_t *value)
{
    const struct sink *sink = &((plotmill_sink *)self)->sink;
    return sink->ops->hash ? sink->ops->hash(sink->self, value) : 0;
}

struct sink guard_sink(plotmill_sink *sink)
{
    sink->guarded = (struct plotmill_sink_ops){
        .payload = sink->sink.ops->payload,
        .pixels = sink->sink.ops->pixels,
        .images_per_stream = sink->sink.ops->images_per_stream,
        .ordered = sink->sink.ops->ordered,
        .thread_safe = sink->sink.ops->thread_safe,
        .wanted = sink->sink.ops->wanted ? tell_wanted : NULL,
        .stored_bytes = sink->sink.ops->stored_bytes ? tell_stored : NULL,
        .open = open_sink,
        .write = write_sink,
        .finish = finish_sink,
        .abort = abort_sink,
        .hash = hash,
    };
    return (struct sink){&sink->guarded, sink};
}
