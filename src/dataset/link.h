/* See plotmill_link. */
#ifndef DATASET_LINK_H
#define DATASET_LINK_H

#include <stdbool.h>

#include "plotmill/link.h"

enum plotmill_status link_files(const char *path, bool force, struct plotmill_link_summary *summary,
                                struct plotmill_error *error);

#endif
