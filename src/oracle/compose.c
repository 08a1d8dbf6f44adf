/* Composition: compares each pixel with what the layers of a chart make of it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/try.h"
#include "oracle/judge.h"

/* What a channel of a pixel may be, before rounding. */
struct candidate {
    double value;
    double contrast; /* of all layers that cover it partly, as far as the layers above leave it */
    double forgiven; /* rounding to whole values that is no error */
    bool plain;      /* the layers above the last opaque one may not have touched it: then it is exact */
};

struct composition {
    const struct chart *chart;
    const struct oracle_layer *layers;
    struct oracle_verdict *verdict;
    struct candidate *candidates; /* (layers + 1) */
    double squares;               /* of errors */
};

static const struct oracle_cover *cover_at(const struct oracle_layer *layer, uint32_t x, uint32_t y)
{
    const struct chart_panel *panel = layer->panel;
    const bool inside = x >= panel->x && x - panel->x < panel->width && y >= panel->y && y - panel->y < panel->height;
    return layer->cover && inside ? &layer->cover[(size_t)(y - panel->y) * panel->width + x - panel->x] : NULL;
}

static uint8_t channel_of(struct ink ink, uint32_t channel)
{
    return channel == 0 ? ink.red : channel == 1 ? ink.green : ink.blue;
}

static uint8_t ink_at(const struct oracle_layer *layer, uint32_t x, uint32_t channel)
{
    if (layer->chart->per_layer)
        return 255;
    return channel_of(layer->falling[x - layer->panel->x] ? layer->layer->down : layer->layer->ink, channel);
}

/* The layers that a channel shows. */
static void layers_of(const struct chart *chart, uint32_t channel, uint32_t *first, uint32_t *end)
{
    *first = chart->per_layer ? channel : 0;
    *end = chart->per_layer ? channel + 1 : chart->layer_count;
}

static bool has_ink(const struct oracle_layer *layer, uint32_t x, const uint8_t *pixel, uint32_t first, uint32_t end)
{
    for (uint32_t k = first; k < end; k++)
        if (pixel[k] != ink_at(layer, x, k))
            return false;
    return true;
}

/* Channels first..end-1, which show the same layers. */
static bool is_allowed(const struct composition *c, uint32_t x, uint32_t y, const uint8_t *pixel, uint32_t first,
                       uint32_t end)
{
    uint32_t lowest, above;
    layers_of(c->chart, first, &lowest, &above);
    while (above-- > lowest) {
        const struct oracle_cover *cover = cover_at(&c->layers[above], x, y);
        if (!cover || !cover->points[ORACLE_WIDE])
            continue;
        if (has_ink(&c->layers[above], x, pixel, first, end))
            return true;
        if (cover->points[ORACLE_NARROW])
            return false;
    }
    for (uint32_t k = first; k < end; k++)
        if (pixel[k] != (c->chart->per_layer ? 0 : channel_of(c->chart->background, k)))
            return false;
    return true;
}

static bool is_right(const struct composition *c, uint32_t x, uint32_t y, const uint8_t *pixel)
{
    if (!c->chart->per_layer)
        return is_allowed(c, x, y, pixel, 0, c->chart->channels);
    for (uint32_t k = 0; k < c->chart->channels; k++)
        if (!is_allowed(c, x, y, pixel, k, k + 1))
            return false;
    return true;
}

/* Pixels come in any order. Keeps the first wrong one in reading order. */
static void add_wrong(struct oracle_verdict *verdict, uint32_t x, uint32_t y)
{
    if (verdict->wrong == 0 || y < verdict->wrong_y || (y == verdict->wrong_y && x < verdict->wrong_x)) {
        verdict->wrong_x = x;
        verdict->wrong_y = y;
    }
    verdict->wrong++;
}

static void shade(struct candidate *below, double ink, uint32_t points)
{
    const double a = (double)points / ORACLE_POINTS, contrast = fabs(ink - below->value);
    below->plain = below->plain && (points == 0 || points == ORACLE_POINTS);
    below->value += (ink - below->value) * a;
    below->contrast = below->contrast * (1 - a) + contrast;
    /* Rounding costs up to half a value. That is half a unit at full contrast and more at less; the part beyond half a
     * unit does not count as an error. */
    below->forgiven = below->forgiven * (1 - a) + 0.5 * (1 - contrast / 255);
}

/* No point of a pixel is farther than sqrt(2)/128 < 1/64 from the nearest of its grid points. So a pixel with all of
 * them in the narrow stroke is covered fully, and one with none in the wide stroke not at all. Between these and the
 * partly covered pixels are those that the edge barely touches or misses: they are right if they look fully or not
 * covered, and are judged like partly covered ones otherwise. Returns the number of candidates. */
static size_t find_candidates(const struct composition *c, uint32_t x, uint32_t y, uint32_t channel)
{
    struct candidate *candidates = c->candidates;
    uint32_t first, end;
    layers_of(c->chart, channel, &first, &end);
    candidates[0] = (struct candidate){.plain = true};
    candidates[0].value = c->chart->per_layer ? 0 : channel_of(c->chart->background, channel);
    size_t count = 1;
    for (uint32_t k = first; k < end; k++) {
        const struct oracle_cover *cover = cover_at(&c->layers[k], x, y);
        if (!cover || !cover->points[ORACLE_WIDE])
            continue;
        const uint8_t ink = ink_at(&c->layers[k], x, channel);
        const struct candidate opaque = {.value = ink, .plain = true};
        if (cover->points[ORACLE_NARROW] == ORACLE_POINTS) {
            candidates[0] = opaque;
            count = 1;
        } else if (!layer_is_stroke(c->layers[k].layer)) {
            candidates[count++] = opaque;
        } else {
            for (size_t i = 0; i < count; i++)
                shade(&candidates[i], ink, cover->points[ORACLE_EXACT]);
        }
    }
    return count;
}

/* In units of 1/255 of full contrast. */
static double error_of(double value, const struct candidate *candidate)
{
    const double error = fmax(fabs(value - candidate->value) - candidate->forgiven, 0);
    return candidate->contrast > 0 ? error * 255 / candidate->contrast : INFINITY;
}

/* Returns false where the value must be exact and is not. */
static bool judge_channel(struct composition *c, uint32_t x, uint32_t y, uint32_t channel, double value, uint32_t row)
{
    struct oracle_verdict *verdict = c->verdict;
    const size_t count = find_candidates(c, x, y, channel);
    double error = INFINITY;
    for (size_t i = 0; i < count; i++) {
        const struct candidate *candidate = &c->candidates[i];
        if (value == candidate->value && (candidate->plain || candidate->contrast == 0))
            return true;
        error = fmin(error, error_of(value, candidate));
    }
    if (isinf(error))
        return false;
    verdict->partial++;
    c->squares += error * error;
    if (error > verdict->worst) {
        verdict->worst = error;
        if (verdict->wrong == 0) {
            verdict->wrong_x = x;
            verdict->wrong_y = row;
        }
    }
    return true;
}

static void judge_row(struct composition *c, uint32_t y, const uint8_t *pixels)
{
    const struct chart *chart = c->chart;
    const uint32_t row = chart->flip ? chart->height - 1 - y : y;
    for (uint32_t x = 0; x < chart->width; x++) {
        const uint8_t *pixel = pixels + ((size_t)row * chart->width + x) * chart->channels;
        bool right = true;
        if (!chart->antialias)
            right = is_right(c, x, y, pixel);
        for (uint32_t k = 0; chart->antialias && k < chart->channels; k++)
            right &= judge_channel(c, x, y, k, pixel[k], row);
        if (!right)
            add_wrong(c->verdict, x, row);
    }
}

enum plotmill_status oracle_compose(const struct chart *chart, const struct oracle_layer *layers, const uint8_t *pixels,
                                    struct oracle_verdict *verdict)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct composition c = {.chart = chart, .layers = layers, .verdict = verdict};
    *verdict = (struct oracle_verdict){.pixels = (uint64_t)chart->width * chart->height};
    TRY_ALLOCATE(NULL, c.candidates, chart->layer_count + 1, sizeof *c.candidates);
    for (uint32_t y = 0; y < chart->height; y++)
        judge_row(&c, y, pixels);
    if (verdict->partial)
        verdict->rms = sqrt(c.squares / (double)verdict->partial);
done:
    free(c.candidates);
    return status;
}
