/* Random charts of random series, the same for the same seed on every machine. */
#ifndef TESTS_KERNEL_CASES_H
#define TESTS_KERNEL_CASES_H

#include <stdint.h>

#include "plotmill/chart.h"

/* How large cases get: what Oclgrind stands, what scripts/test stands, and what only scripts/soak tries. */
enum case_scale { CASE_TINY, CASE_TEST, CASE_SOAK, CASE_WALKS /* the usual image: 800x500, 100 samples, w = 3 */ };

struct chart_case {
    struct plotmill_chart_options chart;
    const char *series; /* the kind, in words */
    uint32_t window;
    uint32_t images;
    uint32_t stride; /* samples from one window to the next */
    double *samples; /* (images-1)*stride+window */
};

/* NULL samples when memory has run out; freed with chart_case_free. */
struct chart_case chart_case_make(uint64_t seed, uint64_t index, enum case_scale scale);
void chart_case_free(struct chart_case *c);

/* One line that tells a case. */
void chart_case_describe(const struct chart_case *c, char *text, size_t size);

#endif
