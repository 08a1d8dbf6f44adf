/* Sources of the public API: files, callbacks, descriptions. */
#include "source_fixture.h"

TestSuite(api_source, .init = begin, .fini = end);

Test(api_source, options_of_another_handle)
{
    static const char *const paths[] = {"a.csv"};
    static const double data[6];
    const struct plotmill_array array = {.size = sizeof array, .data = data, .axes = "T", .shape = {6}};
    plotmill *other = plotmill_create();
    plotmill_source *source = NULL;
    cr_assert_eq(plotmill_source_from_array(other, &array, options, &source), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(other), "plotmill_source_from_array: options belongs to another handle, expected "
                                              "one made with this one");
    cr_assert_eq(plotmill_source_open(other, paths, 1, options, &source), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(other), "plotmill_source_open: options belongs to another handle, expected one "
                                              "made with this one");
    cr_assert_null(source);
    plotmill_destroy(other);
}

Test(api_source, paths_that_are_refused)
{
    static const char *const paths[] = {"a.csv", NULL};
    plotmill_source *source = NULL;
    cr_assert_eq(plotmill_source_open(pm, paths, 2, options, &source), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm), "plotmill_source_open: paths[1] is NULL, expected a path");
    cr_assert_eq(plotmill_source_open(pm, NULL, 2, options, &source), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm), "plotmill_source_open: paths is NULL, expected 2 paths");
    cr_assert_eq(plotmill_source_open(pm, NULL, 0, options, &source), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm), "input: not set, expected at least one file");
    cr_assert_eq(plotmill_source_open(pm, paths, 0, options, &source), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm), "no input: expected at least one file");
    cr_assert_eq(plotmill_source_open(pm, paths, 1, NULL, &source), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm), "a.csv: no such file");
}

/* Files and arrays of the same numbers. */

static void write_files(const double *values, int count)
{
    FILE *csv = fopen("a.csv", "w"), *npy = fopen("a.npy", "wb");
    char header[128];
    memset(header, ' ', sizeof header);
    memcpy(header, "\x93NUMPY\x01\x00\x76\x00", 10);
    const int used = snprintf(header + 10, 100, "{'descr': '<f8', 'fortran_order': False, 'shape': (%d,), }", count);
    header[10 + used] = ' ';
    header[127] = '\n';
    fwrite(header, 1, sizeof header, npy);
    fwrite(values, sizeof *values, (size_t)count, npy);
    fprintf(csv, "time,open,close\n");
    for (int i = 0; i < count; i++)
        fprintf(csv, "2024-01-%02dT%02d:00:00Z,1,%.17g\n", i / 24 + 1, i % 24, values[i]);
    fclose(csv);
    fclose(npy);
}

static char *hash_of(plotmill_source *source)
{
    const char *report = NULL;
    set("output", "hash:");
    cr_assert_eq(plotmill_run(pm, options, source, NULL, NULL, NULL, &report), PLOTMILL_OK, "%s", plotmill_message(pm));
    char *hash = json_read_string(json_member(report, "hash"));
    cr_assert(hash, "%s", report);
    plotmill_source_destroy(source);
    return hash;
}

static plotmill_source *open_file(const char *path)
{
    plotmill_source *source = NULL;
    const char *const paths[] = {path};
    cr_assert_eq(plotmill_source_open(pm, paths, 1, options, &source), PLOTMILL_OK, "%s", plotmill_message(pm));
    return source;
}

static void expect_description(plotmill_source *source, const char *const *members)
{
    const char *json = NULL;
    cr_assert_eq(plotmill_source_describe(source, &json), PLOTMILL_OK);
    cr_assert(json_is_object(json));
    for (; *members; members += 2) {
        const char *value = json_member(json, members[0]);
        cr_assert(value, "no %s in %s", members[0], json);
        const size_t length = (size_t)(json_value_end(value) - value);
        cr_assert(length == strlen(members[1]) && !strncmp(value, members[1], length), "%s: %.*s, expected %s",
                  members[0], (int)length, value, members[1]);
    }
}

Test(api_source, files_and_arrays_of_the_same_numbers, .timeout = 600)
{
    enum { COUNT = 200 };
    double data[COUNT][2];
    double values[COUNT];
    int64_t at[COUNT];
    const int64_t start = INT64_C(1704067200000000000); /* 2024-01-01 */
    char *hashes[4];
    for (int i = 0; i < COUNT; i++) {
        values[i] = data[i][1] = (double)random_number(10000) / 7;
        data[i][0] = i;
        at[i] = start + i * (DAY / 24);
    }
    write_files(values, COUNT);
    set("window", "30");
    set("size", "50x40");
    hashes[0] = hash_of(open_file("a.npy"));
    set("column", "close");
    hashes[1] = hash_of(open_file("a.csv"));
    static const char *const names[] = {"open", "close"};
    const struct plotmill_array array = {
        .size = sizeof array, .data = data, .axes = "TF", .shape = {COUNT, 2}, .fields = names, .times = at};
    hashes[2] = hash_of(from_array(&array));
    set("output", NULL);
    set("input", "a.csv");
    plotmill_source *source = NULL;
    cr_assert_eq(plotmill_source_open(pm, NULL, 0, options, &source), PLOTMILL_OK, "%s", plotmill_message(pm));
    hashes[3] = hash_of(source);
    for (int i = 1; i < 4; i++)
        cr_assert_str_eq(hashes[i], hashes[0]);
    /* A period selects the same rows. */
    set("from", "2024-01-03");
    set("to", "2024-01-05");
    char *const cut[2] = {hash_of(open_file("a.csv")), hash_of(from_array(&array))};
    cr_assert_str_eq(cut[0], cut[1]);
    cr_assert_str_neq(cut[0], hashes[0]);
    expect_description(source = from_array(&array),
                       (const char *const[]){"samples", "200", "selected", "72", "row_length", "0", "field", "1",
                                             "groups", "1", "first_time", "\"2024-01-03T00:00:00Z\"", "last_time",
                                             "\"2024-01-05T23:00:00Z\"", "input", "null", NULL});
    plotmill_source_destroy(source);
    for (int i = 0; i < 4; i++)
        free(hashes[i]);
    free(cut[0]);
    free(cut[1]);
}

Test(api_source, descriptions)
{
    static const double data[12];
    static const char *const names[] = {"a \"b\"", ""};
    static const uint32_t ids[6] = {5, 5, 5, 1, 1, 3};
    double values[48] = {0};
    struct plotmill_array array = {
        .size = sizeof array, .data = data, .axes = "TF", .shape = {6, 2}, .fields = names, .groups = ids};
    set("column", "1");
    plotmill_source *source = from_array(&array);
    expect_description(source,
                       (const char *const[]){"samples", "6", "selected", "6", "row_length", "0", "field", "1", "groups",
                                             "3", "first_time", "null", "last_time", "null", "input", "null", NULL});
    const char *json;
    cr_assert_eq(plotmill_source_describe(source, &json), PLOTMILL_OK);
    char *first = json_read_string(json_element(json_member(json, "fields"), 0));
    cr_assert_str_eq(first, names[0]);
    free(first);
    plotmill_source_destroy(source);
    set("column", NULL);
    array = (struct plotmill_array){.size = sizeof array, .data = data, .axes = "NT", .shape = {3, 4}};
    source = from_array(&array);
    expect_description(source, (const char *const[]){"samples", "12", "row_length", "4", "fields", "[]", "field", "0",
                                                     "groups", "1", NULL});
    plotmill_source_destroy(source);
    write_files(values, 48);
    set("column", "close");
    source = open_file("a.csv");
    expect_description(source, (const char *const[]){"samples", "48", "selected", "48", "fields",
                                                     "[\"time\", \"open\", \"close\"]", "field", "2", "first_time",
                                                     "\"2024-01-01T00:00:00Z\"", "last_time",
                                                     "\"2024-01-02T23:00:00Z\"", NULL});
    cr_assert_eq(plotmill_source_describe(source, &json), PLOTMILL_OK);
    cr_assert(json_member(json_member(json, "input"), "hash"));
    plotmill_source_destroy(source);
    set("column", NULL);
    if (!HAVE_HDF5)
        return;
    set("window", "8");
    set("size", "16x16");
    set("store-sequences", "true");
    set("output", "a.h5");
    source = open_file("a.npy");
    cr_assert_eq(plotmill_run(pm, options, source, NULL, NULL, NULL, NULL), PLOTMILL_OK, "%s", plotmill_message(pm));
    plotmill_source_destroy(source);
    set("dataset", "/sequences");
    set("window", NULL); /* of ready sequences */
    source = open_file("a.h5");
    expect_description(source, (const char *const[]){"samples", "328", "row_length", "8", "fields", "[\"/sequences\"]",
                                                     "field", "0", NULL});
    plotmill_source_destroy(source);
}

/* Custom sources. */

struct custom {
    int destroyed;
    enum plotmill_status failing;
};

static enum plotmill_status read_custom(void *self, uint64_t first, uint64_t count, double *out,
                                        struct plotmill_error *error)
{
    const struct custom *custom = self;
    (void)error;
    for (uint64_t i = 0; i < count; i++)
        out[i] = first + i == 17 ? (double)NAN : (double)(first + i);
    return custom->failing;
}

static void locate_custom(void *self, uint64_t sample, char *text, size_t size)
{
    (void)self;
    memset(text, 'x', size); /* without an end */
    if (sample == 17)
        snprintf(text, size, "probe 1");
}

static void destroy_custom(void *self)
{
    ((struct custom *)self)->destroyed++;
}

Test(api_source, callbacks)
{
    static struct images images;
    struct custom custom = {0, PLOTMILL_OK};
    struct plotmill_source_ops ops = {sizeof ops, read_custom, locate_custom, destroy_custom};
    plotmill_source *source = NULL;
    cr_assert_eq(plotmill_source_create(pm, &ops, &custom, 40, 7, &source), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm), "40 samples: expected a multiple of the sequence length 7");
    cr_assert_eq(plotmill_source_create(pm, &ops, &custom, UINT64_MAX, 0, &source), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm),
                     "plotmill_source_create: samples is 18446744073709551615, expected at most 2^60");
    cr_assert_eq(custom.destroyed, 0);
    cr_assert_eq(plotmill_source_create(pm, &ops, &custom, 40, 8, &source), PLOTMILL_OK);
    memset(&ops, 0, sizeof ops); /* it was copied */
    set("size", "16x16");
    cr_assert_eq(run(source, &images), PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert(images.count == 5 && images.starts[4] == 4 && images.ranges[4][1] == 39);
    set("missing", "error");
    cr_assert_eq(run(source, &images), PLOTMILL_BAD_INPUT);
    cr_assert_str_eq(plotmill_message(pm),
                     "probe 1: sample 17 is missing: expected a number (the option missing is error)");
    custom.failing = PLOTMILL_IO_FAILED;
    cr_assert_eq(run(source, &images), PLOTMILL_IO_FAILED);
    cr_assert_str_eq(plotmill_message(pm), "the source's read failed: I/O failed");
    plotmill_source_destroy(source);
    cr_assert_eq(custom.destroyed, 1);
    /* A program from before locate and destroy. */
    ops = (struct plotmill_source_ops){offsetof(struct plotmill_source_ops, locate), read_custom, locate_custom,
                                       destroy_custom};
    cr_assert_eq(plotmill_source_create(pm, &ops, &custom, 40, 0, &source), PLOTMILL_OK);
    plotmill_source_destroy(source);
    cr_assert_eq(custom.destroyed, 1);
}
