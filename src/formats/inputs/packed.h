/* Compressed files and archives, read by libarchive. A build without it refuses them. */
#ifndef FORMATS_INPUTS_PACKED_H
#define FORMATS_INPUTS_PACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/input.h"

/* A member that may be an input: no folder, no resource fork of macOS. */
struct packed_member {
    char *name; /* UTF-8 as far as known; owned */
};

struct packed_members {
    struct packed_member *items;
    size_t count;
    bool archive; /* false: one compressed file, whose only member has no name */
};

/* Lists what the file at `path` holds; `name` is that of messages. Free *members with packed_members_free, also after
 * a failure. */
enum plotmill_status packed_list(struct packed_members *members, const char *path, const char *name,
                                 struct plotmill_error *error);
void packed_members_free(struct packed_members *members);

/* The bytes of one member, from its beginning. */
struct packed_stream;

/* member NULL: the only one of a compressed file. Freed with packed_close. */
enum plotmill_status packed_open(struct packed_stream **stream, const char *path, const char *member, const char *name,
                                 struct plotmill_error *error);

/* Goes on to the next member that packed_list would list; *found false: there is none. *member belongs to the stream.
 */
enum plotmill_status packed_next(struct packed_stream *stream, bool *found, const char **member,
                                 struct plotmill_error *error);

/* Opens before the first member, for packed_next. */
enum plotmill_status packed_begin(struct packed_stream **stream, const char *path, const char *name,
                                  struct plotmill_error *error);

/* Fills the buffer; *got < size only at the end of the member. */
enum plotmill_status packed_read(struct packed_stream *stream, void *buffer, size_t size, size_t *got,
                                 struct plotmill_error *error);
void packed_close(struct packed_stream *stream); /* takes NULL */

#endif
