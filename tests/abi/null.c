/* Calls every function of the public headers with NULL in every place. tests/suites/abi compares the lines that this
 * prints with the headers, so that no place is forgotten. */
#include <plotmill/plotmill.h>
#include <stdio.h>
#include <string.h>

enum { SAMPLES = 64, WINDOW = 16, PIXELS = 16 * 12 };

static plotmill *pm;

/* The call must return PLOTMILL_BAD_INPUT, with a message. */
static void refused(const char *call, enum plotmill_status status, const char *message)
{
    if (status == PLOTMILL_BAD_INPUT && *message)
        printf("refused %s\n", call);
    else
        printf("WRONG %s: %s: '%s'\n", call, plotmill_status_str(status), message);
}

/* NULL is a value here: the call must do what the header says. */
static void accepted(const char *call, int right)
{
    if (right)
        printf("accepted %s\n", call);
    else
        printf("WRONG %s: '%s'\n", call, plotmill_message(pm));
}

#define REFUSED(call)                                 \
    do {                                              \
        enum plotmill_status status = (call);         \
        refused(#call, status, plotmill_message(pm)); \
    } while (0)
/* Where the handle is NULL. */
#define NOBODY(call)                                    \
    do {                                                \
        enum plotmill_status status = (call);           \
        refused(#call, status, plotmill_message(NULL)); \
    } while (0)
#define ACCEPTED(call) accepted(#call, (call) == PLOTMILL_OK)
#define RETURNS(value, call) accepted(#call, (call) == (value))
#define HARMLESS(call)      \
    do {                    \
        call;               \
        accepted(#call, 1); \
    } while (0)

static enum plotmill_status read_zero(void *self, uint64_t first, uint64_t count, double *out,
                                      struct plotmill_error *error)
{
    static const char *const no_format = NULL;
    (void)self;
    for (uint64_t i = 0; i < count; i++)
        out[i] = (double)(first + i);
    /* A callback that reports a failure without a reason, and then does not fail. */
    plotmill_error_set(error, PLOTMILL_IO_FAILED, no_format);
    return PLOTMILL_OK;
}

static enum plotmill_status take_open(void *self, const struct plotmill_dataset *dataset, struct plotmill_error *error)
{
    (void)self, (void)dataset, (void)error;
    return PLOTMILL_OK;
}

static enum plotmill_status take_write(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    (void)self, (void)batch, (void)error;
    return PLOTMILL_OK;
}

static enum plotmill_status take_finish(void *self, struct plotmill_error *error)
{
    (void)self, (void)error;
    return PLOTMILL_OK;
}

static void take_abort(void *self)
{
    (void)self;
}

static void ignore_log(void *user, enum plotmill_log_level level, const char *text)
{
    (void)user, (void)level, (void)text;
}

static const struct plotmill_sink_ops sink_ops = {
    sizeof(struct plotmill_sink_ops), PLOTMILL_PIXELS, 0, 0, take_open, take_write, take_finish, take_abort, NULL};
static const struct plotmill_source_ops source_ops = {sizeof(struct plotmill_source_ops), read_zero, NULL, NULL};

static void context(void)
{
    const char *text = NULL;
    static const char *const no_format = NULL;
    HARMLESS(plotmill_destroy(NULL));
    RETURNS(1, plotmill_message(NULL) != NULL);
    HARMLESS(plotmill_set_log(NULL, ignore_log, NULL));
    HARMLESS(plotmill_set_log(pm, NULL, NULL));
    NOBODY(plotmill_devices(NULL, &text));
    REFUSED(plotmill_devices(pm, NULL));
    NOBODY(plotmill_doctor(NULL, &text));
    REFUSED(plotmill_doctor(pm, NULL));
    NOBODY(plotmill_link(NULL, "a.h5", 0, &text));
    REFUSED(plotmill_link(pm, NULL, 0, &text));
    REFUSED(plotmill_link(pm, "nothing.h5", 0, NULL)); /* there is no such file */
    RETURNS(PLOTMILL_BUSY, plotmill_error_set(NULL, PLOTMILL_BUSY, "%s", "text"));
    RETURNS(PLOTMILL_BUSY, plotmill_error_set(NULL, PLOTMILL_BUSY, no_format));
}

static void options_calls(plotmill_options *options)
{
    plotmill_options *made = NULL;
    const char *text = NULL;
    NOBODY(plotmill_options_create(NULL, &made));
    REFUSED(plotmill_options_create(pm, NULL));
    HARMLESS(plotmill_options_destroy(NULL));
    NOBODY(plotmill_options_set(NULL, "stride", "1"));
    REFUSED(plotmill_options_set(options, NULL, "1"));
    ACCEPTED(plotmill_options_set(options, "stride", NULL));
    NOBODY(plotmill_options_parse(NULL, "stride: 1", 9, "a.yaml"));
    REFUSED(plotmill_options_parse(options, NULL, 9, "a.yaml"));
    REFUSED(plotmill_options_parse(options, "stride: 1", 9, NULL));
    RETURNS(NULL, plotmill_options_get(NULL, "stride"));
    RETURNS(NULL, plotmill_options_get(options, NULL));
    NOBODY(plotmill_options_print(NULL, &text));
    REFUSED(plotmill_options_print(options, NULL));
}

static void source_calls(plotmill_options *options, plotmill_source *source)
{
    static const double data[SAMPLES];
    static const char *const paths[] = {"a.npy", NULL};
    const struct plotmill_array array = {
        .size = sizeof array, .data = data, .type = PLOTMILL_FLOAT64, .axes = "T", .shape = {SAMPLES}};
    struct plotmill_array no_data = array, no_axes = array;
    struct plotmill_source_ops no_read = source_ops;
    plotmill_source *made = NULL;
    const char *text = NULL;
    no_data.data = NULL;
    no_axes.axes = NULL;
    no_read.read = NULL;
    NOBODY(plotmill_source_open(NULL, paths, 1, options, &made));
    REFUSED(plotmill_source_open(pm, NULL, 0, options, &made)); /* the option input is not set */
    REFUSED(plotmill_source_open(pm, NULL, 1, options, &made));
    REFUSED(plotmill_source_open(pm, paths, 1, options, NULL));
    REFUSED(plotmill_source_open(pm, paths + 1, 1, options, &made)); /* paths[1] is NULL */
    REFUSED(plotmill_source_open(pm, paths, 1, NULL, &made));        /* there is no such file */
    NOBODY(plotmill_source_from_array(NULL, &array, options, &made));
    REFUSED(plotmill_source_from_array(pm, NULL, options, &made));
    REFUSED(plotmill_source_from_array(pm, &array, options, NULL));
    REFUSED(plotmill_source_from_array(pm, &no_data, options, &made));
    REFUSED(plotmill_source_from_array(pm, &no_axes, options, &made));
    ACCEPTED(plotmill_source_from_array(pm, &array, NULL, &made));
    plotmill_source_destroy(made);
    NOBODY(plotmill_source_create(NULL, &source_ops, &made, SAMPLES, 0, &made));
    REFUSED(plotmill_source_create(pm, NULL, &made, SAMPLES, 0, &made));
    REFUSED(plotmill_source_create(pm, &source_ops, &made, SAMPLES, 0, NULL));
    REFUSED(plotmill_source_create(pm, &no_read, &made, SAMPLES, 0, &made));
    ACCEPTED(plotmill_source_create(pm, &source_ops, NULL, SAMPLES, 0, &made));
    plotmill_source_destroy(made);
    NOBODY(plotmill_source_describe(NULL, &text));
    REFUSED(plotmill_source_describe(source, NULL));
    HARMLESS(plotmill_source_destroy(NULL));
}

static plotmill_sink *new_sink(void)
{
    plotmill_sink *sink = NULL;
    plotmill_sink_create(pm, &sink_ops, NULL, &sink);
    return sink;
}

static void sink_calls(void)
{
    struct plotmill_sink_ops no_write = sink_ops, write_alone = {.size = sizeof write_alone, .write = take_write};
    plotmill_sink *made = NULL;
    no_write.write = NULL;
    NOBODY(plotmill_sink_create(NULL, &sink_ops, &made, &made));
    REFUSED(plotmill_sink_create(pm, NULL, &made, &made));
    REFUSED(plotmill_sink_create(pm, &sink_ops, &made, NULL));
    REFUSED(plotmill_sink_create(pm, &no_write, &made, &made));
    ACCEPTED(plotmill_sink_create(pm, &write_alone, &made, &made));
    plotmill_sink_destroy(made);
    ACCEPTED(plotmill_sink_create(pm, &sink_ops, NULL, &made));
    plotmill_sink_destroy(made);
    HARMLESS(plotmill_sink_destroy(NULL));
}

static int count_progress(void *user, const struct plotmill_progress *progress)
{
    *(uint64_t *)user = progress->done;
    return 0;
}

/* Leaves images.npy. */
static void run_calls(plotmill_options *options, plotmill_source *source)
{
    const char *text = NULL;
    uint64_t done = 0;
    plotmill_reader *table = NULL;
    plotmill_sink *sink = new_sink();
    NOBODY(plotmill_run(NULL, options, source, sink, count_progress, &done, &text));
    REFUSED(plotmill_run(pm, options, NULL, sink, count_progress, &done, &text));   /* nor is the option input set */
    REFUSED(plotmill_run(pm, options, source, NULL, count_progress, &done, &text)); /* nor is the option output set */
    REFUSED(plotmill_run(pm, NULL, source, sink, count_progress, &done, &text)); /* a series needs the option window */
    ACCEPTED(plotmill_run(pm, options, source, sink, NULL, NULL, NULL));
    plotmill_sink_destroy(sink);
    NOBODY(plotmill_windows(NULL, options, source, &table));
    REFUSED(plotmill_windows(pm, options, NULL, &table)); /* nor is the option input set */
    REFUSED(plotmill_windows(pm, NULL, source, &table));  /* a series needs the option window */
    REFUSED(plotmill_windows(pm, options, source, NULL));
    ACCEPTED(plotmill_windows(pm, options, source, &table));
    plotmill_reader_destroy(table);
    plotmill_options_set(options, "output", "images.npy");
    ACCEPTED(plotmill_run(pm, options, source, NULL, count_progress, &done, &text));
    accepted("progress", done == SAMPLES - WINDOW + 1);
}

static void reader_calls(void)
{
    struct plotmill_dataset described = {.size = sizeof described};
    static uint8_t pixels[PIXELS];
    const uint64_t first = 0;
    int64_t start;
    double range[2];
    const char *text = NULL;
    plotmill_reader *reader = NULL, *made = NULL;
    NOBODY(plotmill_reader_open(NULL, "images.npy", &made));
    REFUSED(plotmill_reader_open(pm, NULL, &made));
    REFUSED(plotmill_reader_open(pm, "images.npy", NULL));
    accepted("open", plotmill_reader_open(pm, "images.npy", &reader) == PLOTMILL_OK);
    HARMLESS(plotmill_reader_destroy(NULL));
    NOBODY(plotmill_reader_describe(NULL, NULL, &text));
    REFUSED(plotmill_reader_describe(reader, NULL, NULL));
    ACCEPTED(plotmill_reader_describe(reader, &described, NULL));
    ACCEPTED(plotmill_reader_describe(reader, NULL, &text));
    NOBODY(plotmill_reader_read(NULL, &first, 1, pixels, &start, range));
    REFUSED(plotmill_reader_read(reader, NULL, 1, pixels, &start, range));
    REFUSED(plotmill_reader_read(reader, &first, 1, NULL, NULL, NULL));
    ACCEPTED(plotmill_reader_read(reader, &first, 1, NULL, &start, range));
    ACCEPTED(plotmill_reader_read(reader, &first, 1, pixels, NULL, range));
    ACCEPTED(plotmill_reader_read(reader, &first, 1, pixels, &start, NULL));
    NOBODY(plotmill_reader_column(NULL, "split", &first, 1, pixels, 1));
    REFUSED(plotmill_reader_column(reader, NULL, &first, 1, pixels, 1));
    REFUSED(plotmill_reader_column(reader, "split", NULL, 1, pixels, 1));
    REFUSED(plotmill_reader_column(reader, "split", &first, 1, NULL, 1));
    plotmill_reader_destroy(reader);
    NOBODY(plotmill_sheet_write(NULL, "sheet.png", pixels, 1, 16, 12, 1, 0, 0));
    REFUSED(plotmill_sheet_write(pm, NULL, pixels, 1, 16, 12, 1, 0, 0));
    REFUSED(plotmill_sheet_write(pm, "sheet.png", NULL, 1, 16, 12, 1, 0, 0));
}

static void renderer_calls(plotmill_options *options, plotmill_source *source)
{
    static uint8_t out[2 * PIXELS];
    struct plotmill_request request = {
        .size = sizeof request, .count = 2, .encoding = PLOTMILL_PIXELS, .out = out, .out_size = sizeof out};
    struct plotmill_request no_out = request, no_sizes = request;
    plotmill_renderer *renderer = NULL, *made = NULL;
    const char *text = NULL;
    no_out.out = NULL;
    no_sizes.encoding = PLOTMILL_ZLIB;
    NOBODY(plotmill_renderer_create(NULL, options, &made));
    ACCEPTED(plotmill_renderer_create(pm, NULL, &made)); /* for ready sequences */
    plotmill_renderer_destroy(made);
    REFUSED(plotmill_renderer_create(pm, options, NULL));
    accepted("create", plotmill_renderer_create(pm, options, &renderer) == PLOTMILL_OK);
    NOBODY(plotmill_renderer_load(NULL, source));
    REFUSED(plotmill_renderer_load(renderer, NULL));
    NOBODY(plotmill_renderer_describe(NULL, &text));
    REFUSED(plotmill_renderer_describe(renderer, NULL));
    ACCEPTED(plotmill_renderer_describe(renderer, &text));
    RETURNS(0, plotmill_renderer_bound(NULL, PLOTMILL_PIXELS));
    REFUSED(plotmill_render(renderer, &request)); /* nothing is loaded */
    accepted("load", plotmill_renderer_load(renderer, source) == PLOTMILL_OK);
    NOBODY(plotmill_render(NULL, &request));
    REFUSED(plotmill_render(renderer, NULL));
    REFUSED(plotmill_render(renderer, &no_out));
    REFUSED(plotmill_render(renderer, &no_sizes));
    ACCEPTED(plotmill_render(renderer, &request));
    HARMLESS(plotmill_renderer_destroy(NULL));
    plotmill_renderer_destroy(renderer);
}

int main(void)
{
    plotmill_options *options = NULL;
    plotmill_source *source = NULL;
    pm = plotmill_create();
    if (!pm || plotmill_options_create(pm, &options) ||
        plotmill_source_create(pm, &source_ops, NULL, SAMPLES, 0, &source))
        return 1;
    context();
    options_calls(options);
    source_calls(options, source);
    sink_calls();
    plotmill_options_set(options, "window", "16");
    plotmill_options_set(options, "size", "16x12");
    run_calls(options, source);
    reader_calls();
    renderer_calls(options, source);
    plotmill_source_destroy(source);
    plotmill_options_destroy(options);
    plotmill_destroy(pm);
    return 0;
}
