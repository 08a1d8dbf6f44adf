/* An output that appears under its final name only when it is complete: it is built under a temporary name in the
 * same folder, then renamed. */
#ifndef BASE_OUTPUT_H
#define BASE_OUTPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "plotmill/status.h"

struct output {
    char *path;      /* the final name */
    char *temporary; /* the name to build under, same folder */
    bool folder;     /* a folder rather than a file */
    bool force;      /* replaces an existing output */
    FILE *held;      /* the temporary file, locked; NULL: not */
};

/* Refuses an existing path unless `force` (PLOTMILL_BAD_INPUT), and a folder that does not hold the file
 * OUTPUT_MARK even then: only plotmill's own folders are replaced. Creates nothing. */
enum plotmill_status output_init(struct output *output, const char *path, bool folder, bool force,
                                 struct plotmill_error *error);
/* Refuses (PLOTMILL_BAD_INPUT) what will take `bytes` where fewer are free, so that hours of work do not end in a full
 * disk. What is small is let pass: it fails soon enough. */
enum plotmill_status output_check_room(const char *path, uint64_t bytes, struct plotmill_error *error);

/* Makes the temporary file, empty, and holds its lock until it is in place or discarded: other processes then know that
 * it is being written, and not what a killed one left. */
enum plotmill_status output_hold(struct output *output, struct plotmill_error *error);

/* Renames to the final name what has reached the disk by then: a power cut leaves all of it or nothing. */
enum plotmill_status output_commit(struct output *output, struct plotmill_error *error);
void output_discard(struct output *output); /* remove what was built */
void output_free(struct output *output);

/* `rest` is what a temporary name has more than the final one. */
bool output_is_temporary(const char *rest);

/* The file in a folder that says plotmill made it (and holds its description). */
#define OUTPUT_MARK "plotmill.json"

#endif
