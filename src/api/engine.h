/* The library with structs instead of texts, for the command, tests and measurements: not part of the public API. Every
 * call that takes a handle clears its message first, and sets it on failure. */
#ifndef API_ENGINE_H
#define API_ENGINE_H

#include "base/error.h"
#include "chart/options.h"
#include "dataset/shards.h"
#include "doctor/finding.h"
#include "formats/sink.h"
#include "formats/source.h"
#include "job/options.h"
#include "plotmill/plotmill.h"
#include "verify/verdict.h"

/* Devices. */

/* Lists every device of every platform. Free *devices with api_devices_free. *count 0 is PLOTMILL_OK. The log gets
 * warnings about drivers that are installed but not usable. */
enum plotmill_status api_devices(plotmill *pm, struct device_info **devices, size_t *count);
void api_devices_free(struct device_info *devices);

/* Finds the device that `text` selects: "auto", "gpu", "cpu", an index, or a part of a device's or platform's name
 * (case-insensitive); NULL: $PLOTMILL_DEVICE (the first, if it names several), else auto. Fills *device with its
 * reason. PLOTMILL_NO_DEVICE if there is none; the message lists the devices, or says what to install. */
enum plotmill_status api_device_choose(plotmill *pm, const char *text, struct device_info *device);

/* Finds the devices that share a job: a comma-separated list ("0,2", "gpu,cpu") of texts as above, or "all": every
 * usable chip once, in the order of "auto"; NULL: $PLOTMILL_DEVICE, else auto. Fills devices[0..*count-1] in the order
 * of the text. PLOTMILL_BAD_INPUT if a device is selected twice, or if there are more than `most`. */
enum plotmill_status api_devices_choose(plotmill *pm, const char *text, struct device_info *devices, size_t most,
                                        size_t *count);

/* Sources. */

/* Opens files (.csv and .tsv, also in .gz or .zip; .npy; .h5 and .hdf5) as one series, in the given order. Ready
 * sequences in several files must have the same length. If there is a time column, the log reports repeated and missing
 * rows where two files join. `options` NULL: defaults. Free *source with plotmill_source_destroy. */
enum plotmill_status api_source_open(plotmill *pm, const char *const *paths, size_t path_count,
                                     const struct source_options *options, plotmill_source **source);

/* A source over an array of one field, which the caller must not free or change before the source is destroyed. */
enum plotmill_status api_source_from_array(plotmill *pm, const double *samples, struct source_shape shape,
                                           plotmill_source **source);

/* A custom source. PLOTMILL_BAD_INPUT if ops->read is NULL. `ops` must outlive the source; ops->destroy is not called
 * when this call fails. */
enum plotmill_status api_source_create(plotmill *pm, const struct source_ops *ops, void *self,
                                       struct source_shape shape, plotmill_source **source);

/* What files hold, as `plotmill inspect --json` prints it (source/inspect.h); freed by the caller. */
enum plotmill_status api_inspect(plotmill *pm, const char *const *paths, size_t path_count,
                                 const plotmill_options *options, char **json);

struct source_shape api_source_shape(const plotmill_source *source);

/* The samples per image: of ready sequences their length, else the option window, `asked` (0: not set), which must fit.
 * `name` names the source in messages. */
enum plotmill_status api_source_window(plotmill *pm, const plotmill_source *source, const char *name, uint64_t asked,
                                       uint64_t *window);

/* A description of the input files as a JSON object on one line; equal texts mean equal samples. Members: the number of
 * `files`, their total `bytes`, a `hash` of their contents on disk, the selected `column` and `dataset` (else null),
 * `columns`, `axes`, `from` and `to` if set, a `list` of at most 64 files (name without folder, bytes, hash), and the
 * shape: `samples`, `row_length`. In files over 64 MiB only 64 pieces of 1 MiB are hashed, evenly spread from the first
 * byte to the last.
 * "" for other sources. Belongs to the source. */
const char *api_source_input(const plotmill_source *source);

/* Writes samples first..first+count-1 to out, float64 (count, fields). PLOTMILL_BAD_INPUT if they are outside the
 * shape. */
enum plotmill_status api_source_read(plotmill *pm, plotmill_source *source, uint64_t first, uint64_t count,
                                     double *out);
/* Sinks. */

/* A sink for `path`: .h5, .hdf5, .npy, .npz, .dat or .tar by its extension, NAME_images.dat
 * with format "jkx", a folder with format "png" or "jpeg", "-" (standard output) with format "raw", "null:" (stores
 * nothing), or "hash:". `options` NULL: defaults. Refuses an existing output unless options->force is 1. Nothing is
 * created before a job opens the sink. Free *sink with plotmill_sink_destroy. */
enum plotmill_status api_sink_open(plotmill *pm, const char *path, const struct sink_options *options,
                                   plotmill_sink **sink);

/* A custom sink. PLOTMILL_BAD_INPUT if open, write, finish or abort is NULL, or if the payload or the pixel format is
 * not valid. `ops` must outlive the sink; ops->destroy is not called when this call fails. */
enum plotmill_status api_sink_create(plotmill *pm, const struct sink_ops *ops, void *self, plotmill_sink **sink);

/* Writes `path` (images.h5), a virtual data set over the files beside it (images-00000.h5, ...) that jobs with
 * images_per_file and shards made; a job without shards does that itself. Reads every file first. PLOTMILL_BAD_INPUT if
 * one is missing, damaged or of another job; the message names it, or the first few missing ones. Refuses an existing
 * `path` unless `force` is 1. `summary` may be NULL. */
enum plotmill_status api_link(plotmill *pm, const char *path, int force, struct link_summary *summary);

/* Jobs. */

/* Checks all options and chooses the devices; writes nothing. The sink is not opened: what the job needs depends on the
 * form in which it takes images; NULL: pixels. */
enum plotmill_status api_job_plan(plotmill *pm, const plotmill_source *source, plotmill_sink *sink,
                                  const struct job_options *options, struct job_plan *plan);

/* As api_job_plan, and estimates the size of the output and the time of the job: draws and encodes about 256
 * windows from all over the job, then runs the job for half a second to a few seconds without storing anything.
 * options->progress is not called. */
enum plotmill_status api_job_estimate(plotmill *pm, plotmill_source *source, plotmill_sink *sink,
                                      const struct job_options *options, struct job_plan *plan);

/* Checks whether the output at `path` is what api_source_open(paths, path_count, source_options) and
 * api_job_run would make. *images: its number of images; 0: there is no output. PLOTMILL_BAD_INPUT for a different
 * output; the message names the option or the file that differs. Reads the input files as described at
 * api_source_input, and uses no device. */
enum plotmill_status api_job_find(plotmill *pm, const char *path, const struct sink_options *sink_options,
                                  const char *const *paths, size_t path_count,
                                  const struct source_options *source_options, const struct job_options *options,
                                  uint64_t *images);

/* Renders every window of `source` into `sink`; on failure aborts the sink. A sink can be used for one job; one that
 * fails before it opens the sink does not count. `summary` may be NULL; else free it with job_summary_free, also after
 * a failure. */
enum plotmill_status api_job_run(plotmill *pm, plotmill_source *source, plotmill_sink *sink,
                                 const struct job_options *options, struct job_summary *summary);

/* Readers and contact sheets. */

/* Strings in *info belong to the reader; "": unknown. */
void api_reader_info(const plotmill_reader *reader, struct dataset_info *info);

/* Reads images first..first+count-1.
 *   pixels        uint8 (count, height, width, channels)
 *   window_start  NULL or int64 (count); -1 where the file has none
 *   y_range       NULL or float64 (count, panels, 2); NaN where the file has none */
enum plotmill_status api_reader_read(plotmill_reader *reader, uint64_t first, uint64_t count, uint8_t *pixels,
                                     int64_t *window_start, double *y_range);

/* The data set's hash: a 64-bit hash per image over its pixels (height, width, channels), combined by index; the same
 * in every format. For a JPEG folder made by plotmill it is the stored hash of the pixels as they were drawn, provided
 * that every file can be read; the log says so. */
enum plotmill_status api_reader_hash(plotmill_reader *reader, uint64_t *hash);

/* As plotmill_sheet_write. */
enum plotmill_status api_sheet_write(plotmill *pm, const char *path, const uint8_t *pixels, uint64_t count,
                                     uint32_t width, uint32_t height, uint32_t channels, uint32_t columns,
                                     uint32_t max_tile);

/* Rendering arrays in memory. */

/* As plotmill_renderer_create, for uint8 pixels (images, height, width). */
enum plotmill_status api_renderer_open(plotmill *pm, const struct job_options *options, plotmill_renderer **renderer);

/* The images that a renderer makes of the source that it has loaded, by the option stride: images, width, height,
 * channels and panels of *info are set, the rest is 0. */
void api_renderer_info(const plotmill_renderer *renderer, struct dataset_info *info);

/* Renders `images` images, image k from samples[k*stride .. k*stride+window-1]. Of the options window, stride, device,
 * fallback, batch and the chart are used. All arrays belong to the caller.
 *   samples  (images-1)*stride+window float64 values; NaN, +-Inf: missing
 *   pixels   uint8 (images, height, width), row 0 at the top
 *   y_range  NULL or float64 (images, 2): the lowest and highest value of each image */
enum plotmill_status api_draw(plotmill *pm, const struct job_options *options, const double *samples, uint64_t images,
                              uint8_t *pixels, double *y_range);

/* Doctor and verify. */

/* Checks drivers, GPUs, caches, memory and settings. Builds the kernels on every device without the cache, draws test
 * patterns and compares them with the definition. Calls `report` for each finding as it comes. The log names each
 * device before it is tried, because a broken driver may crash the process. Returns PLOTMILL_OK also when there are
 * problems; *problems is their number. */
enum plotmill_status api_doctor(plotmill *pm, finding_fn report, void *user, int *problems);

/* Draws every pattern with and without antialiasing on `device` (see api_device_choose), calls `report` for each,
 * and writes a contact sheet to the file `sheet` (NULL: none). Returns PLOTMILL_OK also when patterns fail; *failures
 * is their number. */
enum plotmill_status api_verify(plotmill *pm, const char *device, const char *sheet, verdict_fn report, void *user,
                                int *failures);

/* The rest. */

/* The folder that caches built kernels; "": no cache. NULL (default): $PLOTMILL_CACHE_DIR, else "plotmill" in the
 * user's cache folder. A folder that cannot be used costs time, but fails no call. The only failure is
 * PLOTMILL_NO_MEMORY. */
enum plotmill_status api_set_cache(plotmill *pm, const char *folder);

/* CPU cores that this process may use, at least 1: the default number of threads of a job. */
unsigned api_host_cores(void);

#endif
