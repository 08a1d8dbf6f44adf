/* What the members of a tar of images are called, for who writes and who reads it: a PNG file and a JSON file for each
 * image, as WebDataset groups them into samples. */
#ifndef FORMATS_TAR_H
#define FORMATS_TAR_H

#include <inttypes.h>

/* The index in nine digits or more, then the extension. */
#define TAR_MEMBER "%09" PRIu64 "%s"
#define TAR_MEMBER_SIZE 32
#define TAR_IMAGE ".png"
#define TAR_LABEL ".json"

/* The extended attribute of the first member that holds the mark: no member of its own, which would be a sample. */
#define TAR_MARK "user.plotmill"

#endif
