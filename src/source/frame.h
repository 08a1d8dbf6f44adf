/* The frame of a chart: a source of rows of the chart's fields, over a source of the input's fields.
 *
 * Fields of the input are passed through. Derived ones are computed once, when the frame is opened, over whole groups:
 * the ranges of the source, or all of it; each ready sequence is a group. They take 8 bytes a value. */
#ifndef SOURCE_FRAME_H
#define SOURCE_FRAME_H

#include "chart/chart.h"
#include "formats/format.h"

/* The input's fields that a chart needs: for source_options.fields. */
struct frame_inputs {
    char **names; /* (count), each once, owned; "": the selected field */
    size_t count;
};

enum plotmill_status frame_inputs_init(struct frame_inputs *inputs, const struct chart *chart,
                                       struct plotmill_error *error);
void frame_inputs_free(struct frame_inputs *inputs);

/* `source`, which must outlive the frame, returns at least the fields that the chart needs, under their names in any
 * letter case. The frame has the source's shape but for the fields, its rows, times and side columns (whose names and
 * classes, and the names of groups, stay with the source), its input, and its array where the rows are the same.
 * about.fields are those of the chart as a JSON array; NULL: one without a name. PLOTMILL_BAD_INPUT if a field is
 * missing; or a failure of reading. Close it with source_close. */
enum plotmill_status frame_open(struct source *frame, const struct source *source, const struct chart *chart,
                                struct plotmill_error *error);

#endif
