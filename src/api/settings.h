/* Options as the engine takes them. */
#ifndef API_SETTINGS_H
#define API_SETTINGS_H

#include <stdbool.h>

#include "formats/sink.h"
#include "formats/source.h"
#include "job/options.h"
#include "plotmill/options.h"

/* Texts belong to the options. */
struct settings {
    const char *const *inputs; /* (input_count) paths */
    size_t input_count;
    struct source_options source;
    struct job_options job;    /* chart, window, device, ...; progress is not set */
    const char *output;        /* NULL: not set */
    const char *output_folder; /* that a document names, to be created before the output; NULL: none */
    const char *format;        /* of the output: "hdf5", ...; "" if neither the option nor the output's name says it */
    struct sink_options sink;
    bool no_cache;
    bool skip_existing;
    bool dry_run;
};

/* `options` NULL: defaults. Checks what depends on several options (margin and size, dtype bits and antialias, ...). */
enum plotmill_status settings_get(struct settings *settings, const plotmill_options *options,
                                  struct plotmill_error *error);

#endif
