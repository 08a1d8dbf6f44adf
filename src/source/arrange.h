/* The order of the rows of all inputs: by time, in groups, broken at gaps. */
#ifndef SOURCE_ARRANGE_H
#define SOURCE_ARRANGE_H

#include "base/log.h"
#include "formats/format.h"

/* One of the inputs, in the order in which they were given. */
struct arrange_part {
    const struct input *input;
    uint64_t first, count;            /* its samples, or ready sequences */
    const struct source_about *about; /* of this input alone */
};

/* Replaces *source, the rows of all inputs as they lie there, by one whose rows are in the order of time within each
 * group, with shape.ranges (groups, in the order of their first rows, and what from and to leave of them), shape.breaks
 * (the option break-at-gaps) and group names. Where nothing has to move, rows stay where they are; else an index of 8
 * bytes a row is kept.
 *
 * Without about.has_times the source's times are numbers of a counter, which is ordered but has no place in time.
 * options->order: auto turns rows that are dated and wholly newest first round, and puts inputs that are given in
 * another order than that of time in order; where time goes back at one step of 20 or fewer, the rows
 * stay as they lie, with a warning; it refuses others whose time goes back. `time` sorts, earlier rows first
 * among equal times; `file` changes nothing. Ready sequences stay in their order.
 *
 * options->group_by: a column, which is the last one of options->sides (and not one of the result's), or "file".
 * Without it PLOTMILL_BAD_INPUT where a column of symbols changes its value, or where inputs are of different symbols;
 * "none" says that all rows are one series.
 *
 * Reports order, gaps, duplicates, and rows missing or repeated between inputs in a few log lines, and sets
 * source->read: a JSON array with an object for each of the first 64 inputs. Takes the source over when it succeeds.
 * The result's rows, times and side are thread-safe where those of the source are. */
enum plotmill_status source_arrange(struct source *source, const struct arrange_part *parts, size_t part_count,
                                    const struct source_options *options, const struct log *log,
                                    struct plotmill_error *error);

#define ARRANGE_LIST 64 /* inputs in `read` */

#endif
