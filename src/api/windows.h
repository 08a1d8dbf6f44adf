/* The windows of a job as a table, without rendering. */
#ifndef API_WINDOWS_H
#define API_WINDOWS_H

#include <stdio.h>

#include "api/settings.h"
#include "base/json.h"

/* What was planned. Freed with window_table_result_free, also after a failure. */
struct window_table_result {
    struct window_counts counts;
    char *classes; /* as in struct window_set */
};

/* Writes the windows that the settings choose of their inputs to `out` as CSV, in the order of the images: start,
 * first_time and last_time where there are times, group, split, and labels. Given back as the option windows, the table
 * chooses the same windows, with the same columns beside the images. */
enum plotmill_status api_windows_write(plotmill *pm, const struct settings *settings, FILE *out,
                                       struct window_table_result *result);
void window_table_result_free(struct window_table_result *result);

/* The counts as the member `key` of a report. `classes` may be NULL. */
void json_windows(struct json *json, const char *key, const struct window_counts *counts, const char *classes);

/* A report of the counts alone, freed by the caller; NULL: out of memory. */
char *report_windows(const struct window_table_result *result);

/* What plotmill_reader_describe says of a reader of plotmill_windows, freed by the caller; NULL: out of memory. */
char *report_planned(const plotmill_reader *reader);

#endif
