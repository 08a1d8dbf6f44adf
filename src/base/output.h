/* An output that appears under its final name only when it is complete: it is built under a temporary name in the same
 * folder, unique among all machines that share it, then renamed. A symbolic link stays, and what it leads to is made or
 * replaced. Not thread-safe per output. */
#ifndef BASE_OUTPUT_H
#define BASE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

struct output {
    char *path;      /* the final name, for messages */
    char *target;    /* what is made or replaced: where `path`, if it is a symbolic link, leads */
    char *temporary; /* the name to build under */
    bool folder;     /* a folder, not a file */
    bool force;      /* replaces an existing output */
    bool inside;     /* the folder exists and stays: it is empty, or a mount point */
    FILE *held;      /* the locked temporary file, or NULL */
};

/* The file in a folder that shows that plotmill made it, and holds its metadata. */
#define OUTPUT_MARK "plotmill.json"

/* Makes nothing yet. An empty folder is taken for one that does not exist, and is filled. PLOTMILL_BAD_INPUT: the
 * parent folder is missing; the path exists and `force` is false; it is of the other kind; or it is a folder without
 * OUTPUT_MARK. */
enum plotmill_status output_init(struct output *output, const char *path, bool folder, bool force,
                                 struct plotmill_error *error);

/* Refuses (PLOTMILL_BAD_INPUT) to replace a file that another program has open and locked, as programs with HDF5 do.
 * For the time before the first image: what is finished replaces it anyway. */
enum plotmill_status output_check_locks(const char *path, struct plotmill_error *error);

/* Refuses (PLOTMILL_BAD_INPUT) an output of more than 128 MiB that does not fit into the free space. */
enum plotmill_status output_check_room(const char *path, uint64_t bytes, struct plotmill_error *error);

/* Makes an empty temporary file and locks it until output_commit or output_discard, so that other processes do not take
 * it for the remains of a killed one. */
enum plotmill_status output_hold(struct output *output, struct plotmill_error *error);

/* Syncs what was built to the disk, then renames it to the final name: a power cut leaves all of it or nothing. */
enum plotmill_status output_commit(struct output *output, struct plotmill_error *error);

/* The same for `count` files, in this order: all get their final names or, on failure, none, and those that the others
 * had replaced are there again. */
#define OUTPUTS_MAX 4
enum plotmill_status output_commit_all(struct output *const outputs[], size_t count, struct plotmill_error *error);

/* Writes a whole file under the final name, without sync; may be repeated. */
enum plotmill_status output_write(const struct output *output, const void *data, size_t size,
                                  struct plotmill_error *error);

void output_discard(struct output *output); /* removes what was built */

/* Removes a file, and not the symbolic link that leads to it. false, and errno: failed. */
bool output_remove(const char *path);
void output_free(struct output *output);

/* Whether `suffix` is what a temporary name adds to the final name. */
bool output_is_temporary(const char *suffix);

#endif
