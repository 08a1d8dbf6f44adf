#include "tools/common/text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/strings.h"

void text_bytes(uint64_t bytes, char *text, size_t size)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)bytes;
    size_t unit = 0;
    if (bytes < 1024) {
        snprintf(text, size, "%u B", (unsigned)bytes);
        return;
    }
    for (value /= 1024; value >= 1023.95 && unit + 1 < sizeof units / sizeof units[0]; unit++)
        value /= 1024;
    snprintf(text, size, "%.1f %s", value, units[unit]);
}

void text_seconds(double seconds, char *text, size_t size)
{
    int decimals = seconds < 0.9995 ? 3 : seconds < 99.95 ? 1 : 0;
    snprintf(text, size, "%.*f", decimals, seconds);
}

void text_timestamp(char *text, size_t size)
{
    struct timespec now;
    char whole[24];
    timespec_get(&now, TIME_UTC);
    strftime(whole, sizeof whole, "%Y-%m-%dT%H:%M:%S", gmtime(&now.tv_sec));
    snprintf(text, size, "%s.%03uZ", whole, (unsigned)(now.tv_nsec / 1000000 % 1000));
}

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
