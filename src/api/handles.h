/* What is behind the public handles; for src/api only. */
#ifndef API_HANDLES_H
#define API_HANDLES_H

#include <stdatomic.h>

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
    char *cache_folder;    /* see api_set_cache */
    char *result;          /* of the last call that has one */
    _Atomic uint64_t busy; /* the process in which a public call is running; 0: none is */
    struct open_device *open_devices;
};

/* A device that stays open for the renderers of the handle, with the kernels that were built. */
struct open_device {
    struct compute *compute;
    bool failed; /* not for further renderers */
    struct open_device *next;
};

/* The open device of this entry, or opens it. `cache` as in api_set_cache. */
enum plotmill_status open_devices_get(plotmill *pm, const struct device_entry *entry, const char *cache,
                                      struct open_device **device);
void open_devices_close(plotmill *pm);

struct plotmill_source {
    plotmill *pm;
    struct source source;
};

struct custom_sink;

struct plotmill_sink {
    plotmill *pm;
    struct sink sink;
    struct custom_sink *custom; /* that of plotmill_sink_create; NULL: another one */
    bool used;                  /* it was opened: a sink takes one job */
};

struct plotmill_reader {
    plotmill *pm;
    char *path;
    struct reader reader;
    const struct window_set *windows; /* of plotmill_windows; NULL: these are stored images */
};

/* Begins every call that can fail: removes the message of an earlier one. */
void clear_message(plotmill *pm);

/* Around the body of every call of the public API that can fail. call_begin clears the message and returns
 * PLOTMILL_OK; or it returns what the call returns at once, without call_end: PLOTMILL_BAD_INPUT (pm is NULL) or
 * PLOTMILL_BUSY. */
enum plotmill_status call_begin(plotmill *pm);
enum plotmill_status call_end(plotmill *pm, enum plotmill_status status); /* returns status */

/* Refuses NULL for a required argument. */
#define REQUIRE(pm, argument)                                                                                \
    do {                                                                                                     \
        if (!(argument))                                                                                     \
            FAIL(&(pm)->error, PLOTMILL_BAD_INPUT, "%s: " #argument " is NULL, expected a value", __func__); \
    } while (0)

/* Refuses an argument that was made with another handle, whose calls could meet this one. */
#define REQUIRE_OWN(pm, argument, owner)                                                                    \
    do {                                                                                                    \
        if ((owner) != (pm))                                                                                \
            FAIL(&(pm)->error, PLOTMILL_BAD_INPUT,                                                          \
                 "%s: " #argument " belongs to another handle, expected one made with this one", __func__); \
    } while (0)

plotmill *options_owner(const plotmill_options *options);

/* Copies a struct of the caller, which begins with its size: *own gets zeros for members that the caller's version does
 * not have. `least` is the size of the members that are required. Refuses members that this library does not know,
 * unless they are 0. */
enum plotmill_status take_struct(plotmill *pm, const char *name, void *own, size_t own_size, const void *given,
                                 size_t least);

/* Makes `text`, from malloc, the result of the call: it lives until the next one. Returns it. */
const char *keep_result(plotmill *pm, char *text);

/* The same for *result, unless `result` is NULL. Fails if `text` is NULL: out of memory. */
enum plotmill_status give_result(plotmill *pm, char *text, const char **result);

/* Applies options to a sink of plotmill_sink_create: dtype, layout, channels, quality. */
enum plotmill_status custom_sink_configure(plotmill_sink *sink, const struct sink_options *options,
                                           struct plotmill_error *error);

/* As api_job_find, for a source whose input (api_source_input) is known. */
enum plotmill_status find_output(plotmill *pm, const char *path, const struct sink_options *sink_options,
                                 const char *input, const struct job_options *options, uint64_t *images);

struct settings;

/* As api_source_open, with the fields that the chart needs. */
enum plotmill_status open_inputs(plotmill *pm, const char *const *paths, size_t path_count,
                                 const struct settings *settings, plotmill_source **source);

/* A reader of the windows of a job, without images. source NULL: opens the inputs of the settings. */
enum plotmill_status windows_open(plotmill *pm, const struct settings *settings, plotmill_source *source,
                                  plotmill_reader **table);

/* The spec of the data sets that a job makes, freed by the caller; NULL: out of memory. */
char *job_spec(const struct job_options *options, const struct chart *chart, uint64_t window);

/* Refuses dtype bits for a chart whose channels have more than two values. */
enum plotmill_status check_bits(const struct chart *chart, const struct pixel_format *pixels,
                                struct plotmill_error *error);

/* A line that is drawn without antialiasing and is thinner than a pixel may have holes. */
void warn_of_thin_lines(plotmill *pm, const struct chart *chart);

/* Finds the devices of a job: those that `text` selects (see api_devices_choose), then those that may take over,
 * in the order of "auto". Logs the former and why they were chosen, and warns of a GPU that OpenCL cannot use. Free
 * found->list with device_list_free, also after a failure. */
enum plotmill_status find_job_devices(struct job_devices *found, plotmill *pm, const char *text);

/* Finds, logs and opens one device; of several that $PLOTMILL_DEVICE names, the first. */
enum plotmill_status open_device(plotmill *pm, const char *text, struct compute **compute);

#endif
