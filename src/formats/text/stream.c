#include "formats/text/stream.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/strings.h"
#include "base/try.h"
#include "plotmill_config.h"

#define HAVE_PACKED (HAVE_ARCHIVE && HAVE_ZLIB)
#if HAVE_PACKED
#include <archive.h>
#include <archive_entry.h>
#include <zlib.h>

#include "formats/archive.h"
#endif

struct archive;

struct stream {
    char *path, *name;
    FILE *file;              /* a plain file */
    struct archive *archive; /* a .gz or .zip */
    bool gzip;
    uint32_t checksum; /* of a .gz, which libarchive does not check */
    uint64_t bytes;    /* decompressed so far */
};

#if HAVE_PACKED

static struct archive_reason reason(struct archive *archive)
{
    return archive_reason(archive, "unknown reason");
}

/* A .gz ends with the checksum and the length of its data, modulo 2^32. If the length differs, the file has several
 * members or trailing bytes, and the checksum does not cover all that was read. */
static bool gzip_is_whole(const struct stream *stream)
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

static enum plotmill_status open_archive(struct archive **archive, const char *path, bool zip,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    *archive = archive_read_new();
    TRY_MEMORY(error, *archive);
    if (zip) {
        archive_read_support_format_zip_seekable(*archive);
    } else {
        archive_read_support_filter_gzip(*archive);
        archive_read_support_format_raw(*archive);
        archive_read_support_format_empty(*archive);
    }
    if (archive_read_open_filename(*archive, path, 1 << 18))
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: not a %s file, or damaged: %s", path, zip ? ".zip" : ".gz",
             reason(*archive).text);
    if (!zip && archive_filter_code(*archive, 0) != ARCHIVE_FILTER_GZIP)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: not a .gz file: the gzip signature is missing", path);
done:
    return status;
}

/* The next member's entry, NULL at the end or after an error; *outcome is what libarchive returned. */
static struct archive_entry *next_member(struct archive *archive, int *outcome)
{
    struct archive_entry *entry;
    *outcome = archive_read_next_header(archive, &entry);
    return *outcome == ARCHIVE_OK || *outcome == ARCHIVE_WARN ? entry : NULL;
}

static const char *member_name(struct archive_entry *entry)
{
    const char *name = archive_entry_pathname_utf8(entry);
    if (!name)
        name = archive_entry_pathname(entry);
    return name ? name : "?";
}

/* Apple's archiver adds a resource fork for each member. */
static bool is_table(const char *member)
{
    return strncmp(member, "__MACOSX/", 9) != 0 && (text_ends(member, ".csv") || text_ends(member, ".tsv"));
}

/* Finds the only table among the members; *name is freed by the caller. */
static enum plotmill_status find_table(const char *path, char **name, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct archive *archive = NULL;
    struct archive_entry *entry;
    struct text_list tables = {0}, others = {0};
    int outcome;
    TRY(open_archive(&archive, path, true, error));
    while ((entry = next_member(archive, &outcome))) {
        const char *member = member_name(entry);
        text_list_add(is_table(member) ? &tables : &others, "%s", text_quote(member, strlen(member)).text);
        if (is_table(member) && !*name && !(*name = string_copy(member)))
            FAIL(error, PLOTMILL_NO_MEMORY, "out of memory");
    }
    if (outcome != ARCHIVE_EOF)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: not a .zip file, or damaged: %s", path, reason(archive).text);
    text_list_end(&tables);
    text_list_end(&others);
    if (tables.items > 1)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: contains %zu tables, expected one: %s", path, tables.items, tables.text);
    if (tables.items == 0)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: contains no .csv or .tsv, found %s", path,
             others.items ? others.text : "nothing");
done:
    if (archive)
        archive_read_free(archive);
    return status;
}

static enum plotmill_status open_packed(struct stream *stream, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const char *path = stream->path;
    struct archive_entry *entry;
    int outcome;
    if (stream->gzip)
        stream->name = string_start(path, strlen(path) - strlen(".gz"));
    else
        TRY(find_table(path, &stream->name, error));
    TRY_MEMORY(error, stream->name);
    TRY(open_archive(&stream->archive, path, !stream->gzip, error));
    do
        entry = next_member(stream->archive, &outcome);
    while (entry && !stream->gzip && strcmp(member_name(entry), stream->name));
    if (!entry && outcome == ARCHIVE_EOF && stream->gzip)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: empty file", path);
    if (!entry)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: damaged: %s", path, reason(stream->archive).text);
done:
    return status;
}

/* A warning counts as an error: libarchive reports a wrong checksum as one. */
static enum plotmill_status read_packed(struct stream *stream, void *buffer, size_t size, size_t *got,
                                        struct plotmill_error *error)
{
    while (*got < size) {
        la_ssize_t n = archive_read_data(stream->archive, (char *)buffer + *got, size - *got);
        if (n < 0)
            return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: damaged or truncated: %s", stream->path,
                                      reason(stream->archive).text);
        if (n == 0)
            break;
        *got += (size_t)n;
    }
    stream->bytes += *got;
    if (stream->gzip)
        stream->checksum = (uint32_t)crc32_z(stream->checksum, buffer, *got);
    if (stream->gzip && *got < size && !gzip_is_whole(stream))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: damaged: the checksum is wrong", stream->path);
    return PLOTMILL_OK;
}

#else

static enum plotmill_status open_packed(struct stream *stream, struct plotmill_error *error)
{
    return plotmill_error_set(error, PLOTMILL_UNSUPPORTED,
                              "%s: %s needs libarchive and zlib, which this build of plotmill lacks", stream->path,
                              stream->gzip ? ".gz" : ".zip");
}

static enum plotmill_status read_packed(struct stream *stream, void *buffer, size_t size, size_t *got,
                                        struct plotmill_error *error)
{
    (void)buffer, (void)size, (void)got;
    return open_packed(stream, error);
}

static void archive_read_free(struct archive *archive)
{
    (void)archive;
}

#endif

enum plotmill_status stream_open(struct stream **made, const char *path, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct stream *stream = NULL;
    TRY(input_check(path, error));
    TRY_ALLOCATE(error, stream, 1, sizeof *stream);
    stream->path = string_copy(path);
    TRY_MEMORY(error, stream->path);
    stream->gzip = text_ends(path, ".gz");
    if (stream->gzip || text_ends(path, ".zip")) {
        TRY(open_packed(stream, error));
    } else {
        stream->name = string_copy(path);
        stream->file = fopen(path, "rb");
        if (!stream->file)
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: cannot be opened: %s", path, strerror(errno));
        TRY_MEMORY(error, stream->name);
    }
    *made = stream;
    stream = NULL;
done:
    stream_close(stream);
    return status;
}

const char *stream_name(const struct stream *stream)
{
    return stream->name;
}

enum plotmill_status stream_read(struct stream *stream, void *buffer, size_t size, size_t *got,
                                 struct plotmill_error *error)
{
    *got = 0;
    if (stream->archive)
        return read_packed(stream, buffer, size, got, error);
    *got = fread(buffer, 1, size, stream->file);
    if (*got < size && ferror(stream->file))
        return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s: reading failed: %s", stream->path, strerror(errno));
    return PLOTMILL_OK;
}

void stream_close(struct stream *stream)
{
    if (!stream)
        return;
    if (stream->archive)
        archive_read_free(stream->archive);
    if (stream->file)
        fclose(stream->file);
    free(stream->path);
    free(stream->name);
    free(stream);
}

enum plotmill_status input_check(const char *path, struct plotmill_error *error)
{
    if (!os_exists(path))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: no such file", path);
    if (os_is_folder(path))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: is a folder, expected a file", path);
    if (os_file_size(path) == 0)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: empty file", path);
    return PLOTMILL_OK;
}
