/* Options as the engine takes them. */
#ifndef API_SETTINGS_H
#define API_SETTINGS_H

#include <stdbool.h>

#include "api/engine.h"
#include "options/chart_request.h"
#include "options/config.h"
#include "options/table.h"

/* Texts belong to the options. Freed with settings_finish, also after a failure. */
struct settings {
    const char *const *inputs; /* (input_count) paths */
    size_t input_count;
    struct source_options source;
    struct job_options job;       /* chart, window, device, ...; progress is not set */
    struct chart_request request; /* the job's maker, unless its line is enough */
    const char *output;           /* NULL: not set */
    const char *output_folder;    /* that a document names, to be created before the output; NULL: none */
    const char *format; /* of the output: "hdf5", ...; "" if neither the option nor the output's name says it */
    struct sink_options sink;
    bool no_cache;
    bool skip_existing;
    bool dry_run;
};

/* `options` NULL: defaults. Checks what depends on several options (margin and size, dtype bits and antialias, ...),
 * but not whether there are inputs and an output. Reports a document's keys without effect to the log. */
enum plotmill_status settings_get(struct settings *settings, const plotmill_options *options, const struct log *log,
                                  struct plotmill_error *error);

/* The same from values whose groups were stored. */
enum plotmill_status settings_fill(struct settings *settings, const struct option_values *values,
                                   const struct option_group groups[SCOPES], const struct paths *inputs,
                                   const struct config *config, const struct log *log, struct plotmill_error *error);

void settings_finish(struct settings *settings);

/* Its parts. */
struct source_options source_options(const struct data_settings *data, const struct text_settings *text,
                                     uint64_t window);
struct window_options window_choice(const struct window_settings *windows);
void image_apply(const struct image_settings *image, struct chart_options *chart);
void device_apply(const struct device_settings *device, struct job_options *job);
struct sink_options output_sink_options(const struct output_settings *output, const char *format);

#endif
