/* Complete zlib streams of a batch's images, made on the device from spans (cl/deflate.cl). Images that the device
 * cannot encode are drawn and compressed on the host, so callers always get every stream: a stream longer than its
 * slot, rows beyond deflate's window of 32 kB, or layers side by side in a pixel. */
#ifndef RENDER_ENCODER_H
#define RENDER_ENCODER_H

#include "chart/images.h"
#include "render/stages.h"

struct encoder;

/* Plans the encoder's buffers. For charts of several layers draw_plan comes first. */
void encoder_plan(struct buffers *buffers, const struct chart *chart, const struct renderer_options *how);

/* Whether the device can make streams of a chart's pixels in this format: uint8, as drawn, in planes, or with equal
 * planes. */
bool encoder_takes(const struct chart *chart, const struct pixel_format *format);

/* The most bytes of a stream of `parts` planes of `bytes` bytes, made on the device from this chart or on the host. */
uint64_t encoder_stream_bound(const struct chart *chart, uint64_t bytes, uint32_t parts);

/* Encodes the spans of `stages`, which must outlive the encoder. PLOTMILL_UNSUPPORTED in a build without zlib. */
enum plotmill_status encoder_create(struct encoder **encoder, struct stages *stages, const struct renderer_options *how,
                                    struct plotmill_error *error);
void encoder_destroy(struct encoder *encoder);

/* Queues the encoding of the batch's first `images` images, whose spans are already queued. */
enum plotmill_status encoder_run(struct encoder *encoder, uint64_t images, struct plotmill_error *error);

/* Waits and returns the streams. They are valid until encoder_unview, which must come before the next run. */
enum plotmill_status encoder_view(struct encoder *encoder, uint64_t images, const struct image_stream **streams,
                                  struct plotmill_error *error);
enum plotmill_status encoder_unview(struct encoder *encoder, struct plotmill_error *error);

/* Images so far that the host compressed, wholly or in part. */
uint64_t encoder_host_images(const struct encoder *encoder);

/* Adds its buffers to the trace, by name; `trace` may be NULL. */
void encoder_report(const struct encoder *encoder, struct trace *trace);

#endif
