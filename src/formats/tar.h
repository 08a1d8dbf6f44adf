/* What a tar of images for WebDataset consists of; for the files of that format only. */
#ifndef FORMATS_TAR_H
#define FORMATS_TAR_H

#include <inttypes.h>

/* The names of members: the index in nine digits or more, then the extension. */
#define TAR_MEMBER "%09" PRIu64 "%s"
#define TAR_MEMBER_SIZE 32
#define TAR_IMAGE ".png"
#define TAR_LABEL ".json"
#define TAR_CLASS ".cls"

/* The metadata is an extended attribute of the first member: a member of its own would be a sample. */
#define TAR_METADATA "user.plotmill"

#endif
