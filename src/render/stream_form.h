/* How the pixels of a chart become the bytes of its streams. A stream is made in one part, or, where each channel is a
 * plane, in a part per channel, which the host joins. */
#ifndef RENDER_STREAM_FORM_H
#define RENDER_STREAM_FORM_H

#include "chart/chart.h"
#include "render/host_deflate.h"
#include "render/options.h"

struct stream_form {
    const struct chart *chart;
    bool png;
    bool on_device; /* a kernel can make the streams; else the host makes all of them */
    uint32_t parts;
    uint32_t bytes; /* of a pixel, in each part */
    uint32_t pack;  /* 2^pack pixels per byte */
    struct png_form colours;
};

void stream_form_init(struct stream_form *form, const struct chart *chart, const struct renderer_options *how);

/* The value of a pixel of this colour in a part: one byte, a number in the palette, or 0xbbggrr. */
uint32_t stream_value(const struct stream_form *form, struct ink ink, uint32_t part);
uint32_t stream_background(const struct stream_form *form, uint32_t part);

/* Bytes of a row and of a whole part, without the filter's numbers of PNG. */
uint64_t stream_row_bytes(const struct stream_form *form);
uint64_t stream_part_bytes(const struct stream_form *form);

/* The two sums of Adler-32 of a part of a blank image, with the filter's numbers of PNG. */
void stream_sum_blank(const struct stream_form *form, uint32_t part, uint32_t sums[2]);

/* Compresses a part of one image, `pixels` as drawn. The caller frees *stream. adler: of its bytes; NULL: not needed.
 */
enum plotmill_status stream_compress(const struct stream_form *form, uint32_t part, enum host_deflate_kind kind,
                                     const uint8_t *pixels, uint8_t **stream, size_t *size, uint32_t *adler,
                                     struct plotmill_error *error);

#endif
