#include "api/report.h"

#include <math.h>

#include "base/numbers.h"
#include "base/try.h"
#include "chart/pixel_format.h"
#include "formats/metadata.h"

void json_device(struct json *json, const char *key, const struct device_info *device)
{
    json_open(json, key, '{');
    json_uint(json, "index", device->index);
    json_string(json, "name", device->name);
    json_string(json, "type", device_type_name(device->type));
    json_string(json, "platform", device->platform);
    json_string(json, "library", device->library);
    json_string(json, "vendor", device->vendor);
    json_string(json, "driver", device->driver);
    json_string(json, "version", device->version);
    json_bool(json, "discrete", device->discrete);
    json_uint(json, "memory", device->memory);
    json_uint(json, "max_allocation", device->max_allocation);
    json_uint(json, "max_work_group", device->max_work_group);
    json_uint(json, "compute_units", device->compute_units);
    if (device->duplicate_of >= 0)
        json_uint(json, "duplicate_of", (uint64_t)device->duplicate_of);
    else
        json_null(json, "duplicate_of");
    json_bool(json, "default", device->is_default);
    json_string(json, "reason", device->reason);
    json_close(json, '}');
}

void json_chart(struct json *json, const char *key, const struct chart_options *chart)
{
    json_open(json, key, '{');
    json_uint(json, "width", chart->width);
    json_uint(json, "height", chart->height);
    json_number(json, "line_width", chart->line_width);
    json_bool(json, "antialias", chart->antialias);
    json_number(json, "margin", chart->margin);
    json_uint(json, "background", (uint64_t)chart->background);
    json_uint(json, "foreground", (uint64_t)chart->foreground);
    if (isnan(chart->range_lo)) {
        json_string(json, "range", "minmax");
    } else {
        json_open(json, "range", '[');
        json_number(json, NULL, chart->range_lo);
        json_number(json, NULL, chart->range_hi);
        json_close(json, ']');
    }
    json_string(json, "missing", missing_name(chart->missing));
    json_close(json, '}');
}

char *report_devices(const struct device_info *devices, size_t count)
{
    struct json json = {0};
    json_open(&json, NULL, '{');
    json_open(&json, "devices", '[');
    for (size_t i = 0; i < count; i++)
        json_device(&json, NULL, &devices[i]);
    json_close(&json, ']');
    json_close(&json, '}');
    return json_finish(&json);
}

char *report_link(const char *path, const struct link_summary *summary)
{
    struct json json = {0};
    json_open(&json, NULL, '{');
    json_string(&json, "output", path);
    json_uint(&json, "files", summary->files);
    json_uint(&json, "images", summary->images);
    json_close(&json, '}');
    return json_finish(&json);
}

static void json_value(struct json *json, const char *name, int value)
{
    if (value < 0)
        json_null(json, name);
    else
        json_uint(json, name, (uint64_t)value);
}

char *report_reader(const char *path, const struct dataset_info *info, const uint64_t *hash, const char *counts)
{
    struct json json = {0};
    json_open(&json, NULL, '{');
    json_string(&json, "file", path);
    json_string(&json, "format", info->format);
    json_uint(&json, "images", info->images);
    json_uint(&json, "width", info->width);
    json_uint(&json, "height", info->height);
    json_string(&json, "dtype", pixel_dtype_name(info->stored.dtype));
    json_string(&json, "layout", pixel_layout_name(info->stored.layout));
    json_uint(&json, "channels", info->channels);
    json_uint(&json, "panels", info->panels);
    json_value(&json, "background", info->background);
    json_value(&json, "foreground", info->foreground);
    json_string(&json, "producer", info->producer);
    json_object(&json, "spec", *info->spec ? info->spec : NULL);
    json_object(&json, "input", *info->input ? info->input : NULL);
    columns_write_json(&json, info->columns, info->column_count, true);
    metadata_write_windows(&json, info);
    if (counts)
        json_object(&json, "counts", counts);
    if (hash)
        json_hash(&json, "hash", *hash);
    json_close(&json, '}');
    return json_finish(&json);
}

static void json_time(struct json *json, const char *name, bool known, int64_t ns)
{
    char text[TIME_SIZE];
    if (known)
        time_write(text, ns);
    json_string(json, name, known ? text : NULL);
}

char *report_source(const struct source *source)
{
    const struct source_shape *shape = &source->shape;
    const struct source_about *about = &source->about;
    struct json json = {0};
    uint64_t selected = shape->range_count ? 0 : shape->samples;
    for (size_t i = 0; i < shape->range_count; i++)
        selected += shape->ranges[i].count * (shape->row_length ? shape->row_length : 1);
    json_open(&json, NULL, '{');
    json_uint(&json, "samples", shape->samples);
    json_uint(&json, "selected", selected);
    json_uint(&json, "row_length", shape->row_length);
    json_raw(&json, "fields", about->fields ? about->fields : "[]");
    json_uint(&json, "field", about->field);
    json_open(&json, "values", '[');
    for (uint32_t i = 0; i < source_fields(*shape); i++)
        json_string(&json, NULL, about->names ? about->names[i] : "");
    json_close(&json, ']');
    json_uint(&json, "groups", about->groups ? about->groups : 1);
    json_time(&json, "first_time", about->has_times, about->first_time);
    json_time(&json, "last_time", about->has_times, about->last_time);
    if (source->read)
        json_raw(&json, "read", source->read);
    json_object(&json, "input", source->input);
    json_close(&json, '}');
    return json_finish(&json);
}

struct findings {
    struct json json;
    unsigned notes;
};

static void write_finding(void *user, const struct finding *finding)
{
    struct findings *findings = user;
    struct json *json = &findings->json;
    findings->notes += finding->severity == SEVERITY_NOTE;
    json_open(json, NULL, '{');
    json_string(json, "severity", severity_name(finding->severity));
    json_string(json, "check", finding->check);
    json_string(json, "found", finding->found);
    json_string(json, "fix", *finding->fix ? finding->fix : NULL);
    json_close(json, '}');
}

enum plotmill_status report_doctor(plotmill *pm, char **json, int *problems)
{
    struct findings findings = {0};
    struct json *out = &findings.json;
    json_open(out, NULL, '{');
    json_string(out, "version", version_text());
    json_open(out, "findings", '[');
    enum plotmill_status status = api_doctor(pm, write_finding, &findings, problems);
    json_close(out, ']');
    json_uint(out, "problems", (uint64_t)*problems);
    json_uint(out, "notes", findings.notes);
    json_close(out, '}');
    *json = json_finish(out);
    return status;
}
