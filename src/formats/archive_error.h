/* Why a call of libarchive failed. */
#ifndef FORMATS_ARCHIVE_ERROR_H
#define FORMATS_ARCHIVE_ERROR_H

struct archive;

struct archive_reason {
    char text[200]; /* one line */
};

/* `otherwise`: where libarchive gives no reason. */
struct archive_reason archive_reason(struct archive *archive, const char *otherwise);

#endif
