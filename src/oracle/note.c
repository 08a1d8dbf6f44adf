/* What the definition asks of one pixel. */
#include <math.h>

#include "oracle/judge.h"

static uint8_t pixel_at(const struct oracle_case *judged, uint32_t x, uint32_t y)
{
    return judged->pixels[(size_t)y * judged->chart->width + x];
}

/* Pixels come in no order: keep the first of the wrong ones as rows are read. */
static void note_wrong(struct oracle_case *judged, uint32_t x, uint32_t y)
{
    struct oracle_verdict *verdict = judged->verdict;
    if (verdict->wrong == 0 || y < verdict->wrong_y || (y == verdict->wrong_y && x < verdict->wrong_x)) {
        verdict->wrong_x = x;
        verdict->wrong_y = y;
    }
    verdict->wrong++;
}

void oracle_note_centre(struct oracle_case *judged, uint32_t x, uint32_t y, bool narrow, bool wide)
{
    int value = pixel_at(judged, x, y);
    bool may_be_ink = wide && value == judged->chart->foreground;
    bool may_be_background = !narrow && value == judged->chart->background;
    if (!may_be_ink && !may_be_background)
        note_wrong(judged, x, y);
}

/* In units of 1/255 of full contrast. Rounding to whole values costs half a value, which is half a unit at full
 * contrast but more units where foreground and background are close: what it costs beyond half a unit is no error
 * of the renderer. */
static double error_of(double value, double expected, double contrast)
{
    double forgiven = 0.5 * (1 - contrast / 255);
    return fmax(fabs(value - expected) - forgiven, 0) * 255 / contrast;
}

static void note_error(struct oracle_case *judged, uint32_t x, uint32_t y, double error)
{
    struct oracle_verdict *verdict = judged->verdict;
    verdict->partial++;
    judged->squares += error * error;
    if (error <= verdict->worst)
        return;
    verdict->worst = error;
    if (verdict->wrong == 0) {
        verdict->wrong_x = x;
        verdict->wrong_y = y;
    }
}

/* No point of a pixel is farther than sqrt(2)/128 < 1/64 from the nearest of its grid points. So when all of them
 * lie in the narrow stroke, the pixel is covered fully; when none lies in the wide one, not at all. Between these and
 * the partly covered ones are pixels that the edge touches or misses by a hair: right when they look untouched, and
 * when not, judged like partly covered ones. */
void oracle_note_area(struct oracle_case *judged, uint32_t x, uint32_t y, const uint32_t points[ORACLE_STROKES])
{
    int background = judged->chart->background, foreground = judged->chart->foreground;
    int value = pixel_at(judged, x, y);
    if (points[ORACLE_WIDE] == 0 || points[ORACLE_NARROW] == ORACLE_POINTS || foreground == background) {
        if (value != (points[ORACLE_WIDE] ? foreground : background))
            note_wrong(judged, x, y);
        return;
    }
    uint32_t covered = points[ORACLE_EXACT];
    if ((covered == 0 && value == background) || (covered == ORACLE_POINTS && value == foreground))
        return;
    double expected = background + (foreground - background) * (double)covered / ORACLE_POINTS;
    note_error(judged, x, y, error_of(value, expected, fabs((double)foreground - background)));
}
