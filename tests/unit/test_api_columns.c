/* Labels, splits and times of arrays in memory, as a custom sink of plotmill_run gets them. */
#include "source_fixture.h"

#define SERIES 120
#define WINDOW 10

struct stored {
    const struct plotmill_dataset *dataset;
    char names[8][40];
    enum plotmill_type types[8];
    uint64_t widths[8];
    size_t columns;
    int64_t times[ROWS][2], starts[ROWS], up[ROWS];
    uint32_t groups[ROWS];
    uint8_t splits[ROWS];
    double returns[ROWS];
    uint64_t count;
};

static enum plotmill_status open_stored(void *self, const struct plotmill_dataset *dataset,
                                        struct plotmill_error *error)
{
    struct stored *stored = self;
    (void)error;
    stored->columns = dataset->column_count;
    for (size_t i = 0; i < dataset->column_count && i < 8; i++) {
        snprintf(stored->names[i], sizeof stored->names[i], "%s", dataset->columns[i]->name);
        stored->types[i] = dataset->columns[i]->type;
        stored->widths[i] = dataset->columns[i]->width;
    }
    return PLOTMILL_OK;
}

static enum plotmill_status store(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    struct stored *stored = self;
    const size_t n = (size_t)batch->count;
    (void)error;
    memcpy(stored->starts + batch->first, batch->window_start, n * 8);
    memcpy(stored->times + batch->first, batch->columns[0], n * 16);
    memcpy(stored->groups + batch->first, batch->columns[1], n * 4);
    memcpy(stored->splits + batch->first, batch->columns[2], n);
    memcpy(stored->returns + batch->first, batch->columns[3], n * 8);
    memcpy(stored->up + batch->first, batch->columns[4], n * 8);
    stored->count += batch->count;
    return PLOTMILL_OK;
}

Test(api_columns, a_custom_sink_gets_labels_splits_and_times, .init = begin, .fini = end)
{
    static double series[SERIES];
    static int64_t times[SERIES];
    static uint32_t groups[SERIES];
    static struct stored stored;
    const struct plotmill_sink_ops sink_ops = {
        .size = sizeof sink_ops, .open = open_stored, .write = store, .thread_safe = 0};
    const char *report = NULL;
    plotmill_sink *sink = NULL;
    for (int i = 0; i < SERIES; i++) {
        series[i] = 5 + random_number(1000) * 0.01;
        times[i] = i * DAY;
        groups[i] = i < 50 ? 7 : 4000000000u;
    }
    set("window", "10");
    set("size", "40x30");
    set("batch", "13");
    set("label", "return:3,up=direction:3:0.2");
    set("split", "0.5,0.25,0.25");
    set("shuffle", "9");
    plotmill_source *source = from_array(&(struct plotmill_array){.size = sizeof(struct plotmill_array),
                                                                  .data = series,
                                                                  .axes = "T",
                                                                  .shape = {SERIES},
                                                                  .times = times,
                                                                  .groups = groups});
    cr_assert_eq(plotmill_sink_create(pm, &sink_ops, &stored, &sink), PLOTMILL_OK);
    cr_assert_eq(plotmill_run(pm, options, source, sink, NULL, NULL, &report), PLOTMILL_OK, "%s", plotmill_message(pm));
    static const char *const names[] = {"timestamps", "group", "split", "labels/return:3", "labels/up"};
    static const enum plotmill_type types[] = {PLOTMILL_INT64, PLOTMILL_UINT32, PLOTMILL_UINT8, PLOTMILL_FLOAT64,
                                               PLOTMILL_INT64};
    cr_assert(stored.columns == 5 && stored.count == 41 + 61);
    for (int i = 0; i < 5; i++) {
        cr_assert_str_eq(stored.names[i], names[i]);
        cr_assert(stored.types[i] == types[i] && stored.widths[i] == (i ? 1 : 2));
    }
    uint64_t seen[SERIES] = {0}, parts[256] = {0};
    for (uint64_t i = 0; i < stored.count; i++) {
        const int64_t start = stored.starts[i], last = start + WINDOW - 1, end = start < 50 ? 50 : SERIES;
        cr_assert(start >= 0 && last < end && !seen[start]++);
        cr_assert(stored.times[i][0] == times[start] && stored.times[i][1] == times[last]);
        cr_assert_eq(stored.groups[i], groups[start]);
        parts[stored.splits[i]]++;
        cr_assert(!i || (stored.splits[i] >= stored.splits[i - 1]), "the parts lie one after another");
        if (last + 3 >= end) {
            cr_assert(isnan(stored.returns[i]) && stored.up[i] == INT64_MIN);
            continue;
        }
        const double change = series[last + 3] / series[last] - 1;
        cr_assert_eq(stored.returns[i], change);
        cr_assert_eq(stored.up[i], fabs(change) <= 0.2 ? 0 : change > 0 ? 1 : -1);
    }
    cr_assert(parts[0] && parts[1] && parts[2] && parts[255]);
    const char *counts = json_member(report, "windows");
    static const char *const words[] = {"train", "val", "test", "none"};
    for (int i = 0; i < 4; i++) {
        uint64_t count = UINT64_MAX;
        cr_assert(json_read_uint(json_member(counts, words[i]), &count) && count == parts[i < 3 ? i : 255]);
    }
    plotmill_sink_destroy(sink);
    plotmill_source_destroy(source);
}

/* Groups that take turns, and labels that are texts. */
struct turns {
    char classes[4][8];
    size_t class_count;
    uint64_t row_width, count;
    int64_t rows[SERIES][WINDOW], starts[SERIES], sides[SERIES];
    uint32_t groups[SERIES];
};

static enum plotmill_status open_turns(void *self, const struct plotmill_dataset *dataset, struct plotmill_error *error)
{
    static const char *const names[] = {"group", "row", "labels/side"};
    static const enum plotmill_type types[] = {PLOTMILL_UINT32, PLOTMILL_INT64, PLOTMILL_INT64};
    struct turns *turns = self;
    (void)error;
    cr_assert_eq(dataset->column_count, 3);
    for (int i = 0; i < 3; i++) {
        cr_assert_str_eq(dataset->columns[i]->name, names[i]);
        cr_assert_eq(dataset->columns[i]->type, types[i]);
    }
    turns->row_width = dataset->columns[1]->width;
    turns->class_count = dataset->columns[2]->class_count;
    for (size_t i = 0; i < turns->class_count && i < 4; i++)
        snprintf(turns->classes[i], sizeof turns->classes[i], "%s", dataset->columns[2]->classes[i]);
    return PLOTMILL_OK;
}

static enum plotmill_status store_turns(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    struct turns *turns = self;
    const size_t n = (size_t)batch->count;
    (void)error;
    cr_assert(batch->first + n <= SERIES);
    memcpy(turns->starts + batch->first, batch->window_start, n * 8);
    memcpy(turns->groups + batch->first, batch->columns[0], n * 4);
    memcpy(turns->rows + batch->first, batch->columns[1], n * WINDOW * 8);
    memcpy(turns->sides + batch->first, batch->columns[2], n * 8);
    turns->count += n;
    return PLOTMILL_OK;
}

/* Row i of the table is of group i % 2. */
static const char *side_of(int64_t row)
{
    static const char *const sides[] = {"up", "down", "", "flat", "down"};
    return sides[row / 2 % 5];
}

Test(api_columns, a_custom_sink_gets_rows_and_the_classes_of_texts, .init = begin, .fini = end)
{
    static struct turns turns;
    static const char *const classes[] = {"down", "flat", "up"}, *const path = "a.csv";
    const struct plotmill_sink_ops ops = {.size = sizeof ops, .open = open_turns, .write = store_turns};
    plotmill_source *source = NULL;
    plotmill_sink *sink = NULL;
    FILE *file = fopen(path, "w");
    cr_assert(file && fputs("sym,close,side\n", file) >= 0);
    for (int i = 0; i < SERIES; i++)
        fprintf(file, "%c,%d.5,%s\n", "ab"[i % 2], random_number(1000), side_of(i));
    cr_assert_eq(fclose(file), 0);
    set("window", "10");
    set("size", "40x30");
    set("batch", "7");
    set("column", "close");
    set("group-by", "sym");
    set("label", "side");
    cr_assert_eq(plotmill_source_open(pm, &path, 1, options, &source), PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert_eq(plotmill_sink_create(pm, &ops, &turns, &sink), PLOTMILL_OK);
    cr_assert_eq(plotmill_run(pm, options, source, sink, NULL, NULL, NULL), PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert(turns.row_width == WINDOW && turns.class_count == 3 && turns.count == 2 * (SERIES / 2 - WINDOW + 1));
    for (size_t i = 0; i < 3; i++)
        cr_assert_str_eq(turns.classes[i], classes[i]);
    for (uint64_t i = 0; i < turns.count; i++) {
        const uint64_t group = i / (turns.count / 2), first = group + 2 * (i % (turns.count / 2));
        cr_assert(turns.groups[i] == group && turns.starts[i] == (int64_t)first);
        for (uint64_t k = 0; k < WINDOW; k++)
            cr_assert_eq(turns.rows[i][k], (int64_t)(first + 2 * k));
        const char *side = side_of(turns.rows[i][WINDOW - 1]);
        if (*side)
            cr_assert_str_eq(turns.classes[turns.sides[i]], side);
        else
            cr_assert_eq(turns.sides[i], INT64_MIN);
    }
    plotmill_sink_destroy(sink);
    plotmill_source_destroy(source);
}
