/* What the axes of an array mean: N sequences, T samples of each, F fields of each sample. */
#ifndef FORMATS_AXES_H
#define FORMATS_AXES_H

#include "formats/fields.h"

#define AXES_MAX 3

/* The places of the axes, from 0; -1: the array has no such axis. */
struct array_axes {
    int sequences, time, fields;
};

/* An array as a file has it. */
struct array_shape {
    const char *name; /* for messages */
    unsigned rank;
    const uint64_t *axes; /* (rank), lengths */
    bool records;         /* the elements have fields, so that no axis has */
};

/* By the option axes, which has a letter per axis of the array. Without it, what is certain:
 *     (T), (T, 1)                      a series: T, TF
 *     (1, T) with a window             a series: FT
 *     (A, B), a window longer than B   TF: a row of B samples is too short for it
 *     (N, T), N <= T, no window        NT; of records NT always
 *     (N, T, F), T >= F               NTF
 * PLOTMILL_BAD_INPUT if the shape does not suit, or if it is another one and so can be read in two ways: the message
 * names both. */
enum plotmill_status axes_find(struct array_axes *axes, const struct array_shape *shape,
                               const struct source_options *options, struct plotmill_error *error);

/* Says how an array of three axes was read, if the option did not. */
void axes_report(const struct array_shape *shape, const struct source_options *options, const struct log *log);

/* "TF": for messages. */
struct axes_text {
    char text[AXES_MAX + 1];
};
struct axes_text axes_text(const struct array_axes *axes);

/* What was decided of an array, as a JSON object; freed by the caller. `time`: the name of its column of times; NULL:
 * none. `unwritten`: chunks that were never written. NULL: out of memory. */
char *axes_reading(const struct array_axes *axes, const char *time, uint64_t unwritten);

/* The length of an axis; 1 where there is none. */
static inline uint64_t axis_length(const struct array_shape *shape, int axis)
{
    return axis < 0 ? 1 : shape->axes[axis];
}

/* Adds `count` fields to the list, without names or with those of `names`. */
enum plotmill_status axes_add_fields(struct field_list *list, uint64_t count, const char *const *names,
                                     struct plotmill_error *error);

/* Chooses, after fields_list. The option column is for arrays with fields, and does not apply to others
 * (source/source.c). */
enum plotmill_status axes_choose_fields(struct field_list *list, const struct array_axes *axes, bool records,
                                        const struct source_options *options, struct field_choice *choice,
                                        struct plotmill_error *error);

#endif
