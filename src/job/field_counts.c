#include "job/field_counts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/strings.h"
#include "base/try.h"

#define MISSING_MOST 0.2

enum plotmill_status field_counts_create(struct field_counts **counts, const struct chart *chart,
                                         struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct field_counts *made = NULL;
    TRY_ALLOCATE(error, made, chart->field_count, sizeof *made);
    for (uint32_t i = 0; i < chart->field_count; i++) {
        made[i].least = made[i].most = NAN;
        TRY(string_keep(&made[i].name, chart->fields[i], error));
    }
    *counts = made;
    made = NULL;
done:
    field_counts_free(made, chart->field_count);
    return status;
}

void field_counts_free(struct field_counts *counts, size_t count)
{
    for (size_t i = 0; counts && i < count; i++)
        free(counts[i].name);
    free(counts);
}

void field_counts_add(struct field_counts *counts, size_t count, const double *samples, uint64_t rows)
{
    for (size_t k = 0; k < count; k++) {
        struct field_counts *field = &counts[k];
        double least = INFINITY, most = -INFINITY;
        uint64_t missing = 0;
        for (uint64_t i = 0; i < rows; i++) {
            const double value = samples[i * count + k];
            const bool present = isfinite(value);
            missing += !present;
            least = present && value < least ? value : least;
            most = present && value > most ? value : most;
        }
        field->samples += rows;
        field->missing += missing;
        if (missing < rows) {
            field->least = fmin(field->least, least);
            field->most = fmax(field->most, most);
        }
    }
}

void field_counts_report(const struct field_counts *counts, size_t count, const struct log *log)
{
    for (size_t i = 0; i < count; i++) {
        const struct field_counts *field = &counts[i];
        const struct text_quote name = text_quote(field->name, strlen(field->name));
        const char *of = *field->name ? " of " : "";
        char value[DECIMAL_SIZE];
        if ((double)field->missing > MISSING_MOST * (double)field->samples)
            log_line(log, PLOTMILL_LOG_WARNING, "%.3g %% of the samples%s%s are missing",
                     100.0 * (double)field->missing / (double)field->samples, of, name.text);
        if (field->samples - field->missing > 1 && field->least == field->most) {
            decimal_write(value, field->least);
            log_line(log, PLOTMILL_LOG_WARNING, "all samples%s%s are %s: nothing but a constant is drawn", of,
                     name.text, value);
        }
    }
}
