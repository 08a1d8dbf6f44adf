/* Shared by the two ways of judging an image: the line's segments, and what the definition requires of a pixel. */
#ifndef ORACLE_JUDGE_H
#define ORACLE_JUDGE_H

#include <stddef.h>

#include "oracle/oracle.h"

/* From (ax, ay) to (ax + dx, ay + dy), dx >= 0; a dot has dx = dy = 0. */
struct oracle_segment {
    double ax, ay, dx, dy;
    double inverse; /* 1 / length^2; 0 for a dot */
    double scratch; /* of oracle_judge_distances: squared distance to the current point */
};

struct oracle_line {
    struct oracle_segment *segments; /* from left to right; may be permuted */
    size_t count;
    uint64_t runs; /* polylines, separated by missing samples */
    double lo, hi; /* NaN without a present sample */
};

/* The stroke of the definition, and the two that bound what a renderer may draw. */
enum { ORACLE_NARROW = 0, ORACLE_EXACT, ORACLE_WIDE, ORACLE_STROKES };

/* Antialiased: sample points per pixel along each side, and in all. */
#define ORACLE_GRID 64
#define ORACLE_POINTS (ORACLE_GRID * ORACLE_GRID)

struct oracle_case {
    const struct chart_options *chart;
    const uint8_t *pixels;
    double radius[ORACLE_STROKES]; /* w/2 - 1/64, w/2, w/2 + 1/64 */
    struct oracle_verdict *verdict;
    double squares; /* antialiased: sum of squared errors */
};

/* Judges at most one polyline, by the distance of points from it. Permutes the segments. */
void oracle_judge_distances(struct oracle_case *judged, struct oracle_line *line);

/* Judges several polylines together, by vertical sections of their strokes. */
void oracle_judge_hulls(struct oracle_case *judged, const struct oracle_line *line);

/* Binary: records a pixel whose centre is or is not in the narrow and in the wide stroke. */
void oracle_judge_centre(struct oracle_case *judged, uint32_t x, uint32_t y, bool narrow, bool wide);

/* Antialiased: records a pixel with `points` of its ORACLE_POINTS points in each stroke. */
void oracle_judge_area(struct oracle_case *judged, uint32_t x, uint32_t y, const uint32_t points[ORACLE_STROKES]);

#endif
