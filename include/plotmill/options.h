/* plotmill: options, as text.
 *
 * Every option has a name ("line-width") and a value in text form ("3pt"), the same in this library, on the command
 * line (--line-width 3pt) and in job files (line-width: 3pt). docs/options.md lists them all. Options that nothing sets
 * have their defaults. A library that knows more options than the headers breaks no program. */
#ifndef PLOTMILL_OPTIONS_H
#define PLOTMILL_OPTIONS_H

#include <stddef.h>

#include "plotmill/context.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct plotmill_options plotmill_options;

/* All options have their defaults. Free *options with plotmill_options_destroy. */
PLOTMILL_API enum plotmill_status plotmill_options_create(plotmill *pm, plotmill_options **options);
PLOTMILL_API void plotmill_options_destroy(plotmill_options *options);

/* Sets one option; `value` NULL: no longer set, so that the document's value holds, or else the default. "true" and
 * "false" set flags. PLOTMILL_BAD_INPUT if there is no such option, if it belongs to the command alone, or if the value
 * is malformed or outside its limits; the message says what is allowed, and nothing is changed. What depends on several
 * options is checked when they are used. `input` takes one file here: several are listed in a document, or opened by
 * plotmill_source_open. */
PLOTMILL_API enum plotmill_status plotmill_options_set(plotmill_options *options, const char *name, const char *value);

/* Sets options from a document in the language of job files (docs/options.md): YAML, of which JSON is a part. `text`
 * has `size` bytes. `name` is the document's name in messages ("job.yaml"). Options that
 * plotmill_options_set has set keep their values, whichever call came first; a further document replaces the former
 * one. On failure nothing is changed. Options of the command alone (quiet, log-file, ...) are ignored, and the log
 * names them. */
PLOTMILL_API enum plotmill_status plotmill_options_parse(plotmill_options *options, const char *text, size_t size,
                                                         const char *name);

/* The value in effect, in text form; "" for one that is not set and has no default; NULL if there is no such option. Of
 * several input files it is the first.
 * Belongs to `options`, valid until the next call on it. */
PLOTMILL_API const char *plotmill_options_get(const plotmill_options *options, const char *name);

/* All options in effect as a document, which plotmill_options_parse accepts if all texts are UTF-8. The text belongs to
 * the handle. */
PLOTMILL_API enum plotmill_status plotmill_options_print(plotmill_options *options, const char **text);

/* The table of all options as a JSON array of objects: name, letter, scope, type, argument (its value's name), default,
 * default_words (where the default depends on something else), least, most, word (that may stand for the number),
 * choices, expected (all this in words), unit, help, and three truths: positional (a command line gives the values
 * without the name), document (job files may set it), library (plotmill_options_set takes it). What does not apply is
 * null. Constant. Thread-safe. */
PLOTMILL_API const char *plotmill_options_describe(void);

#ifdef __cplusplus
}
#endif
#endif
