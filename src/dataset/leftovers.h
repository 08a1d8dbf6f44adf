/* What a run that was killed left of the files it was making. */
#ifndef DATASET_LEFTOVERS_H
#define DATASET_LEFTOVERS_H

#include <stdint.h>

#include "base/log.h"

/* Removes the unfinished files of files begin..end-1 of the whole at `path`, and of the whole itself: temporary names
 * that nobody holds the lock of (base/os.h). PLOTMILL_BAD_INPUT when somebody does: another process makes the same
 * files. Where the file system knows no locks they are let be. */
enum plotmill_status leftovers_remove(const char *path, uint64_t begin, uint64_t end, const struct log *log,
                                      struct plotmill_error *error);

#endif
