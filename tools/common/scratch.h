/* A place for outputs that are not kept: a folder beside the real one, on the same disk. */
#ifndef TOOLS_COMMON_SCRATCH_H
#define TOOLS_COMMON_SCRATCH_H

#include "tools/common/console.h"

struct scratch {
    char folder[1024];
    char path[1100]; /* in the folder, of the same name as the output */
};

/* For an output at `output`, which need not exist. Returns OPTIONS_GO_ON, or the exit code after a message. */
int scratch_make(struct scratch *scratch, const char *output, struct console *console);

/* Removes the folder and whatever stands in it; nothing where none was made (all zero). */
void scratch_remove(struct scratch *scratch);

#endif
