#include "plain_marks.h"

#include <math.h>
#include <stdlib.h>

__extension__ typedef __int128 wide;

/* value = whole * 2^exponent, with the largest possible exponent. */
struct parts {
    int64_t whole;
    int exponent;
};

static struct parts parts_of(double value)
{
    struct parts p = {0, 0};
    if (value == 0)
        return p;
    p.whole = (int64_t)ldexp(frexp(value, &p.exponent), 53);
    for (p.exponent -= 53; p.whole % 2 == 0; p.exponent++)
        p.whole /= 2;
    return p;
}

static int bits_of(int64_t whole)
{
    int bits = 0;
    for (uint64_t v = (uint64_t)llabs(whole); v; v /= 2)
        bits++;
    return bits;
}

/* The lowest and the highest bit of all three. */
static void bits_between(const struct plain_scale *scale, double value, int *lowest, int *highest)
{
    const double values[] = {scale->lo, scale->hi, value};
    *lowest = 10000;
    *highest = -10000;
    for (int i = 0; i < 3; i++) {
        const struct parts p = parts_of(values[i]);
        const int top = p.exponent + bits_of(p.whole);
        *lowest = p.whole && p.exponent < *lowest ? p.exponent : *lowest;
        *highest = p.whole && top > *highest ? top : *highest;
    }
}

bool plain_is_exact(const struct plain_scale *scale, double value)
{
    int lowest, highest;
    bits_between(scale, value, &lowest, &highest);
    return highest - lowest <= 63;
}

static wide floor_divide(wide a, wide b)
{
    return a / b - (a % b < 0);
}

/* a/b rounded, b > 0. */
static int64_t round_ratio(wide a, wide b, enum rounding rounding)
{
    if (rounding == ROUND_TRUNCATE)
        return (int64_t)floor_divide(a, b);
    const int64_t up = (int64_t)floor_divide(2 * a + b, 2 * b);
    const bool tie = (2 * a + b) % (2 * b) == 0;
    return up - (rounding == ROUND_EVEN && tie && up % 2 != 0);
}

static int64_t round_number(long double x, enum rounding rounding)
{
    return (int64_t)(rounding == ROUND_TRUNCATE ? floorl(x) : rounding == ROUND_HALF_UP ? floorl(x + 0.5L) : rintl(x));
}

static wide in_units(double value, int unit)
{
    const struct parts p = parts_of(value);
    return p.whole ? (wide)p.whole * ((wide)1 << (p.exponent - unit)) : 0;
}

static struct plain_position exact_position(const struct plain_scale *s, double value, uint32_t steps)
{
    int unit, highest;
    bits_between(s, value, &unit, &highest);
    const wide a = in_units(s->lo, unit), b = in_units(s->hi, unit), v = in_units(value, unit), range = b - a;
    wide above = s->from_top ? b - v : v - a;
    if (above < (s->clip ? -3 * range : 0))
        above = s->clip ? -3 * range : 0;
    if (above > (s->clip ? 4 * range : range))
        above = s->clip ? 4 * range : range;
    const int64_t y = round_ratio(above * steps, range, s->rounding);
    return (struct plain_position){y, y};
}

struct plain_position plain_position(const struct plain_scale *s, double value, uint32_t steps)
{
    if (s->lo == s->hi) {
        const int64_t y = round_ratio(steps, 2, s->rounding);
        return (struct plain_position){y, y};
    }
    if (plain_is_exact(s, value))
        return exact_position(s, value, steps);
    const long double range = (long double)s->hi - s->lo;
    long double u = (s->from_top ? (long double)s->hi - value : (long double)value - s->lo) / range;
    u = fmaxl(s->clip ? -3 : 0, fminl(s->clip ? 4 : 1, u));
    const long double slack = value == s->lo || value == s->hi ? 0 : 1.0L / (1 << 30);
    return (struct plain_position){round_number(u * steps - slack, s->rounding),
                                   round_number(u * steps + slack, s->rounding)};
}

/* A layer being drawn. */
struct canvas {
    const struct chart *chart;
    const struct chart_layer *layer;
    const struct chart_panel *panel;
    const struct plain_window *window;
    struct plain_scale scale;
    int64_t margin, height; /* of the area inside of the margins */
    uint8_t *pixels;
};

static void set_pixel(const struct canvas *c, int64_t column, int64_t y, uint8_t ink)
{
    const struct chart_panel *panel = c->panel;
    const int64_t row =
        c->chart->from_top ? panel->y + c->margin + y : (int64_t)panel->y + panel->height - 1 - c->margin - y;
    if (row < panel->y || row >= (int64_t)panel->y + panel->height)
        return;
    c->pixels[row * c->chart->width + column] = ink;
}

static void set_run(const struct canvas *c, int64_t column, int64_t count, int64_t a, int64_t b, uint8_t ink)
{
    for (int64_t x = column; x < column + count; x++)
        for (int64_t y = a < b ? a : b; y <= (a < b ? b : a); y++)
            set_pixel(c, x, y, ink);
}

static double value_of(const struct canvas *c, uint32_t i, int role)
{
    return c->window->rows[(uint64_t)i * c->chart->field_count + c->layer->field[role]];
}

static int64_t y_of(const struct canvas *c, double value)
{
    return plain_position(&c->scale, value, (uint32_t)c->height - 1).least;
}

/* The first of `count` columns of sample i. */
static int64_t columns_of(const struct canvas *c, uint32_t i, uint32_t count)
{
    return (int64_t)c->panel->x + c->margin + (int64_t)i * c->panel->pitch + (c->panel->pitch - count) / 2;
}

static uint8_t ink_of(double open, double close)
{
    return isfinite(open) && isfinite(close) && close < open ? 2 : 1;
}

static void draw_bar(const struct canvas *c, uint32_t i)
{
    const double open = value_of(c, i, FIELD_OPEN), close = value_of(c, i, FIELD_CLOSE);
    const double high = value_of(c, i, FIELD_HIGH), low = value_of(c, i, FIELD_LOW);
    const int64_t left = columns_of(c, i, 3);
    const uint8_t ink = ink_of(open, close);
    if (!isfinite(high) || !isfinite(low))
        return;
    set_run(c, left + 1, 1, y_of(c, low), y_of(c, high), ink);
    if (isfinite(open))
        set_run(c, left, 2, y_of(c, open), y_of(c, open), ink);
    if (isfinite(close))
        set_run(c, left + 2, 1, y_of(c, close), y_of(c, close), ink);
}

static void draw_candle(const struct canvas *c, uint32_t i)
{
    const double open = value_of(c, i, FIELD_OPEN), close = value_of(c, i, FIELD_CLOSE);
    const double high = value_of(c, i, FIELD_HIGH), low = value_of(c, i, FIELD_LOW);
    const int64_t body = columns_of(c, i, c->layer->body), size = c->layer->body;
    const uint8_t ink = ink_of(open, close);
    if (!isfinite(high) || !isfinite(low))
        return;
    set_run(c, columns_of(c, i, c->layer->wick), c->layer->wick, y_of(c, low), y_of(c, high), ink);
    if (!isfinite(open) || !isfinite(close))
        return;
    const int64_t a = y_of(c, open), b = y_of(c, close), bottom = a < b ? a : b, top = a < b ? b : a;
    set_run(c, body, size, bottom, top, ink);
    if (c->layer->hollow && ink == 1 && size > 2 && top - bottom > 1)
        set_run(c, body + 1, size - 2, bottom + 1, top - 1, 0);
}

static void draw_column(const struct canvas *c, uint32_t i)
{
    const double found = value_of(c, i, FIELD_Y), value = c->layer->absolute ? fabs(found) : found;
    const int64_t column = columns_of(c, i, c->layer->body);
    struct plain_scale scale = c->scale;
    scale.from_top = false;
    if (!isfinite(value))
        return;
    int64_t rows = plain_position(&scale, value, (uint32_t)c->height).least;
    if (c->layer->height == HEIGHT_COUNT)
        rows += rows == 0 && c->layer->zero_pixel;
    else
        rows = c->chart->from_top ? c->height - y_of(c, value) : y_of(c, value) + 1;
    for (int64_t y = 0; y < rows; y++)
        set_run(c, column, c->layer->body, c->chart->from_top ? c->height - 1 - y : y,
                c->chart->from_top ? c->height - 1 - y : y, 1);
}

/* Bresenham's line as Pillow draws it: its ImagingDrawLine leaves out the end, which is then set as a point. */
static void draw_line(const struct canvas *c, int64_t x, int64_t y, int64_t to_x, int64_t to_y)
{
    const int64_t dx = to_x - x, dy = llabs(to_y - y), up = to_y > y ? 1 : -1;
    int64_t error = dx > dy ? 2 * dy - dx : 2 * dx - dy;
    for (int64_t n = dx > dy ? dx : dy; n > 0; n--) {
        set_pixel(c, x, y, 1);
        const bool both = error >= 0;
        error -= both ? 2 * (dx > dy ? dx : dy) : 0;
        error += 2 * (dx > dy ? dy : dx);
        x += dx > dy || both ? 1 : 0;
        y += dx <= dy || both ? up : 0;
    }
    set_pixel(c, to_x, to_y, 1);
}

/* On a point scale: i (columns - 1) / (length - 1), half to even. */
static int64_t vertex_of(const struct canvas *c, uint32_t i)
{
    const int64_t columns = c->panel->width - 2 * c->margin;
    return c->panel->band
               ? columns_of(c, i, 1)
               : c->panel->x + c->margin + round_ratio((wide)i * (columns - 1), c->window->length - 1, ROUND_EVEN);
}

static void draw_pixel_line(const struct canvas *c)
{
    int64_t last = -1;
    for (uint32_t i = 0; i < c->window->length; i++) {
        const double value = value_of(c, i, FIELD_Y);
        if (!isfinite(value))
            continue;
        if (last >= 0 && (c->layer->missing == MISSING_BRIDGE || last == (int64_t)i - 1))
            draw_line(c, vertex_of(c, (uint32_t)last), y_of(c, value_of(c, (uint32_t)last, FIELD_Y)), vertex_of(c, i),
                      y_of(c, value));
        if (i == c->window->length - 1)
            set_pixel(c, vertex_of(c, i), y_of(c, value), 1);
        last = i;
    }
}

void plain_mark(const struct chart *chart, uint32_t layer, const struct plain_window *window, uint8_t *pixels)
{
    const struct chart_panel *panel = &chart->panels[chart->layers[layer].panel];
    const double *range = window->ranges + 2 * (uint64_t)chart->layers[layer].panel;
    const int64_t margin = (int64_t)floor(panel->margin);
    const struct canvas c = {
        .chart = chart,
        .layer = &chart->layers[layer],
        .panel = panel,
        .window = window,
        .scale = {range[0], range[1], panel->clip, chart->from_top, chart->rounding},
        .margin = margin,
        .height = (int64_t)panel->height - 2 * margin,
        .pixels = pixels,
    };
    if (isnan(range[0]) || (panel->range == RANGE_ZERO && range[1] <= 0) || window->rows_before < c.layer->lead)
        return;
    if (c.layer->mark == MARK_LINE)
        draw_pixel_line(&c);
    for (uint32_t i = 0; i < window->length && c.layer->mark != MARK_LINE; i++)
        (c.layer->mark == MARK_BAR ? draw_bar : c.layer->mark == MARK_CANDLE ? draw_candle : draw_column)(&c, i);
}
