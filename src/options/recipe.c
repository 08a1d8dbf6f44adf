#include "options/recipe.h"

#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "base/try.h"

static enum plotmill_status make(const struct chart_maker *maker, uint64_t window, struct chart *chart,
                                 struct plotmill_error *error)
{
    const struct chart_recipe *recipe = (const struct chart_recipe *)maker;
    const struct tree_text text = {recipe->name, recipe->text, strlen(recipe->text), "chart", "size: 800x500"};
    enum plotmill_status status = PLOTMILL_OK;
    struct tree tree = {0};
    *chart = (struct chart){0};
    TRY(tree_read(&tree, &text, error));
    const struct chart_text root = {recipe->name, tree.root};
    TRY(chart_make(chart, &root, &recipe->overrides, window, error));
done:
    tree_free(&tree);
    return status;
}

enum plotmill_status chart_recipe_init(struct chart_recipe *recipe, const char *name, const char *text,
                                       const struct chart_overrides *overrides, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    const size_t count = overrides->average_count;
    *recipe = (struct chart_recipe){.maker = {make}, .overrides = *overrides};
    TRY_MEMORY(error, recipe->name = string_copy(name));
    TRY_MEMORY(error, recipe->text = string_copy(text));
    if (overrides->background) {
        recipe->background = *overrides->background;
        recipe->overrides.background = &recipe->background;
    }
    if (count) {
        TRY_ALLOCATE(error, recipe->averages, count, sizeof *recipe->averages);
        memcpy(recipe->averages, overrides->averages, count * sizeof *recipe->averages);
        recipe->overrides.averages = recipe->averages;
    }
done:
    return status;
}

void chart_recipe_free(struct chart_recipe *recipe)
{
    free(recipe->name);
    free(recipe->text);
    free(recipe->averages);
    *recipe = (struct chart_recipe){0};
}
