/* A description of input files by which a later run recognises them, as a JSON object:
 *
 *     files, bytes      their number and total size on disk (compressed files are not decompressed); a table in memory
 *                       counts as a file
 *     hash              of the contents of all files, in their order
 *     column, dataset   as given by the options, or null
 *     columns, ...      likewise, the other options of fingerprint_choices, absent if not given
 *     list              of at most FINGERPRINT_LIST files: name without folder, bytes and hash of each
 *     samples           of the source; row_length: of ready sequences, else 0
 *
 * The hash of a file covers all its bytes up to FINGERPRINT_BLOCKS blocks of FINGERPRINT_BLOCK bytes (64 MiB). Of a
 * larger file it covers that many blocks, spread evenly from the first to the last byte: an edit in place between them
 * that keeps the size is not noticed. */
#ifndef SOURCE_FINGERPRINT_H
#define SOURCE_FINGERPRINT_H

#include <stddef.h>

#include "formats/input.h"

#define FINGERPRINT_LIST 64
#define FINGERPRINT_BLOCKS 64
#define FINGERPRINT_BLOCK ((size_t)1 << 20)

/* The options that say what is read, by their names with underscores; NULL ends them. */
extern const char *const fingerprint_choices[];

/* Everything but samples and row_length. *text is freed by the caller. `options` may be NULL. */
enum plotmill_status fingerprint_files(char **text, const struct input_list *inputs,
                                       const struct source_options *options, struct plotmill_error *error);

/* The same of files that are not open yet. */
enum plotmill_status fingerprint_paths(char **text, const char *const *paths, size_t count,
                                       const struct source_options *options, struct plotmill_error *error);

/* Adds samples and row_length. */
enum plotmill_status fingerprint_add_shape(char **text, struct source_shape shape, struct plotmill_error *error);

#endif
