/* The fields of an input: their names, what the options column and columns say of them, and which of them a source
 * returns. */
#ifndef FORMATS_FIELDS_H
#define FORMATS_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "formats/format.h"

struct field {
    char *name;   /* owned; "": it has none */
    bool numeric; /* it is selected where it is the only one and none is named */
    bool hidden;  /* the option columns leaves it out */
};

/* Starts as {.path = ...}. */
struct field_list {
    const char *path; /* of the input, for messages */
    struct field *fields;
    size_t count;
    bool unsaid_numbers; /* names that are numbers were taken for names, and no option says that they are */
};

/* `name` is copied. */
enum plotmill_status fields_add(struct field_list *list, const char *name, size_t length, bool numeric,
                                struct plotmill_error *error);
void fields_free(struct field_list *list);

bool fields_have_names(const struct field_list *list);

/* Applies the option columns, a list separated by commas; NULL: not given. Of named fields each entry is a name, a
 * number from 0, or NEW=NAME or NEW=NUMBER, which gives it the name NEW. Fields without names: numbers and NEW=NUMBER;
 * or as many names as there are fields, in their order. Fields that are not listed are hidden. */
enum plotmill_status fields_list(struct field_list *list, const char *columns, struct plotmill_error *error);

/* A column beside the fields, hidden ones included: of exactly that name, else in any letter case, else without what
 * decorates a name in a file (<CLOSE>, 'MLII', Close*, "1. open"), else by its number from 0. PLOTMILL_BAD_INPUT where
 * there is none, several, or with unsaid_numbers one of that name and another of that number. `option`: the one that
 * names the column, for messages. */
enum plotmill_status fields_find(const struct field_list *list, const char *option, const char *entry, size_t *field,
                                 struct plotmill_error *error);

/* Says that there is no such column, which ones there are, and which name is near. `option` NULL: columns that are
 * shown. */
enum plotmill_status fields_refuse_unknown(const struct field_list *list, const char *option, const char *entry,
                                           struct plotmill_error *error);

/* The fields of the list that a read returns, in the order of its values. */
struct field_choice {
    size_t *at; /* (count), owned; NULL: nothing was chosen */
    size_t count;
};

/* Chooses options->fields, the last of which may be optional, by their names as in fields_find; "" is the field of the
 * option column (a name, or a number from 0), or the only numeric one. `options` NULL: "". */
enum plotmill_status fields_choose(const struct field_list *list, const struct source_options *options,
                                   struct field_choice *choice, struct plotmill_error *error);
void field_choice_free(struct field_choice *choice);

/* Fills in what *about says of fields. */
enum plotmill_status fields_describe(const struct field_list *list, const struct source_options *options,
                                     const struct field_choice *choice, struct source_about *about,
                                     struct plotmill_error *error);
void about_free(struct source_about *about);
void side_clear(struct side_column *side);                /* frees what it owns */
void sides_free(struct side_column *sides, size_t count); /* takes NULL */

/* "4 (close)", or "4" without a name. */
struct field_label {
    char text[96];
};
struct field_label field_label(const struct field_list *list, size_t field);

#endif
