/* Random charts of random samples, the same for the same seed on every machine. */
#ifndef TESTS_KERNEL_CASES_H
#define TESTS_KERNEL_CASES_H

#include <stdint.h>

#include "chart/chart.h"

/* The size of cases: for Oclgrind, for `scripts/test`, for `scripts/test --long`; or the usual image: 800x500, 100
 * samples, w = 3.
 */
enum case_scale { CASE_TINY, CASE_TEST, CASE_SOAK, CASE_WALKS };

struct chart_case {
    struct chart chart; /* on the heap, without `spec` and names of fields */
    const char *series; /* the kind, in words */
    uint32_t window;
    uint32_t images;
    uint32_t stride;       /* rows from one window to the next */
    double *samples;       /* ((images-1)*stride+window, fields) */
    uint32_t *rows_before; /* (images) */
};

/* One line: `samples` is NULL when out of memory. Freed with chart_case_free. */
struct chart_case chart_case_make(uint64_t seed, uint64_t index, enum case_scale scale);

/* Layers of all marks in several panels. CASE_WALKS: as CASE_TEST. */
struct chart_case layered_case_make(uint64_t seed, uint64_t index, enum case_scale scale);

void chart_case_free(struct chart_case *c);

/* Describes a case in one line. */
#define CASE_TEXT_SIZE 2000
void chart_case_describe(const struct chart_case *c, char text[CASE_TEXT_SIZE]);

#endif
