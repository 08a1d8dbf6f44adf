/* What is behind the public handles; for src/api only. */
#ifndef API_HANDLES_H
#define API_HANDLES_H

#include "api/engine.h"
#include "base/log.h"
#include "dataset/reader.h"
#include "dataset/sink.h"
#include "device/compute.h"
#include "job/job.h"
#include "source/source.h"

struct plotmill {
    struct plotmill_error error; /* of the last call, if it failed */
    struct log log;
    char *cache_folder; /* see api_set_cache */
};

struct plotmill_source {
    struct source source;
};

struct plotmill_sink {
    struct sink sink;
    bool used; /* it was opened: a sink takes one job */
};

struct plotmill_reader {
    plotmill *pm;
    struct reader reader;
};

/* Begins every public call that can fail: removes the message of an earlier one. */
void clear_message(plotmill *pm);

/* A line that is drawn without antialiasing and is thinner than a pixel may have holes. */
void warn_of_thin_lines(plotmill *pm, const struct chart_options *chart);

/* Finds the devices of a job: those that `text` selects (see api_devices_choose), then those that may take over,
 * in the order of "auto". Logs the former and why they were chosen, and warns of a GPU that OpenCL cannot use. Free
 * found->list with device_list_free, also after a failure. */
enum plotmill_status find_job_devices(struct job_devices *found, plotmill *pm, const char *text);

/* Finds, logs and opens one device; of several that $PLOTMILL_DEVICE names, the first. */
enum plotmill_status open_device(plotmill *pm, const char *text, struct compute **compute);

#endif
