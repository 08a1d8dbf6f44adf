#include "oracle/oracle.h"

#include <math.h>

#include "base/try.h"
#include "oracle/judge.h"

static bool same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

enum plotmill_status oracle_judge(const double *samples, uint64_t count, const struct plotmill_chart_options *chart,
                                  const uint8_t *pixels, const double *y_range, double rms_limit, double worst_limit,
                                  struct oracle_verdict *verdict)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct oracle_line line;
    const double half = chart->line_width / 2, slack = 1.0 / 64;
    struct oracle_case judged = {chart, pixels, {half - slack, half, half + slack}, verdict, 0};
    *verdict = (struct oracle_verdict){.pixels = (uint64_t)chart->width * chart->height};
    TRY(oracle_line_init(&line, samples, count, chart));
    if (line.runs > 1)
        oracle_judge_hulls(&judged, &line);
    else
        oracle_judge_distances(&judged, &line);
    if (verdict->partial)
        verdict->rms = sqrt(judged.squares / (double)verdict->partial);
    verdict->passed = verdict->wrong == 0 && verdict->rms <= rms_limit && verdict->worst <= worst_limit &&
                      (!y_range || (same(y_range[0], line.lo) && same(y_range[1], line.hi)));
done:
    oracle_line_finish(&line);
    return status;
}

/* Fitted to counts taken over noise from 24x16 to 2000x1500, T 2 to 20,000, where it is good to a factor of 2; smooth
 * series cost up to ten times less. */
static double distances_to(double count, const struct plotmill_chart_options *chart)
{
    double wide = chart->width, high = chart->height;
    double cost = fmax(wide, high) * (3 * count + 10);
    if (chart->antialias)
        cost += 600 * fmin(wide * high, wide + count * high / 2) + 20 * count * high;
    return cost;
}

/* Each segment is asked for its upper and lower edge in every column in reach, for each stroke. */
static double edges_of(double count, const struct plotmill_chart_options *chart)
{
    double columns = fmin(chart->width, chart->line_width + 3 + chart->width / count);
    return 2 * count * columns * (chart->antialias ? ORACLE_STROKES * ORACLE_GRID : 2);
}

double oracle_cost(uint64_t count, const struct plotmill_chart_options *chart)
{
    double samples = count ? (double)count : 1;
    double distances = distances_to(samples, chart);
    return chart->missing == PLOTMILL_MISSING_BRIDGE ? distances : fmax(distances, edges_of(samples, chart));
}
