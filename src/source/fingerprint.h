/* What input files are, so that a later run can tell whether it has the same ones before it: as a JSON object of
 *
 *     files, bytes      how many, and of how many bytes in all, as they lie on disk (packed files are not unpacked)
 *     hash              of all files, in their order, by their contents
 *     column, dataset   as they were asked for, or null
 *     from, to          likewise, but not there where they were not asked for
 *     list              of at most FINGERPRINT_LIST files: the name without its folder, bytes and hash of each
 *     samples           of the source that they make, and row_length: of ready sequences, else 0
 *
 * A file's hash is over all its bytes up to FINGERPRINT_BLOCKS blocks of FINGERPRINT_BLOCK bytes (64 MiB), and over so
 * many blocks spread evenly from its first to its last byte where it is larger: an edit in place between them, which
 * keeps the size, goes unseen. */
#ifndef SOURCE_FINGERPRINT_H
#define SOURCE_FINGERPRINT_H

#include <stddef.h>

#include "plotmill/source.h"

#define FINGERPRINT_LIST 64
#define FINGERPRINT_BLOCKS 64
#define FINGERPRINT_BLOCK ((size_t)1 << 20)

/* All but samples and row_length: known without reading the files whole. *text is freed by the caller. `options` may
 * be NULL. */
enum plotmill_status fingerprint_files(char **text, const char *const *paths, size_t count,
                                       const struct plotmill_source_options *options, struct plotmill_error *error);

/* Adds those two. */
enum plotmill_status fingerprint_add_shape(char **text, struct plotmill_source_shape shape,
                                           struct plotmill_error *error);

#endif
