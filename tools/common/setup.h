/* What commands do before their work: checks of options, the window, the library handle. */
#ifndef TOOLS_COMMON_SETUP_H
#define TOOLS_COMMON_SETUP_H

#include "api/settings.h"
#include "tools/common/console.h"
#include "tools/common/options.h"

/* The row of --json, for subcommands that take no other general option. */
extern const struct option_entry *const json_option;

/* Returns OPTIONS_GO_ON, or the exit code after the error's message. */
int setup_check(struct console *console, enum plotmill_status status, const struct plotmill_error *error);

/* image_check of a grey line, with the console. */
int setup_check_image(const struct image_settings *image, const struct option_group *group, struct console *console);

/* Creates a library handle that reports to the console. device NULL: with the usual cache. NULL after a message. */
plotmill *open_library(struct console *console, const struct device_settings *device);

#endif
