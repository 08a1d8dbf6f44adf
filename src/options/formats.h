/* The formats, for the checks, messages and help texts of options. All comes from the table in formats/format.c. */
#ifndef OPTIONS_FORMATS_H
#define OPTIONS_FORMATS_H

#include <stdbool.h>

/* The values of --format, up to a NULL. */
extern const char *const formats_choices[];

/* "hdf5", "npy", ...; "": the name of the path does not determine the format. */
const char *formats_of_output(const char *path);

bool formats_is_pipe(const char *path); /* or "-", standard input: it can be read once */

/* Whether a file that is no output of plotmill may be one of samples, by its first bytes. Not of HDF5, where only the
 * option dataset says so. */
bool formats_may_be_input(const char *path);

/* Whether the output is no file: "null:", "hash:". */
bool formats_is_pseudo(const char *path);

/* Whether the option, named without dashes, applies to the format. */
bool formats_take(const char *format, const char *option);

/* Replaces {OPTION} by the formats that the option applies to ("hdf5, npz and png"), {files} by the extensions of
 * outputs, {folders} by the formats of folders and {streams} by those of standard output. */
struct formats_text {
    char text[1000];
};
struct formats_text formats_expand(const char *text);

#endif
