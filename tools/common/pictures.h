/* A few images of a data set, or of an input: what preview puts on its sheet. */
#ifndef TOOLS_COMMON_PICTURES_H
#define TOOLS_COMMON_PICTURES_H

#include "plotmill/plotmill.h"

/* Which images are wanted. */
struct pick {
    uint64_t first;
    uint64_t count;  /* at most so many */
    uint64_t stride; /* from one image to the next; 0: evenly spread from `first` to the last one */
};

struct pictures {
    uint8_t *pixels; /* uint8 (count, height, width); freed with pictures_free */
    uint64_t count;
    uint32_t width;
    uint32_t height;
};

enum plotmill_status pictures_read(struct pictures *pictures, plotmill *pm, plotmill_reader *reader,
                                   const struct pick *pick, struct plotmill_error *error);

/* Draws windows of `source` on `device`; window i begins at sample i, or is sequence i. */
enum plotmill_status pictures_draw(struct pictures *pictures, plotmill *pm, plotmill_source *source, uint64_t window,
                                   const char *device, const struct plotmill_chart_options *chart,
                                   const struct pick *pick, struct plotmill_error *error);

void pictures_free(struct pictures *pictures);

#endif
