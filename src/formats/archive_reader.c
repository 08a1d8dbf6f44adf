#include "formats/archive_reader.h"

#include "plotmill_config.h"

#if HAVE_ARCHIVE

#include <archive.h>
#include <stdlib.h>

#include "base/strings.h"
#include "formats/archive_error.h"

#define BLOCK_BYTES (1 << 20)

enum plotmill_status archive_reader_init(struct archive_reader *reader, const char *path, struct plotmill_error *error)
{
    return string_keep(&reader->path, path, error);
}

void archive_reader_free(struct archive_reader *reader)
{
    archive_reader_close(reader);
    metadata_free(&reader->metadata);
    free(reader->path);
}

enum plotmill_status archive_reader_begin(struct archive_reader *reader, int (*format)(struct archive *),
                                          const char *name, struct plotmill_error *error)
{
    archive_reader_close(reader);
    reader->next = 0;
    reader->archive = archive_read_new();
    if (!reader->archive)
        return plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory for libarchive");
    if (format(reader->archive) != ARCHIVE_OK ||
        archive_read_open_filename(reader->archive, reader->path, BLOCK_BYTES) != ARCHIVE_OK)
        return archive_reader_damaged(reader, name, error);
    return PLOTMILL_OK;
}

void archive_reader_close(struct archive_reader *reader)
{
    if (reader->archive)
        archive_read_free(reader->archive);
    reader->archive = NULL;
}

enum plotmill_status archive_reader_damaged(const struct archive_reader *reader, const char *what,
                                            struct plotmill_error *error)
{
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: %s cannot be read: %s", reader->path, what,
                              archive_reason(reader->archive, "it ends too early").text);
}

void archive_reader_finish(struct archive_reader *reader, const char *format, const struct reader_impl *impl,
                           void *self, struct reader *opened)
{
    *opened = (struct reader){impl, self, reader->metadata.info};
    opened->info.format = format;
}

#endif
