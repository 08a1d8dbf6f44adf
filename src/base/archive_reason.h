/* Why a call of libarchive failed. */
#ifndef BASE_ARCHIVE_REASON_H
#define BASE_ARCHIVE_REASON_H

struct archive;

struct archive_reason {
    char text[200]; /* one line */
};

/* `otherwise`: where libarchive gives no reason. */
struct archive_reason archive_reason(struct archive *archive, const char *otherwise);

#endif
