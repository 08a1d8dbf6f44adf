/* A chart as options describe it, to be made when the window is known. */
#ifndef OPTIONS_RECIPE_H
#define OPTIONS_RECIPE_H

#include "options/language.h"

struct chart_recipe {
    struct chart_maker maker;         /* its first member */
    char *name, *text;                /* the chart in its language, owned; text NULL: there is none */
    struct chart_overrides overrides; /* with what follows */
    struct ink background;
    uint32_t *averages; /* owned */
};

/* Copies everything. Does not check the text: making the chart does. Free with chart_recipe_free, also after a failure.
 */
enum plotmill_status chart_recipe_init(struct chart_recipe *recipe, const char *name, const char *text,
                                       const struct chart_overrides *overrides, struct plotmill_error *error);
void chart_recipe_free(struct chart_recipe *recipe);

#endif
