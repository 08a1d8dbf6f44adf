/* What render writes, and how: the options of the "Output" group. */
#ifndef TOOLS_CONFIG_OUTPUT_SETTINGS_H
#define TOOLS_CONFIG_OUTPUT_SETTINGS_H

#include "plotmill/plotmill.h"
#include "tools/common/console.h"
#include "tools/common/options.h"

struct output_settings {
    const char *path;
    int format; /* its place among the choices */
    int compress;
    int dtype;
    int layout;
    uint64_t channels;
    uint64_t quality; /* 0: the default */
    uint64_t chunk_images;
    uint64_t images_per_file;
    int resume;
    struct option_share shard; /* of 0: all files */
    int force;
    int skip_existing;
    int store_sequences;
};
enum { OUTPUT_OF_SINK = 9, OUTPUT_ALL = 14 }; /* OF_SINK: what is written, not what becomes of an older one */
extern const struct option_entry output_options[OUTPUT_ALL];

/* The format asked for or told by the output's name; "" when no output was named or its name does not tell. */
const char *output_format(const struct output_settings *output, const struct option_group *group);

/* What the tables cannot say: how options depend on each other. Returns OPTIONS_GO_ON or the exit code after a
 * message. */
int output_check(const struct output_settings *output, const struct option_group *group, int antialias, int dry_run,
                 struct console *console);

/* As the library takes them; `format` as output_format gives it. */
struct plotmill_sink_options output_sink_options(const struct output_settings *output, const char *format);

/* Their values, as on the command line. */
const char *output_compress_name(const struct output_settings *output);
const char *output_dtype_name(const struct output_settings *output);
const char *output_layout_name(const struct output_settings *output);

#endif
