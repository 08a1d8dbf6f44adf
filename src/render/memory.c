#include "render/stages.h"

void buffer_memory(const struct buffer *buffer, const char *name, struct trace *trace)
{
    if (!buffer)
        return;
    trace_memory(trace, name, true, 1, buffer_size(buffer));
    if (buffer_pinned_size(buffer))
        trace_memory(trace, name, false, 1, buffer_pinned_size(buffer));
}

void stages_memory(const struct stages *s, struct trace *trace)
{
    const struct {
        const char *name;
        const struct buffer *buffer;
    } all[] = {
        {"pixels", s->pixels},
        {"spans", s->spans},
        {"edges", s->edges},
        {"areas", s->areas},
        {"subsampling", s->subsampling},
        {"heights", s->heights},
        {"samples", s->samples},
        {"neighbours", s->neighbours},
        {"extents", s->extents},
        {"scales", s->scales},
        {"ranges", s->ranges},
        {"edge_coeffs", s->edge_coeffs},
        {"tables", s->x},
        {"tables", s->step_inverse},
        {"tables", s->firsts},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        buffer_memory(all[i].buffer, all[i].name, trace);
}
