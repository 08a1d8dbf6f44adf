/* What a renderer is asked for, and the memory that it needs. */
#ifndef RENDER_OPTIONS_H
#define RENDER_OPTIONS_H

#include "chart/images.h"
#include "render/launch_config.h"

struct renderer_options {
    uint64_t batch;             /* images that the buffers hold, >= 1 */
    uint64_t stride;            /* samples from one window to the next inside a batch; 0: windows of a resident
                                   series (render/series.h) */
    enum launch_kind launch;    /* LAUNCH_BY_DEVICE; others for tests */
    enum payload payload;       /* pixels, or complete streams, which need zlib in the build */
    uint32_t images_per_stream; /* 0 or 1: one stream per image; more, with PAYLOAD_ZLIB: images in each
                                   stream, a batch's last one completed with blank images */
    bool planes;                /* PAYLOAD_ZLIB: each channel of the chart is a plane of its own (NCHW) */
    uint32_t copies;            /* 0 or 1; more, with PAYLOAD_ZLIB: copies of each image, in a row */
    double widest;              /* px: the widest line of a run with line widths; 0: the chart's */
    bool no_paint;              /* draws through spans where `paint` would do, for tests and to compile kernels */
    bool no_pixels;             /* PAYLOAD_PIXELS: each run has a buffer for them */
};

/* What a renderer's buffers take, known before they are made. */
struct memory_needs {
    uint64_t first;   /* bytes on the device for a batch of one image, tables included */
    uint64_t further; /* bytes that each further image of the batch adds */
    uint64_t largest; /* bytes per image of the largest buffer but the samples' */
    uint64_t host;    /* bytes per image on the host: lists, and on discrete devices pinned memory to download into */
};

#endif
