/* What arranging works on: the rows of all inputs, how they are ordered, and what was found. Of source/arrange.h. */
#ifndef SOURCE_ARRANGEMENT_H
#define SOURCE_ARRANGEMENT_H

#include "formats/text/period.h"
#include "source/arrange.h"
#include "source/row_permutation.h"

/* What is reported of one input. */
struct part_report {
    uint64_t reversed; /* rows that lay newest first and were put in order */
    uint64_t moved;    /* rows that were put before or behind those of another input */
    uint64_t sorted;   /* rows of groups that were sorted */
    uint64_t falls;    /* rows that are earlier than the one before, and stay as they lie */
    uint64_t fall_at;  /* the first of them */
    uint64_t gaps, closings, duplicates;
    int64_t longest; /* gap, ns; 0: none */
    uint64_t left_out;
    double step; /* the usual one of its first group, ns; 0: unknown */
};

/* All gaps. Gaps that recur, as those of nights and weekends, are closings. */
struct gap_report {
    uint64_t gaps, closings, duplicates, groups;
    double missing;                    /* rows, about */
    int64_t longest;                   /* ns */
    uint64_t longest_at, duplicate_at; /* the rows after the longest gap, and of the first duplicate */
    double longest_step;               /* the usual step where the longest gap is */
};

/* Rows of one group, one after another in the order. */
struct row_group {
    uint64_t first, count;
    uint32_t number;
};

struct arrangement {
    struct source_ops ops;
    struct source inner;
    struct row_permutation order;
    void *block; /* of reading samples; NULL: they lie in order */
    size_t block_bytes;
    const struct arrange_part *parts;
    size_t part_count;
    const struct source_options *options;
    const struct log *log;
    struct period period;
    bool by_column;           /* group-by names one */
    size_t group_side;        /* that column among the sides of the inner source */
    bool dated;               /* times are dates, not those of a counter */
    uint64_t row_length;      /* of ready sequences; 0 */
    struct row_group *groups; /* (group_count), ascending */
    size_t group_count;
    char **names; /* of groups; NULL: there are no groups; owned until the source has them */
    size_t name_count;
    struct part_report *reports; /* (part_count) */
    struct gap_report gaps;
    struct source_range *ranges;
    size_t range_count, range_capacity;
    uint64_t *breaks;
    size_t break_count, break_capacity;
};

/* Times of rows first..first+count-1 of the order; of ready sequences (count, 2). */
enum plotmill_status arrangement_times(struct arrangement *arrangement, uint64_t first, uint64_t count, int64_t *times,
                                       struct plotmill_error *error);

/* The input that a row of the order comes from. */
size_t arrangement_part(const struct arrangement *arrangement, uint64_t row);

/* Whether groups have numbers instead of names. */
static inline bool arrangement_has_numbers(const struct arrangement *arrangement)
{
    return arrangement->by_column && arrangement->inner.sides[arrangement->group_side].unnamed;
}

/* "prices.csv, line 12" of a row of the order. */
struct row_place {
    char text[512];
};
struct row_place arrangement_place(const struct arrangement *arrangement, uint64_t row);

/* PLOTMILL_BAD_INPUT where the rows are of several series and the option group-by is not given. */
enum plotmill_status series_check(const struct arrangement *arrangement, struct plotmill_error *error);

/* Warns of rows that may be of several series, where no times tell. */
void series_report(const struct arrangement *arrangement);

/* Finds the groups, in the order of their first rows, and puts the rows of each together. */
enum plotmill_status groups_find(struct arrangement *arrangement, struct plotmill_error *error);

/* Puts the rows of a group in the order of time, as the option order says. */
struct step_sample;
enum plotmill_status time_order_group(struct arrangement *arrangement, const struct row_group *group,
                                      struct step_sample *steps, struct plotmill_error *error);

/* Counts gaps and duplicates of a group, and adds its breaks and ranges. */
enum plotmill_status gaps_find(struct arrangement *arrangement, const struct row_group *group,
                               struct step_sample *steps, struct plotmill_error *error);

/* Log lines, and the JSON for struct source (`read`); NULL: out of memory. */
void arrangement_report(const struct arrangement *arrangement);
char *arrangement_json(const struct arrangement *arrangement);

/* A sample of the steps in time of a group. */
#define STEPS_MOST 65536
struct step_sample {
    int64_t steps[STEPS_MOST]; /* > 0 */
    size_t count;
    uint64_t every; /* one of so many steps is kept */
};

#endif
