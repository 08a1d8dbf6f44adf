/* What stands behind the public handles; for src/api alone. */
#ifndef API_HANDLES_H
#define API_HANDLES_H

#include <stdatomic.h>

#include "base/log.h"
#include "dataset/reader.h"
#include "dataset/sink.h"
#include "device/compute.h"
#include "device/discover.h"
#include "job/job.h"
#include "plotmill/plotmill.h"
#include "source/source.h"

struct plotmill {
    struct plotmill_error error; /* of the last call, if it failed */
    struct log log;
    char *cache_folder; /* see plotmill_set_cache */
};

struct plotmill_source {
    struct source source;
};

struct plotmill_sink {
    struct sink sink;
    struct plotmill_sink_ops guarded; /* what guard_sink gives out */
    bool used;                        /* it was opened: a sink takes one job */
    uint64_t image_bytes;             /* of an image handed over as pixels */
    atomic_ullong bytes;              /* handed over: pixels, or finished streams */
};

struct plotmill_reader {
    plotmill *pm;
    struct reader reader;
};

/* Begins every public call that can fail: what an earlier one said must not pass for its own message. */
void forget_message(plotmill *pm);

/* A callback of the embedder returned `status` from its call `name` ("the sink's write"): gives it a message where it
 * left none. Returns `status`. */
enum plotmill_status explain(enum plotmill_status status, const char *name, struct plotmill_error *error);

/* A source and a sink as a job calls them, through to the embedder's own: a failure always has a message, and a sink
 * that was opened is marked as used. They live no longer than the handles. */
struct source guard_source(plotmill_source *source);
struct sink guard_sink(plotmill_sink *sink);

/* Lines under a pixel that are not antialiased may have holes. */
void warn_of_thin_lines(plotmill *pm, const struct plotmill_chart_options *chart);

/* The devices for a job: those that `text` means (see plotmill_devices_choose), then those that may take over from
 * them, in the order of "auto". */
struct roster {
    struct device_list list;
    struct job_device devices[PLOTMILL_SHARES];
    size_t sharing, count;
    bool automatic; /* nobody named them */
};

/* Fills *roster, tells the sharing devices and why, and warns of a GPU left unused. roster_finish also takes one after
 * a failure, or all zero. */
enum plotmill_status roster_find(struct roster *roster, plotmill *pm, const char *text);
void roster_finish(struct roster *roster);

/* Finds and opens one device, with the same lines; of several that $PLOTMILL_DEVICE names, the first. */
enum plotmill_status open_device(plotmill *pm, const char *text, struct compute **compute,
                                 struct plotmill_device *chosen);

#endif
