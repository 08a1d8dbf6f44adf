/* Which chart the options ask for. It is made when the window is known, which a source may determine. */
#ifndef OPTIONS_CHART_REQUEST_H
#define OPTIONS_CHART_REQUEST_H

#include "options/config.h"
#include "options/language.h"
#include "options/table.h"

struct chart_request {
    struct chart_maker maker; /* its first member; makes the chart */
    struct tree tree;         /* empty for `line` */
    struct chart_text text;   /* of the tree, or of a constant one */
    char *name;               /* of the chart */
    struct chart_overrides overrides;
    /* The line of the chart `line`. */
    bool is_line;
    struct ink foreground;
    double line_width, margin, lo, hi; /* px; lo NaN: minmax */
    enum missing_mode missing;
};

/* Reads the chart's file. Refuses options that belong to another chart. `group` is that of `image`, and says what was
 * given; `config` has the nested keys of a job file (NULL: none). channels: 1, 3, -1 (one per layer), or
 * 0: not given. Finish *request also after a failure. */
enum plotmill_status chart_request_init(struct chart_request *request, const struct image_settings *image,
                                        const struct option_group *group, const struct config *config, int channels,
                                        struct plotmill_error *error);
void chart_request_finish(struct chart_request *request);

/* A copy, which needs nothing of the options. Finish it too, also after a failure. */
enum plotmill_status chart_request_copy(struct chart_request *copy, const struct chart_request *request,
                                        struct plotmill_error *error);

/* Whether a text is the name of the chart `line`, to which some options belong; NULL: nothing was asked for. */
bool chart_is_line(const char *text);

/* The option that belongs to the chart `line` alone. */
bool option_is_of_line(const char *option);

#endif
