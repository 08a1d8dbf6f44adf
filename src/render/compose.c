#include "render/compose.h"

#include "base/numbers.h"

/* Events per column: of a span that covers whole pixels, and of an antialiased one. Strokes beyond the first that are
 * as wide as the image have less room: it is rare that all of them are steep. */
#define WHOLE_EVENTS 2
#define SHADED_EVENTS 64
#define FURTHER_EVENTS 12

uint32_t compose_layers(const struct chart *chart)
{
    uint32_t layers = 0;
    for (uint32_t i = 0; i < chart->layer_count; i++)
        layers += layer_intervals(&chart->layers[i]);
    return layers;
}

struct composed_columns compose_columns(const struct chart *chart)
{
    struct composed_columns columns = {0};
    for (uint32_t i = 0; i < chart->layer_count; i++) {
        const struct chart_layer *layer = &chart->layers[i];
        const uint64_t own = (uint64_t)layer_intervals(layer) * chart->panels[layer->panel].width;
        *(chart->antialias && layer_is_stroke(layer) ? &columns.shaded : &columns.whole) += own;
    }
    return columns;
}

uint32_t compose_room(const struct chart *chart)
{
    const struct composed_columns columns = compose_columns(chart);
    const uint64_t steep = MIN(columns.shaded, chart->width);
    const uint64_t room =
        WHOLE_EVENTS * columns.whole + SHADED_EVENTS * steep + FURTHER_EVENTS * (columns.shaded - steep);
    /* Beyond two events per pixel they are of no use. */
    const uint64_t limit = 2 * (uint64_t)chart->width * chart->height;
    return (uint32_t)(chart->layer_count == 1 ? room : MIN(room, limit));
}

uint32_t compose_bytes(const struct chart *chart)
{
    return chart->per_layer ? 1 : chart->channels;
}

uint64_t compose_scratch(const struct chart *chart)
{
    return 4 * SCRATCH_WORDS((uint64_t)chart->width, chart->height, compose_bytes(chart), compose_layers(chart),
                             (uint64_t)compose_room(chart));
}

void compose_arguments(struct kernel *k, const struct stages *s, const struct painting *p)
{
    static const enum buffer_id spans[] = {BUF_SPANS, BUF_SUBSAMPLING, BUF_EDGES, BUF_AREAS};
    const struct chart *chart = s->model;
    for (size_t i = 0; i < (s->shaded ? 4 : 1); i++)
        kernel_buffer(k, s->buffers.at[spans[i]]);
    kernel_buffer(k, p->table);
    kernel_buffer(k, p->inks);
    kernel_u32(k, p->first);
    kernel_u32(k, p->end);
    kernel_u32(k, chart->width);
    kernel_u32(k, chart->height);
    kernel_u32(k, s->layers.span_size);
    if (s->shaded)
        kernel_u32(k, s->layers.shaded_columns);
    kernel_u32(k, chart->flip);
    kernel_u32(k, p->background);
    kernel_u32(k, p->bytes);
}
