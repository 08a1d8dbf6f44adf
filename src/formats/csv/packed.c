#include "formats/csv/stream.h"

#include "base/text.h"
#include "base/try.h"
#include "plotmill_config.h"

#if HAVE_ARCHIVE

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/strings.h"
#include "formats/archive_error.h"
#include "formats/csv/crc.h"

struct packed {
    struct archive *archive;
    char *path;
    bool gzip;
    struct crc crc; /* of a .gz, whose checksum libarchive leaves aside */
    uint64_t bytes; /* unpacked so far */
};

static void packed_close(void *self)
{
    struct packed *packed = self;
    if (packed->archive)
        archive_read_free(packed->archive);
    free(packed->path);
    free(packed);
}

static struct archive_reason reason(struct archive *archive)
{
    return archive_reason(archive, "unknown reason");
}

/* A .gz ends with the checksum and the length of its data, modulo 2^32. Where the length is another one the file holds
 * several members or bytes after the last, and the checksum is not for all that was read. */
static bool gzip_is_whole(const struct packed *packed)
{
    uint8_t end[8];
    uint32_t crc = 0, length = 0;
    uint64_t size = os_file_size(packed->path);
    FILE *file = os_open_file(packed->path, "rb");
    bool there =
        file && size > sizeof end && !os_seek(file, size - sizeof end) && fread(end, 1, sizeof end, file) == sizeof end;
    if (file)
        fclose(file);
    for (int i = 3; there && i >= 0; i--) {
        crc = crc << 8 | end[i];
        length = length << 8 | end[4 + i];
    }
    return there && (length != (uint32_t)packed->bytes || crc == packed->crc.value);
}

/* A warning counts as an error: it is what a wrong checksum gives. */
static enum plotmill_status packed_read(void *self, void *buffer, size_t size, size_t *got,
                                        struct plotmill_error *error)
{
    struct packed *packed = self;
    for (*got = 0; *got < size;) {
        la_ssize_t n = archive_read_data(packed->archive, (char *)buffer + *got, size - *got);
        if (n < 0)
            return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: damaged or cut short: %s", packed->path,
                                      reason(packed->archive).text);
        if (n == 0)
            break;
        *got += (size_t)n;
    }
    packed->bytes += *got;
    if (packed->gzip)
        crc_add(&packed->crc, buffer, *got);
    if (packed->gzip && *got < size && !gzip_is_whole(packed))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: damaged: the checksum is wrong", packed->path);
    return PLOTMILL_OK;
}

static enum plotmill_status open_archive(struct archive **archive, const char *path, bool zip,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    *archive = archive_read_new();
    if (!*archive)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory");
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
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: not a .gz file: it does not begin as one", path);
done:
    return status;
}

/* Apple's archiver adds a shadow of each member. */
static bool is_table(const char *member)
{
    return member && strncmp(member, "__MACOSX/", 9) != 0 && (text_ends(member, ".csv") || text_ends(member, ".tsv"));
}

static const char *member_name(struct archive_entry *entry)
{
    const char *name = archive_entry_pathname_utf8(entry);
    return name ? name : archive_entry_pathname(entry);
}

/* Finds the one table among the members; *name is the caller's to free. */
static enum plotmill_status find_member(const char *path, char **name, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct archive *archive = NULL;
    struct archive_entry *entry;
    struct text_list tables = {0}, others = {0};
    int outcome;
    TRY(open_archive(&archive, path, true, error));
    while ((outcome = archive_read_next_header(archive, &entry)) == ARCHIVE_OK || outcome == ARCHIVE_WARN) {
        const char *member = member_name(entry);
        struct text_quote quote = text_quote(member ? member : "?", member ? strlen(member) : 1);
        text_list_add(is_table(member) ? &tables : &others, "%s", quote.text);
        if (is_table(member) && !*name && !(*name = string_copy(member)))
            FAIL(error, PLOTMILL_NO_MEMORY, "out of memory");
    }
    if (outcome != ARCHIVE_EOF)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: not a .zip file, or damaged: %s", path, reason(archive).text);
    text_list_end(&tables);
    text_list_end(&others);
    if (tables.items > 1)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: %zu tables inside, expected one: %s", path, tables.items, tables.text);
    if (tables.items == 0)
        FAIL(error, PLOTMILL_BAD_INPUT, "%s: no .csv or .tsv inside, found %s", path,
             others.items ? others.text : "nothing");
done:
    if (archive)
        archive_read_free(archive);
    return status;
}

static enum plotmill_status go_to_member(struct packed *packed, const char *name, struct plotmill_error *error)
{
    struct archive_entry *entry;
    int outcome;
    while ((outcome = archive_read_next_header(packed->archive, &entry)) == ARCHIVE_OK || outcome == ARCHIVE_WARN) {
        const char *member = member_name(entry);
        if (!name || (member && !strcmp(member, name)))
            return PLOTMILL_OK;
    }
    if (outcome == ARCHIVE_EOF && !name)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: empty file", packed->path);
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: damaged: %s", packed->path, reason(packed->archive).text);
}

enum plotmill_status stream_open_packed(struct stream *stream, const char *path, bool zip, struct plotmill_error *error)
{
    static const struct stream_ops packed_ops = {packed_read, packed_close};
    enum plotmill_status status = PLOTMILL_OK;
    struct packed *packed = NULL;
    TRY_ALLOCATE(error, packed, 1, sizeof *packed);
    packed->path = string_copy(path);
    packed->gzip = !zip;
    crc_init(&packed->crc);
    if (zip)
        TRY(find_member(path, &stream->name, error));
    else
        stream->name = string_start(path, strlen(path) - 3);
    if (!packed->path || !stream->name)
        FAIL(error, PLOTMILL_NO_MEMORY, "out of memory");
    TRY(open_archive(&packed->archive, path, zip, error));
    TRY(go_to_member(packed, zip ? stream->name : NULL, error));
    stream->ops = &packed_ops;
    stream->self = packed;
done:
    if (status && packed)
        packed_close(packed);
    return status;
}

#else

enum plotmill_status stream_open_packed(struct stream *stream, const char *path, bool zip, struct plotmill_error *error)
{
    (void)stream;
    return plotmill_error_set(error, PLOTMILL_UNSUPPORTED, "%s: this plotmill was built without libarchive, which %s",
                              path, zip ? ".zip needs" : ".gz needs");
}

#endif
