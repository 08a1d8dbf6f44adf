/* The stroke of a single polyline, by distances alone.
 *
 * The distance of a point from the line changes by no more than the point moves. So one distance, at the middle of a
 * block of points that all lie within `reach` of it, often decides them all: if it is beyond the wide stroke, or within
 * the narrow one, by more than `reach`. Other blocks are halved. The segment nearest to any of those points is at most
 * 2 reach farther from the middle than the segment nearest to the middle, so the parts need not consider the others. */
#include <math.h>

#include "base/numbers.h"
#include "oracle/stroke.h"

/* px, far above the rounding of a distance and far below any that matters. Blocks are decided and segments left out
 * only with this margin, so that each point is judged as by its own distance. */
static const double clearance = 1e-6;

struct block {
    uint32_t x, y, wide, high; /* pixels */
};

static double square_of(double a)
{
    return a * a;
}

static double squared_distance(const struct oracle_segment *s, double x, double y)
{
    double along = ((x - s->ax) * s->dx + (y - s->ay) * s->dy) * s->inverse;
    along = CLAMP(along, 0, 1);
    return square_of(x - s->ax - along * s->dx) + square_of(y - s->ay - along * s->dy);
}

/* The distance of (x, y) from the first *count segments. Moves those that may be nearest to a point within `reach` to
 * the front, and sets *count to their number. */
static double nearest(struct oracle_segment *segments, size_t *count, double x, double y, double reach)
{
    double best = INFINITY;
    for (size_t i = 0; i < *count; i++) {
        segments[i].scratch = squared_distance(&segments[i], x, y);
        best = MIN(segments[i].scratch, best);
    }
    double distance = sqrt(best), limit = square_of(distance + 2 * reach + clearance);
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        if (segments[i].scratch <= limit) {
            struct oracle_segment swapped = segments[kept];
            segments[kept++] = segments[i];
            segments[i] = swapped;
        }
    }
    *count = kept;
    return distance;
}

/* Adds the points of a square grid of size x size points around (x, y), size a power of 2, that lie in each stroke. */
static void count_points(const struct oracle_stroke *stroke, struct oracle_segment *segments, size_t count, double x,
                         double y, uint32_t size, uint32_t points[ORACLE_SHAPES])
{
    double reach = (size - 1) * sqrt(0.5) / ORACLE_GRID;
    double distance = nearest(segments, &count, x, y, reach);
    bool decided = true;
    for (int i = 0; i < ORACLE_SHAPES; i++)
        decided = decided && fabs(distance - stroke->radius[i]) > reach + clearance;
    if (decided || size == 1) {
        for (int i = 0; i < ORACLE_SHAPES; i++)
            points[i] += distance <= stroke->radius[i] ? size * size : 0;
        return;
    }
    double step = size / 4.0 / ORACLE_GRID;
    for (int i = 0; i < 4; i++)
        count_points(stroke, segments, count, x + (i & 1 ? step : -step), y + (i & 2 ? step : -step), size / 2, points);
}

static void cover_whole(struct oracle_stroke *stroke, struct block block, bool inside)
{
    uint32_t all = inside ? ORACLE_POINTS : 0;
    for (uint32_t y = block.y; y < block.y + block.high; y++)
        for (uint32_t x = block.x; x < block.x + block.wide; x++) {
            if (stroke->antialias)
                oracle_stroke_area(stroke, x, y, (const uint32_t[ORACLE_SHAPES]){all, all, all});
            else
                oracle_stroke_centre(stroke, x, y, inside, inside);
        }
}

static void cover_pixel(struct oracle_stroke *stroke, struct oracle_segment *segments, size_t count, uint32_t x,
                        uint32_t y, double distance)
{
    if (stroke->antialias) {
        uint32_t points[ORACLE_SHAPES] = {0};
        count_points(stroke, segments, count, x, y, ORACLE_GRID, points);
        oracle_stroke_area(stroke, x, y, points);
    } else {
        oracle_stroke_centre(stroke, x, y, distance <= stroke->radius[ORACLE_NARROW],
                             distance <= stroke->radius[ORACLE_WIDE]);
    }
}

static void cover_block(struct oracle_stroke *stroke, struct oracle_segment *segments, size_t count, struct block block)
{
    /* Antialiased: whole pixels, not only centres. */
    int beyond = stroke->antialias ? 0 : 1;
    double reach = hypot(block.wide - beyond, block.high - beyond) / 2;
    double distance =
        nearest(segments, &count, block.x + (block.wide - 1) / 2.0, block.y + (block.high - 1) / 2.0, reach);
    bool outside = distance - reach > stroke->radius[ORACLE_WIDE] + clearance;
    bool inside = distance + reach < stroke->radius[ORACLE_NARROW] - clearance;
    if (outside || inside) {
        cover_whole(stroke, block, inside);
        return;
    }
    if (block.wide == 1 && block.high == 1) {
        cover_pixel(stroke, segments, count, block.x, block.y, distance);
        return;
    }
    struct block first = block, second = block;
    if (block.wide > block.high) {
        first.wide = block.wide / 2;
        second.wide = block.wide - first.wide;
        second.x = block.x + first.wide;
    } else {
        first.high = block.high / 2;
        second.high = block.high - first.high;
        second.y = block.y + first.high;
    }
    cover_block(stroke, segments, count, first);
    cover_block(stroke, segments, count, second);
}

void oracle_stroke_distances(struct oracle_stroke *stroke)
{
    struct block image = {0, 0, stroke->width, stroke->height};
    cover_block(stroke, stroke->segments, stroke->count, image);
}
