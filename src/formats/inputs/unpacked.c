/* In place of packed.c where libarchive or zlib is missing. */
#include "base/error.h"
#include "formats/inputs/packed.h"

static enum plotmill_status refuse(const char *name, struct plotmill_error *error)
{
    return plotmill_error_set(
        error, PLOTMILL_UNSUPPORTED,
        "%s: compressed files and archives need libarchive and zlib, which this build of plotmill "
        "lacks: decompress it first",
        name);
}

enum plotmill_status packed_list(struct packed_members *members, const char *path, const char *name,
                                 struct plotmill_error *error)
{
    (void)path;
    *members = (struct packed_members){0};
    return refuse(name, error);
}

void packed_members_free(struct packed_members *members)
{
    (void)members;
}

enum plotmill_status packed_open(struct packed_stream **stream, const char *path, const char *member, const char *name,
                                 struct plotmill_error *error)
{
    (void)path, (void)member;
    *stream = NULL;
    return refuse(name, error);
}

enum plotmill_status packed_begin(struct packed_stream **stream, const char *path, const char *name,
                                  struct plotmill_error *error)
{
    return packed_open(stream, path, NULL, name, error);
}

enum plotmill_status packed_next(struct packed_stream *stream, bool *found, const char **member,
                                 struct plotmill_error *error)
{
    (void)stream, (void)member;
    *found = false;
    return refuse("the input", error);
}

enum plotmill_status packed_read(struct packed_stream *stream, void *buffer, size_t size, size_t *got,
                                 struct plotmill_error *error)
{
    (void)stream, (void)buffer, (void)size;
    *got = 0;
    return refuse("the input", error);
}

void packed_close(struct packed_stream *stream)
{
    (void)stream;
}
