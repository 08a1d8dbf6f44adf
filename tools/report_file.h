/* A small file that appears under its name when it is whole, and replaces what stands there. */
#ifndef TOOLS_REPORT_FILE_H
#define TOOLS_REPORT_FILE_H

#include "console.h"

struct report_file {
    const char *option; /* "--plot": how messages call it */
    const char *path;
    char temporary[1100];
    FILE *out;
};

/* Returns OPTIONS_GO_ON, or the exit code after a message. */
int report_file_open(struct report_file *file, const char *option, const char *path, struct console *console);
/* Puts it under its name, or removes it where `keep` is 0. */
int report_file_close(struct report_file *file, int keep, struct console *console);

#endif
