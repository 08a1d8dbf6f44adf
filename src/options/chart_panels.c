/* The panels of a chart in the chart language: where they are, and their scales. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/try.h"
#include "options/chart_reader.h"

/* Limits of a panel's side, as whole pixels or fractions. */
struct edges {
    double begin, length;
};

static bool is_fraction(const struct node *node)
{
    return strpbrk(node->text, ".eE") != NULL;
}

/* Whole pixels: 1 if they lie inside. */
static bool resolve_pixels(struct edges edges, uint32_t side, uint32_t *begin, uint32_t *length)
{
    if (!(edges.begin >= 0 && edges.length >= 1 && edges.begin + edges.length <= side))
        return false;
    *begin = (uint32_t)edges.begin;
    *length = (uint32_t)edges.length;
    return true;
}

/* Fractions of a side: edges at the nearest whole pixels. Their sum may exceed 1 by its rounding. */
static bool resolve_fractions(struct edges edges, uint32_t side, uint32_t *begin, uint32_t *length)
{
    const double end = edges.begin + edges.length;
    if (!(edges.begin >= 0 && edges.length > 0 && end <= 1 + 1e-12))
        return false;
    const double first = rint(edges.begin * side), last = rint(MIN(end, 1) * side);
    *begin = (uint32_t)first;
    *length = (uint32_t)(last - first);
    return last > first;
}

static enum plotmill_status read_rect(const struct chart_reader *reader, const struct node *map,
                                      struct chart_panel *panel)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct node *node = node_member(map, "rect");
    const struct chart *chart = reader->chart;
    double n[4];
    bool fractions = false;
    *panel = (struct chart_panel){.width = chart->width, .height = chart->height};
    if (!node)
        return PLOTMILL_OK;
    if (node->kind != NODE_LIST || node->count != 4)
        return reader_wrong(reader, node, "rect", "found %s%s, expected [x, y, width, height]", node_quote(node).text,
                            node->kind == NODE_LIST ? " of another length" : "");
    for (int i = 0; i < 4; i++) {
        TRY(parse_number(reader, node->items[i], "rect", &n[i]));
        fractions |= is_fraction(node->items[i]);
    }
    if (!chart->window)
        goto done;
    const struct edges x = {n[0], n[2]}, y = {n[1], n[3]};
    struct chart_panel other;
    const bool fits = (fractions ? resolve_fractions : resolve_pixels)(x, chart->width, &panel->x, &panel->width) &&
                      (fractions ? resolve_fractions : resolve_pixels)(y, chart->height, &panel->y, &panel->height);
    if (!fits)
        TRY(reader_wrong(reader, node, "rect",
                         "found [%s, %s, %s, %s], expected a panel of one pixel or more inside "
                         "the image of %ux%u px%s",
                         node->items[0]->text, node->items[1]->text, node->items[2]->text, node->items[3]->text,
                         (unsigned)chart->width, (unsigned)chart->height,
                         fractions ? ", as fractions from 0 to 1 (pixels have no decimal point)" : ""));
    /* [0, 0, 1, 1] */
    if (!fractions && resolve_fractions(x, chart->width, &other.x, &other.width) &&
        resolve_fractions(y, chart->height, &other.y, &other.height) &&
        (other.width != panel->width || other.height != panel->height))
        TRY(reader_wrong(reader, node, "rect",
                         "found [0, 0, 1, 1], which is one pixel or, as fractions, the whole image: expected "
                         "fractions with a decimal point, [0, 0, 1.0, 1.0], or no rect"));
done:
    return status;
}

static enum plotmill_status read_margin(const struct chart_reader *reader, const struct node *map,
                                        struct chart_panel *panel)
{
    const struct node *node = node_member(map, "margin");
    const double most = reader->chart->window ? (MIN(panel->width, panel->height) - 1) / 2.0 : 32767;
    enum plotmill_status status = read_real(reader, map, "margin", 0, most, &panel->margin);
    if (!status && panel->band && panel->margin != floor(panel->margin))
        return reader_wrong(reader, node, "margin", "found %s, expected whole pixels with x: band", node->text);
    return status;
}

/* Marks of whole pixels make it a band scale where nothing is said. */
static bool needs_band(const struct node *map)
{
    const struct node *layers = node_member(map, "layers");
    bool band = false;
    for (size_t i = 0; layers && layers->kind == NODE_LIST && i < layers->count; i++) {
        const struct node *mark = node_member(layers->items[i], "mark"),
                          *shape = node_member(layers->items[i], "shape");
        band |= mark && (strcmp(mark->text, "line") || (shape && !strcmp(shape->text, "pixel")));
    }
    return band;
}

static enum plotmill_status read_x_scale(const struct chart_reader *reader, const struct node *map, bool *band)
{
    static const char *const scales[] = {"point", "band", NULL};
    enum plotmill_status status = PLOTMILL_OK;
    const struct node *node = node_member(map, "x"), *pitch;
    int scale = needs_band(map);
    if (!node)
        goto done;
    if (node->kind != NODE_MAP) {
        if (node->kind < NODE_LIST && strcmp(node->text, "point") && strcmp(node->text, "band"))
            TRY(reader_wrong(reader, node, "x",
                             "found %s, expected point or band (this version does not support fields of times)",
                             node_quote(node).text));
        TRY(read_word(reader, map, "x", scales, &scale));
        goto done;
    }
    TRY(reader_check_keys(reader, node, "x", IN_X));
    pitch = node_member(node, "pitch");
    if (pitch)
        scale = 1;
    TRY(read_word(reader, node, "scale", scales, &scale));
    if (pitch && !scale)
        TRY(reader_wrong(reader, pitch, "pitch", "found with scale: point, expected scale: band, or no pitch"));
done:
    *band = scale == 1;
    return status;
}

static enum plotmill_status read_pitch(const struct chart_reader *reader, const struct node *map,
                                       struct chart_panel *panel)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct node *x = node_member(map, "x"), *node = x ? node_member(x, "pitch") : NULL;
    const uint64_t window = reader->chart->window;
    const uint32_t columns = window ? (uint32_t)(panel->width - 2 * panel->margin) : CHART_SIDE_MAX;
    const uint32_t most = window ? (uint32_t)(columns / window) : CHART_SIDE_MAX;
    if (!panel->band)
        goto done;
    if (!most)
        TRY(reader_wrong(reader, map, "x",
                         "found a band of %u columns for %llu samples, expected a column or more for each: set a "
                         "greater width, a smaller window, or x: point",
                         (unsigned)columns, (unsigned long long)window));
    panel->pitch = window ? most : 0;
    if (!node)
        goto done;
    TRY(read_whole(reader, x, "pitch", 1, CHART_SIDE_MAX, &panel->pitch));
    if (panel->pitch > most)
        TRY(reader_wrong(reader, node, "pitch",
                         "found %u, which makes %llu columns of %llu samples, expected 1 to %u in a panel of "
                         "%u columns: set a greater width, or a smaller window",
                         (unsigned)panel->pitch, (unsigned long long)(window * panel->pitch),
                         (unsigned long long)window, (unsigned)most, (unsigned)columns));
    if (!window)
        panel->pitch = 0;
done:
    return status;
}

static enum plotmill_status read_range(const struct chart_reader *reader, const struct node *y,
                                       struct chart_panel *panel)
{
    static const char *const ranges[] = {"minmax", "zero", NULL};
    enum plotmill_status status = PLOTMILL_OK;
    const struct node *node = node_member(y, "range");
    panel->lo = panel->hi = NAN;
    if (!node)
        goto done;
    for (int i = 0; ranges[i]; i++)
        if (node->kind < NODE_LIST && !strcmp(node->text, ranges[i])) {
            panel->range = (enum y_range)i;
            goto done;
        }
    if (node->kind != NODE_LIST)
        TRY(reader_wrong(reader, node, "range", "found %s, expected minmax, zero or [LO, HI]", node_quote(node).text));
    if (node->count != 2)
        TRY(reader_wrong(reader, node, "range", "found a list of another length, expected [LO, HI]"));
    TRY(parse_number(reader, node->items[0], "range", &panel->lo));
    TRY(parse_number(reader, node->items[1], "range", &panel->hi));
    if (!(panel->lo < panel->hi))
        TRY(reader_wrong(reader, node, "range", "found [%s, %s], expected LO below HI", node->items[0]->text,
                         node->items[1]->text));
    panel->range = RANGE_FIXED;
done:
    return status;
}

/* A field of the scale, once. */
static enum plotmill_status cover(const struct chart_reader *reader, struct chart_panel *panel, uint32_t field)
{
    enum plotmill_status status = PLOTMILL_OK;
    for (uint32_t i = 0; i < panel->scale_count; i++)
        if (panel->scale[i].field == field)
            return PLOTMILL_OK;
    struct scale_field *scale = realloc(panel->scale, (panel->scale_count + 1) * sizeof *scale);
    TRY_MEMORY(reader->error, scale);
    panel->scale = scale;
    scale[panel->scale_count++] = (struct scale_field){.field = field};
done:
    return status;
}

static enum plotmill_status cover_layers(const struct chart_reader *reader, uint32_t index, bool averages_alone)
{
    enum plotmill_status status = PLOTMILL_OK;
    const struct chart *chart = reader->chart;
    for (uint32_t i = 0; i < chart->layer_count; i++) {
        const struct chart_layer *layer = &chart->layers[i];
        const bool wanted = layer->mark == MARK_LINE && is_average(chart->fields[layer->field[FIELD_Y]]);
        for (uint32_t k = 0; layer->panel == index && (wanted || !averages_alone) && k < mark_fields(layer->mark); k++)
            TRY(cover(reader, &chart->panels[index], layer->field[k]));
    }
done:
    return status;
}

static enum plotmill_status read_fields(const struct chart_reader *reader, const struct node *list, uint32_t index)
{
    enum plotmill_status status = PLOTMILL_OK;
    uint32_t field, rows;
    if (list && (list->kind != NODE_LIST || !list->count))
        TRY(reader_wrong(reader, list, "fields", "found %s, expected a list of fields",
                         list->kind == NODE_LIST ? "an empty list" : node_quote(list).text));
    if (!list)
        TRY(cover_layers(reader, index, false));
    for (size_t i = 0; list && i < list->count; i++) {
        const struct node *node = list->items[i];
        if (node->kind >= NODE_LIST)
            TRY(reader_wrong(reader, node, "fields", "found %s, expected a field", node_quote(node).text));
        const char *text = node->kind == NODE_NULL ? "" : node->text;
        if (reader->overrides->average_count && is_average(text)) {
            TRY(cover_layers(reader, index, true)); /* those that replace it */
            continue;
        }
        TRY(take_field(reader, node, "fields", text, 0, &field, &rows));
        TRY(cover(reader, &reader->chart->panels[index], field));
    }
done:
    return status;
}

static enum plotmill_status read_y(const struct chart_reader *reader, const struct node *map, uint32_t index)
{
    static const char *const outsides[] = {"clamp", "clip", NULL};
    enum plotmill_status status = PLOTMILL_OK;
    const struct node *y = node_member(map, "y"), *share = NULL;
    struct chart_panel *panel = &reader->chart->panels[index];
    int outside = 0;
    if (y)
        TRY(reader_check_keys(reader, y, "y", IN_Y));
    TRY(read_fields(reader, y ? node_member(y, "fields") : NULL, index));
    panel->lo = panel->hi = NAN;
    if (!y)
        goto done;
    TRY(read_range(reader, y, panel));
    TRY(read_word(reader, y, "outside", outsides, &outside));
    panel->clip = outside == 1;
    share = node_member(y, "share");
    if (share && (share->kind == NODE_NULL || share->kind >= NODE_LIST || !*share->text))
        TRY(reader_wrong(reader, share, "share", "found %s, expected a name that several panels have",
                         node_quote(share).text));
    reader->share[index] = share;
done:
    return status;
}

static enum plotmill_status add_panel(struct chart_reader *reader, struct chart_panel panel)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct chart *chart = reader->chart;
    const size_t count = chart->panel_count;
    if (count == CHART_PANELS_MAX)
        FAIL(reader->error, PLOTMILL_BAD_INPUT, "%s: found more than %d panels", reader->text->name, CHART_PANELS_MAX);
    struct chart_panel *panels = realloc(chart->panels, (count + 1) * sizeof *panels);
    TRY_MEMORY(reader->error, panels);
    chart->panels = panels;
    const struct node **share = realloc(reader->share, (count + 1) * sizeof *share);
    TRY_MEMORY(reader->error, share);
    reader->share = share;
    share[count] = NULL;
    panels[chart->panel_count++] = panel;
done:
    return status;
}

enum plotmill_status reader_take_panel(struct chart_reader *reader, const struct node *map, bool is_chart)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct chart_panel panel;
    if (!is_chart)
        TRY(reader_check_keys(reader, map, "panels", IN_PANEL));
    TRY(read_rect(reader, map, &panel));
    TRY(read_x_scale(reader, map, &panel.band));
    TRY(read_margin(reader, map, &panel));
    TRY(read_pitch(reader, map, &panel));
    TRY(add_panel(reader, panel));
    TRY(reader_take_layers(reader, map));
    TRY(read_y(reader, map, reader->chart->panel_count - 1));
done:
    return status;
}

/* What a field's layers say about it, in the panels that share a scale. */
static void describe_field(const struct chart *chart, const struct chart_panel *panel, struct scale_field *covered)
{
    bool used = false;
    covered->lead = 0;
    for (uint32_t i = 0; i < chart->layer_count; i++) {
        const struct chart_layer *layer = &chart->layers[i];
        const struct chart_panel *its = &chart->panels[layer->panel];
        if (its != panel && (!panel->share || its->share != panel->share))
            continue;
        for (uint32_t k = 0; k < mark_fields(layer->mark); k++)
            if (layer->field[k] == covered->field) {
                covered->lead = used ? MIN(covered->lead, layer->lead) : layer->lead;
                covered->absolute |= layer->mark == MARK_COLUMN && layer->absolute;
                used = true;
            }
    }
}

static bool same_range(const struct chart_panel *a, const struct chart_panel *b)
{
    return a->range == b->range && (a->range != RANGE_FIXED || (a->lo == b->lo && a->hi == b->hi));
}

/* Panels of one name cover the fields of all of them. */
static enum plotmill_status join_scales(struct chart_reader *reader, uint32_t first)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct chart *chart = reader->chart;
    struct chart_panel *panel = &chart->panels[first];
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t i = first + 1; i < chart->panel_count; i++) {
            struct chart_panel *from = pass ? panel : &chart->panels[i], *to = pass ? &chart->panels[i] : panel;
            if (chart->panels[i].share != panel->share)
                continue;
            if (!same_range(from, to))
                TRY(reader_wrong(reader, reader->share[i], "share",
                                 "found another range than that of the first panel with '%s', expected the same",
                                 reader->share[i]->text));
            if (pass)
                to->scale_count = 0;
            for (uint32_t k = 0; k < from->scale_count; k++)
                TRY(cover(reader, to, from->scale[k].field));
        }
done:
    return status;
}

/* Numbers the fields in the order of the layers, then of the scales: the chart of the spec has the same numbers. */
static enum plotmill_status number_fields(const struct chart_reader *reader)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct chart *chart = reader->chart;
    uint32_t *number = NULL, count = 0; /* of a field: its new number + 1; 0: none yet */
    char **fields = NULL;
    TRY_ALLOCATE(reader->error, number, chart->field_count, sizeof *number);
    TRY_ALLOCATE(reader->error, fields, chart->field_count, sizeof *fields);
    for (uint32_t i = 0; i < chart->layer_count; i++)
        for (uint32_t k = 0; k < mark_fields(chart->layers[i].mark); k++) {
            uint32_t *field = &chart->layers[i].field[k], *its = &number[*field];
            *its = *its ? *its : ++count;
            fields[*its - 1] = chart->fields[*field];
            *field = *its - 1;
        }
    for (uint32_t i = 0; i < chart->panel_count; i++)
        for (uint32_t k = 0; k < chart->panels[i].scale_count; k++) {
            uint32_t *field = &chart->panels[i].scale[k].field, *its = &number[*field];
            *its = *its ? *its : ++count;
            fields[*its - 1] = chart->fields[*field];
            *field = *its - 1;
        }
    memcpy(chart->fields, fields, chart->field_count * sizeof *fields);
done:
    free(number);
    free(fields);
    return status;
}

enum plotmill_status reader_finish_scales(struct chart_reader *reader)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct chart *chart = reader->chart;
    uint32_t names = 0;
    for (uint32_t i = 0; i < chart->panel_count; i++) {
        uint32_t sharing = 1;
        if (!reader->share[i] || chart->panels[i].share)
            continue;
        for (uint32_t k = i + 1; k < chart->panel_count; k++)
            if (reader->share[k] && !strcmp(reader->share[k]->text, reader->share[i]->text)) {
                chart->panels[k].share = names + 1;
                sharing++;
            }
        if (sharing == 1)
            TRY(reader_wrong(reader, reader->share[i], "share",
                             "found '%s' in one panel alone, expected a name that several panels have",
                             reader->share[i]->text));
        chart->panels[i].share = ++names;
        TRY(join_scales(reader, i));
    }
    for (uint32_t i = 0; i < chart->panel_count; i++)
        for (uint32_t k = 0; k < chart->panels[i].scale_count; k++)
            describe_field(chart, &chart->panels[i], &chart->panels[i].scale[k]);
    TRY(number_fields(reader));
done:
    return status;
}
