/* Shared by the two ways of judging: which points lie in the stroke, and what that asks of a pixel. */
#ifndef ORACLE_JUDGE_H
#define ORACLE_JUDGE_H

#include "oracle/line.h"
#include "oracle/oracle.h"

/* The stroke as the definition has it, and the two that bound what a renderer may make of it. */
enum { ORACLE_NARROW = 0, ORACLE_EXACT, ORACLE_WIDE, ORACLE_STROKES };

/* Points a pixel along each side, and the distance between them. */
#define ORACLE_GRID 64
#define ORACLE_POINTS (ORACLE_GRID * ORACLE_GRID)

struct oracle_case {
    const struct plotmill_chart_options *chart;
    const uint8_t *pixels;
    double radius[ORACLE_STROKES]; /* w/2 - 1/64, w/2, w/2 + 1/64 */
    struct oracle_verdict *verdict;
    double squares; /* antialiased: sum of squared errors */
};

/* By the distance of points from a single polyline, or from none. Permutes the segments. */
void oracle_judge_distances(struct oracle_case *judged, struct oracle_line *line);

/* By vertical sections of the strokes, several polylines together. */
void oracle_judge_hulls(struct oracle_case *judged, const struct oracle_line *line);

/* Binary: a pixel whose centre lies in the narrow stroke or not, in the wide one or not. */
void oracle_note_centre(struct oracle_case *judged, uint32_t x, uint32_t y, bool narrow, bool wide);

/* Antialiased: a pixel of which so many of ORACLE_POINTS points lie in each stroke. */
void oracle_note_area(struct oracle_case *judged, uint32_t x, uint32_t y, const uint32_t points[ORACLE_STROKES]);

#endif
