#include "formats/archive_error.h"

#include "plotmill_config.h"

#if HAVE_ARCHIVE

#include <archive.h>
#include <stdio.h>
#include <string.h>

/* libarchive ends some of its messages with a line end. */
struct archive_reason archive_reason(struct archive *archive, const char *otherwise)
{
    struct archive_reason reason;
    const char *text = archive ? archive_error_string(archive) : NULL;
    snprintf(reason.text, sizeof reason.text, "%s", text ? text : otherwise);
    reason.text[strcspn(reason.text, "\r\n")] = 0;
    return reason;
}

#endif
