#include "rig_stroke.h"

#include <math.h>

#define MISSING INT32_MIN
#define STEPS_PER_PIXEL 4096.0

struct point {
    double x, y;
    bool present;
};

struct test_stroke stroke_of(const struct rig *rig, uint64_t image)
{
    const struct line_layout *chart = &rig->stages.strokes->layout;
    return (struct test_stroke){
        .stages = &rig->stages,
        .heights = (int32_t *)rig->host[BUF_HEIGHTS] + image * chart->window,
        .step = (chart->options.width - 1 - 2 * chart->options.margin) / (chart->window - 1),
    };
}

static struct point point_at(const struct test_stroke *s, uint32_t i)
{
    return (struct point){s->stages->strokes->layout.options.margin + i * s->step, s->heights[i] / STEPS_PER_PIXEL,
                          s->heights[i] != MISSING};
}

struct reach {
    uint32_t first, last;
};

/* Samples within `near` of from..to, and one more on each side for the edges that lead there. */
static struct reach reach_of(const struct test_stroke *s, double from, double to, double near)
{
    uint32_t last = s->stages->window - 1;
    if (s->step <= 0)
        return (struct reach){0, last};
    double margin = s->stages->strokes->layout.options.margin;
    double begin = floor((from - near - margin) / s->step) - 1, end = ceil((to + near - margin) / s->step) + 1;
    begin = fmin(fmax(begin, 0), last);
    end = fmin(fmax(end, 0), last);
    return (struct reach){(uint32_t)begin, (uint32_t)end};
}

static double square(double a)
{
    return a * a;
}

static double squared_distance(struct point a, struct point b, double x, double y)
{
    double dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy;
    double along = length > 0 ? ((x - a.x) * dx + (y - a.y) * dy) / length : 0;
    along = fmin(fmax(along, 0), 1);
    return square(x - a.x - along * dx) + square(y - a.y - along * dy);
}

/* The hull of several strokes contains centres that no single stroke contains, and it can exceed the hull of those that
 * one contains, because a stroke may end between two centres. */
static struct section rows_of_hull(const struct test_stroke *s, uint32_t column, double radius)
{
    struct section hull = stroke_section(s, column, radius);
    return (struct section){fmax(ceil(hull.top), 0),
                            fmin(floor(hull.bottom), s->stages->strokes->layout.options.height - 1)};
}

static bool has_gaps(const struct test_stroke *s, struct reach reach)
{
    for (uint32_t i = reach.first; i <= reach.last; i++)
        if (s->heights[i] == MISSING)
            return true;
    return false;
}

struct section stroke_rows(const struct test_stroke *s, uint32_t column, double radius)
{
    struct section found = {INFINITY, -INFINITY};
    struct reach reach = reach_of(s, column, column, radius);
    if (has_gaps(s, reach))
        return rows_of_hull(s, column, radius);
    for (uint32_t i = reach.first; i <= reach.last; i++) {
        struct point a = point_at(s, i), b = i < reach.last ? point_at(s, i + 1) : a;
        if (!a.present)
            continue;
        b = b.present ? b : a;
        double low = fmax(ceil(fmin(a.y, b.y) - radius), 0);
        double high = fmin(floor(fmax(a.y, b.y) + radius), s->stages->strokes->layout.options.height - 1);
        /* From both ends inwards: the rows of one edge are one interval. */
        while (low <= high && squared_distance(a, b, column, low) > square(radius))
            low++;
        while (low <= high && squared_distance(a, b, column, high) > square(radius))
            high--;
        if (low <= high) {
            found.top = fmin(found.top, low);
            found.bottom = fmax(found.bottom, high);
        }
    }
    return found;
}

/* The highest point at x of the discs around the points of an edge. It belongs to the disc that the edge, moved by the
 * radius, touches at x, or to the nearest one on the edge. INFINITY: none. */
static double capsule_top(struct point a, struct point b, double x, double radius)
{
    double dx = b.x - a.x, dy = b.y - a.y, length = hypot(dx, dy);
    double along = dy < 0 ? 1 : 0;
    if (dx > 0)
        along = fmin(fmax((x - radius * dy / length - a.x) / dx, 0), 1);
    double left = square(radius) - square(x - a.x - along * dx);
    return left < 0 ? INFINITY : a.y + along * dy - sqrt(left);
}

struct section stroke_section(const struct test_stroke *s, double abscissa, double radius)
{
    struct section found = {INFINITY, -INFINITY};
    struct reach reach = reach_of(s, abscissa, abscissa, radius);
    for (uint32_t i = reach.first; i <= reach.last; i++) {
        struct point a = point_at(s, i), b = i < reach.last ? point_at(s, i + 1) : a;
        if (!a.present)
            continue;
        b = b.present ? b : a;
        struct point below_a = {a.x, -a.y, true}, below_b = {b.x, -b.y, true};
        found.top = fmin(found.top, capsule_top(a, b, abscissa, radius));
        found.bottom = fmax(found.bottom, -capsule_top(below_a, below_b, abscissa, radius));
    }
    return found;
}

bool stroke_is_steep(const struct test_stroke *s, double from, double to, double near, double steepness)
{
    struct reach reach = reach_of(s, from, to, near);
    for (uint32_t i = reach.first; i < reach.last; i++) {
        struct point a = point_at(s, i), b = point_at(s, i + 1);
        if (a.present && b.present && b.x >= from - near && a.x <= to + near &&
            fabs(b.y - a.y) > steepness * (b.x - a.x))
            return true;
    }
    return false;
}

bool stroke_has_tip(const struct test_stroke *s, double x, double radius, double inside, double outside)
{
    struct reach reach = reach_of(s, x, x, radius + outside);
    for (uint32_t i = reach.first; i <= reach.last && i < s->stages->window; i++) {
        bool before = i > 0 && point_at(s, i - 1).present;
        bool after = i + 1 < s->stages->window && point_at(s, i + 1).present;
        double beyond = fabs(point_at(s, i).x - x) - radius;
        if (point_at(s, i).present && !(before && after) && beyond >= -inside && beyond <= outside)
            return true;
    }
    return false;
}

enum { KIND_WALK, KIND_LEVEL, KIND_ZIGZAG, KIND_NOISE, KIND_STEPS, KIND_SPIKES, KIND_HOLES, KIND_DOTS, KIND_NOTHING };

static int32_t height_of(unsigned kind, struct rig_rng *rng, uint32_t i, double *at, int32_t highest)
{
    *at = fmin(fmax(*at + (rig_unit(rng) - 0.5) * highest / 8, 0), highest);
    switch (kind) {
    case KIND_LEVEL:
        return highest / 2;
    case KIND_ZIGZAG:
        return i & 1 ? highest : 0;
    case KIND_NOISE:
        return (int32_t)rig_below(rng, (uint32_t)highest + 1);
    case KIND_STEPS:
        return i / 7 & 1 ? highest / 3 : highest;
    case KIND_SPIKES:
        return rig_below(rng, 9) ? highest / 2 : (int32_t)rig_below(rng, (uint32_t)highest + 1);
    case KIND_HOLES:
        return rig_below(rng, 3) ? (int32_t)*at : MISSING;
    case KIND_DOTS:
        return rig_below(rng, 4) ? MISSING : (int32_t)*at;
    case KIND_NOTHING:
        return MISSING;
    default:
        return (int32_t)*at;
    }
}

void stroke_fill_heights(struct rig *rig, struct rig_rng *rng, unsigned kind, int32_t highest)
{
    int32_t *heights = rig->host[BUF_HEIGHTS];
    for (uint64_t k = 0; k < rig->stages.batch; k++) {
        double at = rig_unit(rng) * highest;
        for (uint32_t i = 0; i < rig->stages.window; i++)
            *heights++ = height_of((kind + (unsigned)k) % STROKE_KINDS, rng, i, &at, highest);
    }
}
