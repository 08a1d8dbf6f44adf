/* The time column of a series: its order and step within a file, and whether the next file continues it. */
#ifndef FORMATS_TEXT_TIMES_H
#define FORMATS_TEXT_TIMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"
#include "formats/format.h"

enum clock_kind {
    CLOCK_NONE = 0, /* no time column, or not understood */
    CLOCK_EPOCH,    /* dates, or s, ms, us or ns since 1970; stored in us */
    CLOCK_COUNTER   /* any other numbers, unchanged */
};

struct time_span {
    enum clock_kind clock;
    double first, last;
    double earliest, latest;
    double step;        /* between most rows; 0: unknown, -1: irregular */
    uint64_t back_line; /* the first line where time goes back; 0: none */
    uint64_t repeated;  /* rows that are not later than the previous file */
};

#define TIMES_STEPS 1024

/* Start it as {.previous = ...}, then add every row. */
struct times {
    const struct time_span *previous; /* of the previous file; NULL: none */
    struct time_span span;
    size_t step_count;
    double steps[TIMES_STEPS];
};

/* *time is in the unit of its clock_kind. */
enum clock_kind times_parse(const char *text, size_t length, double *time);

/* Whether the number is a time from 1990 to 2100 in s, ms, us or ns since 1970; it becomes us. */
bool times_from_epoch(double *value);

bool times_is_name(const char *name); /* a column name that means time */
void times_add(struct times *times, const char *text, size_t length, uint64_t line);
void times_finish(struct times *times); /* span is complete after this */

/* Sets the times of *about, if they are dates. */
void times_describe(const struct time_span *span, struct source_about *about);

/* Reports rows that are missing or repeated between the two files. */
void times_report_seam(const struct log *log, const char *previous_path, const struct time_span *previous,
                       const char *next_path, const struct time_span *next);

#endif
