/* The strokes of several polylines: at one abscissa the definition joins their strokes by their hull, so a point is
 * inside if it lies between the highest and the lowest point of any stroke there. These are exact: the stroke of a
 * segment is convex, and its upper edge at an abscissa is part of a round cap or of the segment moved by the radius. */
#include <math.h>

#include "base/numbers.h"
#include "oracle/stroke.h"

struct section {
    double top, bottom; /* top > bottom: empty */
};

/* The segments that can reach a column. */
struct reach {
    const struct oracle_segment *segments;
    size_t first, end;
};

/* Where the stroke of a segment begins at `x`, relative to the segment's start (y counts downwards); INFINITY where it
 * does not reach. The stroke is the union of discs around each point c of the segment. The top of a disc at x is
 * c.y - sqrt(r^2 - (c.x - x)^2), which is least where the disc touches the moved segment, at c.x = x - r dy / length,
 * or at the nearest end of the segment. */
static double upper_edge(double dx, double dy, double inverse, double x, double radius)
{
    double along = dy < 0 ? 1 : 0;
    if (dx > 0) {
        along = (x - radius * dy * sqrt(inverse)) / dx;
        along = CLAMP(along, 0, 1);
    }
    double square = radius * radius - (along * dx - x) * (along * dx - x);
    return square < 0 ? INFINITY : along * dy - sqrt(square);
}

static struct section section_at(const struct reach *reach, double x, double radius)
{
    struct section section = {INFINITY, -INFINITY};
    for (size_t i = reach->first; i < reach->end; i++) {
        const struct oracle_segment *s = &reach->segments[i];
        double above = upper_edge(s->dx, s->dy, s->inverse, x - s->ax, radius);
        double below = -upper_edge(s->dx, -s->dy, s->inverse, x - s->ax, radius);
        section.top = fmin(section.top, s->ay + above);
        section.bottom = fmax(section.bottom, s->ay + below);
    }
    return section;
}

/* Segments run from left to right: so do their starts, and so do their ends. */
static void move_reach(struct reach *reach, size_t count, double left, double right)
{
    while (reach->first < count && reach->segments[reach->first].ax + reach->segments[reach->first].dx < left)
        reach->first++;
    reach->end = MAX(reach->end, reach->first);
    while (reach->end < count && reach->segments[reach->end].ax <= right)
        reach->end++;
}

static void cover_centres(const struct oracle_stroke *stroke, const struct reach *reach, uint32_t x)
{
    struct section narrow = section_at(reach, x, stroke->radius[ORACLE_NARROW]);
    struct section wide = section_at(reach, x, stroke->radius[ORACLE_WIDE]);
    for (uint32_t y = 0; y < stroke->height; y++)
        oracle_stroke_centre(stroke, x, y, narrow.top <= y && y <= narrow.bottom, wide.top <= y && y <= wide.bottom);
}

/* How many of a pixel's ORACLE_GRID points at one abscissa lie in a section. */
static uint32_t points_in(struct section section, uint32_t y)
{
    double above = ceil((section.top - y + 0.5) * ORACLE_GRID - 0.5);
    double last = floor((section.bottom - y + 0.5) * ORACLE_GRID - 0.5);
    above = MAX(above, 0);
    last = last > ORACLE_GRID - 1 ? ORACLE_GRID - 1 : last;
    return last < above ? 0 : (uint32_t)(last - above) + 1;
}

static void cover_areas(const struct oracle_stroke *stroke, const struct reach *reach, uint32_t x)
{
    struct section sections[ORACLE_SHAPES][ORACLE_GRID];
    for (int i = 0; i < ORACLE_SHAPES; i++)
        for (int k = 0; k < ORACLE_GRID; k++)
            sections[i][k] = section_at(reach, x - 0.5 + (k + 0.5) / ORACLE_GRID, stroke->radius[i]);
    for (uint32_t y = 0; y < stroke->height; y++) {
        uint32_t points[ORACLE_SHAPES] = {0};
        for (int i = 0; i < ORACLE_SHAPES; i++)
            for (int k = 0; k < ORACLE_GRID; k++)
                points[i] += points_in(sections[i][k], y);
        oracle_stroke_area(stroke, x, y, points);
    }
}

void oracle_stroke_hulls(const struct oracle_stroke *stroke)
{
    struct reach reach = {stroke->segments, 0, 0};
    /* Half a pixel for points beside the centre, the rest as a margin for rounding. */
    double margin = stroke->radius[ORACLE_WIDE] + 1;
    for (uint32_t x = 0; x < stroke->width; x++) {
        move_reach(&reach, stroke->count, x - margin, x + margin);
        if (stroke->antialias)
            cover_areas(stroke, &reach, x);
        else
            cover_centres(stroke, &reach, x);
    }
}
