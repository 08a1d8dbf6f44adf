/* A text while it becomes a source of rows (text_source.c): what it holds, which columns are read, and the result. */
#ifndef FORMATS_TEXT_TEXT_SOURCE_H
#define FORMATS_TEXT_TEXT_SOURCE_H

#include "formats/format.h"
#include "formats/text/text_loader.h"

struct text_source {
    const struct input *input;
    const struct source_context *context;
    const struct source_options *options; /* never NULL */
    struct text_stream *stream;
    char *head;
    size_t head_size;
    bool complete; /* the head is all of the text */
    struct dialect dialect;
    struct field_choice choice;
    struct load_side *sides;
    size_t watched[COLUMN_WATCHES_MOST];
    struct load_plan plan;
    struct load_result result;
};

/* text->plan: the columns of the fields, of rows that are sequences, and beside them. */
enum plotmill_status text_plan(struct text_source *text, struct plotmill_error *error);

/* From text->result: the side columns of the source; and what *about says of the text. */
enum plotmill_status text_finish_sides(struct text_source *text, struct source *source, struct plotmill_error *error);
enum plotmill_status text_describe(struct text_source *text, struct source_about *about, struct plotmill_error *error);

#endif
