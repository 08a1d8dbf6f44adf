/* Results as JSON, one form for the library and for the command with --json. A returned text is freed by the caller;
 * NULL: out of memory. */
#ifndef API_REPORT_H
#define API_REPORT_H

#include "api/engine.h"
#include "base/json.h"
#include "formats/format.h"

/* An object with all properties of a device. */
void json_device(struct json *json, const char *key, const struct device_info *device);

/* An object of every option that affects pixels. */
void json_chart(struct json *json, const char *key, const struct chart_options *chart);

char *report_devices(const struct device_info *devices, size_t count);
char *report_link(const char *path, const struct link_summary *summary);

char *report_source(const struct source *source);
/* hash, counts: NULL: none */
char *report_reader(const char *path, const struct dataset_info *info, const uint64_t *hash, const char *counts);

/* Images per part of the split, and per class of each label; *text NULL: nothing is stored beside images. */
enum plotmill_status report_counts(plotmill_reader *reader, char **text);

/* One image: its window_start, y_range and columns, times and classes as text. */
enum plotmill_status report_image(plotmill_reader *reader, uint64_t index, char **text);

/* Runs api_doctor; *json gets its findings. */
enum plotmill_status report_doctor(plotmill *pm, char **json, int *problems);

#endif
