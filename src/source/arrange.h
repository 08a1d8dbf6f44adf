/* The order of the rows of all inputs: by time, in groups, broken at gaps. */
#ifndef SOURCE_ARRANGE_H
#define SOURCE_ARRANGE_H

#include "base/log.h"
#include "formats/format.h"

/* One of the inputs, in the order in which they were given. */
struct arrange_part {
    const struct input *input;
    uint64_t first, count; /* its samples */
};

/* Replaces *source, the rows of all inputs as they lie there, by one whose rows are in the order of time within each
 * group, with shape.ranges (groups, in the order of their first rows), shape.breaks (the option break-at-gaps) and
 * group names. Reports order, gaps, duplicates, and rows missing or repeated between inputs to the log, and adds them
 * to about.reading. options->order: auto puts rows that are wholly reversed, and inputs that are given in another order
 * than that of time, in order, and refuses others whose time goes back; `time` sorts, earlier rows first among equal
 * times; `file` changes nothing. PLOTMILL_BAD_INPUT without group-by where a column of symbols changes its value, or
 * where inputs are of different symbols. Takes the source over when it succeeds. */
enum plotmill_status source_arrange(struct source *source, const struct arrange_part *parts, size_t part_count,
                                    const struct source_options *options, const struct log *log,
                                    struct plotmill_error *error);

#endif
