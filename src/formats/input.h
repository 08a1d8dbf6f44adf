/* One input: a file, or a member of an archive, and what it is by its content. */
#ifndef FORMATS_INPUT_H
#define FORMATS_INPUT_H

#include <stddef.h>

#include "base/log.h"
#include "formats/source.h"

enum input_kind { INPUT_TEXT = 0, INPUT_NPY, INPUT_HDF5 };

/* All texts are owned. */
struct input {
    char *name;   /* in messages: "prices.csv", "prices.zip/a.csv", "standard input" */
    char *path;   /* of a file with the bytes: the file itself, the archive, or a temporary copy of a pipe */
    char *member; /* of the archive at `path`; NULL: all of the file, decompressed */
    char *group;  /* its group with the option group-by file: the name without folders and extensions */
    enum input_kind kind;
};

struct input_list {
    struct input *items;
    size_t count;
};

/* Finds the inputs at `paths`: files, `-` (standard input), pipes, folders (their files, in the order of their names)
 * and archives (the option member, or their members where group-by is given). PLOTMILL_BAD_INPUT for what cannot be
 * read, named for what it is, with what to do. inputs_free also after a failure: it removes temporary copies. */
enum plotmill_status inputs_find(struct input_list *list, const char *const *paths, size_t count,
                                 const struct source_options *options, const struct log *log,
                                 struct plotmill_error *error);
void inputs_free(struct input_list *list);

#endif
