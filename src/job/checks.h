/* Checks of samples that are bad input for the layers of a chart: a low above the high, a negative column, a missing
 * value where these are errors. */
#ifndef JOB_CHECKS_H
#define JOB_CHECKS_H

#include "chart/chart.h"
#include "formats/format.h"

enum check_kind {
    CHECK_PRESENT,      /* field: a number */
    CHECK_NOT_NEGATIVE, /* field */
    CHECK_ORDERED       /* field, the low, at most `other`, the high */
};

struct check {
    enum check_kind kind;
    uint32_t field, other; /* numbers of the chart's fields */
    uint32_t lead;         /* rows of a group that no image shows of this field */
};

/* Each check once. The usual line chart has none. */
struct checks {
    const struct chart *chart;
    struct check *list; /* (count) */
    size_t count;
};

/* `chart` must outlive the checks. */
enum plotmill_status checks_init(struct checks *checks, const struct chart *chart, struct plotmill_error *error);
void checks_free(struct checks *checks);

/* Checks samples first..first+count-1 of the source, which returns the chart's fields. */
enum plotmill_status checks_run(const struct checks *checks, const struct source *source, uint64_t first,
                                uint64_t count, const double *samples, struct plotmill_error *error);

/* Whether a sample fails a check. */
bool check_fails(const struct check *check, const struct source_shape *shape, uint64_t sample, const double *values);

/* The failure of a sample's value as a message. `place`: where the sample came from, or "". */
enum plotmill_status check_refuse(const struct check *check, const struct chart *chart, const char *place,
                                  uint64_t sample, const double *values, struct plotmill_error *error);

#endif
