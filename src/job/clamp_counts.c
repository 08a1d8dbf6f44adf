#include "job/clamp_counts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/numbers.h"
#include "base/try.h"
#include "chart/chart.h"

static enum plotmill_status add_panel(struct clamp_counts *counts, const struct chart *chart, uint32_t number,
                                      struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct panel_clamps *panel = &counts->panels[counts->count];
    TRY_ALLOCATE(error, panel->fields, chart->field_count, sizeof *panel->fields);
    counts->count++;
    panel->panel = number;
    panel->lo = chart->panels[number].lo;
    panel->hi = chart->panels[number].hi;
    for (uint32_t field = 0; field < chart->field_count; field++) {
        bool shown = false;
        for (uint32_t i = 0; i < chart->layer_count && !shown; i++)
            for (uint32_t k = 0; k < mark_fields(chart->layers[i].mark); k++)
                shown |= chart->layers[i].panel == number && chart->layers[i].field[k] == field;
        if (shown)
            panel->fields[panel->field_count++] = field;
    }
done:
    return status;
}

enum plotmill_status clamp_counts_create(struct clamp_counts **counts, const struct chart *chart,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct clamp_counts *made = NULL;
    TRY_ALLOCATE(error, made, 1, sizeof *made);
    TRY_ALLOCATE(error, made->panels, chart->panel_count, sizeof *made->panels);
    for (uint32_t i = 0; i < chart->panel_count; i++)
        if (chart->panels[i].range == RANGE_FIXED && !chart->panels[i].clip)
            TRY(add_panel(made, chart, i, error));
    *counts = made;
    made = NULL;
done:
    clamp_counts_free(made);
    return status;
}

void clamp_counts_free(struct clamp_counts *counts)
{
    for (size_t i = 0; counts && counts->panels && i < counts->count; i++)
        free(counts->panels[i].fields);
    if (counts)
        free(counts->panels);
    free(counts);
}

/* NaN and infinities are missing. */
static uint64_t count_outside(const struct panel_clamps *panel, size_t fields, const double *samples, uint64_t rows)
{
    uint64_t found = 0;
    for (size_t k = 0; k < panel->field_count; k++) {
        const double *value = samples + panel->fields[k];
        for (uint64_t i = 0; i < rows; i++, value += fields)
            found += (*value < panel->lo || *value > panel->hi) && isfinite(*value);
    }
    return found;
}

void clamp_counts_add(struct clamp_counts *counts, size_t fields, const double *samples, uint64_t rows)
{
    for (size_t i = 0; i < counts->count; i++)
        counts->panels[i].values += count_outside(&counts->panels[i], fields, samples, rows);
}

void clamp_counts_add_images(struct clamp_counts *counts, const struct image_batch *batch)
{
    const size_t fields = MAX(batch->fields, 1);
    for (size_t i = 0; i < counts->count; i++) {
        unsigned long long images = 0;
        for (uint64_t k = 0; k < batch->count; k++)
            images += count_outside(&counts->panels[i], fields, batch->samples + k * batch->sample_stride * fields,
                                    batch->window) > 0;
        atomic_fetch_add(&counts->panels[i].images, images);
    }
}

void clamp_counts_report(const struct clamp_counts *counts, uint32_t panels, uint64_t images, const struct log *log)
{
    for (size_t i = 0; i < counts->count; i++) {
        const struct panel_clamps *panel = &counts->panels[i];
        const unsigned long long shown = atomic_load(&counts->panels[i].images), values = panel->values;
        char lo[DECIMAL_SIZE], hi[DECIMAL_SIZE], place[32] = "";
        if (!shown)
            continue;
        if (panels > 1)
            snprintf(place, sizeof place, "panel %u: ", (unsigned)panel->panel);
        decimal_write(lo, panel->lo);
        decimal_write(hi, panel->hi);
        log_line(log, PLOTMILL_LOG_INFO,
                 "%s%llu sample%s outside the range %s to %s, and %s drawn at its limits, in %llu of %llu images",
                 place, values, values == 1 ? " lies" : "s lie", lo, hi, values == 1 ? "is" : "are", shown,
                 (unsigned long long)images);
    }
}
