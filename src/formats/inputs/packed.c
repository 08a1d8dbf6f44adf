#include "formats/inputs/packed.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"
#include "formats/archive.h"

struct packed_stream {
    struct archive *archive;
    char *path, *name;
    char *member;
    bool encrypted;    /* the member */
    bool gzip;         /* alone: libarchive does not check its checksum */
    uint32_t checksum; /* so far */
    uint64_t bytes;    /* decompressed so far */
};

static struct archive_reason reason(const struct packed_stream *stream)
{
    return archive_reason(stream->archive, "unknown reason");
}

static bool is_zip(const char *path)
{
    char magic[4] = "";
    FILE *file = fopen(path, "rb");
    const size_t got = file ? fread(magic, 1, sizeof magic, file) : 0;
    if (file)
        fclose(file);
    return got == sizeof magic && !memcmp(magic, "PK", 2);
}

enum plotmill_status packed_begin(struct packed_stream **made, const char *path, const char *name,
                                  struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct packed_stream *stream = NULL;
    const bool zip = is_zip(path);
    TRY_ALLOCATE(error, stream, 1, sizeof *stream);
    TRY(string_keep(&stream->path, path, error));
    TRY(string_keep(&stream->name, name, error));
    stream->archive = archive_read_new();
    TRY_MEMORY(error, stream->archive);
    if (zip) {
        archive_read_support_format_zip_seekable(stream->archive);
    } else {
        archive_read_support_filter_all(stream->archive);
        archive_read_support_format_tar(stream->archive);
        archive_read_support_format_raw(stream->archive);
        archive_read_support_format_empty(stream->archive);
    }
    if (archive_read_open_filename(stream->archive, path, 1 << 18))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: damaged or truncated: %s", name, reason(stream).text);
    *made = stream;
    stream = NULL;
done:
    packed_close(stream);
    return status;
}

/* In UTF-8 where libarchive knows the encoding, for which it needs a locale with UTF-8; else the bytes as they are. */
static char *name_of(struct archive_entry *entry)
{
    const char *name = archive_entry_pathname_utf8(entry);
    if (!name)
        name = archive_entry_pathname(entry);
    return string_copy(name ? name : "?");
}

/* Apple's archivers add resource forks. */
static bool is_input(struct archive_entry *entry, const char *member)
{
    return archive_entry_filetype(entry) == AE_IFREG && strncmp(member, "__MACOSX/", 9) != 0 &&
           strncmp(path_name(member), "._", 2) != 0 && *path_name(member);
}

/* *name: that of the member, freed by the caller; NULL: out of memory. */
static int next_header(struct archive *archive, struct archive_entry **entry, char **name)
{
    void *former = os_begin_utf8();
    const int outcome = archive_read_next_header(archive, entry);
    *name = outcome == ARCHIVE_OK || outcome == ARCHIVE_WARN ? name_of(*entry) : NULL;
    os_end_utf8(former);
    return outcome;
}

enum plotmill_status packed_next(struct packed_stream *stream, bool *found, const char **member,
                                 struct plotmill_error *error)
{
    struct archive_entry *entry;
    *found = false;
    for (;;) {
        free(stream->member);
        const int outcome = next_header(stream->archive, &entry, &stream->member);
        if (outcome == ARCHIVE_EOF)
            return PLOTMILL_OK;
        if (outcome != ARCHIVE_OK && outcome != ARCHIVE_WARN)
            return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: damaged or truncated: %s", stream->name,
                                      reason(stream).text);
        if (!stream->member)
            return plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
        const bool raw = archive_format(stream->archive) == ARCHIVE_FORMAT_RAW;
        if (!raw && !is_input(entry, stream->member))
            continue;
        if (raw)
            *stream->member = 0;
        stream->gzip = raw && archive_filter_code(stream->archive, 0) == ARCHIVE_FILTER_GZIP &&
                       archive_filter_count(stream->archive) == 2;
        stream->encrypted = archive_entry_is_data_encrypted(entry);
        stream->checksum = 0;
        stream->bytes = 0;
        *member = stream->member;
        *found = true;
        return PLOTMILL_OK;
    }
}

enum plotmill_status packed_open(struct packed_stream **made, const char *path, const char *member, const char *name,
                                 struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct packed_stream *stream = NULL;
    const char *at = "";
    bool found;
    TRY(packed_begin(&stream, path, name, error));
    do
        TRY(packed_next(stream, &found, &at, error));
    while (found && member && strcmp(at, member));
    if (!found)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: empty file", name);
    *made = stream;
    stream = NULL;
done:
    packed_close(stream);
    return status;
}

/* A .gz ends with the checksum and the length of its data, modulo 2^32. If the length differs, the file has several
 * members or trailing bytes, and the checksum does not cover all that was read. */
static bool gzip_is_whole(const struct packed_stream *stream)
{
    uint8_t end[8];
    uint32_t checksum = 0, length = 0;
    uint64_t size = os_file_size(stream->path);
    FILE *file = fopen(stream->path, "rb");
    bool complete =
        file && size > sizeof end && !os_seek(file, size - sizeof end) && fread(end, 1, sizeof end, file) == sizeof end;
    if (file)
        fclose(file);
    for (int i = 3; complete && i >= 0; i--) {
        checksum = checksum << 8 | end[i];
        length = length << 8 | end[4 + i];
    }
    return complete && (length != (uint32_t)stream->bytes || checksum == stream->checksum);
}

/* A warning counts as an error: libarchive reports a wrong checksum as one. */
enum plotmill_status packed_read(struct packed_stream *stream, void *buffer, size_t size, size_t *got,
                                 struct plotmill_error *error)
{
    *got = 0;
    while (*got < size) {
        la_ssize_t n = archive_read_data(stream->archive, (char *)buffer + *got, size - *got);
        if (n < 0 && stream->encrypted)
            return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                      "%s: is encrypted: extract it first, with its password", stream->name);
        if (n < 0)
            return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: damaged or truncated: %s", stream->name,
                                      reason(stream).text);
        if (n == 0)
            break;
        *got += (size_t)n;
    }
    stream->bytes += *got;
    if (stream->gzip)
        stream->checksum = (uint32_t)crc32_z(stream->checksum, buffer, *got);
    if (stream->gzip && *got < size && !gzip_is_whole(stream))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: damaged: the checksum is wrong", stream->name);
    return PLOTMILL_OK;
}

void packed_close(struct packed_stream *stream)
{
    if (!stream)
        return;
    if (stream->archive)
        archive_read_free(stream->archive);
    free(stream->path);
    free(stream->name);
    free(stream->member);
    free(stream);
}

enum plotmill_status packed_list(struct packed_members *members, const char *path, const char *name,
                                 struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct packed_stream *stream = NULL;
    const char *member;
    bool found = true;
    *members = (struct packed_members){0};
    TRY(packed_begin(&stream, path, name, error));
    while (found) {
        TRY(packed_next(stream, &found, &member, error));
        if (!found)
            break;
        members->archive = archive_format(stream->archive) != ARCHIVE_FORMAT_RAW;
        const size_t count = members->count;
        if ((count & (count - 1)) == 0) { /* it doubles whenever its length is a power of two */
            struct packed_member *grown = realloc(members->items, (count ? 2 * count : 1) * sizeof *grown);
            TRY_MEMORY(error, grown);
            members->items = grown;
        }
        members->items[members->count].name = NULL;
        TRY(string_keep(&members->items[members->count++].name, member, error));
        found = members->archive; /* a compressed file has one */
    }
done:
    packed_close(stream);
    return status;
}

void packed_members_free(struct packed_members *members)
{
    for (size_t i = 0; i < members->count; i++)
        free(members->items[i].name);
    free(members->items);
    *members = (struct packed_members){0};
}
