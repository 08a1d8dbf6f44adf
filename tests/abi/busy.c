/* Calls every function that takes the handle, or something made with it, while another call uses the handle: from its
 * callbacks and from another thread. tests/suites/abi compares the lines that this prints with the headers. */
#include <plotmill/plotmill.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { SAMPLES = 64, WINDOW = 16, WIDTH = 16, HEIGHT = 12 };

static plotmill *pm;
static plotmill_options *options;
static plotmill_source *source;
static plotmill_sink *second_sink;
static plotmill_renderer *renderer;
static plotmill_reader *reader;
static double series[SAMPLES];

static enum plotmill_status read_series(void *self, uint64_t first, uint64_t count, double *out,
                                        struct plotmill_error *error);
static enum plotmill_status take_write(void *self, const struct plotmill_batch *batch, struct plotmill_error *error);

static void expect_busy(const char *place, const char *call, enum plotmill_status status)
{
    const char *arguments = strchr(call, '(');
    printf("%s %s %.*s\n", status == PLOTMILL_BUSY ? "busy" : "WRONG", place, (int)(arguments - call), call);
}
#define BUSY(call) expect_busy(place, #call, call)

static void call_all(const char *place)
{
    static const char *const path = "nothing.npy";
    static uint8_t pixels[WIDTH * HEIGHT];
    const struct plotmill_source_ops source_ops = {.size = sizeof source_ops, .read = read_series};
    const struct plotmill_sink_ops sink_ops = {.size = sizeof sink_ops, .write = take_write};
    const struct plotmill_array array = {.size = sizeof array, .data = series, .axes = "T", .shape = {SAMPLES}};
    const struct plotmill_request request = {
        .size = sizeof request, .count = 1, .out = pixels, .out_size = sizeof pixels};
    const uint64_t index = 0;
    const char *text;
    plotmill_options *made_options;
    plotmill_source *made_source;
    plotmill_sink *made_sink;
    plotmill_reader *made_reader;
    plotmill_renderer *made_renderer;
    BUSY(plotmill_devices(pm, &text));
    BUSY(plotmill_doctor(pm, &text));
    BUSY(plotmill_link(pm, "a.h5", 0, &text));
    BUSY(plotmill_options_create(pm, &made_options));
    BUSY(plotmill_options_set(options, "stride", "2"));
    BUSY(plotmill_options_parse(options, "stride: 2", 9, "a.yaml"));
    BUSY(plotmill_options_print(options, &text));
    BUSY(plotmill_source_open(pm, &path, 1, options, &made_source));
    BUSY(plotmill_source_from_array(pm, &array, options, &made_source));
    BUSY(plotmill_source_create(pm, &source_ops, NULL, SAMPLES, 0, &made_source));
    BUSY(plotmill_source_describe(source, &text));
    BUSY(plotmill_sink_create(pm, &sink_ops, NULL, &made_sink));
    BUSY(plotmill_run(pm, options, source, second_sink, NULL, NULL, &text));
    BUSY(plotmill_windows(pm, options, source, &made_reader));
    BUSY(plotmill_reader_open(pm, "images.npy", &made_reader));
    BUSY(plotmill_reader_describe(reader, NULL, &text));
    BUSY(plotmill_reader_column(reader, "split", &index, 1, pixels, 1));
    BUSY(plotmill_reader_read(reader, &index, 1, pixels, NULL, NULL));
    BUSY(plotmill_sheet_write(pm, "sheet.png", pixels, 1, WIDTH, HEIGHT, 1, 0, 0));
    BUSY(plotmill_renderer_create(pm, options, &made_renderer));
    BUSY(plotmill_renderer_load(renderer, source));
    BUSY(plotmill_renderer_describe(renderer, &text));
    BUSY(plotmill_render(renderer, &request));
}

/* Each place once. */
static void call_all_once(const char *place)
{
    static _Thread_local int depth;
    static const char *done[8];
    static int count;
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    int known = depth;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < count; i++)
        known |= !strcmp(done[i], place);
    if (!known && count < 8)
        done[count++] = place;
    pthread_mutex_unlock(&lock);
    if (known)
        return;
    depth++;
    call_all(place);
    depth--;
}

static enum plotmill_status read_series(void *self, uint64_t first, uint64_t count, double *out,
                                        struct plotmill_error *error)
{
    (void)self, (void)error;
    memcpy(out, series + first, (size_t)count * sizeof *out);
    if (reader)
        call_all_once("read");
    return PLOTMILL_OK;
}

static enum plotmill_status take_write(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    (void)error;
    *(uint64_t *)self += batch->count;
    call_all_once("write");
    return PLOTMILL_OK;
}

static void *other_thread(void *unused)
{
    call_all_once("thread");
    return unused;
}

static int on_progress(void *user, const struct plotmill_progress *progress)
{
    pthread_t thread;
    (void)progress;
    call_all_once(user);
    if (!pthread_create(&thread, NULL, other_thread, NULL))
        pthread_join(thread, NULL);
    return 0;
}

static void on_log(void *user, enum plotmill_log_level level, const char *text)
{
    (void)user, (void)level, (void)text;
    call_all_once("log");
}

static void need(const char *call, enum plotmill_status status)
{
    if (status)
        printf("WRONG %s: %s: %s\n", call, plotmill_status_str(status), plotmill_message(pm));
}
#define NEED(call) need(#call, call)

int main(void)
{
    static uint8_t pixels[WIDTH * HEIGHT];
    const struct plotmill_source_ops source_ops = {.size = sizeof source_ops, .read = read_series};
    const struct plotmill_sink_ops sink_ops = {.size = sizeof sink_ops, .write = take_write};
    const struct plotmill_request request = {.size = sizeof request,
                                             .count = 1,
                                             .out = pixels,
                                             .out_size = sizeof pixels,
                                             .progress = on_progress,
                                             .progress_user = "render"};
    uint64_t images = 0;
    const char *text = NULL;
    plotmill_sink *sink = NULL;
    for (int i = 0; i < SAMPLES; i++)
        series[i] = i % 5;
    pm = plotmill_create();
    NEED(plotmill_options_create(pm, &options));
    NEED(plotmill_options_set(options, "window", "16"));
    NEED(plotmill_options_set(options, "size", "16x12"));
    NEED(plotmill_options_set(options, "output", "images.npy"));
    NEED(plotmill_source_create(pm, &source_ops, NULL, SAMPLES, 0, &source));
    NEED(plotmill_sink_create(pm, &sink_ops, &images, &sink));
    NEED(plotmill_sink_create(pm, &sink_ops, &images, &second_sink));
    NEED(plotmill_renderer_create(pm, options, &renderer));
    NEED(plotmill_renderer_load(renderer, source));
    NEED(plotmill_run(pm, options, source, NULL, NULL, NULL, NULL));
    NEED(plotmill_reader_open(pm, "images.npy", &reader));
    plotmill_set_log(pm, on_log, NULL);
    NEED(plotmill_run(pm, options, source, sink, on_progress, "progress", &text));
    NEED(plotmill_render(renderer, &request));
    plotmill_set_log(pm, NULL, NULL);
    /* What was refused changed nothing, and everything can be used again. */
    if (strcmp(plotmill_options_get(options, "stride"), "1") || images != SAMPLES - WINDOW + 1)
        printf("WRONG stride %s, %d images\n", plotmill_options_get(options, "stride"), (int)images);
    NEED(plotmill_run(pm, options, source, second_sink, NULL, NULL, &text));
    NEED(plotmill_devices(pm, &text));
    plotmill_renderer_destroy(renderer);
    plotmill_reader_destroy(reader);
    plotmill_sink_destroy(second_sink);
    plotmill_sink_destroy(sink);
    plotmill_source_destroy(source);
    plotmill_options_destroy(options);
    plotmill_destroy(pm);
    return 0;
}
