// The names of the headers without `struct` and `enum`, as C++ programs use them.
#include <plotmill/plotmill.h>

#include <cstdio>
#include <vector>

static plotmill_status read_series(void *self, uint64_t first, uint64_t count, double *out, plotmill_error *error)
{
    const std::vector<double> &series = *static_cast<const std::vector<double> *>(self);
    if (first + count > series.size())
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "no sample %llu", (unsigned long long)first);
    for (uint64_t i = 0; i < count; i++)
        out[i] = series[first + i];
    return PLOTMILL_OK;
}

static plotmill_status take_open(void *, const plotmill_dataset *, plotmill_error *)
{
    return PLOTMILL_OK;
}

static plotmill_status take_write(void *self, const plotmill_batch *batch, plotmill_error *)
{
    const plotmill_image &image = batch->images[0];
    *static_cast<uint64_t *>(self) += image.size ? batch->count : 0;
    return PLOTMILL_OK;
}

static plotmill_status take_finish(void *, plotmill_error *)
{
    return PLOTMILL_OK;
}

static void take_abort(void *)
{
}

static int on_progress(void *, const plotmill_progress *progress)
{
    return progress->done > progress->images;
}

static void on_log(void *, plotmill_log_level level, const char *text)
{
    if (level == PLOTMILL_LOG_WARNING)
        std::fprintf(stderr, "%s\n", text);
}

int main()
{
    std::vector<double> series;
    for (int i = 0; i < 100; i++)
        series.push_back(i % 7);
    uint64_t images = 0;
    plotmill *pm = plotmill_create();
    plotmill_options *options = nullptr;
    plotmill_source *source = nullptr;
    plotmill_sink *sink = nullptr;
    plotmill_reader *reader = nullptr;
    plotmill_renderer *renderer = nullptr;
    plotmill_array array = plotmill_array();
    plotmill_request request = plotmill_request();
    plotmill_type type = PLOTMILL_FLOAT64;
    plotmill_encoding encoding = PLOTMILL_PNG;
    plotmill_source_ops source_ops = plotmill_source_ops();
    plotmill_sink_ops sink_ops = plotmill_sink_ops();
    plotmill_progress_fn progress = on_progress;
    plotmill_log_fn log = on_log;
    array.type = type;
    request.encoding = encoding;
    source_ops.size = sizeof source_ops;
    source_ops.read = read_series;
    sink_ops.size = sizeof sink_ops;
    sink_ops.open = take_open;
    sink_ops.write = take_write;
    sink_ops.finish = take_finish;
    sink_ops.abort = take_abort;
    plotmill_set_log(pm, log, nullptr);
    plotmill_status status = plotmill_options_create(pm, &options);
    if (!status)
        status = plotmill_options_set(options, "window", "20");
    if (!status)
        status = plotmill_options_set(options, "size", "32x24");
    if (!status)
        status = plotmill_source_create(pm, &source_ops, &series, series.size(), 0, &source);
    if (!status)
        status = plotmill_sink_create(pm, &sink_ops, &images, &sink);
    if (!status)
        status = plotmill_run(pm, options, source, sink, progress, nullptr, nullptr);
    std::printf("%s%s: %d images\n", plotmill_status_str(status), plotmill_message(pm), (int)images);
    plotmill_renderer_destroy(renderer);
    plotmill_reader_destroy(reader);
    plotmill_sink_destroy(sink);
    plotmill_source_destroy(source);
    plotmill_options_destroy(options);
    plotmill_destroy(pm);
    return status || images != 81 || array.type != type || request.encoding != encoding;
}
