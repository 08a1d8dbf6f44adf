/* The series that verify draws. */
#ifndef VERIFY_PATTERNS_H
#define VERIFY_PATTERNS_H

#include <stddef.h>
#include <stdint.h>

struct pattern {
    const char *name;
    uint32_t samples;
    double (*value)(uint32_t i, uint32_t samples); /* called for i = 0, 1, ... in order */
};

extern const struct pattern patterns[];
extern const size_t pattern_count;

#endif
