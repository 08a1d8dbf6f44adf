/* One input: a file, or a member of an archive, and what it is by its content. */
#ifndef FORMATS_INPUT_H
#define FORMATS_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"
#include "formats/source.h"

enum input_kind { INPUT_TEXT = 0, INPUT_NPY, INPUT_HDF5 };

struct memory_table;

/* An array beside that of an input: another member of its archive, which an option names as a column of times, labels
 * or groups, or whose name means a time. Owned. */
struct input_beside {
    char *name; /* as in `name` below: "a.npz/labels.npy" */
    char *path; /* of a temporary copy */
    bool said;  /* by an option */
};

/* All texts are owned. */
struct input {
    char *name;   /* in messages: "prices.csv", "prices.zip/a.csv", "standard input" */
    char *path;   /* of a file with the bytes: the file itself, the archive, or a temporary copy */
    char *member; /* of the archive at `path`; NULL: all of the file */
    char *origin; /* of the file that was given, for its fingerprint; the copy of a pipe */
    char *group;  /* its group with the option group-by file: the name without folders and extensions */
    bool is_copy; /* `origin` is one */
    bool packed;  /* the bytes at `path` are compressed, or those of an archive (inputs/packed.h) */
    enum input_kind kind;
    uint64_t offset, size;       /* of text: the bytes of the file at `path`; size 0: all of it */
    struct input_beside *beside; /* (beside_count), owned */
    size_t beside_count;
    const struct memory_table *table; /* instead of a file; borrowed (source/memory_table.h) */
};

struct input_list {
    struct input *items;
    size_t count;
    struct copy *texts;  /* the copy of all members that are text; NULL: none */
    struct copy *copies; /* (copy_count) temporary ones (inputs/copy.h) */
    size_t copy_count;
};

/* Finds the inputs at `paths`: files, `-` (standard input), pipes, folders (their files, in the order of their names)
 * and archives (the option member, or all their members where group-by is given). PLOTMILL_BAD_INPUT for what cannot be
 * read, named for what it is, with what to do. Call inputs_free also after a failure, when all inputs are open or are
 * no longer needed: it removes the temporary copies. */
enum plotmill_status inputs_find(struct input_list *list, const char *const *paths, size_t count,
                                 const struct source_options *options, struct plotmill_error *error);
void inputs_free(struct input_list *list);

/* PLOTMILL_BAD_INPUT unless `path` is a file that is not empty and can be opened. */
enum plotmill_status input_check(const char *path, struct plotmill_error *error);

#endif
