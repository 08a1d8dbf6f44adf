/* What the tests of the public API's sources share: a handle, options, a folder, the log, a sink. */
#ifndef UNIT_SOURCE_FIXTURE_H
#define UNIT_SOURCE_FIXTURE_H

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/engine.h"
#include "base/json.h"
#include "base/numbers.h"
#include "base/os.h"
#include "plotmill_config.h"

#define DAY INT64_C(86400000000000) /* ns */

static plotmill *pm;
static plotmill_options *options;
static char folder[] = "/tmp/plotmill-source-XXXXXX";
static char logged[4000]; /* lines of INFO and above that are not about devices */

static inline void keep_line(void *user, enum plotmill_log_level level, const char *text)
{
    (void)user;
    if (level != PLOTMILL_LOG_DETAIL && (strstr(text, "groups of rows") || strstr(text, "array")))
        snprintf(logged + strlen(logged), sizeof logged - strlen(logged), "%s\n", text);
}

static inline void begin(void)
{
    cr_assert(mkdtemp(folder) && chdir(folder) == 0);
    pm = plotmill_create();
    cr_assert(pm && !plotmill_options_create(pm, &options));
    plotmill_set_log(pm, keep_line, NULL);
}

static inline void end(void)
{
    plotmill_options_destroy(options);
    plotmill_destroy(pm);
    cr_assert(chdir("/") == 0 && os_remove_tree(folder));
}

static inline void set(const char *name, const char *value)
{
    cr_assert_eq(plotmill_options_set(options, name, value), PLOTMILL_OK, "%s", plotmill_message(pm));
}

static inline plotmill_source *from_array(const struct plotmill_array *array)
{
    plotmill_source *source = NULL;
    cr_assert_eq(plotmill_source_from_array(pm, array, options, &source), PLOTMILL_OK, "%s", plotmill_message(pm));
    return source;
}

static inline void refuse(const struct plotmill_array *array, const char *message)
{
    plotmill_source *source = (plotmill_source *)array;
    cr_expect_eq(plotmill_source_from_array(pm, array, options, &source), PLOTMILL_BAD_INPUT, "not refused: %s",
                 message);
    cr_expect_str_eq(plotmill_message(pm), message);
    cr_expect_null(source);
}

static uint32_t random_state = 1;

static inline uint32_t random_number(uint32_t below)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % below;
}

/* What a sink of callbacks was given. */
#define ROWS 700

struct images {
    uint64_t count;
    int64_t starts[ROWS];
    double ranges[ROWS][2];
};

static inline enum plotmill_status take(void *self, const struct plotmill_batch *batch, struct plotmill_error *error)
{
    struct images *images = self;
    (void)error;
    for (uint64_t i = 0; i < batch->count; i++) {
        cr_assert(batch->first + i < ROWS);
        images->starts[batch->first + i] = batch->window_start[i];
        memcpy(images->ranges[batch->first + i], batch->y_range + 2 * i, sizeof images->ranges[0]);
    }
    images->count += batch->count;
    return PLOTMILL_OK;
}

static inline enum plotmill_status run(plotmill_source *source, struct images *images)
{
    const struct plotmill_sink_ops ops = {.size = sizeof ops, .write = take};
    plotmill_sink *sink = NULL;
    images->count = 0;
    cr_assert_eq(plotmill_sink_create(pm, &ops, images, &sink), PLOTMILL_OK);
    const enum plotmill_status status = plotmill_run(pm, options, source, sink, NULL, NULL, NULL);
    plotmill_sink_destroy(sink);
    return status;
}

#endif
