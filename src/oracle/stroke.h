/* Shared by the two ways of computing strokes: the line's segments, and what becomes of a pixel. */
#ifndef ORACLE_STROKE_H
#define ORACLE_STROKE_H

#include "oracle/judge.h"

/* From (ax, ay) to (ax + dx, ay + dy), dx >= 0; a dot has dx = dy = 0. */
struct oracle_segment {
    double ax, ay, dx, dy;
    double inverse; /* 1 / length^2; 0 for a dot */
    double scratch; /* of oracle_stroke_distances: squared distance to the current point */
};

struct oracle_stroke {
    struct oracle_segment *segments; /* from left to right; may be permuted */
    size_t count;
    uint64_t runs;                /* polylines, separated by missing samples */
    double radius[ORACLE_SHAPES]; /* w/2 - 1/64, w/2, w/2 + 1/64 */
    uint32_t width, height;       /* of the panel */
    bool antialias;
    struct oracle_cover *cover; /* (height, width) */
};

/* At most one polyline, by the distance of points from it. Permutes the segments. */
void oracle_stroke_distances(struct oracle_stroke *stroke);

/* Several polylines together, by vertical sections of their strokes. */
void oracle_stroke_hulls(const struct oracle_stroke *stroke);

/* Binary: whether a pixel's centre is in the narrow and in the wide stroke. */
static inline void oracle_stroke_centre(const struct oracle_stroke *stroke, uint32_t x, uint32_t y, bool narrow,
                                        bool wide)
{
    struct oracle_cover *cover = &stroke->cover[(size_t)y * stroke->width + x];
    cover->points[ORACLE_NARROW] = narrow ? ORACLE_POINTS : 0;
    cover->points[ORACLE_WIDE] = wide ? ORACLE_POINTS : 0;
}

/* Antialiased: how many of a pixel's points lie in each stroke. */
static inline void oracle_stroke_area(const struct oracle_stroke *stroke, uint32_t x, uint32_t y,
                                      const uint32_t points[ORACLE_SHAPES])
{
    for (int i = 0; i < ORACLE_SHAPES; i++)
        stroke->cover[(size_t)y * stroke->width + x].points[i] = (uint16_t)points[i];
}

#endif
