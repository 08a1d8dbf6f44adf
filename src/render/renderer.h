/* One batch of windows through the kernels: samples in host memory -> pixels or streams in host memory. A renderer is
 * used by one thread at a time. */
#ifndef RENDER_RENDERER_H
#define RENDER_RENDERER_H

#include "base/trace.h"
#include "chart/chart.h"
#include "chart/images.h"
#include "device/compute.h"
#include "render/options.h"
#include "render/series.h"

struct renderer;

/* The result of a run: pixels or streams as asked for; the other is NULL. */
struct renderer_images {
    const uint8_t *pixels;              /* uint8 (images, height, width, channels) */
    const struct image_stream *streams; /* (images), or one for each images_per_stream of them */
};

/* Each image is a work-group in z, and grids of CUDA, which NVIDIA's OpenCL runs on, end at 65,535. */
#define RENDERER_BATCH_MAX 65535

/* What renderer_create(options) allocates on this device, byte for byte; options->batch is not used. */
struct memory_needs renderer_memory_needs(const struct device_info *device, const struct chart *chart, uint64_t window,
                                          const struct renderer_options *options);

/* Bytes on the device for a whole batch. */
uint64_t memory_needs_bytes(const struct memory_needs *needs, uint64_t batch);

/* The batch that suits a device, at least 1: bounded by its memory and its largest allocation. options->batch is not
 * used. */
uint64_t renderer_auto_batch(const struct device_info *device, const struct chart *chart, uint64_t window,
                             const struct renderer_options *options);

/* PLOTMILL_BAD_INPUT when options->batch is more than the device can hold; the message says what would fit. */
enum plotmill_status renderer_check_batch(const struct device_info *device, const struct chart *chart, uint64_t window,
                                          const struct renderer_options *options, struct plotmill_error *error);

/* Builds the kernels and allocates everything; `compute` must outlive the renderer. PLOTMILL_NO_MEMORY when device or
 * host memory is too small for the batch; a smaller batch may fit. */
enum plotmill_status renderer_create(struct renderer **renderer, struct compute *compute, const struct chart *chart,
                                     uint64_t window, const struct renderer_options *options,
                                     struct plotmill_error *error);
void renderer_destroy(struct renderer *renderer);

/* Renders `images` images of an artificial random walk. Some implementations finish compiling when a kernel is first
 * launched, and commit memory when it is first used; this does both before the first batch. *seconds: its duration. */
enum plotmill_status renderer_warm_up(struct renderer *renderer, uint64_t images, double *seconds,
                                      struct plotmill_error *error);

/* Windows of a series that is on the device, or of samples in host memory. Arrays stay until renderer_end. */
struct window_batch {
    uint64_t images;             /* <= batch */
    const double *samples;       /* float64 ((images-1)*stride+window, fields of the chart); NULL: series */
    const struct series *series; /* with the option stride 0 */
    const uint64_t *starts;      /* (images), of a series */
    const uint32_t *rows_before; /* (images): rows of its group before each window; NULL: enough for all layers */
    const double *line_widths;   /* of charts that are a single line,  (images), px, at most the option `widest`; NULL:
                                    the chart's */
    struct buffer *pixels;       /* with no_pixels: where they go, uint8 (images, height, width, channels) */
    uint8_t *copy;               /* pixels of the renderer's own buffer are copied there; NULL: they are viewed */
};

/* Queues everything for a batch, without waiting. renderer_end must come next, and then renderer_release. */
enum plotmill_status renderer_begin(struct renderer *renderer, const struct window_batch *windows,
                                    struct plotmill_error *error);

/* Waits. y_range: float64 (images, panels, 2), or NULL. `made` is empty where the batch says where pixels go. */
enum plotmill_status renderer_end(struct renderer *renderer, const struct window_batch *windows,
                                  struct renderer_images *made, double *y_range, struct plotmill_error *error);

/* Renders windows 0..images-1, window k from samples[k*stride] on; images <= batch, and `samples` holds
 * (images-1)*stride+window rows. rows_before: see struct window_batch. *made is valid until renderer_release, which
 * must come before the next run. y_range: float64 (images, panels, 2). */
enum plotmill_status renderer_run(struct renderer *renderer, const double *samples, const uint32_t *rows_before,
                                  uint64_t images, struct renderer_images *made, double *y_range,
                                  struct plotmill_error *error);
enum plotmill_status renderer_release(struct renderer *renderer, struct plotmill_error *error);

/* Images so far whose stream the device could not make, so that the host compressed them (render/encoder.h). */
uint64_t renderer_host_images(const struct renderer *renderer);

/* Adds all its buffers to the trace; `trace` may be NULL. */
void renderer_memory(const struct renderer *renderer, struct trace *trace);

/* The device's fill rate, bytes per second: how fast it writes pixels without computing any. The median of as many
 * rounds as fit into `seconds`, at least 5. */
enum plotmill_status renderer_fill_rate(struct compute *compute, const struct chart *chart, uint64_t window,
                                        double seconds, double *rate, struct plotmill_error *error);

#endif
