/* Finished zlib streams of a batch's images, made on the device from spans (cl/deflate.cl). What the device cannot make
 * - a stream longer than its slot, a row beyond deflate's window of 32 kB - is drawn and compressed by the host's zlib,
 * so that callers always get finished streams. */
#ifndef RENDER_ENCODER_H
#define RENDER_ENCODER_H

#include "plotmill/sink.h"
#include "render/footprint.h"
#include "render/stages.h"

struct encoder;

struct encoder_use {
    bool png;                   /* what a PNG's IDAT holds, else rows of pixels */
    uint32_t images_per_stream; /* 0 or 1: a stream an image; more, without png: images in each stream, a batch's last
                                   one filled up with blank images */
    uint32_t copies;            /* 0 or 1; more, without png: each image so many times, one after another */
};

struct encoder_use encoder_use_of(const struct renderer_options *options);

/* What its buffers will take on this device. */
void encoder_footprint(struct memory_needs *footprint, const struct plotmill_device *device,
                       const struct plotmill_chart_options *chart, const struct encoder_use *use);

/* Works on the spans of `stages`, which must outlive it. PLOTMILL_UNSUPPORTED in a build without zlib. */
enum plotmill_status encoder_create(struct encoder **encoder, struct stages *stages, const struct encoder_use *use,
                                    struct plotmill_error *error);
void encoder_destroy(struct encoder *encoder);

/* Queues the encoding of the batch's first `images` images, whose spans are queued already. */
enum plotmill_status encoder_run(struct encoder *encoder, uint64_t images, struct plotmill_error *error);

/* Waits and shows the streams, valid until encoder_unview, which must come before the next run. */
enum plotmill_status encoder_view(struct encoder *encoder, uint64_t images, const struct plotmill_stream **streams,
                                  struct plotmill_error *error);
enum plotmill_status encoder_unview(struct encoder *encoder, struct plotmill_error *error);

/* Images of all runs so far that the host had to compress. */
uint64_t encoder_host_images(const struct encoder *encoder);

/* Adds its buffers by their names; `trace` may be NULL. */
void encoder_memory(const struct encoder *encoder, struct trace *trace);

#endif
