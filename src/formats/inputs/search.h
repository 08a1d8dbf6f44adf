/* While inputs are searched for; for the files of this folder only. */
#ifndef FORMATS_INPUTS_SEARCH_H
#define FORMATS_INPUTS_SEARCH_H

#include "formats/input.h"
#include "formats/inputs/copy.h"

/* Bytes that are copied at a time. */
#define COPY_BYTES ((size_t)1 << 18)

struct search {
    struct input_list *list;
    const struct source_options *options;
    struct plotmill_error *error;
    bool member_used; /* the option member applied to an archive */
};

bool search_wants_groups(const struct search *search);

/* Adds an input that is all 0, or an empty copy, which belong to the list. */
enum plotmill_status search_add(struct search *search, struct input **added);
enum plotmill_status search_add_copy(struct search *search, struct copy **added);

/* Adds those members of the archive, or the content of the compressed file, at `path` that are meant. */
enum plotmill_status search_add_archive(struct search *search, const char *path, const char *name);

/* A name without folders and extensions: ".csv.gz" are two. NULL: out of memory. */
char *input_group_of(const char *name);

/* By the extension, 2: of a table or an array; 1: of text that may be one; 0: of something else. */
int input_rank(const char *name);

/* PLOTMILL_BAD_INPUT: an output of plotmill is no input. */
enum plotmill_status input_refuse_images(const char *name, struct plotmill_error *error);

#endif
