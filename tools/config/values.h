/* Keys of a job file that are no option by another name: several make one, or their values say it in other words. */
#ifndef TOOLS_CONFIG_VALUES_H
#define TOOLS_CONFIG_VALUES_H

#include "tools/config/config.h"

/* Each returns OPTIONS_GO_ON or the exit code after a message. */
int config_apply_values(struct config *config);                     /* size, batch, greys, device, jobs */
int config_apply_colors(struct setting *setting);                   /* image.colors as one word */
int config_apply_storage(struct config *config);                    /* output, format, files, log */
int config_apply_dumps(struct config *config, struct paths *paths); /* monthly dumps as INPUTs */

/* The format that the command line asks for; NULL: it leaves that to the file. */
const char *config_asked_format(const struct config *config);
/* Values of the file that cannot apply to what the command line asks for give way. */
void config_settle(struct config *config);

/* Adds an INPUT, which must outlive the config or be one of its texts. 0: out of memory, after a message. */
int config_add_input(struct config *config, char *path);

/* A whole number; INT64_MIN after a message. */
int64_t config_whole(const struct setting *setting, int64_t least, int64_t most);

#endif
