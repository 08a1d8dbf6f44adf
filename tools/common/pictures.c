#include "tools/common/pictures.h"

#include <inttypes.h>
#include <stdlib.h>

/* How many of `total` images a pick takes; pick->first < total. */
static uint64_t pick_count(const struct pick *pick, uint64_t total)
{
    uint64_t left = total - pick->first;
    uint64_t there = pick->stride ? (left - 1) / pick->stride + 1 : left;
    return there < pick->count ? there : pick->count;
}

/* Which one comes k-th. */
static uint64_t pick_image(const struct pick *pick, uint64_t total, uint64_t k)
{
    if (pick->stride)
        return pick->first + k * pick->stride;
    uint64_t last = total - 1 - pick->first, steps = pick_count(pick, total) - 1;
    if (!steps)
        return pick->first;
    /* k * last / steps without the overflow. */
    return pick->first + last / steps * k + last % steps * k / steps;
}

/* A message of this file's own, or of the library's last call where it has no text. */
static enum plotmill_status report(plotmill *pm, enum plotmill_status status, struct plotmill_error *error)
{
    return status ? plotmill_error_set(error, status, "%s", plotmill_message(pm)) : PLOTMILL_OK;
}

static enum plotmill_status make_room(struct pictures *pictures, const struct pick *pick, uint64_t total,
                                      uint32_t width, uint32_t height, struct plotmill_error *error)
{
    *pictures = (struct pictures){.width = width, .height = height};
    if (pick->first >= total)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "--first %" PRIu64 ": there are %" PRIu64 " images, counted from 0", pick->first,
                                  total);
    pictures->count = pick_count(pick, total);
    size_t image = (size_t)width * height;
    pictures->pixels = calloc((size_t)pictures->count, image);
    if (!pictures->pixels)
        return plotmill_error_set(error, PLOTMILL_NO_MEMORY, "no memory for %" PRIu64 " images of %ux%u",
                                  pictures->count, (unsigned)width, (unsigned)height);
    return PLOTMILL_OK;
}

static uint8_t *picture(const struct pictures *pictures, uint64_t k)
{
    return pictures->pixels + (size_t)k * pictures->width * pictures->height;
}

enum plotmill_status pictures_read(struct pictures *pictures, plotmill *pm, plotmill_reader *reader,
                                   const struct pick *pick, struct plotmill_error *error)
{
    struct plotmill_dataset_info info;
    plotmill_reader_info(reader, &info);
    enum plotmill_status status = make_room(pictures, pick, info.images, info.width, info.height, error);
    for (uint64_t k = 0; k < pictures->count && !status; k++)
        status = report(
            pm, plotmill_reader_read(reader, pick_image(pick, info.images, k), 1, picture(pictures, k), NULL, NULL),
            error);
    return status;
}

/* One window at a time: however many are wanted, one is in memory. */
static enum plotmill_status draw_all(struct pictures *pictures, plotmill *pm, plotmill_source *source,
                                     plotmill_renderer *renderer, uint64_t window, const struct pick *pick,
                                     uint64_t total, double *samples)
{
    uint64_t step = plotmill_source_shape(source).row_length ? window : 1;
    enum plotmill_status status = PLOTMILL_OK;
    for (uint64_t k = 0; k < pictures->count && !status; k++) {
        status = plotmill_source_read(pm, source, pick_image(pick, total, k) * step, window, samples);
        if (!status)
            status = plotmill_renderer_run(renderer, samples, window, 1, picture(pictures, k), NULL);
    }
    return status;
}

enum plotmill_status pictures_draw(struct pictures *pictures, plotmill *pm, plotmill_source *source, uint64_t window,
                                   const char *device, const struct plotmill_chart_options *chart,
                                   const struct pick *pick, struct plotmill_error *error)
{
    struct plotmill_source_shape shape = plotmill_source_shape(source);
    uint64_t total = shape.row_length ? shape.samples / shape.row_length : shape.samples - window + 1;
    plotmill_renderer *renderer = NULL;
    enum plotmill_status status = make_room(pictures, pick, total, chart->width, chart->height, error);
    if (status)
        return status;
    double *samples = calloc((size_t)window, sizeof *samples);
    if (!samples)
        return plotmill_error_set(error, PLOTMILL_NO_MEMORY, "no memory for a window of %" PRIu64 " samples", window);
    status = plotmill_renderer_create(pm, device, window, chart, &renderer);
    if (!status)
        status = draw_all(pictures, pm, source, renderer, window, pick, total, samples);
    status = report(pm, status, error);
    plotmill_renderer_destroy(renderer);
    free(samples);
    return status;
}

void pictures_free(struct pictures *pictures)
{
    free(pictures->pixels);
    *pictures = (struct pictures){0};
}
