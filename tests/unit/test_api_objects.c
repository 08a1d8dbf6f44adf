/* Objects that need no device: option structs, callbacks, and the message of the last call. */
#include "api/engine.h"
#include "sink_fixture.h"

static plotmill *pm;

static void begin(void)
{
    enter_folder();
    pm = plotmill_create();
    cr_assert(pm);
}

static void end(void)
{
    plotmill_destroy(pm);
    leave_folder();
}

TestSuite(api_objects, .init = begin, .fini = end);

static void check_message(enum plotmill_status status, enum plotmill_status expected, const char *message)
{
    cr_assert_eq(status, expected, "%s: %s", plotmill_status_str(status), plotmill_message(pm));
    cr_assert_str_eq(plotmill_message(pm), message);
}

/* The size is checked before anything else; the file does not exist. */
Test(api_objects, null_options_give_the_defaults)
{
    plotmill_sink *sink = NULL;
    plotmill_source *source = NULL;
    const char *path = "a.npy";
    static const char file[] = "\x93NUMPY\x01\x00\x39\x00"
                               "{'descr': '|u1', 'fortran_order': False, 'shape': (4,), }\1\2\3\4";
    write_file(path, file, sizeof file - 1);
    check_message(api_sink_open(pm, "null:", NULL, &sink), PLOTMILL_OK, "");
    check_message(api_source_open(pm, &path, 1, NULL, &source), PLOTMILL_OK, "");
    cr_assert_eq(api_source_shape(source).samples, 4);
    plotmill_source_destroy(source);
    plotmill_sink_destroy(sink);
}

static enum plotmill_status open_sink(void *self, const struct dataset_info *info, struct plotmill_error *error)
{
    (void)self, (void)info, (void)error;
    return PLOTMILL_OK;
}

static enum plotmill_status write_sink(void *self, const struct image_batch *batch, struct plotmill_error *error)
{
    (void)self, (void)batch, (void)error;
    return PLOTMILL_OK;
}

static enum plotmill_status finish_sink(void *self, struct plotmill_error *error)
{
    (void)self, (void)error;
    return PLOTMILL_OK;
}

static void abort_sink(void *self)
{
    (void)self;
}

/* A destroy that must not run when the sink was refused. */
static void destroy(void *self)
{
    ++*(int *)self;
}

static const struct sink_ops whole = {
    .open = open_sink, .write = write_sink, .finish = finish_sink, .abort = abort_sink, .destroy = destroy};

static void check_refused_sink(const struct sink_ops *ops, const char *message)
{
    plotmill_sink *sink = NULL;
    int destroyed = 0;
    check_message(api_sink_create(pm, ops, &destroyed, &sink), PLOTMILL_BAD_INPUT, message);
    cr_assert_null(sink);
    cr_assert_eq(destroyed, 0);
}

Test(api_objects, sinks_that_lack_something)
{
    static const char lacking[] = "api_sink_create: open, write, finish or abort is NULL";
    struct sink_ops ops = whole;
    check_refused_sink(NULL, lacking);
    ops.open = NULL;
    check_refused_sink(&ops, lacking);
    ops = whole;
    ops.write = NULL;
    check_refused_sink(&ops, lacking);
    ops = whole;
    ops.finish = NULL;
    check_refused_sink(&ops, lacking);
    ops = whole;
    ops.abort = NULL;
    check_refused_sink(&ops, lacking);
    ops = whole;
    ops.payload = (enum payload)7;
    check_refused_sink(&ops, "api_sink_create: payload 7, expected a PAYLOAD_ value");

    plotmill_sink *sink = NULL;
    int destroyed = 0;
    check_message(api_sink_create(pm, &whole, &destroyed, &sink), PLOTMILL_OK, "");
    plotmill_sink_destroy(sink);
    cr_assert_eq(destroyed, 1);
}

/* Fails from sample 10 on, with a message from sample 20 on. */
static enum plotmill_status read_some(void *self, uint64_t first, uint64_t count, double *out,
                                      struct plotmill_error *error)
{
    (void)self;
    for (uint64_t i = 0; i < count; i++)
        out[i] = (double)(first + i);
    if (first >= 20)
        return plotmill_error_set(error, PLOTMILL_NO_MEMORY, "the well is dry");
    return first >= 10 ? PLOTMILL_IO_FAILED : PLOTMILL_OK;
}

Test(api_objects, sources_that_lack_something)
{
    const struct source_shape shape = {30, 0};
    const struct source_ops nothing = {.read = NULL};
    static const char lacking[] = "api_source_create: read is NULL";
    plotmill_source *source = NULL;
    check_message(api_source_create(pm, NULL, NULL, shape, &source), PLOTMILL_BAD_INPUT, lacking);
    check_message(api_source_create(pm, &nothing, NULL, shape, &source), PLOTMILL_BAD_INPUT, lacking);
    cr_assert_null(source);
}

Test(api_objects, a_message_is_of_the_last_call)
{
    const struct source_ops ops = {.read = read_some};
    const struct source_shape shape = {30, 0};
    plotmill_source *source = NULL;
    double out[5];
    check_message(PLOTMILL_OK, PLOTMILL_OK, "");
    check_message(api_source_create(pm, &ops, NULL, shape, &source), PLOTMILL_OK, "");
    check_message(api_source_read(pm, source, 25, 5, out), PLOTMILL_NO_MEMORY, "the well is dry");
    check_message(api_source_read(pm, source, 15, 5, out), PLOTMILL_IO_FAILED, "the source's read failed: I/O failed");
    check_message(api_source_read(pm, source, 28, 5, out), PLOTMILL_BAD_INPUT, "samples 28 to 33: the source holds 30");
    check_message(api_source_read(pm, source, 0, 5, out), PLOTMILL_OK, "");
    cr_assert_eq(out[4], 4);
    plotmill_source_destroy(source);
}

Test(api_objects, sources_describe_their_files)
{
    const char *path = "a.csv";
    const double samples[3] = {1, 2, 3};
    plotmill_source *file = NULL, *array = NULL;
    FILE *csv = fopen(path, "w");
    cr_assert(csv && fputs("close\n1\n2\n3\n", csv) >= 0 && !fclose(csv));
    check_message(api_source_open(pm, &path, 1, NULL, &file), PLOTMILL_OK, "");
    check_message(api_source_from_array(pm, samples, (struct source_shape){3, 0}, &array), PLOTMILL_OK, "");
    const char *input = api_source_input(file);
    cr_expect(*input == '{' && strstr(input, "\"name\": \"a.csv\"") && strstr(input, "\"samples\": 3"), "%s", input);
    cr_expect(!strstr(input, "\"from\"") && !strstr(input, "\"to\""), "%s", input);
    cr_expect_str_empty(api_source_input(array));
    plotmill_source_destroy(file);
    plotmill_source_destroy(array);
}

Test(api_objects, sources_describe_their_days)
{
    const char *path = "days.csv";
    struct source_options options = {0};
    plotmill_source *file = NULL;
    FILE *csv = fopen(path, "w");
    cr_assert(csv && fputs("time,close\n2024-01-30,1\n2024-02-01,2\n2024-02-03,3\n", csv) >= 0 && !fclose(csv));
    options.column = "close";
    options.from = "2024-01-31";
    check_message(api_source_open(pm, &path, 1, &options, &file), PLOTMILL_OK, "");
    const char *input = api_source_input(file);
    cr_expect(strstr(input, "\"from\": \"2024-01-31\"") && strstr(input, "\"samples\": 2"), "%s", input);
    cr_expect(!strstr(input, "\"to\""), "%s", input);
    plotmill_source_destroy(file);
}
