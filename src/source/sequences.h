/* Ready sequences that are longer than a window, as one long series of which each sequence is a range: windows are cut
 * inside of sequences, never across. Samples keep their numbers: sample t of sequence n of L samples is n L + t, which
 * is also its row (source_ops.rows), so that a window_start says both. */
#ifndef SOURCE_SEQUENCES_H
#define SOURCE_SEQUENCES_H

#include "formats/format.h"

/* Whether windows of `window` samples are cut from sequences of this shape. */
static inline bool sequences_are_cut(struct source_shape shape, uint64_t window)
{
    return window && window < shape.row_length;
}

/* Replaces *source where its sequences are cut; else does nothing. Ranges of sequences become a range for each of them.
 * A sequence whose range has no group of its own is a group: its number is that of the sequence. Side columns have the
 * value of the sequence; times inside of a sequence are unknown. On failure *source is as before. */
enum plotmill_status sequences_cut(struct source *source, uint64_t window, struct plotmill_error *error);

/* The ranges of a shape whose sequences are cut, and the shape with them; *ranges is to be freed. */
enum plotmill_status sequences_ranges(struct source_range **ranges, struct source_shape *shape, bool groups,
                                      struct plotmill_error *error);

#endif
