/* What a window set reports, and how it is described. */
#ifndef SOURCE_WINDOW_COUNTS_H
#define SOURCE_WINDOW_COUNTS_H

#include "source/window_set.h"

/* The part of an image. */
enum image_split window_set_split(const struct window_set *set, uint64_t image);

/* Fills counts and classes, from windows, runs and data. */
enum plotmill_status window_counts_fill(struct window_set *set, struct plotmill_error *error);

#endif
